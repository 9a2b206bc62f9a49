//! Does the gate find the jobs of pg_cron, as the extension itself keeps them?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Answer, Environment, Goal, Migrator, Question, Revert, State, Version};
use onward_tests::server::Server;
use onward_tests::skipped;
use sqlx::PgPool;

/// In the database whose jobs the server runs, and in another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    if !Server::has_library("pg_cron") {
        skipped("pg_cron (Debian: postgresql-15-cron)");
        return;
    }
    let preload = ["shared_preload_libraries=pg_cron"];
    let server = Server::postgres(&preload).await.unwrap();
    let pool = PgPool::connect(&server.url()).await.unwrap();
    sqlx::raw_sql("CREATE EXTENSION pg_cron")
        .execute(&pool)
        .await
        .unwrap();
    up_to_2(&pool).await;
    let clear = asked(&pool).await;
    assert_eq!(clear.state, State::Clear, "{clear:#?}");

    let schedule = "SELECT cron.schedule('nightly', '0 3 * * *', 'DELETE FROM users WHERE phone_number IS NULL')";
    sqlx::raw_sql(schedule).execute(&pool).await.unwrap();
    let blocked = asked(&pool).await;
    assert_eq!(blocked.state, State::Blocked, "{blocked:#?}");
    let said = sentences(&blocked);
    assert!(said.contains("the scheduled job `nightly`"), "{said}");

    let other = server.database().await;
    let onward_tests::Pool::Postgres(elsewhere) = &other.pool else {
        unreachable!("it is PostgreSQL's");
    };
    up_to_2(elsewhere).await;
    let unknown = asked(elsewhere).await;
    assert_eq!(unknown.state, State::Unknown, "{unknown:#?}");
    let said = sentences(&unknown);
    assert!(
        said.contains("Each job of pg_cron stands in database `postgres`"),
        "{said}"
    );

    sqlx::raw_sql("SELECT cron.unschedule('nightly')")
        .execute(&pool)
        .await
        .unwrap();
    let clear = asked(&pool).await;
    assert_eq!(clear.state, State::Clear, "{clear:#?}");
}

fn migrator() -> Migrator {
    Migrator::new(contract::MIGRATIONS).environment(Environment::production())
}

async fn up_to_2(pool: &PgPool) {
    let goal = Goal::To(Version::new(2));
    migrator().up(pool, goal).await.unwrap();
}

/// What the third question is answered where the column with the numbers goes.
async fn asked(pool: &PgPool) -> Answer {
    let decision = migrator().judge(pool, Revert::Last).await.unwrap();
    let mut answers = decision.answers.into_iter();
    answers
        .find(|answer| answer.question == Question::Consumers)
        .unwrap()
}

fn sentences(answer: &Answer) -> String {
    let said = answer.evidence.iter().map(|one| one.sentence.as_str());
    said.collect::<Vec<_>>().join("\n")
}
