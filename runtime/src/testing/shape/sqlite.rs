//! What stands in an SQLite database, line by line?

use super::column;
use crate::Result;
use crate::session::Session;
use crate::testing::schema::sqlite::{Scan, checks};

pub(super) async fn lines(session: &mut dyn Session) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for sql in [
        "SELECT 'table ' || l.name || CASE WHEN l.wr THEN ' without rowid' ELSE '' END || CASE WHEN l.strict THEN ' strict' ELSE '' \
         END FROM pragma_table_list AS l WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        "SELECT 'column ' || l.name || '.' || c.name || ' ' || CASE lower(c.type) WHEN 'int' THEN 'integer' ELSE lower(c.type) END || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END \
         || ' default ' || coalesce(CASE WHEN c.dflt_value LIKE '%''%' THEN c.dflt_value ELSE lower(c.dflt_value) END, '-') || CASE WHEN c.pk THEN ' primary key ' || c.pk ELSE '' END \
         || CASE WHEN c.hidden > 1 THEN ' generated' ELSE '' END \
         FROM pragma_table_list AS l, pragma_table_xinfo(l.name) AS c WHERE l.schema = 'main' AND l.type = 'table' \
         AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        "SELECT 'reference ' || l.name || ' (' || group_concat(f.\"from\") || ') to ' || lower(f.\"table\") || ' (' || \
           coalesce(group_concat(f.\"to\"), '') || ') on delete ' || f.on_delete || ' on update ' || f.on_update \
         FROM pragma_table_list AS l, pragma_foreign_key_list(l.name) AS f WHERE l.schema = 'main' GROUP BY l.name, f.id",
        // The index behind a key has no definition of its own.
        "SELECT 'key ' || l.name || ' (' || (SELECT group_concat(coalesce(k.name, '-') || ' ' || k.coll) FROM \
           pragma_index_xinfo(i.name) AS k WHERE k.key) || ')' \
         FROM pragma_table_list AS l, pragma_index_list(l.name) AS i WHERE l.schema = 'main' AND i.origin <> 'c'",
    ] {
        lines.extend(column(session, sql).await?);
    }
    let sql = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    for row in session.query(sql, &[]).await? {
        let (Some(kind), Some(name), Some(sql)) = (row.text(0), row.text(1), row.text(2)) else {
            continue;
        };
        let words = normal(sql);
        match kind {
            "table" => {
                lines.extend(
                    checks(sql)
                        .iter()
                        .map(|c| format!("check of {name}: {}", normal(c))),
                );
                if words.split(' ').any(|word| word == "autoincrement") {
                    lines.push(format!("table {name} autoincrement"));
                }
                if words.starts_with("create virtual") {
                    lines.push(words);
                }
            }
            _ => lines.push(format!("{kind} {name}: {words}")),
        }
    }
    Ok(lines)
}

/// The same for all ways of writing it: SQLite quotes a name when it renames what stands in a text.
fn normal(sql: &str) -> String {
    let words = Scan::of(sql).map(|word| {
        let word = match word.chars().next() {
            Some('"' | '`' | '[') => word.trim_matches(['"', '`', '[', ']']),
            _ => word,
        };
        if word.starts_with('\'') {
            word.to_owned()
        } else {
            word.to_lowercase()
        }
    });
    // An order is ascending without a word.
    let words = words.filter(|word| word != "asc");
    words.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_the_same_however_it_is_written() {
        assert_eq!(
            normal("CREATE INDEX \"I\" ON [t](`a`, 'X') -- why"),
            normal("create  index i\non t ( a ASC,'X' )"),
        );
    }
}
