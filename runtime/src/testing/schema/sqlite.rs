//! What does SQLite say of tables and their rules?

use onward_analysis::Dialect;

use super::{Column, Reference, Table, text};
use crate::Result;
use crate::session::Session;

/// Tables that keep rows: not those that a virtual table keeps for itself, nor ours.
const OURS: &str = "l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                    AND l.name NOT LIKE '\\_onward\\_%' ESCAPE '\\'";

pub(super) async fn tables(session: &mut dyn Session) -> Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    let sql = format!(
        "SELECT l.name, coalesce(m.sql, '') FROM pragma_table_list AS l JOIN sqlite_master AS m \
         ON m.type = 'table' AND m.name = l.name WHERE {OURS} ORDER BY 1"
    );
    for row in session.query(&sql, &[]).await? {
        let mut table = Table::new(Dialect::Sqlite, None, &text(&row, 0));
        table.checks = checks(&text(&row, 1));
        tables.push(table);
    }
    columns(session, &mut tables).await?;
    references(session, &mut tables).await?;
    keys(session, &mut tables).await?;
    Ok(tables)
}

fn find<'t>(tables: &'t mut [Table], name: &str) -> Option<&'t mut Table> {
    tables.iter_mut().find(|table| table.name == name)
}

async fn columns(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let sql = format!(
        "SELECT l.name, c.name, c.type, c.\"notnull\" + 0, c.pk + 0, c.hidden + 0, \
           (SELECT count(*) FROM pragma_table_xinfo(l.name) AS k WHERE k.pk > 0), l.wr + 0 \
         FROM pragma_table_list AS l, pragma_table_xinfo(l.name) AS c WHERE {OURS} ORDER BY l.name, c.cid"
    );
    for row in session.query(&sql, &[]).await? {
        let Some(table) = find(tables, &text(&row, 0)) else {
            continue;
        };
        let ty = text(&row, 2).to_lowercase();
        let is_key = row.int(4).unwrap_or_default() > 0;
        // A lone INTEGER PRIMARY KEY is the row's number.
        let given = is_key && row.int(6) == Some(1) && ty == "integer" && row.int(7) == Some(0);
        table.columns.push(Column {
            name: text(&row, 1),
            nullable: row.int(3) == Some(0) && !is_key,
            given,
            generated: row.int(5).unwrap_or_default() > 1,
            labels: Vec::new(),
            ty,
        });
    }
    Ok(())
}

async fn references(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let sql = format!(
        "SELECT l.name, f.id + 0, f.\"table\", f.\"from\", coalesce(f.\"to\", (SELECT k.name FROM pragma_table_info(f.\"table\") \
           AS k WHERE k.pk = f.seq + 1)) \
         FROM pragma_table_list AS l, pragma_foreign_key_list(l.name) AS f WHERE {OURS} ORDER BY l.name, f.id, f.seq"
    );
    let mut last = (String::new(), -1);
    for row in session.query(&sql, &[]).await? {
        let this = (text(&row, 0), row.int(1).unwrap_or_default());
        let Some(table) = find(tables, &this.0) else {
            continue;
        };
        if this != last {
            table.references.push(Reference {
                columns: Vec::new(),
                parent: Dialect::Sqlite.quote(&text(&row, 2)),
                parent_columns: Vec::new(),
            });
            last = this;
        }
        if let Some(reference) = table.references.last_mut() {
            reference.columns.push(text(&row, 3));
            reference.parent_columns.push(text(&row, 4));
        }
    }
    for table in tables {
        table
            .references
            .sort_by_key(|reference| std::cmp::Reverse(reference.columns.len()));
    }
    Ok(())
}

async fn keys(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let sql = format!(
        "SELECT l.name, i.name, c.name FROM pragma_table_list AS l, pragma_index_list(l.name) AS i, pragma_index_info(i.name) AS c \
         WHERE {OURS} AND i.\"unique\" AND NOT i.partial ORDER BY l.name, i.seq, c.seqno"
    );
    let rows = session.query(&sql, &[]).await?;
    let parts = rows
        .iter()
        .map(|row| [text(row, 0), text(row, 1), text(row, 2)]);
    super::collect_keys(tables, parts);
    Ok(())
}

/// The conditions after each CHECK of a CREATE TABLE.
pub(in crate::testing) fn checks(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = Scan { rest: sql };
    while let Some(token) = words.next() {
        if token.eq_ignore_ascii_case("check") {
            let mut inner = Vec::new();
            let mut depth = 0;
            for token in words.by_ref() {
                depth += i32::from(token == "(") - i32::from(token == ")");
                inner.push(token);
                if depth == 0 {
                    break;
                }
            }
            found.push(inner.join(" "));
        }
    }
    found
}

/// Words, quoted texts and single signs; comments and spaces are passed over.
#[derive(Debug, Clone)]
pub(in crate::testing) struct Scan<'s> {
    rest: &'s str,
}

impl<'s> Scan<'s> {
    pub(in crate::testing) fn of(sql: &'s str) -> Scan<'s> {
        Scan { rest: sql }
    }
}

impl<'s> Iterator for Scan<'s> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        loop {
            self.rest = self.rest.trim_start();
            let comment_ends = match self.rest {
                line if line.starts_with("--") => line.find('\n').map(|at| at + 1),
                block if block.starts_with("/*") => block.find("*/").map(|at| at + 2),
                _ => break,
            };
            self.rest = &self.rest[comment_ends.unwrap_or(self.rest.len())..];
        }
        let first = self.rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let closing = match first {
            '\'' | '"' | '`' => Some(first),
            '[' => Some(']'),
            _ => None,
        };
        let length = match closing {
            // A doubled quote ends one text and begins the next, which is as good here.
            Some(closing) => self.rest[1..]
                .find(closing)
                .map_or(self.rest.len(), |at| at + 2),
            None if is_word(first) => self
                .rest
                .find(|c: char| !is_word(c))
                .unwrap_or(self.rest.len()),
            None => first.len_utf8(),
        };
        let (token, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_found() {
        let sql = "CREATE TABLE t (a text CHECK (a IN ('x', ')')), -- check (no)\n b int, CONSTRAINT c check(b > (1)))";
        assert_eq!(checks(sql), ["( a IN ( 'x' , ')' ) )", "( b > ( 1 ) )"]);
    }
}
