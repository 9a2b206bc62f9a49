//! What does MySQL have that the others have not: databases within reach, users that see nothing?

use sqlx::{ConnectOptions as _, Connection as _};

use super::*;
use crate::evidence::running_code::clients::unlisted;

#[tokio::test]
async fn a_table_of_another_database_is_not_taken_for_none() {
    mysql("elsewhere", async |session| {
        session
            .execute("CREATE TABLE only_elsewhere (id int)")
            .await
            .unwrap();
        session.execute("USE information_schema").await.unwrap();
        let lost = ("only_elsewhere", LossKind::DropTable);
        let down = "USE gate_elsewhere; DROP TABLE only_elsewhere";
        let up = script(Dialect::MySql, "SELECT 1", Verdict::Lossless, &[]);
        let down = script(Dialect::MySql, down, Verdict::Lossy, &[lost]);
        let plan = back(
            vec![record(1, "switches", up, Down::Script(down))],
            Revert::Last,
        );
        let answer = answers(session, &plan).await.swap_remove(0);
        assert_eq!(answer.state, State::Unknown, "{answer:#?}");
        let said = &answer.evidence[0].sentence;
        assert!(said.contains("schema `gate_elsewhere` has one"), "{said}");
        // A script that stays where it is cannot mean that one.
        let finding = found(session, lost.0, lost.1).await;
        assert_eq!(finding.state, State::Clear, "{finding:#?}");
    })
    .await;
}

/// After a crash right behind a rename nobody knows whether it was done: both names are asked about.
#[tokio::test]
async fn what_was_interrupted_behind_a_rename_is_found_under_either_name() {
    mysql("interrupted", async |session| {
        let up = "ALTER TABLE users ADD COLUMN phone varchar(20)";
        let down = "RENAME TABLE users TO people; ALTER TABLE people DROP COLUMN phone";
        let plan = back(
            vec![crate::fixture::judged(3, Dialect::MySql, up, down)],
            Revert::Last,
        );
        users(session, "varchar(20)", &["'030'"]).await;
        for name in ["users", "people"] {
            let mut case = case(&plan);
            case.begun = Some((plan.steps()[0].version(), 1));
            let answers = gather(session, &case).await.unwrap();
            let held = format!("`{name}.phone` holds a value in 1 row.");
            let data = &answers[0];
            assert_eq!(data.state, State::Blocked, "{data:#?}");
            assert!(
                data.evidence.iter().any(|one| one.sentence == held),
                "{data:#?}"
            );
            let downtime = &answers[5];
            let lock = format!("It takes at most an exclusive metadata lock on `{name}`");
            assert!(
                downtime
                    .evidence
                    .iter()
                    .any(|one| one.sentence.starts_with(&lock)),
                "{downtime:#?}"
            );
            if name == "users" {
                session
                    .execute("RENAME TABLE users TO people")
                    .await
                    .unwrap();
            }
        }
    })
    .await;
}

/// MariaDB lists a table that keeps its history under a type of its own.
#[tokio::test]
async fn a_database_holds_what_its_versioned_tables_hold() {
    mysql("versioned", async |session| {
        let version = session.query("SELECT VERSION()", &[]).await.unwrap();
        let keeps = version[0].text(0).unwrap().contains("MariaDB");
        let keeps = if keeps { " WITH SYSTEM VERSIONING" } else { "" };
        for sql in [
            "CREATE TABLE empty (id int)".to_owned(),
            format!("CREATE TABLE notes (id int){keeps}"),
            "INSERT INTO notes VALUES (1)".to_owned(),
        ] {
            session.execute(&sql).await.unwrap();
        }
        let finding = found(session, "gate_versioned", LossKind::DropDatabase).await;
        is(
            &finding,
            State::Blocked,
            "`gate_versioned.notes` holds 1 row.",
        );
    })
    .await;
}

/// A role that may change a table but not read it.
#[tokio::test]
async fn a_user_without_privileges_gets_unknown() {
    mysql("denied", async |session| {
        users(session, "int", &["1"]).await;
        let grants = ["ALTER, DROP ON gate_denied.*"];
        let pool = connected_as(session, "gate_stranger", &grants, "gate_denied").await;
        let mut stranger = (&pool).open().0.await.unwrap();
        let finding = found(&mut *stranger, "users.phone", LossKind::DropColumn).await;
        assert_eq!(finding.state, State::Unknown, "{finding:#?}");
        assert!(finding.sentence.contains("denied"), "{finding:#?}");
        let plan = losing(Dialect::MySql, &[&[("users.phone", LossKind::DropColumn)]]);
        let downtime = answers(&mut *stranger, &plan).await.swap_remove(5);
        assert_eq!(downtime.state, State::Unknown, "{downtime:#?}");
        session
            .execute("DROP USER gate_stranger@localhost")
            .await
            .unwrap();
    })
    .await;
}

/// It may name any database of the server in its queries.
#[tokio::test]
async fn a_client_without_a_default_database_is_not_overlooked() {
    mysql("nowhere", async |session| {
        for sql in [
            "DROP USER IF EXISTS gate_nowhere@localhost",
            "CREATE USER gate_nowhere@localhost IDENTIFIED BY 'nowhere'",
        ] {
            session.execute(sql).await.unwrap();
        }
        let said = async |session: &mut dyn Session| {
            let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
            let own = own();
            let found = unlisted(&mut asking, &[], &own).await.unwrap();
            asking.end().await.unwrap();
            let stranger = found
                .into_iter()
                .find(|one| one.sentence.contains("gate_nowhere"));
            stranger.map(|one| (one.state, one.sentence))
        };
        assert_eq!(said(session).await, None);
        let options: sqlx::mysql::MySqlConnectOptions =
            server("ONWARD_TEST_MYSQL").parse().unwrap();
        let url = options
            .username("gate_nowhere")
            .password("nowhere")
            .to_url_lossy();
        let mut url = url.to_string();
        let database = url.find("/mysql").unwrap();
        url.replace_range(database..database + "/mysql".len(), "/");
        let pool = sqlx::MySqlPool::connect(&url).await.unwrap();
        let (state, sentence) = said(session).await.unwrap();
        assert_eq!(state, State::Unknown);
        let start =
            "1 connection of gate_nowhere without a default database from this machine belongs";
        assert!(sentence.starts_with(start), "{sentence}");
        pool.close().await;
        let drop = "DROP USER gate_nowhere@localhost";
        session.execute(drop).await.unwrap();
    })
    .await;
}

/// A view of another database reads the table as well as one of its own; what this role is not shown may.
#[tokio::test]
async fn a_view_of_another_database_is_a_way_to_a_column() {
    mysql("viewed", async |session| {
        users(session, "int", &["1"]).await;
        for sql in [
            "DROP DATABASE IF EXISTS gate_viewing",
            "CREATE DATABASE gate_viewing",
            "CREATE VIEW gate_viewing.calls AS SELECT u.phone AS p, count(*) AS n FROM gate_viewed.users AS u GROUP BY 1",
            "CREATE VIEW gate_viewing.again AS SELECT p FROM gate_viewing.calls",
            "CREATE VIEW gate_viewing.names AS SELECT id AS name FROM gate_viewed.users",
            "CREATE VIEW gate_viewing.users AS SELECT phone FROM gate_viewed.users",
        ] {
            session.execute(sql).await.unwrap();
        }
        let down = "ALTER TABLE users DROP COLUMN phone";
        let record = crate::fixture::judged(1, Dialect::MySql, "SELECT 1", down);
        let plan = back(vec![record], Revert::Last);
        let steps: Vec<&Step> = plan.steps().iter().collect();
        let of = async |session: &mut dyn Session, sql: &str| {
            let mut own = own();
            let uses = &mut own.program.code[0].uses;
            uses.query(Dialect::MySql, sql, "src/a.rs:7");
            let tables = Tables::unqualified(Dialect::MySql);
            let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
            let answer = crate::evidence::running_code::answer(&mut asking, &tables, &own, &steps, &[]);
            let answer = answer.await.unwrap();
            asking.end().await.unwrap();
            let mut evidence = answer.evidence.into_iter();
            let own = evidence.find(|one| one.sentence.starts_with("The program that asks"));
            own.map(|one| (one.state, one.sentence))
        };
        for (sql, view) in [
            ("SELECT p FROM gate_viewing.calls", Some("calls")),
            ("SELECT p FROM gate_viewing.again", Some("again")),
            ("SELECT p FROM again", Some("again")),
            ("SELECT phone FROM gate_viewing.users", Some("gate_viewing.users")),
            ("SELECT name FROM gate_viewing.names", None),
            // A table here is called so.
            ("SELECT name FROM users", None),
        ] {
            let said = of(session, sql).await;
            let expected = view.map(|view| {
                let uses = format!("`users.phone` through the view `{view}` (src/a.rs:7)");
                let said = format!(
                    "The program that asks (shop-admin build a1b2c3) itself uses {uses}: its code fails without it."
                );
                (State::Blocked, said)
            });
            assert_eq!(said, expected, "{sql}");
        }
        for (grants, clause) in [
            (
                &["ALL ON gate_viewed.*", "SELECT ON gate_viewing.*"][..],
                "it reads the view `calls`, whose text this role is not shown (src/a.rs:7)",
            ),
        ] {
            let pool = connected_as(session, "gate_viewer", grants, "gate_viewed").await;
            let mut viewer = (&pool).open().0.await.unwrap();
            let (state, said) = of(&mut *viewer, "SELECT p FROM gate_viewing.calls").await.unwrap();
            assert_eq!(state, State::Unknown, "{said}");
            assert!(said.contains(clause), "{said}");
            assert_eq!(of(&mut *viewer, "SELECT name FROM users").await, None);
        }
        for sql in ["DROP USER gate_viewer@localhost", "DROP DATABASE gate_viewing"] {
            session.execute(sql).await.unwrap();
        }
    })
    .await;
}

/// Somebody who logs in to another database has none yet for a moment.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_just_logging_in_elsewhere_is_no_stranger() {
    mysql("logins", async |session| {
        for sql in [
            "DROP USER IF EXISTS gate_logins@localhost",
            "CREATE USER gate_logins@localhost IDENTIFIED BY 'logins'",
        ] {
            session.execute(sql).await.unwrap();
        }
        let options: sqlx::mysql::MySqlConnectOptions =
            server("ONWARD_TEST_MYSQL").parse().unwrap();
        let options = options
            .username("gate_logins")
            .password("logins")
            .database("information_schema");
        let logins: Vec<_> = (0..8)
            .map(|_| {
                let options = options.clone();
                tokio::spawn(async move {
                    loop {
                        options.connect().await.unwrap().close().await.unwrap();
                    }
                })
            })
            .collect();
        for _ in 0..300 {
            let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
            let found = unlisted(&mut asking, &[], &own()).await.unwrap();
            asking.end().await.unwrap();
            let of_them = |one: &Evidence| one.sentence.contains("gate_logins");
            assert!(!found.iter().any(of_them), "{found:#?}");
        }
        for login in logins {
            login.abort();
            let _ = login.await;
        }
        let drop = "DROP USER gate_logins@localhost";
        session.execute(drop).await.unwrap();
    })
    .await;
}

/// Of a table that a user has no privilege on the catalog has no row, and of one that is broken no size.
#[tokio::test]
async fn a_size_that_is_not_shown_is_unknown() {
    mysql("sizeless", async |session| {
        for sql in [
            "CREATE TABLE shown (id int)",
            "CREATE TABLE hidden (id int)",
            "CREATE TABLE part (id int) ENGINE = MyISAM",
            "CREATE TABLE whole (id int) ENGINE = MERGE UNION = (part)",
            "DROP TABLE part",
        ] {
            session.execute(sql).await.unwrap();
        }
        let size = async |session: &mut dyn Session, table: &str| {
            let plan = losing(Dialect::MySql, &[&[(table, LossKind::DropTable)]]);
            let answer = answers(session, &plan).await.swap_remove(5);
            let mut found = answer.evidence.into_iter();
            let found = found.find(|one| one.object.is_some()).unwrap();
            (found.state, found.sentence)
        };
        let (state, sentence) = size(session, "whole").await;
        assert_eq!(state, State::Unknown);
        assert_eq!(
            sentence,
            "How large `whole` is is not known: the server keeps no statistics of it."
        );
        let grants = ["SELECT ON gate_sizeless.shown"];
        let pool = connected_as(session, "gate_sizeless", &grants, "gate_sizeless").await;
        let mut reader = (&pool).open().0.await.unwrap();
        assert_eq!(size(&mut *reader, "shown").await.0, State::Clear);
        let (state, sentence) = size(&mut *reader, "hidden").await;
        assert_eq!(state, State::Unknown);
        assert!(
            sentence.contains("SELECT command denied to user"),
            "{sentence}"
        );
        assert_eq!(size(session, "nowhere").await.0, State::Clear);
        let drop = "DROP USER gate_sizeless@localhost";
        session.execute(drop).await.unwrap();
    })
    .await;
}
