//! What do MySQL and MariaDB say of tables and their rules?

use onward_analysis::Dialect;

use super::{Column, Reference, Table, text};
use crate::Result;
use crate::session::Session;

pub(super) async fn tables(session: &mut dyn Session) -> Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    let sql = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() \
               AND table_type = 'BASE TABLE' AND table_name NOT LIKE '\\_onward\\_%' ORDER BY table_name";
    for row in session.query(sql, &[]).await? {
        tables.push(Table::new(Dialect::MySql, None, &text(&row, 0)));
    }
    columns(session, &mut tables).await?;
    checks(session, &mut tables).await?;
    references(session, &mut tables).await?;
    keys(session, &mut tables).await?;
    Ok(tables)
}

fn find<'t>(tables: &'t mut [Table], name: &str) -> Option<&'t mut Table> {
    tables.iter_mut().find(|table| table.name == name)
}

async fn columns(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let sql = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(column_type AS CHAR), \
               CAST(is_nullable AS CHAR), CAST(extra AS CHAR), CAST(coalesce(generation_expression, '') AS CHAR) \
               FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position";
    for row in session.query(sql, &[]).await? {
        let Some(table) = find(tables, &text(&row, 0)) else {
            continue;
        };
        let ty = text(&row, 2);
        table.columns.push(Column {
            name: text(&row, 1),
            labels: labels(&ty),
            ty: ty.to_lowercase(),
            nullable: row.text(3) == Some("YES"),
            given: text(&row, 4).to_lowercase().contains("auto_increment"),
            generated: !text(&row, 5).is_empty(),
        });
    }
    Ok(())
}

/// The labels of `enum('a','b')` or `set('a','b')`.
fn labels(ty: &str) -> Vec<String> {
    let lower = ty.to_lowercase();
    if !lower.starts_with("enum(") && !lower.starts_with("set(") {
        return Vec::new();
    }
    let inner = ty.split_once('(').map_or("", |(_, rest)| rest);
    let inner = inner.strip_suffix(')').unwrap_or(inner);
    let inner = inner.trim_start_matches('\'').trim_end_matches('\'');
    inner
        .split("','")
        .map(|label| label.replace("''", "'"))
        .collect()
}

async fn checks(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    // MariaDB opens each table of each database for the conditions themselves, but not for the constraints of one database.
    let any = "SELECT CAST(table_name AS CHAR) FROM information_schema.table_constraints \
               WHERE table_schema = DATABASE() AND constraint_type = 'CHECK' LIMIT 1";
    if session.query(any, &[]).await?.is_empty() {
        return Ok(());
    }
    let sql = "SELECT CAST(t.table_name AS CHAR), CAST(c.check_clause AS CHAR) FROM information_schema.table_constraints t \
               JOIN information_schema.check_constraints c ON c.constraint_schema = t.constraint_schema \
               AND c.constraint_name = t.constraint_name WHERE t.table_schema = DATABASE() AND t.constraint_type = 'CHECK'";
    for row in session.query(sql, &[]).await? {
        if let Some(table) = find(tables, &text(&row, 0)) {
            table.checks.push(text(&row, 1));
        }
    }
    Ok(())
}

async fn references(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let sql = "SELECT CAST(constraint_name AS CHAR), CAST(table_name AS CHAR), CAST(column_name AS CHAR), \
               CAST(referenced_table_name AS CHAR), CAST(referenced_column_name AS CHAR) \
               FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL \
               ORDER BY table_name, constraint_name, ordinal_position";
    let mut last = (String::new(), String::new());
    for row in session.query(sql, &[]).await? {
        let this = (text(&row, 0), text(&row, 1));
        let Some(table) = find(tables, &this.1) else {
            continue;
        };
        if this != last {
            table.references.push(Reference {
                columns: Vec::new(),
                parent: Dialect::MySql.quote(&text(&row, 3)),
                parent_columns: Vec::new(),
            });
            last = this;
        }
        if let Some(reference) = table.references.last_mut() {
            reference.columns.push(text(&row, 2));
            reference.parent_columns.push(text(&row, 4));
        }
    }
    for table in tables {
        table
            .references
            .sort_by_key(|reference| std::cmp::Reverse(reference.columns.len()));
    }
    Ok(())
}

async fn keys(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let sql = "SELECT CAST(table_name AS CHAR), CAST(index_name AS CHAR), CAST(column_name AS CHAR) \
               FROM information_schema.statistics WHERE table_schema = DATABASE() AND non_unique = 0 \
               ORDER BY table_name, index_name, seq_in_index";
    let rows = session.query(sql, &[]).await?;
    let parts = rows
        .iter()
        .map(|row| [text(row, 0), text(row, 1), text(row, 2)]);
    super::collect_keys(tables, parts);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read() {
        assert_eq!(labels("enum('on','it''s, off')"), ["on", "it's, off"]);
        assert_eq!(labels("varchar(20)"), Vec::<String>::new());
    }
}
