//! What does a person read of a decision?

use super::*;

pub(super) fn phone_in_production() -> Vec<Answer> {
    let asked = |query: &str, value: &str| {
        Some(Query {
            sql: query.to_owned(),
            value: value.to_owned(),
            asked: now(),
            planned: None,
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

/// Somebody has written the way forward already.
#[test]
fn refused_while_its_way_forward_is_pending() {
    let mut later = phone(2026112202, DIALECT);
    later.name = "drop_phone_number".to_owned();
    if let onward_analysis::Down::Script(down) = &later.down {
        later.up = down.clone();
    }
    let plan = back(vec![phone(2026112201, DIALECT)], Revert::Last).beside(&[&later]);
    let site = site(Tier::Production);
    let answers = phone_in_production();
    let decision = decide(&plan, &site, &answers, &Given::default(), now());
    let said = decision.to_string();
    assert!(!said.contains("cargo onward forward"), "{said}");
    snapshot("gate/refused_while_its_way_forward_is_pending.txt", &said);
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
fn the_down_of_a_rename_refused_in_production() {
    let mut renames = phone(2026112201, DIALECT);
    if let onward_analysis::Down::Script(down) = &mut renames.down {
        down.analyses[0].losses.clear();
        down.analyses[0].changes = vec![onward_analysis::Changed {
            object: crate::fixture::object("users.phone_number"),
            how: onward_analysis::How::Rename,
        }];
    }
    let plan = back(vec![renames], Revert::Last);
    let said = decide(
        &plan,
        &site(Tier::Production),
        &phone_in_production(),
        &Given::default(),
        now(),
    )
    .to_string();
    // Code from before the rename is the last thing to deploy now.
    assert!(!said.contains("seldom in the way"), "{said}");
    let aid = "leave the schema as it is. A release from before this migration does not know users.phone_number\n\
               as it is now, and fails:";
    assert!(said.contains(aid), "{said}");
}
