//! May columns that nobody has named lose by what `UNION ALL` puts beside them?

use crate::Dialect;
use crate::judge::flow::{Flow, Relation};
use crate::judge::run::Run;
use crate::judge::values::tags::NULL;
use crate::types::Type;

impl Run<'_> {
    /// Each column gets one type, so that a whole number may become a binary fraction beside `random()`.
    ///
    /// SQLite's have none. A column of another table is taken for one of the same type.
    pub(super) fn stand_beside_unnamed(&mut self, one: &Relation, other: &Relation) {
        let both = !one.rests.is_empty() && !other.rests.is_empty();
        if self.dialect == Dialect::Sqlite || (both && one.columns.len() == other.columns.len()) {
            return;
        }
        for (star, beside) in [(one, other), (other, one)] {
            let named = star.columns.iter().filter(|flow| !flow.plain).count();
            let facing = beside.columns.len().saturating_sub(named);
            let mut facing = beside.columns.iter().take(facing);
            if !star.rests.is_empty() && facing.any(|flow| self.may_change_others(flow)) {
                let reason = "which types the columns have that `*` means is not known, nor what they \
                              become beside what another query computes";
                self.doubt(reason.to_owned(), &star.rests);
            }
        }
    }

    /// Whether values of some type are no longer what they were beside such ones.
    fn may_change_others(&self, flow: &Flow) -> bool {
        if !flow.plain && !flow.constants.is_empty() {
            let keeps = |constant: &String| {
                constant == NULL
                    || constant.starts_with('\'')
                    || constant.parse::<i64>().is_ok()
                    || self.dialect == Dialect::Postgres && is_decimal(constant)
            };
            return !flow.constants.iter().all(keeps);
        }
        match flow.ty.as_deref().map(|ty| self.type_of(ty)) {
            Some(Type::Float { .. } | Type::Timestamp { zoned: true, .. }) => true,
            None => !flow.plain,
            Some(_) => !flow.plain && self.dialect == Dialect::MySql,
        }
    }
}

/// PostgreSQL takes any number that is written with a point or an exponent for a decimal one.
fn is_decimal(constant: &str) -> bool {
    constant.parse::<f64>().is_ok()
}
