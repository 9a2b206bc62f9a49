//! What becomes of the rows that refer to those which are deleted?

use std::collections::BTreeSet;

use super::children::Parents;
use crate::act::{Engine, Event, Follows, Name};
use crate::judge::run::Run;
use crate::schema::{Key, Table};
use crate::{Age, Dialect, LossKind};

impl Run<'_> {
    /// Rows that refer to planted ones came after them, and go or are changed with them.
    pub(super) fn lose_referring(&mut self, parent: &Key) {
        let (mut todo, mut seen) = (vec![parent.clone()], BTreeSet::new());
        while let Some(parent) = todo.pop() {
            if !self.foreign_keys || !seen.insert(parent.clone()) || self.is_exhausted() {
                continue;
            }
            for child in self.children(&parent) {
                self.register(&child);
                let Some(table) = self.schema.table(&child) else {
                    continue;
                };
                let id = table.id;
                let refers = |referred: &Name| parent.is_of(self.dialect, referred, None);
                let mut keys = table.foreign_keys().filter(|(_, of, _)| refers(of));
                let does: Vec<Follows> = keys.by_ref().map(|(_, _, does)| does).collect();
                drop(keys);
                if does.iter().all(|does| *does == Follows::Refuse) {
                    continue;
                }
                let object = self.object_at(&child, &table.name);
                let cause = self.cause(LossKind::Delete);
                self.others.push(crate::judge::ledger::losses::Other {
                    object,
                    age: Age::SinceUp,
                    cause,
                });
                self.uproot(id);
                self.ledger.change(id);
                if does.contains(&Follows::Cascade) {
                    todo.push(child);
                }
            }
        }
    }

    /// Whether the keys of `child` to `parent` are kept: only engines of MySQL with transactions do so.
    pub(in crate::judge) fn enforces(&self, child: &Table, parent: &Key) -> bool {
        let parent = self.schema.table(parent).map(|parent| parent.engine);
        [Some(child.engine), parent]
            .iter()
            .flatten()
            .all(|engine| *engine == Engine::Transactional)
    }

    /// What foreign keys do to the tables that refer to deleted rows.
    ///
    /// Which rows those were, as far as it is known.
    pub(in crate::judge) fn cascade(&mut self, parent: &Key, deleted: Option<Parents>) {
        if !self.foreign_keys {
            return;
        }
        let mut todo = vec![(parent.clone(), deleted)];
        let mut seen: BTreeSet<Key> = BTreeSet::new();
        while let Some((parent, deleted)) = todo.pop() {
            if !seen.insert(parent.clone()) {
                continue;
            }
            for child in self.children(&parent) {
                self.spend(64);
                if self.is_exhausted() {
                    return;
                }
                self.register(&child);
                let Some(table) = self.schema.tables.get(&child).cloned() else {
                    continue;
                };
                for (columns, referred, on_delete) in table.foreign_keys() {
                    let gone = deleted.as_ref();
                    let gone = gone.and_then(|gone| self.following(&child, columns, gone));
                    let home = parent.schema.as_deref();
                    if !parent.is_of(self.dialect, referred, home)
                        || !self.enforces(&table, &parent)
                    {
                        continue;
                    }
                    match on_delete {
                        Follows::Refuse => {}
                        Follows::Cascade if seen.contains(&child) => {}
                        Follows::Cascade
                            if gone
                                .as_ref()
                                .is_some_and(|gone| self.are_gone(&child, gone)) => {}
                        Follows::Cascade => {
                            self.spend(table.columns.len());
                            if self.is_exhausted() {
                                return;
                            }
                            // MySQL's fire for statements alone.
                            let fires = self.dialect != Dialect::MySql;
                            if fires {
                                self.before(&child, Event::Delete);
                            }
                            let cause = self.cause(LossKind::Delete);
                            let parents = gone.as_ref();
                            let parents = parents.and_then(|gone| self.parents(&child, gone));
                            let gone = gone.map(|gone| gone.filter);
                            self.ledger.hit_rows(&table, false, cause, gone);
                            self.uproot(table.id);
                            if fires {
                                self.after(&child, Event::Delete);
                            }
                            todo.push((child.clone(), parents));
                        }
                        Follows::SetNull | Follows::SetDefault => {
                            self.fire_for_change(&child);
                            let set: Vec<&String> = columns.iter().collect();
                            self.regrow(table.id, &set);
                            for name in columns {
                                if let Some(column) = table.column(self.dialect, name) {
                                    let cause = self.cause(LossKind::Update);
                                    self.ledger.hit_column(table.id, column.id, cause);
                                    self.ledger.set_values(column.id, Vec::new());
                                    self.ledger.disturb(table.id, name);
                                    self.ledger.shift(column.id);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
