//! Who refers to what changes, on real catalogs?

use super::*;
use crate::fixture::judged;

on_every_database!(
    nobody_refers_to_it,
    a_view_refers_to_a_column,
    a_trigger_of_another_table_refers_to_a_table,
    a_foreign_key_of_another_table_refers_to_a_table,
    a_generated_column_refers_to_a_column,
    what_the_plan_removes_itself_is_no_consumer,
    an_odd_name_is_found,
    what_is_not_understood_is_unknown,
    a_down_that_changes_nothing_is_clear,
    what_copies_whole_rows_fails_with_one_column_more,
    what_may_copy_whole_rows_is_told,
    what_a_table_has_already_is_no_column_more,
);

/// The third question for a down, as SQL.
async fn asked(session: &mut dyn Session, down: &str, declared: &[&str]) -> Answer {
    let record = judged(1, session.dialect(), "SELECT 1", down);
    let plan = back(vec![record], Revert::Steps(1));
    let declared = declared.iter().map(|one| Consumer::parse(one));
    let declared: Vec<Consumer> = declared.collect::<Result<_, _>>().unwrap();
    let steps: Vec<&Step> = plan.steps().iter().collect();
    let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
    let answer = consumers_of(&mut asking, &steps, plan.steps(), &declared).await;
    asking.end().await.unwrap();
    answer.unwrap()
}

const DROP_PHONE: &str = "ALTER TABLE users DROP COLUMN phone";

#[cfg(feature = "mysql")]
mod on_mysql_alone;
#[cfg(feature = "postgres")]
mod on_postgres_alone;

/// Tables, and what refers to other things than `users.phone`.
async fn shop(session: &mut dyn Session) {
    for sql in [
        "CREATE TABLE users (id int PRIMARY KEY, email varchar(40), phone varchar(40))",
        "CREATE TABLE orders (id int PRIMARY KEY, phone varchar(40))",
        "CREATE VIEW emails AS SELECT id, email FROM users",
        "CREATE VIEW callbacks AS SELECT o.phone FROM orders o JOIN users u ON u.id = o.id",
    ] {
        session.execute(sql).await.unwrap();
    }
}

#[track_caller]
fn blocked(answer: &Answer, who: &str, object: &str) {
    let start = format!("`{object}` is referred to by ");
    let found = answer.evidence.iter().any(|one| {
        let says = one.sentence.contains(&start) && one.sentence.contains(who);
        one.state == State::Blocked && says && one.query.is_some()
    });
    assert!(found, "{who} {object}\n{answer:#?}");
    assert_eq!(answer.state, State::Blocked);
}

async fn nobody_refers_to_it(session: &mut dyn Session) {
    shop(session).await;
    let answer = asked(session, DROP_PHONE, &["the CRM reads users.email"]).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
    for one in &answer.evidence[1..] {
        assert!(one.query.is_some(), "{one:#?}");
    }
}

async fn a_view_refers_to_a_column(session: &mut dyn Session) {
    shop(session).await;
    let view = "CREATE VIEW calls AS SELECT u.id, u.phone AS number FROM users AS u";
    session.execute(view).await.unwrap();
    let answer = asked(session, DROP_PHONE, &[]).await;
    blocked(&answer, "the view `calls`", "users.phone");
    let answer = asked(session, "ALTER TABLE users DROP COLUMN email", &[]).await;
    blocked(&answer, "the view `emails`", "users.email");
}

async fn a_trigger_of_another_table_refers_to_a_table(session: &mut dyn Session) {
    shop(session).await;
    let update = "UPDATE users SET phone = NEW.phone WHERE id = NEW.id";
    let (sql, who) = match session.dialect() {
        Dialect::Postgres => (
            format!(
                "CREATE FUNCTION ring() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {update}; RETURN NEW; END $$; \
                 CREATE TRIGGER ring AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION ring()"
            ),
            "the function `ring()`",
        ),
        Dialect::MySql => (
            format!("CREATE TRIGGER ring AFTER INSERT ON orders FOR EACH ROW {update}"),
            "the trigger `ring`",
        ),
        Dialect::Sqlite => (
            format!("CREATE TRIGGER ring AFTER INSERT ON orders BEGIN {update}; END"),
            "the trigger `ring`",
        ),
    };
    session.execute(&sql).await.unwrap();
    blocked(&asked(session, DROP_PHONE, &[]).await, who, "users.phone");
    blocked(&asked(session, "DROP TABLE users", &[]).await, who, "users");
}

async fn a_foreign_key_of_another_table_refers_to_a_table(session: &mut dyn Session) {
    let users = "CREATE TABLE users (id int PRIMARY KEY, phone varchar(40))";
    let bills = "CREATE TABLE bills (id int PRIMARY KEY, payer int, \
                 CONSTRAINT bill_payer FOREIGN KEY (payer) REFERENCES users (id))";
    session.execute(users).await.unwrap();
    session.execute(bills).await.unwrap();
    let answer = asked(session, "DROP TABLE users", &[]).await;
    let key = match session.dialect() {
        Dialect::Postgres => "bill_payer on bills",
        Dialect::MySql => "bill_payer on bills",
        Dialect::Sqlite => "bills.payer",
    };
    blocked(&answer, &format!("the foreign key `{key}`"), "users");
    let answer = asked(session, DROP_PHONE, &[]).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
    let answer = asked(session, "DROP TABLE bills", &[]).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
}

async fn a_generated_column_refers_to_a_column(session: &mut dyn Session) {
    let sql = "CREATE TABLE users (id int, email varchar(40), phone varchar(40), \
               digits varchar(80) GENERATED ALWAYS AS (trim(phone)) STORED)";
    session.execute(sql).await.unwrap();
    let name = match session.dialect() {
        Dialect::Sqlite => "generated column of `users`",
        _ => "generated column `digits`",
    };
    let answer = asked(session, DROP_PHONE, &[]).await;
    blocked(&answer, &format!("the {name}"), "users.phone");
    let answer = asked(session, "ALTER TABLE users DROP COLUMN email", &[]).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
}

async fn what_the_plan_removes_itself_is_no_consumer(session: &mut dyn Session) {
    shop(session).await;
    let view = "CREATE VIEW calls AS SELECT u.id, u.phone AS number FROM users AS u";
    session.execute(view).await.unwrap();
    for down in [
        "DROP VIEW calls; ALTER TABLE users DROP COLUMN phone",
        "DROP VIEW IF EXISTS calls; ALTER TABLE users DROP COLUMN phone; CREATE VIEW calls AS SELECT id FROM users",
    ] {
        let answer = asked(session, down, &[]).await;
        assert_eq!(answer.state, State::Clear, "{down}: {answer:#?}");
    }
    let other = "DROP VIEW emails; ALTER TABLE users DROP COLUMN phone";
    let answer = asked(session, other, &[]).await;
    blocked(&answer, "the view `calls`", "users.phone");
}

/// SQLite finds the columns of a full-text index by their names when it is next asked.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_full_text_index_refers_to_what_it_reads() {
    sqlite(async |session| {
        shop(session).await;
        let index =
            "CREATE VIRTUAL TABLE found USING fts5(phone, content='users', content_rowid='id')";
        session.execute(index).await.unwrap();
        let who = "the virtual table `found`";
        for down in [
            DROP_PHONE,
            "ALTER TABLE users RENAME COLUMN phone TO number",
        ] {
            blocked(&asked(session, down, &[]).await, who, "users.phone");
        }
        blocked(&asked(session, "DROP TABLE users", &[]).await, who, "users");
        for down in [
            "ALTER TABLE users DROP COLUMN email",
            "DROP TABLE found",
            "DROP TABLE found; ALTER TABLE users DROP COLUMN phone",
        ] {
            let answer = asked(session, down, &[]).await;
            let other = answer
                .evidence
                .iter()
                .find(|one| one.sentence.contains("virtual table") && one.state != State::Clear);
            assert_eq!(other, None, "{down}");
        }
    })
    .await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn an_attached_database_is_told_apart() {
    sqlite(async |session| {
        shop(session).await;
        for sql in [
            "ATTACH ':memory:' AS past",
            "CREATE TABLE past.users (id int, phone text)",
            "CREATE TEMP VIEW dialled AS SELECT phone FROM past.users",
        ] {
            session.execute(sql).await.unwrap();
        }
        let answer = asked(session, DROP_PHONE, &[]).await;
        assert_eq!(answer.state, State::Clear, "{answer:#?}");
        let view = "CREATE TEMP VIEW calls AS SELECT phone FROM main.users";
        session.execute(view).await.unwrap();
        for down in [DROP_PHONE, "ALTER TABLE main.users DROP COLUMN phone"] {
            blocked(
                &asked(session, down, &[]).await,
                "the view `calls`",
                "users.phone",
            );
        }
    })
    .await;
}

/// SQLite looks for the columns of a view whenever it is read.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_view_that_says_its_columns_fails_with_one_more() {
    sqlite(async |session| {
        shop(session).await;
        let view = "CREATE VIEW all_of_them (a, b, c) AS SELECT * FROM users";
        session.execute(view).await.unwrap();
        let answer = asked(session, ADD_NICK, &[]).await;
        assert_eq!(answer.state, State::Blocked, "{answer:#?}");
        session.execute(ADD_NICK).await.unwrap();
        let read = session.query("SELECT * FROM all_of_them", &[]).await;
        assert!(read.is_err());
    })
    .await;
}

async fn an_odd_name_is_found(session: &mut dyn Session) {
    for name in ["a\"b", "sélect", "Order"] {
        let quoted = session.dialect().quote(name);
        let table = format!("CREATE TABLE {quoted} (id int, {quoted} int)");
        session.execute(&table).await.unwrap();
        let view = format!("CREATE VIEW seen AS SELECT x.{quoted} AS n FROM {quoted} AS x");
        session.execute(&view).await.unwrap();
        let down = format!("ALTER TABLE {quoted} DROP COLUMN {quoted}");
        let answer = asked(session, &down, &[]).await;
        blocked(&answer, "the view `seen`", &format!("{name}.{name}"));
        let answer = asked(session, &format!("DROP TABLE {quoted}"), &[]).await;
        blocked(&answer, "the view `seen`", name);
        session.execute("DROP VIEW seen").await.unwrap();
    }
}

const ADD_NICK: &str = "ALTER TABLE users ADD COLUMN nick varchar(40)";

/// Makes a trigger of that name on `users`, of which PostgreSQL has a function.
async fn copying(session: &mut dyn Session, name: &str, sql: &str) {
    let made = match session.dialect() {
        Dialect::Postgres => format!(
            "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {sql}; RETURN NULL; END $$; \
             CREATE OR REPLACE TRIGGER {name} AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION {name}()"
        ),
        Dialect::MySql => {
            session
                .execute(&format!("DROP TRIGGER IF EXISTS {name}"))
                .await
                .unwrap();
            format!("CREATE TRIGGER {name} AFTER UPDATE ON users FOR EACH ROW {sql}")
        }
        Dialect::Sqlite => {
            session
                .execute(&format!("DROP TRIGGER IF EXISTS {name}"))
                .await
                .unwrap();
            format!("CREATE TRIGGER {name} AFTER UPDATE ON users BEGIN {sql}; END")
        }
    };
    session.execute(&made).await.unwrap();
}

/// Whether a write to `users` runs the trigger.
async fn writes(session: &mut dyn Session) -> bool {
    // A session of PostgreSQL that ran it before goes on with what it had planned; the next one does not.
    if session.dialect() == Dialect::Postgres {
        session.execute("DISCARD PLANS").await.unwrap();
    }
    session
        .execute("UPDATE users SET phone = 'x'")
        .await
        .is_ok()
}

async fn what_copies_whole_rows_fails_with_one_column_more(session: &mut dyn Session) {
    shop(session).await;
    for sql in [
        "CREATE TABLE past (id int, email varchar(40), phone varchar(40))",
        "INSERT INTO users (id, email, phone) VALUES (1, 'a', 'b')",
    ] {
        session.execute(sql).await.unwrap();
    }
    let own_row = session.dialect() == Dialect::Postgres;
    for (sql, holds) in [
        ("INSERT INTO past SELECT OLD.*", own_row),
        ("INSERT INTO past VALUES (NEW.*)", own_row),
        (
            "INSERT INTO past (id, email, phone) SELECT u.* FROM users AS u WHERE u.id = OLD.id",
            true,
        ),
        (
            "INSERT INTO past SELECT * FROM users WHERE id = OLD.id",
            true,
        ),
    ] {
        if !holds {
            continue;
        }
        copying(session, "keep", sql).await;
        assert!(writes(session).await, "{sql}");
        let answer = asked(session, ADD_NICK, &[]).await;
        assert_eq!(answer.state, State::Blocked, "{sql} {answer:#?}");
        assert!(answer.evidence[0].sentence.contains("keep"), "{answer:#?}");
        let both = format!("{ADD_NICK}; ALTER TABLE past ADD COLUMN nick varchar(40)");
        // What is said is what happens.
        for (add, fits) in [(ADD_NICK, false), (both.as_str(), !sql.contains("(id"))] {
            let found = asked(session, add, &[]).await;
            let state = if fits { State::Clear } else { State::Blocked };
            assert_eq!(found.state, state, "{add} {sql} {found:#?}");
            for one in add.split("; ") {
                session.execute(one).await.unwrap();
            }
            assert_eq!(writes(session).await, fits, "{add} {sql}");
            let drops = add.replace("ADD COLUMN nick varchar(40)", "DROP COLUMN nick");
            for one in drops.split("; ") {
                // SQLite looks at its triggers again.
                _ = session.execute(one).await;
            }
            if session.dialect() == Dialect::Sqlite {
                session.execute("DROP TRIGGER keep").await.unwrap();
                for one in drops.split("; ") {
                    _ = session.execute(one).await;
                }
                copying(session, "keep", sql).await;
            }
        }
    }
    // The table itself is written to without a list of its columns.
    copying(
        session,
        "keep",
        "INSERT INTO orders VALUES (OLD.id + 1000, OLD.phone)",
    )
    .await;
    let add = "ALTER TABLE orders ADD COLUMN nick varchar(40)";
    let answer = asked(session, add, &[]).await;
    let fails = session.dialect() != Dialect::Postgres;
    let state = if fails { State::Blocked } else { State::Clear };
    assert_eq!(answer.state, state, "{answer:#?}");
    session.execute(add).await.unwrap();
    session.execute("DELETE FROM orders").await.unwrap();
    assert_eq!(writes(session).await, !fails);
}

async fn what_may_copy_whole_rows_is_told(session: &mut dyn Session) {
    shop(session).await;
    let sql = "CREATE TABLE past (id int, email varchar(40), phone varchar(40), nick varchar(40))";
    session.execute(sql).await.unwrap();
    let body = "INSERT INTO past (id) SELECT max(id) FROM (SELECT * FROM users) AS u";
    copying(session, "keep", body).await;
    let answer = asked(session, ADD_NICK, &[]).await;
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
    assert!(answer.evidence[0].sentence.contains("`keep"), "{answer:#?}");
    // What names its columns copies those.
    copying(session, "keep", "INSERT INTO past (id) VALUES (OLD.id)").await;
    let answer = asked(session, ADD_NICK, &[]).await;
    is(
        &answer.evidence[0],
        State::Clear,
        "Nothing is seen that copies whole rows to where `users.nick` has no place.",
    );
}

/// The first step of a plan has run when the second is looked at, and the column that it added has a place.
async fn what_a_table_has_already_is_no_column_more(session: &mut dyn Session) {
    shop(session).await;
    let past = "CREATE TABLE past (id int, email varchar(40), phone varchar(40), nick varchar(40))";
    session.execute(past).await.unwrap();
    session.execute(ADD_NICK).await.unwrap();
    let body = "INSERT INTO past SELECT * FROM users WHERE id = OLD.id";
    copying(session, "keep", body).await;
    assert!(writes(session).await);
    let second = "ALTER TABLE orders ADD COLUMN note varchar(40)";
    let records = [(1, ADD_NICK), (2, second)];
    let records = records.map(|(version, up)| judged(version, session.dialect(), up, "SELECT 1"));
    let plan = crate::fixture::forward(records.to_vec());
    let steps: Vec<&Step> = plan.steps().iter().skip(1).collect();
    let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
    let answer = consumers_of(&mut asking, &steps, plan.steps(), &[]).await;
    asking.end().await.unwrap();
    let answer = answer.unwrap();
    assert_eq!(answer.state, State::Clear, "{answer:#?}");
    // One that is not there yet has none.
    let more = "ALTER TABLE users ADD COLUMN more varchar(40)";
    let answer = asked(session, more, &[]).await;
    assert_eq!(answer.state, State::Blocked, "{answer:#?}");
}

async fn what_is_not_understood_is_unknown(session: &mut dyn Session) {
    let answer = asked(session, "FROBNICATE users", &[]).await;
    assert_eq!(answer.state, State::Unknown, "{answer:#?}");
    assert_eq!(
        answer.evidence[0].sentence,
        "What 1 judged changes is not known, so nor is who refers to it."
    );
}

async fn a_down_that_changes_nothing_is_clear(session: &mut dyn Session) {
    let answer = asked(session, "CREATE INDEX by_phone ON users (phone)", &[]).await;
    is(
        &answer.evidence[0],
        State::Clear,
        "No table, column or view is dropped, renamed or given another type, so nothing can miss it.",
    );
}
