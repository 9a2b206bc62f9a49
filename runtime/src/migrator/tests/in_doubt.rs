//! What runs of a statement that commits by itself, when it fails or nobody lives to say whether it is done?

use std::time::Duration;

use onward_analysis::Dialect;

use super::mysql::{fresh, number};
use super::{migration, migrator};
use crate::{Begun, HistoryError};

/// What a procedure has committed is not done twice because it was sent away in the middle.
#[tokio::test]
async fn what_may_have_done_a_part_is_not_tried_again() {
    use std::time::Duration;
    let pool = fresh().await;
    let before = "CREATE TABLE done (id int); CREATE TABLE held (id int); INSERT INTO held VALUES (1); \
                  CREATE PROCEDURE half() BEGIN INSERT INTO done VALUES (1); COMMIT; UPDATE held SET id = 2; END";
    let mut call = migration(Dialect::MySql, 2, "SET @a = 1; CALL half()", None);
    call.transaction = Some(false);
    let records = [migration(Dialect::MySql, 1, before, None), call];
    let migrator = migrator(&records).table_timeout(Duration::from_secs(1));
    migrator.up(&pool, crate::Goal::Steps(1)).await.unwrap();
    let mut other = pool.begin().await.unwrap();
    sqlx::raw_sql("UPDATE held SET id = 3")
        .execute(&mut *other)
        .await
        .unwrap();
    let error = migrator.run(&pool).await.unwrap_err().to_string();
    other.rollback().await.unwrap();
    assert!(
        error.ends_with(
            "Its first statement is done. Of this one a part may be: what it calls can commit. So it is not tried again unasked. Look \
             what it has left, then say how to go on: `up --begun done` or `up --begun again`."
        ),
        "{error}"
    );
    assert_eq!(number(&pool, "SELECT count(*) FROM done").await, 1);

    // Nor by the next run, unless somebody says so.
    let error = migrator.run(&pool).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "Statement 2 of the up of migration 2 was begun, and nobody knows whether it is done, in part or not at all: what it calls \
         can commit by itself.\n    CALL half()\n\
         Nothing has run since. Look what it has left. Where all of it is done, `up --begun done` goes on after it. Where nothing is, \
         or it may be done again, `up --begun again` begins it anew. Where a part is, do the rest or undo that part by hand first."
    );
    assert_eq!(number(&pool, "SELECT count(*) FROM done").await, 1);
    let told = migrator.clone().begun(Begun::Again);
    told.run(&pool).await.unwrap();
    assert_eq!(number(&pool, "SELECT count(*) FROM done").await, 2);
    assert_eq!(number(&pool, "SELECT id FROM held").await, 2);
    let journal = migrator.journal(&pool).await.unwrap();
    assert_eq!(journal.flaws, []);
    let shown = journal.to_string();
    assert!(
        shown.contains("left in doubt that it is to be begun again"),
        "{shown}"
    );
}

/// The process dies before the answer comes: the schema does not tell whether the procedure ran.
#[tokio::test]
async fn a_procedure_that_was_begun_is_not_called_again_unasked() {
    for (begun, rows) in [(Begun::Done, 1), (Begun::Again, 2)] {
        let pool = fresh().await;
        let before = "CREATE TABLE done (id int); \
                      CREATE PROCEDURE once() BEGIN INSERT INTO done VALUES (1); COMMIT; DO SLEEP(0.3); END";
        let mut call = migration(
            Dialect::MySql,
            2,
            "CALL once(); CREATE TABLE after_it (id int)",
            None,
        );
        call.transaction = Some(false);
        let records = [migration(Dialect::MySql, 1, before, None), call];
        let migrator = migrator(&records);
        migrator.up(&pool, crate::Goal::Steps(1)).await.unwrap();
        let (running, other) = (migrator.clone(), pool.clone());
        let run = tokio::spawn(async move { running.run(&other).await });
        while number(&pool, "SELECT count(*) FROM done").await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        run.abort();
        let _ = run.await;
        let error = migrator.run(&pool).await.unwrap_err();
        assert!(
            matches!(
                error,
                crate::Error::History(HistoryError::InDoubt { number: 1, .. })
            ),
            "{error}"
        );
        migrator.clone().begun(begun).run(&pool).await.unwrap();
        assert_eq!(number(&pool, "SELECT count(*) FROM done").await, rows);
        assert_eq!(number(&pool, "SELECT count(*) FROM after_it").await, 0);
    }
}

/// One prepared statement is done or not, and the server says which.
#[tokio::test]
async fn a_prepared_statement_that_failed_may_be_corrected() {
    let pool = fresh().await;
    let up = |name: &str| {
        format!(
            "SET @s = 'ALTER TABLE t ADD {name} int'; PREPARE p FROM @s; EXECUTE p; CREATE TABLE u (id int)"
        )
    };
    let first = migration(Dialect::MySql, 1, "CREATE TABLE t (id int)", None);
    let wrong = [first.clone(), migration(Dialect::MySql, 2, &up("id"), None)];
    migrator(&wrong).run(&pool).await.unwrap_err();
    let right = [first, migration(Dialect::MySql, 2, &up("other"), None)];
    let error = migrator(&right).run(&pool).await.unwrap_err();
    // What is done already, `SET @s`, is another one now.
    assert!(
        matches!(
            error,
            crate::Error::History(HistoryError::InterruptedOther { .. })
        ),
        "{error}"
    );
    sqlx::raw_sql("ALTER TABLE t DROP id, ADD was int")
        .execute(&pool)
        .await
        .unwrap();
    migrator(&wrong).run(&pool).await.unwrap();
    assert_eq!(number(&pool, "SELECT count(*) FROM u").await, 0);
}
