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
    let sentence = "The function `keep()` fails once `users.phone_number` is there: it puts whole rows where each value needs a \
                    column, and the numbers differ then.";
    let answer = Answer::of(
        Question::Consumers,
        vec![Evidence::said(State::Blocked, sentence)],
    );
    let site = site(Tier::Production);
    let decision = decide(&plan, &site, &[answer], &Given::default(), now());
    snapshot(
        "gate/addition_refused_in_production.txt",
        &decision.to_string(),
    );
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
