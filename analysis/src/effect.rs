//! What does running a statement do to the transaction around it?

use std::collections::HashSet;

use crate::lex::{self, Kind};
use crate::split::Piece;
use crate::{Dialect, Effect, Statement};

/// The place and the effect of each of the `pieces` of `sql`.
#[must_use]
pub fn statements(sql: &str, pieces: &[Piece], dialect: Dialect) -> Vec<Statement> {
    // Backwards, so that each statement knows which strings come after it.
    let adds_labels = dialect == Dialect::Postgres
        && pieces
            .iter()
            .any(|piece| Head::of(sql, piece).begins("ALTER TYPE"));
    let mut later = HashSet::new();
    let mut statements: Vec<Statement> = pieces
        .iter()
        .rev()
        .map(|piece| {
            let statement = Statement {
                span: piece.span,
                effect: effect(sql, piece, dialect, &later),
            };
            if adds_labels {
                let texts = piece.tokens.iter().filter(|token| token.kind == Kind::Text);
                later.extend(texts.map(|token| token.text(sql)));
            }
            statement
        })
        .collect();
    statements.reverse();
    statements
}

fn effect(sql: &str, piece: &Piece, dialect: Dialect, later: &HashSet<&str>) -> Effect {
    let head = Head::of(sql, piece);
    if is_control(&head, dialect) {
        return Effect::Control;
    }
    match dialect {
        Dialect::Sqlite => sqlite(&head),
        Dialect::Postgres if refuses_transaction(&head, later) => Effect::NoTransaction,
        Dialect::Postgres => Effect::Transactional,
        Dialect::MySql if commits(&head) => Effect::ImplicitCommit,
        Dialect::MySql => Effect::Transactional,
    }
}

/// A statement's first words.
struct Head<'a> {
    sql: &'a str,
    piece: &'a Piece,
    /// Its first byte, in upper case: it tells most of the words that are asked for apart.
    first: u8,
}

impl<'a> Head<'a> {
    fn of(sql: &'a str, piece: &'a Piece) -> Head<'a> {
        let start = piece.tokens.first().map(|token| token.span.start as usize);
        let first = start.and_then(|at| sql.as_bytes().get(at));
        Head {
            sql,
            piece,
            first: first.map_or(0, u8::to_ascii_uppercase),
        }
    }

    fn begins(&self, words: &str) -> bool {
        let first = words.as_bytes().first().map(u8::to_ascii_uppercase);
        first == Some(self.first) && lex::begin_with(self.sql, &self.piece.tokens, words)
    }

    fn begins_any(&self, heads: &[&str]) -> bool {
        heads.iter().any(|head| self.begins(head))
    }

    /// Whether the unquoted word stands anywhere in it.
    fn holds(&self, word: &str) -> bool {
        let mut tokens = self.piece.tokens.iter();
        tokens.any(|token| token.is_word(self.sql, word))
    }

    /// Whether one of its first `count` tokens is that word.
    fn soon(&self, word: &str, count: usize) -> bool {
        let mut tokens = self.piece.tokens.iter().take(count);
        tokens.any(|token| token.is_word(self.sql, word))
    }
}

fn is_control(head: &Head<'_>, dialect: Dialect) -> bool {
    match dialect {
        // `END` commits, and `ROLLBACK TO` goes back to a savepoint only.
        Dialect::Sqlite => {
            head.begins_any(&["BEGIN", "COMMIT", "END"])
                || (head.begins("ROLLBACK") && !head.soon("TO", 3))
        }
        Dialect::Postgres => {
            head.begins_any(&[
                "BEGIN",
                "COMMIT",
                "END",
                "ABORT",
                "START TRANSACTION",
                "PREPARE TRANSACTION",
            ]) || (head.begins("ROLLBACK") && !head.soon("TO", 3))
        }
        Dialect::MySql => {
            (head.begins("BEGIN") && !head.begins("BEGIN NOT"))
                || head.begins_any(&["COMMIT", "START TRANSACTION", "XA"])
                || (head.begins("ROLLBACK") && !head.soon("TO", 3))
                || (head.begins("SET") && sets(head, "AUTOCOMMIT"))
        }
    }
}

/// Whether a `SET` names the variable `name`, as `name`, `@@name` or `@@session.name`.
fn sets(head: &Head<'_>, name: &str) -> bool {
    let tokens = &head.piece.tokens;
    tokens.iter().any(|token| {
        let text = token.text(head.sql);
        let text = text.trim_start_matches('@');
        text.eq_ignore_ascii_case(name)
    })
}

fn sqlite(head: &Head<'_>) -> Effect {
    let pragma = |name| head.begins("PRAGMA") && head.soon(name, 4);
    if pragma("foreign_keys") {
        return Effect::OutsideOnly;
    }
    let refused = [
        "journal_mode",
        "synchronous",
        "temp_store",
        "wal_checkpoint",
    ];
    if head.begins_any(&["VACUUM", "DETACH"]) || refused.into_iter().any(pragma) {
        return Effect::NoTransaction;
    }
    Effect::Transactional
}

/// What PostgreSQL refuses in a transaction block.
fn refuses_transaction(head: &Head<'_>, later: &HashSet<&str>) -> bool {
    let always = [
        "CREATE DATABASE",
        "DROP DATABASE",
        "CREATE TABLESPACE",
        "DROP TABLESPACE",
        "ALTER SYSTEM",
        "VACUUM",
        "DISCARD ALL",
        "COMMIT PREPARED",
        "ROLLBACK PREPARED",
        "CREATE SUBSCRIPTION",
        "DROP SUBSCRIPTION",
    ];
    let index = ["CREATE INDEX", "CREATE UNIQUE INDEX", "DROP INDEX"];
    let everything = ["DATABASE", "SYSTEM", "SCHEMA"];
    head.begins_any(&always)
        || (head.begins_any(&index) && head.soon("CONCURRENTLY", 5))
        || (head.begins("REINDEX")
            && (head.holds("CONCURRENTLY") || everything.iter().any(|word| head.soon(word, 6))))
        || (head.begins("ALTER TABLE") && head.holds("DETACH") && head.holds("CONCURRENTLY"))
        || (head.begins("ALTER DATABASE") && head.holds("TABLESPACE"))
        || (head.begins("ALTER SUBSCRIPTION") && head.holds("REFRESH"))
        || (head.begins("CLUSTER") && head.piece.tokens.len() == 1)
        || adds_enum_value_for_use(head, later)
}

/// `ALTER TYPE … ADD VALUE` runs in a transaction, but nothing can use the value before the commit. So it must stand
/// outside of one exactly where a later statement of the script names the value.
fn adds_enum_value_for_use(head: &Head<'_>, later: &HashSet<&str>) -> bool {
    let tokens = &head.piece.tokens;
    let mut texts = tokens.iter().filter(|token| token.kind == Kind::Text);
    head.begins("ALTER TYPE")
        && head.holds("ADD")
        && head.holds("VALUE")
        && texts
            .next()
            .is_some_and(|label| later.contains(label.text(head.sql)))
}

/// What commits by itself on MySQL or MariaDB.
fn commits(head: &Head<'_>) -> bool {
    if head.begins_any(&["CREATE", "DROP"]) && head.soon("TEMPORARY", 4) && head.soon("TABLE", 5) {
        return false;
    }
    head.begins_any(&[
        "ALTER",
        "CREATE",
        "DROP",
        "RENAME",
        "TRUNCATE",
        "INSTALL",
        "UNINSTALL",
        "GRANT",
        "REVOKE",
        "SET PASSWORD",
        "SET DEFAULT ROLE",
        "LOCK TABLE",
        "LOCK TABLES",
        "UNLOCK TABLE",
        "UNLOCK TABLES",
        "ANALYZE",
        "CACHE INDEX",
        "CHECK TABLE",
        "FLUSH",
        "LOAD INDEX",
        "OPTIMIZE",
        "REPAIR",
        "RESET",
        "IMPORT TABLE",
        "CHANGE",
        "START SLAVE",
        "STOP SLAVE",
        "START REPLICA",
        "STOP REPLICA",
        // What they run is decided at run time, and may be DDL.
        "CALL",
        "EXECUTE",
        "BEGIN NOT",
        "IF",
        "FOR",
        "LOOP",
        "WHILE",
        "REPEAT",
        "CASE",
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn effects(sql: &str, dialect: Dialect) -> Vec<Effect> {
        let statements = statements(sql, &split(sql, dialect), dialect);
        statements.into_iter().map(|s| s.effect).collect()
    }

    #[track_caller]
    fn assert_all(dialect: Dialect, effect: Effect, scripts: &[&str]) {
        for sql in scripts {
            assert_eq!(effects(sql, dialect), [effect], "{sql}");
        }
    }

    #[test]
    fn postgres_refuses_some_statements_in_a_transaction() {
        let refused = [
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
            "create index concurrently on t (a)",
            "DROP INDEX CONCURRENTLY IF EXISTS i",
            "REINDEX (VERBOSE) INDEX CONCURRENTLY i",
            "REINDEX SCHEMA public",
            "VACUUM FULL t",
            "CREATE DATABASE d",
            "DROP TABLESPACE s",
            "ALTER SYSTEM SET work_mem = '1MB'",
            "ALTER TABLE p DETACH PARTITION q CONCURRENTLY",
            "CLUSTER",
        ];
        assert_all(Dialect::Postgres, Effect::NoTransaction, &refused);
        let fine = [
            "CREATE INDEX concurrently_made ON t (a)",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "ALTER TYPE mood ADD VALUE 'so-so'",
            "CLUSTER t",
            "REINDEX TABLE t",
            "SAVEPOINT s",
            "ROLLBACK TO s",
            "ALTER TABLE p DETACH PARTITION q",
        ];
        assert_all(Dialect::Postgres, Effect::Transactional, &fine);
    }

    #[test]
    fn an_enum_value_that_is_used_at_once_needs_a_commit_before() {
        let used = "ALTER TYPE m ADD VALUE IF NOT EXISTS 'x' AFTER 'a'; UPDATE t SET m = 'x';";
        let expected = [Effect::NoTransaction, Effect::Transactional];
        assert_eq!(effects(used, Dialect::Postgres), expected);
        let other = "ALTER TYPE m ADD VALUE 'x' AFTER 'a'; UPDATE t SET m = 'a';";
        let expected = [Effect::Transactional, Effect::Transactional];
        assert_eq!(effects(other, Dialect::Postgres), expected);
    }

    #[test]
    fn mysql_commits_at_ddl() {
        let commits = [
            "ALTER TABLE t ADD a int",
            "/*!50003 DROP TABLE t */",
            "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END",
            "TRUNCATE t",
            "EXECUTE stmt",
            "BEGIN NOT ATOMIC DROP TABLE t; END",
        ];
        assert_all(Dialect::MySql, Effect::ImplicitCommit, &commits);
        let plain = [
            "CREATE TEMPORARY TABLE t (a int)",
            "DROP TEMPORARY TABLE IF EXISTS t",
            "INSERT INTO t VALUES (1)",
            "SET foreign_key_checks = 0",
        ];
        assert_all(Dialect::MySql, Effect::Transactional, &plain);
    }

    #[test]
    fn sqlite_switches_foreign_keys_outside_only() {
        let outside = ["PRAGMA foreign_keys = OFF", "pragma main.foreign_keys(0)"];
        assert_all(Dialect::Sqlite, Effect::OutsideOnly, &outside);
        let refused = ["VACUUM", "PRAGMA journal_mode = WAL"];
        assert_all(Dialect::Sqlite, Effect::NoTransaction, &refused);
        let plain = ["PRAGMA foreign_key_check", "CREATE TABLE t (a)"];
        assert_all(Dialect::Sqlite, Effect::Transactional, &plain);
    }

    #[test]
    fn transactions_of_the_script_are_control() {
        for dialect in Dialect::ALL {
            assert_all(dialect, Effect::Control, &["BEGIN", "COMMIT", "ROLLBACK"]);
        }
        assert_all(
            Dialect::MySql,
            Effect::Control,
            &["SET autocommit = 0", "START TRANSACTION"],
        );
        assert_all(
            Dialect::Sqlite,
            Effect::Control,
            &["BEGIN IMMEDIATE", "END"],
        );
        assert_all(
            Dialect::Postgres,
            Effect::Control,
            &["start transaction read only", "END"],
        );
    }
}
