//! What becomes of what a script did when it rolls back?

use std::collections::BTreeSet;

use crate::Dialect;
use crate::act::{Control, Engine};
use crate::judge::run::Run;
use crate::schema::{Id, Schema, Table};

/// How many points are saved in a direction: each is a copy of all that is known.
const MOST: u32 = 128;

/// Everything as it stood at a point to which the script may go back.
#[derive(Debug, Clone)]
pub(crate) struct Saved<'a> {
    /// None where the transaction began.
    savepoint: Option<String>,
    state: Box<Run<'a>>,
}

impl<'a> Run<'a> {
    pub(crate) fn transaction(&mut self, control: &Control) {
        match control {
            Control::Begin => {
                // MySQL ends the transaction that is open.
                if self.dialect == Dialect::MySql {
                    self.commit();
                }
                self.save(None);
            }
            Control::Savepoint(name) => self.save(Some(name.clone())),
            Control::Commit { chain } => {
                self.commit();
                if *chain {
                    self.save(None);
                }
            }
            Control::Release(name) => {
                if let Some(at) = self.savepoint(name) {
                    self.saved.truncate(at);
                }
            }
            // It is not certain that it happens, and of what it would undo the worse is taken: that it stands.
            Control::Rollback { .. } | Control::RollbackTo(_) if self.perhaps > 0 => {}
            Control::Rollback { chain } => {
                if self.saved.is_empty() {
                    self.unknown("it rolls back a transaction that it did not begin".to_owned());
                    return;
                }
                self.go_back(0);
                self.saved.clear();
                self.transactions += 1;
                if *chain {
                    self.save(None);
                }
            }
            Control::RollbackTo(name) => match self.savepoint(name) {
                Some(at) => {
                    self.go_back(at);
                    self.saved.truncate(at + 1);
                }
                None => {
                    self.unknown(format!("it rolls back to {name}, which it did not save"));
                }
            },
        }
    }

    /// The server has committed by itself: there is no way back.
    pub(crate) fn commit(&mut self) {
        self.play_deferred();
        self.saved.clear();
        self.transactions += 1;
        self.end_settings();
        self.end_checked();
        self.end_of_temporary();
    }

    /// Temporary tables of PostgreSQL that are there for one transaction: `ON COMMIT DROP`, or their rows: `DELETE ROWS`.
    fn end_of_temporary(&mut self) {
        if self.dialect != Dialect::Postgres || !self.schema.unsettled {
            return;
        }
        let words = |table: &Table| -> Option<Vec<String>> {
            let text = table.text.as_deref().filter(|_| table.temporary)?;
            let words = text.split_whitespace().map(str::to_ascii_lowercase);
            Some(words.collect())
        };
        let mut ended = Vec::new();
        for (key, table) in self.each(2, self.schema.tables.iter()) {
            let words = words(table).unwrap_or_default();
            let at = words.windows(2).position(|pair| pair == ["on", "commit"]);
            let then = at.and_then(|at| words.get(at + 2));
            ended.extend(then.map(|then| (key.clone(), table.id, then.clone())));
        }
        for (key, id, then) in ended {
            if then.starts_with("drop") {
                self.remove(&key);
            } else if then == "delete" {
                self.ledger.set_rows(id, Vec::new());
            }
        }
    }

    fn save(&mut self, savepoint: Option<String>) {
        if self.saves >= MOST {
            // An older point of the same name is another one.
            self.saved.clear();
            return;
        }
        self.saves += 1;
        // All that was written down by then is copied.
        self.spend(4 * (self.touches.len() + self.notes.len() + self.drops.len()));
        self.spend(self.ledger.weight());
        let saved = std::mem::take(&mut self.saved);
        let state = Box::new(self.clone());
        self.saved = saved;
        self.saved.push(Saved { savepoint, state });
    }

    fn savepoint(&self, name: &str) -> Option<usize> {
        let called = |saved: &Saved<'_>| saved.savepoint.as_deref() == Some(name);
        self.saved.iter().rposition(called)
    }

    /// What was done since is undone. What was not understood may have been done for good, and what was met was met.
    fn go_back(&mut self, to: usize) {
        let Some(saved) = self.saved.get(to) else {
            return;
        };
        let then = Run::clone(&saved.state);
        let now = std::mem::replace(self, then);
        self.saved = now.saved;
        self.unknowns = now.unknowns;
        self.doubts = now.doubts;
        self.touches = now.touches;
        self.statement = now.statement;
        self.span = now.span;
        self.bodies = now.bodies;
        self.saves = now.saves;
        self.transactions = now.transactions;
        self.world = now.world;
        self.work = now.work;
        // All that was written down by then is copied.
        self.spend(self.ledger.weight() + self.notes.len() + self.drops.len());
        let standing = self.standing(&now.schema);
        if !standing.is_empty() {
            // Whatever changes a schema of MySQL commits, temporary tables apart, and these stay.
            self.schema = now.schema.clone();
            let then = std::mem::take(&mut self.ledger);
            self.ledger = now.ledger.back_to(then, &standing);
        }
        // Two names that were given out for the same id would be taken for one.
        self.schema.skip_ids(&now.schema);
    }

    /// The tables that no transaction takes back, and their columns.
    fn standing(&self, schema: &Schema) -> BTreeSet<Id> {
        let mut standing = BTreeSet::new();
        if self.dialect != Dialect::MySql {
            return standing;
        }
        let tables = schema.tables.values();
        for table in tables.filter(|table| table.engine != Engine::Transactional) {
            standing.insert(table.id);
            standing.extend(table.columns.iter().map(|column| column.id));
        }
        standing
    }
}
