//! What if the database has other migrations than the program, or another label?

use onward_analysis::{Dialect, Down, Record, Tier, sql_hash};

use super::{memory, migration, migrator, three};
use crate::history::HistoryError;
use crate::{Environment, Error, Goal, Revert, Standpoint};

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

/// A label stays for good, so a typing mistake must not become one.
#[tokio::test]
async fn an_environment_that_nobody_declared_labels_no_database() {
    let pool = memory().await;
    let named = |name| migrator(&three(Dialect::Sqlite)).environment(Environment::named(name));
    let mistaken = named("stagin");
    for error in [
        mistaken.run(&pool).await.unwrap_err(),
        mistaken.plan(&pool, Goal::Latest).await.unwrap_err(),
        mistaken.verify(&pool).await.unwrap_err(),
    ] {
        assert_eq!(
            error.to_string(),
            "No environment is called `stagin`: did you mean `staging`?\n\
             Nothing has run, and database `:memory:` has no label yet. Correct ONWARD_ENV, or \
             `--environment`. A name of your own stands in onward.toml, beside the Cargo.toml of the crate with the migrations, \
             below `[environments]`, with its tier (production, staging or development): `preview = \"staging\"`. Then build again."
        );
    }
    let status = mistaken.status(&pool).await.unwrap();
    assert_eq!(
        (status.environment.tier(), status.label),
        (Tier::Production, None)
    );
    let other = named("canary").run(&pool).await.unwrap_err().to_string();
    let offers = "there are `development`, `staging`, `production`.";
    assert!(other.contains(offers), "{other}");
    assert_eq!(named("staging").run(&pool).await.unwrap().ran.len(), 3);
    let error = mistaken.run(&pool).await.unwrap_err().to_string();
    assert!(error.contains("set ONWARD_ENV=staging"), "{error}");
}

/// Whoever takes a name out of `onward.toml` does not lock its databases out, and makes none milder.
#[tokio::test]
async fn a_label_is_a_name_that_is_known() {
    let pool = memory().await;
    let preview = migrator(&three(Dialect::Sqlite));
    let labelled = Environment::new("preview", Tier::Staging);
    preview
        .clone()
        .environment(labelled)
        .run(&pool)
        .await
        .unwrap();
    let undeclared = preview.environment(Environment::named("preview"));
    let report = undeclared.run(&pool).await.unwrap();
    assert_eq!(report.environment.tier(), Tier::Production);
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

/// `redo` would be refused, so it is not advised; what stands above the edited one counts too.
#[tokio::test]
async fn an_edited_up_that_cannot_be_taken_back_is_not_to_be_redone() {
    for (edited, irreversible) in [(3, 3), (2, 3)] {
        let pool = memory().await;
        let mut records = three(Dialect::Sqlite);
        records[irreversible - 1].down = Down::Irreversible {
            reason: "its rows are gone".to_owned(),
        };
        migrator(&records).run(&pool).await.unwrap();
        records[edited - 1].up.hash = sql_hash("something else");
        let migrator = migrator(&records);
        for error in [
            migrator.run(&pool).await.unwrap_err(),
            migrator.verify(&pool).await.unwrap_err(),
        ] {
            assert_eq!(
                error.to_string(),
                format!(
                    "Migration {edited} m{edited} is applied, and its SQL has been edited since.\n\
                     Nothing has run. What ran cannot be taken back: 3 m3 has no down that may run here. Put the SQL of {edited} \
                     back, and write the change as a new migration. Or, where nobody misses the data, make the database anew: \
                     drop it and create it (with SQLite, delete its file), and run `up`."
                )
            );
        }
    }
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
