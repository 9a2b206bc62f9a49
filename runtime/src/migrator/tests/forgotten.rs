//! Does what has run run a second time where somebody deletes its row of the history?

use onward_analysis::Dialect;

use super::migrator;
use crate::fixture::judged;
use crate::history::HistoryError;
use crate::{Environment, Error, Revert};

macro_rules! forgotten {
    ($name:ident, $dialect:expr, $fresh:expr) => {
        #[tokio::test]
        async fn $name() {
            let pool = $fresh.await;
            let execute = async |sql: &str| {
                let sql = sqlx::AssertSqlSafe(sql.to_owned());
                sqlx::raw_sql(sql).execute(&pool).await.unwrap();
            };
            execute("CREATE TABLE fees (cents int)").await;
            execute("INSERT INTO fees VALUES (7)").await;
            let up = "UPDATE fees SET cents = cents + 100";
            let down = "UPDATE fees SET cents = cents - 100";
            let mut record = judged(1, $dialect, up, down);
            record.catalog = "app".to_owned();
            let of = |environment| migrator(&[record.clone()]).environment(environment);
            let staging = || of(Environment::staging());

            // What was reverted may run again, as often as one likes.
            staging().run(&pool).await.unwrap();
            staging().revert(&pool, Revert::Last).await.unwrap();
            staging().run(&pool).await.unwrap();

            execute("DELETE FROM _onward_history").await;
            execute("UPDATE _onward_head SET digest = NULL").await;
            let refused = staging().run(&pool).await.unwrap_err();
            let said = refused.to_string();
            let forgotten = matches!(
                refused,
                Error::History(HistoryError::Forgotten { entry: 4, .. })
            );
            assert!(forgotten, "{said}");
            let first = "Entry 4 of the journal says that migration 1 judged was applied";
            assert!(said.starts_with(first), "{said}");
            let once = "SELECT count(*) FROM fees WHERE cents = 107";
            let once: i64 = sqlx::query_scalar(once).fetch_one(&pool).await.unwrap();
            assert_eq!(once, 1);
        }
    };
}

forgotten!(on_sqlite, Dialect::Sqlite, super::memory());
#[cfg(feature = "postgres")]
forgotten!(on_postgres, Dialect::Postgres, super::postgres::fresh());
#[cfg(feature = "mysql")]
forgotten!(on_mysql, Dialect::MySql, super::mysql::fresh());
