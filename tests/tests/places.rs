//! Do `only`, `down_in` and `irreversible` keep a migration from where it must not run?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Environment, Goal, Migrator, Result, Revert, RunReport, Standpoint, Version};
use onward_tests::{Database, on_every_database, with_pool};

on_every_database!(
    runs_only_where_it_may,
    goes_back_only_where_it_may,
    never_goes_beneath_what_has_no_way_back,
);

fn migrator(environment: &str) -> Migrator {
    Migrator::new(places::MIGRATIONS).environment(Environment::named(environment))
}

async fn run(database: &Database, environment: &str) -> RunReport {
    with_pool!(database.pool, pool => migrator(environment).run(pool).await).unwrap()
}

async fn revert(database: &Database, environment: &str, goal: Revert) -> Result<RunReport> {
    with_pool!(database.pool, pool => migrator(environment).revert(pool, goal).await)
}

/// `preview` is of the tier staging by `onward.toml`; staging itself is not named by the list.
async fn runs_only_where_it_may(database: Database) {
    for (environment, expected) in [
        ("production", ["1", "3", "4"].as_slice()),
        ("staging", &["1", "3", "4"]),
        ("preview", &["1", "2", "3", "4"]),
        ("development", &["1", "2", "3", "4"]),
    ] {
        let database = database.another().await;
        run(&database, environment).await;
        assert_eq!(database.applied().await, expected, "{environment}");
        let again = run(&database, environment).await;
        assert!(again.ran.is_empty(), "{environment}: {again}");
        let migrator = migrator(environment);
        with_pool!(database.pool, pool => migrator.verify(pool).await).unwrap();
        let status = with_pool!(database.pool, pool => migrator.status(pool).await).unwrap();
        let kept_out = status.migrations[1].place == Standpoint::NotHere;
        assert_eq!(
            kept_out,
            !expected.contains(&"2"),
            "{environment}: {status}"
        );
    }
}

async fn goes_back_only_where_it_may(database: Database) {
    let elsewhere = database.another().await;
    run(&elsewhere, "staging").await;
    let before = elsewhere.picture().await;
    let refused = revert(&elsewhere, "staging", Revert::Last)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("4 show_bodies"), "{refused}");
    assert!(
        refused.contains("staging") && refused.contains("development"),
        "{refused}"
    );
    assert_eq!(elsewhere.picture().await, before);

    run(&database, "development").await;
    let report = revert(&database, "development", Revert::Last)
        .await
        .unwrap();
    assert_eq!(report.ran[0].version, Version::new(4));
}

async fn never_goes_beneath_what_has_no_way_back(database: Database) {
    run(&database, "development").await;
    let before = database.picture().await;
    for goal in [
        Revert::To(Version::new(0)),
        Revert::Steps(2),
        Revert::To(Version::new(1)),
    ] {
        let refused = revert(&database, "development", goal)
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains("3 drop_empty_articles"), "{refused}");
        assert!(refused.contains("the empty articles are gone"), "{refused}");
        assert_eq!(
            database.picture().await,
            before,
            "not even the one above has gone"
        );
    }
    let plan = migrator("development");
    let plan = with_pool!(database.pool, pool => plan.plan(pool, Goal::Latest).await).unwrap();
    assert!(plan.is_empty());
}
