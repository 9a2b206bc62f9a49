//! What does the database remember, and can it be tampered with unnoticed?

use onward::{JournalFlaw, Revert};
use onward_tests::{Database, on_every_database, with_pool};
use sha2::{Digest as _, Sha256};

use super::{DEVELOPMENT, revert, run, shop};

on_every_database!(
    remembers_everything_about_a_migration,
    seals_each_entry_over_the_one_before,
    a_head_that_somebody_deleted_is_missed,
    finds_what_was_altered_removed_or_put_in,
);

/// An older program must be able to judge and revert what it does not contain.
async fn remembers_everything_about_a_migration(database: Database) {
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let rows = database
        .rows("SELECT catalog, name, record FROM _onward_history WHERE version = 40")
        .await;
    let [row] = rows.as_slice() else {
        panic!("one row: {rows:?}");
    };
    assert_eq!(row[0], "shop");
    assert_eq!(row[1], "add_phone_number");
    let record: serde_json::Value = serde_json::from_str(&row[2]).unwrap();
    assert_eq!(
        record["up"]["sql"],
        "ALTER TABLE users ADD COLUMN phone_number VARCHAR(20)"
    );
    assert_eq!(
        record["down"]["script"]["sql"],
        "ALTER TABLE users DROP COLUMN phone_number"
    );
    assert_eq!(
        record["marks"]["destructive"],
        "numbers typed in since the up are lost"
    );
    assert_eq!(record["doc"], "Support wants to call people back.");
}

/// Without its label a production database would pass for a new one. Nothing runs until the head is there again.
async fn a_head_that_somebody_deleted_is_missed(database: Database) {
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let whole = database.rows("SELECT seq, hash FROM _onward_head").await;
    let journal = || async {
        let migrator = shop(DEVELOPMENT);
        with_pool!(database.pool, pool => migrator.journal(pool).await).unwrap()
    };
    let written = journal().await;
    assert_eq!(written.flaws, []);
    database.execute("DELETE FROM _onward_head").await;
    let gone = journal().await;
    assert_eq!(gone.flaws, [JournalFlaw::Headless]);
    assert_eq!(gone.entries, written.entries);
    let before = database.picture().await;
    let said = run(&database, &shop(DEVELOPMENT))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        said.starts_with("The row of `_onward_head` in database "),
        "{said}"
    );
    assert!(
        revert(&database, &shop(DEVELOPMENT), Revert::Last)
            .await
            .is_err()
    );
    assert_eq!(database.picture().await, before);

    let anew = said.lines().last().unwrap();
    let anew = anew.replace("'NAME', 'TIER'", "'development', 'development'");
    database.execute(&anew).await;
    assert_eq!(journal().await.flaws, []);
    assert_eq!(
        database.rows("SELECT seq, hash FROM _onward_head").await,
        whole
    );
    revert(&database, &shop(DEVELOPMENT), Revert::Last)
        .await
        .unwrap();
}

/// The seals are worked out here a second time, from what is documented of them.
async fn seals_each_entry_over_the_one_before(database: Database) {
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    revert(&database, &shop(DEVELOPMENT), Revert::Steps(2))
        .await
        .unwrap();
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let rows = database
        .rows(
            "SELECT seq, at, action, version, actor, host, environment, plan, evidence, prev, hash \
             FROM _onward_journal ORDER BY seq",
        )
        .await;
    assert!(rows.len() >= 9, "{rows:?}");
    let mut before = String::new();
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row[0], (index + 1).to_string(), "no number is left out");
        assert_eq!(row[9], before, "entry {}", row[0]);
        assert_eq!(row[10], seal(&row[..10]), "entry {}", row[0]);
        before.clone_from(&row[10]);
    }
}

/// Whoever changes the log by hand leaves a flaw that `journal verify` names, wherever in it that was.
async fn finds_what_was_altered_removed_or_put_in(database: Database) {
    let migrator = shop(DEVELOPMENT);
    let forged = "INSERT INTO _onward_journal SELECT seq + 1, at, action, version, actor, host, environment, plan, evidence, hash, hash \
                  FROM _onward_journal WHERE seq = (SELECT max(seq) FROM _onward_journal)";
    for (sql, says) in [
        (
            "UPDATE _onward_journal SET actor = 'nobody' WHERE seq = 2",
            "Entry 2 was altered.",
        ),
        (
            "UPDATE _onward_journal SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 3",
            "Entry 3 was altered.",
        ),
        (
            "UPDATE _onward_journal SET version = NULL WHERE seq = 2",
            "Entry 2 was altered.",
        ),
        (
            "DELETE FROM _onward_journal WHERE seq = 1",
            "Entry 2 does not follow",
        ),
        (
            "DELETE FROM _onward_journal WHERE seq = 3",
            "Entry 4 does not follow",
        ),
        (
            "DELETE FROM _onward_journal WHERE seq > 4",
            "The journal ends at entry 4",
        ),
        (forged, " was altered."),
    ] {
        let database = database.another().await;
        run(&database, &migrator).await.unwrap();
        let whole = with_pool!(database.pool, pool => migrator.journal(pool).await).unwrap();
        assert_eq!(whole.flaws, []);
        database.execute(sql).await;
        let journal = with_pool!(database.pool, pool => migrator.journal(pool).await).unwrap();
        let said: Vec<String> = journal.flaws.iter().map(ToString::to_string).collect();
        assert!(said.join("\n").contains(says), "{sql}: {said:?}");
    }
}

/// SHA-256 over the fields, each with its length in eight bytes before it.
fn seal(fields: &[String]) -> String {
    let mut hasher = Sha256::new();
    for field in fields {
        let field = if field == "NULL" { "" } else { field };
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
