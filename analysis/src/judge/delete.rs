//! What becomes of rows when they are deleted, and of the rows that refer to them?

use std::collections::BTreeSet;

use super::flow::Relation;
use super::run::Run;
use crate::act::{Delete, Engine, Event, Filter, Follows, Join, Member, Picks};
use crate::schema::{Key, Table};
use crate::{Access, Age, Dialect, LossKind};

impl Run<'_> {
    /// Rows go; the rows that the statement returns.
    pub(crate) fn delete(&mut self, delete: &Delete) -> Relation {
        if let Some(filter) = &delete.filter {
            self.calls(&filter.calls);
            if filter.picks == Picks::None {
                return Relation::default();
            }
        }
        let Some(key) = self.meet(&delete.table, false) else {
            if self.instead(&delete.table, Event::Delete) {
                return Relation::default();
            }
            if let Some((table, some)) = self.beneath(&delete.table) {
                let limited = delete.limited || some;
                return self.delete(&Delete {
                    table,
                    limited,
                    ..delete.clone()
                });
            }
            self.written_elsewhere(&delete.table);
            return Relation::default();
        };
        self.touch(&key, Access::Write);
        self.mind_rules(&key);
        if let Some(table) = self.schema.table(&key) {
            self.cleared.add(table.id);
        }
        let filter = delete
            .filter
            .as_ref()
            .filter(|filter| filter.picks != Picks::All);
        let all = filter.is_none() && delete.using.is_empty() && !delete.limited;
        self.before(&key, Event::Delete);
        let returned = self.returned(delete, filter, all);
        if let Some(filter) = filter
            && delete.using.is_empty()
            && !delete.limited
            && self.deletes_seeds(&key, filter)
        {
            self.lose_referring(&key);
            return returned;
        }
        let by = filter
            .filter(|filter| delete.using.is_empty() && !delete.limited && !filter.volatile)
            .and_then(|filter| match &filter.member {
                Some(member) => self.as_copied(&key, member),
                None => filter.tables.is_empty().then(|| filter.text.clone()),
            });
        let cause = self.cause(LossKind::Delete);
        for key in self.and_heirs(&key) {
            if let Some(table) = self.schema.table(&key).cloned() {
                self.ledger.hit_rows(&table, all, cause, by.clone());
                self.cascade(&key);
                self.after(&key, Event::Delete);
                self.orphan_views(&key);
            }
        }
        returned
    }

    /// The condition by which the rows of the table were copied that `member` picks: where the copy's keys, and no others, stand
    /// in the table that it asks.
    fn as_copied(&mut self, key: &Key, member: &Member) -> Option<String> {
        let copy = self.meet_if_exists(&member.table)?;
        let (table, copy) = (self.schema.table(key)?, self.schema.table(&copy)?);
        let (column, other) = (
            table.column(self.dialect, &member.column)?,
            copy.column(self.dialect, &member.other)?,
        );
        let once =
            self.fillings.get(&copy.id) == Some(&1) && self.ledger.created.contains(&copy.id);
        let carried = self.ledger.values(column.id) == self.ledger.values(other.id)
            && column.is.ty == other.is.ty
            && !self.ledger.values(column.id).is_empty();
        if !once || !carried {
            return None;
        }
        let part = self.ledger.parts.iter().find(|part| part.at == copy.id)?;
        let own = |name: &String| self.same(name, &member.column);
        let unique = table.keys().any(|key| key.iter().all(own));
        let told = unique || part.portion.reads.iter().all(own);
        (part.portion.from == Some(table.id) && told).then(|| part.portion.filter.clone())
    }

    /// The table, and those that inherit from it unless the statement says ONLY.
    pub(super) fn and_heirs(&mut self, key: &Key) -> Vec<Key> {
        let id = self.schema.table(key).map(|table| table.id);
        let heirs = match id {
            Some(id) if !self.only => self.schema.heirs(id),
            _ => Vec::new(),
        };
        for heir in &heirs {
            self.register(heir);
        }
        std::iter::once(key.clone()).chain(heirs).collect()
    }

    /// Rows that refer to planted ones came after them, and go or are changed with them.
    fn lose_referring(&mut self, parent: &Key) {
        for child in self.schema.children(self.dialect, parent) {
            self.register(&child);
            let Some(table) = self.schema.table(&child) else {
                continue;
            };
            let follows = table.foreign_keys().any(|(_, referred, on_delete)| {
                on_delete != Follows::Refuse && Key::of(self.dialect, referred) == *parent
            });
            if follows && self.foreign_keys {
                let object = self.object_at(&child, &table.name);
                let cause = self.cause(LossKind::Delete);
                self.others.push(super::losses::Other {
                    object,
                    age: Age::SinceUp,
                    cause,
                });
            }
        }
    }

    /// The rows that `DELETE … RETURNING` hands on.
    fn returned(&mut self, delete: &Delete, filter: Option<&Filter>, all: bool) -> Relation {
        let Some((_, outputs)) = &delete.returning else {
            return Relation::default();
        };
        let branch = crate::act::Branch {
            output: outputs.clone(),
            from: vec![crate::act::Source {
                what: crate::act::From::Table(delete.table.clone()),
                alias: delete.alias.clone(),
                join: Join::Product,
            }],
            filter: filter.cloned(),
            ..crate::act::Branch::default()
        };
        let query = crate::act::Query {
            branches: vec![branch],
            ..crate::act::Query::default()
        };
        let mut relation = self.query(&query, &mut Vec::new());
        if !all && filter.is_none() {
            relation.rows.clear();
        }
        relation
    }

    pub(crate) fn truncate(&mut self, name: &crate::act::Name, cascade: bool) {
        let Some(key) = self.meet(name, false) else {
            return;
        };
        self.touch(&key, Access::Write);
        if let Some(table) = self.schema.table(&key) {
            self.cleared.add(table.id);
        }
        for key in self.and_heirs(&key) {
            self.empty(&key, LossKind::Truncate);
        }
        if cascade {
            let mut todo = self.schema.children(self.dialect, &key);
            let mut seen = vec![key.clone()];
            while let Some(child) = todo.pop() {
                if !seen.contains(&child) {
                    self.register(&child);
                    self.empty(&child, LossKind::Truncate);
                    todo.extend(self.schema.children(self.dialect, &child));
                    seen.push(child);
                }
            }
        }
    }

    /// Every row of the table, and of its partitions, goes.
    pub(crate) fn empty(&mut self, key: &Key, kind: LossKind) {
        let Some(table) = self.schema.table(key).cloned() else {
            return;
        };
        self.before(key, Event::Truncate);
        let cause = self.cause(kind);
        self.ledger.hit_rows(&table, true, cause, None);
        self.orphan_views(key);
        self.after(key, Event::Truncate);
    }

    /// Whether the keys of `child` to `parent` are kept: only engines of MySQL with transactions do so.
    pub(super) fn enforces(&self, child: &Table, parent: &Key) -> bool {
        let parent = self.schema.table(parent).map(|parent| parent.engine);
        [Some(child.engine), parent]
            .iter()
            .flatten()
            .all(|engine| *engine == Engine::Transactional)
    }

    /// What foreign keys do to the tables that refer to deleted rows.
    pub(crate) fn cascade(&mut self, parent: &Key) {
        if !self.foreign_keys {
            return;
        }
        let mut todo = vec![parent.clone()];
        let mut seen: BTreeSet<Key> = BTreeSet::new();
        while let Some(parent) = todo.pop() {
            if !seen.insert(parent.clone()) {
                continue;
            }
            self.spend(self.schema.tables.size());
            for child in self.schema.children(self.dialect, &parent) {
                self.spend(8);
                if self.is_exhausted() {
                    return;
                }
                self.register(&child);
                let Some(table) = self.schema.table(&child).cloned() else {
                    continue;
                };
                for (columns, referred, on_delete) in table.foreign_keys() {
                    let mut of = Key::of(self.dialect, referred);
                    if referred.schema.is_none() {
                        of.schema.clone_from(&parent.schema);
                    }
                    if of != parent || !self.enforces(&table, &parent) {
                        continue;
                    }
                    match on_delete {
                        Follows::Refuse => {}
                        Follows::Cascade if seen.contains(&child) => {}
                        Follows::Cascade => {
                            // MySQL's fire for statements alone.
                            let fires = self.dialect != Dialect::MySql;
                            if fires {
                                self.before(&child, Event::Delete);
                            }
                            let cause = self.cause(LossKind::Delete);
                            self.ledger.hit_rows(&table, false, cause, None);
                            if fires {
                                self.after(&child, Event::Delete);
                            }
                            todo.push(child.clone());
                        }
                        Follows::SetNull | Follows::SetDefault => {
                            for name in columns {
                                if let Some(column) = table.column(self.dialect, name) {
                                    let cause = self.cause(LossKind::Update);
                                    self.ledger.hit_column(table.id, column.id, cause);
                                    self.ledger.set_values(column.id, Vec::new());
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Something that is not a table of the model is written.
    pub(super) fn written_elsewhere(&mut self, name: &crate::act::Name) {
        let key = self.key(name);
        let lower = key.name.to_ascii_lowercase();
        let catalog = key
            .schema
            .as_deref()
            .is_some_and(|s| matches!(s, "pg_catalog" | "mysql" | "information_schema"));
        if lower == "sqlite_sequence" {
            return;
        }
        if let Some(view) = self.schema.views.get(&key) {
            let view = view.name.name.clone();
            self.unknown(format!("it writes through the view {view}"));
        } else if catalog || lower.starts_with("pg_") || lower.starts_with("sqlite_") {
            self.unknown("it writes into the catalog of the database".to_owned());
        } else {
            self.missing(name);
        }
    }
}
