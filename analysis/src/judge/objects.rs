//! What becomes of everything that is no table: views, types, sequences, schemas, triggers, routines?

use std::sync::Arc;

use super::run::{Noted, Run};
use crate::act::{Act, Body, Event, Filter, Name};
use crate::schema::{Index, Key, Sequence, Type, View};
use crate::{Age, LossKind, Object};

impl Run<'_> {
    pub(crate) fn object(&mut self, act: &Act) {
        match act {
            Act::CreateIndex(index) => self.create_index(index),
            Act::DropIndex { name, table, .. } => {
                let key = match table.as_ref().and_then(|table| self.meet_if_exists(table)) {
                    Some(table) => self.index_key(&table, &name.name),
                    None => self.key(name),
                };
                self.schema.indexes.remove(&key);
            }
            Act::RenameIndex { name, to } => {
                let key = self.key(name);
                if let Some(index) = self.schema.indexes.remove(&key) {
                    let to = Key {
                        name: to.clone(),
                        ..key
                    };
                    self.schema.indexes.insert(to, index);
                }
            }
            Act::CreateView {
                name,
                materialized,
                or_replace,
                if_not_exists,
                query,
                text,
                ..
            } => {
                let key = self.key(name);
                if self.schema.views.contains_key(&key) && *if_not_exists && !or_replace {
                    return;
                }
                let id = self.schema.fresh();
                self.ledger.created.insert(id);
                let view = View {
                    name: name.clone(),
                    materialized: *materialized,
                    query: query.as_deref().cloned(),
                    text: text.clone(),
                    orphaned: false,
                    id,
                };
                self.schema.views.insert(key, Arc::new(view));
            }
            Act::DropView { name, .. } => self.drop_view(name),
            Act::RenameView { name, to } => {
                let key = self.key(name);
                if let Some(view) = self.schema.views.remove(&key) {
                    let to = Key {
                        name: to.name.clone(),
                        schema: to.schema.clone().or(key.schema),
                    };
                    self.schema.views.insert(to, view);
                }
            }
            Act::RefreshView(name) => {
                let key = self.key(name);
                self.lose_orphan(&key);
                if let Some(view) = self.schema.views.get_mut(&key) {
                    Arc::make_mut(view).orphaned = false;
                }
            }
            Act::CreateSequence { name, text, .. } => {
                let key = self.key(name);
                self.schema
                    .sequences
                    .insert(key, Arc::new(Sequence { text: text.clone() }));
            }
            Act::RenameSequence { name, to } => {
                let (from, to) = (self.key(name), self.key(to));
                if let Some(sequence) = self.schema.sequences.remove(&from) {
                    self.schema.sequences.insert(to, sequence);
                }
            }
            Act::DropSequence { name, .. } => {
                let key = self.key(name);
                self.schema.sequences.remove(&key);
            }
            Act::CreateExtension { .. } | Act::MoveSequence(_) => {}
            Act::DropExtension { name, cascade, .. } => self.drop_extension(name, *cascade),
            Act::CreateSchema { name, .. } | Act::CreateDatabase { name, .. } => {
                if !self.schema.schemas.contains_key(name) {
                    let id = self.schema.fresh();
                    self.ledger.created.insert(id);
                    self.schema.schemas.insert(name.clone(), id);
                }
            }
            Act::RenameSchema { name, to } => self.rename_schema(name, to),
            Act::DropSchema { name, cascade, .. } => {
                // Without CASCADE the server refuses unless it is empty.
                if *cascade {
                    self.drop_schema(name, LossKind::DropSchema);
                } else {
                    self.schema.schemas.remove(name);
                }
            }
            Act::DropDatabase { name, .. } => self.drop_schema(name, LossKind::DropDatabase),
            Act::CreateTrigger(trigger) => {
                let table = trigger
                    .table
                    .as_ref()
                    .and_then(|table| self.meet_if_exists(table));
                let table = table.and_then(|key| self.schema.table(&key).map(|table| table.id));
                let key = (table, trigger.name.name.to_lowercase());
                self.schema.triggers.insert(key, Arc::new(trigger.clone()));
            }
            Act::DropTrigger { name, table, .. } => {
                let lower = name.name.to_lowercase();
                let of = table.as_ref().map(|table| self.key(table));
                let of = of.and_then(|key| self.schema.table(&key).map(|table| table.id));
                self.schema
                    .triggers
                    .retain(|(on, called), _| *called != lower || (of.is_some() && *on != of));
            }
            Act::CreateRoutine(routine) => {
                let key = self.key(&routine.name);
                self.schema.routines.insert(key, Arc::new(routine.clone()));
            }
            Act::DropRoutine { name, .. } => {
                let key = self.key(name);
                self.schema.routines.remove(&key);
            }
            Act::Decorate { kind, on } => {
                let key = self.key(on);
                if let Some(table) = self.schema.table_mut(&key) {
                    table.decorations.insert(*kind);
                }
            }
            other => self.type_act(other),
        }
    }

    fn type_act(&mut self, act: &Act) {
        match act {
            Act::CreateType {
                name,
                labels,
                base,
                text,
            } => {
                let key = self.key(name);
                let ty = Type {
                    name: name.clone(),
                    labels: labels.clone(),
                    base: base.clone(),
                    text: text.clone(),
                };
                self.schema.types.insert(key, Arc::new(ty));
            }
            Act::DropType { name, cascade, .. } => {
                if *cascade {
                    self.drop_columns_of(name);
                }
                let key = self.key(name);
                self.schema.types.remove(&key);
            }
            Act::RenameType { name, to } => self.rename_type(name, to),
            Act::AddLabel { name, label, .. } => {
                let key = self.key(name);
                if let Some(ty) = self.schema.types.get_mut(&key)
                    && let Some(labels) = &mut Arc::make_mut(ty).labels
                    && !labels.contains(label)
                {
                    labels.push(label.clone());
                }
            }
            Act::RenameLabel { name, from, to } => {
                let key = self.key(name);
                if let Some(ty) = self.schema.types.get_mut(&key)
                    && let Some(labels) = &mut Arc::make_mut(ty).labels
                {
                    for label in labels.iter_mut().filter(|label| *label == from) {
                        label.clone_from(to);
                    }
                }
            }
            Act::DropAttribute {
                name, attribute, ..
            } => {
                let columns = self.columns_of(name);
                for (table, column) in &columns {
                    let cause = self.cause(LossKind::DropColumn);
                    self.register(table);
                    if let Some((id, column)) = self
                        .schema
                        .table(table)
                        .and_then(|t| Some((t.id, t.column(self.dialect, column)?.id)))
                    {
                        self.ledger.hit_column(id, column, cause);
                        self.ledger.set_values(column, Vec::new());
                    }
                }
                if columns.is_empty() && !self.schema.is_complete() {
                    self.unknown(format!(
                        "which columns hold the attribute {attribute} is not known"
                    ));
                }
            }
            _ => {}
        }
    }

    fn create_index(&mut self, index: &crate::act::Index) {
        let Some(table) = self.meet_if_exists(&index.table) else {
            return;
        };
        self.touch(&table, crate::Access::Alter);
        let Some(id) = self.schema.table(&table).map(|table| table.id) else {
            return;
        };
        let Some(name) = &index.name else {
            return;
        };
        let key = self.index_key(&table, &name.name);
        let made = Index {
            table: id,
            unique: index.unique,
            columns: index.columns.clone(),
            text: index.text.clone(),
        };
        self.schema.indexes.insert(key, Arc::new(made));
    }

    fn drop_view(&mut self, name: &Name) {
        let key = self.key(name);
        if !self.schema.views.contains_key(&key) && self.schema.tables.contains_key(&key) {
            let object = self.object_at(&key, name);
            self.note(Noted::Missing { object });
            return;
        }
        self.lose_orphan(&key);
        self.schema.views.remove(&key);
    }

    /// A materialised view whose rows cannot be computed again goes or is computed again.
    fn lose_orphan(&mut self, key: &Key) {
        let Some(view) = self.schema.views.get(key).cloned() else {
            return;
        };
        if view.orphaned {
            let object = Object {
                schema: key.schema.clone(),
                table: view.name.name.clone(),
                column: None,
            };
            let cause = self.cause(LossKind::DropView);
            self.others.push(super::losses::Other {
                object,
                age: Age::Older,
                cause,
            });
        }
    }

    /// Rows under the materialised views over this table have gone.
    pub(crate) fn orphan_views(&mut self, table: &Key) {
        let dialect = self.dialect;
        let over = |view: &View| {
            view.materialized
                && view.query.as_ref().is_some_and(|query| {
                    crate::read::tables(query)
                        .iter()
                        .any(|name| Key::of(dialect, name) == *table)
                })
        };
        for view in self.schema.views.values_mut() {
            if over(view) {
                Arc::make_mut(view).orphaned = true;
            }
        }
    }

    fn drop_extension(&mut self, name: &str, cascade: bool) {
        if !cascade {
            return;
        }
        let types: &[&str] = match name {
            "postgis" => &["geometry", "geography", "raster", "box2d", "box3d"],
            "vector" | "pgvector" => &["vector", "halfvec", "sparsevec"],
            _ => &[],
        };
        for ty in types.iter().chain(std::iter::once(&name)) {
            self.drop_columns_of(&Name::plain(*ty));
        }
        if !self.schema.is_complete() {
            self.unknown(format!(
                "which columns depend on the extension {name} is not known"
            ));
        }
    }

    fn columns_of(&self, ty: &Name) -> Vec<(Key, String)> {
        let wanted = self.key(ty);
        let is = |written: &str| {
            let bare = written.split(['(', '[']).next().unwrap_or_default().trim();
            let mut parts = bare.rsplitn(2, '.');
            let unquote = |part: &str| {
                if part.starts_with('"') {
                    part.trim_matches('"').to_owned()
                } else {
                    part.to_lowercase()
                }
            };
            let name = parts.next().map(unquote).unwrap_or_default();
            let schema = parts.next().map(unquote);
            self.key(&Name { schema, name }) == wanted
        };
        let mut found = Vec::new();
        for (key, table) in self.schema.tables.iter() {
            for column in &table.columns {
                if column.is.ty.as_deref().is_some_and(is) {
                    found.push((key.clone(), column.is.name.clone()));
                }
            }
        }
        found
    }

    /// The columns of a type go with it.
    fn drop_columns_of(&mut self, ty: &Name) {
        let columns = self.columns_of(ty);
        let known = self.schema.is_complete() || self.schema.types.contains_key(&self.key(ty));
        for (table, column) in columns {
            self.register(&table);
            self.drop_column(&table, &column, true, LossKind::DropType);
        }
        if !known {
            self.unknown(format!(
                "which columns are of the type {} is not known",
                ty.name
            ));
        }
    }

    fn rename_type(&mut self, name: &Name, to: &Name) {
        let from = self.key(name);
        let target = Key {
            name: Key::of(self.dialect, to).name,
            schema: Key::of(self.dialect, to)
                .schema
                .or_else(|| from.schema.clone()),
        };
        let columns = self.columns_of(name);
        if let Some(mut ty) = self.schema.types.remove(&from) {
            Arc::make_mut(&mut ty).name = to.clone();
            self.schema.types.insert(target, ty);
        }
        // Columns keep their type, whatever it is called.
        let dialect = self.dialect;
        for (table, column) in columns {
            if let Some(table) = self.schema.table_mut(&table)
                && let Some(column) = table.column_mut(dialect, &column)
            {
                let shown = match &to.schema {
                    Some(schema) => {
                        format!("{}.{}", dialect.quote(schema), dialect.quote(&to.name))
                    }
                    None => dialect.quote(&to.name),
                };
                column.is.ty = Some(shown);
            }
        }
    }

    fn rename_schema(&mut self, name: &str, to: &str) {
        if let Some(id) = self.schema.schemas.remove(name) {
            self.schema.schemas.insert(to.to_owned(), id);
        }
        let inside: Vec<Key> = self
            .schema
            .tables
            .keys()
            .filter(|key| key.schema.as_deref() == Some(name))
            .cloned()
            .collect();
        for key in inside {
            self.register(&key);
            let shown = Name {
                schema: Some(to.to_owned()),
                name: key.name.clone(),
            };
            let target = Key::of(self.dialect, &shown);
            self.move_table(&key, target, &shown);
        }
    }

    /// A schema or database goes with everything in it.
    fn drop_schema(&mut self, name: &str, kind: LossKind) {
        let id = self.schema.schemas.remove(name);
        let folded = Key::of(
            self.dialect,
            &Name {
                schema: Some(name.to_owned()),
                name: String::new(),
            },
        )
        .schema;
        let inside: Vec<Key> = self
            .schema
            .tables
            .keys()
            .filter(|key| key.schema == folded)
            .cloned()
            .collect();
        let created = id.is_some_and(|id| self.ledger.created.contains(&id));
        let born = id.is_some_and(|id| self.born.contains(&id));
        let mut older = id.is_none() || (!created && !born);
        let mut holds = !self.schema.is_complete() && !created && !born;
        for key in &inside {
            if let Some(table) = self.schema.table(key).cloned() {
                self.register(key);
                let own = self.ledger.created.contains(&table.id);
                let carries = !self.ledger.rows(table.id).is_empty();
                holds |= !own || carries;
                older |= !self.born.contains(&table.id) && !own;
                self.orphan_views(key);
            }
            self.schema.tables.remove(key);
        }
        let inside = |key: &Key| key.schema == folded;
        self.schema.views.retain(|key, _| !inside(key));
        self.schema.types.retain(|key, _| !inside(key));
        self.schema.sequences.retain(|key, _| !inside(key));
        self.schema.routines.retain(|key, _| !inside(key));
        let alive: std::collections::HashSet<_> =
            self.schema.tables.values().map(|table| table.id).collect();
        self.schema
            .indexes
            .retain(|_, index| alive.contains(&index.table));
        if kind == LossKind::DropDatabase && !created {
            holds = true;
        }
        if holds {
            self.other(name, kind, if older { Age::Older } else { Age::SinceUp });
        }
    }

    /// The triggers of a table run.
    pub(crate) fn fire(&mut self, table: &Key, event: Event) {
        let Some(id) = self.schema.table(table).map(|table| table.id) else {
            return;
        };
        let triggers: Vec<_> = self
            .schema
            .triggers
            .iter()
            .filter(|((of, _), trigger)| *of == Some(id) && trigger.on.contains(&event))
            .map(|(_, trigger)| trigger.clone())
            .collect();
        for trigger in triggers {
            let called = trigger.name.name.clone();
            if self.firing.contains(&called) {
                continue;
            }
            self.firing.push(called);
            let outer = self.updating.take();
            self.updating = (event == Event::Update).then(|| table.clone());
            match &trigger.body {
                Body::Steps(steps) => {
                    let mut steps = steps.clone();
                    crate::family::place(&mut steps, self.span);
                    let block = Act::Block { maybe: true, steps };
                    let step = crate::act::Step {
                        act: block,
                        span: self.span,
                    };
                    self.steps(std::slice::from_ref(&step));
                }
                Body::Routine(name) => self.call(name),
                Body::Unknown(reason) => {
                    let reason = format!("the trigger {} fires: {reason}", trigger.name.name);
                    self.unknown(reason);
                }
            }
            self.firing.pop();
            self.updating = outer;
        }
    }

    /// A trigger sets a column of the row: of one that was there before, the old value is gone.
    pub(crate) fn set_new(&mut self, column: &str) {
        let Some(key) = self.updating.clone() else {
            return;
        };
        let Some(column) = self.column(&key, column) else {
            return;
        };
        if let Some(table) = self.schema.table(&key).map(|table| table.id) {
            let cause = self.cause(LossKind::Update);
            self.ledger.hit_column(table, column, cause);
            self.ledger.set_values(column, Vec::new());
        }
    }

    /// Whether a DELETE takes only rows that the up planted, by the keys that it planted them with.
    pub(crate) fn deletes_seeds(&mut self, key: &Key, filter: &Filter) -> bool {
        let (Some(table), Some(alternatives)) = (self.schema.table(key), &filter.keys) else {
            return false;
        };
        let seeds: Vec<_> = self
            .seeds
            .inherited
            .iter()
            .filter(|seed| seed.table == table.id)
            .collect();
        if seeds.is_empty() || alternatives.is_empty() {
            return false;
        }
        let has = |seed: &super::run::Seed, column: &String, text: &String| {
            seed.values
                .iter()
                .any(|(c, t)| self.same(c, column) && t == text)
        };
        let mut named: Vec<&String> = Vec::new();
        for keys in alternatives {
            if !seeds
                .iter()
                .any(|seed| keys.iter().all(|(c, t)| has(seed, c, t)))
            {
                return false;
            }
            for (column, _) in keys {
                if !named.contains(&column) {
                    named.push(column);
                }
            }
        }
        // Where the keys of the table are known, others may have written rows that the condition meets too.
        let is_named = |column: &String| named.iter().any(|n| self.same(n, column));
        let unique_index = self.schema.indexes.values().any(|index| {
            index.table == table.id && index.unique && index.columns.iter().all(is_named)
        });
        let unique = table.open || unique_index || table.keys().any(|key| key.iter().all(is_named));
        if !unique {
            return false;
        }
        // What else the rows hold may have been edited since.
        let numbered = |name: &String| {
            table.column(self.dialect, name).is_some_and(|c| {
                c.is.identity
                    || c.is.generated.is_some()
                    || (self.dialect == crate::Dialect::Sqlite
                        && c.is
                            .ty
                            .as_deref()
                            .is_some_and(|ty| ty.eq_ignore_ascii_case("integer"))
                        && c.is
                            .constraints
                            .iter()
                            .any(|k| matches!(k.rule, crate::act::Restriction::PrimaryKey(_))))
            })
        };
        let others: Vec<String> = if table.open {
            seeds.iter().flat_map(|seed| seed.columns.clone()).collect()
        } else {
            table.columns.iter().map(|c| c.is.name.clone()).collect()
        };
        let edited = others
            .iter()
            .any(|column| !is_named(column) && !numbered(column));
        let object = self.ledger.names.get(&table.id).cloned();
        let Some(object) = object else { return false };
        let cause = self.cause(LossKind::SeedDelete);
        self.seed_deletes.push((object, cause, edited));
        true
    }
}
