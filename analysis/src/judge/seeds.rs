//! Does a DELETE take only rows that the up planted?
//!
//! It does where each key that it names was inserted by the up as a constant, and those columns tell rows apart: they hold
//! a primary or unique key, or nothing is known of the table's keys. It loses nothing then, unless the rows hold more than
//! the keys: any other column of the table (where the table is not known: of the INSERT) may have been edited since, but
//! for those that the database numbers or computes itself. Rows that refer to planted ones came after them.

use super::objects::covers_rows;
use super::run::Run;
use crate::act::{Branch, Column, Conflict, Filter, Insert, Output, Restriction, Rows, Value};
use crate::schema::{Id, Key};
use crate::types::Type;
use crate::{Dialect, LossKind};

impl Run<'_> {
    /// Remembers rows with constant values.
    pub(super) fn plant(&mut self, key: &Key, insert: &Insert) {
        let Some(rows) = written(&insert.rows) else {
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
                .zip(&row)
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
        for (column, _) in alternatives.iter().flatten() {
            if !named.contains(&column) {
                named.push(column);
            }
        }
        let is_named = |column: &String| named.iter().any(|n| self.same(n, column));
        let indexes = self.schema.indexes_of(table.id);
        let indexes = indexes
            .iter()
            .filter(|(_, index)| index.unique && covers_rows(&index.text));
        let indexes: Vec<&[String]> = indexes.map(|(_, index)| &*index.columns).collect();
        let mut keys = table.keys().chain(indexes);
        // Where the keys of the table are known, others may have written rows that the condition meets too.
        let unique = keys.find(|key| key.iter().all(is_named));
        if unique.is_none() && !table.open {
            return false;
        }
        let is_whole = |name: &String| match table.column(self.dialect, name) {
            Some(column) => self.is_whole(&column.is),
            None => table.open,
        };
        if !filter.whole.iter().all(is_whole) {
            return false;
        }
        let mut rewritten = false;
        for told in alternatives {
            let planted = |seed: &&Seed| told.iter().all(|(c, t)| has(seed, c, t));
            // Such a row is no other's, but it holds something else by now.
            let by_key = |seed: &&Seed| {
                let own = |column: &String| {
                    told.iter()
                        .any(|(c, t)| self.same(c, column) && has(seed, c, t))
                };
                unique.is_some_and(|key| key.iter().all(own))
            };
            if !seeds.iter().any(planted) {
                if !seeds.iter().any(by_key) {
                    return false;
                }
                rewritten = true;
            }
        }
        // What else the rows hold may have been edited since.
        let numbered = |name: &String| {
            table
                .column(self.dialect, name)
                .is_some_and(|c| c.is.identity || c.is.generated.is_some() || self.is_rowid(&c.is))
        };
        let others: Vec<String> = if table.open {
            seeds.iter().flat_map(|seed| seed.columns.clone()).collect()
        } else {
            table.columns.iter().map(|c| c.is.name.clone()).collect()
        };
        let edited = others
            .iter()
            .any(|column| !is_named(column) && !numbered(column));
        let edited = edited || rewritten;
        let object = self.ledger.names.get(&table.id).cloned();
        let Some(object) = object else { return false };
        let cause = self.cause(LossKind::SeedDelete);
        self.seed_deletes.push((object, cause, edited));
        true
    }
}

/// The rows where the statement itself holds them: `VALUES`, or queries of constants.
fn written(rows: &Rows) -> Option<Vec<Vec<&Value>>> {
    match rows {
        Rows::Values(rows) => Some(rows.iter().map(|row| row.iter().collect()).collect()),
        Rows::Query(query) if query.with.is_empty() && !query.limited && !query.merged => {
            query.branches.iter().map(constants).collect()
        }
        _ => None,
    }
}

fn constants(branch: &Branch) -> Option<Vec<&Value>> {
    let whole = branch.from.is_empty() && branch.filter.is_none();
    let values = branch.output.iter().map(|output| match output {
        Output::Value { value, .. } => Some(value),
        Output::All(_) => None,
    });
    whole.then(|| values.collect()).flatten()
}

impl Run<'_> {
    /// Whether no value of the column lies between two whole numbers that follow one another.
    fn is_whole(&self, column: &Column) -> bool {
        match (self.dialect, &column.ty) {
            (Dialect::Sqlite, _) => self.is_rowid(column),
            (_, Some(ty)) => matches!(self.type_of(ty), Type::Int { .. }),
            (_, None) => true,
        }
    }

    /// Whether SQLite numbers the rows by it.
    fn is_rowid(&self, column: &Column) -> bool {
        let is_key = |rule: &Restriction| matches!(rule, Restriction::PrimaryKey(_));
        self.dialect == Dialect::Sqlite
            && column
                .ty
                .as_deref()
                .is_some_and(|ty| ty.eq_ignore_ascii_case("integer"))
            && column.constraints.iter().any(|k| is_key(&k.rule))
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
