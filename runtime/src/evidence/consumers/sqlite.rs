//! Where does SQLite say what refers to a table?
//!
//! In `sqlite_schema`, which keeps the text of each view and trigger, and in the pragmas on foreign keys and columns.
//! Nothing is hidden from anybody who can open the file.

use onward_analysis::{Dialect, Object};

use super::{Reads, Source};
use crate::evidence::ask::word;

pub(super) fn sources(tables: &[Object]) -> Vec<Source> {
    let names: Vec<String> = tables
        .iter()
        .map(|object| word(Dialect::Sqlite, &object.table.to_lowercase()))
        .collect();
    let names = names.join(", ");
    vec![
        Source {
            what: "foreign key of another table",
            sql: format!(
                "SELECT 'foreign key', m.name || '.' || f.\"from\", m.name, f.\"table\", \
                 coalesce(f.\"to\", (SELECT name FROM pragma_table_info(f.\"table\") WHERE pk = 1)), 'main' \
                 FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f \
                 WHERE m.type = 'table' AND lower(f.\"table\") IN ({names}) AND lower(m.name) <> lower(f.\"table\")"
            ),
            follows: true,
            ..Source::of(Reads::Ties)
        },
        Source {
            what: "view or trigger",
            copies: true,
            sql: "SELECT type, name, CASE type WHEN 'trigger' THEN tbl_name END, sql, 'main' FROM sqlite_schema \
                  WHERE type IN ('view', 'trigger') UNION ALL \
                  SELECT type, name, CASE type WHEN 'trigger' THEN tbl_name END, sql, 'temp' FROM sqlite_temp_schema \
                  WHERE type IN ('view', 'trigger')"
                .to_owned(),
            follows: true,
            ..Source::of(Reads::Texts)
        },
        Source {
            // A full-text index is told by its text which table and columns it reads (`content=users`), and no rename reaches it
            // (<https://www.sqlite.org/fts5.html#external_content_tables>).
            what: "virtual table",
            sql: "SELECT 'virtual table', name, name, sql, 'main' FROM sqlite_schema WHERE type = 'table' AND rootpage = 0".to_owned(),
            ..Source::of(Reads::Texts)
        },
        Source {
            what: "generated column",
            sql: format!(
                "SELECT 'generated column of', m.name, m.name, m.sql, 'main' FROM sqlite_schema AS m WHERE m.type = 'table' \
                 AND lower(m.name) IN ({names}) AND EXISTS (SELECT 1 FROM pragma_table_xinfo(m.name) WHERE hidden IN (2, 3))"
            ),
            follows: true,
            ..Source::of(Reads::Expressions)
        },
        Source {
            what: "index over an expression or with a condition",
            sql: format!(
                "SELECT 'index', m.name, m.tbl_name, m.sql, 'main' FROM sqlite_schema AS m, pragma_index_list(m.tbl_name) AS l \
                 WHERE m.type = 'index' AND l.name = m.name AND lower(m.tbl_name) IN ({names}) AND (l.partial OR EXISTS \
                 (SELECT 1 FROM pragma_index_xinfo(m.name) WHERE cid = -2))"
            ),
            follows: true,
            ..Source::of(Reads::Texts)
        },
    ]
}
