//! What does a column of MySQL hold at most, which was given more room and not been written to since, or a number of whose labels is taken?

use crate::Dialect;
use crate::judge::flow::Flow;
use crate::judge::run::Run;
use crate::types::{Cast, Fit, Type};

/// A sum is a floating point number, which holds so many bits.
const EXACT: usize = 53;

impl Run<'_> {
    /// The type of the one column whose values these are, as it was at the start, where the present one only has more room.
    pub(super) fn type_at_start(&self, flow: &Flow) -> Option<String> {
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
        let alike = matches!(
            kinds,
            [
                Type::Text { fixed: false, .. },
                Type::Text { fixed: false, .. }
            ] | [Type::Int { .. }, Type::Int { .. }]
                | [Type::Decimal { .. }, Type::Decimal { .. }]
        );
        (alike && first != now && self.fits(first, now, Cast::Assigned) == Fit::Keeps)
            .then(|| first.to_owned())
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
