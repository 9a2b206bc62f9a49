//! Which migrations do the tests of planning and deciding talk about, and how are texts compared?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use onward_analysis::{
    Access, Age, Analysis, Dialect, Down, Effect, Loss, LossKind, Marks, Object, Place, Record,
    Script, Span, Statement, Touch, Unknown, Uses, Verdict, Version, sql_hash,
};

use crate::instances::{Code, Identity, Own, OwnPool, Program};
use crate::{Environment, Goal, Plan, Revert};

/// A script of one statement, with `losses` of objects written as `table` or `table.column`.
pub(crate) fn script(
    dialect: Dialect,
    sql: &str,
    verdict: Verdict,
    losses: &[(&str, LossKind)],
) -> Script {
    let span = Span {
        start: 0,
        end: u32::try_from(sql.len()).unwrap(),
    };
    let losses: Vec<Loss> = losses
        .iter()
        .map(|(name, kind)| Loss {
            object: object(name),
            kind: *kind,
            age: Age::SinceUp,
            statement: 0,
            span,
        })
        .collect();
    let unknown = Unknown {
        reason: "the SQL is built at run time".to_owned(),
        statement: 0,
        span,
        type_before: None,
    };
    let touches = losses
        .iter()
        .map(|loss| Touch {
            object: Object {
                column: None,
                ..loss.object.clone()
            },
            access: Access::Alter,
        })
        .collect();
    Script {
        sql: Some(sql.to_owned()),
        file: None,
        hash: sql_hash(sql),
        analyses: vec![Analysis {
            dialect,
            verdict,
            unknowns: if verdict == Verdict::Unknown {
                vec![unknown]
            } else {
                Vec::new()
            },
            statements: vec![Statement {
                span,
                effect: Effect::Transactional,
            }],
            touches,
            changes: Vec::new(),
            routines: Vec::new(),
            renames: Vec::new(),
            named: Vec::new(),
            adds: Vec::new(),
            places: false,
            fills: Vec::new(),
            bounds: Vec::new(),
            losses,
        }],
    }
}

/// A process that uses nothing.
pub(crate) fn own() -> Own {
    let uses = Code {
        package: "shop".to_owned(),
        uses: Uses::default(),
    };
    Own {
        identity: Identity {
            application: "shop-admin".to_owned(),
            kind: "app".to_owned(),
            build: "a1b2c3".to_owned(),
            every: Duration::from_secs(15),
        },
        program: Program {
            catalogs: BTreeMap::new(),
            code: vec![uses],
            crates: Vec::new(),
        },
        pool: OwnPool::default(),
    }
}

/// `table` or `table.column`.
pub(crate) fn object(name: &str) -> Object {
    let (table, column) = match name.split_once('.') {
        Some((table, column)) => (table, Some(column.to_owned())),
        None => (name, None),
    };
    Object {
        schema: None,
        table: table.to_owned(),
        column,
    }
}

/// A migration with these two directions.
pub(crate) fn record(version: i64, name: &str, up: Script, down: Down) -> Record {
    Record {
        version: Version::new(version),
        name: name.to_owned(),
        doc: String::new(),
        catalog: "shop".to_owned(),
        place: Place::default(),
        up,
        down,
        marks: Marks::default(),
        only: Vec::new(),
        down_in: Vec::new(),
        conditions: Default::default(),
        transaction: None,
    }
}

/// `users.phone_number`, added by the up and dropped by the down.
pub(crate) fn phone(version: i64, dialect: Dialect) -> Record {
    let up = script(
        dialect,
        "ALTER TABLE users ADD COLUMN phone_number varchar(20)",
        Verdict::Lossless,
        &[],
    );
    let down = script(
        dialect,
        "ALTER TABLE users DROP COLUMN phone_number",
        Verdict::Lossy,
        &[("users.phone_number", LossKind::DropColumn)],
    );
    record(version, "add_phone_number", up, Down::Script(down))
}

/// An index, added and dropped.
pub(crate) fn index(version: i64, dialect: Dialect) -> Record {
    let up = "CREATE INDEX users_email ON users (email)";
    let down = "DROP INDEX users_email";
    let lossless = |sql| script(dialect, sql, Verdict::Lossless, &[]);
    record(
        version,
        "index_users",
        lossless(up),
        Down::Script(lossless(down)),
    )
}

/// A migration whose down nobody can follow.
pub(crate) fn dynamic(version: i64, dialect: Dialect) -> Record {
    let up = script(dialect, "SELECT 1", Verdict::Lossless, &[]);
    let down = script(dialect, "EXECUTE drops", Verdict::Unknown, &[]);
    record(version, "rebuild_partitions", up, Down::Script(down))
}

/// A migration without a down.
pub(crate) fn irreversible(version: i64, dialect: Dialect) -> Record {
    let up = script(
        dialect,
        "DROP TABLE sessions",
        Verdict::Lossy,
        &[("sessions", LossKind::DropTable)],
    );
    let reason = "sessions expire anyway".to_owned();
    record(version, "drop_sessions", up, Down::Irreversible { reason })
}

/// The plan that reverts the last of `records` in development, where nothing limits it.
pub(crate) fn back(records: Vec<Record>, goal: Revert) -> Plan {
    let dialect = records[0].up.analyses[0].dialect;
    let records: Vec<Arc<Record>> = records.into_iter().map(Arc::new).collect();
    Plan::back(&records, goal, &Environment::development(), dialect).unwrap()
}

/// The plan that applies them in development.
pub(crate) fn forward(records: Vec<Record>) -> Plan {
    let dialect = records[0].up.analyses[0].dialect;
    let records: Vec<Arc<Record>> = records.into_iter().map(Arc::new).collect();
    let environment = Environment::development();
    Plan::forward(&records, |_| false, Goal::Latest, &environment, dialect).unwrap()
}

/// What a person reads. Compared byte for byte with the file, so that a change of the text is seen by its reviewer;
/// `ONWARD_BLESS=1` writes the file anew.
pub(crate) fn snapshot(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/snapshots")
        .join(name);
    if std::env::var_os("ONWARD_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{}", path.display());
}

/// A migration as the macro would judge it, on a schema of which nothing is known.
pub(crate) fn judged(version: i64, dialect: Dialect, up: &str, down: &str) -> Record {
    use onward_analysis::{Schema, judge::judge};
    let judged = judge(dialect, &Schema::unknown(), Some(up), Some(down));
    let script = |sql: &str, analysis: Option<Analysis>| Script {
        sql: Some(sql.to_owned()),
        file: None,
        hash: sql_hash(sql),
        analyses: analysis.into_iter().collect(),
    };
    let down = Down::Script(script(down, judged.down));
    record(version, "judged", script(up, judged.up), down)
}
