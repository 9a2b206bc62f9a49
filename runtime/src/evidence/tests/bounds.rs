//! Is it told whether the rows that are there fit what comes back?

use super::*;
use crate::fixture::judged;

on_every_database!(
    a_unique_key_that_comes_back,
    a_unique_key_over_an_expression_or_some_rows,
    a_value_that_must_be_there,
    a_narrower_type,
    what_no_query_tells,
);

/// The answers to questions 1 and 4 on the way back from `up`.
async fn asked(session: &mut dyn Session, up: &str, down: &str) -> (Answer, Answer) {
    let record = judged(1, session.dialect(), up, down);
    let plan = back(vec![record], Revert::Steps(1));
    let steps: Vec<&Step> = plan.steps().iter().collect();
    let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
    let mut held = Vec::new();
    let case = case(&plan);
    // Whatever the verdict raises: these are the answers to them.
    let data = crate::evidence::user_data::answer(&mut asking, &case, &steps, &mut held);
    let data = data.await.unwrap();
    let fits = crate::evidence::reversible::answer(&mut asking, &steps, &held);
    let fits = fits.await.unwrap();
    asking.end().await.unwrap();
    (data, fits)
}

#[track_caller]
fn says(answer: &Answer, state: State, sentence: &str) {
    assert_eq!(answer.state, state, "{answer:#?}");
    let found = answer
        .evidence
        .iter()
        .any(|one| one.state == state && one.sentence == sentence);
    assert!(found, "{sentence}: {answer:#?}");
}

async fn a_unique_key_that_comes_back(session: &mut dyn Session) {
    let table = session.dialect().quote("a\"b");
    let create = format!("CREATE TABLE {table} (id int, mail varchar(40))");
    session.execute(&create).await.unwrap();
    let (up, down) = match session.dialect() {
        Dialect::MySql => (
            format!("DROP INDEX one ON {table}"),
            format!("CREATE UNIQUE INDEX one ON {table} (mail)"),
        ),
        _ => (
            "DROP INDEX one".to_owned(),
            format!("CREATE UNIQUE INDEX one ON {table} (mail)"),
        ),
    };
    let insert = format!("INSERT INTO {table} VALUES (1, 'a'), (2, 'b'), (3, NULL), (4, NULL)");
    session.execute(&insert).await.unwrap();
    let (_, fits) = asked(session, &up, &down).await;
    let sentence = "Each row of `a\"b` fits: no two rows the same in mail.";
    says(&fits, State::Clear, sentence);
    let insert = format!("INSERT INTO {table} VALUES (5, 'a')");
    session.execute(&insert).await.unwrap();
    let (_, fits) = asked(session, &up, &down).await;
    let sentence = "It would fail on 1 row of `a\"b`: what fits is no two rows the same in mail.";
    says(&fits, State::Blocked, sentence);
}

/// Of NULLs, too, a key of PostgreSQL may take one alone.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_unique_key_that_takes_one_null() {
    postgres("one_null", async |session| {
        let create = "CREATE TABLE people (id int, mail text); INSERT INTO people VALUES (1, 'a'), (2, NULL)";
        session.execute(create).await.unwrap();
        let fits = "no two rows the same in mail, NULL counting as a value";
        for (up, down) in [
            ("DROP INDEX one", "CREATE UNIQUE INDEX one ON people (mail) NULLS NOT DISTINCT"),
            (
                "ALTER TABLE people DROP CONSTRAINT one",
                "ALTER TABLE people ADD CONSTRAINT one UNIQUE NULLS NOT DISTINCT (mail)",
            ),
        ] {
            let (_, clear) = asked(session, up, down).await;
            says(&clear, State::Clear, &format!("Each row of `people` fits: {fits}."));
            let insert = "INSERT INTO people VALUES (3, NULL)";
            session.execute(insert).await.unwrap();
            let (_, blocked) = asked(session, up, down).await;
            let fails = format!("It would fail on 1 row of `people`: what fits is {fits}.");
            says(&blocked, State::Blocked, &fails);
            session.execute("DELETE FROM people WHERE id = 3").await.unwrap();
        }
    })
    .await;
}

async fn a_unique_key_over_an_expression_or_some_rows(session: &mut dyn Session) {
    let (drop, cases): (_, &[(&str, &str, &str)]) = match session.dialect() {
        Dialect::MySql => (
            "DROP INDEX one ON people",
            &[(
                "(mail(3))",
                "'abcd'",
                "no two rows the same in left(mail, 3)",
            )],
        ),
        _ => (
            "DROP INDEX one",
            &[
                (
                    "(lower(mail) DESC, id)",
                    "'ABC'",
                    "no two rows the same in lower(mail), id",
                ),
                (
                    "(mail) WHERE id < 5",
                    "'abc'",
                    "no two rows the same in mail where id < 5",
                ),
            ],
        ),
    };
    for (key, twice, what) in cases {
        let create = "CREATE TABLE people (id int, mail varchar(40))";
        session.execute(create).await.unwrap();
        let insert = "INSERT INTO people VALUES (1, 'abc'), (1, 'x'), (7, 'y'), (8, 'y'), (1, NULL), (1, NULL)";
        session.execute(insert).await.unwrap();
        // Another key beside it is a question of its own.
        let down = format!(
            "CREATE UNIQUE INDEX one ON people {key}; CREATE UNIQUE INDEX two ON people (id, mail)"
        );
        let up = format!("{drop}; {}", drop.replace("one", "two"));
        let (_, fits) = asked(session, &up, &down).await;
        let clear = format!("Each row of `people` fits: {what}.");
        match session.dialect() {
            // 'y' stands there twice, and its first three characters.
            Dialect::MySql => assert_eq!(fits.state, State::Blocked, "{fits:#?}"),
            _ => says(&fits, State::Clear, &clear),
        }
        session
            .execute("DELETE FROM people WHERE id = 8")
            .await
            .unwrap();
        let (_, fits) = asked(session, &up, &down).await;
        says(&fits, State::Clear, &clear);
        let insert = format!("INSERT INTO people VALUES (1, {twice})");
        session.execute(&insert).await.unwrap();
        let (_, fits) = asked(session, &up, &down).await;
        let fails = format!("It would fail on 1 row of `people`: what fits is {what}.");
        says(&fits, State::Blocked, &fails);
        session.execute(&down).await.unwrap_err();
        session.execute("DROP TABLE people").await.unwrap();
    }

    // In an order of its own the database may take other values for the same.
    if session.dialect() == Dialect::Postgres {
        session
            .execute("CREATE TABLE people (id int, mail varchar(40))")
            .await
            .unwrap();
        let down = "CREATE UNIQUE INDEX one ON people (lower(mail) text_pattern_ops)";
        let (_, fits) = asked(session, drop, down).await;
        assert_eq!(fits.state, State::Unknown, "{fits:#?}");
    }
}

async fn a_value_that_must_be_there(session: &mut dyn Session) {
    users(session, "varchar(20)", &["'1'", "'2'"]).await;
    let (up, down) = match session.dialect() {
        Dialect::Postgres => (
            "ALTER TABLE users ALTER COLUMN phone DROP NOT NULL",
            "ALTER TABLE users ALTER COLUMN phone SET NOT NULL",
        ),
        Dialect::MySql => (
            "ALTER TABLE users MODIFY phone varchar(20)",
            "ALTER TABLE users MODIFY phone varchar(20) NOT NULL",
        ),
        // A rebuild is SQLite's way; what it asks of rows is tested where it is worked out.
        Dialect::Sqlite => return,
    };
    let (data, fits) = asked(session, up, down).await;
    assert_eq!(
        (data.state, fits.state),
        (State::Clear, State::Clear),
        "{data:#?} {fits:#?}"
    );
    session
        .execute("INSERT INTO users VALUES (3, NULL)")
        .await
        .unwrap();
    let (data, fits) = asked(session, up, down).await;
    match session.dialect() {
        Dialect::MySql => says(
            &data,
            State::Blocked,
            "It would cut 1 row of `users.phone`: what fits is a value in each row.",
        ),
        _ => says(
            &fits,
            State::Blocked,
            "It would fail on 1 row of `users.phone`: what fits is a value in each row.",
        ),
    }
}

async fn a_narrower_type(session: &mut dyn Session) {
    let (before, cases): (&str, &[(&str, &str, &str, &str)]) = match session.dialect() {
        Dialect::Postgres => (
            "ALTER COLUMN phone TYPE",
            &[
                ("varchar(40)", "varchar(3)", "'123'", "'1234'"),
                ("bigint", "int", "2147483647", "2147483648"),
                ("numeric(12, 4)", "numeric(6, 2)", "9999.99", "10000"),
                ("numeric(12, 4)", "numeric(6, 2)", "0.25", "0.251"),
                ("numeric(12, 4)", "int", "7", "7.5"),
            ],
        ),
        Dialect::MySql => (
            "MODIFY phone",
            &[
                ("varchar(40)", "varchar(3)", "'123'", "'1234'"),
                ("bigint", "int", "2147483647", "2147483648"),
                ("decimal(12, 4)", "decimal(6, 2)", "0.25", "0.251"),
                ("enum('a', 'b', 'c')", "enum('a', 'b')", "'b'", "'c'"),
            ],
        ),
        Dialect::Sqlite => return,
    };
    for (wide, narrow, fits, misfits) in cases {
        users(session, wide, &[fits, "NULL"]).await;
        let up = format!("ALTER TABLE users {before} {wide}");
        let down = format!("ALTER TABLE users {before} {narrow}");
        let (data, reversible) = asked(session, &up, &down).await;
        assert_eq!(
            (data.state, reversible.state),
            (State::Clear, State::Clear),
            "{wide} {narrow}: {data:#?} {reversible:#?}"
        );
        let insert = format!("INSERT INTO users VALUES (9, {misfits})");
        session.execute(&insert).await.unwrap();
        let (_, reversible) = asked(session, &up, &down).await;
        assert_eq!(
            reversible.state,
            State::Blocked,
            "{wide} {narrow}: {reversible:#?}"
        );
        session.execute("DROP TABLE users").await.unwrap();
    }
}

async fn what_no_query_tells(session: &mut dyn Session) {
    let (column, up, down) = match session.dialect() {
        Dialect::Postgres => (
            "text",
            "ALTER TABLE users ALTER COLUMN phone TYPE text",
            "ALTER TABLE users ALTER COLUMN phone TYPE int USING phone::int",
        ),
        Dialect::MySql => (
            "text",
            "ALTER TABLE users MODIFY phone text",
            "ALTER TABLE users MODIFY phone int",
        ),
        Dialect::Sqlite => return,
    };
    users(session, column, &["'1'"]).await;
    let (_, reversible) = asked(session, up, down).await;
    assert_eq!(reversible.state, State::Unknown, "{reversible:#?}");
}

/// How SQLite gives `users` another column `phone`.
#[cfg(feature = "sqlite")]
fn rebuilt(column: &str) -> String {
    format!(
        "CREATE TABLE anew (id int PRIMARY KEY, phone {column}); INSERT INTO anew (id, phone) SELECT id, phone FROM users; \
         DROP TABLE users; ALTER TABLE anew RENAME TO users"
    )
}

/// SQLite changes a column by building the table anew, and the rows that are copied must fit.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn what_a_table_that_is_built_anew_asks_on_sqlite() {
    for (strict, fits, misfits, sentence) in [
        (
            "text NOT NULL",
            "'1'",
            "NULL",
            "It would fail on 1 row of `users.phone`: what fits is a value in each row.",
        ),
        (
            "text UNIQUE",
            "'1'",
            "'1'",
            "It would fail on 1 row of `users`: what fits is no two rows the same in phone.",
        ),
    ] {
        sqlite(async |session| {
            let up = format!(
                "CREATE TABLE users (id int PRIMARY KEY, phone {strict}); {}",
                rebuilt("text")
            );
            let create = "CREATE TABLE users (id int PRIMARY KEY, phone text)";
            session.execute(create).await.unwrap();
            let insert = |id: i32, value: &str| format!("INSERT INTO users VALUES ({id}, {value})");
            session.execute(&insert(1, fits)).await.unwrap();
            let down = rebuilt(strict);
            let (data, reversible) = asked(session, &up, &down).await;
            assert_eq!(
                (data.state, reversible.state),
                (State::Clear, State::Clear),
                "{strict}: {data:#?} {reversible:#?}"
            );
            session.execute(&insert(9, misfits)).await.unwrap();
            let (_, reversible) = asked(session, &up, &down).await;
            says(&reversible, State::Blocked, sentence);
        })
        .await;
    }
}

/// SQLite has neither lengths nor ranges. A type that makes other values of some is told by the verdict, and each value counts.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_type_that_makes_numbers_of_texts_takes_each_value_on_sqlite() {
    sqlite(async |session| {
        let up = format!(
            "CREATE TABLE users (id int PRIMARY KEY, phone int); {}",
            rebuilt("text")
        );
        let create = "CREATE TABLE users (id int PRIMARY KEY, phone text)";
        session.execute(create).await.unwrap();
        let (data, _) = asked(session, &up, &rebuilt("int")).await;
        assert_eq!(data.state, State::Clear, "{data:#?}");
        let insert = "INSERT INTO users VALUES (1, '007')";
        session.execute(insert).await.unwrap();
        let (data, _) = asked(session, &up, &rebuilt("int")).await;
        says(
            &data,
            State::Blocked,
            "`users.phone` holds a value in 1 row.",
        );
    })
    .await;
}
