//! Does SQLite cut the text of a table where it should, when its last column goes?
//!
//! It looks for the comma before the column, from the column backwards, and takes one in a comment for it.
//! (`dropColumnFunc` of <https://sqlite.org/src/file/src/alter.c>)

use crate::Dialect;
use crate::act::{Act, Step};
use crate::judge::run::Run;
use crate::schema::{Table, same};
use crate::split::Piece;

impl Run<'_> {
    /// Which columns of a new table of SQLite stand behind a comment with a comma, each with the column before it.
    pub(in crate::judge) fn mind_commas(&mut self, sql: &str, piece: &Piece, steps: &[Step]) {
        let [
            Step {
                act: Act::CreateTable(new),
                ..
            },
        ] = steps
        else {
            return;
        };
        if self.dialect != Dialect::Sqlite {
            return;
        }
        let gap = |at: usize| -> &str {
            let (this, next) = (&piece.tokens[at], &piece.tokens[at + 1]);
            let (start, end) = (this.span.end as usize, next.span.start as usize);
            sql.get(start..end).unwrap_or_default()
        };
        let gaps = piece.tokens.len().saturating_sub(1);
        if !(0..gaps).any(|at| gap(at).contains(',')) {
            return;
        }
        let (mut depth, mut before, mut behind) = (0_usize, "", Vec::new());
        for at in 0..gaps {
            let (token, next) = (&piece.tokens[at], &piece.tokens[at + 1]);
            if token.is_symbol(sql, "(") {
                depth += 1;
            } else if token.is_symbol(sql, ")") {
                depth = depth.saturating_sub(1);
            }
            let begins = token.is_symbol(sql, "(") || token.is_symbol(sql, ",");
            if depth == 1 && begins {
                let name = next.text(sql).trim_matches(['"', '`', '[', ']']);
                if gap(at).contains(',') {
                    behind.push([before.to_owned(), name.to_owned()]);
                }
                before = name;
            }
        }
        let key = new.name.as_ref().map(|name| self.key(name));
        let table = key.and_then(|key| self.schema.table_mut(&key));
        // One that was there already is as it was.
        let made = table.filter(|table| table.text.as_deref() == Some(&*new.text));
        if let Some(table) = made {
            table.commas = behind;
        }
    }
}

/// Why the last column of a table does not go. What stood before a column that went is gone with that.
pub(super) fn cut(table: &Table, column: &str) -> Option<String> {
    if table.commas.is_empty() {
        return None;
    }
    let is_it = |name: &str, other: &str| same(Dialect::Sqlite, name, other);
    let mut columns = table.columns.iter().rev();
    let last = columns.next().filter(|last| is_it(&last.is.name, column))?;
    let beside = columns.next()?;
    let is_cut = |[before, behind]: &[String; 2]| {
        is_it(before, &beside.is.name) && is_it(behind, &last.is.name)
    };
    let (table, commas) = (&table.name.name, &table.commas);
    commas.iter().any(is_cut).then(|| {
        let column = &last.is.name;
        format!("SQLite cuts `{table}` at the comma in the comment before `{column}`")
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect::Sqlite;
    use crate::rules::pairs::fails;

    const UP: &str = "CREATE TABLE x (id int);";

    /// Each was run on SQLite 3.40.
    #[test]
    fn a_comma_in_a_comment_is_taken_for_the_one_before_a_column() {
        let down = "ALTER TABLE t DROP COLUMN b;";
        let told = ["the down fails: SQLite cuts `t` at the comma in the comment before `b`"];
        for table in [
            "a int, -- one, two\n b int",
            "a int, /* one, two */ b int",
            "a int, -- one, two\n \"b\" int, CHECK (a > 0)",
        ] {
            let before = format!("CREATE TABLE t ({table});");
            assert_eq!(fails(Sqlite, &before, UP, down), told, "{table}");
        }
        for table in [
            "a int, b int -- one, two\n",
            "a int -- one, two\n, b int",
            "a int, -- one\n b int",
            "a int, -- one, two\n b int, c int",
            "a int, b int, -- one, two\n CHECK (a > 0)",
        ] {
            let before = format!("CREATE TABLE t ({table});");
            assert_eq!(fails(Sqlite, &before, UP, down), [""; 0], "{table}");
        }
        let before = "CREATE TABLE t (a int, c int, -- one, two\n b int);";
        let meanwhile = format!("ALTER TABLE t DROP COLUMN c; {down}");
        assert_eq!(fails(Sqlite, before, UP, &meanwhile), [""; 0]);
        let last = "ALTER TABLE t DROP COLUMN b; ALTER TABLE t DROP COLUMN c;";
        let before = "CREATE TABLE t (a int, -- one, two\n c int, b int);";
        assert_eq!(fails(Sqlite, before, UP, last).len(), 1);
    }
}
