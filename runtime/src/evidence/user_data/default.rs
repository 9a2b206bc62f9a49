//! What does a column hold where nobody wrote to it?

use onward_analysis::{Dialect, Object};

use crate::evidence::ask::{Asking, word};
use crate::evidence::{home, table};

/// The constant that the column falls back to, as SQL, where the up that added the column would put it back.
pub(super) async fn default(
    asking: &mut Asking<'_>,
    object: &Object,
) -> sqlx::Result<Option<String>> {
    let dialect = asking.dialect();
    let name = word(dialect, object.column.as_deref().unwrap_or(""));
    let query = match dialect {
        Dialect::Postgres => format!(
            "SELECT pg_get_expr(d.adbin, d.adrelid), format_type(a.atttypid, a.atttypmod)::text \
             FROM pg_attribute a JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) \
             WHERE a.attrelid = to_regclass({}) AND a.attname = {name} AND a.attgenerated = ''",
            word(dialect, &table(dialect, object))
        ),
        Dialect::MySql => format!(
            "SELECT column_default, extra FROM information_schema.columns \
             WHERE table_schema = {} AND table_name = {} AND column_name = {name}",
            home(object),
            word(dialect, &object.table)
        ),
        Dialect::Sqlite => format!(
            "SELECT dflt_value, '' FROM pragma_table_info({}) WHERE name = {name} COLLATE NOCASE",
            word(dialect, &object.table)
        ),
    };
    let asked = asking.ask(&query).await?;
    let rows = asked.rows.unwrap_or_default();
    let found = rows
        .first()
        .and_then(|row| Some((row.text(0)?, row.text(1)?)));
    Ok(found.and_then(|(default, note)| match dialect {
        Dialect::Postgres => is_constant(default).then(|| format!("({default})::{note}")),
        Dialect::Sqlite => is_constant(default).then(|| default.to_owned()),
        // MySQL writes a text without its quotes, and says of an expression that it is one.
        Dialect::MySql if asking.is_mariadb() => is_constant(default).then(|| default.to_owned()),
        Dialect::MySql => (!note.contains("DEFAULT_GENERATED")).then(|| default.to_owned()),
    }))
}

/// Whether SQL is a number, `true`, `false` or one quoted text, with a cast or none: the same for every row, always.
fn is_constant(sql: &str) -> bool {
    let sql = sql.trim();
    let (value, cast) = match sql.strip_prefix('\'') {
        Some(quoted) => match end_of_quote(quoted) {
            Some(end) => quoted.split_at(end),
            None => return false,
        },
        None => sql.find("::").map_or((sql, ""), |at| sql.split_at(at)),
    };
    let is_word = sql.eq_ignore_ascii_case("true") || sql.eq_ignore_ascii_case("false");
    let is_value = sql.starts_with('\'') || value.trim().parse::<f64>().is_ok() || is_word;
    let harmless = |c: char| c.is_alphanumeric() || " _\"(),[].:".contains(c);
    is_value && (cast.is_empty() || cast.starts_with("::") && cast.chars().all(harmless))
}

/// One past the quote that ends a text, whose quotes are doubled.
fn end_of_quote(quoted: &str) -> Option<usize> {
    let mut letters = quoted.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            continue;
        }
        match letters.peek() {
            Some((_, '\'')) => _ = letters.next(),
            _ => return Some(at + 1),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_the_same_for_every_row() {
        for sql in [
            "7",
            "-1.5",
            "1e3",
            "true",
            "FALSE",
            "''",
            "'it''s'",
            "'new'::character varying",
            "'{}'::jsonb",
            "'0'::numeric(10,2)",
            "0::bigint",
            "'x'::\"Mood\"",
        ] {
            assert!(is_constant(sql), "{sql}");
        }
    }

    #[test]
    fn what_is_computed_is_no_constant() {
        for sql in [
            "",
            "now()",
            "CURRENT_TIMESTAMP",
            "nextval('users_id_seq'::regclass)",
            "'a' || 'b'",
            "'now'::text || x",
            "'unfinished",
            "1 + 1",
            "NULL",
            "(random())",
            "b'0'",
            "'x'::text; DROP TABLE users",
            "7::int - (SELECT 1)",
        ] {
            assert!(!is_constant(sql), "{sql}");
        }
    }
}
