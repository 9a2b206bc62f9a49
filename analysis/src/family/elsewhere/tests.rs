//! Each of these was run on PostgreSQL 15, MariaDB 10.11 and SQLite 3.40.

use super::foreign;
use crate::Dialect::{self, MySql, Postgres, Sqlite};
use crate::split::split;

/// What is told of a statement, and what to do about it.
fn told(dialect: Dialect, sql: &str) -> Option<(String, String)> {
    let pieces = split(sql, dialect);
    let found = foreign(dialect, sql, &pieces.first()?.tokens)?;
    Some((found.why, found.instead))
}

#[test]
fn words_of_mysql_are_told_on_the_others() {
    for (sql, postgres, sqlite) in [
        (
            "ALTER TABLE t MODIFY a text",
            "write `ALTER COLUMN a TYPE text`",
            "make the table anew",
        ),
        (
            "ALTER TABLE t MODIFY COLUMN a text NOT NULL",
            "write `ALTER COLUMN a TYPE text`",
            "make the table anew",
        ),
        (
            "ALTER TABLE t CHANGE a c text",
            "write `RENAME COLUMN a TO c`",
            "write `RENAME COLUMN a TO c`",
        ),
        (
            "ALTER TABLE t DROP INDEX i",
            "write `DROP INDEX i;`",
            "write `DROP INDEX i;`",
        ),
        (
            "ALTER TABLE t DROP FOREIGN KEY k",
            "write `DROP CONSTRAINT k`",
            "make the table anew",
        ),
        (
            "ALTER TABLE t DROP PRIMARY KEY",
            "write `DROP CONSTRAINT`",
            "make the table anew",
        ),
        (
            "ALTER TABLE t RENAME INDEX i TO j",
            "write `ALTER INDEX i RENAME TO …;`",
            "drop it",
        ),
        (
            "ALTER TABLE t ADD INDEX j (b)",
            "write `CREATE INDEX j ON …;`",
            "write `CREATE INDEX j ON …;`",
        ),
        (
            "ALTER TABLE t ADD UNIQUE KEY j (b)",
            "write `UNIQUE`",
            "make a `CREATE UNIQUE INDEX`",
        ),
        (
            "ALTER TABLE t ENGINE=InnoDB",
            "leave it out",
            "leave it out",
        ),
        (
            "CREATE TABLE n (id int) ENGINE=InnoDB",
            "leave it out",
            "leave it out",
        ),
        (
            "CREATE TABLE n (id int) DEFAULT CHARSET=utf8mb4",
            "leave it out",
            "leave it out",
        ),
        (
            "CREATE TABLE n (id int, KEY k (id))",
            "write `CREATE INDEX k ON …`",
            "write `CREATE INDEX k ON …`",
        ),
        (
            "CREATE TABLE n (id int, UNIQUE KEY k (id))",
            "write `UNIQUE`",
            "write `UNIQUE`",
        ),
        (
            "CREATE TABLE n (e enum('a', 'b'))",
            "make a `CREATE TYPE",
            "write `text CHECK",
        ),
        (
            "CREATE TABLE n (a timestamp ON UPDATE CURRENT_TIMESTAMP)",
            "write a trigger",
            "write a trigger",
        ),
        (
            "DROP INDEX i ON t",
            "write `DROP INDEX i`",
            "write `DROP INDEX i`",
        ),
        (
            "INSERT INTO o VALUES (1) ON DUPLICATE KEY UPDATE id = 1",
            "write `ON CONFLICT",
            "write `ON CONFLICT",
        ),
        (
            "RENAME TABLE t TO x",
            "write `ALTER TABLE",
            "write `ALTER TABLE",
        ),
    ] {
        for (dialect, expected) in [(Postgres, postgres), (Sqlite, sqlite)] {
            let (_, instead) = told(dialect, sql).unwrap_or_default();
            assert!(
                instead.starts_with(expected),
                "{sql} on {dialect}: {instead}"
            );
        }
        assert_eq!(told(MySql, sql), None, "{sql}");
    }
    for sql in [
        "CREATE TABLE n (id int COMMENT 'x')",
        "ALTER TABLE t ADD COLUMN z int UNSIGNED",
        "ALTER TABLE t ADD COLUMN z text AFTER a",
        "UPDATE t SET a = 'x' LIMIT 1",
    ] {
        assert!(told(Postgres, sql).is_some(), "{sql}");
        assert_eq!(told(MySql, sql), None, "{sql}");
    }
}

#[test]
fn words_of_postgres_are_told_on_mysql() {
    for (sql, expected) in [
        (
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
            "write `MODIFY COLUMN a`, its type and `NOT NULL`",
        ),
        (
            "ALTER TABLE t ALTER a DROP NOT NULL",
            "write `MODIFY COLUMN a`, its type and `NULL`",
        ),
        (
            "ALTER TABLE t ALTER COLUMN a TYPE text",
            "write `MODIFY COLUMN a`",
        ),
        ("ALTER TABLE t RENAME CONSTRAINT u TO w", "drop it"),
        (
            "ALTER TABLE t ADD CONSTRAINT k CHECK (b > 0) NOT VALID",
            "leave it out",
        ),
        ("CREATE INDEX CONCURRENTLY j ON t (b)", "leave it out"),
        (
            "CREATE INDEX j ON t USING btree (b)",
            "write it in front of `ON`",
        ),
        (
            "CREATE INDEX j ON t (b) WHERE b > 1",
            "leave the condition out",
        ),
        ("CREATE TYPE x AS ENUM ('a')", "leave it out"),
        (
            "CREATE TABLE n (id int GENERATED ALWAYS AS IDENTITY)",
            "write `AUTO_INCREMENT`",
        ),
        ("DROP TRIGGER x ON t", "write `DROP TRIGGER x`"),
        ("DROP INDEX i", "write `DROP INDEX i ON`"),
        (
            "UPDATE t SET a = 'x' FROM o WHERE t.id = o.id",
            "write `UPDATE a JOIN b",
        ),
        (
            "INSERT INTO o VALUES (1) ON CONFLICT DO NOTHING",
            "write `INSERT IGNORE`",
        ),
    ] {
        let (_, instead) = told(MySql, sql).unwrap_or_default();
        assert!(instead.starts_with(expected), "{sql}: {instead}");
        if sql != "DROP INDEX i" {
            assert_eq!(told(Postgres, sql), None, "{sql}");
        }
    }
    assert_eq!(told(Postgres, "DROP INDEX i"), None);
}

#[test]
fn what_sqlite_cannot_do_is_told_there() {
    for (sql, expected) in [
        (
            "ALTER TABLE t ALTER COLUMN a TYPE text",
            "make the table anew",
        ),
        (
            "ALTER TABLE t ALTER COLUMN a SET DEFAULT 'x'",
            "make the table anew",
        ),
        (
            "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)",
            "make a `CREATE UNIQUE INDEX`",
        ),
        (
            "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES o (id)",
            "make the table anew",
        ),
        ("ALTER TABLE t ADD COLUMN z int UNIQUE", "add it without"),
        (
            "ALTER TABLE t ADD COLUMN z int PRIMARY KEY",
            "make the table anew",
        ),
        (
            "ALTER TABLE t ADD COLUMN y int, ADD COLUMN z int",
            "write an `ALTER TABLE` for each",
        ),
        ("DROP TABLE t, o", "write a `DROP TABLE` for each"),
        ("DROP TABLE t CASCADE", "leave it out"),
        ("TRUNCATE TABLE t", "write `DELETE FROM`"),
        (
            "CREATE OR REPLACE VIEW v AS SELECT 1",
            "write `DROP VIEW IF EXISTS",
        ),
        (
            "CREATE TABLE n (a timestamp DEFAULT now())",
            "write `DEFAULT CURRENT_TIMESTAMP`",
        ),
        (
            "CREATE TABLE n (a uuid DEFAULT gen_random_uuid())",
            "put an expression",
        ),
        ("DELETE FROM t USING o WHERE t.id = o.id", "write `WHERE"),
    ] {
        let (_, instead) = told(Sqlite, sql).unwrap_or_default();
        assert!(instead.starts_with(expected), "{sql}: {instead}");
        assert_eq!(told(Postgres, sql), None, "{sql}");
    }
}

#[test]
fn slips_are_told_everywhere() {
    for dialect in Dialect::ALL {
        for (sql, expected) in [
            ("ALTER TABLE t DELETE COLUMN a", "write `DROP COLUMN a`"),
            ("ALTER TABLE t INSERT COLUMN a text", "write `ADD COLUMN`"),
            (
                "ALTER TABLE t ADD COLUMN IF EXISTS z text",
                "write `ADD COLUMN",
            ),
            ("ALTER TABLE t DROP COLUMN a text", "write `DROP COLUMN a`"),
            (
                "ALTER TABLE t ADD COLUMN z text NOT NULL DEFAULT",
                "write the value",
            ),
        ] {
            let (_, instead) = told(dialect, sql).unwrap_or_default();
            assert!(
                instead.starts_with(expected),
                "{sql} on {dialect}: {instead}"
            );
        }
    }
}

#[test]
fn what_only_looks_like_words_of_others_is_not_told() {
    for dialect in Dialect::ALL {
        for sql in [
            "CREATE TABLE engine (modify int, change int, comment text DEFAULT 'x', enum text)",
            "CREATE TABLE t (a int DEFAULT 1, b int DEFAULT (1 + 1), c timestamp DEFAULT CURRENT_TIMESTAMP)",
            "CREATE TABLE t (a text DEFAULT 'ON UPDATE CURRENT_TIMESTAMP', b text DEFAULT 'x')",
            "CREATE TABLE n (id int, t int DEFAULT 0 REFERENCES t (id) ON DELETE SET DEFAULT)",
            "ALTER TABLE t ADD COLUMN after int",
            "ALTER TABLE t DROP COLUMN modify",
            "ALTER TABLE t RENAME COLUMN change TO modify",
            "INSERT INTO t SELECT 'OR IGNORE ON DUPLICATE KEY UPDATE'",
            "UPDATE t SET a = (SELECT max(b) FROM o LIMIT 1)",
            "DELETE FROM t WHERE id IN (SELECT id FROM o LIMIT 1)",
            "CREATE TRIGGER engine AFTER INSERT ON t FOR EACH ROW BEGIN UPDATE t SET a = 1; END",
        ] {
            assert_eq!(told(dialect, sql), None, "{sql} on {dialect}");
        }
    }
    for sql in [
        "ALTER TABLE t DROP index",
        "ALTER TABLE t DROP key CASCADE",
        "ALTER TABLE t RENAME index TO other",
        "ALTER TABLE t ADD key text",
        "ALTER TABLE t ADD key varchar(20)",
        "ALTER TABLE t ADD index geometry(Point, 4326)",
        "ALTER TABLE t DROP COLUMN a CASCADE, DROP COLUMN b RESTRICT",
        "CREATE TABLE n (id int, key varchar(9), index text)",
        "CREATE TABLE n (a int) WITH (fillfactor = 70)",
        "CREATE TABLE n (a int) PARTITION BY RANGE (a)",
        "CREATE UNIQUE INDEX concurrently ON t (a)",
        "DROP INDEX CONCURRENTLY i",
        "DROP TRIGGER x ON t",
        "UPDATE t SET a = o.a FROM o WHERE o.id = t.id",
    ] {
        assert_eq!(told(Postgres, sql), None, "{sql}");
    }
    for sql in [
        "ALTER TABLE t ALTER COLUMN a SET DEFAULT 1",
        "ALTER TABLE t ALTER a DROP DEFAULT",
        "ALTER TABLE t DROP INDEX i, DROP PRIMARY KEY, DROP COLUMN a RESTRICT",
        "ALTER TABLE t ADD COLUMN (y int, z int)",
        "CREATE TABLE n (a int DEFAULT now(), b int GENERATED ALWAYS AS (a + 1))",
        "INSERT INTO t SELECT a FROM o JOIN p ON conflict = 1",
        "CREATE INDEX i USING btree ON t (a)",
        "CREATE INDEX i ON t (a) USING btree",
        "DROP INDEX i ON t",
        "DROP TRIGGER x",
    ] {
        assert_eq!(told(MySql, sql), None, "{sql}");
    }
    for sql in [
        "CREATE TABLE n (a int) WITHOUT ROWID, STRICT",
        "CREATE TABLE n (a int UNIQUE, b int DEFAULT -1, c int DEFAULT (random()))",
        "ALTER TABLE t ADD COLUMN z decimal(1, 2) DEFAULT (1)",
        "ALTER TABLE t RENAME a TO b",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)",
        "INSERT OR IGNORE INTO t VALUES (1)",
        "INSERT INTO t SELECT 1 WHERE true ON CONFLICT (id) DO NOTHING",
    ] {
        assert_eq!(told(Sqlite, sql), None, "{sql}");
    }
}

#[test]
fn a_column_without_a_type_is_told() {
    for dialect in Dialect::ALL {
        for (sql, is_told) in [
            ("ALTER TABLE t ADD COLUMN a", true),
            (
                "ALTER TABLE t ADD COLUMN b int, ADD COLUMN IF NOT EXISTS a",
                true,
            ),
            ("ALTER TABLE t ADD COLUMN a int", false),
        ] {
            let found = told(dialect, sql).filter(|(why, _)| why == "the column `a` has no type");
            assert_eq!(found.is_some(), is_told && dialect != Sqlite, "{sql}");
        }
    }
}

#[test]
fn parameters_of_a_routine_that_is_dropped_are_told() {
    for (sql, is_told) in [
        ("DROP FUNCTION IF EXISTS f(int)", true),
        ("DROP PROCEDURE f ()", true),
        ("DROP FUNCTION f", false),
        ("DROP FUNCTION IF EXISTS d.f", false),
    ] {
        assert_eq!(told(MySql, sql).is_some(), is_told, "{sql}");
        assert_eq!(told(Postgres, sql), None, "{sql}");
    }
}
