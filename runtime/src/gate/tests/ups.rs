//! May an up run that takes data?

use super::*;

fn drop_sessions() -> Plan {
    let mut before = index(2026112203, DIALECT);
    before.marks = onward_analysis::Marks::default();
    let records = [before, irreversible(2026112204, DIALECT)].map(Arc::new);
    let here = Environment::production();
    Plan::forward(&records, |_| false, Goal::Latest, &here, DIALECT).unwrap()
}

/// Question 1 of what an up takes, with everything else clear but for `open`.
fn held_but(open: &[Question]) -> Vec<Answer> {
    let mut answers = all(State::Clear);
    for answer in &mut answers {
        if open.contains(&answer.question) {
            let sentence = "It is in the way.";
            *answer = Answer::of(
                answer.question,
                vec![Evidence::said(State::Blocked, sentence)],
            );
        }
    }
    answers[0] = Answer::of(
        Question::UserData,
        vec![Evidence::said(State::Blocked, "`sessions` holds 3 rows.")],
    );
    answers
}

#[test]
fn an_up_that_takes_data_is_consented_to_in_production() {
    let plan = drop_sessions();
    let here = site(Tier::Production);
    let answers = held_but(&[]);
    let decision = decide(&plan, &here, &answers, &Given::default(), now());
    let missing = Outcome::NeedsConsent(ConsentGap::Missing);
    assert_eq!(decision.outcome, missing);
    assert_eq!(
        decision.applicable,
        Some(onward_analysis::Version::new(2026112203))
    );
    let decision = decide(
        &plan,
        &here,
        &answers,
        &consent(&plan, Tier::Production),
        now(),
    );
    assert_eq!(decision.outcome, Outcome::Consented);
    assert!(decision.consent.is_some());
}

#[test]
fn consent_to_an_up_opens_no_other_question() {
    let plan = drop_sessions();
    let here = site(Tier::Production);
    let raised = [
        Question::RunningCode,
        Question::Consumers,
        Question::Backup,
        Question::Downtime,
    ];
    for question in raised {
        let answers = held_but(&[question]);
        let decision = decide(
            &plan,
            &here,
            &answers,
            &consent(&plan, Tier::Production),
            now(),
        );
        assert_eq!(decision.outcome, Outcome::Blocked(vec![question]));
        let decision = decide(&plan, &here, &answers, &Given::default(), now());
        let both = vec![Question::UserData, question];
        assert_eq!(decision.outcome, Outcome::Blocked(both));
    }
    let given = Given {
        waivers: waivers(),
        ..consent(&plan, Tier::Production)
    };
    let answers = held_but(&[Question::Backup, Question::Downtime]);
    let decision = decide(&plan, &here, &answers, &given, now());
    assert_eq!(decision.outcome, Outcome::Consented);
    assert_eq!(decision.waivers.len(), 2);
}

#[test]
fn an_up_refused_in_production() {
    let answers = held_but(&[Question::RunningCode, Question::Consumers, Question::Backup]);
    let here = site(Tier::Production);
    let decision = decide(&drop_sessions(), &here, &answers, &Given::default(), now());
    snapshot("gate/up_refused_in_production.txt", &decision.to_string());
}

#[test]
fn an_up_that_only_needs_consent() {
    let here = site(Tier::Production);
    let decision = decide(
        &drop_sessions(),
        &here,
        &held_but(&[]),
        &Given::default(),
        now(),
    );
    snapshot("gate/up_needs_consent.txt", &decision.to_string());
}

/// The one refusal that nobody expects: nothing goes.
#[test]
fn a_column_that_is_added_refused_in_production() {
    let mut adds = phone(2026112204, DIALECT);
    adds.up.analyses[0].adds = vec![crate::fixture::object("users.phone_number")];
    let here = Environment::production();
    let records = [Arc::new(adds)];
    let plan = Plan::forward(&records, |_| false, Goal::Latest, &here, DIALECT).unwrap();
    let site = site(Tier::Production);
    let decided = |state: [State; 2], said: [&str; 2]| {
        let questions = [Question::RunningCode, Question::Consumers];
        let answers = questions.iter().zip(state.into_iter().zip(said));
        let answers = answers.map(|(question, (state, said))| {
            Answer::of(*question, vec![Evidence::said(state, said)])
        });
        let answers: Vec<Answer> = answers.collect();
        decide(&plan, &site, &answers, &Given::default(), now()).to_string()
    };
    let none = "A column is added, and no query of what runs is known to fail with it.";
    let copies = "The function `keep()` fails once `users.phone_number` is there: it puts whole rows where each value needs a \
                  column, and the numbers differ then.";
    snapshot(
        "gate/addition_refused_in_production.txt",
        &decided([State::Clear, State::Blocked], [none, copies]),
    );
    let writes = "2 live instances of shop-web build 77 (web on web-1; last seen 4 s ago) use all columns without naming them \
                  (src/users.rs:12), and that query fails once `users.phone_number` is there.";
    let nothing =
        "Nothing is seen that copies whole rows to where `users.phone_number` has no place.";
    snapshot(
        "gate/addition_refused_by_running_code.txt",
        &decided([State::Blocked, State::Clear], [writes, nothing]),
    );
}

/// Each database has its own ways to a backup and to short locks.
#[test]
fn what_helps_is_of_the_database() {
    for (dialect, command, short) in [
        (Dialect::Sqlite, "`backup make FILE`", false),
        (Dialect::Postgres, "`backup verify FILE --taken TIME`", true),
        (Dialect::MySql, "with mariadb-dump", false),
    ] {
        let drops = "ALTER TABLE users DROP COLUMN phone_number";
        let plan =
            crate::fixture::forward(vec![crate::fixture::judged(1, dialect, drops, "SELECT 1")]);
        let answers = all(State::Unknown);
        let site = site(Tier::Production);
        let said = decide(&plan, &site, &answers, &Given::default(), now()).to_string();
        assert!(said.contains(command), "{said}");
        assert_eq!(said.contains("CONCURRENTLY"), short, "{said}");
        let find_out = "What keeps anybody from telling stands above, under question 2";
        assert!(said.contains(find_out), "{said}");
    }
}

/// A type has no moment at which both releases fit, so no one migration is the way back either.
#[test]
fn a_type_goes_back_in_stages() {
    let (up, down) = (
        "ALTER TABLE users ALTER COLUMN id TYPE bigint",
        "ALTER TABLE users ALTER COLUMN id TYPE int",
    );
    let plan = back(
        vec![crate::fixture::judged(1, DIALECT, up, down)],
        Revert::Last,
    );
    let answers = all(State::Unknown);
    let said = decide(
        &plan,
        &site(Tier::Production),
        &answers,
        &Given::default(),
        now(),
    );
    let said = said.to_string();
    for part in [
        "So let it grow and shrink, instead of one migration",
        "Or, while no instance runs, undo it by a new migration",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("remove it"), "{said}");
}

/// Nobody is told to change what nobody could find.
#[test]
fn who_refers_to_it_is_not_known() {
    let why = "This user has no SHOW VIEW on the whole database, so it may not be shown all that refers to it: grant it.";
    let unknown = |question| {
        let state = if question == Question::Consumers {
            State::Unknown
        } else {
            State::Clear
        };
        Answer::of(question, vec![Evidence::said(state, why)])
    };
    let answers = Question::ALL.map(unknown);
    let site = site(Tier::Production);
    let mut renames = phone(2026112204, DIALECT);
    renames.up.analyses[0].changes = vec![onward_analysis::Changed {
        object: crate::fixture::object("users.phone_number"),
        how: onward_analysis::How::Drop,
    }];
    let here = Environment::production();
    let records = [Arc::new(renames.clone())];
    let up = Plan::forward(&records, |_| false, Goal::Latest, &here, DIALECT).unwrap();
    let down = crate::fixture::back(vec![renames], crate::Revert::Last);
    for (plan, command) in [(up, "up"), (down, "down")] {
        let said = decide(&plan, &site, &answers, &Given::default(), now()).to_string();
        let told = format!("ask again: `{command} --dry-run`");
        let finds = "Find out who refers to users.phone_number.";
        let line = said.replace("\n     ", " ");
        assert!(line.contains(finds) && line.contains(&told), "{said}");
        assert!(!said.contains("Change or remove what refers"), "{said}");
    }
}

#[test]
fn a_rename_refused_in_production() {
    let mut renames = phone(2026112204, DIALECT);
    renames.up.analyses[0].changes = vec![onward_analysis::Changed {
        object: crate::fixture::object("users.phone_number"),
        how: onward_analysis::How::Rename,
    }];
    let here = Environment::production();
    let records = [Arc::new(renames)];
    let plan = Plan::forward(&records, |_| false, Goal::Latest, &here, DIALECT).unwrap();
    let answers = held_but(&[Question::RunningCode]);
    let here = site(Tier::Production);
    let decision = decide(&plan, &here, &answers, &Given::default(), now());
    snapshot(
        "gate/rename_refused_in_production.txt",
        &decision.to_string(),
    );
}
