//! Does something that puts whole rows somewhere fail once a table has one column more?
//!
//! A column that a table gets is in each row that is copied by `*`, and PostgreSQL alone lets an INSERT without a list of columns give
//! fewer values than there are. Where the catalogs tell how many columns there are on both sides, and they fit now and not then, the
//! copy fails for sure. Whatever else takes rows as they are is told and stands in nobody's way.

use std::collections::HashMap;

use onward_analysis::{Dialect, Object};

use super::copies::{Copy, Table, Target, Value, copies};
use super::look::{Places, Search};
use super::mention::Names;
use super::own::{Consumer, Own, table_of};
use super::source::search;
use super::words::folded;
use crate::evidence::ask::{Asked, Asking, Trouble, word};
use crate::evidence::named;
use crate::session::Row;
use crate::{Evidence, State, Step};

/// How many columns a table has: for an INSERT without a list, and for a `*`.
type Size = (i64, i64);

/// A text that copies rows, and what the catalog says of it.
struct Text<'r> {
    who: String,
    search: Search,
    /// The table that grows which it belongs to.
    on: Option<&'r Object>,
    copies: Vec<Copy>,
    /// The tables that grow of which it takes each column, in whichever way.
    takes: Vec<&'r Object>,
}

/// What is found of the columns that `steps` add. What other steps of the `plan` add has room for them.
pub(super) async fn answer(
    asking: &mut Asking<'_>,
    steps: &[&Step],
    plan: &[Step],
    own: &Own,
) -> sqlx::Result<Vec<Evidence>> {
    if steps.iter().all(|step| step.adds().is_empty()) {
        return Ok(Vec::new());
    }
    let mut added: Vec<&Object> = Vec::new();
    for object in plan.iter().flat_map(Step::adds) {
        // It is where a step of the plan has run, and where `IF NOT EXISTS` adds nothing: then it counts in each row by now.
        if !named::is_there(asking, object).await? {
            added.push(object);
        }
    }
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let places = Places::find(asking, &super::tables_of(added.iter().copied())).await?;
    let added: Vec<Object> = added
        .into_iter()
        .map(|object| places.shown(object))
        .collect();
    let tables = super::tables_of(added.iter());
    let sources = super::sources(asking, &tables);
    let mut evidence = Vec::new();
    for source in sources.iter().filter(|source| source.copies) {
        let sql = source.narrower.as_ref().unwrap_or(&source.sql);
        let Asked { query, rows } = asking.ask(sql).await?;
        let rows = match rows {
            Ok(rows) => rows,
            Err(why) => {
                let sentence = format!(
                    "Whether a {} copies whole rows is not known: {why}. That is not held against a column that is added.",
                    source.what
                );
                evidence.push(Evidence {
                    query: Some(query),
                    ..Evidence::said(State::Clear, sentence)
                });
                continue;
            }
        };
        let dialect = asking.dialect();
        let texts = rows
            .iter()
            .filter_map(|row| text(dialect, row, &tables, own, &places));
        let texts: Vec<Text<'_>> = texts.collect();
        let sizes = match sizes(asking, &texts).await? {
            Ok(sizes) => sizes,
            Err(why) => {
                let sentence = format!(
                    "How many columns there are where a {} copies rows is not known: {why}. That is not held against a column that is added.",
                    source.what
                );
                evidence.push(Evidence::said(State::Clear, sentence));
                HashMap::new()
            }
        };
        let grown = Grown {
            dialect,
            added: &added,
            places: &places,
            sizes: &sizes,
            sure: plan.iter().all(counts_everywhere),
        };
        for text in &texts {
            evidence.extend(grown.judge(text).map(|found| Evidence {
                query: Some(query.clone()),
                ..found
            }));
        }
    }
    if evidence.is_empty() {
        let names: Vec<String> = added.iter().map(|object| format!("`{object}`")).collect();
        evidence.push(Evidence::said(
            State::Clear,
            format!(
                "Nothing is seen that copies whole rows to where {} has no place.",
                names.join(", ")
            ),
        ));
    }
    Ok(evidence)
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

/// A row of a source that copies rows, or takes those of one of `tables` as they are.
fn text<'r>(
    dialect: Dialect,
    row: &Row,
    tables: &'r [Object],
    own: &Own,
    places: &Places,
) -> Option<Text<'r>> {
    let (kind, name, sql) = (row.text(0)?, row.text(1)?, row.text(3)?);
    let one = Consumer {
        kind,
        name,
        on: row.text(2),
        home: row.text(4),
    };
    if own.deals_with(&one) {
        return None;
    }
    let names = Names::of(dialect, sql);
    let search = search(dialect, one.home, row.text(5), Some(&names));
    let belongs = |table: &Object| one.on.is_some_and(|on| own.same(on, &table_of(table)));
    let takes = tables.iter().filter(|table| {
        let home = places.home(table);
        names.takes_each_column(
            table,
            belongs(table),
            &places.look(&search, table, home.as_deref()),
        )
    });
    let copies = copies(
        dialect,
        sql,
        row.int(6).and_then(|count| usize::try_from(count).ok()),
    );
    let takes: Vec<&Object> = takes.collect();
    // Whose `OLD` it is where triggers of several tables run it, nobody can tell.
    let is_of_one = row.int(7).is_none_or(|tables| tables <= 1);
    (!copies.is_empty() || !takes.is_empty()).then(|| Text {
        who: format!("The {kind} `{name}`"),
        search,
        on: tables.iter().find(|table| belongs(table) && is_of_one),
        copies,
        takes,
    })
}

/// What grows, and how large everything is before.
struct Grown<'g> {
    dialect: Dialect,
    added: &'g [Object],
    places: &'g Places,
    sizes: &'g HashMap<(String, String), Size>,
    /// Whether each added column counts wherever one is counted.
    sure: bool,
}

impl Grown<'_> {
    fn judge(&self, text: &Text<'_>) -> Option<Evidence> {
        let broken = text.copies.iter().find_map(|copy| self.breaks(text, copy));
        let (state, object, says) = match (broken, text.takes.first()) {
            (Some(object), _) if self.sure => (
                State::Blocked,
                object,
                format!(
                    "fails once `{object}` is there: it puts whole rows where each value needs a column, and the numbers differ then"
                ),
            ),
            (Some(object), _) => (State::Clear, object, told()),
            (None, Some(table)) => {
                let mut added = self.added.iter();
                (
                    State::Clear,
                    added.find(|one| table_of(one) == table_of(table))?,
                    told(),
                )
            }
            (None, None) => return None,
        };
        Some(Evidence {
            object: Some(object.to_string()),
            ..Evidence::said(state, format!("{} {says}.", text.who))
        })
    }

    /// The column for which a copy has room now and will have none, or which it will lack a value for.
    fn breaks(&self, text: &Text<'_>, copy: &Copy) -> Option<&Object> {
        let (mut values, mut more) = (0, Vec::new());
        for value in &copy.values {
            let table = match value {
                Value::One => {
                    values += 1;
                    continue;
                }
                Value::RowOf(table) => self.found(text, table)?,
                Value::OwnRow => self.of(text.on?)?,
            };
            values += self.sizes.get(&table)?.1;
            more.extend(self.got(&table));
        }
        let (columns, got, listed) = match &copy.into {
            Target::Listed(count) => (i64::try_from(*count).ok()?, Vec::new(), true),
            Target::Whole(table) => {
                let table = self.found(text, table)?;
                (self.sizes.get(&table)?.0, self.got(&table), false)
            }
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

    /// The columns that a table gets.
    fn got(&self, table: &(String, String)) -> Vec<&Object> {
        let added = self.added.iter();
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
    fn found(&self, text: &Text<'_>, table: &Table) -> Option<(String, String)> {
        let name = |schema: &str| (folded(self.dialect, schema), table.name.clone());
        if let Some(schema) = &table.schema {
            return Some(name(schema));
        }
        let mut searched = text.search.schemas.iter().map(|schema| name(schema));
        let found = searched.find(|name| self.sizes.contains_key(name));
        found.or_else(|| {
            let mut all = self.sizes.keys().filter(|(_, known)| *known == table.name);
            let only = all.next().filter(|_| text.search.beyond)?;
            all.next().is_none().then(|| only.clone())
        })
    }
}

fn told() -> String {
    "takes each column as it stands in the table. Look whether it has room for one more".to_owned()
}

/// How many columns the tables have that the texts name. One that inherits may get the column of its parent, so of that nothing is said.
async fn sizes(
    asking: &mut Asking<'_>,
    texts: &[Text<'_>],
) -> sqlx::Result<Result<HashMap<(String, String), Size>, Trouble>> {
    let dialect = asking.dialect();
    let mut names: Vec<&str> = Vec::new();
    for text in texts {
        names.extend(text.on.map(|on| on.table.as_str()));
        for copy in &text.copies {
            let into = match &copy.into {
                Target::Whole(table) => Some(table),
                Target::Listed(_) => None,
            };
            let rows = copy.values.iter().filter_map(|value| match value {
                Value::RowOf(table) => Some(table),
                Value::One | Value::OwnRow => None,
            });
            names.extend(rows.chain(into).map(|table| table.name.as_str()));
        }
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(Ok(HashMap::new()));
    }
    let names: Vec<String> = names.iter().map(|name| word(dialect, name)).collect();
    let names = names.join(", ");
    let query = match dialect {
        Dialect::Postgres => format!(
            "SELECT n.nspname::text, c.relname::text, count(*), count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND c.relname IN ({names}) \
             AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) GROUP BY 1, 2"
        ),
        Dialect::MySql => format!(
            "SELECT table_schema, table_name, count(*), count(*) FROM information_schema.columns \
             WHERE table_name IN ({names}) AND extra NOT LIKE '%INVISIBLE%' GROUP BY 1, 2"
        ),
        Dialect::Sqlite => format!(
            "SELECT 'main', lower(m.name), sum(x.hidden = 0), sum(x.hidden <> 1) FROM sqlite_schema AS m, pragma_table_xinfo(m.name) AS x \
             WHERE m.type IN ('table', 'view') AND lower(m.name) IN ({names}) GROUP BY 2"
        ),
    };
    let size = |row: &Row| {
        let name = (folded(dialect, row.text(0)?), folded(dialect, row.text(1)?));
        Some((name, (row.int(2)?, row.int(3)?)))
    };
    let rows = asking.ask(&query).await?.rows;
    Ok(rows.map(|rows| rows.iter().filter_map(size).collect()))
}
