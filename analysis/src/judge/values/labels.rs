//! Which labels of an enum of MySQL can a column hold, which may have more of them?

use std::collections::HashSet;

use crate::judge::run::Run;
use crate::schema::Id;
use crate::types::Type;

impl Run<'_> {
    /// Whether each label that the column can hold is one of the other enum's too.
    pub(in crate::judge) fn keeps_labels(&self, column: Id, was: &Type, is: &Type) -> bool {
        let (Type::Enum(_), Type::Enum(labels)) = (was, is) else {
            return false;
        };
        let held = self.ledger.constants(column);
        let labels: HashSet<String> = labels.iter().map(|label| quoted(label)).collect();
        !held.is_empty() && held.iter().all(|one| labels.contains(one))
    }

    /// The labels that a column can hold which becomes another enum: as long as nothing is written there, none but those of
    /// before. What was no label when a server that is not strict took it is '' in either. (<https://mariadb.com/kb/en/enum/>)
    pub(in crate::judge) fn labels_after(&self, column: Id, was: &Type, is: &Type) -> Vec<String> {
        let (Type::Enum(before), Type::Enum(now)) = (was, is) else {
            return Vec::new();
        };
        let known = self.ledger.constants(column);
        if !known.is_empty() {
            return match self.keeps_labels(column, was, is) {
                true => known,
                false => Vec::new(),
            };
        }
        let now: HashSet<&String> = now.iter().collect();
        match before.iter().all(|label| now.contains(label)) {
            true => before.iter().map(|label| quoted(label)).collect(),
            false => Vec::new(),
        }
    }
}

fn quoted(label: &str) -> String {
    format!("'{label}'")
}
