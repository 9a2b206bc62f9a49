//! Does a DELETE take only rows that the up planted?
//!
//! It does where each key that it names was inserted by the up as a constant, and those columns tell rows apart: they hold
//! a primary or unique key, or nothing is known of the table's keys. It loses nothing then, unless the rows hold more than
//! the keys: any other column of the table (where the table is not known: of the INSERT) may have been edited since, but
//! for those that the database numbers or computes itself. Rows that refer to planted ones came after them.

use super::objects::covers_rows;
use super::run::Run;
use crate::LossKind;
use crate::act::{Conflict, Filter, Insert, Rows, Value};
use crate::schema::{Id, Key};

impl Run<'_> {
    /// Remembers rows with constant values.
    pub(super) fn plant(&mut self, key: &Key, insert: &Insert) {
        let Rows::Values(rows) = &insert.rows else {
            return;
        };
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let columns = table.written_by(insert);
        let id = table.id;
        // A row that was in the way stays in the place of the new one, and it is somebody else's.
        let own = insert.conflict == Conflict::Fail || self.ledger.created.contains(&id);
        if !own {
            return;
        }
        for row in rows {
            let values = columns
                .iter()
                .zip(row)
                .filter_map(|(column, value)| match value {
                    Value::Constant(text) => Some((column.clone(), text.clone())),
                    _ => None,
                });
            let values = values.collect();
            self.seeds.planted.push(Seed {
                table: id,
                values,
                columns: columns.clone(),
            });
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
        let has = |seed: &Seed, column: &String, text: &String| {
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
        let indexes = self.schema.indexes_of(table.id);
        let unique_index = indexes.iter().any(|(_, index)| {
            index.unique && covers_rows(&index.text) && index.columns.iter().all(is_named)
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

/// Rows with constant values that were inserted where no other stood.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seeds {
    pub(crate) planted: Vec<Seed>,
    /// Those of the up, while the down runs.
    pub(crate) inherited: Vec<Seed>,
}

#[derive(Debug, Clone)]
pub(crate) struct Seed {
    pub(crate) table: Id,
    /// Column and constant; a column whose value is no constant is not in it.
    pub(crate) values: Vec<(String, String)>,
    /// The columns of the INSERT.
    pub(crate) columns: Vec<String>,
}
