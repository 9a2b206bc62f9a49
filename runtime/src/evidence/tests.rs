//! Is each question answered from real conditions, in each of its three answers, on all three databases?
//!
//! | | clear | blocked | unknown |
//! |---|---|---|---|
//! | 1 | `user_data::a_column_of_nulls_is_clear` | `user_data::a_column_is_blocked_by_its_values` | `user_data::a_query_that_takes_too_long_is_unknown` |
//! | 2 | `what_nobody_uses_is_clear` | `a_live_instance_keeps_what_it_uses` | `an_instance_that_says_nothing_is_unknown` |
//! | 3 | `consumers::nobody_refers_to_it` | `consumers::a_view_refers_to_a_column` | `consumers::what_is_not_understood_is_unknown` |
//! | 4 | `reversible::rows_that_fit_what_comes_back_are_clear` | `reversible::a_row_that_does_not_fit_blocks` | `reversible::what_is_not_understood_is_unknown` |
//! | 5 | `a_recorded_backup_from_before_is_clear` | `a_backup_from_after_or_that_nobody_restored_is_none` | `no_backup_on_record_is_unknown` |
//! | 6 | `downtime::a_small_table_that_nobody_holds_is_clear` | `downtime::a_million_rows_with_a_long_transaction_open` | `downtime::what_is_not_understood_is_unknown` |
//!
//! Each of them runs on SQLite, PostgreSQL and MySQL. Those of question 2, on processes that are started and killed, stand in the
//! workspace's tests in `instances.rs`, those of question 5 in `backups.rs` with dumps that are restored; a row that somebody writes
//! between plan and step is in `migrator/tests/meanwhile.rs`.
//!
//! What else the gate promises, and where it is shown, on all three databases; the workspace's tests but for the modules named:
//!
//! - *Asked again where it counts*: `attacks.rs` (changes that somebody makes between plan and step), `fleet.rs` (sixteen go back beside a writer),
//!   `crash_in_production.rs`, `databases/written.rs`; `migrator/tests/{meanwhile, window, window_under_fire}` for MySQL's statements that commit.
//! - *Consent*: `terminal.rs`, `databases/downs.rs`; `gate/tests.rs` for what it is bound to.
//! - *Policy and waivers*: `contract.rs`; `policy.rs`, `gate/tests.rs` (`the_first_three_are_never_waived`).
//! - *Ups*: `contract.rs`; `gate/tests/ups.rs`.
//! - *`--dry-run`*: `contract.rs` (`a_dry_run_shows_the_gate_and_changes_nothing`).
//! - *Audit*: `contract.rs` (`every_decision_is_journalled`), `databases/history.rs` (`finds_what_was_altered_removed_or_put_in`).
//! - *Security*: `names_are_never_read_as_sql` and `odd_names_go_through_every_question` here; `attacks.rs`
//!   (`what_stands_in_the_head_is_never_read_as_sql`), `contract.rs` (`who_may_only_read_is_told_everything`), `revoked.rs`, `secrets.rs`,
//!   `terminal.rs` (`no_variable_turns_the_gate_off`).
//! - *Forward instead of back*: `forward.rs`; the command line's `forward_items.rs`.
//! - *Ten million rows*: `benches/apps/gate`.

#[cfg(feature = "mysql")]
mod on_mysql_alone;
#[cfg(feature = "postgres")]
mod on_postgres_alone;

use onward_analysis::{Down, LossKind, Tier, Verdict};
use sqlx::pool::PoolOptions;

use super::*;
use crate::fixture::{back, own, record, script};
use crate::runner::{CHANGEABLE, Guard};
use crate::session::Open as _;
use crate::{Environment, Evidence, Given, Outcome, Revert, Site, State};

/// Runs each case on every database whose driver is enabled, each on a connection to an empty database.
macro_rules! on_every_database {
    ($($case:ident),+ $(,)?) => {
        $(mod $case {
            #[cfg(feature = "sqlite")]
            #[tokio::test]
            async fn on_sqlite() {
                super::sqlite(async |session| super::$case(session).await).await;
            }
            #[cfg(feature = "postgres")]
            #[tokio::test]
            async fn on_postgres() {
                super::postgres(stringify!($case), async |session| super::$case(session).await).await;
            }
            #[cfg(feature = "mysql")]
            #[tokio::test]
            async fn on_mysql() {
                super::mysql(stringify!($case), async |session| super::$case(session).await).await;
            }
        })+
    };
}

mod bounds;
mod consumers;
mod declared;
mod downtime;
mod junk;
mod meanwhile;
mod reversible;
mod rows;
#[cfg(feature = "postgres")]
mod shadows;
mod user_data;

on_every_database!(
    names_are_never_read_as_sql,
    odd_names_go_through_every_question,
    nothing_is_left_behind,
    downtime_tells_the_size,
    a_declared_consumer_blocks,
);

#[cfg(feature = "sqlite")]
async fn sqlite(case: impl AsyncFn(&mut dyn Session)) {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("shop.db");
    let pool = PoolOptions::<sqlx::Sqlite>::new().max_connections(1);
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let pool = pool.connect(&url).await.unwrap();
    let mut session = (&pool).open().0.await.unwrap();
    case(&mut *session).await;
}

#[cfg(feature = "postgres")]
async fn postgres(name: &str, case: impl AsyncFn(&mut dyn Session)) {
    let server = server("ONWARD_TEST_POSTGRES");
    let pool = PoolOptions::<sqlx::Postgres>::new()
        .connect(&server)
        .await
        .unwrap();
    let mut session = (&pool).open().0.await.unwrap();
    let fresh = format!(
        "DROP SCHEMA IF EXISTS gate_{name} CASCADE; CREATE SCHEMA gate_{name}; SET search_path = gate_{name}"
    );
    session.execute(&fresh).await.unwrap();
    case(&mut *session).await;
    session
        .execute(&format!("DROP SCHEMA gate_{name} CASCADE"))
        .await
        .unwrap();
}

#[cfg(feature = "mysql")]
async fn mysql(name: &str, case: impl AsyncFn(&mut dyn Session)) {
    let server = server("ONWARD_TEST_MYSQL");
    let pool = PoolOptions::<sqlx::MySql>::new()
        .connect(&server)
        .await
        .unwrap();
    let mut session = (&pool).open().0.await.unwrap();
    for sql in [
        format!("DROP DATABASE IF EXISTS gate_{name}"),
        format!("CREATE DATABASE gate_{name}"),
        format!("USE gate_{name}"),
    ] {
        session.execute(&sql).await.unwrap();
    }
    case(&mut *session).await;
    session
        .execute(&format!("DROP DATABASE gate_{name}"))
        .await
        .unwrap();
}

/// SQL that makes a role of PostgreSQL, unless it is there, and becomes it with `grants`.
#[cfg(feature = "postgres")]
fn becoming(role: &str, grants: &str) -> String {
    format!(
        "DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; \
         {grants}; SET ROLE {role}"
    )
}

/// Makes a user of MySQL with `grants`, and connects as it to `database`.
#[cfg(feature = "mysql")]
async fn connected_as(
    session: &mut dyn Session,
    user: &str,
    grants: &[&str],
    database: &str,
) -> sqlx::MySqlPool {
    for sql in [
        format!("DROP USER IF EXISTS {user}@localhost"),
        format!("CREATE USER {user}@localhost IDENTIFIED BY 'a password'"),
    ] {
        session.execute(&sql).await.unwrap();
    }
    for grant in grants {
        let grant = format!("GRANT {grant} TO {user}@localhost");
        session.execute(&grant).await.unwrap();
    }
    let options: sqlx::mysql::MySqlConnectOptions = server("ONWARD_TEST_MYSQL").parse().unwrap();
    let options = options
        .username(user)
        .password("a password")
        .database(database);
    sqlx::MySqlPool::connect_with(options).await.unwrap()
}

/// Another connection, which looks where `session` does.
async fn beside(session: &mut dyn Session) -> Box<dyn Session> {
    let dialect = session.dialect();
    let place = match dialect {
        Dialect::Sqlite => "SELECT file FROM pragma_database_list WHERE name = 'main'",
        Dialect::Postgres => "SELECT current_schema()::text",
        Dialect::MySql => "SELECT CAST(DATABASE() AS CHAR)",
    };
    let place = session.query(place, &[]).await.unwrap();
    let place = place[0].text(0).unwrap().to_owned();
    let source = match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => {
            let pool = sqlx::SqlitePool::connect(&format!("sqlite://{place}")).await;
            (&pool.unwrap()).open().1
        }
        #[cfg(feature = "postgres")]
        Dialect::Postgres => {
            let pool = sqlx::PgPool::connect(&server("ONWARD_TEST_POSTGRES")).await;
            (&pool.unwrap()).open().1
        }
        #[cfg(feature = "mysql")]
        Dialect::MySql => {
            let pool = sqlx::MySqlPool::connect(&server("ONWARD_TEST_MYSQL")).await;
            (&pool.unwrap()).open().1
        }
        #[allow(unreachable_patterns, reason = "where all three drivers are there")]
        _ => None,
    };
    let mut other = source.unwrap().beside().await.unwrap();
    let look = match dialect {
        Dialect::Sqlite => return other,
        Dialect::Postgres => format!("SET search_path = {place}"),
        Dialect::MySql => format!("USE {place}"),
    };
    other.execute(&look).await.unwrap();
    other
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run `cargo xtask test`, which starts the servers")
    })
}

/// A plan whose steps each lose these objects.
fn losing(dialect: Dialect, steps: &[&[(&str, LossKind)]]) -> Plan {
    let records = steps.iter().rev().zip(1..).map(|(losses, version)| {
        let up = script(dialect, "SELECT 1", Verdict::Lossless, &[]);
        let down = script(dialect, "SELECT 2", Verdict::Lossy, losses);
        record(version, "loses", up, Down::Script(down))
    });
    back(records.collect(), Revert::Steps(steps.len()))
}

/// The case of `plan` in production.
fn case(plan: &Plan) -> Case {
    Case {
        plan: plan.clone(),
        begun: None,
        policy: Policy::of_tier(Tier::Production),
        backups: Backups::default(),
        consumers: vec![Consumer::parse("the billing export reads declared.amount").unwrap()],
        baselines: Vec::new(),
        own: own(),
        tables: Tables::unqualified(plan.dialect()),
        clock: Clock::own(),
    }
}

async fn answers(session: &mut dyn Session, plan: &Plan) -> Vec<Answer> {
    let answers = gather(session, &case(plan)).await.unwrap();
    assert_eq!(answers.len(), 6);
    answers
}

/// Asks the third question, of a program that uses nothing.
async fn consumers_of(
    asking: &mut Asking<'_>,
    steps: &[&Step],
    plan: &[Step],
    declared: &[Consumer],
) -> sqlx::Result<Answer> {
    let programs = super::consumers::Programs {
        own: &own(),
        list: &Tables::unqualified(asking.dialect()),
    };
    super::consumers::answer(asking, steps, plan, (declared, &programs)).await
}

/// What the first question finds of one loss.
async fn found(session: &mut dyn Session, object: &str, kind: LossKind) -> Evidence {
    let plan = losing(session.dialect(), &[&[(object, kind)]]);
    let answer = answers(session, &plan).await.swap_remove(0);
    assert_eq!(answer.evidence.len(), 1, "{answer:?}");
    answer.evidence.into_iter().next().unwrap()
}

/// What the first question finds where the down drops `users.phone`, which `up` added.
async fn found_after(session: &mut dyn Session, up: &str) -> Evidence {
    let dialect = session.dialect();
    let up = script(dialect, up, Verdict::Lossless, &[]);
    let drops = [("users.phone", LossKind::DropColumn)];
    let down = script(dialect, "SELECT 2", Verdict::Lossy, &drops);
    let plan = back(
        vec![record(1, "loses", up, Down::Script(down))],
        Revert::Last,
    );
    let answer = answers(session, &plan).await.swap_remove(0);
    answer.evidence.into_iter().next().unwrap()
}

#[track_caller]
fn is(finding: &Evidence, state: State, sentence: &str) {
    assert_eq!(
        (finding.state, finding.sentence.as_str()),
        (state, sentence),
        "{finding:#?}"
    );
}

async fn users(session: &mut dyn Session, column: &str, values: &[&str]) {
    let rows: Vec<String> = values
        .iter()
        .zip(1..)
        .map(|(value, id)| format!("({id}, {value})"))
        .collect();
    let create = format!("CREATE TABLE users (id int, phone {column})");
    session.execute(&create).await.unwrap();
    if !rows.is_empty() {
        let insert = format!("INSERT INTO users (id, phone) VALUES {}", rows.join(", "));
        session.execute(&insert).await.unwrap();
    }
}

async fn names_are_never_read_as_sql(session: &mut dyn Session) {
    let name = "o'dd \"x\" `y` \\ ; DROP TABLE users; --";
    users(session, "int", &[]).await;
    let quoted = session.dialect().quote(name);
    session
        .execute(&format!(
            "CREATE TABLE {quoted} (id int, {quoted} int DEFAULT 3)"
        ))
        .await
        .unwrap();
    session
        .execute(&format!("INSERT INTO {quoted} VALUES (1, 2)"))
        .await
        .unwrap();
    let finding = found(session, name, LossKind::DropTable).await;
    is(&finding, State::Blocked, &format!("`{name}` holds 1 row."));
    let finding = found(session, &format!("{name}.{name}"), LossKind::DropColumn).await;
    is(
        &finding,
        State::Blocked,
        &format!("`{name}.{name}` holds a value in 1 row."),
    );
    assert_eq!(
        found(session, "users", LossKind::DropTable).await.state,
        State::Clear
    );
}

/// As long as a name may be, with a point, with signs of other scripts, in quotes, and a word of SQL.
async fn odd_names_go_through_every_question(session: &mut dyn Session) {
    let dialect = session.dialect();
    let long = format!("{}x", "é".repeat(31));
    for name in [long.as_str(), "a.b", "名前", "it's \"x\" `y` [z]", "Select"] {
        let quoted = dialect.quote(name);
        let add = format!("ALTER TABLE {quoted} ADD COLUMN {quoted} int");
        for sql in [
            format!("CREATE TABLE {quoted} (id int PRIMARY KEY)"),
            add.clone(),
            format!("INSERT INTO {quoted} (id, {quoted}) VALUES (1, 2)"),
            format!("CREATE VIEW seen AS SELECT x.{quoted} AS n FROM {quoted} AS x"),
        ] {
            session.execute(&sql).await.unwrap();
        }
        let down = format!("ALTER TABLE {quoted} DROP COLUMN {quoted}");
        let record = crate::fixture::judged(1, dialect, &add, &down);
        let plan = back(vec![record], Revert::Last);
        let answers = answers(session, &plan).await;
        let found = &answers[0].evidence[0];
        is(
            found,
            State::Blocked,
            &format!("`{name}.{name}` holds a value in 1 row."),
        );
        let says = |index: usize, text: &str| {
            let mut evidence = answers[index].evidence.iter();
            assert!(
                evidence.any(|one| one.sentence.contains(text)),
                "{name}: {text}: {:#?}",
                answers[index]
            );
        };
        says(2, "is referred to by the view `seen`");
        says(3, "No: 1 value of ");
        says(5, "It takes ");
        for one in answers.iter().flat_map(|answer| &answer.evidence) {
            let value = one.query.as_ref().map_or("", |query| &query.value);
            assert!(!value.contains("syntax"), "{one:#?}");
        }
        session.execute("DROP VIEW seen").await.unwrap();
        session
            .execute(&format!("DROP TABLE {quoted}"))
            .await
            .unwrap();
    }
}

async fn nothing_is_left_behind(session: &mut dyn Session) {
    users(session, "int", &["1"]).await;
    session.begin().await.unwrap();
    session
        .execute("INSERT INTO users (id) VALUES (2)")
        .await
        .unwrap();
    let plan = losing(
        session.dialect(),
        &[&[
            ("users", LossKind::DropTable),
            ("nowhere", LossKind::DropTable),
        ]],
    );
    lock(session, &plan.steps()[0]).await.unwrap();
    let answers = recheck(session, &case(&plan), &plan.steps()[0], &CHANGEABLE)
        .await
        .unwrap();
    let questions: Vec<Question> = answers.iter().map(|answer| answer.question).collect();
    let raised = [
        Question::UserData,
        Question::RunningCode,
        Question::Consumers,
        Question::Reversible,
        Question::Backup,
    ];
    assert_eq!(questions, raised);
    is(
        &answers[0].evidence[0],
        State::Blocked,
        "`users` holds 2 rows.",
    );
    is(
        &answers[0].evidence[1],
        State::Clear,
        "`nowhere` does not exist, so it holds nothing.",
    );
    session.commit().await.unwrap();
    let rows = session
        .query("SELECT count(*) FROM users", &[])
        .await
        .unwrap();
    assert_eq!(rows[0].int(0), Some(2));
}

async fn downtime_tells_the_size(session: &mut dyn Session) {
    users(session, "int", &["1"]).await;
    let plan = losing(
        session.dialect(),
        &[&[("users.phone", LossKind::DropColumn)]],
    );
    let answer = answers(session, &plan).await.swap_remove(5);
    // Of the table alone: MySQL tells of each transaction of the server, and other tests have long ones.
    assert_eq!(answer.evidence[0].state, State::Clear, "{answer:#?}");
    let sentence = &answer.evidence[0].sentence;
    assert!(sentence.starts_with("It takes at most "), "{sentence}");
    let value = &answer.evidence[0].query.as_ref().unwrap().value;
    let bytes: i64 = value.split(", ").next().unwrap().parse().unwrap();
    assert!(bytes > 0);
}

/// Whatever the catalogs say: somebody wrote down who reads it.
async fn a_declared_consumer_blocks(session: &mut dyn Session) {
    let plan = losing(session.dialect(), &[&[("declared", LossKind::DropTable)]]);
    let answer = answers(session, &plan).await.swap_remove(2);
    assert_eq!(answer.state, State::Blocked);
    assert_eq!(
        answer.evidence[0].sentence,
        "Somebody declared it: the billing export reads declared.amount."
    );
    let plan = losing(session.dialect(), &[&[("other", LossKind::DropTable)]]);
    let answer = answers(session, &plan).await.swap_remove(2);
    assert!(
        answer
            .evidence
            .iter()
            .all(|one| one.state != State::Blocked)
    );
}
