//! What becomes of rows when they are deleted, or their table is emptied?

use std::collections::BTreeSet;
use std::sync::Arc;

use super::views::VIEWS;
use crate::act::{Delete, Event, Filter, Join, Name, Picks};
use crate::judge::flow::Relation;
use crate::judge::flow::portion::Portion;
use crate::judge::run::Run;
use crate::judge::work::STEP;
use crate::schema::Key;
use crate::{Access, LossKind};

impl Run<'_> {
    /// Rows go; the rows that the statement returns.
    pub(crate) fn delete(&mut self, delete: &Delete) -> Relation {
        self.spend(STEP);
        if let Some(filter) = &delete.filter {
            self.calls(&filter.calls, false);
            if filter.picks == Picks::None {
                self.fire_for_none(&delete.table, Event::Delete);
                return Relation::default();
            }
        }
        let Some(key) = self.meet(&delete.table, false) else {
            self.mind_rules(&self.key(&delete.table));
            if self.instead(&delete.table, Event::Delete) {
                return Relation::default();
            }
            if let Some((table, some)) = self.beneath(&delete.table) {
                let limited = delete.limited || some;
                let delete = Delete {
                    table,
                    limited,
                    ..delete.clone()
                };
                let deleted = self.deeper(VIEWS, |run| run.delete(&delete));
                return deleted.unwrap_or_default();
            }
            self.written_elsewhere(&delete.table);
            return Relation::default();
        };
        if !delete.limited && self.hides_rows(&key) {
            return self.delete(&Delete {
                limited: true,
                ..delete.clone()
            });
        }
        if delete.using.is_empty() && self.meets_none(&key, delete.filter.as_ref()) {
            self.fire_for_none(&delete.table, Event::Delete);
            return Relation::default();
        }
        self.touch(&key, Access::Write);
        self.mind_rules(&key);
        if let Some(table) = self.schema.table(&key) {
            self.cleared.add(table.id);
        }
        let filter = delete
            .filter
            .as_ref()
            .filter(|filter| filter.picks != Picks::All);
        if filter.is_some_and(|filter| delete.using.is_empty() && self.misses_each(&key, filter)) {
            return Relation::default();
        }
        let all = filter.is_none() && delete.using.is_empty() && !delete.limited;
        if delete.using.is_empty() {
            self.refuse_referred(&key, filter);
        }
        let by = (!all).then(|| self.picked_by(&key, delete, filter));
        // Only triggers see them.
        let going = match self.may_fire(&key) {
            true => self.going(&key, by.as_ref()).map(Arc::new),
            false => None,
        };
        self.going.clone_from(&going);
        let mut row = self.before(&key, Event::Delete);
        self.going = None;
        for heir in self.and_heirs(&key).split_off(1) {
            row.skipped |= self.before(&heir, Event::Delete).skipped;
        }
        if row.stopped && self.and_heirs(&key).len() == 1 {
            return Relation::default();
        }
        let mut returned = self.returned(delete, filter, by.as_ref());
        if row.skipped {
            // A row that a trigger keeps is not handed on.
            (returned.rows, returned.parts) = (Vec::new(), Vec::new());
        }
        // Nor do the triggers behind see it.
        let going = going.filter(|_| !row.skipped);
        if let Some(filter) = filter
            && delete.using.is_empty()
            && self.deletes_seeds(&key, filter)
        {
            if let Some(table) = self.schema.table(&key) {
                self.ledger.change(table.id);
            }
            self.lose_referring(&key);
            self.after(&key, Event::Delete);
            return returned;
        }
        let cause = self.cause(LossKind::Delete);
        let whole = delete.using.is_empty() && !delete.limited;
        for key in self.and_heirs(&key) {
            if let Some(table) = self.schema.tables.get(&key).cloned() {
                let parents = by.as_ref().and_then(|by| self.parents(&key, by));
                let by = by.as_ref().map(|by| by.filter.clone());
                // As often as it runs, it takes no other rows than those that it was taken to take before.
                let again = filter.is_some_and(|filter| filter.tables.is_empty())
                    && !self.ledger.is_any_disturbed(table.id)
                    && by
                        .as_ref()
                        .is_some_and(|by| self.ledger.is_cut_by(table.id, by));
                if !again {
                    self.ledger.hit_rows(&table, all, cause, by.clone());
                }
                if let Some(by) = by {
                    self.ledger.note_cut(table.id, &by);
                }
                if whole && !row.skipped {
                    self.note_left(&key, &table, filter);
                }
                self.uproot(table.id);
                self.cascade(&key, parents);
                self.going.clone_from(&going);
                self.after(&key, Event::Delete);
                self.going = None;
                self.orphan_views(&key);
            }
        }
        returned
    }

    /// The table, and those that inherit from it unless the statement says ONLY.
    pub(in crate::judge) fn and_heirs(&mut self, key: &Key) -> Vec<Key> {
        let id = self.schema.table(key).map(|table| table.id);
        let heirs = match id {
            Some(id) if !self.only => self.heirs(id),
            _ => Vec::new(),
        };
        for heir in &heirs {
            self.spend(STEP);
            if self.is_exhausted() {
                break;
            }
            self.register(heir);
        }
        std::iter::once(key.clone()).chain(heirs).collect()
    }

    /// The rows that `DELETE … RETURNING` hands on: those `by` which it picks, or all.
    fn returned(
        &mut self,
        delete: &Delete,
        filter: Option<&Filter>,
        by: Option<&Portion>,
    ) -> Relation {
        let Some((_, outputs)) = &delete.returning else {
            return Relation::default();
        };
        let branch = crate::act::Branch {
            output: outputs.clone(),
            from: vec![crate::act::Source {
                what: crate::act::From::Table(delete.table.clone()),
                alias: delete.alias.clone(),
                join: Join::Product,
                on: Vec::new(),
            }],
            filter: filter.cloned(),
            ..crate::act::Branch::default()
        };
        let query = crate::act::Query {
            branches: vec![branch],
            ..crate::act::Query::default()
        };
        let relation = self.query(&query);
        match by {
            None => relation,
            Some(by) => Relation {
                rows: Vec::new(),
                parts: vec![by.clone()],
                ..relation
            },
        }
    }

    /// No row is in the table here, or none that has a value in the column.
    pub(in crate::judge) fn emptied(&mut self, name: &Name, column: Option<&str>) {
        // A handler may have ended the loop, and a variable hides the column.
        let hides = |local: &String| column.is_some_and(|column| self.same(local, column));
        if self.perhaps > 0 || self.locals.iter().any(hides) {
            return;
        }
        if let Some(key) = self.meet_if_exists(name)
            && let Some(id) = self.schema.table(&key).map(|table| table.id)
            && self.offspring(id).is_empty()
            && !self.hides_rows(&key)
        {
            match column {
                None => self.ledger.set_rows(id, Vec::new()),
                Some(column) => self.hold_nothing(&key, column),
            }
        }
    }

    /// Nothing stands in the column.
    fn hold_nothing(&mut self, key: &Key, name: &str) {
        let ty = self.schema.table(key).and_then(|table| {
            let column = table.column(self.dialect, name);
            column.and_then(|column| column.is.ty.clone())
        });
        // A row of NULLs is not NULL, and yet it is not NOT NULL.
        let parts = ty.is_none_or(|ty| self.may_have_parts_as(&self.type_of(&ty)));
        if let Some(column) = self.column(key, name).filter(|_| !parts) {
            self.ledger.set_values(column, Vec::new());
        }
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
            let mut todo = self.children(&key);
            let mut seen = BTreeSet::from([key]);
            while let Some(child) = todo.pop() {
                if seen.insert(child.clone()) {
                    self.register(&child);
                    self.spend(32);
                    self.empty(&child, LossKind::Truncate);
                    todo.extend(self.children(&child));
                }
            }
        }
    }

    /// Every row of the table, and of its partitions, goes.
    pub(crate) fn empty(&mut self, key: &Key, kind: LossKind) {
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        self.before(key, Event::Truncate);
        self.uproot(table.id);
        let cause = self.cause(kind);
        self.ledger.hit_rows(&table, true, cause, None);
        self.note_left(key, &table, None);
        self.orphan_views(key);
        self.after(key, Event::Truncate);
    }

    /// Something that is not a table of the model is written.
    pub(in crate::judge) fn written_elsewhere(&mut self, name: &crate::act::Name) {
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
