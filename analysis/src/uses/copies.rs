//! Where does a text put whole rows, and how many values are they?
//!
//! Only what is written so that it can mean one thing is taken for sure: `INSERT INTO past SELECT 'D', OLD.*`,
//! `INSERT INTO users VALUES (1, 2)`. Whatever else takes rows as they are is told, and no more.

mod given_back;

use serde::{Deserialize, Serialize};

use crate::Dialect;
use crate::lex::{Kind, Words, folded, unquoted};

pub use given_back::given_back;

/// A table as a text names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Table {
    /// The schema, where one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Its name, folded as the database compares it.
    pub name: String,
}

/// One statement that writes values to where each needs a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Copy {
    /// What takes them.
    pub into: Target,
    /// What it is given.
    pub values: Vec<Value>,
}

/// What takes values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(
    clippy::exhaustive_enums,
    reason = "whoever counts must answer for each"
)]
pub enum Target {
    /// All columns of a table.
    Whole(Table),
    /// So many columns.
    Listed(usize),
    /// The program that asks.
    Program {
        /// Whether it reads them by their places, as the code of sqlx's macros does.
        by_place: bool,
    },
}

/// What is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(
    clippy::exhaustive_enums,
    reason = "whoever counts must answer for each"
)]
pub enum Value {
    /// One value.
    One,
    /// A value for each column of the table.
    RowOf(Table),
    /// A value for each column of the table that the trigger stands on: `OLD.*`.
    OwnRow,
}

impl Copy {
    /// Whether the number of columns that some table has decides if it fits.
    #[must_use]
    pub fn depends(&self) -> bool {
        matches!(self.into, Target::Whole(_))
            || self.values.iter().any(|value| *value != Value::One)
    }

    /// Whether whatever fails with `other` fails with this, too.
    #[cfg(feature = "parse")]
    pub(super) fn covers(&self, other: &Copy) -> bool {
        let by_place = Target::Program { by_place: true };
        let program = matches!(other.into, Target::Program { .. });
        self.values == other.values && (self.into == other.into || program && self.into == by_place)
    }

    /// The tables whose columns it counts.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        let into = match &self.into {
            Target::Whole(table) => Some(table),
            Target::Listed(_) | Target::Program { .. } => None,
        };
        let rows = self.values.iter().filter_map(|value| match value {
            Value::RowOf(table) => Some(table),
            Value::One | Value::OwnRow => None,
        });
        rows.chain(into)
    }
}

/// The INSERTs of a text, as far as they are plain; a view of SQLite that says its columns is one, too. `returns` is how many columns
/// a function gives back, where it says so: what it returns is copied to these.
#[must_use]
pub fn copies(dialect: Dialect, sql: &str, returns: Option<usize>) -> Vec<Copy> {
    let words = Words::of(dialect, sql);
    let all = 0..words.tokens.len();
    // What the text makes or changes itself can have the name of another table, or as many columns as it takes. SQLite keeps CREATE in
    // front of each, and can do none of this behind it.
    let ddl: &[&str] = match dialect {
        Dialect::Sqlite => &["temp", "temporary"],
        Dialect::Postgres | Dialect::MySql => &["create", "alter", "temp", "temporary"],
    };
    if all
        .clone()
        .any(|at| ddl.iter().any(|word| words.is(at, word)))
    {
        return Vec::new();
    }
    let mut found: Vec<Copy> = all.clone().filter_map(|at| words.insert(at)).collect();
    found.extend(words.view());
    if let Some(columns) = returns {
        let queries = all.filter(|at| words.is(*at, "return") && words.is(at + 1, "query"));
        let returned = queries.filter_map(|at| words.select(at + 2));
        // All of a function in SQL is its one query.
        let whole = words.is(0, "select").then(|| words.select(0)).flatten();
        let last = words.tokens.len().saturating_sub(1);
        let once = !(0..last).any(|at| words.sign(at, ";"));
        found.extend(returned.chain(whole.filter(|_| once)).map(|values| Copy {
            into: Target::Listed(columns),
            values,
        }));
    }
    found
}

impl Words<'_> {
    /// The INSERT or REPLACE that begins there.
    fn insert(&self, at: usize) -> Option<Copy> {
        let begins = self.is(at, "insert") || self.is(at, "replace");
        let between = [
            "ignore",
            "or",
            "replace",
            "abort",
            "fail",
            "rollback",
            "low_priority",
            "high_priority",
            "delayed",
        ];
        let mut into = at + 1;
        while between.iter().any(|word| self.is(into, word)) {
            into += 1;
        }
        // MySQL alone does without INTO.
        let stands = self.is(into, "into");
        if !begins || !stands && self.dialect != Dialect::MySql {
            return None;
        }
        let (table, mut at) = self.table(into + usize::from(stands))?;
        let mut target = Target::Whole(table);
        let query = ["select", "values", "with", "table"];
        if self.sign(at, "(")
            && !self.sign(at + 1, "(")
            && !query.iter().any(|word| self.is(at + 1, word))
        {
            let end = self.closing(at)?;
            target = Target::Listed(self.items(at + 1, end).len());
            at = end + 1;
        }
        let values = if self.is(at, "values") || self.is(at, "value") {
            let open = at + 1;
            let end = self.closing(open).filter(|_| self.sign(open, "("))?;
            // MySQL gives each column its default then.
            (end > open + 1).then_some(())?;
            self.values(self.items(open + 1, end), None)?
        } else if self.is(at, "table") {
            vec![Value::RowOf(self.table(at + 1)?.0)]
        } else {
            self.select(at)?
        };
        Some(Copy {
            into: target,
            values,
        })
    }

    /// `CREATE VIEW v (a, b) AS SELECT * FROM t`, which SQLite reads anew each time.
    fn view(&self) -> Option<Copy> {
        let is_view = self.dialect == Dialect::Sqlite && self.is(0, "create");
        let view = (1..4).find(|at| self.is(*at, "view")).filter(|_| is_view)?;
        let name = view + 1 + if self.is(view + 1, "if") { 3 } else { 0 };
        let (_, open) = self.table(name)?;
        let end = self.closing(open).filter(|_| self.sign(open, "("))?;
        let values = self
            .is(end + 1, "as")
            .then(|| self.select(end + 2))
            .flatten()?;
        Some(Copy {
            into: Target::Listed(self.items(open + 1, end).len()),
            values,
        })
    }

    /// What the SELECT gives that begins there, where it reads one table by name, or none.
    fn select(&self, at: usize) -> Option<Vec<Value>> {
        const AFTER: [&str; 12] = [
            "where",
            "group",
            "having",
            "order",
            "limit",
            "for",
            "union",
            "except",
            "intersect",
            "on",
            "returning",
            "into",
        ];
        self.is(at, "select").then_some(())?;
        let start = at + 1 + usize::from(self.is(at + 1, "all") || self.is(at + 1, "distinct"));
        let ends = |at: &usize| self.is(*at, "from") || AFTER.iter().any(|word| self.is(*at, word));
        let end = self.until(start, ends);
        if self.is(end, "into") || self.is(start, "on") {
            return None;
        }
        let mut from = None;
        if self.is(end, "from") {
            let (table, mut after) = self.table(end + 1)?;
            after += usize::from(self.is(after, "as"));
            let named = !AFTER.iter().any(|word| self.is(after, word));
            let alias = self.plain_name(after).filter(|_| named);
            after += usize::from(alias.is_some());
            let ended =
                after == self.until(after, |at| AFTER.iter().any(|word| self.is(*at, word)));
            if !ended || self.is(after, "into") {
                return None;
            }
            // `WITH users (a) AS (…)`.
            let is_query = |at: usize| {
                let list = self
                    .sign(at + 1, "(")
                    .then(|| self.closing(at + 1))
                    .flatten();
                let after = list.unwrap_or(at) + 1;
                self.plain_name(at).as_ref() == Some(&table.name)
                    && self.is(after, "as")
                    && !self.is(after + 1, "select")
            };
            if table.schema.is_none() && (0..at).any(is_query) {
                return None;
            }
            from = Some((table, alias));
        }
        self.values(self.items(start, end), from)
    }

    /// What each item gives; none where a row stands there of which nobody can tell the columns.
    fn values(
        &self,
        items: Vec<(usize, usize)>,
        from: Option<(Table, Option<String>)>,
    ) -> Option<Vec<Value>> {
        let value = |(start, end): (usize, usize)| {
            let rows =
                (start..end).any(|at| self.sign(at, "*") && at > start && self.sign(at - 1, "."));
            match end - start {
                1 if self.sign(start, "*") => from.clone().map(|(table, _)| Value::RowOf(table)),
                3 if rows => {
                    let name = self.plain_name(start)?;
                    match &from {
                        Some((table, alias)) if *alias.as_ref().unwrap_or(&table.name) == name => {
                            Some(Value::RowOf(table.clone()))
                        }
                        None if ["old", "new"].contains(&name.to_lowercase().as_str()) => {
                            Some(Value::OwnRow)
                        }
                        _ => None,
                    }
                }
                _ if rows => None,
                _ => Some(Value::One),
            }
        };
        items.into_iter().map(value).collect()
    }

    /// The items between commas.
    fn items(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let mut items = Vec::new();
        let mut begin = start;
        loop {
            let comma = self.until(begin, |at| *at >= end || self.sign(*at, ","));
            items.push((begin, comma.min(end)));
            if comma >= end {
                return items;
            }
            begin = comma + 1;
        }
    }

    /// Where something stands outside of parentheses, or the statement ends, or what it stands in.
    fn until(&self, start: usize, stops: impl Fn(&usize) -> bool) -> usize {
        let mut at = start;
        while at < self.tokens.len() && !self.sign(at, ";") && !self.sign(at, ")") && !stops(&at) {
            at = match self.sign(at, "(").then(|| self.closing(at)) {
                Some(Some(end)) => end + 1,
                Some(None) => self.tokens.len(),
                None => at + 1,
            };
        }
        at
    }

    /// Where the parenthesis closes that opens there.
    fn closing(&self, at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        (at..self.tokens.len()).find(|at| {
            depth += usize::from(self.sign(*at, "("));
            depth = depth.saturating_sub(usize::from(self.sign(*at, ")")));
            depth == 0
        })
    }

    /// The table that is named there, and where its name ends.
    fn table(&self, at: usize) -> Option<(Table, usize)> {
        let first = self.plain_name(at)?;
        if !self.sign(at + 1, ".") {
            let table = Table {
                schema: None,
                name: first,
            };
            return Some((table, at + 1));
        }
        let table = Table {
            schema: Some(self.as_written(at)),
            name: self.plain_name(at + 2)?,
        };
        Some((table, at + 3)).filter(|_| !self.sign(at + 3, "."))
    }

    /// The schema at that place. MySQL lists it as it is written, which may differ in case.
    fn as_written(&self, at: usize) -> String {
        let token = self.tokens.get(at);
        let text = token.map_or("", |token| token.text(self.sql));
        match token.map(|token| token.kind) {
            Some(Kind::Quoted) => unquoted(text),
            _ if self.dialect == Dialect::Postgres => text.to_lowercase(),
            _ => text.to_owned(),
        }
    }

    /// The name at that place as the database compares it.
    fn plain_name(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        let text = token.text(self.sql);
        match token.kind {
            Kind::Word => Some(text.to_lowercase()),
            Kind::Quoted => Some(folded(self.dialect, &unquoted(text))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each as `past: 1 + OLD.*`, `2: users.*`.
    fn shown(dialect: Dialect, sql: &str, returns: Option<usize>) -> Vec<String> {
        let copies = copies(dialect, sql, returns);
        let shown = copies.iter().map(|copy| {
            let into = match &copy.into {
                Target::Whole(table) => table.name.clone(),
                Target::Listed(count) => count.to_string(),
                Target::Program { .. } => "program".to_owned(),
            };
            let values = copy.values.iter().map(|value| match value {
                Value::One => "1".to_owned(),
                Value::RowOf(table) => format!("{}.*", table.name),
                Value::OwnRow => "OLD.*".to_owned(),
            });
            format!("{into}: {}", values.collect::<Vec<_>>().join(" + "))
        });
        shown.collect()
    }

    #[test]
    fn what_is_plain_is_counted() {
        for (sql, all) in [
            (
                "BEGIN INSERT INTO past SELECT 'D', now(), OLD.*; RETURN NULL; END",
                &["past: 1 + 1 + OLD.*"][..],
            ),
            (
                "INSERT INTO b.past VALUES (NEW.*, coalesce(a, b)) ON CONFLICT DO NOTHING",
                &["past: OLD.* + 1"],
            ),
            (
                "INSERT INTO past (a, b) SELECT * FROM users WHERE id = OLD.id;",
                &["2: users.*"],
            ),
            (
                "INSERT INTO past SELECT u.*, 1 FROM users AS u ORDER BY 1",
                &["past: users.* + 1"],
            ),
            ("INSERT INTO past TABLE users", &["past: users.*"]),
            (
                "INSERT INTO users VALUES (1, 2 * 3), (2, 3)",
                &["users: 1 + 1"],
            ),
            // Nobody can tell how many these are, or of which table.
            (
                "INSERT INTO past SELECT * FROM users u JOIN orders o ON true",
                &[],
            ),
            ("INSERT INTO past SELECT * FROM users, orders", &[]),
            ("INSERT INTO past SELECT (OLD).*", &[]),
            ("INSERT INTO past VALUES (r.*)", &[]),
            ("INSERT INTO past WITH x AS (SELECT 1) SELECT * FROM x", &[]),
            ("INSERT INTO past SELECT * FROM f(1)", &[]),
            (
                "WITH gone AS (DELETE FROM users RETURNING *) INSERT INTO past SELECT * FROM gone",
                &[],
            ),
            (
                "WITH users AS (SELECT 1) INSERT INTO past SELECT * FROM users",
                &[],
            ),
            (
                "WITH users (a, b) AS (VALUES (1, 2)) INSERT INTO past SELECT * FROM users",
                &[],
            ),
            (
                "CREATE TEMP TABLE users (id int); INSERT INTO past SELECT * FROM users",
                &[],
            ),
            (
                "DROP TABLE past; CREATE TABLE past (LIKE users); INSERT INTO past SELECT * FROM users",
                &[],
            ),
            ("INSERT INTO past DEFAULT VALUES", &[]),
            ("IF TG_OP = 'INSERT' THEN RETURN NEW; END IF", &[]),
            ("EXECUTE 'INSERT INTO past SELECT * FROM users'", &[]),
        ] {
            assert_eq!(shown(Dialect::Postgres, sql, None), all, "{sql}");
        }
        for (sql, all) in [
            (
                "BEGIN RETURN QUERY SELECT * FROM users; END",
                &["2: users.*"][..],
            ),
            ("SELECT * FROM users WHERE true", &["2: users.*"]),
            ("SELECT 1; SELECT * FROM users", &[]),
            ("BEGIN RETURN QUERY SELECT id FROM users; END", &["2: 1"]),
        ] {
            assert_eq!(shown(Dialect::Postgres, sql, Some(2)), all, "{sql}");
        }
        let view = "CREATE VIEW v (a, b) AS SELECT * FROM users";
        assert_eq!(shown(Dialect::Sqlite, view, None), ["2: users.*"]);
        assert_eq!(shown(Dialect::Postgres, view, None), [""; 0]);
        let bare = "INSERT IGNORE users VALUES (?, ?)";
        assert_eq!(shown(Dialect::MySql, bare, None), ["users: 1 + 1"]);
        assert_eq!(shown(Dialect::Sqlite, bare, None), [""; 0]);
        let defaults = "INSERT INTO users VALUES ()";
        assert_eq!(shown(Dialect::MySql, defaults, None), [""; 0]);
        let ignored = "REPLACE INTO users SELECT *, 1 FROM `Past` p";
        assert_eq!(shown(Dialect::MySql, ignored, None), ["users: past.* + 1"]);
    }
}
