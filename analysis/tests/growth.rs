//! Does a script that is much longer take more than its share of time?
//!
//! Each of these is short work, and would take minutes if the work grew with the square of the length. The bound is far from
//! both, so that it holds on a slow and busy machine, without optimisation.
#![cfg(feature = "parse")]

use std::time::Duration;

use onward_analysis::Dialect::{self, MySql, Postgres, Sqlite};
use onward_analysis::check::{Code, Style};
use onward_analysis::{Marks, Schema, Subject, check};

const BYTES: usize = 25_000;

const LONGEST: Duration = Duration::from_secs(20);

/// A script that begins with `head` and goes on with `part` of 0, 1, 2 …
fn script(head: &str, part: impl Fn(usize) -> String, tail: &str) -> String {
    let mut sql = head.to_owned();
    let mut n = 0;
    while sql.len() < BYTES {
        sql.push_str(&part(n));
        n += 1;
    }
    sql + tail
}

/// How long this thread has run, whoever else kept the machine busy. Linux alone tells; elsewhere nothing is measured, and
/// only a script that never ends is noticed.
fn worked() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

#[track_caller]
fn assert_quick(dialects: &[Dialect], sql: &str) {
    for dialect in dialects {
        for schema in [Schema::empty(), Schema::unknown()] {
            let subject = Subject {
                up: Code::Sql(sql),
                down: None,
                marks: &Marks::default(),
                style: Style::Header,
            };
            let start = worked();
            let _ = check(&subject, &[*dialect], &mut [schema]);
            let took = worked() - start;
            let head: String = sql.chars().take(120).collect();
            assert!(took < LONGEST, "{dialect:?}, {took:?}: {head}");
        }
    }
}

#[test]
fn many_statements_on_one_table() {
    let table = "CREATE TABLE t (a int);";
    let add = |n| format!("ALTER TABLE t ADD COLUMN c{n} int;");
    assert_quick(&[Postgres], &script(table, add, ""));
    let drop = |n| format!("ALTER TABLE t DROP COLUMN c{n};");
    assert_quick(&[MySql], &script("", drop, ""));
    let delete = |n| format!("DELETE FROM t WHERE a = {n};");
    let kept = "INSERT INTO u SELECT * FROM t; DROP TABLE t;";
    assert_quick(&[Sqlite], &script(table, delete, kept));
    let index = |n| format!("CREATE INDEX i{n} ON t (a);");
    assert_quick(&[Postgres], &script(table, index, "DROP TABLE t;"));
    let rename = |n| format!("ALTER TABLE t{n} RENAME TO t{};", n + 1);
    assert_quick(&[Sqlite], &script("CREATE TABLE t0 (a int);", rename, ""));
    let set = |n| format!("c{n} = 1, ");
    assert_quick(&[Sqlite], &script("UPDATE t SET ", set, "c = 1"));
    let copied: String = (0..20_000).map(|n| format!("c{n} = c, ")).collect();
    assert_quick(&[MySql], &format!("UPDATE t SET {copied} d = c"));
}

#[test]
fn many_tables() {
    let create = |n| format!("CREATE TABLE t{n} (a int); CREATE INDEX i{n} ON t{n} (a);");
    assert_quick(&[MySql], &script("", create, ""));
    let again = |n| format!("CREATE TABLE t{n} (a int); DROP TABLE t{n};");
    assert_quick(&[Postgres], &script("", again, ""));
    let columns = |n| format!("c{n} int, ");
    let drops = "z int); ALTER TABLE t DROP COLUMN c0; ALTER TABLE t DROP COLUMN c1;";
    assert_quick(&[Postgres], &script("CREATE TABLE t (", columns, drops));
    let like = |n| format!("CREATE TABLE t{} (LIKE t{n}, b{n} int);", n + 1);
    let first = "CREATE TABLE t0 (a int primary key);";
    assert_quick(&[Postgres], &script(first, like, ""));
    let child = |n| {
        format!(
            "CREATE TABLE t{} (a int PRIMARY KEY REFERENCES t{n} ON DELETE CASCADE);",
            n + 1
        )
    };
    assert_quick(&[Postgres], &script(first, child, "DELETE FROM t0;"));
}

#[test]
fn what_a_statement_sets_off() {
    let tables = "CREATE TABLE t (a int); CREATE TABLE u (a int);";
    let trigger = |n| {
        format!("CREATE TRIGGER g{n} AFTER INSERT ON t BEGIN INSERT INTO u SELECT a FROM t; END;")
    };
    let inserts = "INSERT INTO t VALUES (1);".repeat(1000) + "DROP TABLE t;";
    assert_quick(&[Sqlite], &script(tables, trigger, &inserts));
    let view = |n| format!("CREATE MATERIALIZED VIEW v{n} AS SELECT a FROM t; DELETE FROM t;");
    assert_quick(&[Postgres], &script(tables, view, ""));
    let branch = |n| format!("IF a THEN INSERT INTO u{n} SELECT * FROM t; END IF;");
    let block = script("DO $$ BEGIN ", branch, " END $$; DROP TABLE t;");
    assert_quick(&[Postgres], &block);
}

#[test]
fn what_a_statement_looks_for_among_many() {
    let table = "CREATE TABLE t (a int, c0 int);";
    let many =
        |count: usize, part: &dyn Fn(usize) -> String| (0..count).map(part).collect::<String>();
    let indexes = many(1_500, &|n| format!("CREATE INDEX i{n} ON t (a);"));
    let rename = |n| format!("ALTER TABLE t RENAME COLUMN c{n} TO c{};", n + 1);
    assert_quick(
        &[Postgres],
        &(table.to_owned() + &indexes + &many(1_500, &rename)),
    );
    let read = many(1_500, &|n| format!("CREATE INDEX i{n} ON t (c0);"));
    assert_quick(
        &[Sqlite],
        &(table.to_owned() + &read + &many(1_500, &rename)),
    );
    let table_too = many(1_500, &|n| {
        format!("ALTER TABLE t{n} RENAME TO t{};", n + 1)
    });
    let called = "ALTER TABLE t RENAME TO t0;";
    assert_quick(
        &[MySql],
        &(table.to_owned() + &indexes + called + &table_too),
    );
    let nameless = "CREATE INDEX ON t (a);".repeat(4_000);
    assert_quick(&[Postgres], &(table.to_owned() + &nameless));
    let trigger =
        |n| format!("CREATE TRIGGER g{n} AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();");
    let disable = |n| format!("ALTER TABLE t DISABLE TRIGGER g{n};");
    let triggers = many(2_000, &trigger) + &many(2_000, &disable);
    assert_quick(&[Postgres], &(table.to_owned() + &triggers));
    let part = |n| format!("CREATE TABLE p{n} PARTITION OF t FOR VALUES IN ({n});");
    let detach = |n| format!("ALTER TABLE t DETACH PARTITION p{n};");
    let parts = many(2_000, &part) + &many(2_000, &detach);
    let table = "CREATE TABLE t (a int) PARTITION BY LIST (a);";
    assert_quick(&[Postgres], &(table.to_owned() + &parts));
}

/// What took a minute at a tenth of a megabyte, or for ever, before it was counted.
#[test]
fn what_hangs_together() {
    let heir = |n| format!("CREATE TABLE h{n} () INHERITS (t);");
    let column = |n| format!("ALTER TABLE t ADD COLUMN c{n} int;");
    let heirs: String = (0..400).map(heir).chain((0..400).map(column)).collect();
    assert_quick(
        &[Postgres],
        &("CREATE TABLE t (a int);".to_owned() + &heirs),
    );
    let line = |n| format!("CREATE TABLE t{} () INHERITS (t{n});", n + 1);
    let end = "ALTER TABLE t0 ADD COLUMN b int; DROP TABLE t0 CASCADE;";
    assert_quick(&[Postgres], &script("CREATE TABLE t0 (a int);", line, end));
    let child = |n| {
        format!(
            "CREATE TABLE t{} (a int PRIMARY KEY REFERENCES t{n});",
            n + 1
        )
    };
    let truncates = "TRUNCATE t0 CASCADE;".repeat(400);
    let table = "CREATE TABLE t0 (a int PRIMARY KEY);";
    assert_quick(&[Postgres], &script(table, child, &truncates));
    let labelled = |n| format!("CREATE TABLE t{n} (a e); ALTER TYPE e ADD VALUE 'x{n}';");
    let labels = script(
        "CREATE TYPE e AS ENUM ('a');",
        labelled,
        "DROP TYPE e CASCADE;",
    );
    assert_quick(&[Postgres], &labels);
    let there = "INSERT INTO u SELECT * FROM t; DELETE FROM t;";
    let back = "INSERT INTO t SELECT * FROM u; DELETE FROM u;";
    let to_and_fro = (there.to_owned() + back).repeat(100);
    assert_quick(&[MySql, Sqlite], &to_and_fro);
    let long = script(
        "CREATE PROCEDURE p() BEGIN ",
        |n| format!("DELETE FROM t{n};"),
        " END;",
    );
    assert_quick(&[MySql], &(long + &"CALL p();".repeat(200)));
}

/// A script whose undoing is too much to work out says so, and is unknown where it is too much to follow.
#[test]
fn what_is_too_much_is_said() {
    let table = |n: usize| format!("CREATE TABLE t{n} (a int);");
    let drop = |n: usize| format!("DROP INDEX i{n};");
    let index = |n: usize| format!("CREATE INDEX i{n} ON t{n} (a);");
    let first: String = (0..2_500).flat_map(|n| [table(n), index(n)]).collect();
    let drops: String = (0..2_500).rev().map(drop).collect();
    let mut schema = [Schema::empty()];
    let marks = Marks::default();
    let mut checked = |up: &str| {
        let subject = Subject {
            up: Code::Sql(up),
            down: None,
            marks: &marks,
            style: Style::Header,
        };
        check(&subject, &[Postgres], &mut schema)
    };
    let _ = checked(&first);
    let checked = checked(&drops);
    assert_eq!(checked.inverse, None);
    let reason = checked.stuck.first().map(|stuck| stuck.reason.as_str());
    let expected = "what undoes so large a script cannot be worked out from here on; parts of it, as migrations of their own, can";
    assert_eq!(reason, Some(expected));
}

/// Scripts on a table of thousands of columns that those before them made.
#[test]
fn the_scripts_of_a_folder_on_a_wide_table() {
    let each = |count: usize, part: &dyn Fn(usize) -> String| -> Vec<String> {
        let parts: Vec<String> = (0..count).map(part).collect();
        let scripts = parts.chunks(count.div_ceil(50));
        scripts.map(<[String]>::concat).collect()
    };
    let table = "CREATE TABLE t (a int);".to_owned();
    let add = |n| format!("ALTER TABLE t ADD COLUMN c{n} int;");
    let wide: String = (0..10_000).map(|n| format!("c{n} int, ")).collect();
    let wide = format!("CREATE TABLE t ({wide} z int);");
    let drop = |n| format!("ALTER TABLE t DROP COLUMN c{n};");
    for (dialect, first, rest) in [
        (Sqlite, &table, each(2_500, &add)),
        (MySql, &wide, each(50, &drop)),
    ] {
        let mut schema = [Schema::empty()];
        let start = worked();
        for up in std::iter::once(first).chain(&rest) {
            let subject = Subject {
                up: Code::Sql(up),
                down: None,
                marks: &Marks::default(),
                style: Style::Header,
            };
            let _ = check(&subject, &[dialect], &mut schema);
        }
        let took = worked() - start;
        assert!(took < LONGEST, "{dialect:?}, {took:?}: {}", rest[0]);
    }
}

/// A few hundred bytes in which each part was read twice, and each part of that.
#[test]
fn what_stands_within_itself() {
    for (head, tail) in [
        ("CASE WHEN a = 1 THEN 2 ELSE ", " END"),
        ("CASE WHEN a = 1 THEN ", " ELSE 2 END"),
        ("COALESCE(a, ", ")"),
        ("CAST(CASE WHEN a = 1 THEN 1 ELSE ", " END AS char)"),
        ("(SELECT a FROM t WHERE a = ", ")"),
        (
            "(SELECT max(a) FROM t WHERE a IN (SELECT a FROM t WHERE b < ",
            "))",
        ),
        ("EXISTS (SELECT 1 FROM t WHERE a = 1 AND ", " = 1)"),
        ("a IN (SELECT a FROM t WHERE 1 = ", ")"),
        ("a BETWEEN 1 AND (SELECT a FROM t UNION ALL SELECT ", ")"),
    ] {
        let value = format!("{}3{}", head.repeat(40), tail.repeat(40));
        for sql in [
            format!("UPDATE t SET a = {value};"),
            format!("DELETE FROM t WHERE {value} = 1;"),
            format!("INSERT INTO t SELECT {value};"),
            format!("CREATE VIEW v AS SELECT {value} AS x FROM t;"),
        ] {
            assert_quick(&Dialect::ALL, &sql);
        }
    }
}

/// Each name that is not there was compared with all that are.
#[test]
fn what_thousands_of_tables_refer_to() {
    let each = |part: &dyn Fn(usize) -> String| -> String { (0..2_000).map(part).collect() };
    let known = each(&|n| {
        let to = (n * 7 + 3) % 2_000;
        format!("CREATE TABLE t{n} (a int PRIMARY KEY, b int REFERENCES t{to} (a));")
    });
    assert_quick(&[Sqlite], &known);
    let unknown = each(&|n| {
        format!("CREATE TABLE t{n} (a int PRIMARY KEY, b int REFERENCES others{n} (a));")
    });
    assert_quick(&[Sqlite], &unknown);
}

/// Two hundred scripts, each of which looks at all that those before it built.
#[test]
fn the_scripts_of_a_folder_share_what_they_may_take() {
    let each = |count: usize, part: &dyn Fn(usize) -> String| -> Vec<String> {
        let parts: Vec<String> = (0..count).map(part).collect();
        let scripts = parts.chunks(count.div_ceil(200));
        scripts.map(<[String]>::concat).collect()
    };
    let table = "CREATE TABLE t (a int);";
    let add = |n| format!("ALTER TABLE t ADD COLUMN c{n} int;");
    let constrain = |n| format!("ALTER TABLE t ADD CONSTRAINT k{n} CHECK (a > {n});");
    let attach = |n| {
        format!(
            "CREATE TABLE p{n} (a int); ALTER TABLE t ATTACH PARTITION p{n} FOR VALUES IN ({n});"
        )
    };
    let columns: String = (0..5_000).map(|n| format!("c{n} int, ")).collect();
    let wide = format!("CREATE TABLE t ({columns} z int);");
    let delete = |n| format!("DELETE FROM t WHERE z = {n};");
    let parted = "CREATE TABLE t (a int) PARTITION BY LIST (a);";
    for (dialect, first, rest) in [
        (Sqlite, table, each(5_000, &add)),
        (MySql, table, each(5_000, &constrain)),
        (Postgres, parted, each(2_500, &attach)),
        (Sqlite, &wide, each(1_000, &delete)),
    ] {
        let mut schema = [Schema::empty()];
        let start = worked();
        for up in std::iter::once(first).chain(rest.iter().map(String::as_str)) {
            let subject = Subject {
                up: Code::Sql(up),
                down: None,
                marks: &Marks::default(),
                style: Style::Header,
            };
            let _ = check(&subject, &[dialect], &mut schema);
        }
        let took = worked() - start;
        assert!(took < LONGEST, "{dialect:?}, {took:?}: {}", &rest[0][..60]);
    }
}

/// What reads the same thing twice, again and again: a kilobyte of it took more memory than there is.
#[test]
fn what_doubles_itself() {
    let step = |n| {
        format!(
            ", a{} AS (SELECT * FROM a{n} UNION ALL SELECT * FROM a{n})",
            n + 1
        )
    };
    let start = "WITH a0 AS (SELECT 1 AS x)";
    assert_quick(&[Postgres], &script(start, step, " SELECT 1"));
    let wider = |n| format!(", a{} AS (SELECT x.*, y.* FROM a{n} x, a{n} y)", n + 1);
    let start = "INSERT INTO z WITH a0 AS (SELECT a, b FROM t)";
    assert_quick(&[MySql], &script(start, wider, " SELECT * FROM a9"));
    let table = "CREATE TABLE t0 (a int, b int);";
    let wider = |n| {
        format!(
            "CREATE TABLE t{} AS SELECT x.*, y.* FROM t{n} x, t{n} y;",
            n + 1
        )
    };
    assert_quick(&[Sqlite], &script(table, wider, "DROP TABLE t0;"));
    let view = |n| {
        format!(
            "CREATE VIEW v{} AS SELECT * FROM v{n} UNION ALL SELECT * FROM v{n};",
            n + 1
        )
    };
    let first = "CREATE TABLE t (a int); CREATE VIEW v0 AS SELECT a FROM t;";
    let read = "CREATE TABLE w AS SELECT * FROM v30; DROP TABLE t;";
    assert_quick(&[Postgres], &script(first, view, read));
}

/// Lists of tens of thousands, in which each is looked for among all.
#[test]
fn long_lists() {
    let listed = |count: usize, part: &dyn Fn(usize) -> String| {
        let parts: Vec<String> = (0..count).map(part).collect();
        parts.join(", ")
    };
    let labels = listed(10_000, &|n| format!("'x{n}'"));
    let checked = format!(
        "CREATE TABLE t (a text CHECK (a IN ({labels}))); UPDATE t SET a = 'x1' WHERE a = 'x2';"
    );
    assert_quick(&[Postgres, MySql, Sqlite], &checked);
    let enums = format!(
        "CREATE TYPE e AS ENUM ({labels}); CREATE TYPE f AS ENUM ({labels}); CREATE TABLE t (a e); \
         ALTER TABLE t ALTER a TYPE f USING a::text::f;"
    );
    assert_quick(&[Postgres], &enums);
    let modified =
        format!("CREATE TABLE t (a ENUM({labels})); ALTER TABLE t MODIFY a ENUM({labels}, 'y');");
    assert_quick(&[MySql], &modified);
    let path = listed(3_000, &|n| format!("s{n}"));
    let deletes: String = (0..3_000).map(|n| format!("DELETE FROM t{n};")).collect();
    assert_quick(&[Postgres], &format!("SET search_path = {path}; {deletes}"));
}

/// A table of ten thousand columns, each of which is looked for.
#[test]
fn wide_tables() {
    let each = |part: &dyn Fn(usize) -> String| -> Vec<String> { (0..10_000).map(part).collect() };
    let columns = each(&|n| format!("c{n} INTEGER NOT NULL")).join(", ");
    let names = each(&|n| format!("c{n}")).join(", ");
    let table = format!("CREATE TABLE t ({columns});");
    let moved = format!(
        "CREATE TABLE u ({columns}); INSERT INTO u ({names}) SELECT {names} FROM t; DROP TABLE t;"
    );
    assert_quick(&[Postgres, MySql, Sqlite], &(table.clone() + &moved));
    let retype = each(&|n| format!("ALTER COLUMN c{n} TYPE bigint")).join(", ");
    let require = each(&|n| format!("ALTER COLUMN c{n} DROP NOT NULL")).join(", ");
    let altered = format!("{table} ALTER TABLE t {retype}; ALTER TABLE t {require};");
    assert_quick(&[Postgres], &altered);
    let rename = each(&|n| format!("ALTER TABLE t RENAME COLUMN c{n} TO d{n};")).concat();
    assert_quick(&[Sqlite], &(table + &rename));
}

/// Constants that are looked for among thousands of labels, and names among those of a `WITH`.
#[test]
fn many_labels_and_names() {
    let each = |part: &dyn Fn(usize) -> String| -> Vec<String> { (0..10_000).map(part).collect() };
    let labels = each(&|n| format!("'x{n}'")).join(", ");
    let whens = each(&|n| format!("WHEN 'x{n}' THEN 'y{n}'")).join(" ");
    let cased = format!(
        "CREATE TYPE e AS ENUM ({labels}); CREATE TABLE t (a e, b text); UPDATE t SET b = CASE a {whens} END; \
         ALTER TABLE t DROP COLUMN a;"
    );
    assert_quick(&[Postgres], &cased);
    let set = each(&|n| format!("UPDATE t SET a = 'x{n}' WHERE a = 'x0';")).concat();
    assert_quick(
        &[MySql],
        &(format!("CREATE TABLE t (a ENUM({labels}));") + &set),
    );
    let with = each(&|n| format!("a{n} AS (SELECT * FROM t)")).join(", ");
    assert_quick(
        &[MySql],
        &format!("CREATE TABLE u AS WITH {with} SELECT * FROM a1; DROP TABLE t;"),
    );
}

/// Rows that the up plants, and that the down takes one by one.
#[test]
fn many_seeds() {
    let count = 4_000;
    let rows: Vec<String> = (0..count).map(|n| format!("({n}, 'x')")).collect();
    let keys: Vec<String> = (0..count).map(|n| n.to_string()).collect();
    let up = format!("INSERT INTO t (a, b) VALUES {};", rows.join(", "));
    let at_once = format!("DELETE FROM t WHERE a IN ({});", keys.join(", "));
    let one_by_one: String = (0..count)
        .map(|n| format!("DELETE FROM t WHERE a = {n};"))
        .collect();
    for dialect in [Postgres, MySql, Sqlite] {
        for down in [&at_once, &one_by_one] {
            let subject = Subject {
                up: Code::Sql(&up),
                down: Some(Code::Sql(down)),
                marks: &Marks::default(),
                style: Style::Header,
            };
            let start = worked();
            let _ = check(&subject, &[dialect], &mut [Schema::unknown()]);
            let took = worked() - start;
            assert!(took < LONGEST, "{dialect:?}, {took:?}");
        }
    }
}

/// Each statement that writes rows looked at thousands of indexes and constraints of the table.
#[test]
fn what_stands_on_one_table_beside_what_is_written_there() {
    let each = |part: &dyn Fn(usize) -> String| -> String { (0..2_000).map(part).collect() };
    let unique = each(&|n| {
        format!("CREATE UNIQUE INDEX k{n} ON t (a, b);UPDATE t SET b = 'q' WHERE b = 'w{n}';")
    });
    let table = "CREATE TABLE t (a int, b varchar(9));";
    assert_quick(&Dialect::ALL, &format!("{table}{unique}"));
    let checks = each(&|n| {
        format!(
            "ALTER TABLE t ADD CONSTRAINT k{n} CHECK (b <> 'x{n}');UPDATE t SET b = 'q' WHERE b = 'w{n}';"
        )
    });
    assert_quick(&[Postgres, MySql], &format!("{table}{checks}"));
}
