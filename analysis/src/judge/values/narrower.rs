//! What does a column of MySQL hold at most, which was given more room and not been written to since, or a number of whose labels is taken?

use crate::Dialect;
use crate::act::{Kind, Value};
use crate::judge::flow::Flow;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::types::{self, Cast, Fit, Type};

/// A sum is a floating point number, which holds so many bits.
const EXACT: usize = 53;

impl Run<'_> {
    /// The type of the one column whose values these are, as it was at the start, where the present one only has more room.
    /// Of a quotient also where whole numbers became decimal ones.
    pub(super) fn type_at_start(&self, flow: &Flow, kind: Kind) -> Option<String> {
        if self.ledger.widened.is_empty() {
            return None;
        }
        let ([value], true) = (flow.values.as_slice(), flow.plain) else {
            return None;
        };
        if !self.ledger.widened.contains(value) {
            return None;
        }
        let now = flow.ty.as_deref()?;
        let table = &self.ledger.met.get(&value.home())?.table;
        let first = self.declared(table, &table.columns.of_id(*value)?.is)?;
        let kinds = [first, now].map(|ty| self.type_of(ty));
        let alike = match kind {
            Kind::Longer(_) | Kind::Scaled(_) => matches!(
                kinds,
                [
                    Type::Text { fixed: false, .. },
                    Type::Text { fixed: false, .. }
                ] | [Type::Int { .. }, Type::Int { .. }]
                    | [Type::Decimal { .. }, Type::Decimal { .. }]
            ),
            Kind::Divided(_) => matches!(kinds, [Type::Int { .. }, Type::Decimal { .. }]),
            _ => false,
        };
        (alike && first != now && self.fits(first, now, Cast::Assigned) == Fit::Keeps)
            .then(|| first.to_owned())
    }

    /// An UPDATE of each row that has a value has made numbers of the column which another type holds as well.
    pub(super) fn narrow(&mut self, key: &Key, column: Id, flow: &Flow) {
        let (Dialect::MySql, Some(ty)) = (self.dialect, &flow.ty) else {
            return;
        };
        let Some(now) = self.written(key, column).and_then(|own| own.ty.as_deref()) else {
            return;
        };
        let kinds = [ty.as_str(), now].map(|ty| self.type_of(ty));
        let numbers = |ty: &Type| matches!(ty, Type::Int { .. } | Type::Decimal { .. });
        if kinds.iter().all(numbers) && self.fits(ty, now, Cast::Assigned) == Fit::Keeps {
            self.ledger.narrow.insert(column, ty.clone());
        }
    }

    /// Whether all numbers of a column fit into a type, although those of its own need not.
    pub(in crate::judge) fn narrow_fits(&self, column: Id, to: &Type) -> bool {
        let held = self.ledger.narrow.get(&column);
        held.is_some_and(|held| {
            let fit = types::fit(self.dialect, &self.type_of(held), to, Cast::Assigned);
            fit == Fit::Keeps
        })
    }

    /// The same where an UPDATE puts the column itself into one of whole numbers. A query that computes anything may spell the label.
    /// (Seen on MariaDB 10.11.)
    pub(super) fn numbered_in(
        &self,
        key: &Key,
        column: Id,
        value: &Value,
        flow: &Flow,
    ) -> Option<Flow> {
        let (Value::Column(..), Dialect::MySql) = (value, self.dialect) else {
            return None;
        };
        let to = self.written(key, column)?.ty.as_deref()?;
        match self.type_of(to) {
            Type::Int { .. } => self.numbered(flow),
            _ => None,
        }
    }

    /// The number of a label, or the bits of several: `x + 0`, `CAST(x AS UNSIGNED)`.
    /// (<https://mariadb.com/kb/en/enum/#numeric-index>)
    pub(super) fn numbered(&self, flow: &Flow) -> Option<Flow> {
        if self.dialect != Dialect::MySql || !flow.plain {
            return None;
        }
        let most = greatest(&self.type_of(flow.ty.as_deref()?))?;
        let digits = most.to_string().len();
        Some(Flow {
            values: flow.values.clone(),
            ty: Some(format!("decimal({digits},0) unsigned")),
            not_null: flow.not_null,
            tied: flow.tied.clone(),
            ..Flow::default()
        })
    }
}

/// Whether a column of labels becomes one of whole numbers with room for those of all labels: a change of the type puts these
/// there, and not what the labels spell. (Seen on MariaDB 10.11, strict or not.)
pub(in crate::judge) fn becomes_numbers(from: &Type, to: &Type) -> bool {
    match to {
        Type::Int { max, .. } => greatest(from).is_some_and(|most| i128::from(most) <= *max),
        _ => false,
    }
}

/// The greatest number that stands for a label of MySQL, or for several. What is none of them is 0.
fn greatest(labels: &Type) -> Option<u64> {
    match labels {
        Type::Enum(labels) => Some(labels.len() as u64),
        Type::Set(labels) if labels.len() <= EXACT => Some((1 << labels.len()) - 1),
        _ => None,
    }
}
