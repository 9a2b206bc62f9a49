//! Is it noticed when somebody changes the journal by hand?

use onward_analysis::Dialect;

use super::{memory, migrator, three};
use crate::fixture::judged;
use crate::{Environment, Question, Revert, State};

#[tokio::test]
async fn whoever_changes_the_journal_is_noticed() {
    let forgeries = [
        (
            "UPDATE _onward_journal SET actor = 'nobody' WHERE seq = 2",
            "Entry 2 was altered.",
        ),
        (
            "UPDATE _onward_journal SET evidence = CAST(x'ff' AS TEXT) WHERE seq = 1",
            "Entry 1 was altered.",
        ),
        (
            "UPDATE _onward_journal SET hash = x'ff' WHERE seq = 4",
            "Entry 4 was altered.",
        ),
        (
            "UPDATE _onward_head SET hash = CAST(x'ff' AS TEXT)",
            "The journal ends at entry 4, which is not what the head says of its end, 4.",
        ),
        (
            "UPDATE _onward_history SET record = CAST(x'ff' AS TEXT) WHERE version = 2",
            "keeps of 2 is not what",
        ),
        (
            "DELETE FROM _onward_journal WHERE seq = 3",
            "Entry 4 does not follow",
        ),
        (
            "DELETE FROM _onward_journal WHERE seq = 4",
            "disagree on whether 3 is applied",
        ),
        (
            "DELETE FROM _onward_history WHERE version = 2",
            "disagree on whether 2 is applied",
        ),
        (
            "UPDATE _onward_head SET seq = 3, hash = (SELECT hash FROM _onward_journal WHERE seq = 3)",
            "The journal ends at entry 4, which is not what the head says of its end, 3.",
        ),
        (
            "DELETE FROM _onward_head",
            "The row of `_onward_head` is gone, which says where the journal ends: entries at its end may be gone too.",
        ),
        (
            "UPDATE _onward_head SET environment = 'scratch'",
            "`_onward_head` has another label than the database was given: development.",
        ),
        (
            "DELETE FROM _onward_journal",
            "The journal ends at entry 0, and should end at 4: entries at its end are gone.",
        ),
        (
            "INSERT INTO _onward_journal SELECT 5, at, action, version, actor, host, environment, plan, evidence, hash, hash \
             FROM _onward_journal WHERE seq = 4",
            "Entry 5 was altered.",
        ),
    ];
    for (forgery, noticed) in forgeries {
        let pool = memory().await;
        let migrator = migrator(&three(Dialect::Sqlite));
        assert!(migrator.journal(&pool).await.unwrap().entries.is_empty());
        migrator.run(&pool).await.unwrap();
        let journal = migrator.journal(&pool).await.unwrap();
        assert_eq!((journal.entries.len(), journal.flaws.len()), (4, 0));
        sqlx::raw_sql(forgery).execute(&pool).await.unwrap();
        let shown = migrator.journal(&pool).await.unwrap().to_string();
        assert!(shown.contains(noticed), "{forgery}: {shown}");
    }
}

/// SQLite keeps any bytes as a text. What nobody can read is told as changed, and not in a driver's words.
#[tokio::test]
async fn bytes_that_are_no_text_are_told_as_changed() {
    let up = "CREATE TABLE a (id integer)";
    let mut record = judged(1, Dialect::Sqlite, up, "DROP TABLE a");
    record.catalog = "app".to_owned();
    let production = || migrator(&[record.clone()]).environment(Environment::production());
    let bytes = "CAST(x'ff' AS TEXT)";
    for set in ["_onward_history SET name", "_onward_head SET hash"] {
        let pool = memory().await;
        production().run(&pool).await.unwrap();
        let forgery = format!("UPDATE {set} = {bytes}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(forgery))
            .execute(&pool)
            .await
            .unwrap();
        let refused = production().status(&pool).await.unwrap_err().to_string();
        assert!(
            refused.starts_with("The history cannot be trusted: "),
            "{refused}"
        );
        assert!(refused.contains("bytes that are no text"), "{refused}");
    }
    // Of the label's entry no milder label is believed, and the rest of it is no reason to stop.
    let pool = memory().await;
    production().run(&pool).await.unwrap();
    let forgery = format!(
        "UPDATE _onward_journal SET actor = {bytes} WHERE seq = 1; \
         UPDATE _onward_head SET environment = 'development', tier = 'development'"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(forgery))
        .execute(&pool)
        .await
        .unwrap();
    let development = production().environment(Environment::development());
    let refused = development.revert(&pool, Revert::Last).await.unwrap_err();
    assert!(matches!(refused, crate::Error::Refused(_)), "{refused}");
}

/// What has lost its journal is no new database, and keeps its label.
#[tokio::test]
async fn a_journal_that_is_gone_is_told() {
    let pool = memory().await;
    let migrator = migrator(&three(Dialect::Sqlite));
    migrator.run(&pool).await.unwrap();
    for gone in ["DROP TABLE _onward_journal", "DELETE FROM _onward_history"] {
        sqlx::raw_sql(gone).execute(&pool).await.unwrap();
        let refused = migrator.run(&pool).await.unwrap_err().to_string();
        assert!(refused.contains("_onward_journal is gone"), "{refused}");
        let refused = migrator.status(&pool).await.unwrap_err().to_string();
        assert!(refused.contains("_onward_journal is gone"), "{refused}");
    }
}

/// What was taken from the end is not made good by what is appended behind it.
#[tokio::test]
async fn an_entry_that_is_taken_out_stays_missing_when_the_journal_goes_on() {
    let pool = memory().await;
    let migrator = migrator(&three(Dialect::Sqlite));
    migrator.run(&pool).await.unwrap();
    let taken = std::time::SystemTime::now();
    let backup = crate::Backup::new("copy", taken, "/srv/copy");
    migrator.record_backup(&pool, &backup).await.unwrap();
    sqlx::raw_sql("DELETE FROM _onward_journal WHERE action = 'backup'")
        .execute(&pool)
        .await
        .unwrap();
    migrator.record_backup(&pool, &backup).await.unwrap();
    let journal = migrator.journal(&pool).await.unwrap();
    assert_eq!(journal.flaws, [crate::JournalFlaw::Broken { seq: 6 }]);
}

/// The gate takes no altered entry for the word of whoever wrote it.
#[tokio::test]
async fn a_backup_whose_entry_was_altered_is_none() {
    let pool = memory().await;
    let up = "CREATE TABLE a (id integer)";
    let mut record = judged(1, Dialect::Sqlite, up, "DROP TABLE a");
    record.catalog = "app".to_owned();
    let migrator = migrator(&[record]).environment(Environment::production());
    let before = std::time::SystemTime::now();
    migrator.run(&pool).await.unwrap();
    let backup =
        crate::Backup::new("copy", before, "/srv/copy").verified("ada", "into shop_restore");
    migrator.record_backup(&pool, &backup).await.unwrap();
    let asked = async || {
        let decision = migrator.judge(&pool, Revert::Last).await.unwrap();
        let mut answers = decision.answers.into_iter();
        answers
            .find(|answer| answer.question == Question::Backup)
            .unwrap()
    };
    assert_eq!(asked().await.state, State::Clear);
    let forgery = "UPDATE _onward_journal SET evidence = replace(evidence, 'ada', 'bob') WHERE action = 'backup'";
    sqlx::raw_sql(forgery).execute(&pool).await.unwrap();
    // Sealed anew or not: the head knows the seal of what stood there.
    for _ in 0..2 {
        let answer = asked().await;
        assert_eq!(answer.state, State::Unknown, "{answer:#?}");
        assert_eq!(
            answer.evidence[0].sentence,
            "No backup is on record. 1 backup of the journal cannot be believed: somebody has changed the journal. \
             `journal verify` says where. `backup record` puts one there that somebody restored and looked at."
        );
        let forged = migrator
            .journal(&pool)
            .await
            .unwrap()
            .entries
            .pop()
            .unwrap();
        sqlx::query("UPDATE _onward_journal SET hash = ? WHERE seq = ?")
            .bind(forged.seal())
            .bind(forged.seq)
            .execute(&pool)
            .await
            .unwrap();
    }
}

/// Whoever writes another label into the head makes production no milder, with its first entry or without.
#[tokio::test]
async fn a_label_that_somebody_wrote_over_still_counts() {
    let relabelled = "UPDATE _onward_head SET environment = 'development', tier = 'development'";
    let forgeries = [
        "SELECT 1",
        "UPDATE _onward_journal SET environment = 'development', evidence = '{\"tier\":\"development\"}' WHERE seq = 1",
        "DELETE FROM _onward_journal WHERE seq = 1",
    ];
    for forgery in forgeries {
        let pool = memory().await;
        let up = "CREATE TABLE a (id integer)";
        let mut record = judged(1, Dialect::Sqlite, up, "DROP TABLE a");
        record.catalog = "app".to_owned();
        let shop = |environment| migrator(&[record.clone()]).environment(environment);
        shop(Environment::production()).run(&pool).await.unwrap();
        for sql in ["INSERT INTO a VALUES (1)", relabelled, forgery] {
            sqlx::raw_sql(sql).execute(&pool).await.unwrap();
        }
        let shop = shop(Environment::development());
        let flaws = shop.journal(&pool).await.unwrap().flaws;
        assert!(!flaws.is_empty(), "{forgery}");
        let refused = shop.revert(&pool, Revert::Last).await.unwrap_err();
        let said = refused.to_string();
        assert!(matches!(refused, crate::Error::Refused(_)), "{said}");
        assert!(
            said.contains("`a` holds a row") || said.contains("`a` holds 1 row"),
            "{said}"
        );
        assert!(shop.run(&pool).await.unwrap().ran.is_empty());
    }
}
