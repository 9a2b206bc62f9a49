//! Whose clock counts, where the server's is days ahead of this machine's, or behind it?

use std::time::{Duration, SystemTime};

use onward_analysis::{Dialect, Record};

use super::migrator;
use crate::fixture::judged;
use crate::{Backup, Consent, Environment, Error, Migrator, Question, Revert, State};

const HOUR: Duration = Duration::from_secs(3600);
const DAYS: Duration = Duration::from_secs(3 * 24 * 3600);

fn shop(dialect: Dialect, environment: Environment) -> Migrator {
    let mut record: Record = judged(
        1,
        dialect,
        "CREATE TABLE users (id int)",
        "DROP TABLE users",
    );
    record.catalog = "app".to_owned();
    migrator(&[record]).environment(environment)
}

/// `$set` gives SQL by which the server tells one connection that so many seconds have passed since 1970.
macro_rules! server {
    ($name:ident, $dialect:expr, $db:ty, $fresh:expr, $set:path) => {
        mod $name {
            use super::*;

            /// A connection to a new database, to which it is `time`.
            async fn at(time: SystemTime) -> sqlx::pool::PoolConnection<$db> {
                let pool = $fresh.await;
                let mut connection = pool.acquire().await.unwrap();
                let passed = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
                let set = sqlx::AssertSqlSafe($set(passed.as_secs()));
                sqlx::raw_sql(set).execute(&mut *connection).await.unwrap();
                connection
            }

            #[tokio::test]
            async fn what_is_written_down_bears_its_time() {
                for (server, now) in far() {
                    let mut connection = at(server).await;
                    let shop = shop($dialect, Environment::staging());
                    shop.run(&mut *connection).await.unwrap();
                    let journal = shop.journal(&mut *connection).await.unwrap();
                    assert_eq!(journal.flaws, []);
                    for entry in &journal.entries {
                        let at = humantime::parse_rfc3339(&entry.at).unwrap();
                        assert!(is_about(at, server), "{entry:?}");
                        assert!(!is_about(at, now), "{entry:?}");
                    }
                    let decision = shop.judge(&mut *connection, Revert::Last).await.unwrap();
                    assert!(is_about(decision.decided, server));
                    let asked = decision.answers.iter().flat_map(|a| &a.evidence);
                    for query in asked.filter_map(|one| one.query.as_ref()) {
                        assert!(is_about(query.asked, server), "{query:?}");
                    }
                }
            }

            /// RFC 3339 ends with the year 9999, and MySQL's own clock before it.
            #[tokio::test]
            async fn a_time_that_nobody_can_write_down_is_no_reason_to_panic() {
                for years in [0, 60, 20_000] {
                    let far = Duration::from_secs(years * 366 * 24 * 3600);
                    let mut connection = at(SystemTime::UNIX_EPOCH + far).await;
                    let shop = shop($dialect, Environment::production());
                    shop.run(&mut *connection).await.unwrap();
                    let refused = shop.revert(&mut *connection, Revert::Last).await;
                    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
                    assert_eq!(shop.journal(&mut *connection).await.unwrap().flaws, []);
                }
            }

            #[tokio::test]
            async fn a_backup_is_as_old_as_it_says() {
                let [(server, now), _] = far();
                let mut connection = at(server).await;
                let shop = shop($dialect, Environment::production());
                shop.run(&mut *connection).await.unwrap();
                // By this machine's clock a migration of three days ago: this backup would be from after it.
                let taken = |at| Backup::new("dump", at, "/srv/shop").verified("ada", "restored");
                let early = taken(server - HOUR);
                shop.record_backup(&mut *connection, &early).await.unwrap();
                let decision = shop.judge(&mut *connection, Revert::Last).await.unwrap();
                let mut answers = decision.answers.iter();
                let backup = answers.find(|a| a.question == Question::Backup);
                assert_eq!(backup.unwrap().state, State::Clear, "{decision}");
                let late = taken(server + HOUR);
                let refused = shop.record_backup(&mut *connection, &late).await;
                assert!(
                    matches!(refused, Err(Error::Backup(_))),
                    "{refused:?} {now:?}"
                );
            }

            #[tokio::test]
            async fn a_consent_lasts_as_long_as_it_was_given_for() {
                for (server, _) in far() {
                    let mut connection = at(server).await;
                    let shop = shop($dialect, Environment::staging());
                    shop.run(&mut *connection).await.unwrap();
                    let seen = shop.judge(&mut *connection, Revert::Last).await.unwrap();
                    let consent = Consent::new("ada", &seen.site, &seen.plan.hash, &*seen.losing);
                    let over = consent.clone().valid_for(Duration::ZERO);
                    let late = shop.clone().consent(over);
                    let refused = late.revert(&mut *connection, Revert::Last).await;
                    let said = refused.unwrap_err().to_string();
                    assert!(said.contains("the consent has expired"), "{said}");
                    let agreed = shop.consent(consent);
                    agreed.revert(&mut *connection, Revert::Last).await.unwrap();
                }
            }
        }
    };
}

/// A server that is ahead and one that is behind, each with the time here.
fn far() -> [(SystemTime, SystemTime); 2] {
    let now = SystemTime::now();
    [(now + DAYS, now), (now - DAYS, now)]
}

fn is_about(one: SystemTime, other: SystemTime) -> bool {
    let apart = one
        .duration_since(other)
        .unwrap_or_else(|early| early.duration());
    apart < HOUR
}

#[cfg(feature = "postgres")]
fn postgres(at: u64) -> String {
    format!(
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT to_timestamp({at})'; \
         SET search_path = public, pg_catalog"
    )
}

#[cfg(feature = "postgres")]
server!(
    on_postgres,
    Dialect::Postgres,
    sqlx::Postgres,
    super::super::postgres::fresh(),
    postgres
);

#[cfg(feature = "mysql")]
fn mysql(at: u64) -> String {
    format!("SET timestamp = {at}")
}

#[cfg(feature = "mysql")]
server!(
    on_mysql,
    Dialect::MySql,
    sqlx::MySql,
    super::super::mysql::fresh(),
    mysql
);
