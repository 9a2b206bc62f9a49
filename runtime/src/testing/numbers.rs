//! Which columns would be given numbers that rows have already?
//!
//! A sequence of PostgreSQL that is made anew begins anew, whatever rows come back. What numbers the rows of the others looks at
//! the rows.

use onward_analysis::Dialect;

use super::schema::Table;
use crate::Result;
use crate::session::{Session, literal};

/// The columns whose next number is not above those that stand there: `table.column`.
pub(super) async fn behind(session: &mut dyn Session, tables: &[Table]) -> Result<Vec<String>> {
    if session.dialect() != Dialect::Postgres {
        return Ok(Vec::new());
    }
    let given = tables.iter().flat_map(|table| {
        let columns = table.columns.iter();
        let columns = columns.filter(|column| column.given && column.ty.contains("int"));
        columns.map(move |column| (table, column.name.as_str()))
    });
    let given: Vec<(&Table, &str)> = given.collect();
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let text = |text: &str| literal(Dialect::Postgres, text);
    let asked = given.iter().map(|(table, column)| {
        let (table, column) = (text(&table.quoted), text(column));
        format!("pg_catalog.pg_get_serial_sequence({table}, {column})")
    });
    let asked: Vec<String> = asked.collect();
    let sql = format!("SELECT to_json(ARRAY[{}])::text", asked.join(", "));
    let rows = session.query(&sql, &[]).await?;
    let sequences: Vec<Option<String>> = rows
        .first()
        .and_then(|row| serde_json::from_str(row.text(0)?).ok())
        .unwrap_or_default();
    let questions = given.iter().zip(sequences).filter_map(|((table, column), sequence)| {
        Some(format!(
            "SELECT {}::text FROM {} s WHERE (SELECT max({}) FROM {}) >= s.last_value::numeric + s.is_called::int",
            text(&format!("{}.{column}", table.name)),
            sequence?,
            Dialect::Postgres.quote(column),
            table.quoted
        ))
    });
    let questions: Vec<String> = questions.collect();
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = session.query(&questions.join(" UNION ALL "), &[]).await?;
    Ok(rows
        .iter()
        .filter_map(|row| row.text(0).map(str::to_owned))
        .collect())
}
