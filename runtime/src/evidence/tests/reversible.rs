//! Question 4, on each database: is it told whether what comes back takes the rows that are there, and whether nobody knows?

use onward_analysis::Record;

use super::*;
use crate::fixture::{dynamic, judged};

on_every_database!(
    rows_that_fit_what_comes_back_are_clear,
    a_row_that_does_not_fit_blocks,
    what_is_not_understood_is_unknown,
);

async fn rows_that_fit_what_comes_back_are_clear(session: &mut dyn Session) {
    users(session, "varchar(20)", &["'1'", "'2'", "NULL", "NULL"]).await;
    let back = unique_again(session.dialect());
    is(
        &asked(session, back).await,
        State::Clear,
        "Each row of `users` fits: no two rows the same in phone.",
    );
}

async fn a_row_that_does_not_fit_blocks(session: &mut dyn Session) {
    users(session, "varchar(20)", &["'1'", "'2'", "'1'"]).await;
    let back = unique_again(session.dialect());
    is(
        &asked(session, back).await,
        State::Blocked,
        "It would fail on 1 row of `users`: what fits is no two rows the same in phone.",
    );
}

async fn what_is_not_understood_is_unknown(session: &mut dyn Session) {
    let back = dynamic(1, session.dialect());
    is(
        &asked(session, back).await,
        State::Unknown,
        "1 rebuild_partitions is not understood, so what it takes is not known.",
    );
}

/// A key that the up drops and the down makes again.
fn unique_again(dialect: Dialect) -> Record {
    let up = match dialect {
        Dialect::MySql => "DROP INDEX one ON users",
        Dialect::Postgres | Dialect::Sqlite => "DROP INDEX one",
    };
    judged(1, dialect, up, "CREATE UNIQUE INDEX one ON users (phone)")
}

/// What question 4 finds on the way back from `record`.
async fn asked(session: &mut dyn Session, record: Record) -> Evidence {
    let plan = back(vec![record], Revert::Last);
    let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
    // Whatever the verdict raises: this is the answer to it.
    let answer = crate::evidence::reversible::answer(&mut asking, &[&plan.steps()[0]], &[]).await;
    asking.end().await.unwrap();
    let answer = answer.unwrap();
    let [evidence] = <[Evidence; 1]>::try_from(answer.evidence).unwrap();
    assert_eq!(evidence.state, answer.state);
    evidence
}
