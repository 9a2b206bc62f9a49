//! Is what is pending applied, once?

use std::time::Duration;

use onward::Goal;
use onward_tests::{Database, on_every_database, with_pool};

use super::{DEVELOPMENT, PRODUCTION, run, shop, up_to, versions};

on_every_database!(
    applies_what_is_pending,
    does_nothing_the_second_time,
    goes_only_as_far_as_it_is_told,
    plans_without_changing_anything,
    starts_only_where_the_database_fits,
    waits_for_another_to_migrate,
);

async fn applies_what_is_pending(database: Database) {
    let report = run(&database, &shop(PRODUCTION)).await.unwrap();
    assert_eq!(versions(&report), [10, 20, 30, 40, 50]);
    assert_eq!(report.database, database.name);
    assert_eq!(database.tables().await, ["countries", "orders", "users"]);
    let countries = database
        .column("SELECT code FROM countries ORDER BY code")
        .await;
    assert_eq!(countries, ["at", "de", "fr"]);
    assert_eq!(database.applied().await, ["10", "20", "30", "40", "50"]);
}

async fn does_nothing_the_second_time(database: Database) {
    run(&database, &shop(PRODUCTION)).await.unwrap();
    let journal = "SELECT seq, at, hash FROM _onward_journal ORDER BY seq";
    let before = (database.picture().await, database.rows(journal).await);
    let report = run(&database, &shop(PRODUCTION)).await.unwrap();
    assert!(&report.ran.is_empty());
    let after = (database.picture().await, database.rows(journal).await);
    assert_eq!(after, before);
}

async fn goes_only_as_far_as_it_is_told(database: Database) {
    let report = up_to(&database, &shop(PRODUCTION), 20).await.unwrap();
    assert_eq!(versions(&report), [10, 20]);
    let report = run(&database, &shop(PRODUCTION)).await.unwrap();
    assert_eq!(versions(&report), [30, 40, 50]);
}

async fn plans_without_changing_anything(database: Database) {
    let before = database.picture().await;
    let migrator = shop(PRODUCTION);
    let status = with_pool!(database.pool, pool => migrator.status(pool).await).unwrap();
    assert_eq!(status.pending().count(), 5);
    let plan = with_pool!(database.pool, pool => migrator.plan(pool, Goal::Latest).await).unwrap();
    assert_eq!(plan.steps().len(), 5);
    assert_eq!(database.picture().await, before);
    run(&database, &migrator).await.unwrap();
    let status = with_pool!(database.pool, pool => migrator.status(pool).await).unwrap();
    assert!(status.is_current(), "{status}");
    let plan = with_pool!(database.pool, pool => migrator.plan(pool, Goal::Latest).await).unwrap();
    assert!(plan.is_empty());
}

async fn starts_only_where_the_database_fits(database: Database) {
    let migrator = shop(DEVELOPMENT);
    let verdict = with_pool!(database.pool, pool => migrator.verify(pool).await);
    let message = verdict.unwrap_err().to_string();
    assert!(message.contains("10 create_users"), "{message}");
    up_to(&database, &migrator, 40).await.unwrap();
    let verdict = with_pool!(database.pool, pool => migrator.verify(pool).await);
    let message = verdict.unwrap_err().to_string();
    assert!(message.contains("50 create_orders"), "{message}");
    run(&database, &migrator).await.unwrap();
    with_pool!(database.pool, pool => migrator.verify(pool).await).unwrap();
}

/// It waits on one task while another migrates; neither knows of the other.
async fn waits_for_another_to_migrate(database: Database) {
    let migrator = shop(DEVELOPMENT);
    let (waited, ran) = tokio::join!(
        async {
            with_pool!(database.pool, pool => migrator.wait(pool, Duration::from_secs(60)).await)
        },
        run(&database, &migrator),
    );
    assert_eq!(versions(&ran.unwrap()), [10, 20, 30, 40, 50]);
    waited.unwrap();
}
