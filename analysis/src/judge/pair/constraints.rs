//! Do the tables ask the same of their rows after the down as before the up?

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::wording::condition;
use crate::Dialect;
use crate::act::{Follows, Name, Restriction};
use crate::judge::objects::given::names;
use crate::judge::pair::{Fact, Pair};
use crate::schema::{Id, Key, Schema, Table, covers_rows, same};

/// What a constraint asks, however it is written and called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Asks {
    PrimaryKey(Vec<String>),
    Unique(Vec<String>),
    Refers { columns: Vec<String>, to: String },
    Holds(String),
    Excludes(String),
}

/// What may differ between two constraints that ask the same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Particulars {
    /// None where it does not count, or only the server knows it.
    name: Option<String>,
    /// What follows where a row that is referred to is deleted, and where it is changed.
    follows: [Follows; 2],
}

type Asked = BTreeMap<Asks, Particulars>;

impl Pair<'_> {
    /// The unique keys of tables that nothing else was done to: MySQL's come and go as indexes do.
    pub(in crate::judge) fn keys_of_others(&self, facts: &mut Vec<Fact>) {
        if self.dialect != Dialect::MySql {
            return;
        }
        let indexes = self.before.indexes.apart(&self.after.indexes);
        let unique = indexes
            .flat_map(|(_, was, now)| [was, now])
            .flatten()
            .filter(|index| index.unique);
        let homes: HashSet<Id> = unique.map(|index| index.table).collect();
        if homes.is_empty() {
            return;
        }
        for (key, table) in self
            .after
            .tables
            .iter()
            .filter(|(_, table)| homes.contains(&table.id))
        {
            let earlier = self.before.tables.get(key);
            if let Some(earlier) = earlier.filter(|earlier| Arc::ptr_eq(earlier, table)) {
                self.constraints(key, earlier, table, facts);
            }
        }
    }

    /// The constraints of a table that is there again, at `key`.
    pub(in crate::judge) fn constraints(
        &self,
        key: &Key,
        earlier: &Table,
        table: &Table,
        facts: &mut Vec<Fact>,
    ) {
        if earlier.open || table.open {
            return;
        }
        let indexes = self.before.indexes.is_same(&self.after.indexes);
        if (indexes || self.dialect != Dialect::MySql) && is_said_alike(earlier, table) {
            return;
        }
        self.down
            .spend(8 * (earlier.all_constraints().count() + table.all_constraints().count()));
        if self.down.is_exhausted() {
            return;
        }
        let before = self.asked(self.before, earlier);
        let after = self.asked(self.after, table);
        if before == after {
            return;
        }
        let between = self.between.table(key);
        let between = between.map(|table| self.asked(self.between, table));
        for (asks, was) in &before {
            let how = match after.get(asks) {
                None if self.is_index(asks, table) => Some("is a unique index and no constraint"),
                None => Some("is not there again"),
                Some(now) => difference(self.dialect, was, now),
            };
            facts.extend(how.map(|how| Fact::NotRestored {
                what: shown(&table.name, asks, was),
                how,
            }));
        }
        for (asks, now) in after.iter().filter(|(asks, _)| !before.contains_key(asks)) {
            let by_up = between
                .as_ref()
                .is_some_and(|between| between.contains_key(asks));
            facts.push(Fact::LeftBehind {
                what: shown(&table.name, asks, now),
                by_down: !by_up,
            });
        }
    }

    /// What the constraints of a table in `schema` ask.
    fn asked(&self, schema: &Schema, table: &Table) -> Asked {
        let dialect = self.dialect;
        let fold = |columns: &[String]| -> Vec<String> {
            match dialect {
                Dialect::Postgres => columns.to_vec(),
                Dialect::MySql | Dialect::Sqlite => {
                    columns.iter().map(|c| c.to_lowercase()).collect()
                }
            }
        };
        let names = match dialect {
            Dialect::Postgres => names(table),
            Dialect::MySql => table.all_constraints().map(|c| c.name.clone()).collect(),
            // There is no way to speak of one.
            Dialect::Sqlite => vec![None; table.all_constraints().count()],
        };
        let plain = [Follows::Refuse; 2];
        let mut asked = Asked::new();
        for (constraint, name) in table.all_constraints().zip(names) {
            let mut particulars = Particulars {
                name,
                follows: plain,
            };
            let asks = match &constraint.rule {
                Restriction::PrimaryKey(columns) => {
                    // MySQL calls it PRIMARY, whatever is written.
                    particulars.name.take_if(|_| dialect == Dialect::MySql);
                    Asks::PrimaryKey(fold(columns))
                }
                Restriction::Unique(columns) => {
                    let first = columns.first().filter(|_| dialect == Dialect::MySql);
                    particulars.name = particulars.name.or_else(|| first.cloned());
                    Asks::Unique(fold(columns))
                }
                Restriction::ForeignKey {
                    columns,
                    table,
                    on_delete,
                    on_update,
                    ..
                } => {
                    particulars.follows = [*on_delete, *on_update];
                    Asks::Refers {
                        columns: fold(columns),
                        to: self.referred(schema, table),
                    }
                }
                Restriction::Check => Asks::Holds(condition(dialect, &constraint.text)),
                Restriction::Exclude => Asks::Excludes(condition(dialect, &constraint.text)),
                Restriction::Index(_) | Restriction::UsingIndex(_) => continue,
            };
            asked.insert(asks, particulars);
        }
        // To MySQL a unique index and a unique key are one thing.
        if dialect == Dialect::MySql {
            for (key, index) in schema.indexes_of(table.id) {
                if index.unique {
                    let name = Some(key.name.to_string());
                    let particulars = Particulars {
                        name,
                        follows: plain,
                    };
                    asked.insert(Asks::Unique(fold(&index.columns)), particulars);
                }
            }
        }
        asked
    }

    /// What a foreign key refers to, with its schema where several have a table of that name.
    fn referred(&self, schema: &Schema, to: &Name) -> String {
        let key = Key::of(self.dialect, to);
        let is_one = |schema: &Schema| {
            let tables = self.down.each(1, schema.tables.keys());
            tables.filter(|other| other.name == key.name).count() < 2
        };
        match &key.schema {
            Some(within) if !is_one(schema) => format!("{within}.{}", key.name),
            _ => key.name.to_string(),
        }
    }

    /// Whether an index sees to a unique key after the down.
    fn is_index(&self, asks: &Asks, table: &Table) -> bool {
        let Asks::Unique(columns) = asks else {
            return false;
        };
        let indexes = self.after.indexes_of(table.id);
        let mut indexes = self.down.each(4, indexes.into_iter());
        indexes
            .any(|(_, index)| index.unique && index.columns == *columns && covers_rows(&index.text))
    }
}

/// Whether no column and no constraint of a table was touched.
fn is_said_alike(earlier: &Table, table: &Table) -> bool {
    let mut columns = earlier.columns.iter().zip(&table.columns);
    earlier.name == table.name
        && earlier.id == table.id
        && Arc::ptr_eq(&earlier.constraints, &table.constraints)
        && earlier.columns.len() == table.columns.len()
        && columns.all(|(was, now)| Arc::ptr_eq(&was.is, &now.is))
}

fn difference(dialect: Dialect, was: &Particulars, now: &Particulars) -> Option<&'static str> {
    if was.follows != now.follows {
        return Some(
            "does something else than before where the row that it refers to goes or changes",
        );
    }
    let (was, now) = (was.name.as_deref()?, now.name.as_deref()?);
    (!same(dialect, was, now)).then_some("has another name than before")
}

fn shown(table: &Name, asks: &Asks, particulars: &Particulars) -> String {
    let table = &table.name;
    match asks {
        Asks::PrimaryKey(columns) => format!("the primary key `{table}({})`", columns.join(", ")),
        Asks::Unique(columns) => format!("the unique key `{table}({})`", columns.join(", ")),
        Asks::Refers { columns, to } => {
            format!(
                "the foreign key `{table}({})` to `{to}`",
                columns.join(", ")
            )
        }
        Asks::Excludes(rows) => format!("the constraint `{rows}` on `{table}`"),
        Asks::Holds(condition) => match &particulars.name {
            Some(name) => format!("the check `{name}` on `{table}`"),
            None => format!("the check `{condition}` on `{table}`"),
        },
    }
}
