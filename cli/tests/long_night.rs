//! A whole incident, played on each real database: a release is deployed and written to, somebody wants its migration back at night and is
//! refused, runs the command that the refusal prints, and the next release, compiled by the same macro, takes the column away.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod package;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use package::{onward, package, succeeds, target};

const LIB: &str = r#"//! A shop's migrations.

onward::catalog!();

/// Who buys.
#[derive(onward::Migration)]
#[migration(
    version = 20260101_01,
    up = "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(80))",
    down = "DROP TABLE users",
    destructive,
)]
struct CreateUsers;

/// Support wants to call people back.
#[derive(onward::Migration)]
#[migration(
    version = 20260101_02,
    up = "ALTER TABLE users ADD COLUMN phone_number VARCHAR(20)",
    down = "ALTER TABLE users DROP COLUMN phone_number",
    destructive,
)]
struct AddPhoneNumber;
"#;

/// What the shop's code uses stands in place of `USES`.
const MAIN: &str = r#"//! The shop: its command line, a process that runs for longer, and a client of its database.

use std::io::Read as _;
use std::process::ExitCode;
use std::time::Duration;

use onward::Migrator;

onward::declare::uses!(USES);

macro_rules! on {
    ($url:expr, $pool:ident => $work:expr) => {
        match $url.split(':').next().unwrap() {
            "postgres" => { let $pool = &sqlx::PgPool::connect(&$url).await.unwrap(); $work }
            "mysql" => { let $pool = &sqlx::MySqlPool::connect(&$url).await.unwrap(); $work }
            _ => { let $pool = &sqlx::SqlitePool::connect(&$url).await.unwrap(); $work }
        }
    };
}

#[tokio::main]
async fn main() -> ExitCode {
    let url = std::env::var("SHOP_DATABASE").unwrap();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let migrator = Migrator::new(shop::MIGRATIONS).application("shop").heartbeat(Duration::from_millis(250));
    match words[0].as_str() {
        "write" => on!(url, pool => {
            sqlx::raw_sql(sqlx::AssertSqlSafe(words[1].clone())).execute(pool).await.unwrap();
            ExitCode::SUCCESS
        }),
        "ask" => on!(url, pool => {
            let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(words[1].clone())).fetch_one(pool).await.unwrap();
            println!("{found}");
            ExitCode::SUCCESS
        }),
        "serve" => on!(url, pool => {
            migrator.run(pool).await.unwrap();
            println!("serves");
            tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()).unwrap()).await.unwrap();
            migrator.leave().await.unwrap();
            ExitCode::SUCCESS
        }),
        _ => on!(url, pool => onward::cli::run(migrator, pool).await),
    }
}
"#;

/// The shop's sources, and its database.
struct Shop {
    folder: tempfile::TempDir,
    url: String,
    release: u32,
}

#[test]
fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/shop.db?mode=rwc", folder.path().display());
    long_night(Shop::new("sqlite", url));
}

#[test]
fn on_postgres() {
    on_server("postgres", "ONWARD_TEST_POSTGRES");
}

#[test]
fn on_mysql() {
    on_server("mysql", "ONWARD_TEST_MYSQL");
}

fn on_server(dialect: &str, variable: &str) {
    let server = std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run `cargo xtask test`, which starts the servers")
    });
    let name = format!("long_night_{}", std::process::id());
    let (address, options) = server.split_once('?').unwrap_or((&server, ""));
    let (host, _) = address.rsplit_once('/').unwrap();
    let mut shop = Shop::new(dialect, server.clone());
    // Any build of it is a client of the server.
    shop.deploy("\"users.name\"");
    succeeds(&shop.runs(&["write", &format!("CREATE DATABASE {name}")]));
    shop.url = format!("{host}/{name}?{options}");
    let shop = long_night(shop);
    let shop = Shop {
        url: server,
        ..shop
    };
    succeeds(&shop.runs(&["write", &format!("DROP DATABASE {name}")]));
}

fn long_night(mut shop: Shop) -> Shop {
    // The release with the column is deployed, and people type numbers in.
    succeeds(&onward(shop.folder.path(), &["lock"]));
    shop.deploy("\"users.name\", \"users.phone_number\"");
    let mut web = shop.serve();
    succeeds(&shop.runs(&[
        "write",
        "INSERT INTO users (id, name, phone_number) VALUES (1, 'Ada', '1815'), (2, 'Alan', '1912'), (3, 'Grace', NULL)",
    ]));

    // At night somebody wants it back, and is told why not and what to do.
    let refused = shop.runs(&["down"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.starts_with("Refused: the down of 2026010102 add_phone_number on database "),
        "{said}"
    );
    for why in [
        "  1. `users.phone_number` holds a value in 2 rows.\n",
        "What to do now: roll back the application and leave the schema as it is.",
        "In the way: questions 1, 2, 4 and 5. Questions 1 and 2 can never be waived.",
    ] {
        assert!(said.contains(why), "{why} in:\n{said}");
    }
    let uses = said
        .lines()
        .any(|line| line.starts_with("  2. ") && line.contains("`users.phone_number`"));
    assert!(uses, "{said}");
    assert_eq!(shop.asks("SELECT count(phone_number) FROM users"), 2);

    // What it prints is run as it stands there.
    let mut commands = said
        .lines()
        .filter_map(|line| line.trim().strip_prefix("cargo onward "));
    let command: Vec<&str> = commands.next().unwrap().split(' ').collect();
    succeeds(&onward(shop.folder.path(), &command));
    let lib = fs::read_to_string(shop.folder.path().join("src/lib.rs")).unwrap();
    assert!(
        lib.contains("/// Undoes 2026010102 add_phone_number."),
        "{lib}"
    );

    // The next release does without the column. What is in it is kept elsewhere, and the older release ends.
    shop.deploy("\"users.name\"");
    let early = shop.runs(&["up"]);
    assert_eq!(
        early.status.code(),
        Some(1),
        "while it is used, and holds something"
    );
    succeeds(&shop.runs(&["write", "CREATE TABLE kept_numbers AS SELECT id, phone_number FROM users WHERE phone_number IS NOT NULL"]));
    succeeds(&shop.runs(&["write", "UPDATE users SET phone_number = NULL"]));
    drop(web.stdin.take());
    assert!(web.wait().unwrap().success());
    let begun = Instant::now();
    loop {
        let output = shop.runs(&["up"]);
        if output.status.success() {
            break;
        }
        // Until the server no longer shows the connections of those that have ended.
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(begun.elapsed() < Duration::from_secs(60), "{said}");
        std::thread::sleep(Duration::from_millis(500));
    }

    // The column is gone, and nothing else is.
    let read = shop.runs(&["ask", "SELECT count(phone_number) FROM users"]);
    assert!(!read.status.success());
    assert_eq!(shop.asks("SELECT count(*) FROM users"), 3);
    assert_eq!(shop.asks("SELECT count(phone_number) FROM kept_numbers"), 2);
    succeeds(&shop.runs(&["status", "--check"]));
    let journal = succeeds(&shop.runs(&["journal", "show"]));
    assert!(journal.contains("refused 2026010102"), "{journal}");
    assert!(journal.contains("The journal is whole"), "{journal}");
    shop
}

impl Shop {
    fn new(dialect: &str, url: String) -> Shop {
        let config = format!("dialects = [\"{dialect}\"]\n");
        let folder = package(
            &format!("long-night-{dialect}"),
            "sqlx = { version = \"0.9.0\", default-features = false, features = [\"runtime-tokio\", \"sqlite\", \"postgres\", \"mysql\"] }\n\
             tokio = { version = \"1.54.1\", features = [\"rt-multi-thread\", \"macros\", \"time\", \"process\", \"signal\"] }\n",
            &[("onward.toml", &config), ("src/lib.rs", LIB)],
        );
        Shop {
            folder,
            url,
            release: 0,
        }
    }

    /// Compiles the next release, whose code uses that. The older ones stay, for who still runs them.
    fn deploy(&mut self, uses: &str) {
        self.release += 1;
        let folder = self.folder.path();
        fs::write(folder.join("src/main.rs"), MAIN.replace("USES", uses)).unwrap();
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        succeeds(
            &Command::new(cargo)
                .args(["build", "--offline", "--quiet"])
                .current_dir(folder)
                .env("CARGO_TARGET_DIR", target())
                .output()
                .unwrap(),
        );
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let name = manifest.split('"').nth(1).unwrap();
        fs::copy(target().join("debug").join(name), self.program()).unwrap();
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join(format!("release-{}", self.release))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.program());
        command
            .args(words)
            .env("SHOP_DATABASE", &self.url)
            .env("ONWARD_ENV", "production")
            .stdin(Stdio::null());
        command
    }

    fn runs(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    fn asks(&self, query: &str) -> i64 {
        succeeds(&self.runs(&["ask", query]))
            .trim()
            .parse()
            .unwrap()
    }

    /// A process of this release, once it has migrated.
    fn serve(&self) -> Child {
        let mut command = self.command(&["serve"]);
        let mut web = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(web.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "serves\n");
        web
    }
}
