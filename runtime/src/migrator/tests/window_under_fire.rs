//! Is nothing taken unseen on MySQL where runs die at any moment, go on together, and others change the tables too?

use std::time::Duration;

use sqlx::MySqlPool;

use super::mysql::fresh;
use super::window::{consented, number, record};
use crate::{Error, Revert};

const UP: &str = "CREATE TABLE a (id int); CREATE TABLE users (id int); ALTER TABLE users ADD COLUMN phone varchar(20); \
                  CREATE TABLE b (id int)";
const DOWN: &str = "DROP TABLE a; SELECT SLEEP(0.02); ALTER TABLE users DROP COLUMN phone; SELECT SLEEP(0.02); DROP TABLE b; \
                    DROP TABLE users";

/// Numbers without rhyme: where the moments fall, the machine decides anyhow.
fn some(seed: u64, below: u64) -> u64 {
    seed.wrapping_mul(6_364_136_223_846_793_005).rotate_left(29) % below
}

/// What is committed after Ada looked: either it still stands there, or it was never taken in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_dies_takes_nothing_unseen_and_the_next_goes_on() {
    let mut seen = 0;
    for seed in 1..=24 {
        let pool = fresh().await;
        let migrator = consented(&pool, &record(UP, DOWN)).await;
        let other = pool.clone();
        let (insert, rows) = match seed % 2 {
            0 => ("INSERT INTO b VALUES (7)", "SELECT count(*) FROM b"),
            _ => (
                "INSERT INTO users (id, phone) VALUES (1, '030')",
                "SELECT count(phone) FROM users",
            ),
        };
        let writing = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(some(seed, 150))).await;
            sqlx::raw_sql(insert).execute(&other).await.is_ok()
        });
        // A few die; the connection of each is closed in the middle of whatever it did.
        for death in 0..3 {
            let (migrator, pool) = (migrator.clone(), pool.clone());
            let run = tokio::spawn(async move { migrator.revert(&pool, Revert::Last).await });
            tokio::time::sleep(Duration::from_millis(some(seed * 7 + death, 60))).await;
            run.abort();
            let _ = run.await;
        }
        let ended = migrator.revert(&pool, Revert::Last).await;
        let written = writing.await.unwrap();
        match ended {
            Ok(_) => assert!(!written, "seed {seed}: a row was taken that nobody saw"),
            Err(Error::Refused(decision)) => {
                assert!(written, "seed {seed}: {decision}");
                assert_eq!(number(&pool, rows).await, 1, "seed {seed}");
                seen += 1;
            }
            Err(other) => panic!("seed {seed}: {other}"),
        }
        is_free(&pool).await;
    }
    assert!(seen > 0, "each row came too early or too late");
}

/// Sixteen go back at once, while somebody else alters one of the tables again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_and_a_stranger_do_it_once() {
    let pool = fresh().await;
    let migrator = consented(&pool, &record(UP, DOWN)).await;
    let strange = pool.clone();
    let stranger = tokio::spawn(async move {
        let mut times = 0;
        let alter = "ALTER TABLE b COMMENT = 'mine', ADD COLUMN IF NOT EXISTS mine int";
        while sqlx::raw_sql(alter).execute(&strange).await.is_ok() {
            times += 1;
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        times
    });
    let runs: Vec<_> = (0..16)
        .map(|_| {
            let (options, migrator) = (pool.connect_options(), migrator.clone());
            tokio::spawn(async move {
                let options = (*options).clone();
                let pool = sqlx::mysql::MySqlPoolOptions::new()
                    .max_connections(2)
                    .connect_with(options)
                    .await
                    .unwrap();
                let ran = migrator.revert(&pool, Revert::Last).await;
                pool.close().await;
                ran.map(|report| report.ran.len())
            })
        })
        .collect();
    let (mut ran, mut said) = (0, Vec::new());
    for run in runs {
        // Who comes too late is told that there is nothing left, or that somebody was faster.
        match run.await.unwrap() {
            Ok(steps) => ran += steps,
            Err(late) => said.push(late.to_string()),
        }
    }
    assert_eq!(ran, 1, "{said:#?}");
    assert!(stranger.await.unwrap() > 0);
    let reverted = "SELECT count(*) FROM _onward_journal WHERE action = 'reverted'";
    assert_eq!(number(&pool, reverted).await, 1);
    is_free(&pool).await;
}

/// Nobody holds a lock that keeps others waiting, and nothing is half done.
async fn is_free(pool: &MySqlPool) {
    let free = sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS free (id int); INSERT INTO free VALUES (1); DROP TABLE free",
    )
    .execute(pool);
    tokio::time::timeout(Duration::from_secs(5), free)
        .await
        .expect("nobody holds a lock")
        .unwrap();
}
