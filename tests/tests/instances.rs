//! Is it known which instances run, and does the gate keep what their code uses?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use onward::{Answer, Dialect, Environment, Goal, Migrator, Question, Revert, State, Version};
use onward_tests::pooler::Pooler;
use onward_tests::service::{HEARTBEAT, Service};
use onward_tests::{Database, Pool, on, on_every_database, skipped, with_pool};

const CALLS: &str = env!("CARGO_BIN_EXE_calls");
const GREETS: &str = env!("CARGO_BIN_EXE_greets");
const CONTRACTS: &str = env!("CARGO_BIN_EXE_contracts");
const SILENT: &str = env!("CARGO_BIN_EXE_silent");

// The program that asks is judged too: this one uses nothing that the shop has.
onward::declare::uses!("audit.entries.id");

on_every_database!(
    a_live_instance_keeps_what_it_uses,
    what_nobody_uses_is_clear,
    an_instance_that_says_nothing_is_unknown,
    two_builds_are_told_apart,
    who_is_killed_is_gone_after_a_while,
    who_hangs_is_unknown_until_it_goes_on,
    a_crate_that_the_application_names_and_that_says_nothing_is_unknown,
    who_ends_in_good_order_is_gone_at_once,
    who_merely_ends_is_soon_gone,
    a_view_is_used_like_what_it_reads,
    a_start_asks_and_writes_nothing_before_it_is_through,
    an_instance_of_a_newer_format_is_unknown,
    a_program_that_asks_is_judged_too,
    an_up_waits_for_the_code_that_reads_what_it_takes,
    whoever_introduces_its_connections_is_told_by_them,
);
on!(a_client_that_did_not_register_is_unknown: on_postgres, on_mysql);
on!(a_client_that_looks_like_an_instance_is_counted: on_postgres, on_mysql);
on!(a_stranger_does_not_take_the_place_of_who_was_killed: on_postgres, on_mysql);
on!(behind_a_pooler_nobody_knows_whose_connections_are_whose: on_postgres);
on!(a_pool_of_another_database_makes_no_stranger: on_postgres, on_mysql);
on!(who_is_just_logging_in_to_another_database_is_no_stranger: on_mysql);
on!(whoever_may_only_read_starts_all_the_same: on_sqlite, on_postgres, on_mysql);

async fn a_live_instance_keeps_what_it_uses(database: Database) {
    up_to(&database, 40).await;
    let service = Service::start(CALLS, &database, "a1b2c3", "leave");
    registered(&database, 1).await;
    back_to(&database, 40).await;
    let answer = asked(&database).await;
    assert_eq!(answer.state, State::Blocked, "{answer:#?}");
    let said = &answer.evidence[0].sentence;
    assert!(
        said.starts_with("1 live instance of shop-calls build a1b2c3 (web on "),
        "{said}"
    );
    assert!(
        said.ends_with(" ago) uses `users.phone_number` (src/bin/calls.rs:3)."),
        "{said}"
    );
    assert!(answer.evidence[0].query.is_some());
    let refused = with_pool!(database.pool, pool => shop().revert(pool, Revert::Last).await);
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("live instance of shop-calls build a1b2c3"),
        "{refused}"
    );
    drop(service.stop());
}

async fn what_nobody_uses_is_clear(database: Database) {
    up_to(&database, 40).await;
    let service = Service::start(GREETS, &database, "7", "leave");
    registered(&database, 1).await;
    back_to(&database, 40).await;
    // The connection that its migrations took is counted until it is said to be closed.
    until_clear(&database).await;
    let said = sentences(&asked(&database).await);
    assert!(
        said.contains("Nothing that changes is used by what runs: 1 × shop-greets build 7."),
        "{said}"
    );
    drop(service.stop());
}

async fn an_instance_that_says_nothing_is_unknown(database: Database) {
    up_to(&database, 40).await;
    let service = Service::start(SILENT, &database, "0", "leave");
    registered(&database, 1).await;
    back_to(&database, 40).await;
    let answer = asked(&database).await;
    assert_eq!(answer.state, State::Unknown, "{answer:#?}");
    let said = sentences(&answer);
    assert!(
        said.contains("may use `users.phone_number`: its code does not say what it uses"),
        "{said}"
    );
    drop(service.stop());
}

async fn two_builds_are_told_apart(database: Database) {
    up_to(&database, 40).await;
    let services = [
        Service::start(CALLS, &database, "old", "leave"),
        Service::start(CALLS, &database, "old", "leave"),
        Service::start(CALLS, &database, "new", "leave"),
        Service::start(GREETS, &database, "new", "leave"),
    ];
    registered(&database, 4).await;
    back_to(&database, 40).await;
    let said = sentences(&asked(&database).await);
    assert!(
        said.contains("2 live instances of shop-calls build old"),
        "{said}"
    );
    assert!(
        said.contains("1 live instance of shop-calls build new"),
        "{said}"
    );
    assert!(!said.contains("of shop-greets"), "{said}");
    for service in services {
        drop(service.stop());
    }
}

async fn who_is_killed_is_gone_after_a_while(database: Database) {
    up_to(&database, 40).await;
    let service = Service::start(CALLS, &database, "a1b2c3", "leave");
    registered(&database, 1).await;
    back_to(&database, 40).await;
    let killed = Instant::now();
    service.kill();
    let rows = "SELECT application FROM _onward_instances";
    assert_eq!(
        database.column(rows).await,
        ["shop-calls"],
        "nobody took it off"
    );
    assert_eq!(asked(&database).await.state, State::Blocked);
    wait_for(
        async || asked(&database).await.state == State::Unknown,
        "its silence",
    )
    .await;
    let waited = until_clear(&database).await - killed;
    assert!(waited >= HEARTBEAT * 38, "{waited:?}");
    assert!(waited < HEARTBEAT * 60, "{waited:?}");
}

/// Whoever is stopped for a while goes on where it was, in the middle of its queries.
async fn who_hangs_is_unknown_until_it_goes_on(database: Database) {
    up_to(&database, 40).await;
    let service = Service::start(CALLS, &database, "a1b2c3", "leave");
    registered(&database, 1).await;
    back_to(&database, 40).await;
    assert_eq!(asked(&database).await.state, State::Blocked);
    service.pause();
    tokio::time::sleep(HEARTBEAT * 8).await;
    let answer = asked(&database).await;
    assert_eq!(answer.state, State::Unknown, "{answer:#?}");
    let said = sentences(&answer);
    assert!(
        said.contains("1 instance of shop-calls build a1b2c3 (web on "),
        "{said}"
    );
    assert!(said.contains("; silent for "), "{said}");
    assert!(
        said.contains("may still run, and its code uses `users.phone_number` (src/bin/calls.rs:3)"),
        "{said}"
    );
    let refused = with_pool!(database.pool, pool => shop().revert(pool, Revert::Last).await);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("; silent for "), "{refused}");
    service.resume();
    wait_for(
        async || asked(&database).await.state == State::Blocked,
        "its next beat",
    )
    .await;
    drop(service.stop());
}

async fn a_crate_that_the_application_names_and_that_says_nothing_is_unknown(database: Database) {
    up_to(&database, 40).await;
    let judged = async |names: [&str; 2]| {
        let migrator = shop().crates(names);
        let decision = with_pool!(database.pool, pool => migrator.judge(pool, Revert::Last).await);
        let answers = decision.unwrap().answers;
        let mut answers = answers.into_iter();
        answers
            .find(|answer| answer.question == Question::RunningCode)
            .unwrap()
    };
    let answer = judged(["onward-tests", "shop"]).await;
    let said = sentences(&answer);
    assert_eq!(answer.state, State::Clear, "{said}");
    assert!(
        said.contains("by the word of onward-tests: all crates that the applications name."),
        "{said}"
    );
    let answer = judged(["onward-tests", "shop-billing"]).await;
    let said = sentences(&answer);
    assert_eq!(answer.state, State::Unknown, "{said}");
    assert!(
        said.contains("its crate `shop-billing` does not say what it uses"),
        "{said}"
    );
}

async fn who_ends_in_good_order_is_gone_at_once(database: Database) {
    up_to(&database, 40).await;
    let service = Service::start(CALLS, &database, "a1b2c3", "leave");
    registered(&database, 1).await;
    drop(service.stop());
    assert_eq!(listed(&database).await, 0);
}

/// A statement is sent on its way while the runtime ends. Where that is too late, the row ends by itself.
async fn who_merely_ends_is_soon_gone(database: Database) {
    up_to(&database, 40).await;
    let service = Service::start(CALLS, &database, "a1b2c3", "return");
    registered(&database, 1).await;
    back_to(&database, 40).await;
    assert_eq!(asked(&database).await.state, State::Blocked);
    drop(service.stop());
    until_clear(&database).await;
}

async fn a_view_is_used_like_what_it_reads(database: Database) {
    up_to(&database, 40).await;
    database
        .execute("CREATE VIEW audit_names AS SELECT phone_number AS entry FROM users")
        .await;
    database
        .execute("CREATE VIEW entries AS SELECT entry FROM audit_names")
        .await;
    let answer = asked(&database).await;
    let said = sentences(&answer);
    assert_eq!(answer.state, State::Blocked, "{said}");
    assert!(
        said.contains(
            "itself uses `users.phone_number` through the view `entries` (tests/instances.rs:"
        ),
        "{said}"
    );
}

async fn a_start_asks_and_writes_nothing_before_it_is_through(database: Database) {
    up_to(&database, 50).await;
    let migrator = shop().application("shop-quick").heartbeat(HEARTBEAT);
    let report = with_pool!(database.pool, pool => migrator.run(pool).await).unwrap();
    assert!(report.ran.is_empty());
    registered(&database, 1).await;
    // Again, and it is the same row.
    with_pool!(database.pool, pool => migrator.run(pool).await).unwrap();
    tokio::time::sleep(HEARTBEAT * 2).await;
    registered(&database, 1).await;
    migrator.leave().await.unwrap();
    registered(&database, 0).await;
    tokio::time::sleep(HEARTBEAT * 2).await;
    registered(&database, 0).await;
}

async fn an_instance_of_a_newer_format_is_unknown(database: Database) {
    up_to(&database, 40).await;
    let service = Service::start(GREETS, &database, "9", "leave");
    registered(&database, 1).await;
    back_to(&database, 40).await;
    database
        .execute("UPDATE _onward_instances SET format = 2")
        .await;
    let answer = asked(&database).await;
    assert_eq!(answer.state, State::Unknown, "{answer:#?}");
    assert!(
        sentences(&answer).contains("it runs a newer Onward"),
        "{answer:#?}"
    );
    drop(service.stop());
}

async fn a_program_that_asks_is_judged_too(mut database: Database) {
    // Known by themselves, so that no beat that comes late makes strangers of them.
    with_pool!(database.pool, pool => pool.close().await);
    database.pool = Pool::introduced(&database.url).await;
    up_to(&database, 40).await;
    database.execute("CREATE TABLE entries (id BIGINT)").await;
    database
        .execute("CREATE VIEW idle AS SELECT id FROM entries")
        .await;
    assert_eq!(asked(&database).await.state, State::Clear);
    database.execute("DROP VIEW idle").await;
    database
        .execute("CREATE VIEW watched AS SELECT phone_number FROM users")
        .await;
    assert_eq!(
        asked(&database).await.state,
        State::Clear,
        "nothing here uses that view"
    );
}

/// A contract step: the new release may not take the column while the old one reads it.
async fn an_up_waits_for_the_code_that_reads_what_it_takes(database: Database) {
    let service = Service::start(CALLS, &database, "a1b2c3", "leave");
    wait_for(async || listed(&database).await == 1, "the list").await;
    let refused = contract(&database);
    assert!(
        refused.contains("1 live instance of shop-calls build a1b2c3"),
        "{refused}"
    );
    assert!(
        refused.contains("uses `users.phone_number` (src/bin/calls.rs:3)."),
        "{refused}"
    );
    assert!(!refused.contains("The program that asks"), "{refused}");
    assert_eq!(database.applied().await, ["10", "20", "30", "40", "50"]);
    service.kill();
    wait_for(
        async || !contract(&database).contains("live instance of shop-calls"),
        "the end of an instance",
    )
    .await;
}

/// What the release says that wants to take the column; nothing where it may.
fn contract(database: &Database) -> String {
    let mut command = onward_tests::program::command(CONTRACTS, database, "run");
    command.env(Environment::VARIABLE, "production");
    let ended = command.output().unwrap();
    String::from_utf8(ended.stderr).unwrap()
}

/// Whoever connects as somebody else, and says nothing, may do anything.
async fn a_client_that_did_not_register_is_unknown(database: Database) {
    up_to(&database, 40).await;
    assert_eq!(asked(&database).await.state, State::Clear);
    let stranger = stranger(&database, "").await;
    let answer = asked(&database).await;
    let said = sentences(&answer);
    assert_eq!(answer.state, State::Unknown, "{said}");
    assert!(said.contains("1 connection of stranger_"), "{said}");
    assert!(
        said.contains("belongs to no instance on the list"),
        "{said}"
    );
    with_pool!(stranger, pool => pool.close().await);
    until_clear(&database).await;
}

/// It has the user, the address and the name of an instance: only their number tells.
async fn a_client_that_looks_like_an_instance_is_counted(database: Database) {
    up_to(&database, 40).await;
    // Beside the program that asks alone, then beside an instance of which it could be one.
    for instances in [0, 1] {
        let service = (instances == 1).then(|| Service::start(GREETS, &database, "7", "leave"));
        registered(&database, instances).await;
        back_to(&database, 40).await;
        until_clear(&database).await;
        let stranger = Pool::connect(&database.url).await;
        with_pool!(stranger, pool => drop(pool.acquire().await.unwrap()));
        tokio::time::sleep(HEARTBEAT * 2).await;
        let answer = asked(&database).await;
        let said = sentences(&answer);
        assert_eq!(answer.state, State::Unknown, "{said}");
        assert!(said.contains("1 connection of "), "{said}");
        // The real run is not told anything else.
        let refused = with_pool!(database.pool, pool => shop().revert(pool, Revert::Last).await);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("  2. 1 connection of "), "{refused}");
        with_pool!(stranger, pool => pool.close().await);
        until_clear(&database).await;
        drop(service.map(Service::stop));
    }
}

async fn whoever_introduces_its_connections_is_told_by_them(database: Database) {
    up_to(&database, 40).await;
    for (end, by_number) in [("leave", true), ("introduced", false)] {
        let service = Service::start(GREETS, &database, "7", end);
        registered(&database, 1).await;
        back_to(&database, 40).await;
        until_clear(&database).await;
        let said = sentences(&asked(&database).await);
        let shows = database.dialect() != Dialect::Sqlite;
        assert_eq!(
            said.contains("The connections of shop-greets"),
            by_number && shows,
            "{said}"
        );
        drop(service.stop());
    }
}

/// Its row stands for a while, with all the connections that it had.
async fn a_stranger_does_not_take_the_place_of_who_was_killed(database: Database) {
    up_to(&database, 40).await;
    let service = Service::start(GREETS, &database, "7", "introduced");
    registered(&database, 1).await;
    back_to(&database, 40).await;
    until_clear(&database).await;
    service.kill();
    until_clear(&database).await;
    let stranger = Pool::connect(&database.url).await;
    with_pool!(stranger, pool => drop(pool.acquire().await.unwrap()));
    assert_eq!(listed(&database).await, 1, "its row stands");
    let answer = asked(&database).await;
    let said = sentences(&answer);
    assert_eq!(answer.state, State::Unknown, "{said}");
    assert!(said.contains("1 connection of "), "{said}");
    with_pool!(stranger, pool => pool.close().await);
    until_clear(&database).await;
}

/// One process introduces the connections of one pool, and has another one on another database.
async fn a_pool_of_another_database_makes_no_stranger(database: Database) {
    let elsewhere = match database.dialect() {
        Dialect::Postgres => Database::on_postgres().await,
        _ => Database::on_mysql().await,
    };
    drop(Pool::introduced(&elsewhere.url).await);
    up_to(&database, 40).await;
    let service = Service::start(GREETS, &database, "7", "leave");
    registered(&database, 1).await;
    back_to(&database, 40).await;
    // Several of this program's own, by number.
    with_pool!(database.pool, pool => {
        let held = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
        drop(held);
    });
    until_clear(&database).await;
    let said = sentences(&asked(&database).await);
    assert!(said.contains("The connections of shop-greets"), "{said}");
    assert!(said.contains("this program"), "{said}");
    drop(service.stop());
}

/// On a server that many use there is always somebody who has not come to their database yet, and each time it is another.
async fn who_is_just_logging_in_to_another_database_is_no_stranger(database: Database) {
    let elsewhere = Database::on_mysql().await;
    up_to(&database, 40).await;
    until_clear(&database).await;
    let logging_in: Vec<_> = (0..24)
        .map(|_| {
            let url = elsewhere.url.clone();
            tokio::spawn(async move {
                loop {
                    Pool::reached(&url).await.unwrap();
                }
            })
        })
        .collect();
    for _ in 0..20 {
        let said = sentences(&asked(&database).await);
        assert!(!said.contains("without a default database"), "{said}");
    }
    for one in logging_in {
        one.abort();
    }
}

async fn behind_a_pooler_nobody_knows_whose_connections_are_whose(database: Database) {
    up_to(&database, 40).await;
    // What is pending is applied by one that knows the server itself.
    drop(Service::start(GREETS, &database, "7", "leave").stop());
    registered(&database, 0).await;
    database
        .execute("CREATE TABLE kept_history AS SELECT * FROM _onward_history")
        .await;
    back_to(&database, 40).await;
    until_clear(&database).await;
    let Some(pooler) = Pooler::start(&database) else {
        skipped("pgbouncer");
        return;
    };
    for (end, why) in [
        ("introduced", "a pooler hands connections round"),
        (
            "leave",
            "or a pooler stands in between. Up to 1 of somebody else",
        ),
    ] {
        database.execute("DELETE FROM _onward_history").await;
        database
            .execute("INSERT INTO _onward_history SELECT * FROM kept_history")
            .await;
        let one = Service::start_at(GREETS, &pooler.url, "7", end);
        let other = Service::start_at(GREETS, &pooler.url, "7", end);
        registered(&database, 2).await;
        back_to(&database, 40).await;
        let answer = asked(&database).await;
        let said = sentences(&answer);
        assert_eq!(answer.state, State::Unknown, "{said}");
        assert!(said.contains(why), "{said}");
        drop((one.stop(), other.stop()));
        registered(&database, 0).await;
    }
}

async fn whoever_may_only_read_starts_all_the_same(database: Database) {
    up_to(&database, 50).await;
    let url = match database.dialect() {
        Dialect::Sqlite => database.url.replace("mode=rwc", "mode=ro"),
        Dialect::Postgres | Dialect::MySql => {
            let reads = stranger(&database, "SELECT").await;
            with_pool!(reads, pool => pool.close().await);
            stranger_url(&database)
        }
    };
    let service = Service::start_at(GREETS, &url, "7", "leave");
    tokio::time::sleep(HEARTBEAT * 3).await;
    registered(&database, 0).await;
    let said = service.stop();
    assert_eq!(
        said.matches("This process could not register as an instance")
            .count(),
        1,
        "{said}"
    );
}

/// Another user's connection to the database.
async fn stranger(database: &Database, may: &str) -> Pool {
    let user = stranger_name(database);
    match database.dialect() {
        Dialect::Postgres => {
            database.execute(&format!("CREATE ROLE {user} LOGIN")).await;
            if !may.is_empty() {
                let grant = format!("GRANT {may} ON ALL TABLES IN SCHEMA public TO {user}");
                database.execute(&grant).await;
            }
        }
        _ => {
            let may = if may.is_empty() { "SELECT" } else { may };
            database
                .execute(&format!("CREATE USER {user}@localhost IDENTIFIED BY 'x'"))
                .await;
            database
                .execute(&format!(
                    "GRANT {may} ON {}.* TO {user}@localhost",
                    database.name
                ))
                .await;
        }
    }
    Pool::connect(&stranger_url(database)).await
}

fn stranger_name(database: &Database) -> String {
    format!("stranger_{}", database.name.trim_start_matches("onward_"))
}

fn stranger_url(database: &Database) -> String {
    let (scheme, rest) = database.url.split_once("://").unwrap();
    let (_, host) = rest.split_once('@').unwrap();
    format!("{scheme}://{}:x@{host}", stranger_name(database))
}

/// The shop in production.
fn shop() -> Migrator {
    Migrator::new(shop::MIGRATIONS).environment(Environment::production())
}

async fn up_to(database: &Database, version: i64) {
    let goal = Goal::To(Version::new(version));
    with_pool!(database.pool, pool => shop().up(pool, goal).await).unwrap();
}

/// The services have applied everything: what came after `version` is taken back without the gate's leave, for the next
/// question to be about `version`.
async fn back_to(database: &Database, version: i64) {
    let newer = format!("DELETE FROM _onward_history WHERE version > {version}");
    database.execute(&newer).await;
}

/// What the second question is answered for the last migration.
async fn asked(database: &Database) -> Answer {
    let decision = with_pool!(database.pool, pool => shop().judge(pool, Revert::Last).await);
    let answers = decision.unwrap().answers.into_iter();
    answers
        .into_iter()
        .find(|answer| answer.question == Question::RunningCode)
        .unwrap()
}

fn sentences(answer: &Answer) -> String {
    let sentences: Vec<&str> = answer
        .evidence
        .iter()
        .map(|one| one.sentence.as_str())
        .collect();
    sentences.join("\n")
}

/// Waits until so many processes are on the list.
async fn registered(database: &Database, count: usize) {
    let listed = async || {
        database
            .column("SELECT id FROM _onward_instances")
            .await
            .len()
    };
    wait_for(async || listed().await == count, "the list").await;
}

/// How many are on the list. Its table comes with the first migration.
async fn listed(database: &Database) -> usize {
    let found = with_pool!(database.pool, pool => {
        sqlx::raw_sql("SELECT id FROM _onward_instances").fetch_all(pool).await.map(|rows| rows.len())
    });
    found.unwrap_or_default()
}

async fn until_clear(database: &Database) -> Instant {
    wait_for(
        async || asked(database).await.state == State::Clear,
        "a clear answer",
    )
    .await;
    Instant::now()
}

async fn wait_for(done: impl AsyncFn() -> bool, what: &str) {
    let begun = Instant::now();
    while !done().await {
        assert!(
            begun.elapsed() < Duration::from_secs(40),
            "waited too long for {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
