//! Which values does a column have in the rows that a condition picks, of all that it may have?
//!
//! Below `CHECK (kind IN ('note', 'link'))` the rows `WHERE kind = 'note'` and those `WHERE kind = 'link'` are all rows, and the kind of
//! each is told by where it was put.

use crate::judge::values::meaning::is_deterministic;
use std::collections::HashMap;

use super::portion::Portion;
use super::source::Placed;
use crate::Dialect;
use crate::act::{Filter, NULL};
use crate::judge::flow::Flow;
use crate::judge::run::Run;
use crate::schema::Id;
use crate::types::{Affinity, Type};

/// What a condition asks of the one column that it reads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Among {
    column: String,
    /// What the column is in each row that is picked: one of these.
    constants: Vec<String>,
    /// What it is in any row; nothing where that is not known.
    domain: Vec<String>,
    /// The values that it holds.
    values: Vec<Id>,
}

impl Among {
    /// The values that are the same in each row that is picked.
    pub(in crate::judge) fn pinned(&self) -> &[Id] {
        match self.constants.as_slice() {
            [_] => &self.values,
            _ => &[],
        }
    }

    /// Whether the rows that are not picked all have the same.
    pub(in crate::judge) fn leaves_one(&self) -> bool {
        let other = |one: &&String| !self.constants.contains(one);
        !self.values.is_empty() && self.domain.iter().filter(other).count() == 1
    }
}

impl Run<'_> {
    pub(in crate::judge) fn among(&self, placed: &Placed, filter: &Filter) -> Option<Among> {
        let (name, constants) = match &filter.keys {
            Some(keys) if filter.whole.is_empty() => {
                let mut asked: Vec<&(String, String)> = Vec::new();
                for alternative in keys {
                    asked.extend(<[_; 1]>::try_from(alternative.iter().collect::<Vec<_>>()).ok()?);
                }
                let (first, _) = asked.first()?;
                let one = asked.iter().all(|(name, _)| self.same(name, first));
                let constants = asked.iter().map(|(_, constant)| constant.clone());
                one.then(|| (first.as_str(), Some(constants.collect())))?
            }
            _ => (filter.choice.atom.as_str(), None),
        };
        let mut columns = placed.relation.columns.iter();
        let named = |own: &String| self.same(own, name);
        let flow = columns.find(|flow| flow.name.as_ref().is_some_and(named))?;
        let ty = flow.ty.as_deref().map(|ty| self.type_of(ty));
        let is_flag = self.dialect == Dialect::Postgres && ty == Some(Type::Bool);
        let constants = match (constants, filter.choice.holds) {
            (Some(constants), _) => constants,
            (None, [true, false, false]) if is_flag => vec![true.to_string()],
            (None, [false, true, false]) if is_flag => vec![false.to_string()],
            (None, [false, false, true]) if !self.may_have_parts(flow) => vec![NULL.to_owned()],
            _ => return None,
        };
        let exact = flow.plain && (constants == [NULL] || self.is_one_value(flow));
        let mut domain = match flow.constants.is_empty() {
            true => self.checked(flow, std::slice::from_ref(placed)),
            false => flow.constants.clone(),
        };
        if let (true, Some(Type::Enum(labels)), Dialect::Postgres) =
            (domain.is_empty(), ty, self.dialect)
        {
            self.spend(labels.len());
            domain = labels.iter().map(|label| format!("'{label}'")).collect();
            domain.extend((!flow.not_null).then(|| NULL.to_owned()));
        }
        if is_flag && domain.is_empty() {
            domain = vec![true.to_string(), false.to_string()];
            domain.extend((!flow.not_null).then(|| NULL.to_owned()));
        }
        Some(Among {
            column: name.to_owned(),
            constants,
            domain,
            values: match exact {
                true => flow.values.clone(),
                false => Vec::new(),
            },
        })
    }

    /// Whether what is equal to a value of the column is that very value: not 1.0, nor 'A', nor 24 hours.
    pub(in crate::judge) fn is_one_value(&self, flow: &Flow) -> bool {
        let Some(written) = flow.ty.as_deref() else {
            return false;
        };
        let collation = flow.collation.as_deref();
        match (self.dialect, self.type_of(written)) {
            (Dialect::Postgres, Type::Text { fixed: false, .. }) => {
                !self.folds_case(written) && collation.is_none_or(is_deterministic)
            }
            (Dialect::Postgres, Type::Bool | Type::Date | Type::Enum(_))
            | (Dialect::Postgres | Dialect::MySql, Type::Int { .. })
            | (Dialect::Sqlite, Type::Affinity(Affinity::Integer)) => true,
            (Dialect::Sqlite, Type::Affinity(Affinity::Text)) => {
                collation.is_none_or(|name| name.eq_ignore_ascii_case("binary"))
            }
            _ => false,
        }
    }
}

/// What conditions on one column asked for, and all that it may be.
struct Asked<'p> {
    domain: &'p [String],
    picked: Vec<&'p String>,
}

/// Whether conditions on one column picked the parts, each value that it may have one of them.
pub(in crate::judge) fn are_all_of_domain<'p>(parts: impl Iterator<Item = &'p Portion>) -> bool {
    let mut asked: HashMap<(Id, &str), Asked<'p>> = HashMap::new();
    for part in parts {
        let among = part.among.as_ref();
        let known = among.filter(|among| !among.domain.is_empty());
        let (Some(among), Some(from)) = (known, part.from) else {
            continue;
        };
        let at = (from, among.column.as_str());
        let asked = asked.entry(at).or_insert(Asked {
            domain: &among.domain,
            picked: Vec::new(),
        });
        if *asked.domain == *among.domain {
            asked.picked.extend(&among.constants);
        }
    }
    let mut asked = asked.values();
    asked.any(|asked| asked.domain.iter().all(|one| asked.picked.contains(&one)))
}
