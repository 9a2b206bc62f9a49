//! Is a script read as it was judged, on a session that is set to read SQL otherwise, and does the gate open on it?

use onward_analysis::{Dialect, Record};

use super::migrator;
use crate::fixture::judged;
use crate::{Consent, Environment, Revert};

/// A backslash that hides a DELETE, or shows one, and a word in quotes: judged as each database reads it where nobody has set anything.
fn read_as_usual(dialect: Dialect) -> [Record; 2] {
    let (hides, word) = match dialect {
        Dialect::MySql => (r"'\'); DELETE FROM kept; -- '", r#""word""#),
        Dialect::Sqlite | Dialect::Postgres => (r"'\'), ('); DELETE FROM kept; -- '", "'word'"),
    };
    let seeds =
        "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1); CREATE TABLE said (what text);";
    let up = format!("{seeds} INSERT INTO said VALUES ({hides}); INSERT INTO said VALUES ({word})");
    let second = "ALTER TABLE kept ADD note varchar(20)";
    let mut records = [
        judged(
            1,
            dialect,
            &up,
            "DROP TABLE said; DELETE FROM kept; DROP TABLE kept",
        ),
        judged(2, dialect, second, "ALTER TABLE kept DROP COLUMN note"),
    ];
    for record in &mut records {
        record.catalog = "app".to_owned();
    }
    records
}

macro_rules! as_judged {
    ($name:ident, $dialect:expr, $fresh:expr, $set:literal, $show:literal, $said:literal) => {
        #[tokio::test]
        async fn $name() {
            let pool = $fresh.await;
            let mut connection = pool.acquire().await.unwrap();
            sqlx::raw_sql($set).execute(&mut *connection).await.unwrap();
            let before: String = sqlx::query_scalar($show)
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            let migrator = migrator(&read_as_usual($dialect)).environment(Environment::staging());
            migrator.run(&mut *connection).await.unwrap();
            let count: i64 = sqlx::query_scalar("SELECT count(*) FROM kept")
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            assert_eq!(count, 1, "what was read as a text ran");
            let count: i64 = sqlx::query_scalar("SELECT count(*) FROM said")
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            assert_eq!(count, $said);
            sqlx::raw_sql("UPDATE kept SET note = 'x'")
                .execute(&mut *connection)
                .await
                .unwrap();
            let seen = migrator
                .judge(&mut *connection, Revert::Last)
                .await
                .unwrap();
            let consent = Consent::new("ada", &seen.site, &seen.plan.hash, &*seen.losing)
                .seeing(&seen.answers);
            let agreed = migrator.consent(consent);
            agreed.revert(&mut *connection, Revert::Last).await.unwrap();
            let after: String = sqlx::query_scalar($show)
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            assert_eq!(after, before, "it is the application's again");
        }
    };
}

#[cfg(feature = "postgres")]
as_judged!(
    on_postgres,
    Dialect::Postgres,
    super::postgres::fresh(),
    "SET standard_conforming_strings = off; SET default_transaction_isolation = 'serializable'; SET transform_null_equals = on; \
     SET quote_all_identifiers = on; SET backslash_quote = on",
    "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN \
     ('standard_conforming_strings', 'default_transaction_isolation', 'transform_null_equals')",
    3
);
#[cfg(feature = "mysql")]
as_judged!(
    on_mysql,
    Dialect::MySql,
    super::mysql::fresh(),
    "SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE'",
    "SELECT CAST(@@sql_mode AS CHAR)",
    2
);
