//! Do the shop's migrations go up, down and up again on every database, by the tester that applications use?

use onward::Dialect;
use onward_tests::{Database, on, on_every_database, with_pool};

on_every_database!(goes_there_and_back);
on!(what_a_killed_run_left_goes_with_the_next: on_postgres, on_mysql);

/// A run that was killed leaves databases behind that are called after it; those of a run that goes on are its own.
async fn what_a_killed_run_left_goes_with_the_next(database: Database) {
    let own = std::process::id();
    let (dead, living) = (
        format!("onward_round_trip_r1c{own}_dead"),
        format!("onward_round_trip_r1c{own}_living"),
    );
    let says = match database.dialect() {
        Dialect::MySql => format!("DO GET_LOCK('{living}', 0)"),
        Dialect::Postgres | Dialect::Sqlite => format!("SET application_name = '{living}'"),
    };
    let names = match database.dialect() {
        Dialect::MySql => {
            "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata WHERE schema_name LIKE "
        }
        Dialect::Postgres | Dialect::Sqlite => {
            "SELECT datname::text FROM pg_database WHERE datname LIKE "
        }
    };
    let names = format!("{names}'onward\\_round\\_trip\\_r1c{own}\\_%' ORDER BY 1");
    let (left, used) = (format!("{dead}_1"), format!("{living}_1"));
    for name in [&left, &used] {
        database.execute(&format!("CREATE DATABASE {name}")).await;
    }
    with_pool!(database.pool, pool => {
        let mut session = pool.acquire().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(says)).execute(&mut *session).await.unwrap();
        let trip = onward::testing::round_trip(shop::MIGRATIONS).on(&database.url);
        trip.await.unwrap();
        assert_eq!(database.column(&names).await, [used.as_str()]);
        session.close().await.unwrap();
    });
    database.execute(&format!("DROP DATABASE {used}")).await;
}

async fn goes_there_and_back(database: Database) {
    let trip = onward::testing::round_trip(shop::MIGRATIONS).on(&database.url);
    let report = trip.await.unwrap();
    assert_eq!((report.migrations, report.reverted), (5, 5), "{report}");
    assert_eq!(report.dialect, database.dialect());
    assert_eq!(report.tables, 3, "{report}");
    assert!(
        report.notes.is_empty() && report.skipped.is_empty(),
        "{report}"
    );
    assert_eq!(
        database.tables().await,
        Vec::<String>::new(),
        "that of the URL is left alone"
    );
}
