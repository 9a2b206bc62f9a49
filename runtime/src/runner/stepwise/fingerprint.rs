//! Did a statement take effect before the process died?

use std::collections::BTreeSet;

use onward_analysis::{Access, Dialect};

use crate::session::{Session, literal};
use crate::{Result, Step};

/// What became of a statement that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Took {
    /// It was done.
    Effect,
    /// It was not, and nothing of it is left.
    None,
}

/// What the schema looks like where a statement of `step` could change it.
pub(super) async fn take(session: &mut dyn Session, step: &Step) -> Result<String> {
    let sql = match session.dialect() {
        // What SQLite refuses in a transaction can be done twice: VACUUM and a few pragmas.
        Dialect::Sqlite => return Ok(String::new()),
        Dialect::Postgres => POSTGRES.to_owned(),
        Dialect::MySql => mysql(step),
    };
    let rows = session.query(&sql, &[]).await?;
    let lines: Vec<&str> = rows.iter().filter_map(|row| row.text(0)).collect();
    Ok(lines.join("\n"))
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

/// Indexes, enum labels and databases: what the statements change that PostgreSQL refuses in a transaction.
const POSTGRES: &str = "\
    SELECT CASE WHEN i.indisvalid THEN 'index ' ELSE 'invalid ' END || i.indexrelid::regclass::text \
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
    UNION ALL SELECT 'label ' || e.enumtypid::regtype::text || ' ' || e.enumlabel FROM pg_catalog.pg_enum e \
    UNION ALL SELECT 'database ' || datname::text FROM pg_catalog.pg_database \
    UNION ALL SELECT 'partition ' || inhrelid::regclass::text FROM pg_catalog.pg_inherits";

/// Counts and sums of checksums over the data dictionary: in detail for the tables that the migration touches, by name for
/// the rest, for reading a thousand definitions takes longer than the statement.
fn mysql(step: &Step) -> String {
    let touched: BTreeSet<String> = step
        .analysis()
        .into_iter()
        .flat_map(|analysis| &analysis.touches)
        .filter(|touch| touch.access != Access::Read)
        .map(|touch| literal(Dialect::MySql, &touch.object.table))
        .collect();
    let only = |column: &str| {
        if touched.is_empty() {
            return String::new();
        }
        let list: Vec<&str> = touched.iter().map(String::as_str).collect();
        format!(" AND {column} IN ({})", list.join(", "))
    };
    let sum = |table: &str, schema: &str, columns: &str, only: &str| {
        format!(
            "(SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CRC32(CONCAT_WS('|', {columns}))), 0)) \
             FROM information_schema.{table} WHERE {schema} = database(){only})"
        )
    };
    let parts = [
        sum("tables", "table_schema", "table_name, table_type", ""),
        sum(
            "tables",
            "table_schema",
            "table_name, engine, table_collation, create_options, table_comment",
            &only("table_name"),
        ),
        sum(
            "columns",
            "table_schema",
            "table_name, column_name, ordinal_position, column_default, is_nullable, column_type, character_set_name, \
             collation_name, extra, column_comment",
            &only("table_name"),
        ),
        sum(
            "statistics",
            "table_schema",
            "table_name, index_name, seq_in_index, column_name, non_unique, sub_part, index_type",
            &only("table_name"),
        ),
        sum(
            "table_constraints",
            "table_schema",
            "table_name, constraint_name, constraint_type",
            &only("table_name"),
        ),
        sum(
            "referential_constraints",
            "constraint_schema",
            "table_name, constraint_name, referenced_table_name, update_rule, delete_rule",
            &only("table_name"),
        ),
        sum(
            "partitions",
            "table_schema",
            "table_name, partition_name, partition_method, partition_expression, partition_description",
            &only("table_name"),
        ),
        sum("views", "table_schema", "table_name, view_definition", ""),
        sum(
            "triggers",
            "trigger_schema",
            "trigger_name, action_statement, action_timing",
            "",
        ),
        sum(
            "routines",
            "routine_schema",
            "routine_name, routine_type, routine_definition",
            "",
        ),
        sum(
            "events",
            "event_schema",
            "event_name, event_definition, status",
            "",
        ),
    ];
    format!("SELECT CAST(CONCAT_WS(' ', {}) AS CHAR)", parts.join(", "))
}
