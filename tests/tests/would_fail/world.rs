//! Which schema stands there, what lets rows in and wants them out again, and which rows may have been written?

use onward_analysis::Dialect;

/// What an up does, and what a down does about it.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    /// The table that both are about.
    pub(crate) table: &'static str,
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
}

const fn piece(table: &'static str, up: &'static str, down: &'static str) -> Piece {
    Piece { table, up, down }
}

/// What stands there.
pub(crate) fn before(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE p (id integer PRIMARY KEY, r text NOT NULL, o text);\n\
             CREATE TABLE t (id integer PRIMARY KEY, u text, CONSTRAINT one UNIQUE (u));\n\
             CREATE TABLE k (id integer PRIMARY KEY, n int CHECK (n > 0));\n\
             CREATE TABLE x (id integer PRIMARY KEY, a int, b int);\n\
             CREATE UNIQUE INDEX one_a ON x (a);\n"
        }
        Dialect::Postgres => {
            "CREATE TYPE mood AS ENUM ('sad', 'ok');\n\
             CREATE TABLE p (id int PRIMARY KEY, r text NOT NULL, o text);\n\
             CREATE TABLE t (id int PRIMARY KEY, u varchar(20) UNIQUE, s varchar(5), f int REFERENCES p (id));\n\
             CREATE TABLE k (id int PRIMARY KEY, n int CONSTRAINT positive CHECK (n > 0), m mood, d numeric(6, 2));\n\
             CREATE TABLE x (id int PRIMARY KEY, a int, b int);\n\
             CREATE UNIQUE INDEX one_a ON x (a);\n"
        }
        Dialect::MySql => {
            "CREATE TABLE p (id int PRIMARY KEY, r varchar(20) NOT NULL, o varchar(20));\n\
             CREATE TABLE t (id int PRIMARY KEY, u varchar(20), f int, UNIQUE KEY one (u), CONSTRAINT of_p FOREIGN KEY (f) REFERENCES p (id));\n\
             CREATE TABLE k (id int PRIMARY KEY, n int, m enum('sad', 'ok'), CONSTRAINT positive CHECK (n > 0));\n\
             CREATE TABLE x (id int PRIMARY KEY, a int, b int);\n\
             CREATE UNIQUE INDEX one_a ON x (a);\n"
        }
    }
}

/// What a pair is put together from.
pub(crate) fn pieces(dialect: Dialect) -> Vec<Piece> {
    let mut all = vec![
        // Nothing is in the way of these.
        piece(
            "more",
            "CREATE TABLE more (id int PRIMARY KEY)",
            "DROP TABLE more",
        ),
        piece(
            "p",
            "ALTER TABLE p ADD COLUMN note int",
            "ALTER TABLE p DROP COLUMN note",
        ),
        piece("x", "CREATE INDEX by_b ON x (b)", ""),
        piece(
            "p",
            "ALTER TABLE p DROP COLUMN o",
            "ALTER TABLE p ADD COLUMN o varchar(20)",
        ),
        // Without a key in between two rows may be alike.
        piece(
            "x",
            "ALTER TABLE x ADD COLUMN c int",
            "CREATE UNIQUE INDEX one_c ON x (c)",
        ),
        piece(
            "x",
            "ALTER TABLE x ADD COLUMN e int",
            "CREATE UNIQUE INDEX one_e ON x (id, e)",
        ),
    ];
    all.extend(match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
    });
    all
}

const SQLITE: &[Piece] = &[
    piece(
        "x",
        "DROP INDEX one_a",
        "CREATE UNIQUE INDEX one_a ON x (a)",
    ),
    piece(
        "t",
        "CREATE TABLE n (id integer PRIMARY KEY, u text); INSERT INTO n SELECT id, u FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
        "CREATE TABLE n (id integer PRIMARY KEY, u text, CONSTRAINT one UNIQUE (u)); INSERT INTO n SELECT id, u FROM t; DROP TABLE t; \
         ALTER TABLE n RENAME TO t",
    ),
    piece(
        "k",
        "CREATE TABLE m (id integer PRIMARY KEY, n int); INSERT INTO m SELECT id, n FROM k; DROP TABLE k; ALTER TABLE m RENAME TO k",
        "CREATE TABLE m (id integer PRIMARY KEY, n int CHECK (n > 0)); INSERT INTO m SELECT id, n FROM k; DROP TABLE k; \
         ALTER TABLE m RENAME TO k",
    ),
    piece(
        "k",
        "CREATE TABLE m (id integer PRIMARY KEY, n int CHECK (n > 0), more int); INSERT INTO m (id, n) SELECT id, n FROM k; DROP TABLE k; \
         ALTER TABLE m RENAME TO k",
        "CREATE TABLE m (id integer PRIMARY KEY, n int CHECK (n > 0)); INSERT INTO m SELECT id, n FROM k; DROP TABLE k; \
         ALTER TABLE m RENAME TO k",
    ),
    piece(
        "t",
        "ALTER TABLE t ADD COLUMN v text",
        "CREATE TABLE n (id integer PRIMARY KEY, u text, v text NOT NULL, CONSTRAINT one UNIQUE (u)); \
         INSERT INTO n SELECT id, u, v FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
    ),
    piece(
        "t",
        "ALTER TABLE t ADD COLUMN w text",
        "CREATE TABLE n (id integer PRIMARY KEY, u text, w text NOT NULL, CONSTRAINT one UNIQUE (u)); \
         INSERT INTO n SELECT id, u, coalesce(w, '') FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
    ),
    piece(
        "x",
        "ALTER TABLE x ADD COLUMN g int",
        "ALTER TABLE x ADD COLUMN h int NOT NULL DEFAULT 0",
    ),
    piece(
        "k",
        "ALTER TABLE k ADD COLUMN g int",
        "ALTER TABLE k ADD COLUMN h int NOT NULL",
    ),
];

const POSTGRES: &[Piece] = &[
    piece(
        "x",
        "DROP INDEX one_a",
        "CREATE UNIQUE INDEX one_a ON x (a)",
    ),
    piece(
        "p",
        "ALTER TABLE p ALTER COLUMN r DROP NOT NULL",
        "ALTER TABLE p ALTER COLUMN r SET NOT NULL",
    ),
    piece(
        "p",
        "ALTER TABLE p ALTER COLUMN r DROP NOT NULL",
        "UPDATE p SET r = '' WHERE r IS NULL; ALTER TABLE p ALTER COLUMN r SET NOT NULL",
    ),
    piece("x", "", "ALTER TABLE x ALTER COLUMN b SET NOT NULL"),
    piece(
        "t",
        "ALTER TABLE t DROP CONSTRAINT t_u_key",
        "ALTER TABLE t ADD UNIQUE (u)",
    ),
    piece(
        "t",
        "",
        "ALTER TABLE t ADD CONSTRAINT both_one UNIQUE (u, s)",
    ),
    piece(
        "t",
        "ALTER TABLE t DROP CONSTRAINT t_f_fkey",
        "ALTER TABLE t ADD FOREIGN KEY (f) REFERENCES p (id)",
    ),
    piece(
        "t",
        "ALTER TABLE t DROP CONSTRAINT t_f_fkey",
        "ALTER TABLE t ADD FOREIGN KEY (f) REFERENCES p (id) NOT VALID",
    ),
    piece(
        "k",
        "ALTER TABLE k DROP CONSTRAINT positive",
        "ALTER TABLE k ADD CONSTRAINT positive CHECK (n > 0)",
    ),
    piece(
        "k",
        "ALTER TABLE k ALTER COLUMN n TYPE bigint",
        "ALTER TABLE k ALTER COLUMN n TYPE int",
    ),
    piece(
        "k",
        "ALTER TABLE k ALTER COLUMN d TYPE numeric(9, 2)",
        "ALTER TABLE k ALTER COLUMN d TYPE numeric(6, 2)",
    ),
    piece(
        "t",
        "ALTER TABLE t ALTER COLUMN s TYPE text",
        "ALTER TABLE t ALTER COLUMN s TYPE varchar(5)",
    ),
    piece(
        "t",
        "ALTER TABLE t ALTER COLUMN s TYPE text",
        "ALTER TABLE t ALTER COLUMN s TYPE varchar(5) USING left(s, 5)",
    ),
    piece(
        "k",
        "ALTER TYPE mood ADD VALUE 'glad'",
        "ALTER TYPE mood RENAME TO mood_old; CREATE TYPE mood AS ENUM ('sad', 'ok'); \
         ALTER TABLE k ALTER COLUMN m TYPE mood USING m::text::mood; DROP TYPE mood_old",
    ),
    piece(
        "x",
        "ALTER TABLE x ADD COLUMN g int",
        "ALTER TABLE x ADD COLUMN h int NOT NULL DEFAULT 0",
    ),
    piece(
        "k",
        "ALTER TABLE k ADD COLUMN g int",
        "ALTER TABLE k ADD COLUMN h int NOT NULL",
    ),
    piece(
        "p",
        "ALTER TABLE p ADD COLUMN l int",
        "ALTER TABLE p ADD CONSTRAINT few CHECK (l < 10)",
    ),
];

const MYSQL: &[Piece] = &[
    piece(
        "x",
        "DROP INDEX one_a ON x",
        "CREATE UNIQUE INDEX one_a ON x (a)",
    ),
    piece(
        "t",
        "ALTER TABLE t DROP INDEX one",
        "ALTER TABLE t ADD UNIQUE KEY one (u)",
    ),
    piece(
        "t",
        "ALTER TABLE t DROP FOREIGN KEY of_p",
        "ALTER TABLE t ADD CONSTRAINT of_p FOREIGN KEY (f) REFERENCES p (id)",
    ),
    piece(
        "k",
        "ALTER TABLE k DROP CONSTRAINT positive",
        "ALTER TABLE k ADD CONSTRAINT positive CHECK (n > 0)",
    ),
    // A server that is not strict cuts these, and refuses none.
    piece(
        "p",
        "ALTER TABLE p MODIFY r varchar(20) NULL",
        "ALTER TABLE p MODIFY r varchar(20) NOT NULL",
    ),
    piece(
        "k",
        "ALTER TABLE k MODIFY n bigint",
        "ALTER TABLE k MODIFY n int",
    ),
    piece(
        "k",
        "ALTER TABLE k MODIFY m enum('sad', 'ok', 'glad')",
        "ALTER TABLE k MODIFY m enum('sad', 'ok')",
    ),
    piece(
        "k",
        "ALTER TABLE k ADD COLUMN g int",
        "ALTER TABLE k ADD COLUMN h int NOT NULL",
    ),
    piece(
        "p",
        "ALTER TABLE p ADD COLUMN l int",
        "ALTER TABLE p ADD CONSTRAINT few CHECK (l < 10)",
    ),
];

/// Rows that somebody may write, most of them a misfit of one kind; those that the schema of the moment refuses, or that are for
/// the columns of another database, are left out.
pub(crate) const ROWS: &[&str] = &[
    "INSERT INTO p (id, r) VALUES (1, 'r')",
    "INSERT INTO p (id, r) VALUES (1, NULL)",
    "INSERT INTO p (id, r, l) VALUES (1, 'r', 10)",
    "INSERT INTO t (id, u) VALUES (1, 'a'), (2, 'a')",
    "INSERT INTO t (id, u) VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO t (id, u, s) VALUES (1, 'a', 'a'), (2, 'a', 'a')",
    "INSERT INTO t (id, s) VALUES (1, 'longer than five')",
    "INSERT INTO t (id, f) VALUES (1, 7)",
    "INSERT INTO k (id, n) VALUES (1, -1)",
    "INSERT INTO k (id, n) VALUES (1, 1)",
    "INSERT INTO k (id, n) VALUES (1, 3000000000)",
    "INSERT INTO k (id, d) VALUES (1, 123456.78)",
    "INSERT INTO k (id, m) VALUES (1, 'glad')",
    "INSERT INTO x (id, a) VALUES (1, 1), (2, 1)",
    "INSERT INTO x (id, a, b) VALUES (1, 1, NULL)",
    "INSERT INTO x (id, a, c) VALUES (1, 1, 1), (2, 2, 1)",
    "INSERT INTO x (id, a, e) VALUES (1, 1, 1), (2, 2, 1)",
];
