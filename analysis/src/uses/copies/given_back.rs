//! Which whole rows does a query give back to the program that asks?

use super::{Table, Value};
use crate::Dialect;
use crate::lex::Words;

/// What a query gives back to the program that asks, where whole rows are part of it: `SELECT * FROM users`, `RETURNING *`.
#[must_use]
pub fn given_back(dialect: Dialect, sql: &str) -> Option<Vec<Value>> {
    let words = Words::of(dialect, sql);
    let values = match words.is(0, "select") {
        true => words.selected(),
        false => words.returned(),
    };
    values.filter(|values| values.iter().any(|value| *value != Value::One))
}

impl Words<'_> {
    /// What the SELECT gives that the statement is, from all that it reads by name.
    fn selected(&self) -> Option<Vec<Value>> {
        let start = 1 + usize::from(self.is(1, "all") || self.is(1, "distinct"));
        let from = self.until(start, |at| self.is(*at, "from"));
        let ends = [
            "where",
            "group",
            "having",
            "order",
            "limit",
            "for",
            "union",
            "except",
            "intersect",
            "window",
        ];
        let end = self.until(from, |at| ends.iter().any(|word| self.is(*at, word)));
        let mut tables = Vec::new();
        let mut at = from;
        while at < end {
            let begins = self.is(at, "from") || self.is(at, "join") || self.sign(at, ",");
            if let Some((table, mut after)) = self.table(at + 1).filter(|_| begins) {
                after += usize::from(self.is(after, "as"));
                tables.push((table, self.plain_name(after)));
                at = after;
            } else {
                at = self
                    .closing(at)
                    .filter(|_| self.sign(at, "("))
                    .unwrap_or(at)
                    + 1;
            }
        }
        let row_of = |name: &str| {
            let called = |(table, alias): &&(Table, Option<String>)| {
                table.name == name || alias.as_deref() == Some(name)
            };
            tables.iter().find(called).map(|(table, _)| table.clone())
        };
        let mut values = Vec::new();
        for (begin, end) in self.items(start, from) {
            match end - begin {
                1 if self.sign(begin, "*") => {
                    values.extend(tables.iter().map(|(table, _)| Value::RowOf(table.clone())));
                }
                3 if self.sign(begin + 2, "*") => {
                    values.push(Value::RowOf(row_of(&self.plain_name(begin)?)?));
                }
                _ => values.push(Value::One),
            }
        }
        Some(values)
    }

    /// What is given back of the rows that the statement writes.
    fn returned(&self) -> Option<Vec<Value>> {
        let table = match self.word(0).as_str() {
            "insert" | "replace" => (1..5).find(|at| self.is(*at, "into"))? + 1,
            "update" => 1 + usize::from(self.is(1, "only")),
            "delete" => 2 + usize::from(self.is(2, "only")),
            _ => return None,
        };
        let (table, _) = self.table(table)?;
        let at = self.until(0, |at| self.is(*at, "returning"));
        (at < self.tokens.len()).then_some(())?;
        let values = self.items(at + 1, self.until(at + 1, |_| false));
        let values = values.into_iter().map(|(begin, end)| match end - begin {
            1 if self.sign(begin, "*") => Value::RowOf(table.clone()),
            _ => Value::One,
        });
        Some(values.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_a_program_reads_are_those_of_the_outermost_query() {
        for (sql, expected) in [
            ("SELECT * FROM users", "users.*"),
            (
                "SELECT id, u.* FROM shop.users AS u WHERE id = $1",
                "1 + users.*",
            ),
            (
                "SELECT * FROM users u JOIN orders ON true, past ORDER BY 1",
                "users.* + orders.* + past.*",
            ),
            (
                "SELECT o.*, now() FROM users u LEFT JOIN orders AS o USING (id)",
                "orders.* + 1",
            ),
            ("INSERT INTO users (id) VALUES ($1) RETURNING *", "users.*"),
            ("UPDATE users SET id = 1 RETURNING id, *", "1 + users.*"),
            ("DELETE FROM users RETURNING *", "users.*"),
            ("SELECT count(*) FROM users", ""),
            (
                "SELECT id FROM users WHERE EXISTS (SELECT * FROM orders)",
                "",
            ),
            ("SELECT id FROM (SELECT * FROM users) AS u", ""),
            ("SELECT a * b FROM users", ""),
            ("WITH x AS (SELECT * FROM users) SELECT id FROM x", ""),
            ("UPDATE users SET id = 1", ""),
        ] {
            let values = given_back(Dialect::Postgres, sql).unwrap_or_default();
            let shown = values.iter().map(|value| match value {
                Value::RowOf(table) => format!("{}.*", table.name),
                Value::One | Value::OwnRow => "1".to_owned(),
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" + "), expected, "{sql}");
        }
    }
}
