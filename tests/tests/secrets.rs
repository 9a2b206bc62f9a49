//! Is a password ever printed, whatever is wrong with the URL that it stands in?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use onward::{Error, Migrator};
use onward_tests::server::{Server, WITH_PASSWORD};
use onward_tests::{Database, on_every_database};
use sqlx::pool::PoolOptions;

const PROGRAM: &str = env!("CARGO_BIN_EXE_contract");

/// As it is, as a URL must write it, and in pieces.
const SECRETS: [&str; 3] = ["s3cr3t", "hunt3r", "s3cr3t%2Fhunt3r"];

on_every_database!(a_url_that_leads_nowhere_is_not_printed);

/// URLs that cannot be used, each with the password in it.
fn urls(scheme: &str, server: &str) -> Vec<String> {
    let host = |user: &str| format!("{scheme}://{user}@localhost/shop{server}");
    let more = if server.is_empty() { '?' } else { '&' };
    // A file has no password, and what follows this sign are options.
    let question = match scheme {
        "sqlite" => host("nobody:s3cr3t"),
        _ => host("nobody:s3cr3t?hunt3r"),
    };
    vec![
        question,
        // Nobody of that name, and a password that is no one's.
        host("nobody:s3cr3t"),
        host("nobody:s3cr3t%2Fhunt3r%40%3F%23"),
        // What must be encoded and is not.
        host("nobody:s3cr3t/hunt3r"),
        host("nobody:s3cr3t#hunt3r"),
        host("nobody:s3cr3t@hunt3r"),
        host("nobody:s3cr3t hunt3r"),
        host("nobody:1/s3cr3t"),
        // No such host, no such port, no such option, no such scheme.
        format!("{scheme}://nobody:s3cr3t@nowhere.invalid/shop"),
        format!("{scheme}://nobody:s3cr3t@localhost:1/shop"),
        format!("{scheme}://nobody:s3cr3t@localhost:port/shop"),
        format!("{scheme}://nobody:s3cr3t@[localhost/shop"),
        format!(
            "{}{more}sslmode=s0me&ssl-mode=s0me&mode=s0me",
            host("nobody:s3cr3t")
        ),
        format!(
            "{}{more}statement-cache-capacity=many",
            host("nobody:s3cr3t")
        ),
        format!("{scheme}x://nobody:s3cr3t@localhost/shop"),
    ]
}

async fn a_url_that_leads_nowhere_is_not_printed(database: Database) {
    let (scheme, _) = database.url.split_once(':').unwrap();
    let server = database.url.split_once('?').map(|(_, query)| query);
    let server = match scheme {
        "sqlite" => String::new(),
        _ => format!("?{}", server.unwrap_or_default()),
    };
    for url in urls(scheme, &server) {
        if let Some(error) = failure(scheme, &url).await {
            silent(&url, &everything(&error));
        }
    }
}

/// Whatever can be read of an error, and of those beneath it.
fn everything(error: &Error) -> String {
    let mut said = format!("{error} {error:?} {error:#}");
    let mut source = error.source();
    while let Some(beneath) = source {
        said.push_str(&format!(" {beneath} {beneath:?}"));
        source = beneath.source();
    }
    said
}

/// A server that asks for the password, and is given a wrong one.
#[tokio::test]
async fn a_wrong_password_is_not_printed_on_postgres() {
    let Some(server) = Server::postgres(&[]).await else {
        onward_tests::skipped("PostgreSQL's server");
        return;
    };
    let database = server.database().await;
    let role = format!("CREATE ROLE {WITH_PASSWORD} LOGIN PASSWORD 'r1ght'");
    database.execute(&role).await;
    let as_role = |password: &str| {
        let user = format!("//{WITH_PASSWORD}:{password}@");
        database.url.replace("//postgres@", &user)
    };
    wrong_ones_are_refused("postgres", as_role, "password authentication failed").await;
}

#[tokio::test]
async fn a_wrong_password_is_not_printed_on_mysql() {
    let database = Database::on_mysql().await;
    let user = format!("p_{}", &database.name[database.name.len() - 20..]);
    let create = format!("CREATE USER {user}@localhost IDENTIFIED BY 'r1ght'");
    let grant = format!("GRANT ALL ON {}.* TO {user}@localhost", database.name);
    database.execute(&create).await;
    database.execute(&grant).await;
    let as_user = |password: &str| {
        let user = format!("//{user}:{password}@");
        database.url.replace("//root@", &user)
    };
    wrong_ones_are_refused("mysql", as_user, "Access denied for user").await;
    database
        .execute(&format!("DROP USER {user}@localhost"))
        .await;
}

/// Lets in who has the right one, so that it is the password that is refused, and says nothing of the wrong ones.
async fn wrong_ones_are_refused(scheme: &str, url: impl Fn(&str) -> String, says: &str) {
    assert!(failure(scheme, &url("r1ght")).await.is_none());
    for password in ["s3cr3t", "s3cr3t%2Fhunt3r", "s3cr3t%20hunt3r"] {
        let url = url(password);
        let error = failure(scheme, &url).await.unwrap();
        let said = everything(&error);
        assert!(said.contains(says), "{said}");
        silent(&url, &said);
        for verb in ["status", "plan", "up"] {
            let output = Command::new(PROGRAM)
                .args([verb, "--verbose"])
                .env("ONWARD_TEST_DATABASE", &url)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert!(!output.status.success(), "{url}");
            let said = [output.stdout, output.stderr].concat();
            silent(&url, &String::from_utf8_lossy(&said));
        }
    }
}

/// What a person reads on a screen, and a program in JSON.
#[test]
fn a_command_line_prints_no_url() {
    for url in [
        "postgres://nobody:s3cr3t/hunt3r@localhost/shop",
        "mysql://nobody:s3cr3t@localhost:port/shop",
        "sqlite://nobody:s3cr3t@localhost/shop",
        "sqlite://nobody:s3cr3t@localhost/shop?mode=s0me",
    ] {
        for format in ["human", "json"] {
            let output = Command::new(PROGRAM)
                .args(["status", "--verbose", "--format", format])
                .env("ONWARD_TEST_DATABASE", url)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert!(!output.status.success(), "{url}");
            let said = [output.stdout, output.stderr].concat();
            silent(url, &String::from_utf8_lossy(&said));
        }
    }
}

/// What the library says of a database that it cannot reach, by the URL or by a pool that connects when it is used.
async fn failure(scheme: &str, url: &str) -> Option<Error> {
    // A driver tries again for as long as it may wait.
    macro_rules! status {
        ($db:ty) => {{
            let pool = PoolOptions::<$db>::new().acquire_timeout(Duration::from_millis(300));
            match pool.connect_lazy(url) {
                Ok(pool) => Migrator::new(contract::MIGRATIONS)
                    .status(&pool)
                    .await
                    .err(),
                Err(error) => Some(error.into()),
            }
        }};
    }
    match scheme {
        "sqlite" => status!(sqlx::Sqlite),
        "postgres" => status!(sqlx::Postgres),
        _ => status!(sqlx::MySql),
    }
}

#[track_caller]
fn silent(url: &str, said: &str) {
    for secret in SECRETS {
        assert!(!said.contains(secret), "{url}: {said}");
    }
}
