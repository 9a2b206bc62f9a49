//! Which rows and columns does a table in a FROM give a query?

use std::sync::Arc;

use super::portion::Portion;
use crate::Dialect;
use crate::act::{From, Name, Query, Source};
use crate::judge::flow::{Flow, Relation};
use crate::judge::ledger::Part;
use crate::judge::run::Run;
use crate::judge::values::manner::Made;
use crate::judge::work::width;
use crate::schema::{Id, Key, NameSet, Table};

/// A source in FROM, under the name that it goes by there.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) name: Option<String>,
    pub(crate) key: Option<Key>,
    pub(crate) relation: Arc<Relation>,
}

impl Placed {
    pub(in crate::judge) fn is_called(&self, run: &Run<'_>, name: &str) -> bool {
        self.name.as_deref().is_some_and(|own| run.same(own, name))
    }

    /// Its relation with the columns that were named since.
    pub(in crate::judge) fn now(&self, run: &Run<'_>) -> Arc<Relation> {
        match &self.key {
            Some(key) if self.relation.open => Arc::new(run.relation_of(key)),
            _ => self.relation.clone(),
        }
    }
}

impl Run<'_> {
    pub(in crate::judge) fn source(&mut self, source: &Source) -> Placed {
        let relation = match &source.what {
            From::Table(name) => match self.named(name) {
                Some(relation) => relation.clone(),
                None => match self.as_begun(name) {
                    Some(relation) => relation,
                    None => Arc::new(self.table_relation(name)),
                },
            },
            From::Query(query) => Arc::new(self.query(query)),
            From::Only(name) => match self.meet_if_exists(name) {
                Some(key) => {
                    self.touch(&key, crate::Access::Read);
                    let mut relation = self.relation_with(&key, &[]);
                    if self.hides_rows(&key) {
                        relation = self.picked_of(relation, true);
                    }
                    // All rows of a partitioned table stand in its partitions.
                    if self.is_partitioned(&key) {
                        relation.rows.clear();
                    }
                    Arc::new(relation)
                }
                None => Arc::default(),
            },
            From::Row(name) => {
                let row = self.named(&Name::plain(name.as_str()));
                row.cloned().unwrap_or_default()
            }
            From::Function(_) | From::Other => Arc::new(Relation {
                open: true,
                ..Relation::default()
            }),
        };
        let key = match &source.what {
            From::Table(name) => {
                Some(self.key(name)).filter(|key| self.schema.tables.contains_key(key))
            }
            _ => None,
        };
        let name = source.alias.clone().or_else(|| match &source.what {
            From::Table(name) | From::Only(name) => Some(name.name.clone()),
            _ => None,
        });
        Placed {
            name,
            key,
            relation,
        }
    }

    /// Whether the table has partitions that are tables.
    fn is_partitioned(&self, key: &Key) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let offspring = self.offspring(table.id);
        let mut offspring = offspring.iter().filter_map(|key| self.schema.table(key));
        offspring.any(|table| table.partition)
    }

    fn table_relation(&mut self, name: &Name) -> Relation {
        let Some(key) = self.meet_if_exists(name) else {
            let view = self
                .schema
                .views
                .get(&self.key(name))
                .filter(|view| !view.materialized)
                .cloned();
            // One may have the rights of who reads it, not of its owner.
            let lent = self.runs_as_other || view.as_ref().is_some_and(|view| view.lent);
            // SQLite reads a `*` anew each time.
            let since = view.as_ref().map(|view| view.since);
            let since = since.filter(|_| self.dialect != Dialect::Sqlite);
            return match view.as_ref().and_then(|view| view.query(self.dialect)) {
                Some(query) if self.enter() => {
                    let outer = std::mem::take(&mut self.named);
                    let reader = std::mem::replace(&mut self.lent, lent);
                    let until = std::mem::replace(&mut self.seen_until, since);
                    // The view's functions run for the rows that are asked of it.
                    let query = Query {
                        surely: false,
                        ..query.clone()
                    };
                    let path = view.as_ref().and_then(|view| view.path.as_deref());
                    let relation = self.as_made(path, |run| run.query(&query));
                    (self.named, self.lent, self.seen_until) = (outer, reader, until);
                    self.leave();
                    relation
                }
                _ => {
                    if view.is_none() && self.schema.gone.contains(&self.key(name)) {
                        self.missing(name);
                    }
                    Relation {
                        open: true,
                        ..Relation::default()
                    }
                }
            };
        };
        self.touch(&key, crate::Access::Read);
        let relation = self.relation_of(&key);
        match self.hides_rows(&key) {
            true => self.picked_of(relation, true),
            false => relation,
        }
    }

    /// Whether only some of the table's rows are seen, as its policies say.
    /// (<https://www.postgresql.org/docs/15/ddl-rowsecurity.html>)
    pub(in crate::judge) fn hides_rows(&self, key: &Key) -> bool {
        let table = self.schema.table(key);
        table.is_some_and(|table| table.hides_rows(self.is_other()))
    }

    /// Whether somebody else may read than who migrates, to whom row security may apply although it does not to an owner.
    pub(in crate::judge) fn is_other(&self) -> bool {
        self.settings.acts_as_other || self.lent
    }

    /// A view or routine may be somebody else's from here on.
    pub(in crate::judge) fn lend(&mut self, name: &Name, routine: bool) {
        let key = self.key(name);
        if routine {
            if let Some(routine) = self.schema.routines.get_mut(&key) {
                Arc::make_mut(routine).lent = true;
            }
        } else if let Some(view) = self.schema.views.get_mut(&key) {
            Arc::make_mut(view).lent = true;
        }
    }

    /// Everything may be somebody else's from here on.
    pub(in crate::judge) fn lend_all(&mut self) {
        let schema = &mut self.schema;
        for key in schema.tables.keys().cloned().collect::<Vec<_>>() {
            if let Some(table) = schema.table_mut(&key) {
                table.lent = true;
            }
        }
        for key in schema.views.keys().cloned().collect::<Vec<_>>() {
            if let Some(view) = schema.views.get_mut(&key) {
                Arc::make_mut(view).lent = true;
            }
        }
        for key in schema.routines.keys().cloned().collect::<Vec<_>>() {
            if let Some(routine) = schema.routines.get_mut(&key) {
                Arc::make_mut(routine).lent = true;
            }
        }
        schema.guarded = true;
    }

    /// Everything that stands in the table at `key`.
    pub(crate) fn relation_of(&self, key: &Key) -> Relation {
        let table = self.schema.table(key);
        let offspring = table.map(|table| self.offspring(table.id));
        self.relation_with(key, &offspring.unwrap_or_default())
    }

    /// Everything that stands in the table at `key`, and in those that are read with it.
    fn relation_with(&self, key: &Key, offspring: &[Key]) -> Relation {
        let Some(table) = self.schema.table(key) else {
            return Relation::default();
        };
        self.spend(8 * table.columns.len() + 4 * width(table.columns.len()));
        if self.is_exhausted() {
            return Relation {
                open: true,
                ..Relation::default()
            };
        }
        let required = table.required(self.dialect);
        let primary = NameSet::of(self.dialect, table.primary_key().unwrap_or_default());
        let until = self.seen_until.filter(|_| !table.open);
        let is_later = |column: Id| until.is_some_and(|until| column.is_after(until));
        let columns: Vec<Flow> = table
            .columns
            .iter()
            .map(|column| Flow {
                name: Some(column.is.name.clone()),
                values: self.ledger.values(column.id),
                ty: self.declared(table, &column.is).map(str::to_owned),
                mixed: Vec::new(),
                charset: column.is.charset.clone().or_else(|| table.charset.clone()),
                collation: column
                    .is
                    .collation
                    .clone()
                    .or_else(|| table.collation.clone()),
                numbered: column.is.identity,
                not_null: required(&column.is) || self.ledger.left.is_present(column.id),
                emptied: false,
                required: required(&column.is),
                plain: true,
                rounded: false,
                grown: self.ledger.grown.contains(&column.id),
                shifted: self.ledger.is_shifted(column.id),
                picked: None,
                of: Vec::new(),
                made: match self.ledger.is_shifted(column.id) {
                    true => vec![Made::Since(self.ledger.changes(table.id))],
                    false => Vec::new(),
                },
                spells: None,
                generated: column.is.generated.clone(),
                constants: self.ledger.constants(column.id),
                form: self.ledger.forms.get(&column.id).cloned(),
                outcomes: self.ledger.cases.outcomes(column.id),
                packed: self.ledger.packed(column.id),
                tag: Some(column.id),
                primary: primary.has(&column.is.name),
                tied: self.ledger.ties.of(column.id),
                told: None,
                hidden: column.is.hidden || is_later(column.id),
                column: Some(Arc::clone(&column.is)),
            })
            .collect();
        let mut columns = columns;
        let mut rows = self.ledger.rows(table.id);
        // A partition's rows are read with those of its parent.
        for child in offspring.iter().filter_map(|key| self.schema.table(key)) {
            rows.extend(self.ledger.rows(child.id));
            for (flow, column) in columns.iter_mut().zip(&table.columns) {
                if let Some(own) = child.column(self.dialect, &column.is.name) {
                    // NOT NULL of the parent ONLY.
                    flow.not_null &= child.required(self.dialect)(&own.is)
                        || self.ledger.left.is_present(own.id);
                    flow.values.extend(self.ledger.values(own.id));
                    flow.constants.clear();
                    flow.packed.clear();
                    flow.form = None;
                    flow.outcomes = None;
                }
            }
        }
        columns.iter_mut().for_each(Flow::tell_by_outcomes);
        let position = |name: &String| table.columns.place(self.dialect, name);
        // An heir has rows of its own, which a key of its parent says nothing about.
        let heirs = offspring.iter().filter_map(|key| self.schema.table(key));
        let apart = heirs.into_iter().all(|heir| heir.partition);
        let keys = table.plain_keys().filter(|_| apart).filter_map(|key| {
            let positions: Option<Vec<usize>> = key.iter().map(position).collect();
            positions.filter(|p| !p.is_empty())
        });
        Relation {
            keys: keys.collect(),
            whose: Vec::new(),
            columns,
            rests: self.ledger.rests(table),
            open: table.open,
            rows,
            parts: self.as_it_came(table),
            sparse: Vec::new(),
            table: Some(table.id),
            appear: Vec::new(),
            branches: Vec::new(),
        }
    }

    /// What a condition picked of other rows, where that is all which stands in the table.
    fn as_it_came(&self, table: &Table) -> Vec<Portion> {
        let whole = |part: &&Part| {
            part.link.is_none()
                && part.sparse.is_empty()
                && (part.rest || self.ledger.rests(table).is_empty())
        };
        let part = self.only_part(table).filter(whole);
        let portion = |part: &Part| Portion {
            of: vec![part.of],
            values: Some(part.values.clone()),
            ..part.portion.clone()
        };
        part.map(portion).into_iter().collect()
    }
}
