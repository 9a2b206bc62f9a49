//! Does a server do to values at the limits of each type what the analysis says of a change of type?
//!
//! Each pair of types is tried: a value is written, its column changed to the other type and back, and compared. What
//! comes back changed must have been foretold as cut, and what is refused not as kept. Runs where
//! `ONWARD_TEST_POSTGRES` or `ONWARD_TEST_MYSQL` names a server.

use onward_analysis::Dialect;
use onward_analysis::types::{Cast, Fit, Type, fit};
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection, Row as _};

const POSTGRES: [(&str, &[&str]); 20] = [
    ("smallint", &["-32768", "32767"]),
    ("integer", &["-2147483648", "16777217", "7"]),
    ("bigint", &["9223372036854775807", "9007199254740993", "1"]),
    ("numeric", &["0.1", "123456789012345678901234567890.5"]),
    ("numeric(6,2)", &["9999.99", "-0.5"]),
    ("numeric(4,0)", &["9999", "-9999"]),
    ("real", &["0.1", "3.4e38", "1.5"]),
    ("double precision", &["0.30000000000000004", "1e300", "2.5"]),
    ("boolean", &["true", "false"]),
    (
        "text",
        &[
            "a long text without a blank at its end!",
            "a  ",
            "007",
            "2020-1-2",
        ],
    ),
    ("varchar(10)", &["abcdefghij", "a  ", "t", "1 "]),
    ("varchar(3)", &["abc", "a  "]),
    ("char(5)", &["ab", "abcde"]),
    ("date", &["2020-01-02", "0044-03-15 BC"]),
    (
        "timestamp",
        &["2020-10-25 02:30:00.123456", "2020-03-29 02:30:00"],
    ),
    (
        "timestamptz",
        &["2020-10-25 00:30:00+00", "2020-10-25 01:30:00+00"],
    ),
    ("timestamp(0)", &["2020-01-02 10:00:00"]),
    ("json", &["{\"a\":1, \"a\":2}", "1"]),
    ("jsonb", &["{\"a\": 1}", "1"]),
    ("uuid", &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
];

/// Changes a column with one value to another type and back: what became of the value.
const POSTGRES_TRIAL: &str = "
SET timezone = 'Europe/Berlin';
CREATE FUNCTION pg_temp.trial(f text, t text, v text, explicit bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE before text; after text; how text := '';
BEGIN
  DROP TABLE IF EXISTS z;
  EXECUTE format('CREATE TEMP TABLE z (a %s)', f);
  EXECUTE format('INSERT INTO z VALUES (%L::text::%s)', v, f);
  SELECT a::text INTO before FROM z;
  IF explicit THEN how := format('USING a::%s', t); END IF;
  BEGIN
    EXECUTE format('ALTER TABLE z ALTER a TYPE %s %s', t, how);
  EXCEPTION WHEN OTHERS THEN RETURN 'refused';
  END;
  BEGIN
    EXECUTE format('ALTER TABLE z ALTER a TYPE %s USING a::%s', f, f);
  EXCEPTION WHEN OTHERS THEN
    BEGIN
      EXECUTE format('ALTER TABLE z ALTER a TYPE %s USING a::text::%s', f, f);
    EXCEPTION WHEN OTHERS THEN RETURN 'changed';
    END;
  END;
  SELECT a::text INTO after FROM z;
  RETURN CASE WHEN after = before THEN 'kept' ELSE 'changed' END;
END $$";

#[tokio::test]
async fn postgres_does_what_was_foretold() -> Result<(), sqlx::Error> {
    let Ok(url) = std::env::var("ONWARD_TEST_POSTGRES") else {
        return Ok(());
    };
    let mut connection = PgConnection::connect(&url).await?;
    sqlx::raw_sql(POSTGRES_TRIAL)
        .execute(&mut connection)
        .await?;
    let (mut wrong, mut cut) = (Vec::new(), 0);
    for (from, values) in POSTGRES {
        for (to, _) in POSTGRES.iter().filter(|(to, _)| *to != from) {
            for cast in [Cast::Assigned, Cast::Explicit] {
                let foretold = foretold(Dialect::Postgres, from, to, cast);
                for value in values {
                    let seen: String = sqlx::query_scalar("SELECT pg_temp.trial($1, $2, $3, $4)")
                        .bind(from)
                        .bind(to)
                        .bind(value)
                        .bind(cast == Cast::Explicit)
                        .fetch_one(&mut connection)
                        .await?;
                    cut += usize::from(seen == "changed" && foretold == Fit::Cuts);
                    let sound = match seen.as_str() {
                        "kept" => true,
                        "refused" => foretold != Fit::Keeps,
                        _ => matches!(foretold, Fit::Cuts | Fit::Unknown),
                    };
                    if !sound {
                        wrong.push(format!(
                            "{value} from {from} to {to}, {cast:?}: {foretold:?}, but {seen}"
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cut > 50, "the values are at the limits of their types");
    Ok(())
}

const MYSQL: [(&str, &[&str]); 18] = [
    ("tinyint unsigned", &["255", "0"]),
    ("int", &["-2147483648", "16777217"]),
    ("bigint", &["9223372036854775807", "9007199254740993"]),
    ("decimal(6,2)", &["9999.99", "-0.5"]),
    ("decimal(4,0)", &["9999"]),
    ("float", &["0.1", "3.4e38"]),
    ("double", &["0.30000000000000004", "1e300"]),
    ("char(5)", &["'abcde'", "'a'"]),
    ("varchar(10)", &["'abcdefghij'", "'a  '", "'007'"]),
    ("varchar(255)", &["repeat('x', 255)"]),
    ("tinytext", &["repeat('x', 255)"]),
    ("text", &["repeat('x', 65535)", "'1'"]),
    ("varchar(10) CHARACTER SET latin1", &["'é'"]),
    ("varchar(10) CHARACTER SET utf8mb4", &["'😀'"]),
    ("date", &["'1000-01-01'", "'2020-01-02'"]),
    (
        "datetime(3)",
        &["'2020-01-02 10:00:00.123'", "'1000-01-01 00:00:00'"],
    ),
    ("enum('a','b')", &["'a'", "'b'"]),
    ("enum('b','a','c')", &["'c'"]),
];

#[tokio::test]
async fn mysql_does_what_was_foretold() -> Result<(), sqlx::Error> {
    let Ok(url) = std::env::var("ONWARD_TEST_MYSQL") else {
        return Ok(());
    };
    let mut connection = MySqlConnection::connect(&url).await?;
    let name = format!("onward_types_{}", std::process::id());
    let setup = format!(
        "CREATE DATABASE {name} CHARACTER SET utf8mb4; USE {name}; SET NAMES utf8mb4; SET sql_mode = ''"
    );
    sqlx::raw_sql(AssertSqlSafe(setup))
        .execute(&mut connection)
        .await?;
    let (mut wrong, mut cut) = (Vec::new(), 0);
    for (from, values) in MYSQL {
        let others: Vec<&str> = MYSQL
            .iter()
            .map(|(to, _)| *to)
            .filter(|to| *to != from)
            .collect();
        let changed = changed(&mut connection, from, &others, values).await?;
        for (to, changed) in others.into_iter().zip(changed) {
            let foretold = foretold(Dialect::MySql, from, to, Cast::Assigned);
            cut += usize::from(changed > 0 && foretold == Fit::Cuts);
            if changed > 0 && matches!(foretold, Fit::Keeps | Fit::Refuses) {
                wrong.push(format!(
                    "{from} to {to}: {foretold:?}, but {changed} changed"
                ));
            }
        }
    }
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {name}")))
        .execute(&mut connection)
        .await?;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cut > 50, "the values are at the limits of their types");
    Ok(())
}

/// How many values come back changed from each of the other types: a column for each, all altered at once.
async fn changed(
    connection: &mut MySqlConnection,
    from: &str,
    others: &[&str],
    values: &[&str],
) -> Result<Vec<i64>, sqlx::Error> {
    let each = |part: &dyn Fn(usize, &str) -> String| {
        let parts: Vec<String> = others
            .iter()
            .enumerate()
            .map(|(at, to)| part(at, to))
            .collect();
        parts.join(", ")
    };
    let mut trial = format!(
        "CREATE TABLE z (id int PRIMARY KEY, {});",
        each(&|at, _| format!("c{at} {from}"))
    );
    for (id, value) in values.iter().enumerate() {
        trial.push_str(&format!(
            "INSERT INTO z VALUES ({id}, {});",
            each(&|_, _| (*value).to_owned())
        ));
    }
    trial.push_str(&format!(
        "CREATE TABLE o AS SELECT * FROM z; ALTER TABLE z {}; ALTER TABLE z {};",
        each(&|at, to| format!("MODIFY c{at} {to}")),
        each(&|at, _| format!("MODIFY c{at} {from}")),
    ));
    sqlx::raw_sql(AssertSqlSafe(trial))
        .execute(&mut *connection)
        .await?;
    let count = each(&|at, _| format!("CAST(SUM(NOT HEX(z.c{at}) <=> HEX(o.c{at})) AS SIGNED)"));
    let row = sqlx::query(AssertSqlSafe(format!(
        "SELECT {count} FROM z JOIN o USING (id)"
    )))
    .fetch_one(&mut *connection)
    .await?;
    sqlx::raw_sql("DROP TABLE z, o").execute(connection).await?;
    (0..others.len()).map(|at| row.try_get(at)).collect()
}

fn foretold(dialect: Dialect, from: &str, to: &str, cast: Cast) -> Fit {
    fit(
        dialect,
        &Type::parse(dialect, from),
        &Type::parse(dialect, to),
        cast,
    )
}
