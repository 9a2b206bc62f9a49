//! Question 1, on each database: is what an object holds told, and nothing else?

use super::*;
use crate::fixture::judged;

on_every_database!(
    a_column_is_blocked_by_its_values,
    a_column_of_nulls_is_clear,
    the_default_is_not_user_data,
    no_value_beside_a_default_is_user_data,
    a_default_that_was_changed_since_is_user_data,
    a_default_that_is_set_afterwards_is_user_data,
    a_default_that_is_computed_is_user_data,
    a_default_older_than_the_up_is_user_data,
    a_table_is_blocked_by_its_rows,
    counting_ends_at_the_bound,
    what_is_not_there_holds_nothing,
    what_a_later_step_takes_may_come_back_before,
    a_column_that_is_not_there_holds_nothing,
    some_rows_are_not_known,
    a_query_that_takes_too_long_is_unknown,
);

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
        let up = format!("ALTER TABLE users ADD phone {column}");
        let finding = found_after(session, &up).await;
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
        let finding = found_after(session, &up).await;
        is(
            &finding,
            State::Blocked,
            "`users.phone` holds a value in 3 rows; 1 row differs from the column's own default, as NULL does.",
        );
    }
}

/// Who was given `true` and wiped it out would have it again after the way back and forth.
async fn no_value_beside_a_default_is_user_data(session: &mut dyn Session) {
    for (rows, said) in [
        (
            &["true", "NULL", "NULL"][..],
            "`users.phone` holds a value in 1 row; 2 rows differ from the column's own default, as NULL does.",
        ),
        (
            &["NULL"],
            "`users.phone` holds no value; 1 row differs from the column's own default, as NULL does.",
        ),
    ] {
        session.execute("DROP TABLE IF EXISTS users").await.unwrap();
        users(session, "boolean DEFAULT true", rows).await;
        let up = "ALTER TABLE users ADD phone boolean DEFAULT true";
        let finding = found_after(session, up).await;
        is(&finding, State::Blocked, said);
    }
}

/// What the up puts back is what it says, and not what somebody has made the default since.
async fn a_default_that_was_changed_since_is_user_data(session: &mut dyn Session) {
    for (now, rows, said) in [
        (
            "boolean DEFAULT false",
            &["false", "false"][..],
            "`users.phone` holds a value in 2 rows.",
        ),
        (
            "boolean DEFAULT false",
            &["false", "NULL"],
            "`users.phone` holds a value in 1 row; what the up puts where it is NULL is not known.",
        ),
        (
            "boolean",
            &["NULL", "NULL"],
            "`users.phone` holds no value; what the up puts where it is NULL is not known.",
        ),
    ] {
        session.execute("DROP TABLE IF EXISTS users").await.unwrap();
        users(session, now, rows).await;
        let up = "ALTER TABLE users ADD phone boolean DEFAULT true";
        let finding = found_after(session, up).await;
        is(&finding, State::Blocked, said);
    }
}

/// Rows that were there have no default that is set after the column was added.
async fn a_default_that_is_set_afterwards_is_user_data(session: &mut dyn Session) {
    users(session, "int DEFAULT 7", &["7"]).await;
    let up = "ALTER TABLE users ADD phone int; ALTER TABLE users ALTER phone SET DEFAULT 7";
    let finding = found_after(session, up).await;
    is(
        &finding,
        State::Blocked,
        "`users.phone` holds a value in 1 row.",
    );
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
    let dialect = session.dialect();
    let gone = |name: &str| format!("DROP TABLE IF EXISTS {name}");
    let again = format!("{}; CREATE TABLE missing (id int)", gone("nowhere"));
    let plan = back(
        vec![
            judged(1, dialect, "SELECT 1", &gone("missing")),
            judged(2, dialect, "SELECT 1", &gone("never")),
            judged(3, dialect, "SELECT 1", &again),
        ],
        Revert::Steps(3),
    );
    let evidence = answers(session, &plan).await.swap_remove(0).evidence;
    let of = |name: &str| {
        let mut all = evidence.iter();
        all.find(|one| one.object.as_deref() == Some(name)).unwrap()
    };
    // Of a table that no step before names, nothing comes.
    for name in ["nowhere", "never"] {
        let sentence = format!("`{name}` does not exist, so it holds nothing.");
        is(of(name), State::Clear, &sentence);
    }
    is(
        of("missing"),
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
    let case = case(&plan);
    let answers = crate::evidence::answers(&mut asking, &case, &case.backups, &raised, &steps)
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
