//! What becomes of rows when they are deleted, and of the rows that refer to them?

use std::sync::Arc;

use std::collections::BTreeSet;

use super::children::Parents;
use super::views::VIEWS;
use crate::act::{Delete, Engine, Event, Filter, Follows, Join, Member, Name, Picks};
use crate::judge::flow::portion::Portion;
use crate::judge::flow::source::Placed;
use crate::judge::flow::{Flow, Relation};
use crate::judge::ledger::Part;
use crate::judge::run::Run;
use crate::judge::work::STEP;
use crate::schema::{Key, Table};
use crate::types::Type;
use crate::{Access, Age, Dialect, LossKind};

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
                self.ledger.hit_rows(&table, all, cause, by);
                if whole && !row.skipped {
                    self.note_left(&table, filter);
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

    /// The rows of the table that a statement deletes or overwrites, for the triggers that are fired for each: none where
    /// those of other tables go with them.
    pub(in crate::judge) fn going(&mut self, key: &Key, by: Option<&Portion>) -> Option<Relation> {
        if self.and_heirs(key).len() > 1 {
            return None;
        }
        let relation = self.relation_of(key);
        Some(match by {
            None => relation,
            Some(by) => Relation {
                rows: Vec::new(),
                parts: vec![by.clone()],
                ..relation
            },
        })
    }

    /// Which rows of the table go.
    fn picked_by(&mut self, key: &Key, delete: &Delete, filter: Option<&Filter>) -> Portion {
        let placed = Placed {
            name: None,
            key: Some(key.clone()),
            relation: Arc::new(self.relation_of(key)),
        };
        match filter.filter(|filter| delete.using.is_empty() && filter.is_repeatable()) {
            Some(filter) if filter.tables.is_empty() && !filter.asks_row() && !delete.limited => {
                self.portion(&placed, filter)
            }
            filter => {
                let of_others = Filter::of_others();
                let filter = filter.or(delete.filter.as_ref()).unwrap_or(&of_others);
                // Those that are handed on must be the very ones.
                let any = delete.returning.is_none();
                let mut filter = filter.clone();
                if delete.limited || self.reaches_others(key) {
                    filter.asked = None;
                }
                self.part_by_member(&placed, &filter, any)
            }
        }
    }

    /// The condition by which the rows of the table were copied that `member` picks: where the copy's keys, and no others, stand
    /// in what it asks.
    pub(in crate::judge) fn as_copied(&mut self, key: &Key, member: &Member) -> Option<String> {
        let (copy, portion) = match self.named(&member.of).cloned() {
            Some(relation) => match relation.parts.as_slice() {
                [part] => (relation.columns.clone(), part.clone()),
                _ => return None,
            },
            None if member.row => return None,
            None => self.filled_once(&member.of)?,
        };
        let table = self.schema.table(key)?;
        let placed = self.relation_of(key);
        // What another collation takes for equal are other rows too.
        let alike = |own: &str, flow: &Flow| {
            let column = placed.columns.iter().find(|column| {
                let name = column.name.as_deref();
                name.is_some_and(|name| self.same(name, own))
            });
            let number = flow.ty.as_deref().map(|ty| self.type_of(ty));
            let number = matches!(number, Some(Type::Int { .. }));
            let is_same = |column: &Flow| {
                column.collation == flow.collation && column.charset == flow.charset
            };
            (number && self.dialect != Dialect::Sqlite) || column.is_some_and(is_same)
        };
        let carried = |(own, other): &(String, String)| {
            let column = table.column(self.dialect, own);
            let named = |flow: &&Flow| flow.name.as_deref().is_some_and(|n| self.same(n, other));
            let flow = copy.iter().find(named);
            column.zip(flow).is_some_and(|(column, flow)| {
                let values = self.ledger.values(column.id);
                values == flow.values
                    && !values.is_empty()
                    && flow.plain
                    && !flow.shifted
                    && !self.ledger.is_shifted(column.id)
                    && column.is.ty == flow.ty
                    && alike(own, flow)
                    && !self.ledger.is_disturbed(table.id, own)
            })
        };
        if !member.pairs.iter().all(carried) {
            return None;
        }
        let asked = |name: &String| member.pairs.iter().any(|(own, _)| self.same(own, name));
        let heirs = self.heirs(table.id);
        let unique = heirs.is_empty() && table.plain_keys().any(|key| key.iter().all(asked));
        let told = unique || portion.reads.iter().all(asked);
        (portion.from == Some(table.id) && told).then_some(portion.filter)
    }

    /// What stands in a table that one statement of the direction has filled with rows which a condition picked.
    pub(in crate::judge) fn filled_once(&mut self, copy: &Name) -> Option<(Vec<Flow>, Portion)> {
        let key = self.meet_if_exists(copy)?;
        let copy = self.schema.table(&key)?;
        let portion = self.only_part(copy)?.portion.clone();
        let mut columns = copy.columns.iter();
        let disturbed = columns.any(|column| self.ledger.is_disturbed(copy.id, &column.is.name));
        (!disturbed).then(|| (self.relation_of(&key).columns, portion))
    }

    /// The one part of other rows that came into a table, and all that did.
    pub(in crate::judge) fn only_part(&self, table: &Table) -> Option<&Part> {
        let mut parts = self.ledger.parts.iter().filter(|part| part.at == table.id);
        let part = parts.next().filter(|_| parts.next().is_none())?;
        let once =
            self.fillings.get(&table.id) == Some(&1) && self.ledger.created.contains(&table.id);
        // What is filled by itself is read with it.
        (once && self.offspring(table.id).is_empty()).then_some(part)
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

    /// Rows that refer to planted ones came after them, and go or are changed with them.
    fn lose_referring(&mut self, parent: &Key) {
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
                let refers = |referred: &Name| parent.is_of(self.dialect, referred, None);
                let mut keys = table.foreign_keys().filter(|(_, of, _)| refers(of));
                let does: Vec<Follows> = keys.by_ref().map(|(_, _, does)| does).collect();
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
                if does.contains(&Follows::Cascade) {
                    todo.push(child);
                }
            }
        }
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

    /// No row is left in the table, by what was done to them before.
    pub(in crate::judge) fn emptied(&mut self, name: &Name) {
        // A handler may have ended the loop.
        if self.perhaps > 0 {
            return;
        }
        if let Some(key) = self.meet_if_exists(name)
            && let Some(id) = self.schema.table(&key).map(|table| table.id)
            && self.offspring(id).is_empty()
            && !self.hides_rows(&key)
        {
            self.ledger.set_rows(id, Vec::new());
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
        self.note_left(&table, None);
        self.orphan_views(key);
        self.after(key, Event::Truncate);
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
                self.spend(32);
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
                            if fires {
                                self.after(&child, Event::Delete);
                            }
                            todo.push((child.clone(), parents));
                        }
                        Follows::SetNull | Follows::SetDefault => {
                            self.fire_for_change(&child);
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
