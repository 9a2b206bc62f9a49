//! Which columns of a table that nobody has described does an expression show to be there?

use crate::Dialect;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;

/// Numbers of rows, which no table has as a column unless it says so.
const OF_ROWS: [&str; 8] = [
    "rowid", "_rowid_", "oid", "ctid", "tableoid", "xmin", "xmax", "cmin",
];

/// Units of time, which stand among the arguments of MySQL's functions.
const UNITS: [&str; 9] = [
    "microsecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
];

impl Run<'_> {
    /// What is computed of them is not they: they are lost with their table, unless they come along as well.
    pub(super) fn show_columns(&mut self, reads: &[(Option<String>, String)], sources: &[Placed]) {
        let is_open = |placed: &Placed| placed.relation.open && placed.key.is_some();
        if !sources.iter().any(is_open) {
            return;
        }
        for (of, name) in reads {
            let own = |word: &&str| word.eq_ignore_ascii_case(name);
            let is_unit = self.dialect == Dialect::MySql && UNITS.iter().any(&own);
            // PostgreSQL reads the name of a table as its whole row.
            let is_row = of.is_none() && sources.iter().any(|placed| placed.is_called(self, name));
            if !is_unit && !is_row && !OF_ROWS.iter().any(&own) {
                self.column_flow(of.as_deref(), name, sources);
            }
        }
    }
}
