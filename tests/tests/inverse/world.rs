//! Which schema stands before the up, and which statements does an up consist of?

use onward::Dialect;

/// What stands there.
pub(crate) fn before(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE parents (id integer PRIMARY KEY, name text NOT NULL, code varchar(20) DEFAULT 'x', age int);\n\
             CREATE TABLE children (id integer PRIMARY KEY, parent integer REFERENCES parents (id), note text UNIQUE, \
             amount int NOT NULL, CONSTRAINT positive CHECK (amount > 0));\n\
             CREATE TABLE others (id integer PRIMARY KEY, a int, b text);\n\
             CREATE INDEX by_amount ON children (amount, note);\n\
             CREATE TRIGGER kept AFTER INSERT ON others BEGIN UPDATE others SET a = 0 WHERE a IS NULL; END;\n\
             CREATE VIEW shown AS SELECT id, a FROM others;\n"
        }
        Dialect::Postgres => {
            "CREATE TYPE mood AS ENUM ('sad', 'ok');\n\
             CREATE TABLE parents (id bigint PRIMARY KEY, name text NOT NULL, code varchar(20) DEFAULT 'x', age int, \
             mood mood DEFAULT 'ok', CONSTRAINT code_known CHECK (code <> ''));\n\
             CREATE TABLE children (id bigserial PRIMARY KEY, parent bigint REFERENCES parents (id), note text UNIQUE, \
             amount numeric(10,2) NOT NULL, CONSTRAINT positive CHECK (amount > 0));\n\
             CREATE TABLE others (id bigint PRIMARY KEY, a int, b text);\n\
             CREATE INDEX by_amount ON children (amount, note);\n\
             CREATE VIEW shown AS SELECT id, a FROM others;\n\
             CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';\n\
             CREATE SEQUENCE numbers;\n"
        }
        Dialect::MySql => {
            "CREATE TABLE parents (id bigint PRIMARY KEY, name varchar(50) NOT NULL, code varchar(20) DEFAULT 'x', age int);\n\
             CREATE TABLE children (id bigint PRIMARY KEY, parent bigint, note varchar(50), amount int NOT NULL, \
             UNIQUE KEY one_note (note), KEY by_amount (amount), \
             CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parents (id));\n\
             CREATE TABLE others (id bigint PRIMARY KEY, a int, b text);\n\
             CREATE INDEX by_a ON others (a);\n\
             CREATE VIEW shown AS SELECT id, a FROM others;\n"
        }
    }
}

/// The statements that an up is put together from.
pub(crate) fn ups(dialect: Dialect) -> Vec<&'static str> {
    let mut all = vec![
        "ALTER TABLE parents DROP COLUMN code",
        "ALTER TABLE parents DROP COLUMN name",
        "ALTER TABLE parents DROP COLUMN age",
        "ALTER TABLE others DROP COLUMN b",
        "ALTER TABLE parents ADD COLUMN tall int",
        "ALTER TABLE parents ADD COLUMN grown int NOT NULL DEFAULT 0",
        "ALTER TABLE parents RENAME COLUMN age TO years",
        "ALTER TABLE children RENAME COLUMN parent TO elder",
        "ALTER TABLE children RENAME TO offspring",
        "ALTER TABLE others RENAME TO strangers",
        "CREATE INDEX by_name ON parents (name)",
        "CREATE TABLE more (id int PRIMARY KEY, what varchar(20))",
        "DROP TABLE children",
        "DROP VIEW shown",
        "CREATE VIEW seen AS SELECT name FROM parents",
        "INSERT INTO parents (id, name) VALUES (70, 'Ada'), (71, 'Bo')",
        "UPDATE parents SET code = NULL",
        "DELETE FROM children",
    ];
    all.extend(match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
    });
    all
}

const SQLITE: &[&str] = &[
    "ALTER TABLE others ADD COLUMN parent integer REFERENCES parents (id)",
    "DROP INDEX by_amount",
    "DROP TRIGGER kept",
    "CREATE TRIGGER more_kept AFTER DELETE ON children BEGIN SELECT 1; END",
    "CREATE TABLE next (id integer PRIMARY KEY, parent integer REFERENCES parents (id), note text UNIQUE, amount int NOT NULL, \
     extra text, CONSTRAINT positive CHECK (amount > 0)); \
     INSERT INTO next (id, parent, note, amount) SELECT id, parent, note, amount FROM children; DROP TABLE children; \
     ALTER TABLE next RENAME TO children; CREATE INDEX by_amount ON children (amount, note)",
    "CREATE TABLE parents_new (id integer PRIMARY KEY, name text, code varchar(20) DEFAULT 'y', age int); \
     INSERT INTO parents_new SELECT * FROM parents; DROP TABLE parents; ALTER TABLE parents_new RENAME TO parents",
];

const POSTGRES: &[&str] = &[
    "ALTER TABLE children ALTER COLUMN amount TYPE numeric(12,2)",
    "ALTER TABLE parents ALTER COLUMN age TYPE bigint",
    "ALTER TABLE parents ALTER COLUMN name DROP NOT NULL",
    "ALTER TABLE parents ALTER COLUMN code DROP DEFAULT",
    "ALTER TABLE parents ALTER COLUMN code SET DEFAULT 'y'",
    "ALTER TABLE parents ALTER COLUMN age SET DEFAULT 7",
    "ALTER TABLE parents DROP CONSTRAINT code_known",
    "ALTER TABLE children DROP CONSTRAINT children_parent_fkey",
    "ALTER TABLE children DROP CONSTRAINT children_note_key",
    "ALTER TABLE children DROP CONSTRAINT positive",
    "ALTER TABLE children DROP CONSTRAINT children_pkey",
    "ALTER TABLE children ADD CONSTRAINT few CHECK (amount < 1000000000)",
    "ALTER TABLE others ADD UNIQUE (a)",
    "ALTER TABLE parents RENAME CONSTRAINT code_known TO code_there",
    "ALTER INDEX by_amount RENAME TO by_sum",
    "DROP INDEX by_amount",
    "CREATE OR REPLACE VIEW shown AS SELECT id, a, b FROM others",
    "ALTER TYPE mood ADD VALUE 'glad'",
    "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'",
    "COMMENT ON TABLE parents IS 'who came first'",
    "COMMENT ON COLUMN parents.age IS 'in years'",
    "GRANT SELECT ON parents TO PUBLIC",
    "CREATE POLICY own ON parents USING (id > 0)",
    "ALTER TABLE parents ENABLE ROW LEVEL SECURITY",
    "DROP FUNCTION twice(int)",
    "CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n + n'",
    "CREATE FUNCTION half(n int) RETURNS int LANGUAGE sql AS 'SELECT n / 2'",
    "DROP SEQUENCE numbers",
    "CREATE TYPE size AS ENUM ('s', 'm')",
    "CREATE SCHEMA archive; ALTER TABLE others SET SCHEMA archive",
    "CREATE TABLE next (id bigint PRIMARY KEY, a int, b text, c int); INSERT INTO next (id, a, b) SELECT id, a, b FROM others; \
     DROP TABLE others CASCADE; ALTER TABLE next RENAME TO others",
];

const MYSQL: &[&str] = &[
    "ALTER TABLE children MODIFY amount bigint NOT NULL",
    "ALTER TABLE parents CHANGE age years int",
    "ALTER TABLE parents MODIFY code varchar(40) DEFAULT 'y'",
    "ALTER TABLE parents ALTER COLUMN code DROP DEFAULT",
    "ALTER TABLE children DROP FOREIGN KEY of_parent",
    "ALTER TABLE children DROP INDEX one_note",
    "DROP INDEX by_amount ON children",
    "DROP INDEX by_a ON others",
    "ALTER TABLE others ADD UNIQUE KEY one_a (a)",
    "ALTER TABLE others ADD CONSTRAINT above CHECK (a > 0)",
    "CREATE OR REPLACE VIEW shown AS SELECT id, a, b FROM others",
    "RENAME TABLE others TO strangers",
    "CREATE TRIGGER kept BEFORE INSERT ON others FOR EACH ROW SET NEW.a = coalesce(NEW.a, 0)",
];
