//! Does what came after the plan keep a step from running?

use super::*;
use crate::history::Ground;

on_every_database!(
    a_row_that_came_after_the_plan_keeps_the_step_from_running,
    a_view_that_came_after_the_plan_keeps_the_step_from_running,
);

/// The gate, open for `plan`: whatever was asked is clear, and a system tells of a backup from before it.
fn open(plan: &Plan) -> Guard {
    let clear = |question| Answer::of(question, vec![Evidence::said(State::Clear, "So it is.")]);
    let now = std::time::SystemTime::now();
    let backup =
        crate::Backup::new("the dump", now, "/srv/dumps/shop").verified("ada", "restored it");
    let applied = plan.steps().iter().map(|step| (step.version(), now));
    let backups = Backups {
        applied: applied.collect(),
        told: vec![backup],
        ..Backups::default()
    };
    Guard {
        case: Case {
            backups,
            ..case(plan)
        },
        site: Site {
            database: "shop".to_owned(),
            environment: Environment::production(),
            server: None,
            ledger: None,
        },
        ground: Ground::of(&Default::default(), "shop", &Environment::production()),
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
