//! Is what an author declares of an up that nobody can follow asked about like what a statement takes?

use onward_analysis::{LossKind, Object, Record, Verdict};

use super::*;
use crate::fixture::{dynamic, forward, phone, script};

on_every_database!(
    what_is_declared_to_be_taken_is_counted,
    what_is_declared_to_be_changed_is_looked_for,
    a_name_that_is_not_there_is_unknown,
    beside_a_loss_that_is_understood_it_is_asked_about_too,
    without_a_declaration_nothing_is_known,
);

async fn what_is_declared_to_be_taken_is_counted(session: &mut dyn Session) {
    users(session, "varchar(20)", &["'1'", "NULL"]).await;
    for record in ups(session.dialect(), &["users.phone"], &[]) {
        let found = asked(session, record).await;
        // Like an UPDATE: which of them it takes, only a run would tell.
        assert_eq!(found[0].state, State::Unknown, "{found:#?}");
        let said = &found[0].evidence[0].sentence;
        assert!(
            said.contains("`users.phone` holds a value in 1 row"),
            "{said}"
        );
        let said = &found[0].evidence.last().unwrap().sentence;
        assert!(
            said.ends_with(
                "Its author names `users.phone`, which was asked about; that it takes data of nothing else rests on that alone, \
                 and nothing verifies it."
            ),
            "{said}"
        );
    }
    session
        .execute("UPDATE users SET phone = NULL")
        .await
        .unwrap();
    for record in ups(session.dialect(), &["users.phone"], &[]) {
        let found = asked(session, record).await;
        assert_eq!(found[0].state, State::Clear, "{found:#?}");
    }
}

async fn what_is_declared_to_be_changed_is_looked_for(session: &mut dyn Session) {
    users(session, "varchar(20)", &[]).await;
    let view = "CREATE VIEW callable AS SELECT phone FROM users";
    session.execute(view).await.unwrap();
    let phone: &[&str] = &["users.phone"];
    // What takes data may have dropped what it was in, whether or not its author says so.
    for (takes, changes) in [(phone, phone), (phone, &[]), (&[], phone)] {
        for record in ups(session.dialect(), takes, changes) {
            let found = asked(session, record).await;
            assert_eq!(found[2].state, State::Blocked, "{found:#?}");
            for answer in &found[1..3] {
                let mut said = answer.evidence.iter().map(|one| &one.sentence);
                assert!(
                    said.any(
                        |said| said.contains("that it changes nothing else rests on that alone")
                    ),
                    "{answer:#?}"
                );
            }
        }
    }
}

/// Whoever misspells it has declared nothing.
async fn a_name_that_is_not_there_is_unknown(session: &mut dyn Session) {
    users(session, "varchar(20)", &["'1'"]).await;
    for name in ["users.fone", "user", "user.phone"] {
        for record in ups(session.dialect(), &[name], &[]) {
            let found = asked(session, record).await;
            assert_eq!(found[0].state, State::Unknown, "{name}: {found:#?}");
            is_not_there(&found, name);
        }
    }
    // A table's name is another one in another case, but for SQLite; a column's is on PostgreSQL.
    let cased: &[&str] = match session.dialect() {
        Dialect::Postgres => &["Users", "users.Phone"],
        Dialect::MySql => &["Users"],
        Dialect::Sqlite => &[],
    };
    for name in ["users.fone", "user", "user.phone"].iter().chain(cased) {
        for record in ups(session.dialect(), &["users.phone"], &[name]) {
            is_not_there(&asked(session, record).await, name);
        }
    }
    for name in ["users", "users.phone"] {
        for record in ups(session.dialect(), &[], &[name]) {
            let found = asked(session, record).await;
            assert_eq!(not_there(&found[1], name), 0, "{found:#?}");
            assert_eq!(found[2].state, State::Clear, "{found:#?}");
        }
    }
}

/// Questions 2 and 3 are unknown, because of the name.
fn is_not_there(found: &[Answer], name: &str) {
    for answer in &found[1..3] {
        assert_eq!(answer.state, State::Unknown, "{name}: {answer:#?}");
        assert_eq!(not_there(answer, name), 1, "{name}: {answer:#?}");
    }
}

fn not_there(answer: &Answer, name: &str) -> usize {
    let said = format!("Who uses `{name}`, which the author of");
    let evidence = answer.evidence.iter();
    evidence
        .filter(|one| one.sentence.starts_with(&said))
        .count()
}

/// A loss that is understood hides nothing that is not: `DROP TABLE scratch` beside a text that is put together.
async fn beside_a_loss_that_is_understood_it_is_asked_about_too(session: &mut dyn Session) {
    users(session, "varchar(20)", &["'1'"]).await;
    let scratch = "CREATE TABLE scratch (id int)";
    session.execute(scratch).await.unwrap();
    let beside = |takes: &[&str]| {
        let [mut record, _] = ups(session.dialect(), takes, takes);
        let up = &mut record.up.analyses[0];
        let drops = script(
            up.dialect,
            "DROP TABLE scratch",
            Verdict::Lossy,
            &[("scratch", LossKind::DropTable)],
        );
        (up.verdict, up.losses) = (Verdict::Lossy, drops.analyses[0].losses.clone());
        record
    };
    let (silent, named) = (beside(&[]), beside(&["users.phone"]));
    let mut asserted = silent.clone();
    asserted.marks.assert_lossless = Some("it only builds".to_owned());

    let found = asked(session, silent).await;
    assert!(
        found.iter().all(|answer| answer.state == State::Unknown),
        "{found:#?}"
    );
    let found = asked(session, named).await;
    assert_eq!(found[0].state, State::Unknown, "{found:#?}");
    let mut said = found[0].evidence.iter().map(|one| &one.sentence);
    assert!(
        said.any(|said| said.contains("`users.phone` holds a value in 1 row")),
        "{found:#?}"
    );
    assert_ne!(found[3].state, State::Clear, "{found:#?}");
    let found = asked(session, asserted).await;
    assert_eq!(found[0].state, State::Clear, "{found:#?}");
}

async fn without_a_declaration_nothing_is_known(session: &mut dyn Session) {
    users(session, "varchar(20)", &[]).await;
    for record in ups(session.dialect(), &[], &[]) {
        let found = asked(session, record).await;
        assert!(
            found[..3]
                .iter()
                .all(|answer| answer.state == State::Unknown),
            "{found:#?}"
        );
    }
    // Of one that is said to change something and not what it takes, that stays open.
    for record in ups(session.dialect(), &[], &["users.phone"]) {
        let found = asked(session, record).await;
        assert_eq!(found[0].state, State::Unknown, "{found:#?}");
    }
}

/// An up that is put together where it runs, and one in Rust.
fn ups(dialect: Dialect, takes: &[&str], changes: &[&str]) -> [Record; 2] {
    let named = |names: &[&str]| -> Vec<Object> {
        names
            .iter()
            .map(|name| Object::named(name).unwrap())
            .collect()
    };
    let Down::Script(unknown) = dynamic(1, dialect).down else {
        unreachable!("it has a down");
    };
    let mut rust = unknown.clone();
    (rust.sql, rust.analyses) = (None, Vec::new());
    [unknown, rust].map(|up| {
        let mut record = phone(1, dialect);
        record.up = up;
        record.marks.lossy = Some("old numbers go".to_owned());
        (record.marks.takes, record.marks.changes) = (named(takes), named(changes));
        record
    })
}

/// Questions 1, 2, 3, 5 and 6 of the way forward.
async fn asked(session: &mut dyn Session, record: Record) -> Vec<Answer> {
    // Its dialect is told by the first record's analysis, which Rust has none of.
    let first = phone(0, session.dialect());
    let plan = forward(vec![first, record]);
    let case = Case {
        plan: plan.clone(),
        ..case(&plan)
    };
    gather(session, &case).await.unwrap()
}
