//! Who waits, on a table of a million rows with a transaction open over it?

use super::*;
use crate::fixture::judged;

on_every_database!(
    a_million_rows_that_are_read_whole_are_too_many,
    a_step_that_locks_nothing_is_clear,
    what_is_not_understood_is_unknown,
);

/// The sixth question on the way back by `down`, where others may be kept waiting for a second.
async fn asked(session: &mut dyn Session, down: &str) -> Answer {
    back_by(session, "SELECT 1", down).await
}

async fn back_by(session: &mut dyn Session, up: &str, down: &str) -> Answer {
    let record = judged(1, session.dialect(), up, down);
    let plan = back(vec![record], Revert::Steps(1));
    let steps: Vec<&Step> = plan.steps().iter().collect();
    let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
    let mut policy = Policy::of_tier(Tier::Production);
    policy.patience = Duration::from_secs(1);
    policy.rows = 900_000;
    policy.bytes = 8 << 20;
    let answer = crate::evidence::downtime::answer(&mut asking, &policy, &steps).await;
    asking.end().await.unwrap();
    answer.unwrap()
}

/// A table of a million rows.
async fn large(session: &mut dyn Session) {
    let create = "CREATE TABLE users (id int PRIMARY KEY, phone varchar(20), visits bigint)";
    session.execute(create).await.unwrap();
    let fill = match session.dialect() {
        Dialect::Postgres => {
            "INSERT INTO users SELECT i, '030 ' || i, i FROM generate_series(1, 1000000) AS n (i); ANALYZE users"
        }
        Dialect::MySql => {
            "INSERT INTO users SELECT seq, concat('030 ', seq), seq FROM seq_1_to_1000000; ANALYZE TABLE users"
        }
        Dialect::Sqlite => {
            "INSERT INTO users WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) \
             SELECT i, '030 ' || i, i FROM n"
        }
    };
    session.execute(fill).await.unwrap();
}

async fn a_million_rows_that_are_read_whole_are_too_many(session: &mut dyn Session) {
    large(session).await;
    let (up, rewrite) = match session.dialect() {
        Dialect::Postgres => (
            "ALTER TABLE users ALTER COLUMN visits TYPE bigint",
            "ALTER TABLE users ALTER COLUMN visits TYPE int",
        ),
        Dialect::MySql => (
            "ALTER TABLE users MODIFY visits bigint",
            "ALTER TABLE users MODIFY visits int",
        ),
        // SQLite writes the table anew to drop a column.
        Dialect::Sqlite => ("SELECT 1", "ALTER TABLE users DROP COLUMN visits"),
    };
    let answer = back_by(session, up, rewrite).await;
    assert_eq!(answer.state, State::Blocked, "{answer:#?}");
    let sentence = &answer.evidence[0].sentence;
    assert!(
        sentence.contains(" s, reckoned at 50 MB a second"),
        "{sentence}"
    );
    if session.dialect() != Dialect::Sqlite {
        assert!(
            sentence.contains("about ") && sentence.contains(" rows, "),
            "{sentence}"
        );
        let quick = asked(session, "ALTER TABLE users ADD COLUMN note varchar(20)").await;
        // Of the table alone: MySQL tells of each transaction of the server, and other tests have some.
        assert_eq!(quick.evidence[0].state, State::Clear, "{quick:#?}");
    }
}

async fn a_step_that_locks_nothing_is_clear(session: &mut dyn Session) {
    let answer = asked(session, "CREATE TABLE fresh (id int)").await;
    is(
        &answer.evidence[0],
        State::Clear,
        "It locks nothing that exists.",
    );
}

async fn what_is_not_understood_is_unknown(session: &mut dyn Session) {
    let answer = asked(session, "FROBNICATE users").await;
    assert_eq!(answer.state, State::Unknown, "{answer:#?}");
}

/// The table on the other side of a foreign key is locked too, and somebody reads it in a transaction that stays open.
macro_rules! the_other_side {
    ($name:ident, $db:ident, $module:ident, $variable:literal, $home:literal, $text:literal) => {
        #[tokio::test]
        async fn $name() {
            $module($home, async |session| {
                for sql in [
                    concat!("CREATE TABLE payers (id int PRIMARY KEY, name ", $text, ")"),
                    "CREATE TABLE bills (id int PRIMARY KEY, payer int, CONSTRAINT bill_payer FOREIGN KEY (payer) \
                     REFERENCES payers (id))",
                    "INSERT INTO payers VALUES (1, 'a')",
                ] {
                    session.execute(sql).await.unwrap();
                }
                let mine = asked(session, "ALTER TABLE bills ADD COLUMN note int").await;
                assert!(mine.evidence.iter().all(|one| !one.sentence.contains("payers")), "{mine:#?}");
                let pool = PoolOptions::<sqlx::$db>::new();
                let pool = pool.connect(&server($variable)).await.unwrap();
                let mut other = (&pool).open().0.await.unwrap();
                other.begin().await.unwrap();
                let read = concat!("SELECT count(*) FROM gate_", $home, ".payers");
                other.query(read, &[]).await.unwrap();
                tokio::time::sleep(Duration::from_millis(2_200)).await;
                let answer = asked(session, "DROP TABLE bills").await;
                let besides = "It locks `payers` as well, on the other side of a foreign key that goes.";
                assert!(answer.evidence.iter().any(|one| one.sentence == besides), "{answer:#?}");
                let held = answer.evidence.last().unwrap();
                assert_eq!(held.state, State::Blocked, "{answer:#?}");
                assert!(held.sentence.starts_with("A transaction that is open for "), "{held:#?}");
                other.rollback().await.unwrap();
                let answer = asked(session, "DROP TABLE bills").await;
                assert_ne!(answer.evidence.last().unwrap().state, State::Unknown, "{answer:#?}");
            })
            .await;
        }
    };
}

#[cfg(feature = "postgres")]
the_other_side!(
    the_other_side_on_postgres,
    Postgres,
    postgres,
    "ONWARD_TEST_POSTGRES",
    "other_side",
    "text"
);
#[cfg(feature = "mysql")]
the_other_side!(
    the_other_side_on_mysql,
    MySql,
    mysql,
    "ONWARD_TEST_MYSQL",
    "other_side",
    "varchar(9)"
);
