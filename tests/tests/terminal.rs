//! Who can consent: the person at a terminal, and nobody else. And what does the person read who is woken at night?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use onward::Dialect;
use onward_tests::service::Service;
use onward_tests::{Database, on_every_database, with_pool};

const PROGRAM: &str = env!("CARGO_BIN_EXE_contract");
const WEB: &str = env!("CARGO_BIN_EXE_serving");

on_every_database!(
    a_person_types_the_databases_name,
    anything_else_is_no_consent,
    a_script_that_types_the_name_is_told_how_a_person_consents,
    woken_at_night,
    queries_are_shown_whole_to_who_asks,
    a_plan_says_whether_the_gate_opens,
    a_first_run_says_which_label_it_gives,
);

async fn a_person_types_the_databases_name(database: Database) {
    add_two_numbers(&database, "careful").await;
    let name = &database.name;
    let (code, screen) = at_a_terminal(&database, "up", &format!("{name}\n"));
    assert_eq!(code, 0, "{screen}");
    let asked = format!("Type the database's name, {name}, to lose this:");
    for part in ["`users.phone_number` holds a value in 2 rows.", &asked] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert_eq!(database.applied().await, ["1", "2", "3", "4"]);
    let evidence = "SELECT evidence FROM _onward_journal WHERE action = 'consented'";
    let consented = database.column(evidence).await;
    assert!(consented[0].contains("users.phone_number"), "{consented:?}");
}

async fn anything_else_is_no_consent(database: Database) {
    add_two_numbers(&database, "careful").await;
    for typed in ["yes\n", "y\n", "\n", "shop.db\n"] {
        let (code, screen) = at_a_terminal(&database, "up", typed);
        assert_ne!(code, 0, "{screen}");
        assert!(screen.contains("nobody consented"), "{screen}");
    }
    assert_eq!(database.applied().await, ["1", "2"]);
}

async fn a_script_that_types_the_name_is_told_how_a_person_consents(database: Database) {
    add_two_numbers(&database, "careful").await;
    let name = format!("{}\n", database.name);
    for verb in ["up", "up --format json"] {
        let output = typed(&mut program(&database, "careful", verb), &name);
        assert_eq!(output.status.code(), Some(1));
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains("Type the database's name"), "{said}");
        assert!(
            said.contains("missing") || said.contains("Only a person can consent"),
            "{said}"
        );
    }
    assert_eq!(database.applied().await, ["1", "2"]);
}

#[tokio::test]
async fn no_variable_turns_the_gate_off() {
    let database = Database::on_sqlite().await;
    add_two_numbers(&database, "production").await;
    for variable in [
        "ONWARD_FORCE",
        "ONWARD_YES",
        "ONWARD_CONSENT",
        "ONWARD_GATE",
        "CI",
        "FORCE",
    ] {
        let mut command = program(&database, "production", "down");
        let output = command.env(variable, "1").output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{variable}");
    }
    // The label of the database counts, whatever the process is told to be.
    let output = program(&database, "development", "down").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(database.applied().await, ["1", "2"]);
}

/// Production, phone_number: somebody wants the last migration back, at night, while there are numbers in it and two instances
/// read them.
async fn woken_at_night(database: Database) {
    add_two_numbers(&database, "production").await;
    // It would be a client that is not on the list.
    with_pool!(database.pool, pool => pool.close().await);
    let services = [(); 2].map(|()| Service::start(WEB, &database, "a1b2c3", "leave"));
    let begun = Instant::now();
    let said = loop {
        let output = program(&database, "production", "down").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        // Each says at its next beat how many connections it has.
        // On a server that others use as well, somebody may just have chosen no database.
        let mut unsettled = ["not accounted for", "without a default database"].iter();
        let is_settled =
            said.contains("2 live instances") && !unsettled.any(|said_of| said.contains(said_of));
        if is_settled || begun.elapsed() > Duration::from_secs(40) {
            break said;
        }
    };
    services.into_iter().for_each(Service::kill);
    let said = steady(&said, &database);
    let name = match database.dialect() {
        Dialect::Sqlite => "on_sqlite.txt",
        Dialect::Postgres => "on_postgres.txt",
        Dialect::MySql => "on_mysql.txt",
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/woken_at_night");
    let path = folder.join(name);
    if std::env::var_os("ONWARD_BLESS").is_some() {
        std::fs::write(&path, &said).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(said, expected);
}

/// Under a plan stands what the gate would say, and nothing has changed.
async fn a_plan_says_whether_the_gate_opens(database: Database) {
    let plan = |environment: &str| {
        let output = program(&database, environment, "plan").output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let said = plan("production");
    assert!(
        said.contains("\nThe gate is open: production asks "),
        "{said}"
    );
    add_two_numbers(&database, "careful").await;
    let said = plan("careful");
    let consent = "\nThe gate is closed: careful asks question 1, and a person must consent to the loss, at a \
                   terminal: `up`. What was found: `up --dry-run`.";
    assert!(said.contains(consent), "{said}");
    assert_eq!(database.applied().await, ["1", "2"]);
}

/// The label stays for good, so whoever got production's without having said so is told.
async fn a_first_run_says_which_label_it_gives(database: Database) {
    let up = |to: &str| {
        let mut command = program(&database, "", to);
        let output = command.env_remove("ONWARD_ENV").output().unwrap();
        assert!(output.status.success());
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let said = up("up --to 1");
    let label = "This was its first run: from now on the database is labelled production, as always where ONWARD_ENV is not set.";
    assert!(said.contains(label), "{said}");
    assert!(
        said.contains("`ONWARD_ENV=development` before its first run."),
        "{said}"
    );
    let said = up("up --to 2");
    assert!(!said.contains("first run"), "{said}");
}

/// Whoever wants all of a query is shown all of it.
async fn queries_are_shown_whole_to_who_asks(database: Database) {
    add_two_numbers(&database, "production").await;
    let shown = async |arguments: &str| {
        let output = program(&database, "production", arguments)
            .output()
            .unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let note = "All that was looked at, with each query whole: `--verbose`";
    for verb in ["down", "down --dry-run"] {
        let short = shown(verb).await;
        assert!(short.contains(note), "{short}");
        let whole = shown(&format!("{verb} --verbose")).await;
        assert!(!whole.contains(note) && !whole.contains(" …\n"), "{whole}");
        assert!(whole.len() > short.len());
    }
    let json = shown("down --format json").await;
    assert!(!json.contains(" …\""), "{json}");
}

/// The text with what differs from run to run and from server to server masked: the database's name, moments, sizes, the plan's
/// hash, who is connected from where. MySQL tells of every transaction of the server, and other tests have some.
fn steady(text: &str, database: &Database) -> String {
    let mut steady = String::new();
    let mut before = "";
    for printed in text.lines() {
        let words = printed.split(' ').map(|word| steady_word(word, database));
        let words: Vec<String> = words.collect();
        let mut line = without_size(&words.join(" "));
        line = masked(&line, "(web on ", ";", "HOST");
        line = masked(&line, "last seen ", " ago", "TIME");
        if let Some(value) = variable(before) {
            line = masked(&line, "= ", "   at ", value);
        }
        if printed.contains("The oldest transaction that on this server") {
            line = "     No open transaction stands in its way.".to_owned();
        }
        steady.push_str(&format!("{line}\n"));
        before = printed;
    }
    steady
}

fn steady_word(word: &str, database: &Database) -> String {
    let bare = word.trim_end_matches(['.', ',']);
    if bare.starts_with("20") && bare.ends_with('Z') {
        return word.replace(bare, "TIME");
    }
    if bare.len() > 40 && bare.chars().all(|c| c.is_ascii_hexdigit()) {
        return word.replace(bare, "HASH");
    }
    word.replace(&database.name, "shop")
}

/// What stands for the value of a query whose value differs: sizes, the server's transactions, its clients.
fn variable(query: &str) -> Option<&'static str> {
    let asks = |columns: &[&str]| columns.iter().any(|column| query.contains(column));
    if asks(&["data_length", "pg_total_relation_size", "page_size"]) {
        return Some("SIZE");
    }
    if asks(&["xact_start", "trx_started"]) {
        return Some("OLDEST");
    }
    asks(&["coalesce(a.usename", "p.user"]).then_some("CLIENTS")
}

/// The line with what stands between the two replaced.
fn masked(line: &str, start: &str, end: &str, by: &str) -> String {
    let parts = line.split_once(start);
    match parts.and_then(|(before, rest)| Some((before, rest.split_once(end)?.1))) {
        Some((before, after)) => format!("{before}{start}{by}{end}{after}"),
        None => line.to_owned(),
    }
}

/// `(about 3 rows, 16 kB)` as `(SIZE)`.
fn without_size(line: &str) -> String {
    let Some((before, after)) = ["` (", "file ("].iter().find_map(|start| {
        let at = line.find(start)? + start.len();
        Some(line.split_at(at))
    }) else {
        return line.to_owned();
    };
    match after.split_once(')') {
        Some((size, after)) if size.ends_with("kB") || size.ends_with("bytes") => {
            format!("{before}SIZE){after}")
        }
        _ => line.to_owned(),
    }
}

/// The first two migrations in that environment, and two of three users with a number.
async fn add_two_numbers(database: &Database, environment: &str) {
    let output = program(database, environment, "up --to 2")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    database
        .execute(
            "INSERT INTO users (id, name, phone_number) VALUES \
             (1, 'Ada', '1815'), (2, 'Alan', '1912'), (3, 'Grace', NULL)",
        )
        .await;
}

fn program(database: &Database, environment: &str, arguments: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments.split(' '))
        .env("ONWARD_TEST_DATABASE", &database.url)
        .env("ONWARD_ENV", environment)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}

/// Runs it with these words on its standard input, which is no terminal.
fn typed(command: &mut Command, words: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever asks nothing reads nothing.
    let _ = child.stdin.take().unwrap().write_all(words.as_bytes());
    child.wait_with_output().unwrap()
}

/// Runs it on a terminal of its own, which `script` makes, and types; what stands on the screen in the end.
fn at_a_terminal(database: &Database, arguments: &str, words: &str) -> (i32, String) {
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{PROGRAM} {arguments}"))
        .arg("/dev/null")
        .env("ONWARD_TEST_DATABASE", &database.url)
        .env("ONWARD_ENV", "careful")
        .env("NO_COLOR", "1");
    let output = typed(&mut command, words);
    let screen = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    (output.status.code().unwrap_or(-1), screen)
}
