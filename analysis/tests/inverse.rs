//! Is the down that is worked out from an up the one that a person would write?
#![cfg(feature = "parse")]

use onward_analysis::check::{Code, Style};
use onward_analysis::judge::inverse;
use onward_analysis::{Dialect, Marks, Schema, Subject, check};

/// What undoes `up` after `before`; nothing is known of the database where that is empty.
fn undone(dialect: Dialect, before: &str, up: &str) -> Option<String> {
    let mut schemas = [match before {
        "" => Schema::unknown(),
        _ => Schema::empty(),
    }];
    let marks = Marks::default();
    let subject = Subject {
        up: Code::Sql(before),
        down: None,
        marks: &marks,
        style: Style::Attribute,
    };
    let _ = check(&subject, &[dialect], &mut schemas);
    inverse(dialect, &schemas[0], up).ok().map(|(sql, _)| sql)
}

#[track_caller]
fn assert_undone(dialects: &[Dialect], before: &str, up: &str, down: &str) {
    for dialect in dialects {
        assert_eq!(
            undone(*dialect, before, up).as_deref(),
            Some(down),
            "{dialect}: {up}"
        );
    }
}

#[track_caller]
fn assert_not_undone(dialects: &[Dialect], before: &str, up: &str) {
    for dialect in dialects {
        assert_eq!(undone(*dialect, before, up), None, "{dialect}: {up}");
    }
}

const ALL: &[Dialect] = &Dialect::ALL;
const POSTGRES: &[Dialect] = &[Dialect::Postgres];
const MYSQL: &[Dialect] = &[Dialect::MySql];
const SQLITE: &[Dialect] = &[Dialect::Sqlite];

#[test]
fn row_security_is_forced_or_not_as_before() {
    let table = "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY";
    let (force, free) = (
        "ALTER TABLE t FORCE ROW LEVEL SECURITY",
        "ALTER TABLE t NO FORCE ROW LEVEL SECURITY",
    );
    assert_undone(POSTGRES, table, force, free);
    assert_undone(POSTGRES, &format!("{table}; {force}"), free, force);
}

#[test]
fn what_is_made_is_dropped() {
    assert_undone(
        ALL,
        "",
        "CREATE TABLE users (id int PRIMARY KEY)",
        "DROP TABLE users",
    );
    assert_undone(
        ALL,
        "",
        "ALTER TABLE users ADD COLUMN phone varchar(20)",
        "ALTER TABLE users DROP COLUMN phone",
    );
    assert_undone(
        POSTGRES,
        "",
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        "DROP INDEX CONCURRENTLY i",
    );
    assert_undone(MYSQL, "", "CREATE INDEX i ON t (a)", "DROP INDEX i ON t");
    assert_undone(ALL, "", "CREATE VIEW v AS SELECT 1 AS one", "DROP VIEW v");
    assert_undone(
        POSTGRES,
        "",
        "CREATE TYPE mood AS ENUM ('a')",
        "DROP TYPE mood",
    );
    assert_undone(POSTGRES, "", "CREATE SCHEMA shop", "DROP SCHEMA shop");
}

#[test]
fn the_order_is_the_opposite_one() {
    assert_undone(
        ALL,
        "",
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a (id)); CREATE INDEX i ON b (a);",
        "DROP TABLE b;\nDROP TABLE a;",
    );
}

#[test]
fn what_was_known_is_made_again() {
    let before =
        "CREATE TABLE t (id int PRIMARY KEY, a varchar(20) DEFAULT 'x'); CREATE INDEX i ON t (a);";
    assert_undone(POSTGRES, before, "DROP INDEX i", "CREATE INDEX i ON t (a)");
    assert_undone(
        ALL,
        before,
        "ALTER TABLE t DROP COLUMN a",
        "ALTER TABLE t ADD COLUMN a VARCHAR(20) DEFAULT 'x';\nCREATE INDEX i ON t (a);",
    );
    assert_undone(
        POSTGRES,
        before,
        "DROP TABLE t",
        "CREATE TABLE t (id int PRIMARY KEY, a varchar(20) DEFAULT 'x');\nCREATE INDEX i ON t (a);",
    );
}

#[test]
fn names_and_types_go_back() {
    assert_undone(
        ALL,
        "",
        "ALTER TABLE a RENAME TO b",
        "ALTER TABLE b RENAME TO a",
    );
    assert_undone(
        ALL,
        "",
        "ALTER TABLE t RENAME COLUMN a TO b",
        "ALTER TABLE t RENAME COLUMN b TO a",
    );
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ALTER COLUMN a TYPE bigint",
        "ALTER TABLE t ALTER COLUMN a TYPE INT USING a::INT",
    );
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE t ALTER COLUMN a DROP NOT NULL",
    );
}

#[test]
fn constraints_go_by_their_names() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD UNIQUE (a)",
        "ALTER TABLE t DROP CONSTRAINT t_a_key",
    );
    assert_undone(
        MYSQL,
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)",
        "ALTER TABLE t DROP FOREIGN KEY f;\nALTER TABLE t DROP INDEX f;",
    );
}

#[test]
fn the_index_that_mysql_makes_for_a_foreign_key_goes_and_comes_with_it() {
    let key = "ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)";
    let parent = "CREATE TABLE p (id int PRIMARY KEY);";
    assert_undone(
        MYSQL,
        &format!("{parent} CREATE TABLE t (a int, b int, KEY served (a, b))"),
        &format!("ALTER TABLE t {key}"),
        "ALTER TABLE t DROP FOREIGN KEY f",
    );
    let with_key = format!("{parent} CREATE TABLE t (a int, b int); ALTER TABLE t {key}");
    assert_undone(
        MYSQL,
        &with_key,
        "CREATE INDEX i ON t (a, b)",
        "CREATE INDEX f ON t (a);\nDROP INDEX i ON t;",
    );
    assert_undone(
        MYSQL,
        &with_key,
        "ALTER TABLE t DROP FOREIGN KEY f; ALTER TABLE t DROP INDEX f",
        "CREATE INDEX f ON t (a);\nALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p(id);",
    );
    assert_undone(
        MYSQL,
        &format!("{parent} CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES p (id))"),
        "DROP TABLE t",
        "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES p (id))",
    );
}

#[test]
fn a_key_of_mysql_is_known_wherever_it_was_written() {
    let before = "CREATE TABLE t (a int, b int, KEY ka (a)); ALTER TABLE t ADD INDEX kb (b);";
    assert_undone(
        MYSQL,
        before,
        "ALTER TABLE t DROP INDEX ka, DROP INDEX kb",
        "ALTER TABLE `t` ADD INDEX kb (b);\nALTER TABLE `t` ADD KEY ka (a);",
    );
    assert_undone(
        MYSQL,
        &format!("{before} ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME INDEX kb TO kc;"),
        "ALTER TABLE u DROP INDEX kc",
        "ALTER TABLE `u` ADD INDEX `kc` (b)",
    );
}

#[test]
fn a_constraint_whose_name_was_taken_goes_by_the_one_that_it_got() {
    assert_undone(
        &[Dialect::Postgres],
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD CONSTRAINT t_pkey UNIQUE (a); ALTER TABLE t ADD PRIMARY KEY (a)",
        "ALTER TABLE t DROP CONSTRAINT t_pkey1;\nALTER TABLE t ALTER COLUMN a DROP NOT NULL;\n\
         ALTER TABLE t DROP CONSTRAINT t_pkey;",
    );
}

#[test]
fn a_column_of_mysql_that_is_changed_back_gets_no_second_key() {
    assert_undone(
        MYSQL,
        "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a varchar(10) UNIQUE)",
        "ALTER TABLE t MODIFY id BIGINT AUTO_INCREMENT, CHANGE a b varchar(20)",
        "ALTER TABLE t CHANGE COLUMN b a VARCHAR(10);\nALTER TABLE t CHANGE COLUMN id id INT AUTO_INCREMENT;",
    );
}

#[test]
fn columns_of_mysql_that_swapped_their_names_swap_them_back() {
    assert_undone(
        MYSQL,
        "CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(10), KEY k (b))",
        "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a",
        "ALTER TABLE t RENAME COLUMN b TO onward_swap_0;\n\
         ALTER TABLE t RENAME COLUMN a TO b;\n\
         ALTER TABLE t RENAME COLUMN onward_swap_0 TO a;",
    );
}

#[test]
fn a_column_of_mysql_comes_back_to_its_place() {
    let before = "CREATE TABLE t (a int, b int, c int, d int)";
    assert_undone(
        MYSQL,
        before,
        "ALTER TABLE t DROP COLUMN b, DROP COLUMN c",
        "ALTER TABLE t ADD COLUMN c INT AFTER a;\nALTER TABLE t ADD COLUMN b INT AFTER a;",
    );
    assert_undone(
        MYSQL,
        before,
        "ALTER TABLE t DROP COLUMN a",
        "ALTER TABLE t ADD COLUMN a INT FIRST",
    );
    assert_undone(
        MYSQL,
        before,
        "ALTER TABLE t ADD COLUMN x int AFTER a, DROP COLUMN b",
        "ALTER TABLE t ADD COLUMN b INT AFTER a;\nALTER TABLE t DROP COLUMN x;",
    );
    assert_undone(
        MYSQL,
        before,
        "ALTER TABLE t MODIFY d int DEFAULT 1 AFTER a",
        "ALTER TABLE t CHANGE COLUMN d d INT AFTER c",
    );
    assert_undone(
        MYSQL,
        before,
        "ALTER TABLE t MODIFY b int DEFAULT 1",
        "ALTER TABLE t CHANGE COLUMN b b INT",
    );
    assert_undone(
        &[Dialect::Postgres, Dialect::Sqlite],
        before,
        "ALTER TABLE t DROP COLUMN b",
        "ALTER TABLE t ADD COLUMN b INT",
    );
}

#[test]
fn a_column_is_made_anew_without_the_place_that_it_was_put_in() {
    assert_undone(
        MYSQL,
        "CREATE TABLE t (a int, b int); ALTER TABLE t ADD COLUMN IF NOT EXISTS c int COMMENT 'c' AFTER a",
        "DROP TABLE t",
        "CREATE TABLE t (\n    a INT,\n    c int COMMENT 'c',\n    b INT\n)",
    );
}

#[test]
fn what_is_renamed_is_renamed_in_the_indexes_and_constraints_too() {
    let before = "CREATE TABLE tags_tmp (a int); CREATE INDEX i ON tags_tmp (a);";
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        assert_undone(
            &[dialect],
            &format!(
                "{before} ALTER TABLE tags_tmp RENAME TO tags; ALTER TABLE tags RENAME COLUMN a TO b;"
            ),
            "DROP INDEX i",
            "CREATE INDEX i ON \"tags\" (\"b\")",
        );
    }
    let before = "CREATE TABLE p (id int PRIMARY KEY); \
                  CREATE TABLE t (a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id));";
    assert_undone(
        POSTGRES,
        &format!("{before} ALTER TABLE p RENAME TO q; ALTER TABLE t RENAME COLUMN a TO b;"),
        "ALTER TABLE t DROP CONSTRAINT f",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (\"b\") REFERENCES \"q\"(id)",
    );
}

#[test]
fn names_are_quoted_where_they_must_be() {
    assert_undone(
        POSTGRES,
        "",
        "CREATE TABLE \"Order\" (id int)",
        "DROP TABLE \"Order\"",
    );
    assert_undone(
        POSTGRES,
        "",
        "CREATE TABLE \"order\" (id int)",
        "DROP TABLE \"order\"",
    );
    assert_undone(
        MYSQL,
        "",
        "CREATE TABLE `order` (id int)",
        "DROP TABLE `order`",
    );
}

#[test]
fn planted_rows_go_by_their_key() {
    assert_undone(
        ALL,
        "CREATE TABLE roles (name varchar(20) PRIMARY KEY)",
        "INSERT INTO roles (name) VALUES ('a'), ('b')",
        "DELETE FROM roles WHERE name IN ('a', 'b')",
    );
}

#[test]
fn the_fill_of_an_own_column_needs_no_answer() {
    assert_undone(
        ALL,
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a;",
        "ALTER TABLE t DROP COLUMN b",
    );
}

#[test]
fn what_cannot_be_undone_is_not() {
    assert_not_undone(ALL, "", "DROP TABLE t");
    assert_not_undone(ALL, "", "DELETE FROM t WHERE a = 1");
    assert_not_undone(ALL, "", "UPDATE t SET a = 1");
    assert_not_undone(POSTGRES, "", "ALTER TYPE mood ADD VALUE 'b'");
    // Nothing is known of the table that would have to be made anew.
    assert_not_undone(
        SQLITE,
        "",
        "ALTER TABLE t ADD COLUMN a int REFERENCES p (id)",
    );
    // Each row of the two would have to be told from the other's.
    assert_not_undone(
        ALL,
        "CREATE TABLE a (x int); CREATE TABLE b (x int)",
        "CREATE TABLE c (x int); INSERT INTO c SELECT x FROM a UNION ALL SELECT x FROM b; DROP TABLE a",
    );
}

#[test]
fn a_required_column_comes_back_with_something_in_it() {
    let before = "CREATE TABLE t (a int NOT NULL, b int)";
    let up = "ALTER TABLE t DROP COLUMN a";
    assert_undone(
        POSTGRES,
        before,
        up,
        "ALTER TABLE t ADD COLUMN a INT NOT NULL DEFAULT 0;\nALTER TABLE t ALTER COLUMN a DROP DEFAULT;",
    );
    assert_undone(
        MYSQL,
        before,
        up,
        "ALTER TABLE t ADD COLUMN a INT NOT NULL FIRST",
    );
    assert_undone(
        SQLITE,
        before,
        up,
        "CREATE TABLE t_before_down (a int NOT NULL, b int);\n\
         INSERT INTO t_before_down (a, b) SELECT 0, b FROM t;\n\
         DROP TABLE t;\n\
         ALTER TABLE t_before_down RENAME TO t;",
    );
}

#[test]
fn a_rebuilt_table_is_rebuilt() {
    let before = "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (b)";
    let up = "CREATE TABLE n (a int, b int, c text); INSERT INTO n SELECT a, b, '' FROM t; DROP TABLE t; \
              ALTER TABLE n RENAME TO t; CREATE INDEX i ON t (b);";
    assert_undone(
        POSTGRES,
        before,
        up,
        "ALTER TABLE t RENAME TO n;\n\
         CREATE TABLE t (a int, b int);\n\
         INSERT INTO t (a, b) SELECT a, b FROM n;\n\
         DROP TABLE n;\n\
         CREATE INDEX i ON t (b);",
    );
    // There a rename would take along the foreign keys that refer to the table.
    assert_undone(
        SQLITE,
        before,
        up,
        "CREATE TABLE t_before_down (a int, b int);\n\
         INSERT INTO t_before_down (a, b) SELECT a, b FROM t;\n\
         DROP TABLE t;\n\
         ALTER TABLE t_before_down RENAME TO t;\n\
         CREATE INDEX i ON t (b);",
    );
    // SQLite has no other way to take a reference away.
    assert_undone(
        SQLITE,
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int)",
        "ALTER TABLE t ADD COLUMN p int REFERENCES p (id)",
        "CREATE TABLE t_before_down (a int);\n\
         INSERT INTO t_before_down (a) SELECT a FROM t;\n\
         DROP TABLE t;\n\
         ALTER TABLE t_before_down RENAME TO t;",
    );
}

#[test]
fn an_enum_without_its_new_label_is_made_anew() {
    assert_undone(
        POSTGRES,
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood DEFAULT 'a')",
        "ALTER TYPE mood ADD VALUE 'b'; ALTER TYPE mood ADD VALUE 'c'",
        "ALTER TYPE mood RENAME TO mood_before_down;\n\
         CREATE TYPE mood AS ENUM ('a');\n\
         ALTER TABLE t ALTER COLUMN m DROP DEFAULT;\n\
         ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood;\n\
         ALTER TABLE t ALTER COLUMN m SET DEFAULT 'a';\n\
         DROP TYPE mood_before_down;",
    );
}

#[test]
fn comments_privileges_and_policies_are_taken_back() {
    let before = "CREATE TABLE t (a int)";
    for (up, down) in [
        (
            "COMMENT ON COLUMN t.a IS 'why'",
            "COMMENT ON COLUMN t.a IS NULL",
        ),
        (
            "GRANT SELECT ON t TO reader WITH GRANT OPTION",
            "REVOKE SELECT ON t FROM reader",
        ),
        (
            "CREATE POLICY own ON t USING (a = 1)",
            "DROP POLICY own ON t",
        ),
    ] {
        assert_undone(POSTGRES, before, up, down);
    }
}

#[test]
fn a_trigger_goes_before_its_function() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE other (a int)",
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
        "DROP TRIGGER g ON t;\nDROP FUNCTION f();\nDROP TABLE t;",
    );
}

#[test]
fn names_are_looked_up_where_the_up_looks() {
    assert_undone(
        POSTGRES,
        "CREATE SCHEMA s; CREATE TABLE s.t (a int, b int DEFAULT 1)",
        "BEGIN; SET search_path TO s; ALTER TABLE t DROP COLUMN b; COMMIT;",
        "SET search_path TO s;\nALTER TABLE t ADD COLUMN b INT DEFAULT 1;",
    );
}

#[test]
fn what_is_in_the_way_is_said() {
    let reasons = |before: &str, up: &str| -> Vec<(String, String)> {
        let mut schemas = [Schema::empty()];
        let marks = Marks::default();
        let subject = Subject {
            up: Code::Sql(before),
            down: None,
            marks: &marks,
            style: Style::Attribute,
        };
        let _ = check(&subject, &[Dialect::Postgres], &mut schemas);
        let stuck = inverse(Dialect::Postgres, &schemas[0], up).unwrap_err();
        let told = stuck
            .iter()
            .map(|s| (s.span.of(up).to_owned(), s.reason.clone()));
        told.collect()
    };
    let told = reasons(
        "CREATE TABLE t (id int PRIMARY KEY, a int)",
        "ALTER TABLE t ADD COLUMN b int; INSERT INTO t (a) SELECT 1; DROP INDEX unheard",
    );
    assert_eq!(
        told,
        [
            (
                "INSERT INTO t (a) SELECT 1".to_owned(),
                "the rows that it writes cannot be told from others by a key".to_owned()
            ),
            (
                "DROP INDEX unheard".to_owned(),
                "what `unheard` was like before is not known".to_owned()
            ),
        ]
    );
}

#[test]
fn values_that_were_computed_anew_do_not_come_back_by_a_cast() {
    let before = "CREATE TYPE state AS ENUM ('on', 'off'); CREATE TABLE t (a int, b boolean)";
    assert_undone(
        POSTGRES,
        before,
        "ALTER TABLE t ALTER COLUMN a TYPE bigint USING a::bigint",
        "ALTER TABLE t ALTER COLUMN a TYPE INT USING a::INT",
    );
    assert_not_undone(
        POSTGRES,
        before,
        "ALTER TABLE t ALTER b TYPE state USING CASE WHEN b THEN 'on'::state ELSE 'off'::state END",
    );
}

#[test]
fn an_extension_that_was_there_stays() {
    let up = "CREATE EXTENSION IF NOT EXISTS pgcrypto; CREATE TABLE t (a int)";
    assert_undone(
        POSTGRES,
        "CREATE TABLE x (a int)",
        up,
        "DROP TABLE t;\nDROP EXTENSION pgcrypto;",
    );
    assert_undone(
        POSTGRES,
        "CREATE EXTENSION pgcrypto; CREATE TABLE x (a int)",
        up,
        "DROP TABLE t",
    );
}

#[test]
fn a_materialised_view_comes_back_with_its_indexes() {
    let before = "CREATE TABLE t (a int); CREATE MATERIALIZED VIEW v AS SELECT a FROM t; CREATE UNIQUE INDEX i ON v (a);";
    assert_undone(
        POSTGRES,
        before,
        "DROP MATERIALIZED VIEW v",
        "CREATE MATERIALIZED VIEW v AS SELECT a FROM t;\nCREATE UNIQUE INDEX i ON v (a);",
    );
    assert_undone(
        POSTGRES,
        before,
        "DROP INDEX i",
        "CREATE UNIQUE INDEX i ON v (a)",
    );
}

#[test]
fn what_may_be_null_already_is_not_required_afterwards() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (a int); CREATE TABLE u (a int)",
        "ALTER TABLE t ALTER COLUMN a DROP NOT NULL; DROP TABLE u",
        "CREATE TABLE u (a int)",
    );
}

#[test]
fn two_tables_that_refer_to_each_other_are_parted_first() {
    let up = "CREATE TABLE a (id int PRIMARY KEY, b int); \
              CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a (id)); \
              ALTER TABLE a ADD CONSTRAINT to_b FOREIGN KEY (b) REFERENCES b (id)";
    assert_undone(
        POSTGRES,
        "CREATE TABLE x (id int)",
        up,
        "ALTER TABLE a DROP CONSTRAINT to_b;\nDROP TABLE b;\nDROP TABLE a;",
    );
}

#[test]
fn an_enum_of_a_column_that_a_trigger_or_policy_names_is_left_alone() {
    let before = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE people (m mood, n int); \
                  CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';";
    let add = "ALTER TYPE mood ADD VALUE 'ok'";
    for named in [
        "CREATE TRIGGER t BEFORE UPDATE OF m ON people FOR EACH ROW EXECUTE FUNCTION f();",
        "CREATE POLICY p ON people USING (m = 'sad');",
    ] {
        assert_not_undone(&[Dialect::Postgres], &format!("{before} {named}"), add);
    }
}

#[test]
fn every_column_of_an_enum_gets_the_smaller_one() {
    let before =
        "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad'); CREATE TABLE app.k (m app.mood);";
    let up = "ALTER TABLE app.k ADD COLUMN n app.mood; ALTER TYPE app.mood ADD VALUE 'ok'";
    let down = undone(Dialect::Postgres, before, up).unwrap();
    for column in ["m", "n"] {
        let change = format!("ALTER TABLE app.k ALTER COLUMN {column} TYPE app.mood");
        assert!(down.contains(&change), "{down}");
    }
}

#[test]
fn an_enum_that_a_search_path_may_have_found_is_left_alone() {
    let before =
        "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad'); CREATE TABLE k (m mood);";
    assert_not_undone(POSTGRES, before, "ALTER TYPE app.mood ADD VALUE 'ok'");
}

#[test]
fn a_serial_that_was_widened_is_an_integer_again() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (id serial, a int)",
        "ALTER TABLE t ALTER COLUMN id TYPE bigint",
        "ALTER TABLE t ALTER COLUMN id TYPE integer USING id::integer",
    );
}

#[test]
fn a_table_comes_back_with_the_sequence_that_was_its_own() {
    let before = "CREATE TABLE t (id bigint NOT NULL, a int); CREATE SEQUENCE t_id_seq; ALTER SEQUENCE t_id_seq OWNED BY t.id; \
                  ALTER TABLE t ALTER COLUMN id SET DEFAULT nextval('t_id_seq'::regclass);";
    let down = undone(Dialect::Postgres, before, "DROP TABLE t").unwrap();
    assert!(
        down.starts_with("CREATE SEQUENCE IF NOT EXISTS t_id_seq;\nCREATE TABLE t ("),
        "{down}"
    );
    assert!(
        down.ends_with("ALTER SEQUENCE t_id_seq OWNED BY t.id;"),
        "{down}"
    );
}

#[test]
fn a_column_that_was_widened_gets_its_type_back() {
    let before = "CREATE TABLE t (a varchar(20), b char(3))";
    // Without a cast PostgreSQL refuses what is too long, and cuts nothing.
    assert_undone(
        POSTGRES,
        before,
        "ALTER TABLE t ALTER COLUMN a TYPE text",
        "ALTER TABLE t ALTER COLUMN a TYPE VARCHAR(20)",
    );
    assert_undone(
        MYSQL,
        before,
        "ALTER TABLE t MODIFY a varchar(40), LOCK = SHARED",
        "ALTER TABLE t CHANGE COLUMN a a VARCHAR(20)",
    );
}

#[test]
fn a_column_comes_back_without_the_key_that_went_before_it() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (id int CONSTRAINT k PRIMARY KEY, a int)",
        "ALTER TABLE t DROP CONSTRAINT k, DROP COLUMN id",
        "ALTER TABLE t ADD COLUMN id INT NOT NULL DEFAULT 0;\n\
         ALTER TABLE t ALTER COLUMN id DROP DEFAULT;\n\
         ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (id);",
    );
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE); ALTER TABLE t DROP CONSTRAINT t_a_key;",
        "DROP TABLE t",
        "CREATE TABLE t (\n    id INT PRIMARY KEY,\n    a INT\n)",
    );
}

#[test]
fn a_foreign_key_comes_back_to_what_its_table_is_called_now() {
    let before = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p (id)); \
                  ALTER TABLE p RENAME TO q; ALTER TABLE q RENAME COLUMN id TO number;";
    assert_undone(
        POSTGRES,
        before,
        "DROP TABLE c",
        "CREATE TABLE c (p int REFERENCES \"q\" (\"number\"))",
    );
}

#[test]
fn a_foreign_key_that_went_with_the_key_that_it_refers_to_stays_away() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p (id)); \
         ALTER TABLE p DROP CONSTRAINT p_pkey CASCADE;",
        "DROP TABLE c",
        "CREATE TABLE c (\n    p INT\n)",
    );
}

#[test]
fn views_come_back_behind_those_that_they_read() {
    let before = "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; \
                  CREATE VIEW w AS SELECT a FROM v;";
    assert_undone(
        POSTGRES,
        before,
        "DROP VIEW v CASCADE; CREATE VIEW v AS SELECT a, 1 AS b FROM t; CREATE OR REPLACE VIEW w AS SELECT b FROM v;",
        "DROP VIEW w;\nDROP VIEW v;\nCREATE VIEW v AS SELECT a FROM t;\nCREATE VIEW w AS SELECT a FROM v;",
    );
    assert_undone(
        POSTGRES,
        before,
        "DROP VIEW v CASCADE",
        "CREATE VIEW v AS SELECT a FROM t;\nCREATE VIEW w AS SELECT a FROM v;",
    );
    assert_undone(
        POSTGRES,
        before,
        "DROP TABLE t CASCADE",
        "CREATE TABLE t (a int);\nCREATE VIEW v AS SELECT a FROM t;\nCREATE VIEW w AS SELECT a FROM v;",
    );
}

#[test]
fn a_function_is_there_before_what_calls_it() {
    assert_undone(
        POSTGRES,
        "CREATE FUNCTION f(a int) RETURNS int AS 'SELECT a' LANGUAGE sql IMMUTABLE; \
         CREATE TABLE t (a int, b int DEFAULT f(1));",
        "ALTER TABLE t DROP COLUMN b; DROP FUNCTION f(int);",
        "CREATE FUNCTION f(a int) RETURNS int AS 'SELECT a' LANGUAGE sql IMMUTABLE;\n\
         ALTER TABLE t ADD COLUMN b INT DEFAULT f(1);",
    );
}

#[test]
fn a_function_that_takes_rows_of_a_view_comes_back_behind_it() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; \
         CREATE FUNCTION f(v) RETURNS int AS 'SELECT 1' LANGUAGE sql;",
        "DROP FUNCTION f(v); DROP VIEW v;",
        "CREATE VIEW v AS SELECT a FROM t;\nCREATE FUNCTION f(v) RETURNS int AS 'SELECT 1' LANGUAGE sql;",
    );
}

#[test]
fn a_policy_comes_back_when_its_table_is_called_as_before() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (a int); CREATE POLICY p ON t USING (true);",
        "ALTER TABLE t RENAME TO u; DROP POLICY p ON u;",
        "ALTER TABLE u RENAME TO t;\nCREATE POLICY p ON t USING (true);",
    );
}

#[test]
fn an_index_without_a_name_goes_by_the_one_that_it_is_given() {
    let before = "CREATE TABLE t (a int, b text)";
    assert_undone(
        POSTGRES,
        before,
        "CREATE INDEX ON t (a, b) WHERE a > 0",
        "DROP INDEX t_a_b_idx",
    );
    assert_not_undone(POSTGRES, before, "CREATE INDEX ON t (lower(b))");
    assert_not_undone(
        POSTGRES,
        before,
        "CREATE INDEX t_a_idx ON t (b); CREATE INDEX ON t (a);",
    );
}

#[test]
fn what_stands_beside_the_schema_is_undone_by_its_words() {
    let before = "CREATE TABLE t (a int, b int)";
    for (up, down) in [
        ("CREATE STATISTICS s ON a, b FROM t", "DROP STATISTICS s"),
        (
            "ALTER FUNCTION x.f(int, text) RENAME TO g",
            "ALTER FUNCTION x.g(int, text) RENAME TO f",
        ),
        (
            "ALTER TRIGGER a ON t RENAME TO b",
            "ALTER TRIGGER b ON t RENAME TO a",
        ),
        (
            "CREATE SEQUENCE s; CREATE TABLE u (a int DEFAULT nextval('s')); ALTER SEQUENCE s OWNED BY u.a;",
            "DROP TABLE u",
        ),
        (
            "CREATE SEQUENCE s; ALTER SEQUENCE s OWNED BY t.a;",
            "ALTER SEQUENCE s OWNED BY NONE;\nDROP SEQUENCE s;",
        ),
        (
            "CREATE FUNCTION f() RETURNS int AS 'SELECT 1' LANGUAGE sql; COMMENT ON FUNCTION f() IS 'one';",
            "DROP FUNCTION f()",
        ),
        (
            "SAVEPOINT a; ALTER TABLE t ADD COLUMN c int; RELEASE SAVEPOINT a;",
            "ALTER TABLE t DROP COLUMN c",
        ),
        (
            "ALTER TABLE t DISABLE TRIGGER ALL; ALTER TABLE t ADD COLUMN c int; ALTER TABLE t ENABLE TRIGGER ALL;",
            "ALTER TABLE t DROP COLUMN c",
        ),
        (
            "ALTER TABLE t ADD COLUMN c text DEFAULT random_text(4)",
            "ALTER TABLE t DROP COLUMN c",
        ),
        (
            "ALTER INDEX IF EXISTS i RENAME TO j; ALTER TABLE t ADD COLUMN c int;",
            "ALTER TABLE t DROP COLUMN c",
        ),
    ] {
        assert_undone(POSTGRES, before, up, down);
    }
    for up in [
        "SAVEPOINT a; CREATE TABLE u (a int); ROLLBACK TO SAVEPOINT a;",
        "ALTER TABLE t DISABLE TRIGGER ALL",
        "COMMENT ON FUNCTION f() IS 'one'",
        "ALTER SEQUENCE s OWNED BY t.a",
    ] {
        assert_not_undone(POSTGRES, before, up);
    }
}

#[test]
fn a_smaller_enum_finds_no_index_that_compares_with_the_larger() {
    let before = "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood); \
                  CREATE INDEX i ON t (m) WHERE m = 'a'; CREATE INDEX j ON t (m);";
    assert_undone(
        POSTGRES,
        before,
        "ALTER TYPE mood ADD VALUE 'b'",
        "ALTER TYPE mood RENAME TO mood_before_down;\n\
         CREATE TYPE mood AS ENUM ('a');\n\
         DROP INDEX i;\n\
         ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood;\n\
         CREATE INDEX i ON t (m) WHERE m = 'a';\n\
         DROP TYPE mood_before_down;",
    );
    let checked = "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood CHECK (m = 'a'));";
    assert_not_undone(POSTGRES, checked, "ALTER TYPE mood ADD VALUE 'b'");
}

#[test]
fn a_sequence_that_went_with_its_column_comes_back_with_it() {
    let before = "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN id int NOT NULL DEFAULT nextval('t_id_seq');";
    assert_undone(
        POSTGRES,
        before,
        "ALTER TABLE t DROP COLUMN id",
        "CREATE SEQUENCE IF NOT EXISTS t_id_seq;\n\
         ALTER TABLE t ADD COLUMN id INT NOT NULL DEFAULT nextval('t_id_seq');\n\
         ALTER SEQUENCE t_id_seq OWNED BY t.id;",
    );
}

#[test]
fn the_schema_that_every_database_begins_with_stays() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE a (id int)",
        "CREATE SCHEMA IF NOT EXISTS public; CREATE TABLE b (id int);",
        "DROP TABLE b",
    );
}

#[test]
fn words_of_a_database_are_quoted() {
    assert_undone(
        SQLITE,
        "CREATE TABLE a (id int)",
        "CREATE TABLE \"transaction\" (id int)",
        "DROP TABLE \"transaction\"",
    );
}

#[test]
fn a_range_that_must_have_a_value_is_empty() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (a int, b int4range NOT NULL)",
        "ALTER TABLE t DROP COLUMN b",
        "ALTER TABLE t ADD COLUMN b int4range NOT NULL DEFAULT 'empty';\n\
         ALTER TABLE t ALTER COLUMN b DROP DEFAULT;",
    );
}

#[test]
fn one_enum_is_cast_to_another_by_way_of_text() {
    assert_undone(
        POSTGRES,
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood)",
        "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('a', 'b'); \
         ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood; DROP TYPE old",
        "CREATE TYPE old AS ENUM ('a');\n\
         ALTER TABLE t ALTER COLUMN m TYPE old USING m::text::old;\n\
         DROP TYPE mood;\n\
         ALTER TYPE old RENAME TO mood;",
    );
}

#[test]
fn a_label_goes_from_the_tables_of_another_search_path() {
    assert_undone(
        POSTGRES,
        "CREATE SCHEMA app; SET search_path TO app; CREATE TYPE app.mood AS ENUM ('a'); CREATE TABLE t (m app.mood)",
        "ALTER TYPE app.mood ADD VALUE 'b'",
        "ALTER TYPE app.mood RENAME TO mood_before_down;\n\
         CREATE TYPE app.mood AS ENUM ('a');\n\
         ALTER TABLE app.t ALTER COLUMN m TYPE app.mood USING m::text::app.mood;\n\
         DROP TYPE app.mood_before_down;",
    );
}

#[test]
fn one_of_several_routines_does_not_come_back() {
    let one = |name: &str| {
        format!(
            "CREATE FUNCTION name_of({name}) RETURNS text LANGUAGE sql AS $$ SELECT '{name}' $$;"
        )
    };
    let before = &format!(
        "CREATE TABLE a (id int); CREATE TABLE b (id int); {} {}",
        one("a"),
        one("b")
    );
    assert_not_undone(POSTGRES, before, "DROP FUNCTION name_of(a)");
    let again = &format!("DROP FUNCTION name_of(a); {}", one("a"));
    assert_not_undone(POSTGRES, before, again);
}

#[test]
fn a_check_comes_back_once_that_went_with_the_first_of_its_columns() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (id int, a int, b int, CHECK (a > 0 OR b > 0))",
        "ALTER TABLE t DROP COLUMN b; ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN c int, ADD CHECK (c > 0)",
        "ALTER TABLE t DROP CONSTRAINT t_c_check;\n\
         ALTER TABLE t DROP COLUMN c;\n\
         ALTER TABLE t ADD COLUMN a INT;\n\
         ALTER TABLE t ADD COLUMN b INT;\n\
         ALTER TABLE t ADD CHECK (a > 0 OR b > 0);",
    );
}

#[test]
fn a_function_is_there_before_a_column_that_it_computes_whatever_views_there_are() {
    let function =
        "CREATE FUNCTION f(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)'";
    let before = format!(
        "{function}; CREATE VIEW v AS SELECT 1 AS one; CREATE TABLE t (a text, g text GENERATED ALWAYS AS (f(a)) STORED)"
    );
    assert_undone(
        POSTGRES,
        &before,
        "ALTER TABLE t DROP COLUMN g; DROP FUNCTION f(text)",
        &format!("{function};\nALTER TABLE t ADD COLUMN g TEXT GENERATED ALWAYS AS (f(a)) STORED;"),
    );
}

#[test]
fn an_exclusion_does_not_come_back_that_went_with_its_column() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (a int, b int4range, EXCLUDE USING gist (a WITH =, b WITH &&)); ALTER TABLE t DROP COLUMN b",
        "DROP TABLE t",
        "CREATE TABLE t (\n    a INT\n)",
    );
}

#[test]
fn rows_that_were_cut_into_two_tables_are_not_copied_back_as_twice_as_many() {
    let before = "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL)";
    let part = |name: &str, column: &str| {
        format!(
            "CREATE TABLE {name} (id int PRIMARY KEY, {column} int NOT NULL); \
             INSERT INTO {name} (id, {column}) SELECT id, {column} FROM t"
        )
    };
    let cut = format!("{}; {}; DROP TABLE t", part("x", "a"), part("y", "b"));
    assert_not_undone(POSTGRES, before, &cut);
    let both = format!(
        "CREATE TABLE y (id int PRIMARY KEY, a int, b int); INSERT INTO y SELECT id, a, b FROM t; {}; DROP TABLE t",
        part("x", "a")
    );
    assert_undone(
        POSTGRES,
        before,
        &both,
        &format!(
            "{before};\nDROP TABLE x;\nINSERT INTO t (id, a, b) SELECT id, a, b FROM y;\nDROP TABLE y;"
        ),
    );
}

#[test]
fn a_function_goes_after_the_condition_that_calls_it() {
    let function = "CREATE FUNCTION f(v int) RETURNS boolean LANGUAGE sql AS 'SELECT v > 0'";
    assert_undone(
        POSTGRES,
        "",
        &format!("CREATE TABLE t (a int); {function}; ALTER TABLE t ADD CONSTRAINT c CHECK (f(a))"),
        "ALTER TABLE t DROP CONSTRAINT c;\nDROP FUNCTION f(v int);\nDROP TABLE t;",
    );
}

#[test]
fn a_key_goes_before_the_column_that_is_written_behind_it() {
    assert_undone(
        POSTGRES,
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a, b), ADD COLUMN b int",
        "ALTER TABLE t DROP CONSTRAINT k;\nALTER TABLE t DROP COLUMN b;",
    );
}

#[test]
fn a_function_that_takes_more_stands_beside_the_other() {
    let function = |takes: &str| {
        format!("CREATE OR REPLACE FUNCTION f({takes}) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    };
    let (one, two) = (function("a numeric(3, 1)"), function("a int, b int"));
    assert_undone(POSTGRES, &one, &two, "DROP FUNCTION f(a int, b int)");
    let other = one.replace("SELECT 1", "SELECT 2");
    assert_undone(POSTGRES, &one, &other, &one);
}

#[test]
fn a_check_goes_before_the_column_that_the_same_alter_adds_behind_it() {
    let before = "CREATE TABLE t (id int PRIMARY KEY, name text)";
    assert_undone(
        POSTGRES,
        before,
        "ALTER TABLE t ADD CONSTRAINT c CHECK (level > 1 AND id > 0), ADD COLUMN level int",
        "ALTER TABLE t DROP CONSTRAINT c;\nALTER TABLE t DROP COLUMN level;",
    );
    assert_undone(
        POSTGRES,
        before,
        "ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0), ADD COLUMN level int",
        "ALTER TABLE t DROP CONSTRAINT c;\nALTER TABLE t DROP COLUMN level;",
    );
}
