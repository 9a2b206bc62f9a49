//! Does the tester see what no shape shows, and a database that is a copy as one that was built?

use super::*;

#[tokio::test]
async fn columns_in_another_order_are_a_note() {
    let _alone = SERVERS.lock().await;
    for (url, _) in servers() {
        let dialect = database::dialect(&url).unwrap();
        let shop = Shop::new(dialect)
            .with(
                "create",
                "CREATE TABLE t (id integer PRIMARY KEY, a int, b int)",
                "DROP TABLE t",
            )
            .with(
                "drop_b",
                "ALTER TABLE t DROP COLUMN b",
                "ALTER TABLE t ADD COLUMN b int",
            )
            .with(
                "add_c",
                "ALTER TABLE t ADD COLUMN c int",
                "ALTER TABLE t DROP COLUMN c",
            )
            .with(
                "drop_a",
                "ALTER TABLE t DROP COLUMN a",
                "ALTER TABLE t ADD COLUMN a int",
            );
        let report = round_trip_of(shop.records, &url, "").await.unwrap();
        let notes: Vec<String> = report.notes.iter().map(Note::to_string).collect();
        let expected = "after the down of 4 drop_a the columns of t stand in another order";
        assert_eq!(notes, [expected], "{dialect}");
    }
}

#[tokio::test]
async fn a_column_that_takes_the_name_of_the_lost_one_is_not_gone() {
    let report = books()
        .with(
            "longer_pages",
            "ALTER TABLE books RENAME COLUMN pages TO pages_old; ALTER TABLE books ADD COLUMN pages integer; \
             UPDATE books SET pages = pages_old",
            "ALTER TABLE books DROP COLUMN pages; ALTER TABLE books RENAME COLUMN pages_old TO pages",
        )
        .trip()
        .await;
    assert_eq!(report.unwrap().reverted, 2);
}

/// Numbers begin anew where the table is made anew, and the rows come back.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn numbers_that_would_come_twice_are_a_note() {
    let Ok(url) = std::env::var("ONWARD_TEST_POSTGRES") else {
        return;
    };
    let _alone = SERVERS.lock().await;
    let anew = |numbers: &str| {
        format!(
            "CREATE TABLE n (id serial PRIMARY KEY, name text); INSERT INTO n SELECT id, name FROM t; DROP TABLE t; \
             ALTER TABLE n RENAME TO t; ALTER SEQUENCE n_id_seq RENAME TO t_id_seq; \
             ALTER INDEX n_pkey RENAME TO t_pkey; {numbers}"
        )
    };
    let goes_on = anew("SELECT setval('t_id_seq', (SELECT max(id) FROM t))");
    let add = "ALTER TABLE t ADD COLUMN more int";
    let shop = Shop::new(Dialect::Postgres)
        .with(
            "create",
            "CREATE TABLE t (id serial PRIMARY KEY, name text)",
            "DROP TABLE t",
        )
        .with("forgets", add, &anew(""))
        .with("goes_on", add, &goes_on);
    let notes = match round_trip_of(shop.records, &url, "").await {
        Ok(report) => report.notes,
        Err(Error::RoundTrip(faults)) => faults.report.notes,
        Err(error) => panic!("{error}"),
    };
    let notes: Vec<String> = notes.iter().map(Note::to_string).collect();
    let twice = "after the down of 2 forgets t.id would be given numbers that rows have already";
    let told = notes.iter().filter(|note| note.contains("would be given"));
    assert_eq!(told.collect::<Vec<_>>(), [twice], "{notes:?}");
}

/// What is set for a database stays with that one, so that no copy of it is as good.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_database_stands_by_to_be_copied_and_goes() {
    let Ok(url) = std::env::var("ONWARD_TEST_POSTGRES") else {
        return;
    };
    let _alone = SERVERS.lock().await;
    let set = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 8192', current_database()); END $$;";
    for set in ["", set] {
        let mut shop = Shop::new(Dialect::Postgres).with(
            "create",
            &format!("{set} CREATE TABLE t (id integer PRIMARY KEY, a int)"),
            "DROP TABLE t",
        );
        // Each makes the rows an obstacle, so that another database is needed.
        for name in ["required", "required_again"] {
            shop = shop.with(
                name,
                &format!("ALTER TABLE t ADD COLUMN {name} int NOT NULL"),
                &format!("ALTER TABLE t DROP COLUMN {name}"),
            );
        }
        let report = round_trip_of(shop.records, &url, "").await.unwrap();
        let in_the_way = report.notes.iter();
        let in_the_way = in_the_way.filter(|note| matches!(note.remark, Remark::RowsInTheWay(_)));
        assert_eq!(in_the_way.count(), 2, "{:?}", report.notes);
    }
    let own = format!("_{}_", std::process::id());
    let mut left = databases(&url, "SELECT datname::text FROM pg_database").await;
    left.retain(|name| name.starts_with("onward_round_trip_") && name.contains(&own));
    assert_eq!(left, Vec::<String>::new());
}
