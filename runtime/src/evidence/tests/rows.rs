//! Question 2 of a column that is added: does what runs write whole rows, and do they fit afterwards?

use crate::evidence::ask::Asking;
use crate::evidence::{PATIENCE, running_code};
use crate::fixture::{judged, own};
use crate::history::Tables;
use crate::instances::{Code, FORMAT, Own, Program, Versions};

use super::*;

on_every_database!(
    what_a_query_of_running_code_cannot_write_any_more_blocks,
    what_a_query_of_running_code_cannot_read_any_more_blocks,
    a_live_instance_that_writes_whole_rows_blocks,
    who_is_not_on_the_list_stands_in_no_additions_way,
    a_down_that_adds_breaks_who_was_built_without_it,
);

const ADD: &str = "ALTER TABLE users ADD COLUMN nick varchar(40)";

async fn shop(session: &mut dyn Session) {
    for sql in [
        "CREATE TABLE users (id int, email varchar(40))",
        "CREATE TABLE past (id int, email varchar(40))",
        "CREATE TABLE wide (id int, email varchar(40), nick varchar(40))",
    ] {
        session.execute(sql).await.unwrap();
    }
}

fn using(dialect: Dialect, sql: &str, of: &mut Own) {
    of.program.code[0].uses.query(dialect, sql, "src/a.rs:7");
}

async fn asked(session: &mut dyn Session, plan: &Plan, own: &Own) -> Answer {
    let tables = Tables::unqualified(session.dialect());
    let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
    let steps: Vec<&Step> = plan.steps().iter().collect();
    let answer = running_code::answer(&mut asking, &tables, own, &steps, plan.steps()).await;
    asking.end().await.unwrap();
    answer.unwrap()
}

/// What is said is held against what the database does.
async fn what_a_query_of_running_code_cannot_write_any_more_blocks(session: &mut dyn Session) {
    let dialect = session.dialect();
    shop(session).await;
    let values = "INSERT INTO users VALUES (1, 'a')";
    let fewer_are_refused = dialect != Dialect::Postgres;
    let both = "ALTER TABLE past ADD COLUMN nick varchar(40)";
    for (sql, more, fails) in [
        (values, "", fewer_are_refused),
        ("INSERT INTO users SELECT 1, 'a'", "", fewer_are_refused),
        (
            "INSERT INTO users SELECT * FROM past",
            "",
            fewer_are_refused,
        ),
        ("INSERT INTO past SELECT * FROM users", "", true),
        ("INSERT INTO past SELECT * FROM users", both, false),
        ("INSERT INTO past (id, email) SELECT * FROM users", "", true),
        ("INSERT INTO users (id, email) VALUES (1, 'a')", "", false),
        ("INSERT INTO past SELECT id, email FROM users", "", false),
    ] {
        let mut own = own();
        using(dialect, sql, &mut own);
        let ups = [ADD, more].into_iter().filter(|up| !up.is_empty());
        let records = ups.clone().zip(1..);
        let records = records.map(|(up, version)| judged(version, dialect, up, "SELECT 1"));
        let plan = crate::fixture::forward(records.collect());
        let answer = asked(session, &plan, &own).await;
        let expected = if fails { State::Blocked } else { State::Clear };
        assert_eq!(answer.state, expected, "{sql}: {answer:#?}");
        if fails {
            assert_eq!(
                answer.evidence[0].sentence,
                "The program that asks (shop-admin build a1b2c3) itself uses all columns without naming them (src/a.rs:7), and that \
                 query fails once `users.nick` is there."
            );
        }
        session.execute(sql).await.unwrap();
        for up in ups {
            session.execute(up).await.unwrap();
        }
        assert_eq!(session.execute(sql).await.is_err(), fails, "{sql}");
        for table in ["users", "past", "wide"] {
            session
                .execute(&format!("DROP TABLE {table}"))
                .await
                .unwrap();
        }
        shop(session).await;
    }
    // There is room for it, where the table is wider; and it does not fit by now.
    let mut own = own();
    using(dialect, "INSERT INTO wide SELECT * FROM users", &mut own);
    let plan = crate::fixture::forward(vec![judged(1, dialect, ADD, "SELECT 1")]);
    assert_eq!(asked(session, &plan, &own).await.state, State::Clear);
}

/// Measured with sqlx 0.9: a query that a connection has prepared is refused there by PostgreSQL ("cached plan must not change result
/// type"), for as long as the connection lives; with SQLite the driver's thread ends, and who asks gets no rows.
async fn what_a_query_of_running_code_cannot_read_any_more_blocks(session: &mut dyn Session) {
    let dialect = session.dialect();
    shop(session).await;
    let prepared = dialect != Dialect::MySql;
    let first = "ALTER TABLE users ADD COLUMN nick varchar(40) FIRST";
    for (sql, add, fails) in [
        ("SELECT * FROM users", ADD, prepared),
        (
            "SELECT u.*, p.* FROM users u JOIN past p ON p.id = u.id",
            ADD,
            true,
        ),
        (
            "SELECT p.*, u.* FROM users u JOIN past p ON p.id = u.id",
            ADD,
            prepared,
        ),
        ("SELECT * FROM past", ADD, false),
        ("SELECT id, email FROM users", ADD, false),
        ("SELECT count(*) FROM users", ADD, false),
        ("SELECT * FROM users", first, true),
    ] {
        if add == first && prepared {
            continue;
        }
        let plan = crate::fixture::forward(vec![judged(1, dialect, add, "SELECT 1")]);
        let mut own = own();
        own.program.code[0]
            .uses
            .checked_query(dialect, sql, "src/a.rs:7");
        let answer = asked(session, &plan, &own).await;
        let expected = if fails { State::Blocked } else { State::Clear };
        assert_eq!(answer.state, expected, "{sql}: {answer:#?}");
        let why = match dialect {
            Dialect::Postgres => "\"cached plan must not change result type\".",
            Dialect::MySql => "and reads others from their places once `users.nick` is there.",
            Dialect::Sqlite => "that query ends each connection that has prepared it",
        };
        let said = &answer.evidence[0].sentence;
        assert_eq!(said.contains(why), fails, "{sql}: {said}");
        // By its name each column is found on MySQL.
        let mut own = crate::fixture::own();
        using(dialect, sql, &mut own);
        let answer = asked(session, &plan, &own).await;
        assert_eq!(
            answer.state == State::Blocked,
            fails && prepared,
            "{sql}: {answer:#?}"
        );
    }
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn columns_that_nobody_can_count_are_unknown() {
    postgres("uncounted", async |session| {
        shop(session).await;
        let dialect = session.dialect();
        let plan = crate::fixture::forward(vec![judged(1, dialect, ADD, "SELECT 1")]);
        for (sql, state) in [
            ("SELECT * FROM users", State::Unknown),
            ("SELECT id FROM users", State::Clear),
        ] {
            let mut own = own();
            using(dialect, sql, &mut own);
            // Until the question ends, which it fails for.
            let reader = becoming(
                "onward_no_reader",
                "REVOKE SELECT ON pg_catalog.pg_inherits FROM public",
            );
            session.execute(&format!("BEGIN; {reader}")).await.unwrap();
            let answer = asked(session, &plan, &own).await;
            assert_eq!(answer.state, state, "{sql}: {answer:#?}");
        }
    })
    .await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_refuses_what_is_prepared() {
    let pool = PoolOptions::<sqlx::Postgres>::new().max_connections(1);
    let pool = pool.connect(&server("ONWARD_TEST_POSTGRES")).await.unwrap();
    let read = async || sqlx::query("SELECT * FROM seen").fetch_all(&pool).await;
    let unkept =
        async |sql: &'static str| sqlx::query(sql).persistent(false).fetch_all(&pool).await;
    let (alone, alike) = ("SELECT seen.* FROM seen", "SELECT * FROM seen");
    let make = "CREATE TEMP TABLE seen (id int)";
    sqlx::raw_sql(make).execute(&pool).await.unwrap();
    unkept(alone).await.unwrap();
    read().await.unwrap();
    let add = "ALTER TABLE seen ADD COLUMN nick text";
    sqlx::raw_sql(add).execute(&pool).await.unwrap();
    for _ in 0..2 {
        let refused = read().await.unwrap_err().to_string();
        assert!(refused.contains("cached plan"), "{refused}");
    }
    // What is not kept is read anew, but for another query of the same text that is.
    assert_eq!(unkept(alone).await.unwrap().len(), 0);
    unkept(alike).await.unwrap_err();
    pool.close().await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_reads_anew_what_is_not_kept() {
    let pool = PoolOptions::<sqlx::Sqlite>::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    let run = async |sql: &'static str| sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    run("CREATE TABLE seen (id int); INSERT INTO seen VALUES (1)").await;
    let columns = async || {
        let query = sqlx::query("SELECT * FROM seen").persistent(false);
        sqlx::Row::len(&query.fetch_one(&pool).await.unwrap())
    };
    assert_eq!(columns().await, 1);
    run("ALTER TABLE seen ADD COLUMN nick text").await;
    assert_eq!(columns().await, 2);
}

/// Puts an instance onto the list that runs `program`.
pub(super) async fn registers(session: &mut dyn Session, program: &Program) {
    let tables = Tables::unqualified(session.dialect());
    session.execute(&tables.create_instances()).await.unwrap();
    let now = crate::clock::now(session.dialect());
    let arrives = format!(
        "INSERT INTO {} (id, format, application, kind, build, host, pid, login, origin, client, connections, program, started, seen, \
         lasts) VALUES ('x', {FORMAT}, 'shop-web', 'web', '77', 'web-1', 1, '', '', '', 0, {}, {now}, {now}, 60000)",
        tables.instances(),
        tables.literal(&serde_json::to_string(program).unwrap())
    );
    session.execute(&arrives).await.unwrap();
}

fn program(dialect: Dialect, versions: &[i64], sql: &str) -> Program {
    let mut code = Code {
        package: "shop".to_owned(),
        ..Code::default()
    };
    code.uses.query(dialect, sql, "src/users.rs:12");
    let versions = versions
        .iter()
        .map(|number| onward_analysis::Version::new(*number));
    Program {
        catalogs: [("shop".to_owned(), Versions::of(versions.collect()))].into(),
        code: vec![code],
        crates: Vec::new(),
    }
}

async fn a_live_instance_that_writes_whole_rows_blocks(session: &mut dyn Session) {
    let dialect = session.dialect();
    shop(session).await;
    let plan = crate::fixture::forward(vec![judged(1, dialect, ADD, "SELECT 1")]);
    let copies = "INSERT INTO past SELECT * FROM users";
    registers(session, &program(dialect, &[], copies)).await;
    let answer = asked(session, &plan, &own()).await;
    assert_eq!(answer.state, State::Blocked, "{answer:#?}");
    let said = &answer.evidence[0].sentence;
    assert!(
        said.starts_with("1 live instance of shop-web build 77 (web on web-1; last seen ")
            && said.ends_with(
                "uses all columns without naming them (src/users.rs:12), and that query fails once `users.nick` is there."
            ),
        "{said}"
    );
    // The release that knows the column has room for it.
    session
        .execute("DELETE FROM _onward_instances")
        .await
        .unwrap();
    registers(session, &program(dialect, &[1], copies)).await;
    let answer = asked(session, &plan, &own()).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
}

async fn who_is_not_on_the_list_stands_in_no_additions_way(session: &mut dyn Session) {
    shop(session).await;
    let plan = crate::fixture::forward(vec![judged(1, session.dialect(), ADD, "SELECT 1")]);
    let answer = asked(session, &plan, &own()).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
    let said = &answer.evidence[0].sentence;
    assert!(
        said.ends_with("not held against a column that is added."),
        "{said}"
    );
}

async fn a_down_that_adds_breaks_who_was_built_without_it(session: &mut dyn Session) {
    let dialect = session.dialect();
    shop(session).await;
    let dropped = judged(1, dialect, "ALTER TABLE users DROP COLUMN nick", ADD);
    let plan = back(vec![dropped], Revert::Last);
    for (versions, state) in [(&[1][..], State::Blocked), (&[0], State::Clear)] {
        registers(
            session,
            &program(dialect, versions, "INSERT INTO past SELECT * FROM users"),
        )
        .await;
        let answer = asked(session, &plan, &own()).await;
        let said: Vec<&String> = answer.evidence.iter().map(|one| &one.sentence).collect();
        let told = said
            .iter()
            .any(|one| one.contains("fails once `users.nick` is there"));
        assert_eq!(told, state == State::Blocked, "{answer:#?}");
        session
            .execute("DELETE FROM _onward_instances")
            .await
            .unwrap();
    }
}

/// The clock of SQLite is the machine's, and anyone may set it.
#[cfg(all(feature = "sqlite", target_os = "linux"))]
#[tokio::test]
async fn a_clock_that_is_set_makes_nobody_dead_and_nobody_live_for_ever() {
    sqlite(async |session| {
        shop(session).await;
        let dialect = session.dialect();
        let down = "ALTER TABLE users DROP COLUMN email";
        let plan = back(vec![judged(1, dialect, "SELECT 1", down)], Revert::Last);
        let reads = program(dialect, &[1], "SELECT email FROM users");
        let mut child = std::process::Command::new("sleep")
            .arg("600")
            .spawn()
            .unwrap();
        let (here, minute) = (crate::history::Author::host(), 60_000);
        let at = async |session: &mut dyn Session, host: &str, pid: u32, later: i64| {
            session
                .execute("DROP TABLE IF EXISTS _onward_instances")
                .await
                .unwrap();
            registers(session, &reads).await;
            let seen = format!(
                "UPDATE _onward_instances SET host = '{host}', pid = {pid}, seen = seen + {later}"
            );
            session.execute(&seen).await.unwrap();
            asked(session, &plan, &own()).await.state
        };
        // Set forward by twenty minutes: it lives, as this machine knows; of another machine it is not known.
        assert_eq!(
            at(session, &here, child.id(), -20 * minute).await,
            State::Unknown
        );
        assert_eq!(
            at(session, "elsewhere", child.id(), -20 * minute).await,
            State::Clear
        );
        assert_eq!(at(session, &here, child.id(), 0).await, State::Blocked);
        // Set back by an hour: nobody can tell, until the next one registers.
        assert_eq!(
            at(session, "elsewhere", 1, 60 * minute).await,
            State::Unknown
        );
        let tables = Tables::unqualified(dialect);
        session
            .execute(&crate::instances::reach(&tables))
            .await
            .unwrap();
        assert_eq!(asked(session, &plan, &own()).await.state, State::Blocked);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(
            at(session, &here, child.id(), -20 * minute).await,
            State::Clear
        );
    })
    .await;
}
