//! Does what only PostgreSQL has run as it must?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Environment, Goal, Migrator, Revert, Version};
use onward_tests::{Database, on, with_pool};
use sqlx::Connection as _;

on!(runs_what_refuses_a_transaction: on_postgres);
on!(finds_its_history_whatever_the_search_path: on_postgres);
on!(runs_rust_both_ways: on_postgres);
on!(is_not_stopped_by_the_applications_timeouts: on_postgres);
on!(repairs_an_index_that_failed: on_postgres);
on!(runs_everything_back_and_forth: on_postgres);
on!(what_a_round_trip_takes_is_named: on_postgres);

fn migrator() -> Migrator {
    Migrator::new(on_postgres::MIGRATIONS).environment(Environment::development())
}

async fn up_to(database: &Database, version: i64) -> onward::Result<onward::RunReport> {
    let goal = Goal::To(Version::new(version));
    with_pool!(database.pool, pool => migrator().up(pool, goal).await)
}

const INVALID: &str = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid";

async fn runs_what_refuses_a_transaction(database: Database) {
    up_to(&database, 2).await.unwrap();
    let names =
        "SELECT indexname::text FROM pg_indexes WHERE indexname LIKE 'people\\_%' ORDER BY 1";
    let indexes = database.column(names).await;
    assert_eq!(indexes, ["people_first", "people_last", "people_pkey"]);
    assert_eq!(database.column(INVALID).await, Vec::<String>::new());
}

async fn finds_its_history_whatever_the_search_path(database: Database) {
    up_to(&database, 4).await.unwrap();
    assert_eq!(database.applied().await, ["1", "2", "3", "4"]);
    let column =
        "SELECT table_schema::text FROM information_schema.columns WHERE column_name = 'full_name'";
    assert_eq!(
        database.column(column).await,
        ["public"],
        "the path is each migration's own"
    );
    assert_eq!(
        database.column("SHOW search_path").await,
        ["\"$user\", public"]
    );
}

async fn runs_rust_both_ways(database: Database) {
    up_to(&database, 5).await.unwrap();
    let names = "SELECT coalesce(full_name, '-') FROM people ORDER BY id";
    assert_eq!(
        database.column(names).await,
        ["Ada Lovelace", "Alan Turing"]
    );
    let report = with_pool!(database.pool, pool => migrator().revert(pool, Revert::Last).await);
    assert_eq!(report.unwrap().ran.len(), 1);
    assert_eq!(database.column(names).await, ["-", "-"]);
}

/// The migration writes down which time-outs it ran under.
async fn is_not_stopped_by_the_applications_timeouts(database: Database) {
    database
        .execute(&format!(
            "ALTER DATABASE {} SET statement_timeout = '20s'",
            database.name
        ))
        .await;
    let mut connection = sqlx::PgConnection::connect(&database.url).await.unwrap();
    let goal = Goal::To(Version::new(6));
    migrator().up(&mut connection, goal).await.unwrap();
    assert_eq!(
        database
            .column("SELECT statement_timeout FROM timeouts")
            .await,
        ["1h"],
        "the policy's"
    );
    let after: String = sqlx::query_scalar("SHOW statement_timeout")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        after, "20s",
        "the application's own connection has its setting again"
    );
}

async fn repairs_an_index_that_failed(database: Database) {
    up_to(&database, 6).await.unwrap();
    database
        .execute("INSERT INTO people (id, last) VALUES (3, 'Turing')")
        .await;
    let error = up_to(&database, 7).await.unwrap_err().to_string();
    assert!(error.contains("people_unique"), "{error}");
    database.execute("DELETE FROM people WHERE id = 3").await;
    up_to(&database, 7).await.unwrap();
    assert_eq!(database.column(INVALID).await, Vec::<String>::new());
    assert_eq!(
        database.applied().await,
        ["1", "2", "3", "4", "5", "6", "7"]
    );
}

async fn runs_everything_back_and_forth(database: Database) {
    let empty = database.picture().await;
    up_to(&database, 7).await.unwrap();
    let full = database.picture().await;
    let everything = Revert::To(Version::new(0));
    with_pool!(database.pool, pool => migrator().revert(pool, everything).await).unwrap();
    assert_eq!(database.picture().await, empty);
    up_to(&database, 7).await.unwrap();
    assert_eq!(database.picture().await, full);
}

async fn what_a_round_trip_takes_is_named(database: Database) {
    let trip = || onward::testing::round_trip(on_postgres::MIGRATIONS).on(&database.url);
    let faults = trip().await.unwrap_err().to_string();
    assert!(
        faults.contains("1. The down of 5 merge_names takes what nobody foretold."),
        "{faults}"
    );
    let expected = "   gone: people.full_name, ";
    assert!(faults.contains(expected), "{faults}");
    let report = trip().let_pass(5, "the names are computed").await.unwrap();
    assert_eq!((report.migrations, report.tables), (7, 3), "{report}");
}
