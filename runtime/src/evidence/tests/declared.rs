//! Is what an author declares of an up that nobody can follow asked about like what a statement takes?

use onward_analysis::{Object, Record};

use super::*;
use crate::fixture::{dynamic, forward, phone};

on_every_database!(
    what_is_declared_to_be_taken_is_counted,
    what_is_declared_to_be_changed_is_looked_for,
    a_name_that_is_not_there_is_unknown,
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
            said.ends_with("that it takes data of `users.phone` alone."),
            "{said}"
        );
        assert_eq!(found[1].state, State::Clear, "{found:#?}");
        let said = &found[1].evidence[0].sentence;
        assert!(
            said.ends_with("that it drops, renames and retypes nothing."),
            "{said}"
        );
        assert_eq!(found[2].state, State::Clear, "{found:#?}");
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
    for record in ups(session.dialect(), &["users.phone"], &["users.phone"]) {
        let found = asked(session, record).await;
        assert_eq!(found[2].state, State::Blocked, "{found:#?}");
        assert_ne!(found[1].state, State::Blocked, "{found:#?}");
    }
}

/// Whoever misspells it has declared nothing.
async fn a_name_that_is_not_there_is_unknown(session: &mut dyn Session) {
    users(session, "varchar(20)", &["'1'"]).await;
    for name in ["users.fone", "user", "user.phone"] {
        for record in ups(session.dialect(), &[name], &[]) {
            let found = asked(session, record).await;
            assert_eq!(found[0].state, State::Unknown, "{name}: {found:#?}");
        }
    }
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
