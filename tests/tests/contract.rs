//! Does an up that takes data go through the gate, on all three databases, and one that does not pass it by?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{
    Consent, Consumer, Decision, Environment, Error, Goal, Journal, Migrator, Outcome, Question,
    Result, Revert, RunReport, State, Version, Waiver,
};
use onward_tests::{Database, Pool, on_every_database, with_pool};

on_every_database!(
    a_new_database_is_built_without_a_question,
    production_refuses_and_says_what_to_do,
    a_dry_run_shows_the_gate_and_changes_nothing,
    staging_asks_nothing_by_itself,
    a_policy_asks_for_consent,
    every_decision_is_journalled,
    a_waiver_opens_its_question_alone_and_is_kept,
    who_is_declared_in_code_is_in_the_way,
    a_refusal_that_is_taken_out_is_missed,
    who_may_only_read_is_told_everything,
);

async fn a_new_database_is_built_without_a_question(database: Database) {
    let report = run(&database, &contract("production")).await.unwrap();
    assert_eq!(versions(&report), [1, 2, 3, 4]);
    assert_eq!(report.decision, None);
}

async fn production_refuses_and_says_what_to_do(database: Database) {
    two_numbers(&database, "production").await;
    let before = database.picture().await;
    let decision = refused(run(&database, &contract("production")).await);
    assert_eq!(database.picture().await, before);
    let said = decision.to_string();
    for part in [
        "`users.phone_number` holds a value in 2 rows.",
        "The safe way out is to run it later:",
        "What comes before it needs nothing: `up --to 3` applies that.",
        "Copy what must be kept from users.phone_number to where it stays.",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("Can it be reversed"), "{said}");

    let goal = Goal::To(Version::new(3));
    let report = up(&database, &contract("production"), goal).await.unwrap();
    assert_eq!(versions(&report), [3]);
}

async fn a_dry_run_shows_the_gate_and_changes_nothing(database: Database) {
    two_numbers(&database, "careful").await;
    let before = database.picture().await;
    let entries = database.column("SELECT hash FROM _onward_journal").await;
    let decision = judged(&database, &contract("careful")).await;
    assert!(matches!(decision.outcome, Outcome::NeedsConsent(_)));
    assert_eq!(decision.losing, ["users.phone_number"]);
    let decision = judged(&database, &contract("careful")).await;
    assert!(!decision.runs());
    assert_eq!(database.picture().await, before);
    let after = database.column("SELECT hash FROM _onward_journal").await;
    assert_eq!(after, entries);
}

async fn staging_asks_nothing_by_itself(database: Database) {
    two_numbers(&database, "staging").await;
    let report = run(&database, &contract("staging")).await.unwrap();
    assert_eq!(versions(&report), [3, 4]);
}

async fn a_policy_asks_for_consent(database: Database) {
    two_numbers(&database, "careful").await;
    let before = database.picture().await;
    let refused = refused(run(&database, &contract("careful")).await);
    assert_eq!(database.picture().await, before);
    assert!(
        refused.to_string().contains("nobody consented"),
        "{refused}"
    );

    let consent = Consent::new("ada", &refused.site, &refused.plan.hash, &*refused.losing);
    let consent = consent.seeing(&refused.answers);
    let migrator = contract("careful").consent(consent);
    let report = run(&database, &migrator).await.unwrap();
    assert_eq!(versions(&report), [3, 4]);
    let decision = report.decision.unwrap();
    assert_eq!(decision.outcome, Outcome::Consented);
}

fn contract(environment: &str) -> Migrator {
    Migrator::new(contract::MIGRATIONS).environment(Environment::named(environment))
}

/// Applies the first two, and lets two of three users leave a number.
async fn two_numbers(database: &Database, environment: &str) {
    let goal = Goal::To(Version::new(2));
    up(database, &contract(environment), goal).await.unwrap();
    database
        .execute(
            "INSERT INTO users (id, name, phone_number) VALUES \
             (1, 'Ada', '1815'), (2, 'Alan', '1912'), (3, 'Grace', NULL)",
        )
        .await;
}

async fn run(database: &Database, migrator: &Migrator) -> Result<RunReport> {
    with_pool!(database.pool, pool => migrator.run(pool).await)
}

async fn up(database: &Database, migrator: &Migrator, goal: Goal) -> Result<RunReport> {
    with_pool!(database.pool, pool => migrator.up(pool, goal).await)
}

async fn judged(database: &Database, migrator: &Migrator) -> Decision {
    with_pool!(database.pool, pool => migrator.judge_up(pool, Goal::Latest).await).unwrap()
}

fn versions(report: &RunReport) -> Vec<i64> {
    report.ran.iter().map(|ran| ran.version.number()).collect()
}

/// Every word that opened or closed the gate stands in the journal, and nobody takes it out unnoticed.
async fn every_decision_is_journalled(database: Database) {
    two_numbers(&database, "careful").await;
    let refused = refused(run(&database, &contract("careful")).await);
    let consent = Consent::new("ada", &refused.site, &refused.plan.hash, &*refused.losing);
    let migrator = contract("careful").consent(consent);
    run(&database, &migrator).await.unwrap();

    let journal = journal(&database).await;
    assert_eq!(journal.flaws, []);
    let entries = journal.entries.iter();
    let actions: Vec<&str> = entries.map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "stamped",
            "applied",
            "applied",
            "refused",
            "consented",
            "applied",
            "applied"
        ]
    );
    for entry in &journal.entries[3..] {
        assert_eq!(entry.plan, refused.plan.hash.as_str());
        assert!(!entry.actor.is_empty() && !entry.host.is_empty());
        assert_eq!(entry.environment, "careful");
    }
    let shown = journal.to_string();
    for part in [
        "question 1: blocked. `users.phone_number` holds a value in 2 rows.",
        "ada agreed to lose users.phone_number",
        "ada consented to the loss",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

/// Ada answers for the missing backup; what is lost she consents to. Neither does for the other.
async fn a_waiver_opens_its_question_alone_and_is_kept(mut database: Database) {
    // Known by themselves, so that no beat that comes late makes strangers of them.
    with_pool!(database.pool, pool => pool.close().await);
    database.pool = Pool::introduced(&database.url).await;
    two_numbers(&database, "production").await;
    let waiver = Waiver::new(Question::Backup, "restored by hand at noon", "ada").unwrap();
    let waived = contract("production").waive(waiver);
    let decision = refused(run(&database, &waived).await);
    let lacks_consent = matches!(decision.outcome, Outcome::NeedsConsent(_));
    assert!(lacks_consent, "{decision}");
    let consent = Consent::new(
        "grace",
        &decision.site,
        &decision.plan.hash,
        &*decision.losing,
    );
    let consent = consent.seeing(&decision.answers);
    let consented = contract("production").consent(consent.clone());
    let decision = refused(run(&database, &consented).await);
    assert_eq!(
        decision.outcome,
        Outcome::Blocked(vec![Question::Backup]),
        "{decision}"
    );
    let report = run(&database, &waived.consent(consent)).await.unwrap();
    assert_eq!(versions(&report), [3, 4]);

    let journal = journal(&database).await;
    assert_eq!(journal.flaws, []);
    let entries = journal.entries.iter();
    let waived = entries.filter(|entry| entry.action == "waived");
    assert_eq!(waived.count(), 1, "{journal}");
    let shown = journal.to_string();
    assert!(shown.contains("restored by hand at noon"), "{shown}");
}

async fn who_is_declared_in_code_is_in_the_way(database: Database) {
    two_numbers(&database, "production").await;
    let export = Consumer::parse("nightly billing export reads users.phone_number").unwrap();
    let decision = judged(&database, &contract("production").consumer(export)).await;
    let answers = decision.answers.iter();
    let third = answers.filter(|answer| answer.question == Question::Consumers);
    let states: Vec<State> = third.map(|answer| answer.state).collect();
    assert_eq!(states, [State::Blocked], "{decision}");
    let said = decision.to_string();
    assert!(said.contains("nightly billing export"), "{said}");
}

async fn a_refusal_that_is_taken_out_is_missed(database: Database) {
    two_numbers(&database, "careful").await;
    refused(run(&database, &contract("careful")).await);
    assert_eq!(journal(&database).await.flaws, []);
    database
        .execute("DELETE FROM _onward_journal WHERE action = 'refused'")
        .await;
    let said = journal(&database).await.verdict();
    assert!(
        said.contains("ends at entry 3, and should end at 4: entries at its end are gone"),
        "{said}"
    );
}

/// Who may only read is told of plan, status and refusal, and that the refusal is not on record.
async fn who_may_only_read_is_told_everything(database: Database) {
    two_numbers(&database, "careful").await;
    only_reads(&database.reader().await).await;
}

async fn only_reads(reader: &Pool) {
    let status = with_pool!(*reader, pool => contract("careful").status(pool).await).unwrap();
    assert_eq!(status.migrations.len(), 4);
    let plan = with_pool!(*reader, pool => contract("careful").plan(pool, Goal::Latest).await);
    assert_eq!(plan.unwrap().steps().len(), 2);
    let judged =
        with_pool!(*reader, pool => contract("careful").judge_up(pool, Goal::Latest).await);
    assert!(matches!(judged.unwrap().outcome, Outcome::NeedsConsent(_)));
    let journal = with_pool!(*reader, pool => contract("careful").journal(pool).await).unwrap();
    assert_eq!(journal.flaws, []);

    let back = Revert::Last;
    let down = with_pool!(*reader, pool => contract("careful").revert(pool, back).await);
    let said = refused(down).to_string();
    assert!(
        said.contains("This refusal could not be written into the journal: "),
        "{said}"
    );
}

fn refused(result: Result<RunReport>) -> Box<Decision> {
    match result {
        Err(Error::Refused(decision)) => decision,
        other => panic!("it was not refused: {other:?}"),
    }
}

async fn journal(database: &Database) -> Journal {
    let migrator = contract("careful");
    with_pool!(database.pool, pool => migrator.journal(pool).await).unwrap()
}
