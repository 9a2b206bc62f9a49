//! Does anybody's table, function or operator answer for PostgreSQL's own, and who is asked about a table that is called like a catalog?

use super::*;

/// What the questions find.
async fn said(session: &mut dyn Session, plan: &Plan) -> Vec<(State, Vec<String>)> {
    let answers = answers(session, plan).await;
    let said = answers.into_iter().map(|answer| {
        let sentences = answer.evidence.into_iter().map(|one| one.sentence);
        (answer.state, sentences.collect())
    });
    said.collect()
}

const SHOP: &str = "CREATE TABLE users (id int PRIMARY KEY, phone varchar(20), short text GENERATED ALWAYS AS (left(phone, 3)) STORED); \
    INSERT INTO users VALUES (1, '030 1'); CREATE TABLE orders (id int, of_user int REFERENCES users); \
    CREATE VIEW callable AS SELECT phone FROM users; \
    CREATE FUNCTION dial() RETURNS text LANGUAGE sql AS 'SELECT phone FROM users'";

/// What is there beside the catalogs answers nothing, wherever it stands.
async fn are_not_asked(name: &str, shadows: &[&str]) {
    postgres(name, async |session| {
        session.execute(SHOP).await.unwrap();
        let losses = [("users.phone", LossKind::DropColumn)];
        let plan = losing(
            session.dialect(),
            &[&losses, &[("orders", LossKind::DropTable)]],
        );
        let before = said(session, &plan).await;
        assert!(
            before[0].1[0].contains("holds a value in 1 row"),
            "{before:?}"
        );
        assert!(
            before[2].1.concat().contains("the view `callable`"),
            "{before:?}"
        );
        for sql in shadows {
            session.execute(sql).await.unwrap();
        }
        assert_eq!(said(session, &plan).await, before);
    })
    .await;
}

#[tokio::test]
async fn tables_of_the_catalogs_names_are_not_asked() {
    let mut shadows = Vec::new();
    for catalog in [
        "pg_class",
        "pg_depend",
        "pg_namespace",
        "pg_rewrite",
        "pg_proc",
        "pg_trigger",
        "pg_constraint",
        "pg_attrdef",
        "pg_index",
        "pg_inherits",
        "pg_locks",
        "pg_stat_activity",
        "pg_database",
        "pg_publication_tables",
    ] {
        shadows.push(format!(
            "CREATE TABLE {catalog} (LIKE pg_catalog.{catalog})"
        ));
        shadows.push(format!(
            "CREATE TEMP TABLE {catalog} (LIKE pg_catalog.{catalog})"
        ));
    }
    shadows.push("SET search_path = gate_shadow_tables, pg_catalog".to_owned());
    let shadows: Vec<&str> = shadows.iter().map(String::as_str).collect();
    are_not_asked("shadow_tables", &shadows).await;
}

#[tokio::test]
async fn functions_and_operators_before_the_catalogs_are_not_called() {
    are_not_asked(
        "shadow_functions",
        &[
            "CREATE FUNCTION to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass'",
            "CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'",
            "CREATE FUNCTION strpos(text, text) RETURNS int LANGUAGE sql AS 'SELECT 0'",
            "CREATE FUNCTION current_database() RETURNS name LANGUAGE sql AS 'SELECT NULL::name'",
            "CREATE FUNCTION never(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT false'",
            "CREATE FUNCTION never(text, text) RETURNS bool LANGUAGE sql AS 'SELECT false'",
            "CREATE OPERATOR = (FUNCTION = never, LEFTARG = oid, RIGHTARG = oid)",
            "CREATE OPERATOR = (FUNCTION = never, LEFTARG = text, RIGHTARG = text)",
            "SET search_path = gate_shadow_functions, pg_catalog",
        ],
    )
    .await;
}

/// The path is the usual one, and what anybody may put into `public` fits what is asked better than the catalogs' own: it would run
/// with the rights of whoever asks.
#[tokio::test]
async fn functions_and_operators_that_fit_better_are_not_called() {
    let mut shadows = vec![
        "CREATE FUNCTION x() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$"
            .to_owned(),
    ];
    for (name, takes, gives) in [
        ("lower", "name", "text"),
        ("quote_ident", "name", "text"),
        ("unnest", "name[]", "text"),
        ("unnest", "text[]", "text"),
        ("unnest", "\"char\"[]", "text"),
        ("pg_total_relation_size", "oid", "bigint"),
        ("pg_partition_tree", "oid", "bigint"),
        ("concat", "text, int, text, text, text, text, text", "text"),
    ] {
        shadows.push(format!(
            "CREATE FUNCTION {name}({takes}) RETURNS {gives} LANGUAGE sql AS 'SELECT x()::{gives}'"
        ));
    }
    for (operator, left, right) in [
        ("=", "oid", "regclass"),
        ("<>", "oid", "regclass"),
        ("<>", "regclass", "regclass"),
        ("=", "oid", "regtype"),
        ("=", "oid", "regprocedure"),
        ("=", "oid", "regnamespace"),
        ("=", "real", "int"),
        ("*", "numeric", "int"),
        ("||", "name", "name"),
        ("||", "text", "name"),
        ("||", "oid[]", "oid"),
        ("->", "jsonb", "jsonb"),
    ] {
        let gives = if operator == "=" || operator == "<>" {
            "bool"
        } else {
            "text"
        };
        shadows.push(format!(
            "CREATE FUNCTION f({left}, {right}) RETURNS {gives} LANGUAGE sql AS 'SELECT x()::{gives}'"
        ));
        let by = match operator {
            "=" | "<>" => format!("equal_{}", shadows.len()),
            _ => format!("joined_{}", shadows.len()),
        };
        shadows.push(format!("ALTER FUNCTION f({left}, {right}) RENAME TO {by}"));
        shadows.push(format!(
            "CREATE OPERATOR {operator} (FUNCTION = {by}, LEFTARG = {left}, RIGHTARG = {right})"
        ));
    }
    shadows.push("CREATE AGGREGATE array_agg(text) (SFUNC = textcat, STYPE = text)".to_owned());
    shadows.push("CREATE AGGREGATE count(oid) (SFUNC = oidlarger, STYPE = oid)".to_owned());
    let shadows: Vec<&str> = shadows.iter().map(String::as_str).collect();
    are_not_asked("shadow_fits", &shadows).await;
}

/// A role that looks into the catalogs last means its own table, and every other one the catalog.
#[tokio::test]
async fn a_table_that_is_called_like_a_catalog_is_not_known() {
    postgres("shadow_named", async |session| {
        let own = "SET search_path = gate_shadow_named, pg_catalog; CREATE TABLE pg_policy (id int); INSERT INTO pg_policy VALUES (1)";
        session.execute(own).await.unwrap();
        let plan = losing(session.dialect(), &[&[("pg_policy", LossKind::DropTable)]]);
        for answer in answers(session, &plan).await {
            if answer.question != Question::Backup {
                assert_ne!(answer.state, State::Clear, "{answer:?}");
                let said: Vec<&str> = answer.evidence.iter().map(|one| one.sentence.as_str()).collect();
                assert!(said.concat().contains("calls one of its own catalogs `pg_policy`"), "{said:?}");
            }
        }
        // A name like theirs that is none of theirs is anybody's.
        session.execute("CREATE TABLE pg_searches (id int)").await.unwrap();
        let plan = losing(session.dialect(), &[&[("pg_searches", LossKind::DropTable)]]);
        assert_eq!(answers(session, &plan).await[0].state, State::Clear);
    })
    .await;
}
