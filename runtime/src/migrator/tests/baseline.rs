//! Is what a migration wrote itself told apart from what was written since?

use onward_analysis::{Dialect, Record};

use super::migrator;
use crate::fixture::judged;
use crate::{Consent, Environment, Error, Evidence, Goal, Revert, State};

/// Migration `version`, as the macro would have it.
fn record(version: i64, dialect: Dialect, up: &str, down: &str) -> Record {
    let mut record = judged(version, dialect, up, down);
    record.catalog = "app".to_owned();
    record
}

/// One case for each database: `$pool` is an empty one of it, and `$look` what question 1 finds of the last migration.
macro_rules! on_every_database {
    ($($case:ident($dialect:ident, $pool:ident, $migrate:ident, $look:ident) $body:block)+) => {
        $(mod $case {
            use super::*;
            #[tokio::test]
            async fn on_sqlite() {
                on_every_database!(@run super::super::memory(), Sqlite, $dialect, $pool, $migrate, $look, $body);
            }
            #[cfg(feature = "postgres")]
            #[tokio::test]
            async fn on_postgres() {
                on_every_database!(@run super::super::postgres::fresh(), Postgres, $dialect, $pool, $migrate, $look, $body);
            }
            #[cfg(feature = "mysql")]
            #[tokio::test]
            async fn on_mysql() {
                on_every_database!(@run super::super::mysql::fresh(), MySql, $dialect, $pool, $migrate, $look, $body);
            }
        })+
    };
    (@run $fresh:expr, $db:ident, $dialect:ident, $pool:ident, $migrate:ident, $look:ident, $body:block) => {{
        let pool = $fresh.await;
        let $dialect = Dialect::$db;
        let $pool = async |sql: &str| {
            let sql = sqlx::AssertSqlSafe(sql.to_owned());
            sqlx::raw_sql(sql).execute(&pool).await.unwrap();
        };
        let $migrate = async |records: &[Record]| {
            let migrator = migrator(records).environment(Environment::production());
            migrator.up(&pool, Goal::Latest).await.unwrap();
        };
        let $look = async |records: &[Record]| -> Evidence {
            let migrator = migrator(records).environment(Environment::production());
            let decision = migrator.judge(&pool, Revert::Last).await.unwrap();
            decision.answers.into_iter().next().unwrap().evidence.swap_remove(0)
        };
        $body
    }};
}

#[track_caller]
fn is(found: &Evidence, state: State, sentence: &str) {
    assert_eq!(
        (found.state, found.sentence.as_str()),
        (state, sentence),
        "{found:#?}"
    );
}

on_every_database! {
    seeds(dialect, execute, migrate, look) {
        let up = "CREATE TABLE plans (id int PRIMARY KEY, name varchar(20)); \
                  INSERT INTO plans (id, name) VALUES (1, 'free'), (2, 'it''s');";
        let records = [record(1, dialect, up, "DROP TABLE plans")];
        migrate(&records).await;
        let own = "`plans` holds 2 rows, each as the migration itself wrote it.";
        is(&look(&records).await, State::Clear, own);

        execute("UPDATE plans SET name = 'gone' WHERE id = 1").await;
        let edited = "`plans` holds 2 rows; the migration itself wrote 2, and since then some were added, edited or deleted.";
        is(&look(&records).await, State::Blocked, edited);
        execute("UPDATE plans SET name = 'free' WHERE id = 1").await;
        is(&look(&records).await, State::Clear, own);

        execute("ALTER TABLE plans ADD COLUMN note varchar(20)").await;
        is(&look(&records).await, State::Clear, own);
        execute("UPDATE plans SET note = 'ask Ada' WHERE id = 1").await;
        let beside = "`plans` holds 2 rows; the migration itself wrote them, and not what `plans.note` holds.";
        is(&look(&records).await, State::Blocked, beside);
        execute("ALTER TABLE plans DROP COLUMN note").await;

        execute("INSERT INTO plans (id, name) VALUES (3, 'free')").await;
        let added = "`plans` holds 3 rows; the migration itself wrote 2, and since then some were added, edited or deleted.";
        is(&look(&records).await, State::Blocked, added);
        execute("DELETE FROM plans WHERE id = 3").await;
        is(&look(&records).await, State::Clear, own);
        // Nobody who edits a row can say in the journal that the migration wrote it so.
        execute("UPDATE _onward_journal SET evidence = replace(evidence, '[', '[ ') WHERE action = 'baseline'").await;
        is(&look(&records).await, State::Blocked, "`plans` holds 2 rows.");
        execute("DELETE FROM plans").await;
        is(&look(&records).await, State::Clear, "`plans` holds no rows.");
    }

    a_backfill(dialect, execute, migrate, look) {
        execute("CREATE TABLE users (id int PRIMARY KEY, first varchar(20))").await;
        execute("INSERT INTO users VALUES (1, 'Ada'), (2, 'Bo'), (3, NULL)").await;
        let up = "ALTER TABLE users ADD COLUMN name varchar(40); UPDATE users SET name = first;";
        let records = [record(1, dialect, up, "ALTER TABLE users DROP COLUMN name")];
        migrate(&records).await;
        let own = "`users.name` holds a value in 2 rows, each as the migration itself wrote it.";
        is(&look(&records).await, State::Clear, own);
        // Somebody who never touched the column is no matter.
        execute("INSERT INTO users (id, first) VALUES (4, 'Cy')").await;
        is(&look(&records).await, State::Clear, own);

        // The same values, in each other's rows.
        execute("UPDATE users SET name = 'Bo' WHERE id = 1").await;
        execute("UPDATE users SET name = 'Ada' WHERE id = 2").await;
        let edited = "`users.name` holds a value in 2 rows; the migration itself wrote 2, and since then some were added, \
                      edited or deleted.";
        is(&look(&records).await, State::Blocked, edited);

        // The up would fill them again.
        execute("UPDATE users SET name = NULL").await;
        let emptied = "`users.name` holds no value; the migration itself wrote 2, and since then some were added, edited or deleted.";
        is(&look(&records).await, State::Blocked, emptied);
        execute("DELETE FROM users").await;
        is(&look(&records).await, State::Clear, "`users.name` holds no value.");
    }

    what_has_no_key_counts_as_written_by_users(dialect, execute, migrate, look) {
        execute("CREATE TABLE users (first varchar(20))").await;
        execute("INSERT INTO users VALUES ('Ada')").await;
        let up = "ALTER TABLE users ADD COLUMN name varchar(40); UPDATE users SET name = first;";
        let records = [record(1, dialect, up, "ALTER TABLE users DROP COLUMN name")];
        migrate(&records).await;
        is(&look(&records).await, State::Blocked, "`users.name` holds a value in 1 row.");
    }

    what_is_more_than_the_bound_counts_as_written_by_users(dialect, execute, migrate, look) {
        execute("CREATE TABLE users (id int PRIMARY KEY, first varchar(20))").await;
        let rows: Vec<String> = (0..10_001).map(|id| format!("({id}, 'x')")).collect();
        execute(&format!("INSERT INTO users VALUES {}", rows.join(", "))).await;
        let up = "ALTER TABLE users ADD COLUMN name varchar(40); UPDATE users SET name = first;";
        let records = [record(1, dialect, up, "ALTER TABLE users DROP COLUMN name")];
        migrate(&records).await;
        is(&look(&records).await, State::Blocked, "`users.name` holds a value in at least 10,000 rows.");
        execute("DELETE FROM users WHERE id >= 5").await;
        is(&look(&records).await, State::Blocked, "`users.name` holds a value in 5 rows.");
    }

    what_was_applied_again_is_looked_at_again(dialect, execute, migrate, look) {
        let up = "CREATE TABLE plans (id int PRIMARY KEY); INSERT INTO plans SELECT 1;";
        let records = [record(1, dialect, up, "DROP TABLE plans")];
        migrate(&records).await;
        // As if it had been reverted: what the journal calls applied runs no second time.
        execute("DELETE FROM _onward_history").await;
        execute("UPDATE _onward_journal SET action = 'refused' WHERE action = 'applied'").await;
        execute("UPDATE _onward_head SET digest = NULL").await;
        execute("DROP TABLE plans").await;
        let second = "CREATE TABLE plans (id int PRIMARY KEY); INSERT INTO plans SELECT 7;";
        let records = [record(1, dialect, second, "DROP TABLE plans")];
        migrate(&records).await;
        let own = "`plans` holds 1 row, each as the migration itself wrote it.";
        is(&look(&records).await, State::Clear, own);
    }

    a_start_without_seeds_notes_nothing(dialect, execute, migrate, look) {
        let records = [record(1, dialect, "CREATE TABLE notes (id int)", "DROP TABLE notes")];
        migrate(&records).await;
        is(&look(&records).await, State::Clear, "`notes` holds no rows.");
        execute("INSERT INTO notes VALUES (1)").await;
        is(&look(&records).await, State::Blocked, "`notes` holds 1 row.");
    }
}

/// What a person saw of the seeds after `seen` is what their consent is for: not what `then` made of them.
async fn is_consent_to_what_was_seen(seen: &'static str, then: &'static str) {
    let pool = super::memory().await;
    let up = "CREATE TABLE plans (id int PRIMARY KEY, name blob); INSERT INTO plans VALUES (1, 'free'), (2, 'it''s');";
    let records = [record(1, Dialect::Sqlite, up, "DROP TABLE plans")];
    let staging = || migrator(&records).environment(Environment::staging());
    staging().up(&pool, Goal::Latest).await.unwrap();
    sqlx::raw_sql(seen).execute(&pool).await.unwrap();
    let shown = staging().judge(&pool, Revert::Last).await.unwrap();
    let consent = Consent::new("ada", &shown.site, &shown.plan.hash, ["plans"]);
    let agreed = staging().consent(consent.seeing(&shown.answers));
    assert!(agreed.judge(&pool, Revert::Last).await.unwrap().runs());
    sqlx::raw_sql(then).execute(&pool).await.unwrap();
    let refused = agreed.revert(&pool, Revert::Last).await;
    let Err(Error::Refused(decision)) = refused else {
        panic!("{seen}: {refused:?}");
    };
    let said = decision.to_string();
    assert!(
        said.contains("is not what the consent was given for"),
        "{said}"
    );
    let rows = sqlx::query_scalar("SELECT count(*) FROM plans");
    assert!(
        rows.fetch_one(&pool)
            .await
            .is_ok_and(|rows: i64| rows > 5_000)
    );
}

const MANY: &str = "WITH RECURSIVE n (id) AS (SELECT 10 UNION ALL SELECT id + 1 FROM n WHERE id < 5009) \
                    INSERT INTO plans SELECT id, 'x' FROM n; UPDATE plans SET name = 'short';";

#[tokio::test]
async fn consent_to_seeds_is_none_to_rows_beside_them() {
    is_consent_to_what_was_seen("SELECT 1", MANY).await;
    is_consent_to_what_was_seen("INSERT INTO plans VALUES (3, 'mine')", MANY).await;
}

#[tokio::test]
async fn consent_to_seeds_that_were_too_much_to_read_is_none_to_more_of_them() {
    let large = "INSERT INTO plans VALUES (3, zeroblob(17 << 20))";
    is_consent_to_what_was_seen(large, MANY).await;
}
