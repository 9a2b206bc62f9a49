//! Which tables and columns does a query use?
//!
//! It is told from the tokens. A table is what stands where only a table can; every other name is taken for a column of
//! each table that it could belong to. So what is told is never too little: a name in no known place is a column of all
//! tables around it, and what is no query at all is unread.

use std::collections::BTreeSet;

use super::reader::Reader;
use super::resolve::Scopes;
use super::words::{INERT, QUERIES};
use crate::Dialect;
use crate::lex::{Kind, Token};
use crate::split::{Piece, split};

/// What a query uses of one table, view or function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The schema, where it is named and not the default one.
    pub schema: Option<String>,
    /// The name.
    pub table: String,
    /// The columns that are named.
    pub columns: BTreeSet<String>,
    /// Whether every column is used.
    pub every: bool,
    /// Whether rows are written.
    pub writes: bool,
}

/// What was found out about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a text is read or it is not")]
pub enum Read {
    /// It uses these.
    Uses(Vec<Found>),
    /// It may use anything that one of its words names.
    Unread {
        /// Why, as a clause.
        reason: &'static str,
        /// The words, in small letters.
        words: BTreeSet<String>,
    },
}

/// What `sql` uses, by the rules of `dialect`.
#[must_use]
pub fn read(dialect: Dialect, sql: &str) -> Read {
    let mut scopes = Scopes::default();
    for piece in split(sql, dialect) {
        if let Some(reason) = unreadable(&piece, sql) {
            return unread(sql, dialect, reason);
        }
        Reader::of(dialect, sql, &piece.tokens, &mut scopes).read();
    }
    Read::Uses(scopes.found(dialect))
}

/// Every word of a text that cannot be read.
fn unread(sql: &str, dialect: Dialect, reason: &'static str) -> Read {
    let pieces = split(sql, dialect);
    let texts = pieces.iter().flat_map(|piece| &piece.tokens);
    // A string may be SQL that is run from there.
    let words = texts.flat_map(|token| token.text(sql).split(|c: char| !is_in_name(c)));
    Read::Unread {
        reason,
        words: words
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect(),
    }
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Why a statement cannot be read, as a clause; none where it can.
fn unreadable(piece: &Piece, sql: &str) -> Option<&'static str> {
    if piece.broken.is_some() {
        return Some("a quote or comment in it is never closed");
    }
    let known = |token: &&Token| !matches!(token.kind, Kind::Symbol);
    let first = piece.tokens.iter().find(known)?;
    let begins = |words: &[&str]| words.iter().any(|word| first.is_word(sql, word));
    if piece.tokens.iter().any(|t| t.kind == Kind::Template) {
        return Some("a template stands in it");
    }
    (!begins(&QUERIES) && !begins(&INERT)).then_some("it is no SELECT, INSERT, UPDATE or DELETE")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a query uses: `users(id name)`, with `*` for every column and `!` for one that is written.
    fn uses(dialect: Dialect, sql: &str) -> String {
        let Read::Uses(found) = read(dialect, sql) else {
            return "unread".to_owned();
        };
        let mut shown: Vec<String> = found
            .into_iter()
            .map(|found| {
                let mut columns: Vec<String> = found.columns.into_iter().collect();
                columns.extend(found.every.then(|| "*".to_owned()));
                let schema = found.schema.map(|s| s + ".").unwrap_or_default();
                let mark = if found.writes { "!" } else { "" };
                format!("{schema}{}{mark}({})", found.table, columns.join(" "))
            })
            .collect();
        shown.sort();
        shown.join(" ")
    }

    #[track_caller]
    fn assert_uses(sql: &str, expected: &str) {
        for dialect in Dialect::ALL {
            assert_eq!(uses(dialect, sql), expected, "{dialect:?}: {sql}");
        }
    }

    #[test]
    fn plain_queries() {
        assert_uses(
            "SELECT id, name FROM users WHERE email = ?",
            "users(email id name)",
        );
        assert_uses("SELECT * FROM users", "users(*)");
        assert_uses("SELECT count(*) FROM users", "count() users()");
        assert_uses(
            "WITH users AS (SELECT id FROM old) SELECT u.name FROM shop.users u",
            "old(id) shop.users(name)",
        );
        assert_uses("SELECT price * 2 FROM goods", "goods(price)");
        assert_uses(
            "INSERT INTO users (id, name) VALUES (?, ?)",
            "users!(id name)",
        );
        assert_uses("INSERT INTO users VALUES (?, ?)", "users!(*)");
        assert_uses("INSERT INTO users SELECT a FROM old", "old(a) users!(*)");
        assert_uses("UPDATE users SET name = ? WHERE id = ?", "users!(id name)");
        assert_uses("DELETE FROM users WHERE id = ?", "users!(id)");
        assert_uses("SELECT 1", "");
        assert_uses("SELECT a FROM t WHERE b = $1", "t(a b)");
        assert_uses("BEGIN; SELECT a FROM t; COMMIT", "t(a)");
    }

    #[test]
    fn a_qualified_column_is_that_tables_alone() {
        assert_uses(
            "SELECT u.name, o.total FROM users u LEFT JOIN orders AS o ON o.user_id = u.id",
            "orders(total user_id) users(id name)",
        );
        assert_uses(
            "SELECT u.*, total FROM users u, orders o WHERE u.id = o.user_id ORDER BY o.at DESC",
            "orders(at total user_id) users(id total *)",
        );
        assert_uses("SELECT users.id FROM users", "users(id)");
        assert_uses("SELECT id FROM app.users", "app.users(id)");
        assert_uses("SELECT a.b.c FROM a.b", "a.b(c)");
    }

    #[test]
    fn a_sub_query_sees_what_is_around_it_and_not_the_other_way() {
        assert_uses(
            "SELECT name FROM users WHERE id IN (SELECT user_id FROM orders WHERE paid)",
            "orders(paid user_id) users(id name paid user_id)",
        );
        assert_uses(
            "SELECT n.total FROM (SELECT sum(x) AS total FROM goods) AS n WHERE n.total > 1",
            "goods(x) sum()",
        );
        assert_uses(
            "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)",
            "t(a id) u(t_id)",
        );
    }

    #[test]
    fn tables_are_found_wherever_they_stand() {
        for sql in [
            "SELECT a FROM (t JOIN u ON t.id = u.id)",
            "SELECT a FROM t LEFT JOIN u USING (id)",
            "SELECT a FROM v JOIN t ON CASE WHEN v.x THEN t.y ELSE t.z END, u",
            "SELECT a FROM ((SELECT a FROM t) UNION (SELECT b FROM u)) AS n",
            "SELECT (SELECT a FROM t WHERE id = o.id) FROM u AS o",
            "SELECT count(*) FILTER (WHERE a > 1) FROM t CROSS JOIN u",
            "SELECT a FROM t WHERE b = (SELECT max(b) FROM u GROUP BY c HAVING d LIMIT 1)",
            "(SELECT a FROM t) UNION (SELECT a FROM u)",
            "SELECT a FROM t WHERE id IN (TABLE u)",
            "SET x = (SELECT a FROM t, u)",
            "UPDATE t SET a = (SELECT b FROM u)",
            "DELETE FROM t WHERE a IN (SELECT b FROM u)",
            "INSERT INTO t (a) SELECT b FROM u",
            "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = 1",
        ] {
            for dialect in Dialect::ALL {
                let Read::Uses(found) = read(dialect, sql) else {
                    panic!("{dialect:?} does not read {sql}");
                };
                for table in ["t", "u"] {
                    assert!(found.iter().any(|f| f.table == table), "{dialect:?}: {sql}");
                }
                assert!(found.iter().any(|f| f.columns.contains("a")), "{sql}");
            }
        }
    }

    #[test]
    fn each_half_of_a_union_has_its_own_tables() {
        assert_uses("SELECT a FROM t UNION ALL SELECT b FROM u", "t(a) u(b)");
    }

    #[test]
    fn a_name_of_with_is_no_table_but_its_query_is_read() {
        assert_uses(
            "WITH late AS (SELECT id FROM orders WHERE due < ?) SELECT late.id, name FROM late JOIN users ON uid = late.id",
            "orders(due id) users(name uid)",
        );
        assert_uses(
            "WITH users AS (SELECT * FROM users) SELECT * FROM users",
            "users(*)",
        );
        assert_uses(
            "WITH a (x) AS (SELECT id FROM t), b AS (SELECT x FROM a) SELECT * FROM b",
            "t(id)",
        );
        let nested = "SELECT n FROM (SELECT 1) AS users WHERE EXISTS (SELECT secret FROM users)";
        assert_uses(nested, "users(secret)");
    }

    #[test]
    fn what_an_insert_says_behind_its_select_is_about_its_own_table() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let sql = "INSERT INTO t (a) SELECT b FROM u ON CONFLICT (a) DO UPDATE SET c = excluded.c RETURNING d";
            let shown = uses(dialect, sql);
            assert!(
                shown.starts_with("t!(a c d") || shown.contains(" c d"),
                "{shown}"
            );
            assert!(shown.ends_with("u(b)"), "{shown}");
        }
        let sql = "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE b = VALUES(b)";
        assert!(
            uses(Dialect::MySql, sql).starts_with("t!("),
            "{}",
            uses(Dialect::MySql, sql)
        );
        assert!(uses(Dialect::MySql, sql).contains(" a b"));
    }

    #[test]
    fn from_within_an_expression_is_no_list_of_tables() {
        let sql = "SELECT extract(year FROM born), a IS DISTINCT FROM b FROM users";
        assert_eq!(
            uses(Dialect::Postgres, sql),
            "extract() users(a b born year)"
        );
    }

    #[test]
    fn what_each_database_has_besides() {
        let (s, p, m) = (Dialect::Sqlite, Dialect::Postgres, Dialect::MySql);
        assert_eq!(
            uses(p, "SELECT to_jsonb(u) FROM users u"),
            "to_jsonb() users(u *)"
        );
        assert_eq!(uses(p, "SELECT \"Name\" FROM \"Users\""), "Users(Name)");
        assert_eq!(uses(p, "SELECT NAME FROM PUBLIC.USERS"), "users(name)");
        assert_eq!(uses(p, "SELECT id::text FROM t"), "t(id)");
        assert_eq!(
            uses(
                p,
                "UPDATE t SET a = n.a FROM unnest($1::int[]) AS n(a) WHERE t.id = n.id"
            ),
            "t!(a id) unnest()"
        );
        assert_eq!(
            uses(p, "DELETE FROM a USING b WHERE a.id = b.id"),
            "a!(id) b(id)"
        );
        assert_eq!(
            uses(
                p,
                "WITH gone AS (DELETE FROM t WHERE x RETURNING y) INSERT INTO log (z) SELECT y FROM gone"
            ),
            "log!(z) t!(x y)"
        );
        assert_eq!(
            uses(p, "SELECT nextval('orders_id_seq')"),
            "nextval() orders_id_seq()"
        );
        for unknown in ["$1", "pg_get_serial_sequence('a', 'b')", "'a_' || $1"] {
            let sql = format!("SELECT nextval({unknown})");
            assert!(uses(p, &sql).contains("nextval($1)()"), "{sql}");
        }
        assert_eq!(
            uses(
                p,
                "INSERT INTO t (a, b) VALUES (mood 'good', shop.size 'big')"
            ),
            "mood() shop.size() t!(a b mood size)"
        );
        assert_eq!(
            uses(
                m,
                "SELECT NEXT VALUE FOR bills, PREVIOUS VALUE FOR shop.notes, a FROM t"
            ),
            "bills() shop.notes() t(a)"
        );
        assert_eq!(
            uses(m, "INSERT INTO t (a) VALUES (NEXTVAL(bills))"),
            "NEXTVAL() bills() t!(a bills)"
        );
        assert_eq!(
            uses(
                p,
                "SELECT $1::mood, CAST(x AS \"Temper\"), y::shop.mood, CAST(z AS text) AS mail FROM t"
            ),
            "Temper() cast() cast() mood() shop.mood() t(x y z)"
        );
        assert_eq!(uses(p, "SELECT a FROM t NATURAL JOIN u"), "t(a *) u(a *)");
        assert_eq!(uses(s, "INSERT OR REPLACE INTO t (a) VALUES (1)"), "t!(a)");
        assert_eq!(uses(s, "UPDATE OR IGNORE t SET a = 1"), "t!(a)");
        assert_eq!(uses(s, "SELECT [a b], `c` FROM t"), "t(a b c)");
        assert_eq!(
            uses(s, "SELECT offset FROM t LIMIT 1 OFFSET 2"),
            "t(OFFSET offset)"
        );
        assert_eq!(uses(m, "REPLACE INTO t (a) VALUES (1)"), "t!(a)");
        assert_eq!(uses(m, "UPDATE t, u SET t.a = u.b"), "t!(a) u!(b)");
        assert_eq!(
            uses(m, "DELETE t FROM t JOIN u ON t.id = u.id"),
            "t!(id t) u!(id t)"
        );
    }

    #[test]
    fn what_is_no_query_is_unread_with_all_its_words() {
        for (sql, word) in [
            ("CALL tidy('users')", "users"),
            ("EXECUTE 'SELECT 1 FROM users'", "users"),
            ("SELECT 'a FROM users", "users"),
        ] {
            for dialect in Dialect::ALL {
                let Read::Unread { words, .. } = read(dialect, sql) else {
                    panic!("{dialect:?} reads {sql}");
                };
                assert!(words.contains(word), "{words:?}");
            }
        }
    }
}
