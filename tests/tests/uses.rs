//! Is what a crate's code uses found, in sqlx's offline cache, in its sources and in its declarations?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::__private::{CodeUses, inventory};
use serde_json::{Value, json};

/// A declaration stands in a function, and in front of one.
struct Reports;

impl Reports {
    #[onward::using("reports.title", "audit.reports.*")]
    fn title(id: u32) -> u32 {
        id + 1
    }

    fn body() -> u32 {
        onward::uses!("reports.body");
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
    assert_eq!(titled["columns"]["title"], json!("tests/uses.rs:12"));
    assert!(
        columns
            .iter()
            .any(|table| table["columns"]["body"] == json!("tests/uses.rs:18"))
    );
    let audit = columns
        .iter()
        .find(|table| table["schema"] == json!("audit"))
        .unwrap();
    assert_eq!(
        (&audit["table"], &audit["every"]),
        (&json!("reports"), &json!("tests/uses.rs:12"))
    );
}

fn table<'v>(found: &'v Value, name: &str) -> &'v Value {
    let tables = found["tables"].as_array().unwrap();
    tables
        .iter()
        .find(|table| table["table"] == json!(name))
        .unwrap()
}
