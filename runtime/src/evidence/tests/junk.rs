//! What if something stands on the list of instances that no Onward has written?

use super::*;
use crate::instances::Program;

on_every_database!(numbers_beyond_all_bounds_are_not_taken_for_nobody);

async fn numbers_beyond_all_bounds_are_not_taken_for_nobody(session: &mut dyn Session) {
    let dialect = session.dialect();
    users(session, "int", &["1"]).await;
    let program = Program {
        catalogs: Default::default(),
        code: Vec::new(),
        crates: Vec::new(),
    };
    rows::registers(session, &program).await;
    let add = "ALTER TABLE users ADD COLUMN phone int";
    let drop = "ALTER TABLE users DROP COLUMN phone";
    let plan = back(
        vec![crate::fixture::judged(1, dialect, add, drop)],
        Revert::Last,
    );
    let (most, least) = (i64::MAX, i64::MIN + 1);
    for junk in [
        format!("lasts = {most}"),
        format!("seen = {most}"),
        format!("connections = {most}, pid = {least}"),
        format!("connections = {least}, format = {most}"),
        "program = '{{{'".to_owned(),
        "id = ''".to_owned(),
    ] {
        let set = format!("UPDATE _onward_instances SET {junk}");
        session.execute(&set).await.unwrap();
        let answer = answers(session, &plan).await.swap_remove(1);
        assert_ne!(answer.state, State::Clear, "{junk}: {answer:#?}");
    }
}

/// A text that is none, as another program may write it into SQLite's file.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn bytes_that_are_no_text_are_unknown() {
    sqlite(async |session| {
        users(session, "int", &["1"]).await;
        let view = "CREATE VIEW seen AS SELECT phone FROM users; PRAGMA writable_schema = ON; \
                    UPDATE sqlite_schema SET sql = CAST(x'ff' || sql AS TEXT) WHERE name = 'seen'; PRAGMA writable_schema = OFF";
        session.execute(view).await.unwrap();
        let plan = losing(session.dialect(), &[&[("users.phone", LossKind::DropColumn)]]);
        let answer = answers(session, &plan).await.swap_remove(2);
        assert_eq!(answer.state, State::Unknown, "{answer:#?}");
        let said: Vec<&str> = answer.evidence.iter().map(|one| one.sentence.as_str()).collect();
        assert!(said.concat().contains("cannot be read"), "{said:?}");
    })
    .await;
}
