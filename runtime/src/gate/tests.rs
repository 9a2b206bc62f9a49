use std::sync::Arc;
use std::time::Duration;

use onward_analysis::{Dialect, Down, Effect, Need, Tier};

use super::{decide as decide_by, *};
use crate::fixture::{back, dynamic, index, irreversible, phone, snapshot};
use crate::{Evidence, Goal, Query, Revert};

const DIALECT: Dialect = Dialect::Postgres;

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
        let mut found = phone_in_production().swap_remove(0);
        found.evidence[0].sentence = format!("`users.phone_number` holds a value in {count} rows.");
        if let Some(query) = &mut found.evidence[0].query {
            query.value = count.to_owned();
        }
        [found]
    };
    let decided = |count: &str| {
        let consent = Consent::new("ada", &site(Tier::Staging), &plan.hash(), plan.losing());
        let given = Given {
            consent: Some(
                consent
                    .seeing(&found("3"))
                    .valid_for(Duration::from_secs(1 << 30)),
            ),
            ..Given::default()
        };
        decide(plan, &site(Tier::Staging), &found(count), &given, now())
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

fn phone_in_production() -> Vec<Answer> {
    let asked = |query: &str, value: &str| {
        Some(Query {
            sql: query.to_owned(),
            value: value.to_owned(),
            asked: now(),
        })
    };
    let held = Evidence {
        object: Some("users.phone_number".to_owned()),
        state: State::Blocked,
        sentence: "`users.phone_number` holds a value in 3 rows.".to_owned(),
        query: asked(
            "SELECT count(*) FROM (SELECT 1 FROM \"users\" AS kept WHERE kept.\"phone_number\" IS NOT NULL LIMIT 10001) AS held",
            "3",
        ),
    };
    let size = Evidence {
        object: Some("users".to_owned()),
        state: State::Clear,
        sentence: "It takes at most ACCESS EXCLUSIVE on `users` (49 kB), for as long as a change of the definition lasts.".to_owned(),
        query: asked("SELECT pg_total_relation_size('users')", "49152"),
    };
    vec![
        Answer::of(Question::UserData, vec![held]),
        Answer::of(
            Question::RunningCode,
            vec![Evidence::said(
                State::Unknown,
                "Onward does not know yet which instances run.",
            )],
        ),
        Answer::of(
            Question::Consumers,
            vec![Evidence::said(
                State::Unknown,
                "Onward does not know yet who else refers to it.",
            )],
        ),
        Answer::of(
            Question::Reversible,
            vec![Evidence::said(
                State::Blocked,
                "No: 3 values of `users.phone_number` would be gone. Running the up again brings it back without what it holds.",
            )],
        ),
        Answer::of(
            Question::Backup,
            vec![Evidence::said(
                State::Unknown,
                "Onward does not know yet of any backup.",
            )],
        ),
        Answer::of(Question::Downtime, vec![size]),
    ]
}

#[test]
fn refused_in_production() {
    let mut record = phone(2026112201, DIALECT);
    record.marks.destructive = Some(onward_analysis::Reason(Some(
        "numbers typed in since the up are lost".to_owned(),
    )));
    let plan = back(vec![record], Revert::Last);
    let site = site(Tier::Production);
    let decision = decide(
        &plan,
        &site,
        &phone_in_production(),
        &Given::default(),
        now(),
    );
    snapshot("gate/refused_in_production.txt", &decision.to_string());
}

#[test]
fn refused_in_staging() {
    let plan = back(vec![phone(2026112201, DIALECT)], Revert::Last);
    let site = site(Tier::Staging);
    let decision = decide(
        &plan,
        &site,
        &phone_in_production(),
        &Given::default(),
        now(),
    );
    snapshot("gate/refused_in_staging.txt", &decision.to_string());
}

#[test]
fn waived_but_for_one() {
    let plan = back(
        vec![index(2026112202, DIALECT), dynamic(2026112203, DIALECT)],
        Revert::Steps(2),
    );
    let mut answers = all(State::Clear);
    for index in [3, 4] {
        let question = answers[index].question;
        answers[index] = Answer::of(
            question,
            vec![Evidence::said(State::Unknown, "Nobody knows.")],
        );
    }
    let given = Given {
        waivers: waivers()[..1].to_vec(),
        ..Given::default()
    };
    let decision = decide(&plan, &site(Tier::Production), &answers, &given, now());
    snapshot("gate/waived_but_for_one.txt", &decision.to_string());
}

#[test]
fn changed_right_before_it_ran() {
    let mut record = phone(2026112201, Dialect::MySql);
    if let Down::Script(script) = &mut record.down {
        script.analyses[0].statements[0].effect = Effect::ImplicitCommit;
    }
    let plan = back(vec![record], Revert::Last);
    let site = site(Tier::Production);
    let answers = &phone_in_production()[..1];
    let mut decision = decide(&plan, &site, answers, &Given::default(), now());
    decision.before = Some(plan.steps()[0].name());
    snapshot(
        "gate/changed_right_before_it_ran.txt",
        &decision.to_string(),
    );
    decision.done = 2;
    let text = decision.to_string();
    let said: Vec<&str> = text.lines().skip(1).take(3).collect();
    assert_eq!(
        said.join("\n"),
        "It was allowed, asked again before statement 3 of 2026112201 add_phone_number, and then not. What stands before that \
         statement is\ndone and cannot be undone with it; that one was not run, nor anything after it. Once the reason is \
         gone, run\nagain: it goes on there."
    );
}

/// What neither a transaction nor a table lock holds is named.
#[test]
fn what_can_be_written_unseen_is_said() {
    let of = |sql: &str, dialect, effect| {
        let mut record = phone(1, dialect);
        if let Down::Script(script) = &mut record.down {
            script.sql = Some(sql.to_owned());
            let analysis = &mut script.analyses[0];
            analysis.statements[0].effect = effect;
            analysis.statements[0].span.end = u32::try_from(sql.len()).unwrap();
        }
        let plan = back(vec![record], Revert::Last);
        let site = site(Tier::Production);
        let decision = decide(&plan, &site, &[], &Given::default(), now());
        decision.caveat
    };
    use Effect::{ImplicitCommit, NoTransaction, Transactional};
    assert_eq!(of("DROP TABLE a", Dialect::Postgres, Transactional), None);
    assert_eq!(of("DELETE FROM a", Dialect::MySql, Transactional), None);
    for (dialect, effect) in [
        (Dialect::MySql, ImplicitCommit),
        (Dialect::Postgres, NoTransaction),
    ] {
        assert_eq!(
            of("DROP DATABASE shop", dialect, effect).unwrap(),
            "No transaction and no lock holds still what `DROP DATABASE shop` takes: it is counted again right before, but a row \
             that is\nwritten in between is not seen."
        );
    }
}

#[test]
fn cleared_with_a_waiver() {
    let plan = back(vec![phone(2026112201, DIALECT)], Revert::Last);
    let mut answers = all(State::Clear);
    answers[4] = phone_in_production().swap_remove(4);
    let given = Given {
        waivers: vec![Waiver::new(Question::Backup, "restored on Friday", "ada").unwrap()],
        ..Given::default()
    };
    let decision = decide(&plan, &site(Tier::Production), &answers, &given, now());
    snapshot("gate/cleared_with_a_waiver.txt", &decision.to_string());
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
