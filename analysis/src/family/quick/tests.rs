use proptest::prelude::*;
use sqlparser::keywords::ALL_KEYWORDS;

use super::super::cursor::Cursor;
use super::super::grammar;
use super::super::query_of_view;
use super::quick;
use crate::Dialect;
use crate::act::Act;
use crate::split::split;

/// Whether every statement of `sql` that is read here asks for the same where the grammar reads it; how many are.
#[track_caller]
fn assert_same(dialect: Dialect, sql: &str) -> usize {
    let mut quickly = 0;
    for piece in split(sql, dialect) {
        let cursor = Cursor::new(dialect, sql, &piece.tokens);
        let Some(steps) = quick(cursor) else {
            continue;
        };
        quickly += 1;
        for step in &steps {
            if let Act::CreateView { query, text, .. } = &step.act {
                query.get_or_init(|| query_of_view(dialect, text));
            }
        }
        assert_eq!(Some(steps), grammar(cursor), "{dialect:?}: {sql}");
    }
    quickly
}

#[test]
fn the_commonest_statements_are_read_quickly() {
    let sql = "CREATE TABLE IF NOT EXISTS a.t (id bigint PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', n numeric(10, 2) \
               DEFAULT -1.5 NULL, b boolean DEFAULT TRUE, u int REFERENCES u (id) ON UPDATE NO ACTION ON DELETE CASCADE, made timestamp DEFAULT \
               CURRENT_TIMESTAMP, CONSTRAINT k UNIQUE (id, n), FOREIGN KEY (u) REFERENCES v(w) ON DELETE SET NULL, PRIMARY KEY (id));\n\
               CREATE UNIQUE INDEX i ON a.t (id DESC, n);\n\
               ALTER TABLE t ADD COLUMN c text UNIQUE, DROP COLUMN d;\nALTER TABLE a.t RENAME TO b;\n\
               DROP TABLE IF EXISTS a, b.c CASCADE;\nDROP INDEX i;\nDROP VIEW v RESTRICT";
    for dialect in Dialect::ALL {
        assert_eq!(assert_same(dialect, sql), 7, "{dialect:?}");
    }
    let more = "CREATE TABLE t (a int CHECK (a >= 0 OR (a <> -1 AND b IS NOT NULL)), CONSTRAINT c CHECK (a NOT IN (1, 2)));\n\
                CREATE INDEX i ON t (a) WHERE b = 'x';\nALTER TABLE t ADD c character varying(3);\n\
                INSERT INTO t (a, b) VALUES (1, 'x'), (NULL, TRUE);\nINSERT INTO a.t VALUES (-1.5);\nSELECT 1;\n\
                SELECT 'x'";
    for dialect in Dialect::ALL {
        assert_eq!(assert_same(dialect, more), 7, "{dialect:?}");
    }
    let copies = "INSERT INTO t (a, b) SELECT own, name FROM a.u;\nINSERT INTO t SELECT * FROM u;\n\
                  CREATE TABLE t (a text DEFAULT (f('a', 1)), CHECK (length(a) > 0 AND length(b) IS NOT NULL));\n\
                  DROP TRIGGER IF EXISTS a ON t";
    for dialect in Dialect::ALL {
        assert_eq!(assert_same(dialect, copies), 4, "{dialect:?}");
    }
}

#[test]
fn what_one_database_says_is_read_quickly() {
    let sqlite = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL);\n\
                  CREATE TABLE t (key text, a timestamp NOT NULL DEFAULT (DATETIME('now')), b text DEFAULT (f()))";
    assert_eq!(assert_same(Dialect::Sqlite, sqlite), 2);
    let mysql =
        "CREATE TABLE t (id bigint(20) unsigned AUTO_INCREMENT, KEY `k` (`id`), INDEX i (id, b))";
    assert_eq!(assert_same(Dialect::MySql, mysql), 1);
    let keys = "CREATE TABLE t (a binary(16), b varchar(9) COLLATE utf8mb4_bin DEFAULT 'x', c datetime(3) DEFAULT CURRENT_TIMESTAMP(3) \
                ON UPDATE CURRENT_TIMESTAMP(3), UNIQUE KEY `k` (`a`, b), CONSTRAINT c UNIQUE INDEX i (a)) ROW_FORMAT=DYNAMIC ENGINE InnoDB;\n\
                ALTER TABLE t MODIFY COLUMN a int NOT NULL DEFAULT 0, CHANGE b c text, CHANGE COLUMN d `e` bigint unsigned;\n\
                ALTER TABLE t DROP FOREIGN KEY f, DROP INDEX i, DROP PRIMARY KEY, DROP COLUMN c;\nDROP INDEX i ON a.t";
    assert_eq!(assert_same(Dialect::MySql, keys), 4);
    // What stands behind a default is a part of it.
    let collated = "CREATE TABLE t (a text DEFAULT 'x' COLLATE utf8mb4_bin)";
    assert_eq!(assert_same(Dialect::MySql, collated), 0);
    let options = "CREATE TABLE t (a int) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_Bin;\n\
                   CREATE TABLE t (a int) COLLATE utf8mb4_bin, engine MEMORY;\nCREATE TABLE t (a int) CHARACTER SET Latin1";
    assert_eq!(assert_same(Dialect::MySql, options), 3);
    let postgres = "CREATE TABLE t (a \"Mood\" NOT NULL);\nALTER TABLE t ALTER COLUMN a TYPE text;\n\
                    ALTER TABLE t ALTER COLUMN a TYPE \"M\" USING a::\"M\";\n\
                    ALTER TABLE IF EXISTS ONLY a.t ADD CONSTRAINT k PRIMARY KEY (a);\n\
                    ALTER TABLE t ALTER COLUMN a SET DEFAULT nextval('s'::regclass);\n\
                    CREATE TABLE t (key jsonb DEFAULT '{}'::jsonb NOT NULL, index text DEFAULT ''::text);\n\
                    CREATE TYPE a.t AS ENUM ('x', 'y');\nALTER TYPE t ADD VALUE IF NOT EXISTS 'z'";
    assert_eq!(assert_same(Dialect::Postgres, postgres), 8);
    let changes = "ALTER TABLE t ALTER a SET NOT NULL, DROP b, DROP IF EXISTS c CASCADE;\n\
                   ALTER TABLE t RENAME CONSTRAINT a TO b;\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\n\
                   ALTER TABLE t ALTER COLUMN a TYPE timestamptz USING a, ADD b timestamp NOT NULL DEFAULT now();\n\
                   CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);\nCREATE UNIQUE INDEX ON a.t (b DESC);\n\
                   CREATE TABLE t (a int CONSTRAINT p PRIMARY KEY, b text CONSTRAINT n NOT NULL COLLATE \"C\" UNIQUE, c int \
                   CONSTRAINT f REFERENCES u (a) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED)";
    assert_eq!(assert_same(Dialect::Postgres, changes), 7);
    let others = "COMMENT ON TABLE t IS 'x';\nCOMMENT ON COLUMN a.t IS NULL;\nDROP TRIGGER a ON b.t CASCADE;\n\
                  CREATE TRIGGER a AFTER INSERT OR UPDATE ON b.t FOR EACH STATEMENT EXECUTE PROCEDURE c.f();\n\
                  INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING";
    assert_eq!(assert_same(Dialect::Postgres, others), 5);
    let views = "CREATE VIEW a.v AS SELECT a, count(*) AS b FROM t JOIN u USING (c) WHERE d > 1 GROUP BY a;\n\
                 CREATE OR REPLACE VIEW v AS WITH w AS (SELECT 1) SELECT * FROM w";
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        assert_eq!(assert_same(dialect, views), 2, "{dialect:?}");
    }
    assert_eq!(assert_same(Dialect::Sqlite, views), 0);
    let path = "SET search_path TO app;\nSET Search_Path = App";
    assert_eq!(assert_same(Dialect::Postgres, path), 2);
}

/// Statements in which a word may be what the grammar takes for something else.
const PLACES: [&str; 86] = [
    "CREATE VIEW ? AS SELECT 1",
    "CREATE OR REPLACE VIEW a.? AS SELECT 1",
    "SET search_path TO ?",
    "CREATE TABLE ? (a int)",
    "CREATE TABLE t (? int)",
    "CREATE TABLE t (a ?)",
    "CREATE TABLE t (a int DEFAULT ?)",
    "CREATE TABLE t (a int DEFAULT ?())",
    "CREATE TABLE t (a int DEFAULT 1 ?, b int)",
    "CREATE TABLE t (a int, PRIMARY KEY (?))",
    "CREATE TABLE t (a int, CONSTRAINT ? UNIQUE (a))",
    "CREATE TABLE t (a int, UNIQUE (b, ?, c))",
    "CREATE TABLE t (a int, FOREIGN KEY (?) REFERENCES u (?, b))",
    "CREATE TABLE t (a int REFERENCES u (?))",
    "CREATE TABLE t (a int REFERENCES ?)",
    "CREATE INDEX i ON t (?, ?, b)",
    "CREATE INDEX ? ON t (a)",
    "CREATE INDEX i ON t (? DESC)",
    "ALTER TABLE t ADD COLUMN ? int",
    "ALTER TABLE t ALTER COLUMN ? SET NOT NULL",
    "DROP TABLE a.?",
    "CREATE TABLE t (a int CHECK (? > 1))",
    "CREATE TABLE t (a int, CHECK (a > ? AND b IN (?)))",
    "CREATE TABLE t (a int, CHECK (? IS NOT NULL))",
    "CREATE TABLE t (a int, KEY ? (a))",
    "CREATE TABLE t (a int ?)",
    "CREATE INDEX i ON t (b) WHERE ? = ?",
    "ALTER TABLE t ADD ? int",
    "ALTER TABLE t ALTER COLUMN a TYPE ?",
    "INSERT INTO ? VALUES (1)",
    "INSERT INTO t (?, b) VALUES (1, 2)",
    "INSERT INTO t VALUES (?)",
    "SELECT ?",
    "CREATE TABLE t (a int DEFAULT (?('now')))",
    "CREATE TABLE t (a int DEFAULT ?('x'::?) NOT NULL)",
    "CREATE TABLE t (a int DEFAULT ''::?)",
    "ALTER TABLE t ADD a int DEFAULT ''::? NULL",
    "CREATE TYPE ? AS ENUM ('x')",
    "ALTER TYPE ? ADD VALUE 'x'",
    "ALTER TABLE ONLY ? ADD a int",
    "CREATE TABLE t (a int) ? utf8mb4_bin",
    "CREATE TABLE t (a int) ENGINE ? DEFAULT COLLATE=?",
    "CREATE TABLE t (a int) DEFAULT CHARACTER SET = ?, COLLATE x",
    "CREATE TABLE t (a int) ROW_FORMAT ? ENGINE x",
    "CREATE TABLE t (a text DEFAULT ?('x', 1))",
    "CREATE TABLE t (a text CHECK (?(a) = 1))",
    "CREATE TABLE t (a text CHECK (length(?) = 1 OR ?(a) IS NULL))",
    "CREATE INDEX i ON t (a) WHERE ?(a) = 'x'",
    "INSERT INTO t SELECT ? FROM u",
    "INSERT INTO t SELECT a, ? FROM u",
    "INSERT INTO t (a) SELECT ?, b FROM u",
    "INSERT INTO t SELECT * FROM ?",
    "INSERT INTO t SELECT a FROM b.?",
    "INSERT INTO t SELECT * FROM u ?",
    "INSERT INTO t ? SELECT a FROM u",
    "INSERT INTO t VALUES (1) ON CONFLICT DO ?",
    "CREATE TRIGGER ? AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "CREATE TRIGGER a BEFORE UPDATE OR ? ON t FOR EACH STATEMENT EXECUTE PROCEDURE f()",
    "CREATE TRIGGER a AFTER DELETE ON ? FOR EACH ROW EXECUTE FUNCTION ?()",
    "DROP TRIGGER ? ON t",
    "DROP TRIGGER a ON ?",
    "DROP TRIGGER a ON t ?",
    "COMMENT ON ? t IS 'x'",
    "COMMENT ON COLUMN t.? IS NULL",
    "CREATE TABLE t (a int CONSTRAINT ? NOT NULL)",
    "CREATE TABLE t (a int CONSTRAINT c ?)",
    "CREATE TABLE t (a text COLLATE ? NULL)",
    "CREATE TABLE t (a text COLLATE a.?)",
    "CREATE TABLE t (a text COLLATE b ?)",
    "CREATE TABLE t (a timestamp DEFAULT CURRENT_TIMESTAMP(3) ?)",
    "CREATE TABLE t (a timestamp ON UPDATE ?)",
    "CREATE TABLE t (a timestamp ON UPDATE CURRENT_TIMESTAMP ?)",
    "CREATE TABLE t (a int, UNIQUE KEY ? (a))",
    "CREATE TABLE t (a int REFERENCES u DEFERRABLE ?)",
    "CREATE INDEX CONCURRENTLY ? ON t (a)",
    "CREATE INDEX ? t (a)",
    "DROP INDEX i ON ?",
    "DROP INDEX i ?",
    "ALTER TABLE t ALTER ? SET NOT NULL",
    "ALTER TABLE t ALTER ? TYPE text USING ?",
    "ALTER TABLE t ALTER a TYPE text USING a ?",
    "ALTER TABLE t DROP ?",
    "ALTER TABLE t DROP ? a",
    "ALTER TABLE t RENAME CONSTRAINT ? TO b",
    "ALTER TABLE t MODIFY ? int",
    "ALTER TABLE t MODIFY a int ?",
];

#[test]
fn every_word_of_the_grammar_is_read_as_the_grammar_reads_it() {
    for place in PLACES {
        for word in ALL_KEYWORDS.iter().chain(&["serial", "\"Q\"", "Plain"]) {
            for dialect in Dialect::ALL {
                // MySQL has no such name, and where it stands between values the grammar is not asked.
                if (dialect, *word) != (Dialect::MySql, "XOR") {
                    assert_same(dialect, &place.replace('?', word));
                }
            }
        }
    }
}

#[test]
fn the_labelled_corpus_is_read_as_the_grammar_reads_it() {
    let mut quickly = 0;
    for text in crate::corpus::texts() {
        for dialect in Dialect::ALL {
            quickly += assert_same(dialect, &text);
        }
    }
    assert!(quickly > 500, "{quickly}");
}

fn part() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "CREATE TABLE",
        "CREATE INDEX",
        "CREATE UNIQUE INDEX",
        "ALTER TABLE",
        "DROP TABLE",
        "DROP INDEX",
        "IF EXISTS",
        "IF NOT EXISTS",
        "IF",
        "NOT",
        "NULL",
        "NOT NULL",
        "t",
        "a.b",
        "a . b",
        "a.b.c",
        "\"a\"",
        "`a`",
        "[a]",
        "\"a\"\"b\"",
        "(",
        ")",
        ",",
        "a",
        "int",
        "text",
        "varchar(20)",
        "VARCHAR (3)",
        "numeric(1,2)",
        "timestamp with time zone",
        "time(3)",
        "double precision",
        "mood",
        "int[]",
        "int[3]",
        "serial",
        "PRIMARY KEY",
        "UNIQUE",
        "FOREIGN KEY",
        "REFERENCES u (a)",
        "REFERENCES u",
        "ON DELETE CASCADE",
        "ON UPDATE SET NULL",
        "DEFAULT",
        "1",
        "-1",
        "- 1",
        "--1\n",
        "1.5",
        "007",
        "1e3",
        "'x'",
        "'it''s'",
        "E'x'",
        "'a\\b'",
        "TRUE",
        "now()",
        "CURRENT_TIMESTAMP",
        "::text",
        "+ 1",
        "COLLATE c",
        "CHECK (a > 1)",
        "CONSTRAINT k",
        "ADD COLUMN",
        "ADD",
        "DROP COLUMN",
        "DROP CONSTRAINT",
        "ALTER COLUMN",
        "SET NOT NULL",
        "DROP NOT NULL",
        "SET DEFAULT",
        "DROP DEFAULT",
        "RENAME TO",
        "RENAME COLUMN a TO b",
        "CASCADE",
        "RESTRICT",
        "ON",
        "USING btree",
        "DESC",
        "/* c */",
        "-- c\n",
        "WHERE",
        "AFTER",
        "FIRST",
        "é",
        "$1",
        "UNSIGNED",
        "TYPE",
        "VIEW",
        "ALTER COLUMN a TYPE",
        "USING a::int",
        "character varying(3)",
        "\"M\"",
        "AUTO_INCREMENT",
        "AUTOINCREMENT",
        "KEY k (a)",
        "CHECK (",
        "a > 1",
        "a >-1",
        "b<=2",
        "a != 'x'",
        "IS NOT NULL",
        "IN (1, 2)",
        "NOT IN ('a')",
        "AND",
        "OR",
        "VALUES",
        "(1, 'x')",
        "(NULL, -1)",
        "DEFAULT)",
        "ON CONFLICT DO NOTHING",
        "RETURNING a",
        "::regclass",
        "f('x')",
        "f('x'::a)",
        "(f(1))",
        "('x', 'y')",
        "AS ENUM",
        "ADD VALUE 'x'",
        "ONLY",
        "SELECT",
        "ENGINE=InnoDB",
        "CHARSET utf8",
        "DEFAULT CHARACTER SET = utf8mb4",
        "COLLATE=utf8mb4_bin",
    ]);
    parts.prop_map(str::to_owned)
}

fn definition() -> impl Strategy<Value = String> {
    prop::collection::vec(part(), 0..6).prop_map(|parts| parts.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn whatever_is_read_quickly_is_read_as_the_grammar_reads_it(
        head in prop::sample::select(vec!["CREATE TABLE t (", "ALTER TABLE t ADD COLUMN ", "ALTER TABLE ", "CREATE INDEX i ON t (", "CREATE INDEX i ON t (a) WHERE ", "CREATE TABLE t (a int CHECK (", "INSERT INTO t VALUES (", "INSERT INTO ", "DROP ", "SELECT ", "CREATE TYPE t AS ENUM (", "ALTER TYPE t ADD VALUE ", "CREATE TABLE t (a int) ", ""]),
        parts in prop::collection::vec(definition(), 1..4),
        tail in prop::sample::select(vec!["", ")", "))", ";", ") WITHOUT ROWID"]),
    ) {
        let sql = format!("{head}{}{tail}", parts.join(", "));
        for dialect in Dialect::ALL {
            assert_same(dialect, &sql);
        }
    }

    /// Most of these are read quickly.
    #[test]
    fn plain_columns_are_read_as_the_grammar_reads_them(
        columns in prop::collection::vec((
            prop::sample::select(vec!["a", "\"B\"", "`c`", "D", "name", "key"]),
            prop::sample::select(vec!["int", "TEXT", "varchar(20)", "numeric(10, 2)", "timestamp(3) without time zone", "timestamptz(3)", "mood", "text[]", "date", "bool", "BLOB", "FLOAT(3)", "double precision", "jsonb", "char", "\"Mood\"", "bigint(20) unsigned", "character varying(9)", "character(3)"]),
            prop::collection::vec(prop::sample::select(vec!["NOT NULL", "null", "DEFAULT 1", "DEFAULT -1", "default 'x'", "default TRUE", "DEFAULT null", "DEFAULT now()", "DEFAULT (DATETIME('now'))", "DEFAULT ''::text", "DEFAULT f('x'::\"M\")", "default Current_Timestamp", "PRIMARY KEY", "unique", "AUTOINCREMENT", "AUTO_INCREMENT", "UNSIGNED", "CHECK (a > 1)", "CHECK ((a = 'x') OR b IS NULL)", "REFERENCES u", "REFERENCES a.u(x, y) ON UPDATE set null on delete NO action"]), 0..4),
        ), 1..4),
        head in prop::sample::select(vec!["CREATE TABLE t (", "ALTER TABLE t ADD COLUMN ", "ALTER TABLE t ADD "]),
    ) {
        let columns: Vec<String> = columns.into_iter().map(|(name, ty, options)| format!("{name} {ty} {}", options.join(" "))).collect();
        let joined = match head.starts_with("ALTER") {
            true => columns.join(&format!(", {}", &head["ALTER TABLE t ".len()..])),
            false => columns.join(", ") + ")",
        };
        for dialect in Dialect::ALL {
            assert_same(dialect, &format!("{head}{joined}"));
        }
    }
}
