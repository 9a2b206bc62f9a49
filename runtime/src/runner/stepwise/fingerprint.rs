//! Did a statement take effect before the process died?

use std::collections::BTreeSet;

use onward_analysis::{Access, Dialect};

use crate::session::{Session, literal};
use crate::text::begins_with;
use crate::{Result, Step};

/// What became of a statement that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Took {
    /// It was done.
    Effect,
    /// It was not, and nothing of it is left.
    None,
}

/// What the schema looks like where `statement` of `step` could change it.
pub(super) async fn take(
    session: &mut dyn Session,
    step: &Step,
    statement: &str,
) -> Result<String> {
    let sql = match session.dialect() {
        // What SQLite refuses in a transaction can be done twice: VACUUM and a few pragmas.
        Dialect::Sqlite => return Ok(String::new()),
        Dialect::Postgres => postgres(statement),
        Dialect::MySql => mysql(step, statement),
    };
    let rows = session.query(&sql, &[]).await?;
    let lines: Vec<&str> = rows.iter().filter_map(|row| row.text(0)).collect();
    Ok(lines.join("\n"))
}

/// Whether the schema looks as it did `before` the statement; not where it cannot be looked at.
pub(super) async fn is_still(
    session: &mut dyn Session,
    step: &Step,
    statement: &str,
    before: &str,
) -> bool {
    let now = take(session, step, statement).await;
    now.is_ok_and(|now| now == before)
}

/// Whether a statement took effect between the two fingerprints. What is left of one that failed is removed.
pub(super) async fn effect(
    session: &mut dyn Session,
    before: Option<&str>,
    now: &str,
) -> Result<Took> {
    let before = before.unwrap_or("");
    if session.dialect() != Dialect::Postgres {
        return Ok(if before == now {
            Took::None
        } else {
            Took::Effect
        });
    }
    let old: BTreeSet<&str> = before.lines().collect();
    let new: BTreeSet<&str> = now.lines().collect();
    let mut took = Took::None;
    for line in new.difference(&old) {
        match line.strip_prefix(INVALID) {
            // A failed CONCURRENTLY leaves an index that is never used and always kept up. One that was valid before is
            // what a failed drop leaves, and the drop is done again.
            Some(index) if !old.contains(format!("{VALID}{index}").as_str()) => {
                session
                    .execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {index}"))
                    .await?;
            }
            Some(_) => {}
            None => took = Took::Effect,
        }
    }
    let gone = |line: &&str| {
        let index = line.strip_prefix(VALID).or(line.strip_prefix(INVALID));
        index.is_none_or(|index| !new.contains(format!("{INVALID}{index}").as_str()))
    };
    if old.difference(&new).copied().any(|line| gone(&line)) {
        took = Took::Effect;
    }
    Ok(took)
}

const VALID: &str = "index ";
const INVALID: &str = "invalid ";

/// Indexes, enum labels, databases and partitions: what the statements change that PostgreSQL refuses in a transaction. Only
/// those that the statement names, for others may be at work on the rest.
fn postgres(statement: &str) -> String {
    let names = |name: &str| {
        let statement = literal(Dialect::Postgres, &statement.to_lowercase());
        format!("pg_catalog.strpos({statement}, pg_catalog.lower({name}::text)) > 0")
    };
    format!(
        "SELECT CASE WHEN i.indisvalid THEN 'index ' ELSE 'invalid ' END || i.indexrelid::regclass::text \
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname NOT LIKE 'pg\\_%' AND ({} OR {}) \
         UNION ALL SELECT 'label ' || t.typname || ' ' || e.enumlabel FROM pg_catalog.pg_enum e \
         JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid WHERE {} \
         UNION ALL SELECT 'database ' || datname FROM pg_catalog.pg_database WHERE {} \
         UNION ALL SELECT 'partition ' || c.relname FROM pg_catalog.pg_inherits i \
         JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE {}",
        names("t.relname"),
        names("c.relname"),
        names("t.typname"),
        names("datname"),
        names("c.relname"),
    )
}

/// Counts and sums of checksums over the data dictionary: in detail for the tables that the migration touches, by name for
/// the others that the statement names, and of other things only what it speaks of. Reading a thousand definitions takes longer than
/// the statement, and others may be at work on the rest.
fn mysql(step: &Step, statement: &str) -> String {
    let analysis = || step.analysis().into_iter();
    let touches = analysis().flat_map(|analysis| &analysis.touches);
    let touches = touches.filter(|touch| touch.access != Access::Read);
    let renamed = analysis().flat_map(|analysis| &analysis.renames);
    let touched: BTreeSet<String> = touches
        .map(|touch| &touch.object)
        .chain(renamed.map(|renamed| &renamed.to))
        .map(|object| literal(Dialect::MySql, &object.table))
        .collect();
    let touched: Vec<&str> = touched.iter().map(String::as_str).collect();
    let only = match touched.as_slice() {
        [] => String::new(),
        tables => format!(" AND table_name IN ({})", tables.join(", ")),
    };
    let text = literal(Dialect::MySql, statement);
    let statement = statement.to_ascii_uppercase();
    // What runs a text or a procedure can speak of anything.
    let opaque = begins_with(&statement, &["EXECUTE", "CALL", "BEGIN"]);
    let named = match opaque {
        true => String::new(),
        false => format!(" AND INSTR({text}, REPLACE(table_name, '`', '``')) > 0"),
    };
    let parts: Vec<String> = PARTS
        .iter()
        .filter(|part| opaque || part.words.iter().any(|word| statement.contains(word)))
        .map(|part| {
            let only = match (part.of_tables, part.words) {
                (true, _) => only.as_str(),
                // The tables themselves.
                (false, [""]) => named.as_str(),
                (false, _) => "",
            };
            format!(
                "(SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CRC32(CONCAT_WS('|', {}))), 0)) \
                 FROM information_schema.{} WHERE {} = database(){only})",
                part.columns, part.table, part.schema
            )
        })
        .collect();
    format!("SELECT CAST(CONCAT_WS(' ', {}) AS CHAR)", parts.join(", "))
}

/// A part of the data dictionary.
struct Part {
    table: &'static str,
    schema: &'static str,
    columns: &'static str,
    /// Whether it is asked for the touched tables alone.
    of_tables: bool,
    /// The words of a statement that can change it; an empty one stands in every statement.
    words: &'static [&'static str],
}

const PARTS: [Part; 11] = [
    Part {
        table: "tables",
        schema: "table_schema",
        columns: "table_name, table_type",
        of_tables: false,
        words: &[""],
    },
    Part {
        table: "tables",
        schema: "table_schema",
        columns: "table_name, engine, table_collation, create_options, table_comment",
        of_tables: true,
        words: &[""],
    },
    Part {
        table: "columns",
        schema: "table_schema",
        columns: "table_name, column_name, ordinal_position, column_default, is_nullable, column_type, \
                  character_set_name, collation_name, extra, column_comment",
        of_tables: true,
        words: &[""],
    },
    Part {
        table: "statistics",
        schema: "table_schema",
        columns: "table_name, index_name, seq_in_index, column_name, non_unique, sub_part, index_type",
        of_tables: true,
        words: &[""],
    },
    Part {
        table: "table_constraints",
        schema: "table_schema",
        columns: "table_name, constraint_name, constraint_type",
        of_tables: true,
        words: &[""],
    },
    Part {
        table: "referential_constraints",
        schema: "constraint_schema",
        columns: "table_name, constraint_name, referenced_table_name, update_rule, delete_rule",
        of_tables: true,
        words: &[""],
    },
    Part {
        table: "partitions",
        schema: "table_schema",
        columns: "table_name, partition_name, partition_method, partition_expression, partition_description",
        of_tables: true,
        words: &["PARTITION"],
    },
    Part {
        table: "views",
        schema: "table_schema",
        columns: "table_name, view_definition",
        of_tables: false,
        words: &["VIEW"],
    },
    Part {
        table: "triggers",
        schema: "trigger_schema",
        columns: "trigger_name, action_statement, action_timing",
        of_tables: false,
        words: &["TRIGGER"],
    },
    Part {
        table: "routines",
        schema: "routine_schema",
        columns: "routine_name, routine_type, routine_definition",
        of_tables: false,
        words: &["PROCEDURE", "FUNCTION"],
    },
    Part {
        table: "events",
        schema: "event_schema",
        columns: "event_name, event_definition, status",
        of_tables: false,
        words: &["EVENT"],
    },
];
