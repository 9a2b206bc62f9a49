//! Do the shop's migrations go up, down and up again on every database, by the tester that applications use?

use onward_tests::{Database, on_every_database};

on_every_database!(goes_there_and_back);

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
