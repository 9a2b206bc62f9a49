//! What does a part of a statement read of a table that another part of it writes?
//!
//! On PostgreSQL all parts of a statement with `WITH` see the tables as they were when it began, and of two changes of one row only
//! one is made: <https://www.postgresql.org/docs/15/queries-with.html#QUERIES-WITH-MODIFYING>.

use std::sync::Arc;

use crate::Dialect;
use crate::act::{Act, Name};
use crate::judge::flow::Relation;
use crate::judge::run::Run;
use crate::schema::Key;

/// A table that a part of the statement at hand writes.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    key: Key,
    /// What stood there when the statement began.
    relation: Arc<Relation>,
    changed: Changed,
}

/// What a part of a statement does to rows that were there before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Changed {
    Not,
    Deleted,
    Updated,
}

impl Run<'_> {
    /// A part of a statement is about to write.
    pub(in crate::judge) fn begin_part(&mut self, act: &Act) {
        let (name, changed) = match act {
            Act::Insert(insert) => (&insert.table, Changed::Not),
            Act::Delete(delete) => (&delete.table, Changed::Deleted),
            Act::Update(update) => (&update.table, Changed::Updated),
            Act::Only(act) => return self.begin_part(act),
            _ => return,
        };
        if self.dialect != Dialect::Postgres {
            return;
        }
        let Some(key) = self.meet_if_exists(name) else {
            return;
        };
        let Some(known) = self.begun.iter_mut().find(|begun| begun.key == key) else {
            let relation = Arc::new(self.relation_of(&key));
            self.begun.push(Begun {
                key,
                relation,
                changed,
            });
            return;
        };
        let other = known.changed;
        known.changed = other.max(changed);
        if changed.min(other) > Changed::Not && changed.max(other) == Changed::Updated {
            let name = &name.name;
            self.unknown(format!(
                "one statement changes rows of {name} twice, and only one of the changes is made"
            ));
        }
    }

    /// What stood in a table when the statement at hand began, if a part of it has written there since.
    pub(in crate::judge) fn as_begun(&self, name: &Name) -> Option<Arc<Relation>> {
        if self.begun.is_empty() {
            return None;
        }
        let key = self.key(name);
        let begun = self.begun.iter().find(|begun| begun.key == key)?;
        (!self.hides_rows(&key)).then(|| Arc::clone(&begun.relation))
    }
}
