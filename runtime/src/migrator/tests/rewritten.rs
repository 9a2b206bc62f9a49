//! Is it noticed when somebody changes what the history keeps of a migration?

use onward_analysis::{Dialect, Record, Version};

use super::migrator;
use crate::fixture::judged;
use crate::history::{HistoryError, records::sealing};
use crate::session::literal;
use crate::{Error, JournalFlaw, Revert};

fn two(dialect: Dialect) -> [Record; 2] {
    let record = |version, table: &str| {
        let up = format!("CREATE TABLE {table} (id int)");
        let mut record = judged(version, dialect, &up, &format!("DROP TABLE {table}"));
        record.catalog = "app".to_owned();
        record
    };
    [record(1, "notes"), record(2, "orders")]
}

/// What an older program says that would go back by what is stored, which has been rewritten.
fn is_rewritten(error: &Error) -> bool {
    matches!(error, Error::History(HistoryError::Rewritten { .. }))
}

macro_rules! rewritten {
    ($name:ident, $dialect:expr, $fresh:expr) => {
        #[tokio::test]
        async fn $name() {
            let pool = $fresh.await;
            let execute = async |sql: &str| {
                let sql = sqlx::AssertSqlSafe(sql.to_owned());
                sqlx::raw_sql(sql).execute(&pool).await.unwrap();
            };
            let kept = async |version: i64| -> String {
                let sql = format!("SELECT record FROM _onward_history WHERE version = {version}");
                let sql = sqlx::AssertSqlSafe(sql);
                sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap()
            };
            let keep = async |text: &str| {
                let text = literal($dialect, text);
                execute(&format!("UPDATE _onward_history SET record = {text} WHERE version = 2")).await;
            };
            let mut all = two($dialect);
            let newer = migrator(&all);
            newer.run(&pool).await.unwrap();
            let older = migrator(&all[..1]);
            let flaws = async || older.journal(&pool).await.unwrap().flaws;
            let back = async || older.revert(&pool, Revert::Last).await;
            assert_eq!(flaws().await, []);

            // A loss that is called none would be asked fewer questions.
            let (first, true_one) = (kept(1).await, kept(2).await);
            let forged = true_one.replace("\"lossy\"", "\"lossless\"");
            assert_ne!(forged, true_one);
            keep(&forged).await;
            let version = Version::new(2);
            let rewritten = [JournalFlaw::Rewritten { version }];
            assert_eq!(flaws().await, rewritten);
            let refused = back().await.unwrap_err();
            assert!(is_rewritten(&refused), "{refused}");
            assert!(refused.to_string().contains("migration 2 judged is not what"), "{refused}");
            assert!(older.plan_back(&pool, Revert::Last).await.is_err());
            assert!(is_rewritten(&older.forward(&pool, version).await.unwrap_err()));
            newer.forward(&pool, version).await.unwrap();
            execute("SELECT id FROM orders").await;

            // Nor with the journal's entry made to fit.
            let entry: String = sqlx::query_scalar("SELECT evidence FROM _onward_journal WHERE version = 2")
                .fetch_one(&pool)
                .await
                .unwrap();
            let say = async |evidence: &str| {
                let evidence = literal($dialect, evidence);
                execute(&format!("UPDATE _onward_journal SET evidence = {evidence} WHERE version = 2")).await;
            };
            for evidence in [sealing("", &forged), String::new()] {
                say(&evidence).await;
                assert!(is_rewritten(&back().await.unwrap_err()));
                assert!(flaws().await.contains(&JournalFlaw::Altered { seq: 3 }));
            }
            say(&entry).await;

            // Another migration's record in its place, and a row that nobody applied.
            keep(&first).await;
            assert_eq!(flaws().await, rewritten);
            let said = back().await.unwrap_err().to_string();
            assert!(said.contains("what is stored of version 2 is version 1"), "{said}");
            keep(&true_one).await;
            execute(
                "INSERT INTO _onward_history SELECT 9, catalog, name, up_hash, digest, at, \
                 replace(record, '\"version\":2', '\"version\":9') FROM _onward_history WHERE version = 2",
            )
            .await;
            let version = Version::new(9);
            assert_eq!(flaws().await, [JournalFlaw::Disagrees { version }]);
            assert!(is_rewritten(&back().await.unwrap_err()));
            execute("DELETE FROM _onward_history WHERE version = 9").await;

            // The program that has the migration goes back by its own; a way back that it replaces is sealed anew.
            keep(&forged).await;
            newer.plan_back(&pool, Revert::Last).await.unwrap();
            let better = "DROP TABLE orders -- better";
            all[1].down = judged(2, $dialect, "CREATE TABLE orders (id int)", better).down;
            migrator(&all).run(&pool).await.unwrap();
            assert!(kept(2).await.contains("better"));
            assert_eq!(flaws().await, []);
            assert_eq!(back().await.unwrap().ran.len(), 1);
            assert_eq!(flaws().await, []);
        }
    };
}

rewritten!(on_sqlite, Dialect::Sqlite, super::memory());
#[cfg(feature = "postgres")]
rewritten!(on_postgres, Dialect::Postgres, super::postgres::fresh());
#[cfg(feature = "mysql")]
rewritten!(on_mysql, Dialect::MySql, super::mysql::fresh());
