//! Materialised views, policies, row types, publications, slots and scheduled jobs: who has them but PostgreSQL?

use super::*;

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email text, phone text)";

/// Asks with `sql` in place.
async fn with(name: &str, sql: &str, case: impl AsyncFn(&mut dyn Session)) {
    postgres(name, async |session| {
        session.execute(USERS).await.unwrap();
        session.execute(sql).await.unwrap();
        case(session).await;
    })
    .await;
}

/// Asks in a database that nobody else looks into.
async fn in_a_database(name: &str, case: impl AsyncFn(&mut dyn Session)) {
    let mut server = connected("postgres").await;
    for sql in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
        server.execute(&format!("{sql} {name}")).await.unwrap();
    }
    let mut session = connected(name).await;
    case(&mut *session).await;
    drop(session);
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    server.execute(&drop).await.unwrap();
}

async fn connected(database: &str) -> Box<dyn Session> {
    let options: sqlx::postgres::PgConnectOptions = server("ONWARD_TEST_POSTGRES").parse().unwrap();
    let pool = sqlx::PgPool::connect_with(options.database(database)).await;
    (&pool.unwrap()).open().1.unwrap().beside().await.unwrap()
}

#[tokio::test]
async fn what_the_catalog_ties_to_a_column() {
    for (name, sql, who) in [
        (
            "matview",
            "CREATE MATERIALIZED VIEW calls AS SELECT phone FROM users",
            "the materialized view `calls`",
        ),
        (
            "column_policy",
            "CREATE POLICY reachable ON users USING (phone IS NOT NULL)",
            "the policy `reachable on users`",
        ),
        (
            "update_of",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; \
             CREATE TRIGGER moved BEFORE UPDATE OF phone ON users FOR EACH ROW EXECUTE FUNCTION f()",
            "the trigger `moved on users`",
        ),
        (
            "sql_body",
            "CREATE FUNCTION first_phone() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT phone FROM users LIMIT 1; END",
            "the function",
        ),
        (
            "row_type",
            "CREATE FUNCTION dial(u users) RETURNS text LANGUAGE sql AS 'SELECT u.phone'",
            "the function `dial(users)`",
        ),
        (
            "dynamic",
            "CREATE FUNCTION mail() RETURNS void LANGUAGE plpgsql AS $$ BEGIN \
             EXECUTE 'UPDATE ' || quote_ident('users') || ' SET phone = NULL'; END $$",
            "the function `mail()`",
        ),
    ] {
        with(name, sql, async |session| {
            blocked(&asked(session, DROP_PHONE, &[]).await, who, "users.phone");
            let email = asked(session, "ALTER TABLE users DROP COLUMN email", &[]).await;
            assert_eq!(email.state, State::Clear, "{name}: {email:#?}");
        })
        .await;
    }
}

/// A routine that sets where it looks means the table that stands there, and not the one of its own schema.
#[tokio::test]
async fn a_routine_of_another_schema_that_looks_here_is_a_consumer() {
    let sql = "DROP SCHEMA IF EXISTS gate_jobs CASCADE; CREATE SCHEMA gate_jobs; CREATE TABLE gate_jobs.users (id int); \
               CREATE FUNCTION gate_jobs.calls() RETURNS text LANGUAGE sql SET search_path = gate_set_path \
               AS 'SELECT phone FROM users'";
    with("set_path", sql, async |session| {
        let answer = asked(session, DROP_PHONE, &[]).await;
        session
            .execute("DROP SCHEMA gate_jobs CASCADE")
            .await
            .unwrap();
        blocked(&answer, "the function `gate_jobs.calls()`", "users.phone");
    })
    .await;
}

/// What a trigger copies as a whole has as many columns as the table.
#[tokio::test]
async fn a_trigger_that_copies_rows_is_a_consumer_of_each_column() {
    let sql = "CREATE TABLE users_past (LIKE users); CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
               INSERT INTO users_past SELECT OLD.*; RETURN NULL; END $$; \
               CREATE TRIGGER keep AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep()";
    with("copies_rows", sql, async |session| {
        let answer = asked(session, DROP_PHONE, &[]).await;
        blocked(&answer, "the function `keep()`", "users.phone");
    })
    .await;
}

/// PostgreSQL lets a function go that the body of another one calls.
#[tokio::test]
async fn who_calls_a_routine_is_a_consumer_of_it() {
    let sql = "CREATE FUNCTION next_bill() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
               CREATE FUNCTION bill() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN next_bill(); END $$";
    with("calls", sql, async |session| {
        for down in [
            "DROP FUNCTION next_bill()",
            "ALTER FUNCTION next_bill() RENAME TO following_bill",
        ] {
            let answer = asked(session, down, &[]).await;
            blocked(&answer, "the function `bill()`", "next_bill");
        }
        let both = "DROP FUNCTION bill(); DROP FUNCTION next_bill()";
        let answer = asked(session, both, &[]).await;
        assert_eq!(answer.state, State::Clear, "{answer:#?}");
    })
    .await;
}

/// Another routine of its name goes, and it stays.
#[tokio::test]
async fn a_routine_of_another_schema_or_with_other_arguments_is_not_dealt_with() {
    let body = "DROP SCHEMA IF EXISTS gate_dials CASCADE; CREATE SCHEMA gate_dials; CREATE FUNCTION gate_dials.dial() RETURNS text LANGUAGE sql AS 'SELECT 1'; \
                CREATE FUNCTION dial() RETURNS text LANGUAGE sql AS 'SELECT phone FROM users'; \
                CREATE FUNCTION dial(int) RETURNS text LANGUAGE sql AS 'SELECT 1'";
    with("other_dial", body, async |session| {
        for other in ["gate_dials.dial()", "dial(int)"] {
            let down = format!("DROP FUNCTION {other}; ALTER TABLE users DROP COLUMN phone");
            let answer = asked(session, &down, &[]).await;
            blocked(&answer, "the function `dial()`", "users.phone");
        }
        let down = "DROP FUNCTION dial(); ALTER TABLE users DROP COLUMN phone";
        let answer = asked(session, down, &[]).await;
        assert!(
            !format!("{answer:?}").contains("is referred to by the function `dial()`"),
            "{answer:#?}"
        );
        session
            .execute("DROP SCHEMA gate_dials CASCADE")
            .await
            .unwrap();
    })
    .await;
}

/// What another server sends is written by the names of table and columns.
#[tokio::test]
async fn a_subscription_is_a_consumer() {
    in_a_database("gate_sends", async |publisher| {
        let publish = format!("{USERS}; CREATE PUBLICATION sent FOR TABLE users");
        publisher.execute(&publish).await.unwrap();
        in_a_database("gate_receives", async |session| {
            session.execute(USERS).await.unwrap();
            let told = "SELECT current_setting('unix_socket_directories'), current_setting('port')";
            let told = session.query(told, &[]).await.unwrap();
            let (folder, port) = (told[0].text(0).unwrap(), told[0].text(1).unwrap());
            let subscribe = format!(
                "CREATE SUBSCRIPTION received CONNECTION 'host={folder} port={port} user=postgres dbname=gate_sends' PUBLICATION sent \
                 WITH (create_slot = false, slot_name = NONE, enabled = false)"
            );
            session.execute(&subscribe).await.unwrap();
            let answer = asked(session, DROP_PHONE, &[]).await;
            session.execute("DROP SUBSCRIPTION received").await.unwrap();
            blocked(&answer, "the subscription `received`", "users.phone");
        })
        .await;
    })
    .await;
}

/// A view follows a column that gets another name; a body is text, and does not.
#[tokio::test]
async fn a_rename_is_felt_by_what_is_text() {
    let view = "CREATE VIEW calls AS SELECT phone FROM users";
    let rename = "ALTER TABLE users RENAME COLUMN phone TO tel";
    with("rename_view", view, async |session| {
        let answer = asked(session, rename, &[]).await;
        assert_eq!(answer.state, State::Clear, "{answer:#?}");
    })
    .await;
    let body = "CREATE FUNCTION dial() RETURNS text LANGUAGE sql AS 'SELECT phone FROM users'";
    with("rename_body", body, async |session| {
        let answer = asked(session, rename, &[]).await;
        blocked(&answer, "the function `dial()`", "users.phone");
    })
    .await;
}

/// A view follows the new name, and stands in the way of what a later migration makes of it.
#[tokio::test]
async fn what_a_later_step_retypes_is_known_by_the_name_of_now() {
    let view = "CREATE VIEW dialled AS SELECT phone FROM users";
    with("rename_then_retype", view, async |session| {
        let dialect = Dialect::Postgres;
        // The newest goes back first: it renames, and then the one before retypes.
        let records = [
            (1, "ALTER TABLE users ALTER COLUMN number TYPE varchar(80)"),
            (2, "ALTER TABLE users RENAME COLUMN phone TO number"),
        ];
        let records = records.map(|(version, down)| judged(version, dialect, "SELECT 1", down));
        let plan = back(records.to_vec(), Revert::Steps(2));
        let steps: Vec<&Step> = plan.steps().iter().collect();
        let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
        let answer = consumers_of(&mut asking, &steps, plan.steps(), &[]).await;
        asking.end().await.unwrap();
        blocked(&answer.unwrap(), "the view `dialled`", "users.phone");
    })
    .await;
}

#[tokio::test]
async fn subscribers_are_consumers() {
    let publish = "CREATE PUBLICATION data_all FOR TABLE users (id, phone)";
    with("publication", publish, async |session| {
        let answer = asked(session, DROP_PHONE, &[]).await;
        blocked(&answer, "the publication `data_all`", "users.phone");
        let email = asked(session, "ALTER TABLE users DROP COLUMN email", &[]).await;
        assert_eq!(email.state, State::Clear, "{email:#?}");
        session.execute("DROP PUBLICATION data_all").await.unwrap();
    })
    .await;
}

/// A slot that decodes every change of the database reads each of its tables, published or not; one of another database does
/// not. It stands in a database of its own, since every other test would find it.
#[tokio::test]
async fn a_replication_slot_is_a_consumer() {
    in_a_database("gate_slot", async |session| {
        session.execute(USERS).await.unwrap();
        let clear = asked(session, DROP_PHONE, &[]).await;
        assert_eq!(clear.state, State::Clear, "{clear:#?}");
        let make = "SELECT count(*) FROM pg_create_logical_replication_slot('gate_sends', 'test_decoding')";
        session.query(make, &[]).await.unwrap();
        let answer = asked(session, DROP_PHONE, &[]).await;
        let nowhere = asked(session, "DROP TABLE IF EXISTS nowhere", &[]).await;
        let mut other = connected("postgres").await;
        let create = "CREATE TABLE IF NOT EXISTS gate_slotless (phone int)";
        other.execute(create).await.unwrap();
        let elsewhere = asked(&mut *other, "ALTER TABLE gate_slotless DROP COLUMN phone", &[]).await;
        other.execute("DROP TABLE gate_slotless").await.unwrap();
        let drop = "SELECT count(pg_drop_replication_slot('gate_sends'))";
        session.query(drop, &[]).await.unwrap();
        let who = "the replication slot `gate_sends (test_decoding)`";
        blocked(&answer, who, "users.phone");
        assert_eq!(nowhere.state, State::Clear, "{nowhere:#?}");
        assert_eq!(elsewhere.state, State::Clear, "{elsewhere:#?}");
    })
    .await;
}

/// pg_cron's own table, as its version 1.4 makes it. It stands in a database of its own, since every other test would find
/// its jobs.
#[tokio::test]
async fn a_scheduled_job_is_a_consumer() {
    in_a_database("gate_cron", async |session| {
        let cron = "CREATE SCHEMA cron; CREATE TABLE cron.job (jobid bigint PRIMARY KEY, schedule text NOT NULL, \
                    command text NOT NULL, nodename text DEFAULT 'localhost', nodeport int DEFAULT inet_server_port(), \
                    database text NOT NULL DEFAULT current_database(), username text NOT NULL DEFAULT current_user, \
                    active boolean NOT NULL DEFAULT true, jobname name); GRANT SELECT ON cron.job TO public; \
                    ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY; \
                    CREATE POLICY cron_job_policy ON cron.job USING (username = current_user)";
        session.execute(USERS).await.unwrap();
        session.execute(cron).await.unwrap();
        let schedule = "INSERT INTO cron.job (jobid, jobname, schedule, command) \
                        VALUES (1, 'nightly', '0 3 * * *', 'DELETE FROM users WHERE phone IS NULL')";
        session.execute(schedule).await.unwrap();
        let answer = asked(session, DROP_PHONE, &[]).await;
        blocked(&answer, "the scheduled job `nightly`", "users.phone");
        let email = asked(session, "ALTER TABLE users DROP COLUMN email", &[]).await;
        assert_eq!(email.state, State::Clear, "{email:#?}");
        // Another role is shown its own jobs alone.
        let role = becoming("gate_jobless", "GRANT USAGE ON SCHEMA cron TO gate_jobless");
        session.execute(&role).await.unwrap();
        let unknown = asked(session, DROP_PHONE, &[]).await;
        session.execute("RESET ROLE").await.unwrap();
        is(
            &unknown.evidence[0],
            State::Unknown,
            "Whether a job of pg_cron refers to it is not known: the database says: query would be affected by row-level \
             security policy for table \"job\".",
        );
    })
    .await;
}

/// One database of a server has the jobs of all.
#[tokio::test]
async fn jobs_that_another_database_keeps_are_not_taken_for_none() {
    with("cron_elsewhere", "SET cron.database_name = 'jobs'", async |session| {
        let answer = asked(session, DROP_PHONE, &[]).await;
        is(
            &answer.evidence[0],
            State::Unknown,
            "Each job of pg_cron stands in database `jobs`, where this connection cannot see whether one refers to it.",
        );
    })
    .await;
}

/// A table in a schema that the connection does not look into, under names that need quotes.
#[tokio::test]
async fn schemas_are_told_apart() {
    let sql = "DROP SCHEMA IF EXISTS \"Gate two\" CASCADE; CREATE SCHEMA \"Gate two\"; CREATE TABLE \"Gate two\".users (id int, phone text); \
               CREATE VIEW \"Gate two\".\"my view\" AS SELECT phone FROM \"Gate two\".users";
    with("two_schemas", sql, async |session| {
        let here = asked(session, DROP_PHONE, &[]).await;
        assert_eq!(here.state, State::Clear, "{here:#?}");
        let down = "ALTER TABLE \"Gate two\".users DROP COLUMN phone";
        let there = asked(session, down, &[]).await;
        session
            .execute("DROP SCHEMA \"Gate two\" CASCADE")
            .await
            .unwrap();
        blocked(&there, "my view", "Gate two.users.phone");
    })
    .await;
}

/// What stands in another schema, means it, or has the name of what goes.
#[tokio::test]
async fn what_another_schema_has_is_told_apart() {
    let sql = "DROP SCHEMA IF EXISTS gate_apart CASCADE; CREATE SCHEMA gate_apart; \
               CREATE TABLE gate_apart.users (id int, phone text); \
               CREATE VIEW gate_apart.calls AS SELECT phone FROM gate_apart.users; \
               CREATE FUNCTION dial() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT u.phone FROM gate_apart.users u); END $$; \
               CREATE FUNCTION gate_apart.dial() RETURNS text LANGUAGE plpgsql SET search_path = gate_apart, gate_told_apart \
               AS $$ BEGIN RETURN (SELECT phone FROM users); END $$";
    with("told_apart", sql, async |session| {
        let clear = asked(session, DROP_PHONE, &[]).await;
        assert_eq!(clear.state, State::Clear, "{clear:#?}");
        let there = asked(session, "ALTER TABLE gate_apart.users DROP COLUMN phone", &[]).await;
        for who in ["`gate_apart.calls`", "the function `dial()`", "`gate_apart.dial()`"] {
            blocked(&there, who, "gate_apart.users.phone");
        }
        // One that is put together, one of each name that goes in the other schema, and one that looks here after the other.
        for (sql, down, who) in [
            (
                "CREATE FUNCTION mail(s text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN \
                 EXECUTE format('UPDATE %I.users SET phone = NULL', s); END $$",
                DROP_PHONE,
                "the function `mail(text)`",
            ),
            (
                "CREATE FUNCTION post(s text) RETURNS void LANGUAGE plpgsql SET search_path = gate_apart AS $$ BEGIN \
                 EXECUTE 'UPDATE ' || s || '.' || 'users SET phone = NULL'; END $$",
                "DROP FUNCTION mail(text); ALTER TABLE users DROP COLUMN phone",
                "the function `post(text)`",
            ),
            (
                "CREATE VIEW calls AS SELECT phone FROM users",
                "DROP FUNCTION mail(text), post(text); DROP VIEW gate_apart.calls; ALTER TABLE users DROP COLUMN phone",
                "the view `calls`",
            ),
            (
                "CREATE POLICY mine ON users USING (phone <> ''); CREATE POLICY mine ON gate_apart.users USING (true)",
                "DROP FUNCTION mail(text), post(text); DROP VIEW calls; DROP POLICY mine ON gate_apart.users; \
                 ALTER TABLE users DROP COLUMN phone",
                "the policy `mine on users`",
            ),
            (
                "ALTER TABLE gate_apart.users RENAME TO people; CREATE FUNCTION gate_apart.ask() RETURNS text LANGUAGE sql \
                 SET search_path = gate_apart, gate_told_apart AS 'SELECT phone FROM users'",
                "DROP FUNCTION mail(text), post(text); DROP VIEW calls; DROP POLICY mine ON users; \
                 ALTER TABLE users DROP COLUMN phone",
                "the function `gate_apart.ask()`",
            ),
        ] {
            session.execute(sql).await.unwrap();
            blocked(&asked(session, down, &[]).await, who, "users.phone");
        }
        session.execute("DROP SCHEMA gate_apart CASCADE").await.unwrap();
    })
    .await;
}

/// One value less has a default, one more has no place; what a function gives back has as many as it says.
#[tokio::test]
async fn one_column_more_has_to_have_a_place() {
    let sql = "CREATE TABLE past (id int, email text, phone text, at timestamptz DEFAULT now()); \
               CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO past SELECT OLD.*; RETURN NULL; END $$; \
               CREATE TRIGGER keep AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep()";
    with("one_more", sql, async |session| {
        // Into another column than its own, which may take it.
        let told = asked(session, ADD_NICK, &[]).await;
        assert_eq!(told.state, State::Clear, "{told:#?}");
        assert!(told.evidence[0].sentence.contains("`keep()` takes each column"), "{told:#?}");
        for (sql, who) in [
            (
                "CREATE FUNCTION listed() RETURNS TABLE (a int, b text, c text) LANGUAGE plpgsql AS $$ BEGIN \
                 RETURN QUERY SELECT * FROM users; END $$; CREATE VIEW reports AS SELECT a FROM listed()",
                "`listed()` fails once `users.nick` is there",
            ),
            (
                "DROP VIEW reports; DROP FUNCTION listed(); CREATE FUNCTION called() RETURNS TABLE (a int, b text, c text) LANGUAGE sql \
                 AS 'SELECT * FROM users'; CREATE FUNCTION calls() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM called()'",
                "`called()` fails once `users.nick` is there",
            ),
        ] {
            session.execute(sql).await.unwrap();
            let answer = asked(session, ADD_NICK, &[]).await;
            assert_eq!(answer.state, State::Blocked, "{answer:#?}");
            assert!(answer.evidence[0].sentence.contains(who), "{answer:#?}");
        }
        // Whose row it copies where it runs for two tables the text does not say.
        let shared = "DROP FUNCTION called(), calls(); CREATE TABLE others (id int, email text, phone text, nick text); \
                      ALTER TABLE past DROP COLUMN at; CREATE TRIGGER keep AFTER UPDATE ON others FOR EACH ROW EXECUTE FUNCTION keep()";
        session.execute(shared).await.unwrap();
        let told = asked(session, ADD_NICK, &[]).await;
        assert_eq!(told.state, State::Clear, "{told:#?}");
        session.execute("DROP TRIGGER keep ON others").await.unwrap();
        let answer = asked(session, ADD_NICK, &[]).await;
        assert_eq!(answer.state, State::Blocked, "{answer:#?}");
        let called = "CREATE FUNCTION called() RETURNS TABLE (a int, b text, c text) LANGUAGE sql AS 'SELECT * FROM users'";
        session.execute(called).await.unwrap();
        session.execute(ADD_NICK).await.unwrap();
        let called = session.query("SELECT count(*) FROM called()", &[]).await;
        assert!(called.is_err());
    })
    .await;
}

/// A trigger that is switched off does nothing, and a routine nothing while nobody calls it.
#[tokio::test]
async fn what_nothing_runs_is_in_no_additions_way() {
    let sql = "CREATE TABLE past (id int, email text, phone text); \
               CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO past SELECT OLD.*; RETURN NULL; END $$; \
               CREATE TRIGGER keep AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep()";
    with("switched_off", sql, async |session| {
        for (sql, expected) in [
            ("SELECT 1", State::Blocked),
            ("ALTER TABLE users DISABLE TRIGGER keep", State::Clear),
            ("ALTER TABLE users ENABLE REPLICA TRIGGER keep", State::Blocked),
            ("ALTER TABLE users ENABLE ALWAYS TRIGGER keep", State::Blocked),
            ("DROP TRIGGER keep ON users", State::Clear),
            (
                "DROP FUNCTION keep(); CREATE PROCEDURE archive() LANGUAGE sql AS 'INSERT INTO past SELECT * FROM users'",
                State::Clear,
            ),
            (
                "CREATE PROCEDURE nightly() LANGUAGE plpgsql AS $$ BEGIN CALL archive(); END $$",
                State::Blocked,
            ),
        ] {
            session.execute(sql).await.unwrap();
            let answer = asked(session, ADD_NICK, &[]).await;
            assert_eq!(answer.state, expected, "{sql}: {answer:#?}");
        }
        session.execute("DROP PROCEDURE nightly()").await.unwrap();
        // Code that runs calls it, or may.
        for (calls, state) in [
            ("SELECT 1", State::Clear),
            ("CALL archive()", State::Blocked),
            ("SELECT archive()", State::Blocked),
            ("SELECT archived FROM users", State::Clear),
        ] {
            let mut own = own();
            own.program.code[0].uses.query(Dialect::Postgres, calls, "src/a.rs:7");
            let record = judged(1, Dialect::Postgres, "SELECT 1", ADD_NICK);
            let plan = back(vec![record], Revert::Last);
            let steps: Vec<&Step> = plan.steps().iter().collect();
            let programs = crate::evidence::consumers::Programs {
                own: &own,
                list: &Tables::unqualified(Dialect::Postgres),
            };
            let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
            let answer = crate::evidence::consumers::answer(&mut asking, &steps, plan.steps(), (&[], &programs)).await;
            asking.end().await.unwrap();
            let answer = answer.unwrap();
            assert_eq!(answer.state, state, "{calls}: {answer:#?}");
        }
    })
    .await;
}

/// A table of another schema is another table.
#[tokio::test]
async fn a_copy_of_another_schemas_table_is_none() {
    let sql = "DROP SCHEMA IF EXISTS gate_copies CASCADE; CREATE SCHEMA gate_copies; CREATE TABLE gate_copies.users (id int); \
               CREATE TABLE past (id int); CREATE FUNCTION keep() RETURNS void LANGUAGE plpgsql AS $$ BEGIN \
               INSERT INTO past SELECT * FROM gate_copies.users; END $$; \
               CREATE FUNCTION nightly() RETURNS void LANGUAGE sql AS 'SELECT keep()'";
    with("other_copies", sql, async |session| {
        let here = asked(session, ADD_NICK, &[]).await;
        let there = "ALTER TABLE gate_copies.users ADD COLUMN nick text";
        let there = asked(session, there, &[]).await;
        session
            .execute("DROP SCHEMA gate_copies CASCADE")
            .await
            .unwrap();
        assert_eq!(here.state, State::Clear, "{here:#?}");
        assert_eq!(here.evidence.len(), 1, "{here:#?}");
        assert_eq!(there.state, State::Blocked, "{there:#?}");
    })
    .await;
}

/// What depends on one PostgreSQL holds fast; a CASCADE takes it along, and a body is text.
#[tokio::test]
async fn who_uses_a_sequence_type_or_extension_is_a_consumer_of_it() {
    let sql = "CREATE SEQUENCE bills; CREATE TYPE mood AS ENUM ('good', 'bad'); \
               CREATE TABLE people (id int DEFAULT nextval('bills'), mood mood, moods mood[])";
    with("named_ones", sql, async |session| {
        for down in ["DROP SEQUENCE bills", "DROP TYPE mood"] {
            let answer = asked(session, down, &[]).await;
            let kept = answer.evidence.iter().any(|one| one.sentence.starts_with("PostgreSQL refuses to drop "));
            assert!(kept, "{down} {answer:#?}");
            assert_ne!(answer.state, State::Blocked, "{down} {answer:#?}");
            assert!(session.query(down, &[]).await.is_err(), "{down}");
        }
        for (down, who, object) in [
            ("DROP SEQUENCE bills CASCADE", "the default of column `id on people`", "bills"),
            ("DROP TYPE mood CASCADE", "the column `mood on people`", "mood"),
            ("DROP TYPE mood CASCADE", "the column `moods on people`", "mood"),
        ] {
            blocked(&asked(session, down, &[]).await, who, object);
        }
        for down in [
            "ALTER TABLE people ALTER COLUMN id DROP DEFAULT; DROP SEQUENCE bills CASCADE",
            "DROP TABLE people; DROP TYPE mood CASCADE",
            "ALTER TABLE people ALTER mood TYPE text, ALTER moods TYPE text[]; DROP TYPE mood CASCADE",
        ] {
            let answer = asked(session, down, &[]).await;
            assert_ne!(answer.state, State::Blocked, "{down} {answer:#?}");
        }
        let bodies = "CREATE FUNCTION bill() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN nextval('bills'); END $$; \
                      CREATE FUNCTION ask() RETURNS text LANGUAGE plpgsql AS $$ DECLARE m mood; BEGIN SELECT mood INTO m FROM people; \
                      RETURN m; END $$; \
                      CREATE FUNCTION other() RETURNS text LANGUAGE sql AS 'SELECT mood || bills FROM (VALUES (''a'', ''b'')) AS v (mood, bills)'; \
                      CREATE EXTENSION IF NOT EXISTS fuzzystrmatch; \
                      CREATE FUNCTION sounds() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN soundex('a'); END $$";
        session.execute(bodies).await.unwrap();
        for (down, who, object) in [
            ("DROP SEQUENCE bills", "the function `bill()`", "bills"),
            ("ALTER SEQUENCE bills RENAME TO notes", "the function `bill()`", "bills"),
            ("DROP TYPE mood", "the function `ask()`", "mood"),
            ("ALTER TYPE mood RENAME TO temper", "the function `ask()`", "mood"),
            ("DROP EXTENSION fuzzystrmatch", "the function `sounds()`", "soundex"),
        ] {
            let answer = asked(session, down, &[]).await;
            blocked(&answer, who, object);
            assert!(!format!("{answer:?}").contains("`other()`"), "{answer:#?}");
        }
        let down = "DROP FUNCTION bill(); ALTER SEQUENCE bills RENAME TO notes";
        let answer = asked(session, down, &[]).await;
        assert_eq!(answer.state, State::Clear, "{answer:#?}");
    })
    .await;
}
