//! What if the database has other migrations than the program, or another label?

use onward_analysis::{Dialect, Record, Tier};

use super::{memory, migration, migrator, three};
use crate::history::HistoryError;
use crate::{Environment, Error, Revert, Standpoint};

#[tokio::test]
async fn another_environment_is_refused() {
    let pool = memory().await;
    let records = three(Dialect::Sqlite);
    let migrator = migrator(&records);
    migrator
        .clone()
        .environment(Environment::production())
        .run(&pool)
        .await
        .unwrap();
    let error = migrator.run(&pool).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Database `:memory:` is labelled production, and this process says development.\n\
         Nothing has run. If the database is the right one, set ONWARD_ENV=production; if not, correct the URL.\n\
         A label is never weakened: a throw-away database that got it by mistake is made anew."
    );
}

#[tokio::test]
async fn an_older_program_starts_and_can_revert() {
    let pool = memory().await;
    let records = three(Dialect::Sqlite);
    migrator(&records).run(&pool).await.unwrap();
    let older = migrator(&records[..2]);
    assert!(older.run(&pool).await.unwrap().ran.is_empty());
    let error = older.verify(&pool).await.unwrap_err();
    assert!(
        matches!(error, Error::History(HistoryError::Ahead { .. })),
        "{error}"
    );
    let status = older.status(&pool).await.unwrap();
    assert!(matches!(
        status.migrations[2].place,
        Standpoint::Foreign { .. }
    ));
    assert_eq!(
        older.revert(&pool, Revert::Last).await.unwrap().ran[0]
            .version
            .number(),
        3
    );
    older.verify(&pool).await.unwrap();
}

#[tokio::test]
async fn an_edited_up_is_refused_and_an_edited_down_replaces_the_stored_one() {
    let pool = memory().await;
    let mut records = three(Dialect::Sqlite);
    migrator(&records).run(&pool).await.unwrap();
    records[2] = migration(
        Dialect::Sqlite,
        3,
        "ALTER TABLE b ADD COLUMN c integer;",
        Some("ALTER TABLE b DROP COLUMN c; -- better"),
    );
    assert!(migrator(&records).run(&pool).await.unwrap().ran.is_empty());
    migrator(&records).verify(&pool).await.unwrap();
    let stored: String = sqlx::query_scalar("SELECT record FROM _onward_history WHERE version = 3")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(stored.contains("better"));
    records[2] = migration(
        Dialect::Sqlite,
        3,
        "ALTER TABLE b ADD COLUMN d integer;",
        None,
    );
    let error = migrator(&records).run(&pool).await.unwrap_err();
    assert!(error.to_string().contains("`redo --steps 1`"), "{error}");
    let status = migrator(&records).status(&pool).await.unwrap();
    let edited: Vec<i64> = status.edited().map(|one| one.version.number()).collect();
    assert_eq!(edited, [3]);
    assert!(!status.is_current());
    // What was stored takes back what ran; then the new SQL runs.
    let migrator = migrator(&records);
    migrator.revert(&pool, Revert::Steps(1)).await.unwrap();
    migrator.run(&pool).await.unwrap();
    migrator.verify(&pool).await.unwrap();
    assert!(migrator.status(&pool).await.unwrap().is_current());
    sqlx::raw_sql("SELECT d FROM b")
        .execute(&pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn out_of_order_is_applied_in_development_and_refused_in_production() {
    for (tier, accepted) in [
        (Tier::Development, true),
        (Tier::Staging, true),
        (Tier::Production, false),
    ] {
        let pool = memory().await;
        let records = three(Dialect::Sqlite);
        let environment = Environment::new(tier.name(), tier);
        let without: Vec<Record> = [records[0].clone(), {
            migration(Dialect::Sqlite, 9, "CREATE TABLE z (id)", None)
        }]
        .to_vec();
        migrator(&without)
            .environment(environment.clone())
            .run(&pool)
            .await
            .unwrap();
        let all: Vec<Record> = [&records[..2], &without[1..]].concat();
        let late = migrator(&all).environment(environment);
        match late.run(&pool).await {
            Ok(report) => {
                assert!(accepted);
                assert_eq!(report.ran[0].version.number(), 2);
            }
            Err(error) => {
                assert!(!accepted, "{error}");
                assert!(matches!(
                    error,
                    Error::History(HistoryError::OutOfOrder { .. })
                ));
                assert_eq!(
                    late.out_of_order(true).run(&pool).await.unwrap().ran.len(),
                    1
                );
            }
        }
    }
}
