//! Is what a crate's code uses found, in sqlx's offline cache, in its sources and in its declarations?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::__private::{CodeUses, inventory};
use onward_analysis::Dialect;
use onward_analysis::uses::{Read, read};
use onward_tests::{Database, on, with_pool};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

on!(nothing_is_missed_of_what_postgres_knows_of_its_own_views: on_postgres);

/// A declaration stands in a function, and in front of one.
struct Reports;

impl Reports {
    #[onward::uses("reports.title", "audit.reports.*")]
    fn title(id: u32) -> u32 {
        id + 1
    }

    fn body() -> u32 {
        onward::declare::uses!("reports.body");
        2
    }
}

fn of(package: &str) -> Vec<Value> {
    let registered = inventory::iter::<CodeUses>.into_iter();
    registered
        .filter(|uses| uses.package == package)
        .map(|uses| serde_json::from_str(uses.uses).unwrap())
        .collect()
}

#[test]
fn a_cache_tells_what_its_queries_use() {
    assert!(cached::CODE.contains("query"));
    let [found] = of("cached").try_into().unwrap();
    let at = "src/lib.rs:9";
    assert_eq!(
        table(&found, "orders")["columns"],
        json!({ "cents": at, "user_id": at })
    );
    assert_eq!(
        table(&found, "users")["columns"],
        json!({ "id": at, "name": at, "phone_number": "src/lib.rs:18" })
    );
    assert_eq!(table(&found, "users")["writes"], json!("src/lib.rs:18"));
    let insert = "`INSERT INTO notes VALUES (?, ?) RETURNIN …`, query-5c2d7e9f….json";
    assert_eq!(
        table(&found, "notes")["every"],
        json!(insert),
        "a query that no source has"
    );
}

#[test]
fn what_cannot_be_read_is_listed() {
    let [found] = of("cached").try_into().unwrap();
    let unread = found["unread"].as_array().unwrap();
    let said: Vec<String> = unread
        .iter()
        .map(|one| format!("{}: {} {}", one["at"], one["reason"], one["words"]))
        .collect();
    assert_eq!(
        said,
        [
            "\"`CALL tidy('carts')`, query-e1d2c3b4….json\": \"it is no SELECT, INSERT, UPDATE or DELETE\" [\"call\",\"carts\",\"tidy\"]",
            "\"src/lib.rs:23\": \"its SQL is put together at run time\" []",
        ]
    );
}

#[test]
fn declarations_are_taken_in_any_place() {
    assert_eq!(Reports::title(1) + Reports::body(), 4);
    let found = of("onward-tests");
    let columns: Vec<&Value> = found
        .iter()
        .flat_map(|uses| uses["tables"].as_array().unwrap())
        .collect();
    let titled = columns
        .iter()
        .find(|table| table["columns"]["title"] != Value::Null)
        .unwrap();
    assert_eq!(
        titled["columns"]["title"],
        json!(line_of("#[onward::uses("))
    );
    assert!(
        columns
            .iter()
            .any(|table| table["columns"]["body"] == json!(line_of("onward::declare::uses!(")))
    );
    let audit = columns
        .iter()
        .find(|table| table["schema"] == json!("audit"))
        .unwrap();
    assert_eq!(
        (&audit["table"], &audit["every"]),
        (&json!("reports"), &json!(line_of("#[onward::uses(")))
    );
}

/// Where a text stands first in this file.
fn line_of(text: &str) -> String {
    let before = include_str!("uses.rs").lines();
    let line = before.take_while(|line| !line.contains(text)).count() + 1;
    format!("tests/uses.rs:{line}")
}

fn table<'v>(found: &'v Value, name: &str) -> &'v Value {
    let tables = found["tables"].as_array().unwrap();
    tables
        .iter()
        .find(|table| table["table"] == json!(name))
        .unwrap()
}

/// The server's own views are long queries, and of each view it knows which columns it reads. It does not write that down
/// of its own catalog, so the views are made again over copies of it.
async fn nothing_is_missed_of_what_postgres_knows_of_its_own_views(database: Database) {
    database.execute("CREATE SCHEMA copy").await;
    let tables = "SELECT format('CREATE TABLE copy.%I AS SELECT * FROM pg_catalog.%I WITH NO DATA', relname, relname) \
                  FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND relname <> 'pg_statistic'";
    let views = "SELECT format('SET search_path = copy, pg_catalog; CREATE VIEW copy.%I AS %s; RESET search_path', \
                 'a_' || oid, rtrim(pg_get_viewdef(oid), ';')) FROM pg_class WHERE relkind = 'v' \
                 AND relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) ORDER BY oid";
    for list in [tables, views] {
        for statement in database.column(list).await {
            // A few of them need what has no copy.
            let made = sqlx::raw_sql(AssertSqlSafe(statement));
            let _ = with_pool!(database.pool, pool => made.execute(pool).await.map(|_| ()));
        }
    }
    let known = "SELECT v.relname::text, rtrim(pg_get_viewdef(v.oid), ';'), t.relname::text, coalesce(a.attname::text, '') \
                 FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid \
                 JOIN pg_class v ON v.oid = r.ev_class JOIN pg_class t ON d.refclassid = 'pg_class'::regclass \
                 AND t.oid = d.refobjid AND t.oid <> v.oid LEFT JOIN pg_attribute a \
                 ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0 \
                 WHERE v.relnamespace = 'copy'::regnamespace AND t.relnamespace = 'copy'::regnamespace";
    let known = database.rows(known).await;
    assert!(known.len() > 500, "{} dependencies", known.len());
    for row in known {
        let [view, sql, table, column] = row.try_into().unwrap();
        let Read::Uses(found) = read(Dialect::Postgres, &sql) else {
            panic!("{view} is not read: {sql}");
        };
        let told = found.iter().any(|one| {
            one.table == table && (column.is_empty() || one.every || one.columns.contains(&column))
        });
        assert!(told, "{table}.{column} in {view}: {sql}");
    }
}
