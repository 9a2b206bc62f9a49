//! What stands in a MySQL or MariaDB database, line by line?

use onward_analysis::Dialect;

use super::column;
use crate::Result;
use crate::session::Session;

pub(super) async fn lines(session: &mut dyn Session) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let tables = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() \
                  AND table_type = 'BASE TABLE'";
    for table in column(session, tables).await? {
        let sql = format!("SHOW CREATE TABLE {}", Dialect::MySql.quote(&table));
        for row in session.query(&sql, &[]).await? {
            lines.extend(parts(&table, row.text(1).unwrap_or_default()));
        }
    }
    for sql in [
        // The server writes the database before each table, and each throw-away database has a name of its own.
        "SELECT CAST(CONCAT('view ', table_name, ': ', REPLACE(view_definition, CONCAT('`', DATABASE(), '`.'), '')) AS CHAR) \
         FROM information_schema.views WHERE table_schema = DATABASE()",
        "SELECT CAST(CONCAT('trigger ', trigger_name, ' ', action_timing, ' ', event_manipulation, ' on ', \
         event_object_table, ': ', action_statement) AS CHAR) FROM information_schema.triggers \
         WHERE event_object_schema = DATABASE()",
        "SELECT CAST(CONCAT(LOWER(routine_type), ' ', routine_name, ': ', coalesce(routine_definition, '')) AS CHAR) \
         FROM information_schema.routines WHERE routine_schema = DATABASE()",
        "SELECT CAST(CONCAT('event ', event_name, ': ', event_definition) AS CHAR) FROM information_schema.events \
         WHERE event_schema = DATABASE()",
    ] {
        lines.extend(column(session, sql).await?);
    }
    Ok(lines)
}

/// A line of SHOW CREATE TABLE for each column, key and constraint, and what follows them.
fn parts(table: &str, sql: &str) -> Vec<String> {
    sql.lines()
        .skip(1)
        .map(|line| {
            let line = line.trim().trim_end_matches(',');
            match line.strip_prefix(')') {
                Some(options) => without_counter(options),
                None => line.to_owned(),
            }
        })
        .map(|part| format!("table {table}: {part}"))
        .collect()
}

/// How far the numbers have come is no part of the shape.
fn without_counter(options: &str) -> String {
    let words = options.split_whitespace();
    let kept: Vec<&str> = words
        .filter(|word| !word.starts_with("AUTO_INCREMENT="))
        .collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_taken_apart() {
        let sql = "CREATE TABLE `t` (\n  `id` int(11) NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB AUTO_INCREMENT=7 CHARSET=latin1";
        assert_eq!(
            parts("t", sql),
            [
                "table t: `id` int(11) NOT NULL",
                "table t: PRIMARY KEY (`id`)",
                "table t: ENGINE=InnoDB CHARSET=latin1",
            ]
        );
    }
}
