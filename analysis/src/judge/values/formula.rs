//! What does a formula come to, for all that may stand in the columns that it reads?

use std::sync::Arc;

use super::meaning::is_deterministic;
use super::outcomes::{Outcomes, Told};
use crate::Dialect;
use crate::act::{Datum, Formula, Rest, Terms};
use crate::judge::flow::Flow;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::types::{Affinity, Length, Type};

/// For how many rows a formula is computed at the most.
const MOST: usize = 256;

/// A column that a formula reads.
struct Asked {
    name: (Option<String>, String),
    flow: Flow,
}

/// A row of the columns that a formula reads.
struct Row<'r> {
    run: &'r Run<'r>,
    asked: &'r [Asked],
    row: &'r [Datum],
}

impl Terms for Row<'_> {
    fn column(&self, of: Option<&str>, name: &str) -> Option<Datum> {
        let at = self
            .asked
            .iter()
            .position(|asked| asked.name.0.as_deref() == of && asked.name.1 == name)?;
        self.row.get(at).cloned()
    }

    fn cast(&self, datum: Datum, ty: &str) -> Option<Datum> {
        // As a citext 'a' is 'A'.
        if self.run.folds_case(ty) {
            return None;
        }
        let to = self.run.type_of(ty);
        match (datum, &to) {
            (Datum::Number(number), Type::Bool) => Some(Datum::Truth(number != 0)),
            (Datum::Truth(is), Type::Int { .. }) => Some(Datum::Number(i64::from(is))),
            (Datum::Text(text), Type::Int { .. }) => match Datum::of(&text) {
                Some(number @ Datum::Number(_)) => Some(number),
                _ => None,
            },
            (Datum::Text(text), Type::Enum(_)) => Some(Datum::Text(text)),
            (Datum::Truth(is), Type::Bool) => Some(Datum::Truth(is)),
            (
                datum @ (Datum::Number(_) | Datum::Text(_)),
                Type::Text {
                    length: Length::Any,
                    fixed: false,
                    ..
                }
                | Type::Affinity(Affinity::Text),
            ) => Some(match datum {
                Datum::Number(number) => Datum::Text(number.to_string()),
                datum => datum,
            }),
            (Datum::Number(number), Type::Int { .. } | Type::Affinity(Affinity::Integer)) => {
                Some(Datum::Number(number))
            }
            _ => None,
        }
    }

    fn truth(&self, is: bool) -> Datum {
        match self.run.dialect {
            Dialect::Sqlite => Datum::Number(i64::from(is)),
            _ => Datum::Truth(is),
        }
    }
}

impl Run<'_> {
    /// What a formula carries of the columns that it reads, where it is known what may stand in them.
    pub(super) fn flow_of_formula(
        &mut self,
        formula: &Formula,
        sources: &[Placed],
    ) -> Option<Flow> {
        let [_] = sources else { return None };
        let mut names = Vec::new();
        formula.columns(&mut names);
        names.sort_unstable();
        names.dedup();
        let mut asked = Vec::new();
        for (of, name) in names {
            let flow = self.column_flow(of, name, sources);
            if flow.tag.is_none() || !flow.plain {
                return None;
            }
            let name = (of.map(str::to_owned), name.to_owned());
            asked.push(Asked { name, flow });
        }
        let (columns, rows) = self.rows_of(&asked, sources)?;
        self.spend(rows.len());
        if self.is_exhausted() || rows.is_empty() {
            return None;
        }
        let mut points = Vec::new();
        for (point, row) in &rows {
            let row = Row {
                run: self,
                asked: &asked,
                row,
            };
            let outcome = formula.value(&row)?;
            points.push((point.clone(), outcome));
        }
        Some(self.flow_of(Outcomes { columns, points }))
    }

    /// The columns of which those that are asked for tell, each row of what may stand in those, and what then stands in these.
    #[expect(clippy::type_complexity, reason = "a table of two kinds of columns")]
    fn rows_of(
        &self,
        asked: &[Asked],
        sources: &[Placed],
    ) -> Option<(Vec<Told>, Vec<(Vec<Datum>, Vec<Datum>)>)> {
        let known = asked.iter().map(|asked| asked.flow.outcomes.clone());
        if self.tells_ages
            && let Some(known) = known.collect::<Option<Vec<_>>>()
            && let Some(first) = known.first()
            && known.iter().all(|one| one.is_of(first))
        {
            let row = |at: usize| known.iter().map(|one| one.points[at].1.clone()).collect();
            let rows = first.points.iter().enumerate();
            let rows = rows.map(|(at, (point, _))| (point.clone(), row(at)));
            return Some((first.columns.clone(), rows.collect()));
        }
        let mut columns = Vec::new();
        let mut rows: Vec<Vec<Datum>> = vec![Vec::new()];
        for Asked { flow, .. } in asked {
            let domain = self.domain(flow, sources)?;
            if rows.len() * domain.len() > MOST {
                return None;
            }
            let with = |row: &Vec<Datum>| {
                let row = row.clone();
                let one = |datum: &Datum| [row.as_slice(), std::slice::from_ref(datum)].concat();
                domain.iter().map(one).collect::<Vec<_>>()
            };
            rows = rows.iter().flat_map(with).collect();
            columns.push(self.told(flow)?);
        }
        let rows = rows.into_iter().map(|row| (row.clone(), row));
        Some((columns, rows.collect()))
    }

    fn told(&self, flow: &Flow) -> Option<Told> {
        Some(Told {
            column: self.ledger.cases.version(flow.tag?),
            values: match flow.tied.is_empty() {
                true => flow.values.clone(),
                false => Vec::new(),
            },
        })
    }

    /// All that may stand in a column, where that is so little.
    fn domain(&self, flow: &Flow, sources: &[Placed]) -> Option<Vec<Datum>> {
        let ty = flow.ty.as_deref().map(|ty| self.type_of(ty));
        let constants = match self.tells_ages {
            true => self.constants_before(flow),
            false => flow.constants.clone(),
        };
        let constants = match constants.is_empty() {
            true => self.checked(flow, sources),
            false => constants,
        };
        let mut domain = match (constants.is_empty(), &ty) {
            (false, _) => constants
                .iter()
                .map(|one| Datum::of(one))
                .collect::<Option<Vec<_>>>()?,
            (true, Some(Type::Bool)) => vec![Datum::Truth(true), Datum::Truth(false)],
            (true, Some(Type::Enum(labels))) => labels
                .iter()
                .map(|label| Datum::of(&format!("'{label}'")))
                .collect::<Option<Vec<_>>>()?,
            _ => return None,
        };
        if !flow.not_null && !domain.contains(&Datum::Null) {
            domain.push(Datum::Null);
        }
        let is_text = |datum: &Datum| matches!(datum, Datum::Text(_));
        let exact = !domain.iter().any(is_text) || self.compares_exactly(flow);
        exact.then_some(domain)
    }

    /// Whether no other text is taken for the one that stands in the column.
    pub(super) fn compares_exactly(&self, flow: &Flow) -> bool {
        let collation = flow.collation.as_deref();
        match self.dialect {
            Dialect::Postgres => {
                let ty = flow.ty.as_deref();
                // Blanks at the end of a char(n) do not count.
                let is_filled = |ty| matches!(self.type_of(ty), Type::Text { fixed: true, .. });
                let folds = ty.is_some_and(|ty| self.folds_case(ty) || is_filled(ty));
                !folds && collation.is_none_or(is_deterministic)
            }
            Dialect::Sqlite => collation.is_none_or(|name| name == "binary"),
            Dialect::MySql => false,
        }
    }

    /// What `CASE column WHEN constant …` yields, where that alone does not tell the column.
    pub(super) fn outcomes_of_case(
        &self,
        column: &Flow,
        pairs: &[(String, String)],
        rest: &Rest,
        sources: &[Placed],
    ) -> Option<Arc<Outcomes>> {
        let [_] = sources else { return None };
        let domain = self.domain(column, sources)?;
        if domain.len() > MOST || !column.plain {
            return None;
        }
        let told = self.told(column)?;
        let outcome = |datum: &Datum| {
            let mut found = None;
            for (from, to) in pairs {
                let from = Datum::of(from)?;
                let alike = std::mem::discriminant(&from) == std::mem::discriminant(datum);
                if !alike && from != Datum::Null && *datum != Datum::Null {
                    return None;
                }
                if from == *datum {
                    found = Some(Datum::of(to)?);
                    break;
                }
            }
            let outcome = match (found, rest) {
                (Some(found), _) => found,
                (None, Rest::Null) => Datum::Null,
                (None, Rest::Same) => datum.clone(),
                (None, Rest::Constant(constant)) => Datum::of(constant)?,
            };
            Some((vec![datum.clone()], outcome))
        };
        Some(Arc::new(Outcomes {
            columns: vec![told],
            points: domain.iter().map(outcome).collect::<Option<_>>()?,
        }))
    }

    /// What a value is that has these outcomes.
    fn flow_of(&self, outcomes: Outcomes) -> Flow {
        let told = outcomes.told_by(self.dialect, &[&outcomes]);
        let values = told.iter().flat_map(|told| &told.values).copied();
        let values = values.collect();
        let ty = outcomes
            .points
            .iter()
            .find_map(|(_, outcome)| match outcome {
                Datum::Null => None,
                Datum::Truth(_) => Some("boolean"),
                Datum::Number(_) => Some("bigint"),
                Datum::Text(_) => Some("text"),
                Datum::Moment => Some("timestamp with time zone"),
            });
        let empties = outcomes.yields(&Datum::Null);
        Flow {
            values,
            ty: ty
                .filter(|_| self.dialect == Dialect::Postgres)
                .map(str::to_owned),
            not_null: !empties,
            emptied: empties && self.dialect == Dialect::Sqlite,
            constants: outcomes.constants(),
            outcomes: Some(Arc::new(outcomes)),
            grown: true,
            ..Flow::default()
        }
    }
}
