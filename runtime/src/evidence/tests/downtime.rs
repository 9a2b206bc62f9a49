//! Who waits: on small tables and large ones, where nobody holds them and where a transaction stays open over them?

use super::*;
use crate::fixture::judged;

on_every_database!(
    a_million_rows_with_a_long_transaction_open,
    a_small_table_that_nobody_holds_is_clear,
    a_key_that_is_added_to_a_large_table_keeps_others_waiting,
    a_key_that_a_row_misfits_is_told_before_anybody_waits,
    the_other_side_of_a_foreign_key_is_held,
    a_table_that_an_earlier_step_renames_is_asked_about,
    a_view_has_no_size,
    a_lossless_way_that_would_fail_is_told,
    a_step_that_locks_nothing_is_clear,
    what_is_not_there_keeps_nobody_waiting,
    what_is_not_understood_is_unknown,
);

/// What the sixth question says of the way back by `down`.
async fn asked(session: &mut dyn Session, policy: &Policy, up: &str, down: &str) -> Answer {
    let record = judged(1, session.dialect(), up, down);
    let plan = back(vec![record], Revert::Steps(1));
    of_plan(session, policy, &plan).await
}

/// What the sixth question says of the way forward by `up`, on a schema that `before` makes; with whether production asks it.
async fn asked_up(session: &mut dyn Session, before: &str, up: &str) -> (bool, Answer) {
    let dialect = session.dialect();
    let none = onward_analysis::Schema::empty();
    let schema = onward_analysis::judge::judge(dialect, &none, Some(before), None).after;
    let up_is = onward_analysis::judge::judge(dialect, &schema, Some(up), None).up;
    let mut record = judged(1, dialect, up, "SELECT 1");
    record.up.analyses = up_is.into_iter().collect();
    let record = [std::sync::Arc::new(record)];
    let here = crate::Environment::production();
    let plan = Plan::forward(&record, |_| false, crate::Goal::Latest, &here, dialect).unwrap();
    let answer = of_plan(session, &strict(), &plan).await;
    let raised = Policy::of_tier(Tier::Production).questions(&plan);
    (raised.contains(&Question::Downtime), answer)
}

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, phone varchar(20), visits bigint)";

/// It takes nothing, and whoever writes waits until each of a million rows has been read. SQLite alone has no such statement.
async fn a_key_that_is_added_to_a_large_table_keeps_others_waiting(session: &mut dyn Session) {
    if session.dialect() == Dialect::Sqlite {
        return;
    }
    large(session).await;
    session
        .execute("CREATE TABLE plans (id bigint PRIMARY KEY)")
        .await
        .unwrap();
    // Who reads keeps it from beginning, and it gives up its place in the queue until they are through.
    let mut other = beside(session).await;
    other.begin().await.unwrap();
    other
        .query("SELECT count(*) FROM plans", &[])
        .await
        .unwrap();
    let before = format!("{USERS}; CREATE TABLE plans (id bigint PRIMARY KEY)");
    for adds in [
        "ALTER TABLE users ADD CONSTRAINT plan FOREIGN KEY (visits) REFERENCES plans (id)",
        "ALTER TABLE users ADD CONSTRAINT positive CHECK (visits > 0)",
        "ALTER TABLE users ADD CONSTRAINT visits UNIQUE (visits)",
    ] {
        let (raised, answer) = asked_up(session, &before, adds).await;
        assert!(raised, "{adds}");
        assert_eq!(answer.state, State::Blocked, "{adds}: {answer:#?}");
        says(&answer, State::Blocked, ", reckoned at 50 MB a second");
        let holds = answer.evidence.iter();
        let mut holds = holds.filter(|one| one.sentence.contains("transaction"));
        assert!(holds.next().is_none(), "{adds}: {answer:#?}");
    }
    let (raised, _) = asked_up(session, &before, "ALTER TABLE users ADD COLUMN note text").await;
    assert!(!raised);
}

async fn a_key_that_a_row_misfits_is_told_before_anybody_waits(session: &mut dyn Session) {
    let fill = "INSERT INTO users VALUES (1, '030', 1), (2, '030', 2), (3, NULL, 3)";
    for sql in [USERS, fill] {
        session.execute(sql).await.unwrap();
    }
    let unique = "CREATE UNIQUE INDEX phones ON users (phone)";
    let (raised, answer) = asked_up(session, USERS, unique).await;
    // Where an index is built while others go on, or the file is small, nobody asks.
    assert_eq!(raised, session.dialect() == Dialect::Postgres);
    says(
        &answer,
        State::Blocked,
        "It would fail on 1 row of `users`: what fits is no two rows the same in phone.",
    );
    // A migration before it in the plan makes the table.
    let other = "CREATE TABLE others (id int, phone varchar(20))";
    let on_other = "CREATE UNIQUE INDEX phones ON others (phone)";
    let (_, answer) = asked_up(session, other, on_other).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
}

/// Others may be kept waiting for a second, and a million rows are too many.
fn strict() -> Policy {
    let mut policy = Policy::of_tier(Tier::Production);
    policy.patience = Duration::from_secs(1);
    policy.rows = 900_000;
    policy.bytes = 8 << 20;
    policy
}

/// Others may be kept waiting for an hour: MySQL tells of each open transaction on the server, and other tests have some.
fn patient() -> Policy {
    let mut policy = Policy::of_tier(Tier::Production);
    policy.patience = Duration::from_secs(3600);
    policy.rows = u64::MAX;
    policy.bytes = u64::MAX;
    policy
}

#[track_caller]
fn says(answer: &Answer, state: State, part: &str) {
    let found = answer.evidence.iter();
    let mut found = found.filter(|one| one.state == state && one.sentence.contains(part));
    assert!(found.next().is_some(), "{state} {part}: {answer:#?}");
}

/// A table of a million rows.
async fn large(session: &mut dyn Session) {
    let create = "CREATE TABLE users (id int PRIMARY KEY, phone varchar(20), visits bigint)";
    session.execute(create).await.unwrap();
    let fill = match session.dialect() {
        Dialect::Postgres => {
            "INSERT INTO users SELECT i, '030 ' || i, i FROM generate_series(1, 1000000) AS n (i); ANALYZE users"
        }
        Dialect::MySql => {
            "INSERT INTO users SELECT seq, concat('030 ', seq), seq FROM seq_1_to_1000000; ANALYZE TABLE users"
        }
        Dialect::Sqlite => {
            "INSERT INTO users WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) \
             SELECT i, '030 ' || i, i FROM n"
        }
    };
    session.execute(fill).await.unwrap();
}

/// The table is large, somebody reads it in a transaction that stays open, and a migration wants to write it anew.
async fn a_million_rows_with_a_long_transaction_open(session: &mut dyn Session) {
    large(session).await;
    let mut other = beside(session).await;
    other.begin().await.unwrap();
    other
        .query("SELECT count(*) FROM users", &[])
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    zone(session, "-09:00").await;

    let (up, rewrite) = match session.dialect() {
        Dialect::Postgres => (
            "ALTER TABLE users ALTER COLUMN visits TYPE bigint",
            "ALTER TABLE users ALTER COLUMN visits TYPE int",
        ),
        Dialect::MySql => (
            "ALTER TABLE users MODIFY visits bigint",
            "ALTER TABLE users MODIFY visits int",
        ),
        // SQLite writes the table anew to drop a column.
        Dialect::Sqlite => ("SELECT 1", "ALTER TABLE users DROP COLUMN visits"),
    };
    let quick = "ALTER TABLE users ADD COLUMN note varchar(20)";
    let waits = "A transaction that is open for ";
    let large = asked(session, &strict(), up, rewrite).await;
    says(&large, State::Blocked, ", reckoned at 50 MB a second");
    let small = asked(session, &strict(), "SELECT 1", quick).await;
    if session.dialect() == Dialect::Sqlite {
        // It keeps no list of who reads.
        assert_eq!(small.state, State::Clear, "{small:#?}");
    } else {
        says(&large, State::Blocked, waits);
        says(&large, State::Blocked, " rows, ");
        says(
            &small,
            State::Clear,
            "for as long as a change of the definition lasts",
        );
        says(&small, State::Blocked, waits);
    }
    // Whatever the time is called here, it is not hours old.
    zone(session, "+09:00").await;
    let small = asked(session, &patient(), "SELECT 1", quick).await;
    assert_eq!(small.state, State::Clear, "{small:#?}");
    other.rollback().await.unwrap();
    let large = asked(session, &patient(), up, rewrite).await;
    assert_eq!(large.state, State::Clear, "{large:#?}");
}

/// Puts the session into another time zone than its server is in.
async fn zone(session: &mut dyn Session, zone: &str) {
    let set = match session.dialect() {
        Dialect::Sqlite => return,
        Dialect::Postgres => format!("SET timezone = '{zone}'"),
        Dialect::MySql => format!("SET time_zone = '{zone}'"),
    };
    session.execute(&set).await.unwrap();
}

async fn a_small_table_that_nobody_holds_is_clear(session: &mut dyn Session) {
    users(session, "bigint", &["1"]).await;
    let down = "ALTER TABLE users DROP COLUMN phone";
    let answer = asked(session, &patient(), "SELECT 1", down).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
    let queries = answer.evidence.iter().filter(|one| one.query.is_some());
    let expected = match session.dialect() {
        Dialect::Sqlite => {
            says(
                &answer,
                State::Clear,
                "waits for its end, less than a second, reckoned",
            );
            1
        }
        Dialect::Postgres | Dialect::MySql => 2,
    };
    assert_eq!(queries.count(), expected, "{answer:#?}");
}

async fn a_view_has_no_size(session: &mut dyn Session) {
    users(session, "int", &["1"]).await;
    let view = "CREATE VIEW calls AS SELECT phone FROM users";
    session.execute(view).await.unwrap();
    let answer = asked(session, &patient(), view, "DROP VIEW calls").await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
}

/// Nothing is lost by it, so the fourth question is not asked; that it cannot succeed is said all the same.
async fn a_lossless_way_that_would_fail_is_told(session: &mut dyn Session) {
    users(session, "varchar(20)", &["'030 1'", "'030 2'"]).await;
    let up = match session.dialect() {
        Dialect::MySql => "DROP INDEX one ON users",
        Dialect::Postgres | Dialect::Sqlite => "DROP INDEX one",
    };
    let down = "CREATE UNIQUE INDEX one ON users (phone)";
    let answer = asked(session, &patient(), up, down).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
    let fits = "Each row of `users` fits: no two rows the same in phone.";
    says(&answer, State::Clear, fits);
    let twin = "INSERT INTO users VALUES (3, '030 1')";
    session.execute(twin).await.unwrap();
    let record = judged(1, session.dialect(), up, down);
    let plan = back(vec![record], Revert::Steps(1));
    let answers = gather(session, &case(&plan)).await.unwrap();
    let questions: Vec<u8> = answers.iter().map(|one| one.question.number()).collect();
    assert_eq!(questions, [2, 3, 6]);
    let fails = "It would fail on 1 row of `users`: what fits is no two rows the same in phone.";
    says(&answers[2], State::Blocked, fails);
}

/// Two steps, and the second finds the table under a name that the first gives it: its rows keep others waiting all the same.
async fn a_table_that_an_earlier_step_renames_is_asked_about(session: &mut dyn Session) {
    let dialect = session.dialect();
    for sql in [
        "CREATE TABLE people (id int, phone varchar(20))",
        "INSERT INTO people VALUES (1, '1'), (2, '1'), (3, '2')",
    ] {
        session.execute(sql).await.unwrap();
    }
    if dialect != Dialect::Sqlite {
        let count = match dialect {
            Dialect::MySql => "ANALYZE TABLE people",
            Dialect::Postgres | Dialect::Sqlite => "ANALYZE people",
        };
        session.execute(count).await.unwrap();
    }
    let drop = match dialect {
        Dialect::MySql => "DROP INDEX phones ON users",
        Dialect::Postgres | Dialect::Sqlite => "DROP INDEX phones",
    };
    // MySQL builds an index while others go on.
    let make = match dialect {
        Dialect::MySql => "ALTER TABLE users ENGINE = InnoDB",
        Dialect::Postgres | Dialect::Sqlite => "CREATE INDEX phones ON users (phone)",
    };
    let unique = "CREATE UNIQUE INDEX phones ON users (phone)";
    let (to, from) = (
        "ALTER TABLE users RENAME TO people",
        "ALTER TABLE people RENAME TO users",
    );
    let downs = |down| {
        let indexed = judged(1, dialect, drop, down);
        back(
            vec![indexed, judged(2, dialect, to, from)],
            Revert::Steps(2),
        )
    };
    let ups = |up| {
        let renamed = judged(1, dialect, from, to);
        crate::fixture::forward(vec![renamed, judged(2, dialect, up, drop)])
    };
    let mut policy = patient();
    policy.rows = 2;
    for plan in [downs(make), ups(make)] {
        let answer = of_plan(session, &policy, &plan).await;
        match dialect {
            // It keeps no count of rows, and is locked as a whole.
            Dialect::Sqlite => says(&answer, State::Clear, "the write lock of the whole file"),
            Dialect::Postgres | Dialect::MySql => {
                let blocked = answer.evidence.iter();
                let mut blocked = blocked.filter(|one| one.state == State::Blocked);
                let one = blocked.next().unwrap_or_else(|| panic!("{answer:#?}"));
                assert_eq!(one.object.as_deref(), Some("people"), "{answer:#?}");
            }
        }
    }
    let fails = "It would fail on 1 row of `people`: what fits is no two rows the same in phone.";
    for plan in [downs(unique), ups(unique)] {
        let answer = of_plan(session, &patient(), &plan).await;
        says(&answer, State::Blocked, fails);
    }
    // What no earlier step names is not there later either.
    let gone = "DROP TABLE IF EXISTS nowhere";
    let plan = back(
        vec![
            judged(1, dialect, "SELECT 1", gone),
            judged(2, dialect, to, from),
        ],
        Revert::Steps(2),
    );
    let answer = of_plan(session, &patient(), &plan).await;
    if dialect != Dialect::Sqlite {
        says(
            &answer,
            State::Clear,
            "`nowhere` does not exist, so nobody waits for it.",
        );
    }
}

/// What the sixth question says of all steps of `plan`.
async fn of_plan(session: &mut dyn Session, policy: &Policy, plan: &Plan) -> Answer {
    let steps: Vec<&Step> = plan.steps().iter().collect();
    let asking = Asking::begin(session, PATIENCE).await.unwrap();
    let mut asking = asking.of_steps(&steps);
    let answer = crate::evidence::downtime::answer(&mut asking, policy, &steps, &steps).await;
    asking.end().await.unwrap();
    answer.unwrap()
}

async fn a_step_that_locks_nothing_is_clear(session: &mut dyn Session) {
    let answer = asked(
        session,
        &strict(),
        "SELECT 1",
        "CREATE TABLE fresh (id int)",
    )
    .await;
    is(
        &answer.evidence[0],
        State::Clear,
        "It locks nothing that exists.",
    );
}

async fn what_is_not_there_keeps_nobody_waiting(session: &mut dyn Session) {
    let down = "DROP TABLE IF EXISTS nowhere";
    let answer = asked(session, &patient(), "SELECT 1", down).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
    if session.dialect() != Dialect::Sqlite {
        let sentence = "`nowhere` does not exist, so nobody waits for it.";
        is(&answer.evidence[0], State::Clear, sentence);
    }
}

async fn what_is_not_understood_is_unknown(session: &mut dyn Session) {
    let answer = asked(session, &strict(), "SELECT 1", "FROBNICATE users").await;
    assert_eq!(answer.state, State::Unknown, "{answer:#?}");
}

/// The table on the other side of a foreign key is locked too, and somebody reads it in a transaction that stays open.
async fn the_other_side_of_a_foreign_key_is_held(session: &mut dyn Session) {
    if session.dialect() == Dialect::Sqlite {
        // Its one lock is on the whole file.
        return;
    }
    for sql in [
        "CREATE TABLE payers (id int PRIMARY KEY, name varchar(9))",
        "CREATE TABLE bills (id int PRIMARY KEY, payer int, CONSTRAINT bill_payer FOREIGN KEY (payer) \
         REFERENCES payers (id))",
        "INSERT INTO payers VALUES (1, 'a')",
    ] {
        session.execute(sql).await.unwrap();
    }
    let add = "ALTER TABLE bills ADD COLUMN note int";
    let mine = asked(session, &strict(), "SELECT 1", add).await;
    let names = |answer: &Answer, name: &str| {
        let mut found = answer.evidence.iter();
        found.any(|one| one.sentence.contains(name))
    };
    assert!(!names(&mine, "payers"), "{mine:#?}");
    let mut other = beside(session).await;
    other.begin().await.unwrap();
    let read = "SELECT count(*) FROM payers";
    other.query(read, &[]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    for (down, besides) in [
        ("DROP TABLE bills", "payers"),
        ("DROP TABLE payers", "bills"),
    ] {
        let answer = asked(session, &strict(), "SELECT 1", down).await;
        let besides =
            format!("It locks `{besides}` as well, on the other side of a foreign key that goes.");
        says(&answer, State::Clear, &besides);
        says(&answer, State::Blocked, "A transaction that is open for ");
    }
    other.rollback().await.unwrap();
    let answer = asked(session, &patient(), "SELECT 1", "DROP TABLE bills").await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
}
