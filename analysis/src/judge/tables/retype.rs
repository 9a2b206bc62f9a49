//! What becomes of values when their column gets another type?

use std::collections::HashSet;

use crate::judge::tables::using::reads_other;
use crate::judge::values::fits::is_read_anew;

use crate::act::{Column as Written, Turn, Value};
use crate::judge::refuse::bounds::{Fitting, is_itself, limit};
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};
use crate::types::{Cast, Fit, Type};
use crate::{Dialect, LossKind};

impl Run<'_> {
    pub(in crate::judge) fn at_start(
        &self,
        value: Id,
        is: impl Fn(&Table, &Written) -> bool,
    ) -> bool {
        let Some(met) = self.ledger.met.get(&value.home()) else {
            return false;
        };
        let column = met.table.columns.of_id(value);
        column.is_some_and(|column| is(&met.table, &column.is))
    }

    pub(in crate::judge) fn set_type(
        &mut self,
        key: &Key,
        name: &str,
        ty: &str,
        using: Option<&Value>,
        turn: Turn,
    ) {
        let Some(column) = self.column(key, name) else {
            let object = self.object_of_column(key, name);
            self.note(Noted::Missing { object });
            return;
        };
        // (<https://www.postgresql.org/docs/15/datatype-numeric.html#DATATYPE-SERIAL>)
        if self.dialect == Dialect::Postgres && is_serial(ty) {
            self.refuse_always(format!("there is no type `{ty}` outside of a new column"));
        }
        self.compute_for_changed(key, &[]);
        let constants = self.held_before(key, column, name, using);
        let held = constants.clone();
        let rows = match using {
            None if turn != Turn::First => None,
            _ => Some(self.rows_before(key, turn)),
        };
        let labels = self.labels_kept(key, column, ty, using);
        self.ledger.shift(column);
        let was = self
            .written(key, column)
            .and_then(|written| written.ty.clone());
        if using.is_none() {
            self.run_cast(was.as_deref(), ty);
            if let Some(was) = &was {
                self.refuse_cast(name, was, ty);
            }
        }
        let mut others = Vec::new();
        let fit = match using.zip(rows) {
            None => match &was {
                Some(was) => self.fits(was, ty, Cast::Assigned),
                None if self.holds_anything(ty) => Fit::Keeps,
                None => Fit::Unknown,
            },
            Some((value, rows)) => {
                self.value_calls(value, false);
                if reads_other(value, name) {
                    others = self.of_others(key, column, value, ty, &rows);
                }
                self.fit_using(key, column, value, ty, (rows, constants))
            }
        };
        let restored = using.is_none().then(|| self.type_of(ty));
        let mut fitting = Fitting::of(fit);
        if let Some(was) = &was
            && using.is_none_or(is_itself)
        {
            let (from, to) = (self.type_of(was), self.type_of(ty));
            fitting.asks = vec![limit(&from, &to, ty)];
            // A cast to an enum by way of text loses nothing: the server refuses what is no label of it.
            let gone = match (&from, &to) {
                (Type::Enum(before), Type::Enum(now)) => {
                    let now: HashSet<&String> = now.iter().collect();
                    before.iter().any(|label| !now.contains(label))
                }
                (Type::Text { .. }, Type::Enum(_)) => true,
                _ => false,
            };
            if gone && fit == Fit::Keeps {
                let refused = Fitting {
                    fit: Fit::Refuses,
                    asks: fitting.asks.clone(),
                };
                self.ask_values(key, column, &refused, ty);
                let why = format!("a value does not fit into {}", ty.to_ascii_lowercase());
                self.refuse_rows(key, column, why);
            }
        }
        // PostgreSQL cuts a text only where it is told to cast it; else it takes off no more than blanks, and refuses the rest.
        let is_text = |ty: &Type| matches!(ty, Type::Text { .. });
        if self.dialect == Dialect::Postgres
            && using.is_none()
            && fit == Fit::Cuts
            && was.as_ref().is_some_and(|was| is_text(&self.type_of(was)))
            && is_text(&self.type_of(ty))
        {
            let why = format!("a value does not fit into {}", ty.to_ascii_lowercase());
            self.refuse_rows(key, column, why);
        }
        if fitting.fit == Fit::Cuts && using.is_none() {
            let held = match held.is_empty() {
                true => self.checked_at(key, column),
                false => held,
            };
            if !held.is_empty() && self.suits(ty, &held) {
                fitting.fit = Fit::Keeps;
            }
        }
        self.apply_fit(key, column, fitting, was.as_deref(), ty, restored.as_ref());
        if !others.is_empty() {
            self.ledger.set_values(column, others);
        }
        let ty = self.placed_type(ty).unwrap_or_else(|| ty.to_owned());
        self.meet_type_called(&ty);
        let collation = crate::judge::values::meaning::collation(self.dialect, &ty);
        self.with_column(key, name, |c| {
            c.ty = Some(ty);
            c.collation = collation;
        });
        let kept = matches!(fit, Fit::Keeps | Fit::Refuses);
        if kept && self.ledger.constants(column).is_empty() && !labels.is_empty() {
            self.ledger.set_constants(column, labels);
            self.unchecked.push(column);
        }
    }

    /// The constants of which a constraint lets one into each row of the column.
    fn checked_at(&self, key: &Key, column: Id) -> Vec<String> {
        let table = self.schema.table(key);
        let table = table.filter(|table| self.offspring(table.id).is_empty());
        let own = table.and_then(|table| Some((table, table.columns.of_id(column)?)));
        own.map_or_else(Vec::new, |(table, own)| self.checked_in(table, &own.is))
    }

    pub(in crate::judge) fn apply_fit(
        &mut self,
        key: &Key,
        column: Id,
        fitting: Fitting,
        was: Option<&str>,
        ty: &str,
        restored: Option<&Type>,
    ) {
        let Some(table) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        // There is no value that would have to fit.
        if self.ledger.left.is_vacant(table) {
            return;
        }
        self.ask_values(key, column, &fitting, ty);
        match fitting.fit {
            Fit::Keeps => {}
            Fit::Refuses => {
                let why = format!("a value does not fit into {}", ty.to_ascii_lowercase());
                self.refuse_rows(key, column, why);
            }
            Fit::Cuts => {
                let cause = self.cause(LossKind::NarrowType);
                let now = was.map(|was| self.type_of(was));
                // What fitted there at the start still does.
                let grown = self.ledger.grown.contains(&column);
                let fits = |value: &Id| {
                    if grown {
                        return None;
                    }
                    let (first, held) = (self.first_type(*value)?, restored?);
                    let anew = now
                        .as_ref()
                        .is_some_and(|now| is_read_anew(&first, now, held));
                    Some(!anew && self.fit(&first, held, Cast::Assigned) == Fit::Keeps)
                };
                let (kept, cut): (Vec<Id>, Vec<Id>) = self
                    .ledger
                    .values(column)
                    .into_iter()
                    .partition(|value| fits(value).unwrap_or(false));
                let remains = self.ledger.remains(column).into_iter();
                let remains = remains.filter(|value| !fits(value).unwrap_or(false));
                let remains: Vec<Id> = remains.collect();
                for value in cut.into_iter().chain(remains) {
                    self.ledger.hit_value(table, value, cause);
                }
                self.ledger.set_values(column, kept);
            }
            Fit::Unknown => {
                self.ledger.unmove_into(column);
                if self.ledger.values(column).is_empty() && self.ledger.created.contains(&column) {
                    return;
                }
                let named = self.ledger.name(column);
                match (was, named.or_else(|| self.name_now(key, column))) {
                    (None, Some(column)) => self.unknown_type(column, ty),
                    (None, None) => self.unknown(format!("the type that becomes {ty} is not told")),
                    (Some(was), Some(column)) if was.eq_ignore_ascii_case(ty) => {
                        self.unknown(format!(
                            "which character set `{column}` gets is the database's to say, and it may lack some of its characters"
                        ));
                    }
                    (Some(was), _) => {
                        self.unknown(format!(
                            "whether {ty} can hold every value of {was} is not known"
                        ));
                    }
                }
            }
        }
    }
}

/// Whether the name only says how a column is made.
fn is_serial(ty: &str) -> bool {
    let names = [
        "serial",
        "serial2",
        "serial4",
        "serial8",
        "bigserial",
        "smallserial",
    ];
    names
        .iter()
        .any(|name| ty.trim().eq_ignore_ascii_case(name))
}
