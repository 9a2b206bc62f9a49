//! Which schema stands there, what is done to it, and which ways back are there, right and wrong?

use fastrand::Rng;
use onward_analysis::Dialect;

/// What an up does, and what a down may do about it.
struct Piece {
    up: &'static str,
    downs: &'static [&'static str],
}

const fn piece(up: &'static str, downs: &'static [&'static str]) -> Piece {
    Piece { up, downs }
}

/// What stands there, with rows in it.
pub(crate) fn before(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE p (id integer PRIMARY KEY, name text NOT NULL);\n\
             CREATE TABLE t (id integer PRIMARY KEY, a int UNIQUE, b text DEFAULT 'x', p int REFERENCES p (id) ON DELETE CASCADE);\n\
             CREATE INDEX by_b ON t (b);\n\
             CREATE VIEW v AS SELECT name FROM p;\n\
             CREATE TRIGGER kept AFTER INSERT ON t BEGIN UPDATE p SET name = 'n' WHERE id = NEW.p; END;\n\
             INSERT INTO p (name) VALUES ('n');\n\
             INSERT INTO t (a, p) VALUES (1, 1), (2, 1);\n"
        }
        Dialect::Postgres => {
            "CREATE TYPE mood AS ENUM ('sad', 'ok');\n\
             CREATE TABLE p (id serial PRIMARY KEY, name text NOT NULL);\n\
             CREATE TABLE t (id serial PRIMARY KEY, a int UNIQUE, b text DEFAULT 'x', p int REFERENCES p (id) ON DELETE CASCADE, \
             CONSTRAINT positive CHECK (a > 0));\n\
             CREATE INDEX by_b ON t (b);\n\
             CREATE VIEW v AS SELECT name FROM p;\n\
             CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n\
             CREATE TRIGGER kept BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\n\
             COMMENT ON TABLE t IS 'all';\n\
             COMMENT ON COLUMN t.b IS 'a text';\n\
             GRANT SELECT ON t TO PUBLIC;\n\
             ALTER TABLE t ENABLE ROW LEVEL SECURITY;\n\
             CREATE POLICY own ON t USING (a > 0);\n\
             INSERT INTO p (name) VALUES ('n');\n\
             INSERT INTO t (a, p) VALUES (1, 1), (2, 1);\n"
        }
        Dialect::MySql => {
            "CREATE TABLE p (id int PRIMARY KEY, name varchar(20) NOT NULL);\n\
             CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(20) DEFAULT 'x', p int, UNIQUE KEY one_a (a), \
             CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE, CONSTRAINT positive CHECK (a > 0));\n\
             CREATE INDEX by_b ON t (b);\n\
             CREATE VIEW v AS SELECT name FROM p;\n\
             CREATE TRIGGER kept BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 'x';\n\
             INSERT INTO p VALUES (1, 'n');\n\
             INSERT INTO t (id, a, p) VALUES (1, 1, 1), (2, 2, 1);\n"
        }
    }
}

/// An up of one or two pieces, and a down that takes them back in the other order, each well, badly or not at all.
pub(crate) fn pair(dialect: Dialect, seed: u64) -> (String, String) {
    let mut rng = Rng::with_seed(seed);
    let own = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
    };
    let all: Vec<&Piece> = EVERYWHERE.iter().chain(own).collect();
    let count = rng.usize(1..=2);
    let chosen = rng.choose_multiple(all, count);
    let mut down = String::new();
    for piece in chosen.iter().rev() {
        let way = rng.usize(..=piece.downs.len());
        if let Some(sql) = piece.downs.get(way) {
            down.push_str(&format!("{sql};\n"));
        }
    }
    if down.is_empty() {
        // An empty down has a rule of its own.
        down.push_str("CREATE TABLE passing (id int);\nDROP TABLE passing;\n");
    }
    let ups = chosen.iter().map(|piece| format!("{};\n", piece.up));
    (ups.collect(), down)
}

const EVERYWHERE: &[Piece] = &[
    piece(
        "CREATE TABLE more (id int PRIMARY KEY)",
        &["DROP TABLE more", "CREATE TABLE most (id int)"],
    ),
    piece(
        "ALTER TABLE p ADD COLUMN note int",
        &[
            "ALTER TABLE p DROP COLUMN note",
            "ALTER TABLE p RENAME COLUMN note TO notes",
        ],
    ),
    piece(
        "ALTER TABLE p RENAME COLUMN name TO called",
        &["ALTER TABLE p RENAME COLUMN called TO name"],
    ),
    piece("ALTER TABLE t RENAME TO u", &["ALTER TABLE u RENAME TO t"]),
    piece(
        "DROP VIEW v",
        &[
            "CREATE VIEW v AS SELECT name FROM p",
            "CREATE VIEW v AS SELECT id FROM p",
        ],
    ),
    piece(
        "CREATE VIEW w AS SELECT id FROM p",
        &["DROP VIEW w", "DROP VIEW w; DROP VIEW v"],
    ),
    piece(
        "CREATE TABLE kin (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES p (id))",
        &["DROP TABLE kin"],
    ),
];

const SQLITE: &[Piece] = &[
    piece(
        "DROP INDEX by_b",
        &[
            "CREATE INDEX by_b ON t (b)",
            "CREATE INDEX by_b ON t (b, a)",
            "CREATE INDEX b_by ON t (b)",
        ],
    ),
    piece(
        "CREATE INDEX by_p ON t (p)",
        &["DROP INDEX by_p", "DROP INDEX by_b; DROP INDEX by_p"],
    ),
    piece(
        "DROP TRIGGER kept",
        &[
            "CREATE TRIGGER kept AFTER INSERT ON t BEGIN UPDATE p SET name = 'n' WHERE id = NEW.p; END",
            "CREATE TRIGGER kept AFTER INSERT ON t BEGIN UPDATE p SET name = 'm'; END",
        ],
    ),
    piece(
        "ALTER TABLE t ADD COLUMN d int",
        &[
            "CREATE TABLE n (id integer PRIMARY KEY, a int UNIQUE, b text DEFAULT 'x', p int REFERENCES p (id) ON DELETE CASCADE); \
         INSERT INTO n SELECT id, a, b, p FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            "CREATE TABLE n (id integer PRIMARY KEY, b text, a int, p int REFERENCES p (id)); \
         INSERT INTO n SELECT id, b, a, p FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; CREATE INDEX by_b ON t (b)",
            "ALTER TABLE t DROP COLUMN d",
        ],
    ),
    piece(
        "DROP INDEX by_b; ALTER TABLE t DROP COLUMN b",
        &[
            "ALTER TABLE t ADD COLUMN b text DEFAULT 'x'; CREATE INDEX by_b ON t (b)",
            "ALTER TABLE t ADD COLUMN b varchar(5)",
        ],
    ),
];

const POSTGRES: &[Piece] = &[
    piece(
        "DROP INDEX by_b",
        &[
            "CREATE INDEX by_b ON t (b)",
            "CREATE INDEX by_b ON t (b, a)",
            "CREATE INDEX b_by ON t (b)",
        ],
    ),
    piece(
        "CREATE INDEX by_p ON t (p)",
        &["DROP INDEX by_p", "DROP INDEX by_b; DROP INDEX by_p"],
    ),
    piece(
        "DROP TRIGGER kept ON t",
        &[
            "CREATE TRIGGER kept BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
            "CREATE TRIGGER kept AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        ],
    ),
    piece(
        "COMMENT ON TABLE t IS NULL",
        &[
            "COMMENT ON TABLE t IS 'all'",
            "COMMENT ON TABLE t IS 'some'",
        ],
    ),
    piece(
        "COMMENT ON COLUMN t.b IS 'else'",
        &[
            "COMMENT ON COLUMN t.b IS 'a text'",
            "COMMENT ON COLUMN t.b IS NULL",
        ],
    ),
    piece(
        "COMMENT ON COLUMN p.name IS 'more'",
        &["COMMENT ON COLUMN p.name IS NULL"],
    ),
    piece(
        "REVOKE SELECT ON t FROM PUBLIC",
        &["GRANT SELECT ON t TO PUBLIC"],
    ),
    piece(
        "GRANT INSERT, UPDATE ON TABLE p TO PUBLIC",
        &[
            "REVOKE ALL ON p FROM PUBLIC",
            "REVOKE INSERT ON p FROM PUBLIC",
        ],
    ),
    piece(
        "DROP POLICY own ON t",
        &[
            "CREATE POLICY own ON t USING (a > 0)",
            "CREATE POLICY own ON t USING (a > 1)",
        ],
    ),
    piece(
        "CREATE POLICY other ON t USING (a < 9)",
        &["DROP POLICY other ON t", "DROP POLICY IF EXISTS own ON t"],
    ),
    piece(
        "ALTER TABLE t DISABLE ROW LEVEL SECURITY",
        &["ALTER TABLE t ENABLE ROW LEVEL SECURITY"],
    ),
    piece(
        "ALTER TABLE p ENABLE ROW LEVEL SECURITY",
        &["ALTER TABLE p DISABLE ROW LEVEL SECURITY"],
    ),
    piece(
        "ALTER TABLE t DROP CONSTRAINT positive",
        &[
            "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)",
            "ALTER TABLE t ADD CHECK (a > 0)",
        ],
    ),
    piece(
        "ALTER TABLE t DROP CONSTRAINT t_a_key",
        &[
            "ALTER TABLE t ADD UNIQUE (a)",
            "ALTER TABLE t ADD CONSTRAINT one UNIQUE (a)",
        ],
    ),
    piece(
        "ALTER TABLE t DROP CONSTRAINT t_p_fkey",
        &[
            "ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE",
            "ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES p (id)",
        ],
    ),
    piece(
        "ALTER TABLE t DROP COLUMN b",
        &[
            "ALTER TABLE t ADD COLUMN b text DEFAULT 'x'; CREATE INDEX by_b ON t (b); COMMENT ON COLUMN t.b IS 'a text'",
            "ALTER TABLE t ADD COLUMN b text",
        ],
    ),
    piece(
        "ALTER TABLE t ALTER COLUMN b TYPE varchar(90)",
        &[
            "ALTER TABLE t ALTER COLUMN b TYPE text",
            "ALTER TABLE t ALTER COLUMN b DROP DEFAULT",
        ],
    ),
    piece(
        "ALTER TYPE mood RENAME TO temper",
        &["ALTER TYPE temper RENAME TO mood"],
    ),
    piece(
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'",
        &["ALTER TYPE mood RENAME VALUE 'low' TO 'sad'"],
    ),
    piece(
        "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        &[
            "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        ],
    ),
    piece(
        "ALTER TABLE t ADD COLUMN d int",
        &[
            "CREATE TABLE n (id serial PRIMARY KEY, a int UNIQUE, b text DEFAULT 'x', p int REFERENCES p (id) ON DELETE CASCADE, CONSTRAINT positive CHECK (a > 0)); \
         INSERT INTO n SELECT id, a, b, p FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            "CREATE TABLE n (id serial, b text DEFAULT 'x', a int CONSTRAINT t_a_key UNIQUE, p int, CONSTRAINT t_pkey_n PRIMARY KEY (id), \
         CONSTRAINT t_p_fkey_n FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE); \
         INSERT INTO n SELECT id, b, a, p FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; ALTER TABLE t RENAME CONSTRAINT t_p_fkey_n TO t_p_fkey; \
         SELECT setval(pg_get_serial_sequence('t', 'id'), 9); GRANT SELECT ON t TO PUBLIC; COMMENT ON TABLE t IS 'all'",
            "ALTER TABLE t DROP COLUMN d",
        ],
    ),
];

const MYSQL: &[Piece] = &[
    piece(
        "DROP INDEX by_b ON t",
        &[
            "CREATE INDEX by_b ON t (b)",
            "CREATE INDEX by_b ON t (b, a)",
            "ALTER TABLE t ADD INDEX b_by (b)",
        ],
    ),
    piece(
        "CREATE INDEX by_ab ON t (a, b)",
        &[
            "DROP INDEX by_ab ON t",
            "DROP INDEX by_b ON t; DROP INDEX by_ab ON t",
        ],
    ),
    piece(
        "DROP TRIGGER kept",
        &[
            "CREATE TRIGGER kept BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 'x'",
            "CREATE TRIGGER kept BEFORE UPDATE ON t FOR EACH ROW SET NEW.b = 'x'",
        ],
    ),
    piece(
        "ALTER TABLE t DROP INDEX one_a",
        &[
            "CREATE UNIQUE INDEX one_a ON t (a)",
            "ALTER TABLE t ADD UNIQUE KEY (a)",
            "ALTER TABLE t ADD INDEX one_a (a)",
        ],
    ),
    piece(
        "ALTER TABLE t DROP FOREIGN KEY of_p",
        &[
            "ALTER TABLE t ADD CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE",
            "ALTER TABLE t ADD CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id)",
        ],
    ),
    piece(
        "ALTER TABLE t DROP CONSTRAINT positive",
        &[
            "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)",
            "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 1)",
        ],
    ),
    piece(
        "ALTER TABLE t DROP COLUMN b",
        &[
            "ALTER TABLE t ADD COLUMN b varchar(20) DEFAULT 'x', ADD INDEX by_b (b)",
            "ALTER TABLE t ADD COLUMN b varchar(20)",
        ],
    ),
    piece(
        "ALTER TABLE t MODIFY b varchar(90) DEFAULT 'x'",
        &[
            "ALTER TABLE t MODIFY b varchar(20) DEFAULT 'x'",
            "ALTER TABLE t MODIFY b varchar(20) NOT NULL DEFAULT 'x'",
        ],
    ),
    piece(
        "ALTER TABLE t ADD COLUMN d int",
        &["ALTER TABLE t DROP COLUMN d"],
    ),
];
