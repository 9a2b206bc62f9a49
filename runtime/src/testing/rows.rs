//! Which rows stand in the tables, and what of them is gone at a later moment?

mod told;

use std::collections::{BTreeMap, HashMap};

use onward_analysis::Dialect;

use super::schema::{Column, Table};
use crate::Result;
use crate::session::Session;
use told::is_told;

/// A stored value as text; none for NULL.
pub(super) type Stored = Option<String>;

/// Every row of every table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Contents {
    pub(super) tables: BTreeMap<String, Rows>,
}

/// The rows of a table, column by column, all of one length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rows {
    pub(super) count: usize,
    pub(super) columns: Vec<(String, Vec<Stored>)>,
    /// Other names for these rows.
    pub(super) partitions: Vec<String>,
}

/// What stood there before and is not found any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gone {
    /// As verdicts name it.
    pub(super) table: String,
    /// None where whole rows are gone.
    pub(super) column: Option<String>,
    /// Other names of the table.
    pub(super) partitions: Vec<String>,
    /// How many values, or rows.
    pub(super) count: usize,
    /// Of how many.
    pub(super) of: usize,
    /// Whether what held them is there no more.
    pub(super) dropped: bool,
}

impl Gone {
    /// Whether both are about the same column, or the same rows.
    pub(super) fn is_of(&self, other: &Gone) -> bool {
        (&self.table, &self.column) == (&other.table, &other.column)
    }
}

impl Contents {
    /// Reads them, in one round trip.
    pub(super) async fn read(session: &mut dyn Session, tables: &[Table]) -> Result<Contents> {
        let dialect = session.dialect();
        let mut contents = Contents::default();
        let mut sql = String::new();
        for (at, table) in tables.iter().enumerate() {
            contents.tables.insert(table.name.clone(), Rows::of(table));
            sql.push_str(&query(dialect, at, table));
        }
        if sql.is_empty() {
            return Ok(contents);
        }
        for row in session.query(&sql, &[]).await? {
            let table = row
                .int(0)
                .and_then(|at| tables.get(usize::try_from(at).ok()?));
            let values: Option<Vec<Stored>> =
                row.text(1).and_then(|json| serde_json::from_str(json).ok());
            let rows = table.and_then(|table| contents.tables.get_mut(&table.name));
            if let (Some(rows), Some(values)) = (rows, values) {
                rows.push(values);
            }
        }
        Ok(contents)
    }

    /// How many rows there are in all.
    pub(super) fn count(&self) -> usize {
        self.tables.values().map(|rows| rows.count).sum()
    }

    /// What stands in `self` and is not found in `later`, be it in its place or moved elsewhere.
    ///
    /// A column whose values changed, and can still all be told apart, has lost nothing that a test can see.
    pub(super) fn gone(&self, later: &Contents) -> Vec<Gone> {
        let mut all = Vec::new();
        let elsewhere = Elsewhere::new(self, later);
        for (name, rows) in &self.tables {
            let now = later.tables.get(name);
            let mut of_table = Vec::new();
            for (column, values) in &rows.columns {
                let kept = now.and_then(|now| now.column(column));
                let twin = now.is_some_and(|now| has_twin(rows, now, column, values));
                let told = now.is_some_and(|now| is_told(rows, now, values));
                if is_kept(values, kept) || twin || told || elsewhere.holds(values) {
                    continue;
                }
                let (count, of) = missing(values, kept.map_or(&[][..], Vec::as_slice));
                if of > 0 {
                    of_table.push(Gone {
                        table: name.clone(),
                        column: Some(column.clone()),
                        partitions: rows.partitions.clone(),
                        count,
                        of,
                        dropped: kept.is_none(),
                    });
                }
            }
            all.extend(whole_rows(name, rows, now, of_table));
        }
        all
    }

    /// What is not as it was, column by column, in the columns that both moments have.
    pub(super) fn changed(&self, later: &Contents) -> Vec<Gone> {
        let mut all = Vec::new();
        for (name, rows) in &self.tables {
            for (column, values) in &rows.columns {
                let now = later.tables.get(name).and_then(|rows| rows.column(column));
                let Some(now) = now else { continue };
                let (count, of) = missing(values, now);
                if count > 0 {
                    all.push(Gone {
                        table: name.clone(),
                        column: Some(column.clone()),
                        partitions: Vec::new(),
                        count,
                        of,
                        dropped: false,
                    });
                }
            }
        }
        all
    }
}

/// Losses of every column at once are a loss of rows.
fn whole_rows(name: &str, rows: &Rows, now: Option<&Rows>, gone: Vec<Gone>) -> Vec<Gone> {
    let left = now.map_or(0, |now| now.count);
    let held = rows
        .columns
        .iter()
        .filter(|(_, values)| values.iter().any(Option::is_some));
    let all = gone.len() == held.count() && left < rows.count;
    if gone.is_empty() || !all {
        return gone;
    }
    vec![Gone {
        table: name.to_owned(),
        column: None,
        partitions: rows.partitions.clone(),
        count: rows.count - left,
        of: rows.count,
        dropped: now.is_none(),
    }]
}

impl Rows {
    fn of(table: &Table) -> Rows {
        let columns = table.stored().map(|c| (c.name.clone(), Vec::new()));
        Rows {
            count: 0,
            columns: columns.collect(),
            partitions: table.partitions.clone(),
        }
    }

    fn push(&mut self, values: Vec<Stored>) {
        self.count += 1;
        for ((_, column), value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
    }

    pub(super) fn column(&self, name: &str) -> Option<&Vec<Stored>> {
        let found = self.columns.iter().find(|(column, _)| column == name);
        found.map(|(_, values)| values)
    }
}

/// Whether a column still has what it had, or others in its place that can be told apart as well as those could.
fn is_kept(before: &[Stored], now: Option<&Vec<Stored>>) -> bool {
    let Some(now) = now else { return false };
    if missing(before, now).0 == 0 {
        return true;
    }
    let distinct = |values: &[Stored]| {
        let mut values: Vec<&Stored> = values.iter().collect();
        values.sort_unstable();
        values.dedup();
        values.len()
    };
    now.len() >= before.len() && distinct(now) >= distinct(before)
}

/// Whether the table held the same values in another column too, and holds them there still: which of the two went, no
/// test can tell.
fn has_twin(rows: &Rows, now: &Rows, column: &str, values: &[Stored]) -> bool {
    let telling = values.iter().flatten().all(|value| value.len() >= TELLING);
    let mut others = rows.columns.iter().filter(|(other, _)| other != column);
    telling
        && others.any(|(other, twin)| {
            let kept = now.column(other);
            twin == values && kept.is_some_and(|kept| missing(values, kept).0 == 0)
        })
}

/// How many values of `before`, NULL apart, are not in `now`, and how many there were.
fn missing(before: &[Stored], now: &[Stored]) -> (usize, usize) {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for value in now.iter().flatten() {
        *left.entry(value).or_default() += 1;
    }
    let mut missing = 0;
    let mut of = 0;
    for value in before.iter().flatten() {
        of += 1;
        match left.get_mut(value.as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => missing += 1,
        }
    }
    (missing, of)
}

/// Where values may have been moved to.
struct Elsewhere<'c> {
    /// Columns that were not there before, or hold something else now.
    columns: Vec<&'c [Stored]>,
    /// Every value in them that can hold another.
    texts: Vec<&'c str>,
}

impl<'c> Elsewhere<'c> {
    fn new(before: &Contents, later: &'c Contents) -> Elsewhere<'c> {
        let mut columns: Vec<&[Stored]> = Vec::new();
        for (name, rows) in &later.tables {
            for (column, values) in &rows.columns {
                let then = before.tables.get(name).and_then(|rows| rows.column(column));
                if then != Some(values) {
                    columns.push(values);
                }
            }
        }
        let texts = columns.iter().flat_map(|values| values.iter().flatten());
        Elsewhere {
            texts: texts.map(String::as_str).collect(),
            columns,
        }
    }

    /// Whether one column holds all of `values`, or each that no other value can be taken for stands in some text.
    fn holds(&self, values: &[Stored]) -> bool {
        if self
            .columns
            .iter()
            .any(|column| missing(values, column).0 == 0)
        {
            return true;
        }
        let mut telling = values
            .iter()
            .flatten()
            .map(|value| value.trim_matches('\''))
            .filter(|value| value.len() >= TELLING)
            .peekable();
        telling.peek().is_some()
            && telling.all(|value| self.texts.iter().any(|text| text.contains(value)))
    }
}

/// From how many characters on a generated value is like no other by chance.
const TELLING: usize = 7;

/// The rows of a table: its number, and a JSON array of its values as text.
fn query(dialect: Dialect, at: usize, table: &Table) -> String {
    let values: Vec<String> = table
        .stored()
        .map(|column| as_text(dialect, column))
        .collect();
    let values = values.join(", ");
    let quoted = &table.quoted;
    match dialect {
        Dialect::Sqlite => format!("SELECT {at}, json_array({values}) FROM {quoted};\n"),
        // The rows of a child are the child's; those of a partition stand in the parent alone.
        Dialect::Postgres => {
            let only = if table.partitions.is_empty() {
                "ONLY "
            } else {
                ""
            };
            format!(
                "SELECT {at}::int8, to_json(ARRAY[{values}]::text[])::text FROM {only}{quoted};\n"
            )
        }
        Dialect::MySql => {
            format!("SELECT {at}, CAST(JSON_ARRAY({values}) AS CHAR) FROM {quoted};\n")
        }
    }
}

fn as_text(dialect: Dialect, column: &Column) -> String {
    let name = dialect.quote(&column.name);
    match dialect {
        // With its type: 1 is not '1'.
        Dialect::Sqlite => format!("CASE WHEN {name} IS NOT NULL THEN quote({name}) END"),
        Dialect::Postgres => format!("{name}::text"),
        Dialect::MySql => {
            let binary = ["binary", "blob", "bit", "point", "geom", "polygon", "line"];
            if binary.iter().any(|kind| column.ty.contains(kind)) {
                format!("HEX({name})")
            } else {
                format!("CAST({name} AS CHAR)")
            }
        }
    }
}
