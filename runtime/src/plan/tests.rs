use super::*;
use crate::fixture::{back, dynamic, index, irreversible, phone};

const DIALECT: Dialect = Dialect::Postgres;

fn catalog() -> Vec<Arc<Record>> {
    [
        index(1, DIALECT),
        irreversible(2, DIALECT),
        phone(3, DIALECT),
        index(4, DIALECT),
    ]
    .map(Arc::new)
    .to_vec()
}

fn versions(plan: &Plan) -> Vec<i64> {
    plan.steps().iter().map(|s| s.version().number()).collect()
}

fn forward(applied: &[i64], goal: Goal) -> Result<Plan, PlanError> {
    let is_applied = |version: Version| applied.contains(&version.number());
    Plan::forward(
        &catalog(),
        is_applied,
        goal,
        &Environment::development(),
        DIALECT,
    )
}

fn backward(goal: Revert) -> Result<Plan, PlanError> {
    Plan::back(&catalog(), goal, &Environment::development(), DIALECT)
}

#[test]
fn forward_takes_what_is_pending_up_to_the_goal() {
    let to = |version| Goal::To(Version::new(version));
    for (applied, goal, expected) in [
        (&[][..], Goal::Latest, &[1, 2, 3, 4][..]),
        (&[1, 2], Goal::Latest, &[3, 4]),
        (&[1, 3], Goal::Latest, &[2, 4]),
        (&[1, 2, 3, 4], Goal::Latest, &[]),
        (&[1], Goal::Steps(2), &[2, 3]),
        (&[1], Goal::Steps(0), &[]),
        (&[1], Goal::Steps(9), &[2, 3, 4]),
        (&[], to(2), &[1, 2]),
        (&[1, 2], to(2), &[]),
    ] {
        let plan = forward(applied, goal).unwrap();
        assert_eq!(versions(&plan), expected, "{applied:?} {goal:?}");
    }
}

#[test]
fn forward_leaves_out_what_is_not_for_this_environment() {
    let mut records = catalog();
    Arc::make_mut(&mut records[1]).only = vec!["development".to_owned()];
    let plan = |environment: Environment| {
        let plan = Plan::forward(&records, |_| false, Goal::Latest, &environment, DIALECT);
        versions(&plan.unwrap())
    };
    assert_eq!(plan(Environment::development()), [1, 2, 3, 4]);
    assert_eq!(plan(Environment::named("sandbox")), [1, 3, 4]);
    let sandbox = Environment::new("sandbox", onward_analysis::Tier::Development);
    assert_eq!(plan(sandbox), [1, 2, 3, 4]);
}

#[test]
fn a_goal_must_exist() {
    let error = forward(&[], Goal::To(Version::new(9))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "There is no migration 9 in the catalog; the newest is 4.\n\
         Nothing has run. `status` lists the versions that there are, `up` applies all that are pending, and `cargo onward forward 4` \
         writes the migration that undoes the newest."
    );
    let error = backward(Revert::To(Version::new(9))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Migration 9 is not applied to this database, so there is nothing of it to take back; the newest that is applied is 4.\n\
         Nothing has run. `status` lists what is applied. `cargo onward forward 4` writes the migration that undoes the newest, which is \
         the safe way; `down` takes it back where the gate opens."
    );
}

#[test]
fn back_goes_newest_first() {
    let to = |version| Revert::To(Version::new(version));
    for (goal, expected) in [
        (Revert::Last, &[4][..]),
        (Revert::Steps(2), &[4, 3]),
        (Revert::Steps(0), &[]),
        (to(2), &[4, 3]),
        (to(4), &[]),
        (Revert::Only(Version::new(4)), &[4]),
    ] {
        assert_eq!(versions(&backward(goal).unwrap()), expected, "{goal:?}");
    }
}

#[test]
fn version_zero_is_the_empty_database() {
    let plan = back(
        vec![index(1, DIALECT), phone(2, DIALECT)],
        Revert::To(Version::new(0)),
    );
    assert_eq!(versions(&plan), [2, 1]);
}

#[test]
fn a_version_in_the_middle_names_what_stands_on_it() {
    let error = backward(Revert::Only(Version::new(2))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 drop_sessions cannot be reverted alone: 2 newer migrations stand on it:\n    \
             4 index_users\n    \
             3 add_phone_number\n\
         To revert those too, newest first: `down --to 1`. \
         To undo it and keep them: `cargo onward forward 2` writes its down as a new migration."
    );
}

#[test]
fn nothing_beneath_an_irreversible_migration_is_reverted() {
    let error = backward(Revert::To(Version::new(0))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 drop_sessions is irreversible: sessions expire anyway.\n\
         So nothing beneath it can be reverted either:\n    \
             1 index_users\n\
         The 2 migrations above it can be reverted: `down --to 2`. \
         Beyond that, the way out is forward: `cargo onward forward 2` writes the migration that undoes it, where that can be worked \
         out.\n\
         On a developer's machine, where nobody misses the data, the database can be made anew instead."
    );
    let last = Plan::back(
        &catalog()[..2],
        Revert::Last,
        &Environment::development(),
        DIALECT,
    );
    assert_eq!(
        last.unwrap_err().to_string(),
        "2 drop_sessions is irreversible: sessions expire anyway.\n\
         The way out is forward: `cargo onward forward 2` writes the migration that undoes it, where that can be worked out.\n\
         On a developer's machine, where nobody misses the data, the database can be made anew instead."
    );
}

#[test]
fn a_down_runs_only_where_its_author_allows_it() {
    let mut record = phone(3, DIALECT);
    record.down_in = vec!["development".to_owned(), "staging".to_owned()];
    let records = [Arc::new(record)];
    let plan = |environment: Environment| Plan::back(&records, Revert::Last, &environment, DIALECT);
    assert!(plan(Environment::development()).is_ok());
    assert!(plan(Environment::staging()).is_ok());
    assert_eq!(
        plan(Environment::production()).unwrap_err().to_string(),
        "The down of 3 add_phone_number does not run in production: its author allows it in \
         development, staging only.\n\
         The way out is forward: `cargo onward forward 3` writes that down as a new migration."
    );
}

#[test]
fn what_was_never_checked_for_this_database_does_not_run() {
    let plan = Plan::forward(
        &catalog(),
        |_| false,
        Goal::Latest,
        &Environment::development(),
        Dialect::MySql,
    );
    assert_eq!(
        plan.unwrap_err().to_string(),
        "The up of 1 index_users was never checked for mysql, only for postgres.\n\
         Nothing has run. Add `mysql` to `dialects` in onward.toml, or to its `dialect(…)`, and compile again."
    );
    let back = Plan::back(
        &catalog(),
        Revert::Last,
        &Environment::development(),
        Dialect::Sqlite,
    );
    let said = back.unwrap_err().to_string();
    assert!(
        said.ends_with("; `cargo onward forward 4` then writes the migration that undoes it."),
        "{said}"
    );
}

#[test]
fn the_worst_step_is_the_verdict() {
    let verdict = |records| back(records, Revert::To(Version::new(0))).verdict();
    assert_eq!(verdict(vec![index(1, DIALECT)]), Verdict::Lossless);
    assert_eq!(
        verdict(vec![index(1, DIALECT), phone(2, DIALECT)]),
        Verdict::Lossy
    );
    assert_eq!(
        verdict(vec![
            dynamic(1, DIALECT),
            phone(2, DIALECT),
            index(3, DIALECT)
        ]),
        Verdict::Unknown
    );
}

#[test]
fn rust_is_unknown_and_runs_on_any_database() {
    let mut record = index(1, DIALECT);
    if let Down::Script(script) = &mut record.down {
        script.sql = None;
        script.analyses.clear();
    }
    let plan = back(vec![record], Revert::Last);
    assert_eq!(plan.verdict(), Verdict::Unknown);
    assert_eq!(plan.losing(), ["whatever 1 index_users takes"]);
}

#[test]
fn the_hash_is_over_everything_that_runs() {
    let one = back(vec![phone(3, DIALECT)], Revert::Last);
    assert_eq!(
        one.hash(),
        back(vec![phone(3, DIALECT)], Revert::Last).hash()
    );
    let others = [
        back(vec![phone(4, DIALECT)], Revert::Last),
        back(vec![phone(3, Dialect::Sqlite)], Revert::Last),
        back(vec![dynamic(3, DIALECT)], Revert::Last),
        back(vec![phone(3, DIALECT)], Revert::Steps(0)),
        Plan::forward(
            &[Arc::new(phone(3, DIALECT))],
            |_| false,
            Goal::Latest,
            &Environment::development(),
            DIALECT,
        )
        .unwrap(),
    ];
    for other in others {
        assert_ne!(one.hash(), other.hash(), "{other:?}");
    }
}
