//! Will what puts whole rows somewhere have a value too many, or too few, once a table has one column more?
//!
//! Decided where the catalogs tell how many columns there are on both sides: it must fit now, and not then.

use std::collections::HashMap;

use onward_analysis::lex::folded;
use onward_analysis::uses::copies::{Copy, Table, Target, Value};
use onward_analysis::{Dialect, Object};

use super::look::Places;
pub(in crate::evidence) use super::look::Search;
use super::mention::Names;
use super::tables_of;
use crate::Step;
use crate::evidence::ask::{Asked, Asking, Trouble, word};
use crate::evidence::named;
use crate::session::Row;

/// How many columns a table has: for an INSERT without a list, and for a `*`.
type Size = (i64, i64);

/// How many columns tables have, by schema and name.
pub(in crate::evidence) type Sizes = HashMap<(String, String), Size>;

/// The columns that the steps of a plan add to what is there.
pub(in crate::evidence) struct Added {
    dialect: Dialect,
    pub(in crate::evidence) objects: Vec<Object>,
    pub(super) places: Places,
    /// Whether each of them counts wherever one is counted.
    pub(in crate::evidence) sure: bool,
    /// Whether one of them may stand before others of its table.
    placed: bool,
}

/// Something that writes rows.
pub(in crate::evidence) trait Writer {
    /// Where it looks for a table without a schema.
    fn search(&self) -> &Search;
    /// The table that grows which it belongs to.
    fn on(&self) -> Option<&Object>;
    /// The rows that it puts somewhere.
    fn copies(&self) -> impl Iterator<Item = &Copy>;
}

impl Added {
    /// What `plan` adds; none where it adds nothing.
    pub(in crate::evidence) async fn find(
        asking: &mut Asking<'_>,
        plan: &[&Step],
    ) -> sqlx::Result<Option<Added>> {
        let mut added: Vec<&Object> = Vec::new();
        for object in plan.iter().flat_map(|step| step.adds()) {
            // It is where a step of the plan has run, and where `IF NOT EXISTS` adds nothing: then it counts in each row by now.
            if !named::is_there(asking, object).await? {
                added.push(object);
            }
        }
        if added.is_empty() {
            return Ok(None);
        }
        let places = Places::find(asking, &tables_of(added.iter().copied())).await?;
        let objects = added.into_iter().map(|object| places.shown(object));
        Ok(Some(Added {
            dialect: asking.dialect(),
            objects: objects.collect(),
            places,
            sure: plan.iter().copied().all(counts_everywhere),
            placed: plan.iter().copied().any(sets_places),
        }))
    }

    /// The column for which a copy has room now and will have none, or which it will lack a value for.
    pub(in crate::evidence) fn breaks(
        &self,
        sizes: &Sizes,
        writer: &impl Writer,
        copy: &Copy,
    ) -> Option<&Object> {
        let (mut values, mut more) = (0, Vec::new());
        for value in &copy.values {
            let table = match value {
                Value::One => {
                    values += 1;
                    continue;
                }
                Value::RowOf(table) => self.found(sizes, writer.search(), table)?,
                Value::OwnRow => self.of(writer.on()?)?,
            };
            values += sizes.get(&table)?.1;
            more.extend(self.got(&table));
        }
        if let Target::Program { by_place } = copy.into {
            return self.moves(sizes, writer, copy, by_place);
        }
        let (columns, got, listed) = match &copy.into {
            Target::Listed(count) => (i64::try_from(*count).ok()?, Vec::new(), true),
            Target::Whole(table) => {
                let table = self.found(sizes, writer.search(), table)?;
                (sizes.get(&table)?.0, self.got(&table), false)
            }
            Target::Program { .. } => return None,
        };
        let fits = |values: i64, columns: i64| match self.dialect {
            Dialect::Postgres if !listed => values <= columns,
            _ => values == columns,
        };
        let count = |list: &[&Object]| i64::try_from(list.len()).unwrap_or(i64::MAX);
        let then = fits(
            values.saturating_add(count(&more)),
            columns.saturating_add(count(&got)),
        );
        let object = more.first().or(got.first()).copied();
        object.filter(|_| fits(values, columns) && !then)
    }

    /// The column with which a row is read otherwise than it was. sqlx keeps the columns of a query that it has prepared: from then on
    /// PostgreSQL refuses it on the same connection, and with SQLite the driver's thread ends. On MySQL alone the row is read as it is,
    /// and where that goes by place, what stands behind the new column is read from the wrong one.
    fn moves(
        &self,
        sizes: &Sizes,
        writer: &impl Writer,
        copy: &Copy,
        by_place: bool,
    ) -> Option<&Object> {
        let last = copy.values.len().checked_sub(1)?;
        let shifts = |at: usize| by_place && (self.placed || at < last);
        let rows = copy.values.iter().enumerate();
        let mut rows = rows.filter_map(|(at, value)| match value {
            Value::RowOf(table) => Some((at, self.found(sizes, writer.search(), table)?)),
            Value::One | Value::OwnRow => None,
        });
        rows.find_map(|(at, table)| {
            let got = self.got(&table).first().copied();
            got.filter(|_| self.dialect != Dialect::MySql || shifts(at))
        })
    }

    /// The columns that a table gets.
    fn got(&self, table: &(String, String)) -> Vec<&Object> {
        let added = self.objects.iter();
        added
            .filter(|object| self.of(object).as_ref() == Some(table))
            .collect()
    }

    /// A table that changes, by its schema and name.
    fn of(&self, object: &Object) -> Option<(String, String)> {
        let table = Object {
            column: None,
            ..object.clone()
        };
        Some((
            self.places.home(&table)?,
            folded(self.dialect, &table.table),
        ))
    }

    /// The table that a text surely means.
    fn found(&self, sizes: &Sizes, search: &Search, table: &Table) -> Option<(String, String)> {
        let name = |schema: &str| (folded(self.dialect, schema), table.name.clone());
        if let Some(schema) = &table.schema {
            return Some(name(schema));
        }
        let mut searched = search.schemas.iter().map(|schema| name(schema));
        let found = searched.find(|name| sizes.contains_key(name));
        found.or_else(|| {
            let mut all = sizes.keys().filter(|(_, known)| *known == table.name);
            let only = all.next().filter(|_| search.beyond)?;
            all.next().is_none().then(|| only.clone())
        })
    }
}

/// Whether a column that it adds counts in each row: one that is computed or hidden may not.
fn counts_everywhere(step: &Step) -> bool {
    let names = Names::of(step.dialect(), step.sql().unwrap_or(""));
    let odd = [
        "generated",
        "as",
        "invisible",
        "hidden",
        "virtual",
        "stored",
    ];
    step.adds().is_empty() || !odd.iter().any(|word| names.has(word))
}

/// Whether a column may stand before others from then on: PostgreSQL and SQLite put each that is new last.
fn sets_places(step: &Step) -> bool {
    step.analysis().is_some_and(|analysis| analysis.places)
}

/// How many columns the tables have that `writers` count. One that inherits may get the column of its parent, so of that nothing is said.
pub(in crate::evidence) async fn sizes(
    asking: &mut Asking<'_>,
    writers: &[impl Writer],
) -> sqlx::Result<Result<Sizes, Trouble>> {
    let dialect = asking.dialect();
    let mut names: Vec<&str> = Vec::new();
    // MySQL opens each table of each database that it is not told to leave alone.
    let mut schemas: Vec<&str> = Vec::new();
    for writer in writers {
        names.extend(writer.on().map(|on| on.table.as_str()));
        schemas.extend(writer.on().and_then(|on| on.schema.as_deref()));
        schemas.extend(writer.search().schemas.iter().map(String::as_str));
        for table in writer.copies().flat_map(Copy::tables) {
            names.push(&table.name);
            schemas.extend(table.schema.as_deref());
        }
    }
    if names.is_empty() {
        return Ok(Ok(HashMap::new()));
    }
    let listed = |mut list: Vec<&str>| {
        list.sort_unstable();
        list.dedup();
        let list: Vec<String> = list.iter().map(|name| word(dialect, name)).collect();
        list.join(", ")
    };
    let names = listed(names);
    let query = match dialect {
        Dialect::Postgres => format!(
            "SELECT n.nspname::text, c.relname::text, count(*), count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND c.relname IN ({names}) \
             AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) GROUP BY 1, 2"
        ),
        Dialect::MySql => {
            let schemas = listed(schemas);
            let schemas = [String::from("DATABASE()"), schemas];
            let schemas = schemas.iter().filter(|one| !one.is_empty());
            let schemas: Vec<&str> = schemas.map(String::as_str).collect();
            format!(
                "SELECT table_schema, table_name, count(*), count(*) FROM information_schema.columns \
                 WHERE table_schema IN ({}) AND table_name IN ({names}) AND extra NOT LIKE '%INVISIBLE%' GROUP BY 1, 2",
                schemas.join(", ")
            )
        }
        Dialect::Sqlite => format!(
            "SELECT 'main', lower(m.name), sum(x.hidden = 0), sum(x.hidden <> 1) FROM sqlite_schema AS m, pragma_table_xinfo(m.name) AS x \
             WHERE m.type IN ('table', 'view') AND lower(m.name) IN ({names}) GROUP BY 2"
        ),
    };
    let size = |row: &Row| {
        let name = (folded(dialect, row.text(0)?), folded(dialect, row.text(1)?));
        Some((name, (row.int(2)?, row.int(3)?)))
    };
    let Asked { rows, .. } = asking.ask(&query).await?;
    Ok(rows.map(|rows| rows.iter().filter_map(size).collect()))
}
