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
        let grants = ["SELECT, ALTER ON gate_hidden.*"];
        let pool = connected_as(session, "gate_reader", &grants, "gate_hidden").await;
        let mut reader = (&pool).open().0.await.unwrap();
        let answer = asked(&mut *reader, DROP_PHONE, &[]).await;
        is(
            &answer.evidence[0],
            State::Unknown,
            "Whether a foreign key of another table refers to it is not known: the database says: Access denied; you need (at \
             least one of) the PROCESS privilege(s) for this operation.",
        );
        is(
            &answer.evidence[1],
            State::Unknown,
            "This user has no EVENT, EXECUTE, SHOW VIEW, TRIGGER on the whole database, so it may not be shown all that \
             refers to it: grant it.",
        );
        // Privileges on everything count from the next connection.
        let grants = [
            "SELECT, ALTER ON gate_hidden.*",
            "EVENT, EXECUTE, SHOW VIEW, TRIGGER ON gate_hidden.*",
            "PROCESS ON *.*",
        ];
        drop(reader);
        let pool = connected_as(session, "gate_reader", &grants, "gate_hidden").await;
        let mut reader = (&pool).open().0.await.unwrap();
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

/// InnoDB's list has the keys of all databases, by the names of their files.
#[tokio::test]
async fn a_foreign_key_in_another_database_is_found() {
    mysql("keyed", async |session| {
        for sql in [
            "CREATE TABLE `us$ers é` (id int PRIMARY KEY, email varchar(40))",
            "DROP DATABASE IF EXISTS `gate_key$`",
            "CREATE DATABASE `gate_key$`",
            "CREATE TABLE `gate_key$`.`bi-lls` (payer int, CONSTRAINT `who pays` FOREIGN KEY (payer) \
             REFERENCES gate_keyed.`us$ers é` (id))",
        ] {
            session.execute(sql).await.unwrap();
        }
        let drop_table = asked(session, "DROP TABLE `us$ers é`", &[]).await;
        let drop_key = asked(session, "ALTER TABLE `us$ers é` DROP COLUMN id", &[]).await;
        let other = asked(session, "ALTER TABLE `us$ers é` DROP COLUMN email", &[]).await;
        session.execute("DROP DATABASE `gate_key$`").await.unwrap();
        let who = "the foreign key `who pays on gate_key$.bi-lls`";
        blocked(&drop_table, who, "us$ers é");
        blocked(&drop_key, who, "us$ers é.id");
        assert_eq!(other.state, State::Clear, "{other:#?}");
    })
    .await;
}

/// Each looks for a table without a database in its own, and MySQL writes the database into each view.
#[tokio::test]
async fn databases_are_told_apart() {
    mysql("apart", async |session| {
        session.execute(USERS).await.unwrap();
        for sql in [
            "DROP DATABASE IF EXISTS gate_apart_two",
            "CREATE DATABASE gate_apart_two",
            "CREATE TABLE gate_apart_two.users (id int, phone varchar(40))",
            "CREATE TABLE gate_apart_two.orders (id int, phone varchar(40))",
            "CREATE VIEW dialled AS SELECT phone FROM gate_apart_two.users",
            "CREATE PROCEDURE dial() SELECT u.phone FROM gate_apart_two.users u, users v",
            "CREATE EVENT gate_apart_two.nightly ON SCHEDULE EVERY 1 DAY DO UPDATE gate_apart.orders, users SET phone = NULL",
            "CREATE TABLE orders (id int)",
            "CREATE VIEW gate_apart_two.calls AS SELECT phone FROM users",
        ] {
            session.execute(sql).await.unwrap();
        }
        let clear = asked(session, "ALTER TABLE users DROP COLUMN email", &[]).await;
        assert_eq!(clear.state, State::Clear, "{clear:#?}");
        let view = "the view `gate_apart_two.calls`";
        let answer = asked(session, DROP_PHONE, &[]).await;
        blocked(&answer, view, "users.phone");
        let said = format!("{answer:?}");
        for other in ["`dialled`", "`nightly`", "gate_apart_two.nightly`", "`dial`"] {
            assert!(!said.contains(&format!("{other} ")), "{other}: {answer:#?}");
        }
        // One of its name goes, and it stays.
        session.execute("CREATE VIEW calls AS SELECT id FROM users").await.unwrap();
        let down = "DROP VIEW calls; ALTER TABLE users DROP COLUMN phone";
        blocked(&asked(session, down, &[]).await, view, "users.phone");
        for down in [
            "DROP VIEW gate_apart_two.calls; ALTER TABLE users DROP COLUMN phone",
            "DROP VIEW gate_apart_two.calls; ALTER TABLE gate_apart.users DROP COLUMN phone",
        ] {
            let answer = asked(session, down, &[]).await;
            assert_eq!(answer.state, State::Clear, "{down} {answer:#?}");
        }
        // Where the connection looks needs not be said, and may.
        let trigger = "CREATE TRIGGER ring BEFORE UPDATE ON users FOR EACH ROW SET NEW.phone = trim(NEW.phone)";
        session.execute(trigger).await.unwrap();
        let down = "DROP VIEW gate_apart_two.calls; ALTER TABLE gate_apart.users DROP COLUMN phone";
        blocked(&asked(session, down, &[]).await, "the trigger `ring`", "users.phone");
        let event = "CREATE EVENT gate_apart_two.hourly ON SCHEDULE EVERY 1 HOUR DO UPDATE gate_apart.users SET phone = NULL";
        session.execute(event).await.unwrap();
        let down = "DROP VIEW gate_apart_two.calls; DROP TRIGGER ring; DROP EVENT IF EXISTS hourly; ALTER TABLE users DROP COLUMN phone";
        let answer = asked(session, down, &[]).await;
        session.execute("DROP DATABASE gate_apart_two").await.unwrap();
        blocked(&answer, "the event `gate_apart_two.hourly`", "users.phone");
    })
    .await;
}

/// MariaDB's own; it drops one that a default is taken from.
#[tokio::test]
async fn who_uses_a_sequence_is_a_consumer_of_it() {
    mysql("sequences", async |session| {
        if session.execute("CREATE SEQUENCE bills").await.is_err() {
            return;
        }
        for (made, who) in [
            (
                "CREATE TABLE people (id bigint DEFAULT nextval(bills), bills int)",
                "the default of column `id`",
            ),
            (
                "CREATE TRIGGER count_them BEFORE INSERT ON people FOR EACH ROW SET NEW.id = NEXT VALUE FOR bills",
                "the trigger `count_them`",
            ),
        ] {
            session.execute(made).await.unwrap();
            blocked(&asked(session, "DROP SEQUENCE bills", &[]).await, who, "bills");
        }
        for down in [
            "DROP TRIGGER count_them; ALTER TABLE people ALTER COLUMN id DROP DEFAULT; DROP SEQUENCE bills",
            "DROP TABLE people; DROP SEQUENCE bills",
        ] {
            let answer = asked(session, down, &[]).await;
            assert_eq!(answer.state, State::Clear, "{down} {answer:#?}");
        }
        let other = "CREATE PROCEDURE pays() SELECT bills FROM people";
        session.execute(other).await.unwrap();
        let down = "DROP TABLE people; DROP SEQUENCE bills";
        let answer = asked(session, down, &[]).await;
        assert!(!format!("{answer:?}").contains("`bills` is referred to"), "{answer:#?}");
    })
    .await;
}

/// An event that is switched off does nothing, and a routine nothing while nobody calls it.
#[tokio::test]
async fn what_nothing_runs_is_in_no_additions_way() {
    mysql("switched_off", async |session| {
        session.execute(USERS).await.unwrap();
        let past = "CREATE TABLE past (id int, email varchar(40), phone varchar(40))";
        session.execute(past).await.unwrap();
        let copy = "INSERT INTO past SELECT * FROM users";
        for (sql, expected) in [
            (
                format!("CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO {copy}"),
                State::Blocked,
            ),
            ("ALTER EVENT nightly DISABLE".to_owned(), State::Clear),
            ("ALTER EVENT nightly ENABLE".to_owned(), State::Blocked),
            ("DROP EVENT nightly".to_owned(), State::Clear),
            (format!("CREATE PROCEDURE archive() {copy}"), State::Clear),
            (
                "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO CALL archive()".to_owned(),
                State::Blocked,
            ),
        ] {
            session.execute(&sql).await.unwrap();
            let answer = asked(session, ADD_NICK, &[]).await;
            assert_eq!(answer.state, expected, "{sql}: {answer:#?}");
        }
    })
    .await;
}

/// The columns of tables are asked for in the databases that matter, and in no other.
#[tokio::test]
async fn a_copy_from_another_database_is_counted_there() {
    mysql("counted", async |session| {
        session.execute(USERS).await.unwrap();
        for sql in [
            "DROP DATABASE IF EXISTS gate_counted_past",
            "CREATE DATABASE gate_counted_past",
            "CREATE TABLE gate_counted_past.past (id int, email varchar(40), phone varchar(40))",
            "CREATE TRIGGER keep AFTER UPDATE ON users FOR EACH ROW \
             INSERT INTO gate_counted_past.past SELECT * FROM users WHERE id = OLD.id",
        ] {
            session.execute(sql).await.unwrap();
        }
        let answer = asked(session, ADD_NICK, &[]).await;
        session
            .execute("DROP DATABASE gate_counted_past")
            .await
            .unwrap();
        assert_eq!(answer.state, State::Blocked, "{answer:#?}");
    })
    .await;
}
