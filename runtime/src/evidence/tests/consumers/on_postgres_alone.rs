//! Materialised views, policies, row types, publications, slots and scheduled jobs: who has them but PostgreSQL?

use super::*;

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email text, phone text)";

/// Asks with `sql` in place.
async fn with(name: &str, sql: &str, case: impl AsyncFn(&mut dyn Session)) {
    postgres(name, async |session| {
        session.execute(USERS).await.unwrap();
        session.execute(sql).await.unwrap();
        case(session).await;
    })
    .await;
}

#[tokio::test]
async fn what_the_catalog_ties_to_a_column() {
    for (name, sql, who) in [
        (
            "matview",
            "CREATE MATERIALIZED VIEW calls AS SELECT phone FROM users",
            "the materialized view `calls`",
        ),
        (
            "column_policy",
            "CREATE POLICY reachable ON users USING (phone IS NOT NULL)",
            "the policy `reachable on users`",
        ),
        (
            "update_of",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; \
             CREATE TRIGGER moved BEFORE UPDATE OF phone ON users FOR EACH ROW EXECUTE FUNCTION f()",
            "the trigger `moved on users`",
        ),
        (
            "sql_body",
            "CREATE FUNCTION first_phone() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT phone FROM users LIMIT 1; END",
            "the function",
        ),
        (
            "row_type",
            "CREATE FUNCTION dial(u users) RETURNS text LANGUAGE sql AS 'SELECT u.phone'",
            "the function `dial(users)`",
        ),
        (
            "dynamic",
            "CREATE FUNCTION mail() RETURNS void LANGUAGE plpgsql AS $$ BEGIN \
             EXECUTE 'UPDATE ' || quote_ident('users') || ' SET phone = NULL'; END $$",
            "the function `mail()`",
        ),
    ] {
        with(name, sql, async |session| {
            blocked(&asked(session, DROP_PHONE, &[]).await, who, "users.phone");
            let email = asked(session, "ALTER TABLE users DROP COLUMN email", &[]).await;
            assert_eq!(email.state, State::Clear, "{name}: {email:#?}");
        })
        .await;
    }
}

/// A view follows a column that gets another name; a body is text, and does not.
#[tokio::test]
async fn a_rename_is_felt_by_what_is_text() {
    let view = "CREATE VIEW calls AS SELECT phone FROM users";
    let rename = "ALTER TABLE users RENAME COLUMN phone TO tel";
    with("rename_view", view, async |session| {
        let answer = asked(session, rename, &[]).await;
        assert_eq!(answer.state, State::Clear, "{answer:#?}");
    })
    .await;
    let body = "CREATE FUNCTION dial() RETURNS text LANGUAGE sql AS 'SELECT phone FROM users'";
    with("rename_body", body, async |session| {
        let answer = asked(session, rename, &[]).await;
        blocked(&answer, "the function `dial()`", "users.phone");
    })
    .await;
}

#[tokio::test]
async fn subscribers_are_consumers() {
    let publish = "CREATE PUBLICATION data_all FOR TABLE users (id, phone)";
    with("publication", publish, async |session| {
        let answer = asked(session, DROP_PHONE, &[]).await;
        blocked(&answer, "the publication `data_all`", "users.phone");
        let email = asked(session, "ALTER TABLE users DROP COLUMN email", &[]).await;
        assert_eq!(email.state, State::Clear, "{email:#?}");
        session.execute("DROP PUBLICATION data_all").await.unwrap();
    })
    .await;
}

/// The table that pg_cron makes, in the columns that are asked for. It stands in a database of its own, since every other
/// test would find its jobs.
#[tokio::test]
async fn a_scheduled_job_is_a_consumer() {
    let options: sqlx::postgres::PgConnectOptions = server("ONWARD_TEST_POSTGRES").parse().unwrap();
    let pool = PoolOptions::<sqlx::Postgres>::new();
    let server = pool.clone().connect_with(options.clone()).await.unwrap();
    let mut server = (&server).open().0.await.unwrap();
    let fresh = [
        "DROP DATABASE IF EXISTS gate_cron",
        "CREATE DATABASE gate_cron",
    ];
    for sql in fresh {
        server.execute(sql).await.unwrap();
    }
    let pool = pool
        .connect_with(options.database("gate_cron"))
        .await
        .unwrap();
    let mut session = (&pool).open().0.await.unwrap();
    let cron = "CREATE SCHEMA cron; CREATE TABLE cron.job (jobid bigint, jobname text, command text, \
                database text DEFAULT current_database(), active boolean DEFAULT true); \
                INSERT INTO cron.job (jobid, jobname, command) VALUES (1, 'nightly', 'DELETE FROM users WHERE phone IS NULL')";
    session.execute(USERS).await.unwrap();
    session.execute(cron).await.unwrap();
    let answer = asked(&mut *session, DROP_PHONE, &[]).await;
    blocked(&answer, "the scheduled job `nightly`", "users.phone");
    let email = asked(&mut *session, "ALTER TABLE users DROP COLUMN email", &[]).await;
    assert_eq!(email.state, State::Clear, "{email:#?}");
    // Another role may not read the jobs.
    let role = "DO $$ BEGIN CREATE ROLE gate_jobless; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; \
                GRANT USAGE ON SCHEMA cron TO gate_jobless; SET ROLE gate_jobless";
    session.execute(role).await.unwrap();
    let unknown = asked(&mut *session, DROP_PHONE, &[]).await;
    drop(session);
    pool.close().await;
    server.execute("DROP DATABASE gate_cron").await.unwrap();
    is(
        &unknown.evidence[0],
        State::Unknown,
        "Whether a job of pg_cron refers to it is not known: the database says: permission denied for table job.",
    );
}

/// A table in a schema that the connection does not look into, under names that need quotes.
#[tokio::test]
async fn schemas_are_told_apart() {
    let sql = "DROP SCHEMA IF EXISTS \"Gate two\" CASCADE; CREATE SCHEMA \"Gate two\"; CREATE TABLE \"Gate two\".users (id int, phone text); \
               CREATE VIEW \"Gate two\".\"my view\" AS SELECT phone FROM \"Gate two\".users";
    with("two_schemas", sql, async |session| {
        let here = asked(session, DROP_PHONE, &[]).await;
        assert_eq!(here.state, State::Clear, "{here:#?}");
        let down = "ALTER TABLE \"Gate two\".users DROP COLUMN phone";
        let there = asked(session, down, &[]).await;
        session
            .execute("DROP SCHEMA \"Gate two\" CASCADE")
            .await
            .unwrap();
        blocked(&there, "my view", "Gate two.users.phone");
    })
    .await;
}
