//! What does the gate say to a role that lacks one of the privileges that it asks by, each in turn? No less than it says to one that has
//! them all: what is not seen is unknown, or nothing is said at all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Decision, Environment, Error, Migrator, Question, Revert, State, Version};
use onward_tests::{Database, Pool, on};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection};

onward::declare::uses!("audit.entries.id");

on!(without_one_catalog: on_postgres);
on!(without_one_privilege: on_mysql);

const ALL_BACK: Revert = Revert::To(Version::new(0));

/// Every catalog, whether it is asked or not: what is asked tomorrow is looked at too.
async fn without_one_catalog(database: Database) {
    let Pool::Postgres(pool) = &database.pool else {
        return;
    };
    let shop = shop();
    shop.run(pool).await.unwrap();
    let role = format!("role_{}", database.name);
    let referred_to = format!(
        "CREATE ROLE {role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; GRANT pg_read_all_stats TO {role};
         INSERT INTO users (id, name, phone_number) VALUES (1, 'Ada', '1815');
         CREATE SCHEMA bills; GRANT USAGE ON SCHEMA bills TO {role};
         CREATE VIEW bills.numbers AS SELECT phone_number FROM users;
         CREATE FUNCTION bills.dial() RETURNS text LANGUAGE sql AS 'SELECT phone_number FROM public.users';
         CREATE TABLE bills.payers (id bigint REFERENCES users (id));
         CREATE TRIGGER dials BEFORE UPDATE OF phone_number ON users FOR EACH ROW
             EXECUTE FUNCTION suppress_redundant_updates_trigger();
         CREATE POLICY p ON users USING (phone_number IS NOT NULL);
         CREATE PUBLICATION p_{role} FOR TABLE users"
    );
    database.execute(&referred_to).await;
    let catalogs = database
        .column(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')",
        )
        .await;
    let mut connection = pool.acquire().await.unwrap();
    let mut judged = async |revoked: &str, given_back: &str| {
        let as_role = format!("{revoked}; SET SESSION AUTHORIZATION {role}");
        let as_before = format!("RESET SESSION AUTHORIZATION; {given_back}");
        let run = AssertSqlSafe(as_role);
        sqlx::raw_sql(run).execute(&mut *connection).await.unwrap();
        let decision = shop.judge(&mut *connection, ALL_BACK).await;
        let run = AssertSqlSafe(as_before);
        sqlx::raw_sql(run).execute(&mut *connection).await.unwrap();
        decision
    };
    let whole = judged("SELECT 1", "SELECT 1").await.unwrap();
    for catalog in catalogs {
        let revoked = format!("REVOKE SELECT ON pg_catalog.{catalog} FROM PUBLIC");
        let given_back = format!("GRANT SELECT ON pg_catalog.{catalog} TO PUBLIC");
        let less = judged(&revoked, &given_back).await;
        says_no_less(&whole, less, &catalog);
    }
    let gone = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    database.execute(&gone).await;
}

async fn without_one_privilege(database: Database) {
    let Pool::MySql(pool) = &database.pool else {
        return;
    };
    let shop = shop();
    shop.run(pool).await.unwrap();
    let (name, other) = (&database.name, format!("{}_other", database.name));
    let user = format!("u{}", &name[name.len().saturating_sub(20)..]);
    for sql in [
        "INSERT INTO users (id, name, phone_number) VALUES (1, 'Ada', '1815')",
        "CREATE VIEW numbers AS SELECT phone_number FROM users",
        "CREATE TABLE rings (id bigint)",
        "CREATE TRIGGER dials BEFORE INSERT ON rings FOR EACH ROW UPDATE users SET phone_number = NULL",
        "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' DO UPDATE users SET phone_number = NULL",
        "CREATE PROCEDURE dial() SELECT phone_number FROM users",
        &format!("CREATE DATABASE {other}"),
        &format!(
            "CREATE TABLE {other}.payers (id bigint, FOREIGN KEY (id) REFERENCES {name}.users (id))"
        ),
        &format!("CREATE VIEW {other}.numbers AS SELECT phone_number FROM {name}.users"),
        &format!("CREATE USER {user}@localhost IDENTIFIED BY 'secret'"),
        &format!("GRANT ALL ON *.* TO {user}@localhost"),
    ] {
        database.execute(sql).await;
    }
    let options: MySqlConnectOptions = database.url.parse().unwrap();
    let options = options.username(&user).password("secret");
    let judged = async || {
        let mut connection = MySqlConnection::connect_with(&options).await?;
        let decision = shop.judge(&mut connection, ALL_BACK).await;
        connection.close().await?;
        decision
    };
    let whole = judged().await.unwrap();
    let has = |question: Question, what: &str| {
        let found = whole.answers.iter().find(|a| a.question == question);
        let mut found = found.unwrap().evidence.iter();
        assert!(found.any(|one| one.sentence.contains(what)), "{what}");
    };
    for what in ["`dials", "`nightly", "`dial`", "`numbers`", "payers`"] {
        has(Question::Consumers, what);
    }
    for privilege in [
        "SELECT",
        "SHOW VIEW",
        "TRIGGER",
        "EVENT",
        "EXECUTE",
        "PROCESS",
        "LOCK TABLES",
        "SHOW DATABASES",
    ] {
        let revoked = format!("REVOKE {privilege} ON *.* FROM {user}@localhost");
        database.execute(&revoked).await;
        says_no_less(&whole, judged().await, privilege);
        let given_back = format!("GRANT {privilege} ON *.* TO {user}@localhost");
        database.execute(&given_back).await;
    }
    let gone = format!("DROP USER {user}@localhost; DROP DATABASE {other}");
    database.execute(&gone).await;
}

fn shop() -> Migrator {
    Migrator::new(guarded::MIGRATIONS)
        .environment(Environment::production())
        .unregistered()
}

/// Whether whatever was in the way still is, or is unknown now, without the privilege on `what`.
#[track_caller]
fn says_no_less(whole: &Decision, less: Result<Decision, Error>, what: &str) {
    let less = match less {
        Ok(less) => less,
        // It may be that not even the history can be read.
        Err(Error::Database(_)) => return,
        Err(error) => panic!("{what}: {error}"),
    };
    for (before, after) in whole.answers.iter().zip(&less.answers) {
        assert_eq!(before.question, after.question, "{what}");
        let unknown = after.evidence.iter().any(|one| one.state == State::Unknown);
        let in_the_way = before
            .evidence
            .iter()
            .filter(|one| one.state != State::Clear);
        for one in in_the_way {
            let said = after
                .evidence
                .iter()
                .any(|said| said.sentence == one.sentence);
            assert!(said || unknown, "{what}: {} is gone\n{less}", one.sentence);
        }
    }
    assert!(!less.runs(), "{what}");
}
