//! Are rows on SQLite left alone that refer to others, and is one refused that refers to nothing?

use onward_analysis::Dialect;

use super::{memory, migration, migrator};

#[tokio::test]
async fn a_rebuild_keeps_the_children() {
    let pool = memory().await;
    let records = [
        migration(
            Dialect::Sqlite,
            1,
            "CREATE TABLE p (id INTEGER PRIMARY KEY); \
             CREATE TABLE c (p REFERENCES p (id) ON DELETE CASCADE); \
             INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)",
            None,
        ),
        migration(
            Dialect::Sqlite,
            2,
            "CREATE TABLE q (id INTEGER PRIMARY KEY, n); INSERT INTO q SELECT id, 0 FROM p; DROP TABLE p; \
             ALTER TABLE q RENAME TO p;",
            None,
        ),
    ];
    migrator(&records).run(&pool).await.unwrap();
    let children: i64 = sqlx::query_scalar("SELECT count(*) FROM c")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(children, 1);
    let mut records = records.to_vec();
    records.push(migration(Dialect::Sqlite, 3, "DELETE FROM p", None));
    let error = migrator(&records).run(&pool).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("leaves rows that refer to nothing: 1 row of c to p"),
        "{error}"
    );
}

#[tokio::test]
async fn a_reference_to_what_is_no_key_is_refused_where_it_is_new() {
    let pool = memory().await;
    let rebuilt = |key: &str| {
        format!(
            "CREATE TABLE q (id INTEGER{key}); INSERT INTO q SELECT id FROM p; DROP TABLE p; ALTER TABLE q RENAME TO p;"
        )
    };
    let mut records = vec![migration(
        Dialect::Sqlite,
        1,
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id)); \
         INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)",
        None,
    )];
    migrator(&records).run(&pool).await.unwrap();
    let [without, with] = [rebuilt(""), rebuilt(" PRIMARY KEY")];
    let mut next = records.clone();
    next.push(migration(Dialect::Sqlite, 2, &without, None));
    let error = migrator(&next).run(&pool).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("refer to nothing: every row of c, since p has no key of those columns"),
        "{error}"
    );
    // Where it was so before, a migration is free to go on, and to mend it.
    sqlx::raw_sql("PRAGMA foreign_keys = OFF; DROP TABLE p; CREATE TABLE p (id INTEGER); INSERT INTO p VALUES (1)")
        .execute(&pool)
        .await
        .unwrap();
    records.push(migration(
        Dialect::Sqlite,
        2,
        "DELETE FROM p WHERE id = 7",
        None,
    ));
    records.push(migration(Dialect::Sqlite, 3, &with, None));
    migrator(&records).run(&pool).await.unwrap();
}

#[tokio::test]
async fn rows_that_referred_to_nothing_before_are_no_reason_to_refuse() {
    let pool = memory().await;
    let mut records = vec![migration(
        Dialect::Sqlite,
        1,
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id))",
        None,
    )];
    migrator(&records).run(&pool).await.unwrap();
    sqlx::raw_sql("PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (7); PRAGMA foreign_keys = ON")
        .execute(&pool)
        .await
        .unwrap();
    records.push(migration(
        Dialect::Sqlite,
        2,
        "DELETE FROM p WHERE id = 1",
        None,
    ));
    migrator(&records).run(&pool).await.unwrap();
    records.push(migration(
        Dialect::Sqlite,
        3,
        "INSERT INTO c VALUES (8)",
        None,
    ));
    let error = migrator(&records).run(&pool).await.unwrap_err();
    assert!(error.to_string().contains("2 rows of c to p"), "{error}");
}

#[tokio::test]
async fn a_script_that_switches_foreign_keys_on_has_them_on() {
    let pool = memory().await;
    let tables = "CREATE TABLE p (id INTEGER PRIMARY KEY); \
                  CREATE TABLE c (p REFERENCES p (id) ON DELETE CASCADE); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)";
    let records = [
        migration(Dialect::Sqlite, 1, tables, None),
        migration(
            Dialect::Sqlite,
            2,
            "PRAGMA foreign_keys = ON; DELETE FROM p;",
            None,
        ),
    ];
    migrator(&records).run(&pool).await.unwrap();
    let children: i64 = sqlx::query_scalar("SELECT count(*) FROM c")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(children, 0);
}
