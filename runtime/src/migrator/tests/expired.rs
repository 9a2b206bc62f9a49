//! Is a consent that ends between the plan and the step none any more?

use std::time::Duration;

use onward_analysis::{Dialect, Record};

use super::migrator;
use crate::fixture::judged;
use crate::{Consent, Environment, Event, Revert};

fn notes(dialect: Dialect) -> [Record; 1] {
    let mut record = judged(
        1,
        dialect,
        "CREATE TABLE notes (id int)",
        "DROP TABLE notes",
    );
    record.catalog = "app".to_owned();
    [record]
}

macro_rules! ends_before_the_step {
    ($name:ident, $dialect:expr, $fresh:expr) => {
        #[tokio::test]
        async fn $name() {
            let pool = $fresh.await;
            let shop = migrator(&notes($dialect)).environment(Environment::staging());
            shop.run(&pool).await.unwrap();
            let seen = shop.judge(&pool, Revert::Last).await.unwrap();
            let consent = Consent::new("ada", &seen.site, &seen.plan.hash, &*seen.losing);
            let soon = Duration::from_millis(1500);
            let consent = consent.seeing(&seen.answers).valid_for(soon);
            let late = shop.consent(consent).on_progress(move |event| {
                if matches!(event, Event::Started { .. }) {
                    std::thread::sleep(soon);
                }
            });
            let refused = late.revert(&pool, Revert::Last).await.unwrap_err();
            let said = refused.to_string();
            assert!(said.contains("the consent has expired"), "{said}");
            let there = "INSERT INTO notes VALUES (1)";
            sqlx::raw_sql(there).execute(&pool).await.unwrap();
        }
    };
}

ends_before_the_step!(on_sqlite, Dialect::Sqlite, super::memory());
#[cfg(feature = "postgres")]
ends_before_the_step!(on_postgres, Dialect::Postgres, super::postgres::fresh());
#[cfg(feature = "mysql")]
ends_before_the_step!(on_mysql, Dialect::MySql, super::mysql::fresh());
