//! Events and routines, and users who are not shown everything: what is there to know of MySQL?

use super::*;

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email varchar(40), phone varchar(40))";

#[tokio::test]
async fn events_and_routines_are_searched() {
    mysql("bodies", async |session| {
        session.execute(USERS).await.unwrap();
        for (made, who, dropped) in [
            (
                "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO UPDATE users SET phone = NULL",
                "the event `nightly`",
                "DROP EVENT nightly",
            ),
            (
                "CREATE PROCEDURE dial() SELECT u.`phone` FROM `users` u",
                "the procedure `dial`",
                "DROP PROCEDURE dial",
            ),
            (
                "CREATE FUNCTION dial() RETURNS varchar(40) READS SQL DATA RETURN (SELECT phone FROM users LIMIT 1)",
                "the function `dial`",
                "DROP FUNCTION dial",
            ),
        ] {
            session.execute(made).await.unwrap();
            blocked(&asked(session, DROP_PHONE, &[]).await, who, "users.phone");
            let email = asked(session, "ALTER TABLE users DROP COLUMN email", &[]).await;
            assert_eq!(email.state, State::Clear, "{made}: {email:#?}");
            session.execute(dropped).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_view_in_another_database_is_found() {
    mysql("home", async |session| {
        session.execute(USERS).await.unwrap();
        for sql in [
            "DROP DATABASE IF EXISTS gate_reports",
            "CREATE DATABASE gate_reports",
            "CREATE TABLE gate_reports.users (phone int)",
            "CREATE VIEW gate_reports.own AS SELECT phone FROM gate_reports.users",
            "CREATE VIEW gate_reports.calls AS SELECT phone FROM gate_home.users",
        ] {
            session.execute(sql).await.unwrap();
        }
        let answer = asked(session, DROP_PHONE, &[]).await;
        session.execute("DROP DATABASE gate_reports").await.unwrap();
        blocked(&answer, "the view `gate_reports.calls`", "users.phone");
        assert!(
            !format!("{answer:?}").contains("gate_reports.own"),
            "{answer:#?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_a_user_is_not_shown_is_unknown() {
    mysql("hidden", async |session| {
        session.execute(USERS).await.unwrap();
        for sql in [
            "DROP USER IF EXISTS gate_reader@localhost",
            "CREATE USER gate_reader@localhost IDENTIFIED BY 'reader'",
            "GRANT SELECT, ALTER ON gate_hidden.* TO gate_reader@localhost",
        ] {
            session.execute(sql).await.unwrap();
        }
        let options: sqlx::mysql::MySqlConnectOptions =
            server("ONWARD_TEST_MYSQL").parse().unwrap();
        let options = options
            .username("gate_reader")
            .password("reader")
            .database("gate_hidden");
        let pool = PoolOptions::<sqlx::MySql>::new()
            .connect_with(options)
            .await
            .unwrap();
        let mut reader = (&pool).open().0.await.unwrap();
        let answer = asked(&mut *reader, DROP_PHONE, &[]).await;
        is(
            &answer.evidence[0],
            State::Unknown,
            "This user has no EVENT, EXECUTE, SHOW VIEW, TRIGGER on the whole database, so it may not be shown all that \
             refers to it: grant it.",
        );
        let grant = "GRANT EVENT, EXECUTE, SHOW VIEW, TRIGGER ON gate_hidden.* TO gate_reader@localhost";
        session.execute(grant).await.unwrap();
        // Privileges on a database count from the next time that it is used.
        reader.execute("USE gate_hidden").await.unwrap();
        let answer = asked(&mut *reader, DROP_PHONE, &[]).await;
        assert_eq!(answer.state, State::Clear, "{answer:#?}");
        session
            .execute("CREATE PROCEDURE root_only() SELECT 1")
            .await
            .unwrap();
        let answer = asked(&mut *reader, DROP_PHONE, &[]).await;
        session
            .execute("DROP USER gate_reader@localhost")
            .await
            .unwrap();
        is(
            &answer.evidence[0],
            State::Unknown,
            "This role is not shown the text of the procedure `root_only`.",
        );
    })
    .await;
}
