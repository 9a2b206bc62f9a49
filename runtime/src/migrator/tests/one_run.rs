//! Is a consent good for one run, and for the retry of one that failed?

use onward_analysis::{Dialect, Record};

use super::migrator;
use crate::fixture::judged;
use crate::{Consent, Environment, Error, Revert};

/// More rows than are read, so that nothing but the consent tells one run from the next.
const MANY: &str = "INSERT INTO notes (id) SELECT a.n FROM \
    (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) a, \
    (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) b, \
    (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) c, \
    (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) d, \
    (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) e, \
    (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) f";

fn notes(dialect: Dialect) -> [Record; 1] {
    let up = "CREATE TABLE notes (id int); CREATE TABLE drafts (id int)";
    let mut record = judged(1, dialect, up, "DROP TABLE notes; DROP TABLE drafts");
    record.catalog = "app".to_owned();
    [record]
}

/// The first run fails at its second statement, the retry ends it, and another one of the same plan is refused.
macro_rules! once {
    ($name:ident, $dialect:expr, $fresh:expr) => {
        #[tokio::test]
        async fn $name() {
            let pool = $fresh.await;
            let execute = async |sql: &'static str| {
                sqlx::raw_sql(sql).execute(&pool).await.unwrap();
            };
            let migrator = migrator(&notes($dialect)).environment(Environment::staging());
            migrator.run(&pool).await.unwrap();
            execute(MANY).await;
            let seen = migrator.judge(&pool, Revert::Last).await.unwrap();
            let consent =
                Consent::new("ada", &seen.site, &seen.plan.hash, seen.losing).seeing(&seen.answers);
            let agreed = migrator.clone().consent(consent);

            execute("DROP TABLE drafts").await;
            let failed = agreed.revert(&pool, Revert::Last).await.unwrap_err();
            assert!(matches!(failed, Error::Migration(_)), "{failed}");
            execute("CREATE TABLE drafts (id int)").await;
            agreed.revert(&pool, Revert::Last).await.unwrap();

            migrator.run(&pool).await.unwrap();
            execute(MANY).await;
            let refused = agreed.revert(&pool, Revert::Last).await.unwrap_err();
            let said = refused.to_string();
            assert!(matches!(refused, Error::Refused(_)), "{said}");
            assert!(
                said.contains("In the way: the consent was for one run, and was used by it 20"),
                "{said}"
            );
            migrator.verify(&pool).await.unwrap();

            // Whoever looks again may agree again.
            let seen = migrator.judge(&pool, Revert::Last).await.unwrap();
            let consent = Consent::new("ada", &seen.site, &seen.plan.hash, seen.losing);
            let again = migrator.consent(consent.seeing(&seen.answers));
            again.revert(&pool, Revert::Last).await.unwrap();
        }
    };
}

once!(on_sqlite, Dialect::Sqlite, super::memory());
#[cfg(feature = "postgres")]
once!(on_postgres, Dialect::Postgres, super::postgres::fresh());
#[cfg(feature = "mysql")]
once!(on_mysql, Dialect::MySql, super::mysql::fresh());
