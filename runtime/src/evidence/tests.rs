//! Is each question answered from real conditions, in each of its three answers, on all three databases?
//!
//! | | clear | blocked | unknown |
//! |---|---|---|---|
//! | 1 | `a_column_of_nulls_is_clear` | `a_column_is_blocked_by_its_values` | `a_query_that_takes_too_long_is_unknown` |
//! | 2 | `what_nobody_uses_is_clear` | `a_live_instance_keeps_what_it_uses` | `an_instance_that_says_nothing_is_unknown` |
//! | 3 | `consumers::nobody_refers_to_it` | `consumers::a_view_refers_to_a_column` | `consumers::what_is_not_understood_is_unknown` |
//! | 4 | `a_column_of_nulls_is_clear` | `a_column_is_blocked_by_its_values` | `a_query_that_takes_too_long_is_unknown` |
//! | 5 | `a_recorded_backup_from_before_is_clear` | `a_backup_from_after_or_that_nobody_restored_is_none` | `a_recorded_backup_from_before_is_clear` |
//! | 6 | `downtime::a_small_table_that_nobody_holds_is_clear` | `downtime::a_million_rows_with_a_long_transaction_open` | `downtime::what_is_not_understood_is_unknown` |
//!
//! Each of them runs on SQLite, PostgreSQL and MySQL. Those of question 2, on processes that are started and killed, stand in the
//! workspace's tests in `instances.rs`, those of question 5 in `backups.rs` with dumps that are restored; a row that somebody writes
//! between plan and step is in `migrator/tests/meanwhile.rs`.

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
mod downtime;

on_every_database!(
    a_column_is_blocked_by_its_values,
    a_column_of_nulls_is_clear,
    the_default_is_not_user_data,
    a_default_that_is_computed_is_user_data,
    a_default_older_than_the_up_is_user_data,
    a_table_is_blocked_by_its_rows,
    counting_ends_at_the_bound,
    what_is_not_there_holds_nothing,
    what_a_later_step_takes_may_come_back_before,
    a_column_that_is_not_there_holds_nothing,
    some_rows_are_not_known,
    a_query_that_takes_too_long_is_unknown,
    names_are_never_read_as_sql,
    nothing_is_left_behind,
    downtime_tells_the_size,
    a_row_that_came_after_the_plan_keeps_the_step_from_running,
    a_view_that_came_after_the_plan_keeps_the_step_from_running,
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
    }
}

async fn answers(session: &mut dyn Session, plan: &Plan) -> Vec<Answer> {
    let answers = gather(session, &case(plan)).await.unwrap();
    assert_eq!(answers.len(), 6);
    answers
}

/// What the first question finds of one loss.
async fn found(session: &mut dyn Session, object: &str, kind: LossKind) -> Evidence {
    let plan = losing(session.dialect(), &[&[(object, kind)]]);
    let answer = answers(session, &plan).await.swap_remove(0);
    assert_eq!(answer.evidence.len(), 1, "{answer:?}");
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

async fn a_column_is_blocked_by_its_values(session: &mut dyn Session) {
    users(session, "varchar(20)", &["'030 1'", "NULL", "'030 2'"]).await;
    let finding = found(session, "users.phone", LossKind::DropColumn).await;
    is(
        &finding,
        State::Blocked,
        "`users.phone` holds a value in 2 rows.",
    );
    assert_eq!(finding.query.unwrap().value, "2");

    let plan = losing(
        session.dialect(),
        &[&[("users.phone", LossKind::DropColumn)]],
    );
    let reversible = answers(session, &plan).await.swap_remove(3);
    is(
        &reversible.evidence[0],
        State::Blocked,
        "No: 2 values of `users.phone` would be gone. Running the up again brings it back without what it holds.",
    );
}

async fn a_column_of_nulls_is_clear(session: &mut dyn Session) {
    users(session, "varchar(20)", &["NULL", "NULL"]).await;
    let finding = found(session, "users.phone", LossKind::DropColumn).await;
    is(&finding, State::Clear, "`users.phone` holds no value.");

    let plan = losing(
        session.dialect(),
        &[&[("users.phone", LossKind::DropColumn)]],
    );
    assert_eq!(answers(session, &plan).await[3].state, State::Clear);
}

async fn the_default_is_not_user_data(session: &mut dyn Session) {
    for (column, default, other) in [
        ("varchar(20) NOT NULL DEFAULT 'it''s'", "'it''s'", "'IT''S'"),
        ("int NOT NULL DEFAULT 7", "7", "8"),
        ("numeric(10, 2) DEFAULT 0", "0.00", "0.01"),
        ("float DEFAULT 0.5", "0.5", "0.5000001"),
        ("varchar(20) DEFAULT 'a'", "'a'", "'A'"),
        ("date DEFAULT '2026-11-22'", "'2026-11-22'", "'2026-11-23'"),
        ("boolean DEFAULT false", "false", "true"),
    ] {
        session.execute("DROP TABLE IF EXISTS users").await.unwrap();
        users(session, column, &[default, default]).await;
        let finding = found(session, "users.phone", LossKind::DropColumn).await;
        is(
            &finding,
            State::Clear,
            "`users.phone` holds a value in 2 rows, each the column's own default, which the up puts back.",
        );
        session
            .execute(&format!(
                "INSERT INTO users (id, phone) VALUES (9, {other})"
            ))
            .await
            .unwrap();
        let finding = found(session, "users.phone", LossKind::DropColumn).await;
        is(
            &finding,
            State::Blocked,
            "`users.phone` holds a value in 3 rows, in 1 not the column's own default.",
        );
    }
}

async fn a_default_that_is_computed_is_user_data(session: &mut dyn Session) {
    users(session, "timestamp DEFAULT CURRENT_TIMESTAMP", &[]).await;
    session
        .execute("INSERT INTO users (id) VALUES (1)")
        .await
        .unwrap();
    let finding = found(session, "users.phone", LossKind::DropColumn).await;
    is(
        &finding,
        State::Blocked,
        "`users.phone` holds a value in 1 row.",
    );
}

async fn a_default_older_than_the_up_is_user_data(session: &mut dyn Session) {
    users(session, "int DEFAULT 7", &["7"]).await;
    let mut record = losing(
        session.dialect(),
        &[&[("users.phone", LossKind::DropColumn)]],
    )
    .steps()[0]
        .record()
        .clone();
    if let Down::Script(script) = &mut record.down {
        script.analyses[0].losses[0].age = onward_analysis::Age::Older;
    }
    let plan = back(vec![record], Revert::Last);
    let answer = answers(session, &plan).await.swap_remove(0);
    is(
        &answer.evidence[0],
        State::Blocked,
        "`users.phone` holds a value in 1 row.",
    );
}

async fn a_table_is_blocked_by_its_rows(session: &mut dyn Session) {
    users(session, "varchar(20)", &[]).await;
    let finding = found(session, "users", LossKind::DropTable).await;
    is(&finding, State::Clear, "`users` holds no rows.");
    session
        .execute("INSERT INTO users (id) VALUES (1)")
        .await
        .unwrap();
    for kind in [LossKind::DropTable, LossKind::Truncate] {
        let finding = found(session, "users", kind).await;
        is(&finding, State::Blocked, "`users` holds 1 row.");
    }
}

/// Makes `users` hold `count` rows of NULL.
async fn many(session: &mut dyn Session, count: usize) {
    users(session, "varchar(20)", &["NULL"]).await;
    let numbers = match session.dialect() {
        Dialect::Postgres => format!("generate_series(2, {count}) AS n"),
        Dialect::MySql => format!("seq_2_to_{count} AS n"),
        Dialect::Sqlite => format!(
            "(WITH RECURSIVE n(id) AS (SELECT 2 UNION ALL SELECT id + 1 FROM n WHERE id < {count}) SELECT id FROM n)"
        ),
    };
    session
        .execute(&format!("INSERT INTO users (id) SELECT 1 FROM {numbers}"))
        .await
        .unwrap();
}

async fn counting_ends_at_the_bound(session: &mut dyn Session) {
    many(session, 10_000).await;
    let finding = found(session, "users", LossKind::DropTable).await;
    is(&finding, State::Blocked, "`users` holds 10000 rows.");
    session
        .execute("INSERT INTO users (id) VALUES (1), (2)")
        .await
        .unwrap();
    let finding = found(session, "users", LossKind::DropTable).await;
    is(
        &finding,
        State::Blocked,
        "`users` holds at least 10,000 rows.",
    );
}

async fn what_is_not_there_holds_nothing(session: &mut dyn Session) {
    for object in ["nowhere", "nowhere.phone"] {
        let finding = found(session, object, LossKind::DropTable).await;
        let sentence = format!("`{object}` does not exist, so it holds nothing.");
        is(&finding, State::Clear, &sentence);
    }
}

async fn a_column_that_is_not_there_holds_nothing(session: &mut dyn Session) {
    users(session, "int", &["1"]).await;
    let finding = found(session, "users.email", LossKind::DropColumn).await;
    is(
        &finding,
        State::Clear,
        "`users.email` does not exist, so it holds nothing.",
    );
}

async fn what_a_later_step_takes_may_come_back_before(session: &mut dyn Session) {
    let steps: &[&[_]] = &[
        &[("nowhere", LossKind::DropTable)],
        &[("missing", LossKind::DropTable)],
    ];
    let plan = losing(session.dialect(), steps);
    let evidence = answers(session, &plan).await.swap_remove(0).evidence;
    assert_eq!(evidence[0].state, State::Clear);
    is(
        &evidence[1],
        State::Unknown,
        "What `missing` holds is not known: it does not exist now, but an earlier step of this plan may bring it back.",
    );
}

async fn some_rows_are_not_known(session: &mut dyn Session) {
    users(session, "int", &[]).await;
    let finding = found(session, "users", LossKind::Delete).await;
    is(&finding, State::Clear, "`users` holds no rows.");
    session
        .execute("INSERT INTO users (id, phone) VALUES (1, 5)")
        .await
        .unwrap();
    let finding = found(session, "users", LossKind::Delete).await;
    is(
        &finding,
        State::Unknown,
        "`users` holds 1 row; how many of them the statement takes is not known.",
    );
    let finding = found(session, "users.phone", LossKind::NarrowType).await;
    assert_eq!(finding.state, State::Unknown);
}

async fn a_query_that_takes_too_long_is_unknown(session: &mut dyn Session) {
    many(session, 400_000).await;
    let plan = losing(
        session.dialect(),
        &[&[("users.phone", LossKind::DropColumn)]],
    );
    let steps = [&plan.steps()[0]];
    let mut asking = Asking::begin(session, Duration::from_millis(2))
        .await
        .unwrap();
    let raised = [Question::UserData, Question::Reversible];
    let answers = super::answers(&mut asking, &case(&plan), &raised, &steps)
        .await
        .unwrap();
    asking.end().await.unwrap();
    is(
        &answers[1].evidence[0],
        State::Unknown,
        "What `users.phone` would lose is not known, so nor is whether it could come back.",
    );
    is(
        &answers[0].evidence[0],
        State::Unknown,
        "What `users.phone` holds is not known: the query took longer than 0.002 s.",
    );
    let finding = found(session, "users.phone", LossKind::DropColumn).await;
    is(&finding, State::Clear, "`users.phone` holds no value.");
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

/// The gate, open for `plan`: whatever was asked is clear.
fn open(plan: &Plan) -> Guard {
    let clear = |question| Answer::of(question, vec![Evidence::said(State::Clear, "So it is.")]);
    Guard {
        case: case(plan),
        site: Site {
            database: "shop".to_owned(),
            environment: Environment::production(),
            server: None,
            ledger: None,
        },
        given: Given::default(),
        answers: Question::ALL.map(clear).to_vec(),
    }
}

/// The plan was let through on an empty table; before the step runs somebody has written to it.
async fn a_row_that_came_after_the_plan_keeps_the_step_from_running(session: &mut dyn Session) {
    users(session, "int", &[]).await;
    let plan = losing(session.dialect(), &[&[("users", LossKind::DropTable)]]);
    let guard = open(&plan);
    guard.decide(&guard.answers).unwrap();

    session.begin().await.unwrap();
    guard
        .again(session, &plan.steps()[0], &CHANGEABLE)
        .await
        .unwrap();
    session.rollback().await.unwrap();

    session
        .execute("INSERT INTO users (id) VALUES (1)")
        .await
        .unwrap();
    session.begin().await.unwrap();
    let refused = guard.again(session, &plan.steps()[0], &CHANGEABLE).await;
    session.rollback().await.unwrap();
    let Err(crate::Error::Refused(decision)) = refused else {
        panic!("{refused:?}");
    };
    let blocked = Outcome::Blocked(vec![Question::UserData, Question::Reversible]);
    assert_eq!(decision.outcome, blocked);
    let said = decision.to_string();
    assert!(said.contains("asked again right before 1 loses"), "{said}");
    assert!(said.contains("`users` holds 1 row."), "{said}");
}

/// Nobody referred to the table; before the step runs somebody has made a view over it.
async fn a_view_that_came_after_the_plan_keeps_the_step_from_running(session: &mut dyn Session) {
    users(session, "int", &[]).await;
    let plan = losing(session.dialect(), &[&[("users", LossKind::DropTable)]]);
    let guard = open(&plan);
    session.begin().await.unwrap();
    guard
        .again(session, &plan.steps()[0], &CHANGEABLE)
        .await
        .unwrap();
    session.rollback().await.unwrap();

    let view = "CREATE VIEW calls AS SELECT phone FROM users";
    session.execute(view).await.unwrap();
    session.begin().await.unwrap();
    let refused = guard.again(session, &plan.steps()[0], &CHANGEABLE).await;
    session.rollback().await.unwrap();
    let Err(crate::Error::Refused(decision)) = refused else {
        panic!("{refused:?}");
    };
    let blocked = Outcome::Blocked(vec![Question::Consumers]);
    assert_eq!(decision.outcome, blocked);
}

/// Whatever the catalogs say: somebody wrote down who reads it.
async fn a_declared_consumer_blocks(session: &mut dyn Session) {
    let plan = losing(session.dialect(), &[&[("declared", LossKind::DropTable)]]);
    let answer = answers(session, &plan).await.swap_remove(2);
    assert_eq!(answer.state, State::Blocked);
    assert_eq!(
        answer.evidence[0].sentence,
        "Declared in onward.toml: the billing export reads declared.amount."
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
