use std::sync::Arc;
use std::time::Duration;

use onward_analysis::{Dialect, Down, Effect, Need, Tier};

use super::{decide as decide_by, *};
use crate::fixture::{back, dynamic, index, irreversible, phone, snapshot};
use crate::{Evidence, Goal, Query, Revert};

const DIALECT: Dialect = Dialect::Postgres;

mod said;
mod ups;

/// By the policy of the site's tier.
fn decide(
    plan: &Plan,
    site: &Site,
    answers: &[Answer],
    given: &Given,
    now: SystemTime,
) -> Decision {
    let policy = Policy::of_tier(site.environment.tier());
    decide_by(plan, site, &policy, answers, given, now)
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_317_129)
}

fn site(tier: Tier) -> Site {
    Site {
        database: "shop".to_owned(),
        environment: Environment::new(tier.name(), tier),
        server: None,
        ledger: None,
    }
}

fn plans() -> [Plan; 3] {
    [
        back(vec![index(3, DIALECT)], Revert::Last),
        back(vec![phone(3, DIALECT)], Revert::Last),
        back(vec![dynamic(3, DIALECT)], Revert::Last),
    ]
}

fn all(state: State) -> Vec<Answer> {
    Question::ALL
        .into_iter()
        .map(|question| Answer::of(question, vec![Evidence::said(state, "So it is.")]))
        .collect()
}

fn consent(plan: &Plan, tier: Tier) -> Given {
    Given {
        consent: Some(Consent::new(
            "ada",
            &site(tier),
            &plan.hash(),
            plan.losing(),
        )),
        ..Given::default()
    }
}

fn waivers() -> Vec<Waiver> {
    [Question::Reversible, Question::Backup, Question::Downtime]
        .map(|question| Waiver::new(question, "nobody is awake", "ada").unwrap())
        .to_vec()
}

/// Every tier × verdict × state of all six answers × consent or none.
#[test]
fn the_table() {
    for plan in plans() {
        for tier in Tier::ALL {
            for state in [State::Clear, State::Unknown, State::Blocked] {
                for given in [Given::default(), consent(&plan, tier)] {
                    let consented = given.consent.is_some();
                    let decision = decide(&plan, &site(tier), &all(state), &given, now());
                    let lossless = plan.verdict() == Verdict::Lossless;
                    let expected = match tier {
                        Tier::Development => Outcome::Free,
                        Tier::Staging if lossless => Outcome::Free,
                        Tier::Staging if consented => Outcome::Consented,
                        Tier::Staging => Outcome::NeedsConsent(ConsentGap::Missing),
                        Tier::Production if state == State::Clear => Outcome::Cleared,
                        Tier::Production if lossless => Outcome::Blocked(vec![
                            Question::RunningCode,
                            Question::Consumers,
                            Question::Downtime,
                        ]),
                        Tier::Production => Outcome::Blocked(Question::ALL.to_vec()),
                    };
                    assert_eq!(
                        decision.outcome,
                        expected,
                        "{tier} {:?} {state} consented: {consented}",
                        plan.verdict()
                    );
                }
            }
        }
    }
}

#[test]
fn in_production_each_question_blocks_by_itself() {
    let plan = &plans()[1];
    for question in Question::ALL {
        for state in [State::Unknown, State::Blocked] {
            let mut answers = all(State::Clear);
            let index = usize::from(question.number()) - 1;
            answers[index] = Answer::of(question, vec![Evidence::said(state, "It is in the way.")]);
            let site = site(Tier::Production);
            let decision = decide(plan, &site, &answers, &Given::default(), now());
            assert_eq!(decision.outcome, Outcome::Blocked(vec![question]));

            let given = Given {
                waivers: waivers(),
                ..Given::default()
            };
            let decision = decide(plan, &site, &answers, &given, now());
            assert_eq!(decision.runs(), question.can_be_waived(), "{question}");
            assert_eq!(
                decision.waivers.len(),
                usize::from(question.can_be_waived())
            );
        }
    }
}

#[test]
fn a_question_that_nobody_answered_is_unknown() {
    let decision = decide(
        &plans()[1],
        &site(Tier::Production),
        &[],
        &Given::default(),
        now(),
    );
    assert_eq!(decision.outcome, Outcome::Blocked(Question::ALL.to_vec()));
}

#[test]
fn consent_opens_nothing_in_production() {
    let plan = &plans()[1];
    let decision = decide(
        plan,
        &site(Tier::Production),
        &all(State::Blocked),
        &consent(plan, Tier::Production),
        now(),
    );
    assert!(!decision.runs());
}

#[test]
fn nothing_to_do_asks_for_nothing() {
    let plan = back(vec![phone(3, DIALECT)], Revert::Steps(0));
    let decision = decide(
        &plan,
        &site(Tier::Production),
        &[],
        &Given::default(),
        now(),
    );
    assert_eq!(decision.outcome, Outcome::Free);
}

#[test]
fn consent_is_bound_to_site_plan_time_and_loss() {
    let plan = &plans()[1];
    let other = &plans()[2];
    let here = site(Tier::Staging);
    let elsewhere = Site {
        database: "billing".to_owned(),
        ..here.clone()
    };
    // A database of the same name in another environment.
    let production = site(Tier::Production);
    // And one on another server.
    let served = Site {
        server: Some("system 7".to_owned()),
        ..here.clone()
    };
    let given = |site: &Site, plan: &Plan, losing: &[&str]| {
        Consent::new("ada", site, &plan.hash(), losing.iter().copied())
    };
    let phone = ["users.phone_number"];
    let cases = [
        (
            given(&elsewhere, plan, &phone),
            ConsentGap::OtherSite(elsewhere.clone()),
        ),
        (
            given(&production, plan, &phone),
            ConsentGap::OtherSite(production.clone()),
        ),
        (
            given(&served, plan, &phone),
            ConsentGap::OtherSite(served.clone()),
        ),
        (given(&here, other, &phone), ConsentGap::OtherPlan),
        (
            given(&here, plan, &phone).valid_for(Duration::ZERO),
            ConsentGap::Expired,
        ),
        (
            given(&here, plan, &["users"]),
            ConsentGap::Unnamed(vec!["users.phone_number".to_owned()]),
        ),
    ];
    for (consent, gap) in cases {
        let given = Given {
            consent: Some(consent),
            ..Given::default()
        };
        let decision = decide(plan, &here, &[], &given, SystemTime::now());
        assert_eq!(decision.outcome, Outcome::NeedsConsent(gap));
    }
}

#[test]
fn consent_of_another_environment_is_named() {
    let plan = &plans()[1];
    let decision = decide(
        plan,
        &site(Tier::Staging),
        &[],
        &consent(plan, Tier::Production),
        now(),
    );
    let said = decision.to_string();
    let why =
        "In the way: the consent was given for the database `shop` (production), not for this one.";
    assert!(said.contains(why), "{said}");
}

#[test]
fn consent_holds_for_what_was_seen() {
    let plan = &plans()[1];
    let found = |count: &str| {
        let mut found = said::phone_in_production().swap_remove(0);
        found.evidence[0].sentence = format!("`users.phone_number` holds a value in {count} rows.");
        if let Some(query) = &mut found.evidence[0].query {
            query.value = count.to_owned();
        }
        [found]
    };
    let decided = |count: &str| {
        let consent = Consent::new("ada", &site(Tier::Staging), &plan.hash(), plan.losing());
        let given = Given {
            consent: Some(consent.seeing(&found("3"))),
            ..Given::default()
        };
        let today = SystemTime::now();
        let decision = decide(plan, &site(Tier::Staging), &found(count), &given, today);
        Decision {
            decided: now(),
            ..decision
        }
    };
    assert_eq!(decided("3").outcome, Outcome::Consented);
    assert_eq!(decided("2").outcome, Outcome::Consented);
    let grown = decided("5000");
    assert!(matches!(
        grown.outcome,
        Outcome::NeedsConsent(ConsentGap::Grown(_))
    ));
    snapshot("gate/more_than_was_consented_to.txt", &grown.to_string());
}

#[test]
fn the_first_three_are_never_waived() {
    for question in Question::ALL {
        let waiver = Waiver::new(question, "why not", "ada");
        assert_eq!(waiver.is_ok(), question.number() > 3);
        assert!(Waiver::new(question, "  ", "ada").is_err());
        assert!(Waiver::new(question, "why not", "").is_err());
    }
}

#[test]
fn a_policy_decides_what_may_be_waived() {
    let plan = &plans()[1];
    let mut answers = all(State::Clear);
    answers[4] = Answer::of(Question::Backup, Vec::new());
    let given = Given {
        waivers: waivers(),
        ..Given::default()
    };
    let mut policy = Policy::of_tier(Tier::Production);
    let decide = |policy: &Policy| {
        decide_by(
            plan,
            &site(Tier::Production),
            policy,
            &answers,
            &given,
            now(),
        )
        .outcome
    };
    assert_eq!(decide(&policy), Outcome::Cleared);
    policy.waivable = vec![Question::Downtime];
    assert_eq!(decide(&policy), Outcome::Blocked(vec![Question::Backup]));
}

#[test]
fn consent_and_answers_can_both_be_needed() {
    let plan = back(vec![phone(3, DIALECT), index(4, DIALECT)], Revert::Steps(2));
    let mut policy = Policy::of_tier(Tier::Staging);
    policy.lossless_down = Need::Answers;
    let decide = |answers: &[Answer], given: &Given| {
        decide_by(&plan, &site(Tier::Staging), &policy, answers, given, now())
    };
    let mut answers = all(State::Clear);
    let missing = Outcome::NeedsConsent(ConsentGap::Missing);
    assert_eq!(decide(&answers, &Given::default()).outcome, missing);
    // That there is data is what consent is for; that code runs is not.
    answers[0] = Answer::of(Question::UserData, Vec::new());
    assert_eq!(
        decide(&answers, &consent(&plan, Tier::Staging)).outcome,
        Outcome::Consented
    );
    answers[1] = Answer::of(Question::RunningCode, Vec::new());
    let blocked = Outcome::Blocked(vec![Question::RunningCode]);
    assert_eq!(
        decide(&answers, &consent(&plan, Tier::Staging)).outcome,
        blocked
    );
}
