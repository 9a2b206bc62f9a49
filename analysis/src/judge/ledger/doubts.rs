//! Does it matter that nobody knows whether a copy is whole?

use super::hits::Datum;
use crate::Unknown;
use crate::judge::run::Run;
use crate::schema::Id;

/// What nobody knows of copies: which of the unknowns says so, and what was copied.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doubts(Vec<(usize, Vec<Id>)>);

impl Run<'_> {
    /// Nobody knows whether a copy of `values` is whole.
    pub(in crate::judge) fn doubt(&mut self, reason: String, values: &[Id]) {
        self.doubts.0.push((self.unknowns.len(), values.to_vec()));
        self.unknown(reason);
    }

    /// Tells what was destroyed of what may have been there already.
    pub(crate) fn tell_risks(&mut self) {
        for (id, cause) in std::mem::take(&mut self.ledger.risked) {
            let Some(name) = self.ledger.unsure.remove(&id) else {
                continue;
            };
            let reason = format!(
                "`{name}` may be there already, and then what it holds is lost: without IF NOT EXISTS the script stops instead"
            );
            self.unknowns.push(Unknown {
                reason,
                statement: cause.statement,
                span: cause.span,
                type_before: None,
            });
        }
    }

    /// Takes back what is unknown of copies alone, where all that was copied still stands where it stood.
    pub(crate) fn settle_doubts(&mut self) {
        let doubts = std::mem::take(&mut self.doubts);
        for (at, values) in doubts.0.iter().rev() {
            if values.iter().all(|value| self.stands_untouched(*value)) {
                self.unknowns.remove(*at);
            }
        }
    }

    /// Whether nothing of a column's table was destroyed, and nothing was set in the column.
    fn stands_untouched(&self, value: Id) -> bool {
        let home = value.home();
        let of_home = |datum: &Datum| match datum {
            Datum::Rows(rows) => rows.table == home,
            Datum::Value { column, .. } => column.home() == home,
            Datum::Rest { table, .. } => *table == home,
        };
        let mut hits = self.each(1, self.ledger.hits.iter());
        !self.ledger.is_shifted(value) && !hits.any(|hit| of_home(&hit.datum))
    }
}
