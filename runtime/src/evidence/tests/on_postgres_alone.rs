//! What does PostgreSQL have that the others have not: roles, row security, schemas, sequences, locks to be asked after?

use super::*;
use crate::fixture::judged;

#[tokio::test]
async fn a_role_without_privileges_gets_unknown() {
    postgres("denied", async |session| {
        users(session, "int", &["1"]).await;
        let role = becoming("gate_stranger", "GRANT USAGE ON SCHEMA gate_denied TO gate_stranger");
        session.execute(&role).await.unwrap();
        let finding = found(session, "users", LossKind::DropTable).await;
        session.execute("RESET ROLE").await.unwrap();
        is(
            &finding,
            State::Unknown,
            "What `users` holds is not known: the database says: permission denied for table users.",
        );
    })
    .await;
}

#[tokio::test]
async fn rows_that_a_policy_hides_are_not_taken_for_none() {
    postgres("policy", async |session| {
        users(session, "int", &["1"]).await;
        let grants = "GRANT USAGE ON SCHEMA gate_policy TO gate_tenant; GRANT SELECT ON users TO gate_tenant; \
                      ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON users USING (id = 7)";
        let policy = becoming("gate_tenant", grants);
        session.execute(&policy).await.unwrap();
        let finding = found(session, "users", LossKind::DropTable).await;
        session.execute("RESET ROLE").await.unwrap();
        assert_eq!(finding.state, State::Unknown, "{finding:#?}");
        assert!(finding.sentence.contains("row-level security"), "{finding:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_table_off_the_search_path_is_not_taken_for_none() {
    postgres("elsewhere", async |session| {
        session.execute("CREATE TABLE only_elsewhere (id int); SET search_path = public").await.unwrap();
        let finding = found(session, "only_elsewhere", LossKind::DropTable).await;
        is(
            &finding,
            State::Unknown,
            "What `only_elsewhere` holds is not known: it is not where this connection looks, but schema \
             `gate_elsewhere` has one of that name.",
        );
    })
    .await;
}

/// The analysis writes `public.users` and `users` alike, and the connection finds another `users` first.
#[tokio::test]
async fn a_table_of_public_is_not_taken_for_the_one_that_is_found_first() {
    postgres("beside_public", async |session| {
        for sql in [
            "CREATE TABLE gate_both (id int)",
            "DROP TABLE IF EXISTS public.gate_both",
            "CREATE TABLE public.gate_both (id int)",
            "INSERT INTO public.gate_both VALUES (1)",
        ] {
            session.execute(sql).await.unwrap();
        }
        let asked = async |session: &mut dyn Session, down: &str| {
            let record = judged(1, Dialect::Postgres, "SELECT 1", down);
            let plan = back(vec![record], Revert::Last);
            let answers = answers(session, &plan).await;
            (answers[0].state, answers[2].state, answers[0].evidence[0].sentence.clone(), answers[5].state)
        };
        let named = asked(session, "DROP TABLE public.gate_both").await;
        let bare = asked(session, "DROP TABLE gate_both").await;
        session.execute("DROP TABLE public.gate_both").await.unwrap();
        let alone = asked(session, "DROP TABLE public.gate_both").await;
        assert_eq!((named.0, named.1, named.3), (State::Unknown, State::Unknown, State::Unknown), "{named:?}");
        assert_eq!((bare.3, alone.3), (State::Clear, State::Clear), "{bare:?} {alone:?}");
        assert_eq!(
            named.2,
            "What `gate_both` holds is not known: this connection finds one, and schema `public`, which is named there, has another."
        );
        assert_eq!((bare.0, bare.1), (State::Clear, State::Clear), "{bare:?}");
        assert_eq!((alone.0, alone.1), (State::Clear, State::Clear), "{alone:?}");
    })
    .await;
}

/// What would be cut, what is locked while it is looked at, and what a consent was given for are of both.
#[tokio::test]
async fn a_table_of_public_is_looked_at_beside_the_one_that_is_found_first() {
    postgres("both_looked_at", async |session| {
        for sql in [
            "CREATE TABLE gate_twice (id int, name text)",
            "DROP TABLE IF EXISTS public.gate_twice",
            "CREATE TABLE public.gate_twice (id int, name text)",
            "INSERT INTO public.gate_twice VALUES (1, 'longer than that')",
        ] {
            session.execute(sql).await.unwrap();
        }
        let step = |down: &str| {
            let up = "ALTER TABLE public.gate_twice ALTER COLUMN name TYPE text";
            back(vec![judged(1, Dialect::Postgres, up, down)], Revert::Last)
        };
        let narrows = step("ALTER TABLE public.gate_twice ALTER COLUMN name TYPE varchar(3) USING substr(name, 1, 3)");
        let asked = answers(session, &narrows).await;
        let states: Vec<State> = [0, 3, 5].map(|at: usize| asked[at].state).to_vec();
        assert_eq!(states, [State::Unknown; 3], "{asked:#?}");
        // Whoever consented saw how many there were in each.
        let drops = step("DROP TABLE public.gate_twice");
        let value = async |session: &mut dyn Session| {
            let asked = answers(session, &drops).await;
            asked[0].evidence[0].query.clone().unwrap().value
        };
        assert_eq!(value(session).await, "0, 1");
        let one_more = "INSERT INTO public.gate_twice VALUES (2, 'x')";
        session.execute(one_more).await.unwrap();
        assert_eq!(value(session).await, "0, 2");
        // Nobody writes there from the look until the end.
        session.begin().await.unwrap();
        lock(session, &drops.steps()[0]).await.unwrap();
        let held = "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'gate_twice' \
                    AND l.mode = 'AccessExclusiveLock' AND l.pid = pg_backend_pid()";
        let rows = session.query(held, &[]).await.unwrap();
        assert_eq!(rows[0].int(0), Some(2));
        session.rollback().await.unwrap();
        session.execute("DROP TABLE public.gate_twice").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_schema_holds_what_its_tables_hold() {
    postgres("whole", async |session| {
        let find = async |session: &mut dyn Session| {
            found(session, "gate_whole", LossKind::DropSchema).await
        };
        assert_eq!(find(session).await.state, State::Unknown);
        users(session, "int", &[]).await;
        is(
            &find(session).await,
            State::Clear,
            "Not one of the 1 tables of `gate_whole` holds a row.",
        );
        session
            .execute("INSERT INTO users (id) VALUES (1)")
            .await
            .unwrap();
        is(
            &find(session).await,
            State::Blocked,
            "`gate_whole.users` holds 1 row.",
        );
        // Whoever consents sees what each of them holds.
        session
            .execute("CREATE TABLE notes AS SELECT generate_series(1, 3)")
            .await
            .unwrap();
        is(
            &find(session).await,
            State::Blocked,
            "`gate_whole.notes` holds 3 rows, `gate_whole.users` holds 1 row.",
        );
    })
    .await;
}

/// The owner of a schema can drop what others have made in it, and need not see it.
#[tokio::test]
async fn a_table_of_somebody_else_in_the_schema_is_not_overlooked() {
    postgres("tenants", async |session| {
        users(session, "int", &["1"]).await;
        let owner = "DO $$ BEGIN CREATE ROLE gate_owner; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; \
                     ALTER SCHEMA gate_tenants OWNER TO gate_owner; SET ROLE gate_owner; CREATE TABLE own (id int)";
        session.execute(owner).await.unwrap();
        let finding = found(session, "gate_tenants", LossKind::DropSchema).await;
        is(
            &finding,
            State::Unknown,
            "What `gate_tenants` holds is not known: the database says: permission denied for table users.",
        );
        let plan = losing(session.dialect(), &[&[("gate_tenants", LossKind::DropSchema)]]);
        session.begin().await.unwrap();
        lock(session, &plan.steps()[0]).await.unwrap();
        session.rollback().await.unwrap();
        session.execute("RESET ROLE; ALTER SCHEMA gate_tenants OWNER TO CURRENT_USER; DROP OWNED BY gate_owner").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn nobody_writes_into_a_schema_that_goes() {
    postgres("going", async |session| {
        users(session, "int", &[]).await;
        let plan = losing(
            session.dialect(),
            &[&[("gate_going", LossKind::DropSchema)]],
        );
        session.begin().await.unwrap();
        lock(session, &plan.steps()[0]).await.unwrap();
        let pool = PoolOptions::<sqlx::Postgres>::new()
            .connect(&server("ONWARD_TEST_POSTGRES"))
            .await
            .unwrap();
        let mut other = (&pool).open().0.await.unwrap();
        let insert = "SET lock_timeout = 100; INSERT INTO gate_going.users (id) VALUES (1)";
        let error = other.execute(insert).await.unwrap_err().to_string();
        assert!(error.contains("lock timeout"), "{error}");
        session.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_sequence_holds_its_position() {
    postgres("sequence", async |session| {
        session.execute("CREATE SEQUENCE tickets").await.unwrap();
        let finding = found(session, "tickets", LossKind::DropSequence).await;
        is(
            &finding,
            State::Clear,
            "No number was ever taken from `tickets`.",
        );
        session
            .query("SELECT nextval('tickets')", &[])
            .await
            .unwrap();
        let finding = found(session, "tickets", LossKind::DropSequence).await;
        is(
            &finding,
            State::Blocked,
            "`tickets` stands at 1; made anew it would give out the same numbers again.",
        );
    })
    .await;
}

#[tokio::test]
async fn locked_rows_cannot_come_in_between() {
    postgres("between", async |session| {
        users(session, "int", &[]).await;
        let plan = losing(session.dialect(), &[&[("users", LossKind::DropTable)]]);
        session.begin().await.unwrap();
        lock(session, &plan.steps()[0]).await.unwrap();
        let mut other = beside(session).await;
        other.execute("SET lock_timeout = 100").await.unwrap();
        let insert = "INSERT INTO users (id) VALUES (1)";
        assert!(
            other
                .execute(insert)
                .await
                .unwrap_err()
                .to_string()
                .contains("lock timeout")
        );
        session.rollback().await.unwrap();

        other.begin().await.unwrap();
        other.execute(insert).await.unwrap();
        session.begin().await.unwrap();
        session
            .execute("SET LOCAL lock_timeout = 100")
            .await
            .unwrap();
        let error = lock(session, &plan.steps()[0]).await.unwrap_err();
        assert!(
            matches!(error, crate::Error::Lock(crate::LockError::Table { .. })),
            "{error}"
        );
        session.rollback().await.unwrap();
        other.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_stays_open_blocks() {
    postgres("waits", async |session| {
        users(session, "int", &["1"]).await;
        let mut other = beside(session).await;
        other.begin().await.unwrap();
        other
            .query("SELECT count(*) FROM users", &[])
            .await
            .unwrap();
        let plan = losing(session.dialect(), &[&[("users", LossKind::DropTable)]]);
        let young = answers(session, &plan).await.swap_remove(5);
        assert_eq!(young.state, State::Clear, "{young:#?}");
        tokio::time::sleep(Duration::from_millis(6_100)).await;
        let old = answers(session, &plan).await.swap_remove(5);
        assert_eq!(old.state, State::Blocked, "{old:#?}");
        let said = &old.evidence[1].sentence;
        let open = said
            .strip_prefix("A transaction that is open for ")
            .unwrap();
        let (seconds, rest) = open.split_once(' ').unwrap();
        // A machine that is busy takes longer.
        assert!(seconds.parse::<u64>().unwrap() >= 6, "{said}");
        assert!(
            rest.starts_with("s holds what it locks: server process "),
            "{said}"
        );
        other.rollback().await.unwrap();
    })
    .await;
}

/// Whoever may not see since when others are at it cannot tell how long they will be.
#[tokio::test]
async fn a_transaction_whose_age_is_hidden_is_unknown() {
    postgres("hidden_age", async |session| {
        users(session, "int", &["1"]).await;
        let mut other = beside(session).await;
        other.begin().await.unwrap();
        other.query("SELECT count(*) FROM users", &[]).await.unwrap();
        let role = becoming(
            "gate_ageless",
            "GRANT USAGE ON SCHEMA gate_hidden_age TO gate_ageless",
        );
        session.execute(&role).await.unwrap();
        let plan = losing(session.dialect(), &[&[("users", LossKind::DropTable)]]);
        let answer = answers(session, &plan).await.swap_remove(5);
        session.execute("RESET ROLE").await.unwrap();
        other.rollback().await.unwrap();
        is(
            answer.evidence.last().unwrap(),
            State::Unknown,
            "This role may not see how old the transactions are that hold what it locks: grant it pg_monitor.",
        );
    })
    .await;
}

/// Reports often have views that are called like the tables which they read.
#[tokio::test]
async fn a_view_of_another_schema_is_not_the_table_of_its_name() {
    postgres("viewed", async |session| {
        users(session, "int", &["1"]).await;
        let make = "DROP SCHEMA IF EXISTS gate_viewing CASCADE; CREATE SCHEMA gate_viewing; \
                    CREATE VIEW gate_viewing.users AS SELECT phone FROM users; CREATE VIEW gate_viewing.calls AS SELECT phone FROM users";
        session.execute(make).await.unwrap();
        let down = "ALTER TABLE users DROP COLUMN phone";
        let plan = back(vec![judged(1, Dialect::Postgres, "SELECT 1", down)], Revert::Last);
        let steps: Vec<&Step> = plan.steps().iter().collect();
        for (sql, uses) in [
            ("SELECT phone FROM gate_viewing.users", true),
            ("SELECT phone FROM calls", true),
            ("SELECT id FROM users", false),
        ] {
            let mut own = own();
            let of_code = &mut own.program.code[0].uses;
            of_code.query(Dialect::Postgres, sql, "src/a.rs:7");
            let tables = Tables::unqualified(Dialect::Postgres);
            let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
            let answer = crate::evidence::running_code::answer(&mut asking, &tables, &own, &steps, &[]);
            let answer = answer.await.unwrap();
            asking.end().await.unwrap();
            assert_eq!(answer.state == State::Blocked, uses, "{sql}: {answer:#?}");
        }
        session.execute("DROP SCHEMA gate_viewing CASCADE").await.unwrap();
    })
    .await;
}

/// A query names them, and no table or column of theirs goes.
#[tokio::test]
async fn a_sequence_type_or_extension_that_code_names_is_used() {
    postgres("named", async |session| {
        let make = "CREATE SEQUENCE bills; CREATE TYPE mood AS ENUM ('calm'); \
                    CREATE EXTENSION IF NOT EXISTS fuzzystrmatch";
        session.execute(make).await.unwrap();
        for (down, sql, used) in [
            ("DROP SEQUENCE bills", "SELECT nextval('bills')", "bills"),
            ("DROP TYPE mood", "SELECT name FROM users WHERE mood = $1::mood", "mood"),
            ("DROP TYPE mood", "INSERT INTO users (mood) VALUES (mood 'calm')", "mood"),
            (
                "DROP EXTENSION fuzzystrmatch",
                "SELECT name FROM users WHERE soundex(name) = $1",
                "soundex",
            ),
        ] {
            let record = judged(1, Dialect::Postgres, "SELECT 1", down);
            let plan = back(vec![record], Revert::Last);
            let steps: Vec<&Step> = plan.steps().iter().collect();
            for (sql, expected) in [(sql, Some(used)), ("SELECT name FROM users", None)] {
                let mut own = own();
                let uses = &mut own.program.code[0].uses;
                uses.query(Dialect::Postgres, sql, "src/a.rs:7");
                let tables = Tables::unqualified(Dialect::Postgres);
                let mut asking = Asking::begin(session, PATIENCE).await.unwrap();
                let answer =
                    crate::evidence::running_code::answer(&mut asking, &tables, &own, &steps, &[]);
                let answer = answer.await.unwrap();
                asking.end().await.unwrap();
                let blocked = answer.evidence.iter().find(|one| one.state == State::Blocked);
                let said = blocked.map(|one| one.sentence.clone());
                let expected = expected.map(|used| {
                    format!(
                        "The program that asks (shop-admin build a1b2c3) itself uses `{used}` (src/a.rs:7): its code fails without it."
                    )
                });
                assert_eq!(said, expected, "{down}: {answer:#?}");
            }
        }
    })
    .await;
}
