//! Does a query, or another statement that asks for rows, name what is there?

use crate::act::{Frame, Name, Read, Seen};
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::read::{frame_of, is_harmless};
use crate::schema::{Key, Table};
use crate::split::Piece;
use crate::{Dialect, Span};

/// The words that such a statement begins with.
const HEADS: [&str; 7] = [
    "select", "with", "insert", "update", "delete", "replace", "create",
];

/// What may stand between CREATE and the query or the expressions of what is made.
const MADE: [&str; 8] = [
    "view",
    "index",
    "as",
    "or",
    "unique",
    "materialized",
    "temp",
    "temporary",
];

/// What may be seen of a table.
enum Sight<'t> {
    /// All of its columns.
    Whole(Key, &'t Table),
    /// It is there, and may have any columns.
    Some,
    /// It went, and another schema has one of that name, where a connection may be set to look.
    Elsewhere,
    /// It cannot be there.
    Missing,
}

impl Run<'_> {
    /// The columns and tables that a statement names are there, as far as the migrations tell.
    pub(in crate::judge) fn refuse_names(&mut self, sql: &str, piece: &Piece) {
        if !self.schema.is_complete() || self.settings.doubts_path() || !names_rows(sql, piece) {
            return;
        }
        let Some(frame) = frame_of(self.dialect, sql, &piece.tokens) else {
            return;
        };
        let mut found = Vec::new();
        self.look_into(&[], &frame, &mut found);
        let outer = self.span;
        for (what, span) in found {
            self.span = span;
            self.note(what);
        }
        self.span = outer;
    }

    /// What is missing in the innermost of the frames that `around` ends with.
    fn look_into<'s>(
        &self,
        around: &[&'s Frame],
        frame: &'s Frame,
        found: &mut Vec<(Noted, Span)>,
    ) {
        let mut chain = around.to_vec();
        chain.push(frame);
        let parts = frame.sees.len() + frame.reads.len();
        self.spend(parts * chain.len());
        if self.is_exhausted() {
            return;
        }
        for seen in frame.sees.iter().filter(|seen| !seen.target) {
            let Some(table) = &seen.table else {
                continue;
            };
            match self.sight(&chain, seen) {
                Sight::Missing => {
                    let object = self.object_named(table);
                    found.push((Noted::Missing { object }, seen.span));
                }
                Sight::Elsewhere => {
                    let why = format!("`{}` is not there when it runs", table.name);
                    let certain = false;
                    found.push((Noted::Fails { why, certain }, seen.span));
                }
                Sight::Some | Sight::Whole(..) => {}
            }
        }
        for read in &frame.reads {
            let missing = match &read.of {
                Some(of) => self.missing_of(&chain, of, read),
                None => self.missing_bare(&chain, read),
            };
            found.extend(missing.map(|missing| (missing, read.span)));
        }
        for inner in &frame.inner {
            self.look_into(&chain, inner, found);
        }
    }

    /// `of.name`: the table or alias `of` has no such column.
    fn missing_of(&self, chain: &[&Frame], of: &str, read: &Read) -> Option<Noted> {
        let called = |seen: &&Seen| seen.name.as_deref().is_some_and(|name| self.same(name, of));
        let frames = (0..chain.len()).rev();
        let (depth, seen) = frames
            .filter_map(|depth| Some((depth, chain[depth].sees.iter().find(called)?)))
            .next()?;
        let Sight::Whole(key, table) = self.sight(&chain[..=depth], seen) else {
            return None;
        };
        // `t.f` of PostgreSQL is `f(t)` where no column is called so.
        let is_call = self.dialect == Dialect::Postgres
            && (is_harmless(self.dialect, &read.name)
                || self
                    .schema
                    .routines
                    .contains_key(&self.key(&Name::plain(read.name.as_str()))));
        let has = self.has(table, &read.name);
        (!is_call && !has).then(|| Noted::Missing {
            object: self.object_of_column(&key, &read.name),
        })
    }

    /// `name`: nothing in sight has such a column.
    fn missing_bare(&self, chain: &[&Frame], read: &Read) -> Option<Noted> {
        let mut known = Vec::new();
        for (depth, frame) in chain.iter().enumerate() {
            let is_output = frame.outputs.iter().any(|name| self.same(name, &read.name));
            if is_output {
                return None;
            }
            for seen in &frame.sees {
                // The whole row.
                let called = seen.name.as_deref();
                if called.is_some_and(|name| name.eq_ignore_ascii_case(&read.name)) {
                    return None;
                }
                let Sight::Whole(key, table) = self.sight(&chain[..=depth], seen) else {
                    return None;
                };
                if self.has(table, &read.name) {
                    return None;
                }
                if !known.contains(&key) {
                    known.push(key);
                }
            }
        }
        match known.as_slice() {
            // A word that stands for itself.
            [] => None,
            [only] => Some(Noted::Missing {
                object: self.object_of_column(only, &read.name),
            }),
            several => {
                let tables = several.iter().map(|key| format!("`{}`", key.name));
                let tables = tables.collect::<Vec<_>>().join(" and ");
                let why = format!("`{}` is no column of {tables}", read.name);
                let certain = true;
                Some(Noted::Fails { why, certain })
            }
        }
    }

    /// Whether the table has a column of that name, or the server itself gives it one.
    fn has(&self, table: &Table, name: &str) -> bool {
        let own: &[&str] = match self.dialect {
            Dialect::Postgres => &["ctid", "tableoid", "xmin", "xmax", "cmin", "cmax", "oid"],
            Dialect::Sqlite => &["rowid", "oid", "_rowid_"],
            Dialect::MySql => &["_rowid"],
        };
        table.column(self.dialect, name).is_some()
            || own.iter().any(|own| own.eq_ignore_ascii_case(name))
    }

    /// What a statement sees of a table that it names within those frames.
    fn sight(&self, chain: &[&Frame], seen: &Seen) -> Sight<'_> {
        let Some(name) = &seen.table else {
            return Sight::Some;
        };
        let is_with = |frame: &&Frame| frame.with.iter().any(|with| self.same(with, &name.name));
        if name.schema.is_none() && chain.iter().any(is_with) {
            return Sight::Some;
        }
        let key = self.key(name);
        if let Some(table) = self.schema.table(&key) {
            return match is_whole(table) {
                true => Sight::Whole(key, table),
                false => Sight::Some,
            };
        }
        if self.may_be_there(name, &key) {
            return Sight::Some;
        }
        let mut tables = self.each(1, self.schema.tables.keys());
        let mut views = self.each(1, self.schema.views.keys());
        let elsewhere =
            tables.any(|other| other.name == key.name) || views.any(|other| other.name == key.name);
        match (elsewhere, self.schema.gone.contains(&key)) {
            (false, _) => Sight::Missing,
            (true, true) => Sight::Elsewhere,
            (true, false) => Sight::Some,
        }
    }

    /// Whether a table that the migrations do not know may be there all the same.
    fn may_be_there(&self, name: &Name, key: &Key) -> bool {
        let lower = name.name.to_lowercase();
        // Whoever runs migrations writes down which.
        let keeps_books = ["migrations", "_version", "versions", "history", "changelog"];
        let is_own = keeps_books.iter().any(|end| lower.ends_with(end));
        let is_server = ["pg_", "sqlite_", "pragma_", "dual", "json_", "dbstat"];
        name.schema.is_some()
            || self.schema.views.contains_key(key)
            || self.schema.sequences.contains_key(key)
            || !self.schema.extensions.is_empty()
            || !self.schema.abroad.is_empty()
            || lower.ends_with("_seq")
            || is_own
            || is_server.iter().any(|begin| lower.starts_with(begin))
    }
}

/// Whether all columns of the table are known by their names.
pub(super) fn is_whole(table: &Table) -> bool {
    // What is inherited, and what a module of SQLite or another server gives it besides, nobody tells here.
    // Who names no column of a query leaves its name to the server.
    let named = !table.columns.iter().any(|column| column.is.name.is_empty());
    !table.open
        && named
        && !table.foreign
        && !table.storage.full_text
        && table.parents.is_empty()
        && table.of.is_none()
        && table.history.is_none()
        && table.members.is_empty()
}

/// Whether the statement asks for rows, or computes something of them; rows that it only gives name nothing.
fn names_rows(sql: &str, piece: &Piece) -> bool {
    let Some(first) = piece.tokens.first() else {
        return false;
    };
    let Some(head) = HEADS.iter().find(|head| first.is_word(sql, head)) else {
        return false;
    };
    let mut tokens = piece.tokens.iter();
    match *head {
        "create" => {
            let mut next = tokens.skip(1).take(3);
            next.any(|token| MADE.iter().any(|word| token.is_word(sql, word)))
        }
        "insert" | "replace" => {
            tokens.any(|token| token.is_word(sql, "select") || token.is_word(sql, "conflict"))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use crate::Dialect::{self, MySql, Postgres, Sqlite};
    use crate::rules::pairs::told;

    const BEFORE: &str = "CREATE TABLE t (id int PRIMARY KEY, a int, b int); CREATE TABLE o (id int PRIMARY KEY, c int);";

    fn fails(dialect: Dialect, down: &str) -> Vec<String> {
        let mut told = told(dialect, BEFORE, "CREATE TABLE more (id int);", down);
        told.retain(|told| told.starts_with("cannot_run"));
        told
    }

    #[track_caller]
    fn assert_fails(dialect: Dialect, down: &str, why: &str) {
        let told = [format!("cannot_run: the down fails: {why}")];
        assert_eq!(fails(dialect, down), told, "{dialect}: {down}");
    }

    #[track_caller]
    fn assert_runs(dialect: Dialect, down: &str) {
        let none: [String; 0] = [];
        assert_eq!(fails(dialect, down), none, "{dialect}: {down}");
    }

    #[test]
    fn a_column_that_is_not_there_is_told_wherever_it_stands() {
        for dialect in Dialect::ALL {
            for down in [
                "UPDATE t SET a = x;",
                "UPDATE t SET a = 1 WHERE x > 2;",
                "UPDATE t SET a = abs(x) WHERE id = 1;",
                "DELETE FROM t WHERE x IS NULL;",
                "INSERT INTO o (id, c) SELECT id, x FROM t;",
                "INSERT INTO o (id, c) SELECT id, t.x FROM t;",
                "INSERT INTO o (id, c) SELECT p.id, p.x FROM t p JOIN more m ON m.id = p.id;",
                "SELECT a FROM t GROUP BY x;",
                "SELECT id FROM t UNION SELECT x FROM t;",
                "CREATE TABLE n AS SELECT x FROM t;",
            ] {
                assert_fails(dialect, down, "`t.x` is not there when it runs");
            }
            assert_fails(
                dialect,
                "UPDATE o SET c = (SELECT x FROM t WHERE t.id = o.id);",
                "`x` is no column of `o` and `t`",
            );
        }
    }

    #[test]
    fn what_is_in_sight_is_found() {
        for dialect in Dialect::ALL {
            for down in [
                "UPDATE t SET a = b WHERE id > 2;",
                "UPDATE o SET c = (SELECT a FROM t WHERE t.id = c);",
                "INSERT INTO o (id, c) SELECT p.id, p.a FROM t AS p WHERE EXISTS (SELECT 1 FROM more WHERE more.id = p.b);",
                "INSERT INTO o (id, c) SELECT id, y FROM (SELECT id, a AS y FROM t) AS s;",
                "WITH w AS (SELECT id, a AS y FROM t) SELECT y FROM w;",
                "SELECT a AS y FROM t ORDER BY y;",
                "SELECT a AS y, count(*) FROM t GROUP BY y;",
                "SELECT id FROM t UNION SELECT c FROM o ORDER BY id;",
                "SELECT current_timestamp, current_date FROM t;",
                "DELETE FROM t WHERE id IN (SELECT id FROM o WHERE c = b);",
                "SELECT x FROM schema_migrations;",
            ] {
                assert_runs(dialect, down);
            }
        }
    }

    #[test]
    fn a_view_is_read_when_it_is_made_but_on_sqlite() {
        let view = "CREATE VIEW v AS SELECT id, x FROM t;";
        for dialect in [Postgres, MySql] {
            assert_fails(dialect, view, "`t.x` is not there when it runs");
        }
        assert_runs(Sqlite, view);
        let over = "CREATE VIEW v AS SELECT id, a AS y FROM t; SELECT y FROM v;";
        Dialect::ALL
            .iter()
            .for_each(|dialect| assert_runs(*dialect, over));
    }

    #[test]
    fn an_index_computes_of_columns_that_are_there() {
        for dialect in [Postgres, Sqlite] {
            for down in [
                "CREATE INDEX i ON t (abs(x));",
                "CREATE INDEX i ON t (a) WHERE x IS NULL;",
            ] {
                assert_fails(dialect, down, "`t.x` is not there when it runs");
            }
            assert_runs(dialect, "CREATE INDEX i ON t (abs(a)) WHERE b IS NULL;");
        }
    }

    #[test]
    fn a_table_that_is_not_there_is_not_read() {
        for dialect in Dialect::ALL {
            for down in [
                "INSERT INTO t (id) SELECT id FROM nope;",
                "DELETE FROM t WHERE id IN (SELECT id FROM nope);",
                "SELECT 1 FROM t JOIN nope ON nope.id = t.id;",
            ] {
                assert_fails(dialect, down, "`nope` is not there when it runs");
            }
            assert_runs(dialect, "SELECT 1 FROM other.nope;");
        }
        assert_runs(Postgres, "SELECT relname FROM pg_class;");
        assert_runs(Sqlite, "SELECT sql FROM sqlite_master;");
        assert_runs(MySql, "SELECT 1 FROM DUAL WHERE 1;");
    }

    /// Run on PostgreSQL 15.
    #[test]
    fn a_table_of_another_schema_is_another_one() {
        let before = "CREATE SCHEMA s; CREATE TABLE s.u (id int); CREATE TABLE u (id int); CREATE TABLE t (id int);";
        let up = "DROP TABLE u;";
        let told = |down: &str| -> Vec<String> {
            let mut told = told(Postgres, before, up, down);
            told.retain(|told| told.starts_with("cannot_run"));
            told
        };
        assert_eq!(
            told("UPDATE t SET id = 1 FROM u WHERE u.id = t.id;"),
            ["cannot_run: the down fails: `u` is not there when it runs"]
        );
        assert!(told("UPDATE t SET id = 1 FROM s.u WHERE u.id = t.id;").is_empty());
        assert!(told("ALTER TABLE s.u RENAME TO w; UPDATE t SET id = 1 FROM w;").is_empty());
        assert!(told("SET search_path = s; SELECT id FROM u;").is_empty());
        assert!(told("SET search_path = public, s; SELECT id FROM u;").is_empty());
    }

    #[test]
    fn each_database_has_names_of_its_own() {
        assert_runs(
            Postgres,
            "SELECT ctid, xmin, tableoid, t, row_to_json(t) FROM t;",
        );
        assert_runs(Postgres, "SELECT t.lower FROM t;");
        assert_runs(
            Postgres,
            "INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = excluded.b + t.a;",
        );
        assert_fails(
            Postgres,
            "INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = excluded.x;",
            "`t.x` is not there when it runs",
        );
        assert_runs(
            Postgres,
            "SELECT x FROM t, generate_series(1, 2) AS x; SELECT y.x FROM t, LATERAL (SELECT 1 AS x) y;",
        );
        assert_runs(Sqlite, "DELETE FROM t WHERE rowid > 1;");
        assert_runs(Sqlite, "UPDATE t SET a = \"x\";");
        assert_runs(MySql, "SELECT timestampdiff(SECOND, a, b), @x FROM t;");
        assert_runs(MySql, "SELECT A, T.B FROM t AS T;");
        assert_fails(
            Postgres,
            "UPDATE t SET a = \"B\";",
            "`t.B` is not there when it runs",
        );
        assert_runs(Postgres, "UPDATE t SET A = B;");
    }

    #[test]
    fn what_happened_before_in_the_script_counts() {
        for dialect in Dialect::ALL {
            assert_runs(
                dialect,
                "ALTER TABLE t ADD COLUMN x int; UPDATE t SET a = x;",
            );
            assert_fails(
                dialect,
                "ALTER TABLE t DROP COLUMN b; UPDATE t SET a = b;",
                "`t.b` is not there when it runs",
            );
        }
        assert_runs(
            Postgres,
            "CREATE TABLE n AS SELECT id, count(*) FROM t GROUP BY id; SELECT count FROM n;",
        );
        assert_runs(
            Postgres,
            "CREATE TEMP TABLE s (x int); INSERT INTO o (id) SELECT x FROM s;",
        );
    }
}
