//! What does a column hold where nobody wrote to it?

use onward_analysis::{Dialect, Object};

use super::baseline::filled;
use super::stated::Stated;
use crate::Step;
use crate::evidence::ask::{Asking, word};
use crate::evidence::{home, table};

/// What a column gets where nobody writes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fallback {
    /// NULL.
    Nothing,
    /// This constant, as SQL: the up puts it there, and the column still has it for its default.
    Constant(String),
    /// Not to be told: it is computed, the up wrote other values besides, or somebody has given the column another default since.
    Unknown,
}

/// What the ups of `steps` put into a column that they add, as far as the catalog has the same for its default.
pub(super) async fn fallback(
    asking: &mut Asking<'_>,
    object: &Object,
    steps: &[&Step],
) -> sqlx::Result<Fallback> {
    let Some(current) = current(asking, object).await? else {
        return Ok(Fallback::Unknown);
    };
    let stated = steps.iter().fold(Stated::Nothing, |said, step| {
        let planned = step.planned(object);
        said.and(stated(step, planned))
    });
    let written = steps
        .iter()
        .any(|step| filled(step).contains(step.planned(object)));
    Ok(match (current, stated) {
        (Current::Nothing, Stated::Nothing) => Fallback::Nothing,
        (Current::Constant(constant), Stated::Value(value)) if !written && constant.is(value) => {
            Fallback::Constant(constant.sql)
        }
        _ => Fallback::Unknown,
    })
}

/// What the up of a step says; what is not understood may give the column anything.
fn stated<'s>(step: &'s Step, object: &Object) -> Stated<'s> {
    let up = &step.record().up;
    let understood = up
        .analysis(step.dialect())
        .is_some_and(|analysis| analysis.unknowns.is_empty());
    match (&up.sql, &object.column) {
        (Some(sql), Some(column)) if understood => Stated::of(step.dialect(), sql, column),
        _ => Stated::Unclear,
    }
}

/// The default that the catalog has now.
enum Current {
    Nothing,
    Constant(Constant),
    Computed,
}

struct Constant {
    /// As SQL.
    sql: String,
    /// Its text, without quotes.
    text: String,
    /// Whether the column holds numbers or truth, so that `0` is `0.00` and `false`.
    is_number: bool,
}

impl Constant {
    /// Whether `sql` means the same.
    fn is(&self, sql: &str) -> bool {
        let number = |text: &str| digits(text).filter(|_| self.is_number);
        constant(sql).is_some_and(|text| {
            text == self.text || number(&text).is_some_and(|said| Some(said) == number(&self.text))
        })
    }
}

/// What the catalog says; none where it cannot be asked.
async fn current(asking: &mut Asking<'_>, object: &Object) -> sqlx::Result<Option<Current>> {
    let dialect = asking.dialect();
    let name = word(dialect, object.column.as_deref().unwrap_or(""));
    let query = match dialect {
        Dialect::Postgres => format!(
            "SELECT pg_get_expr(d.adbin, d.adrelid), format_type(a.atttypid, a.atttypmod)::text, '' \
             FROM pg_attribute a JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) \
             WHERE a.attrelid = to_regclass({})::oid AND a.attname = {name} AND a.attgenerated = ''",
            word(dialect, &table(dialect, object))
        ),
        Dialect::MySql => format!(
            "SELECT column_default, data_type, extra FROM information_schema.columns \
             WHERE table_schema = {} AND table_name = {} AND column_name = {name}",
            home(object),
            word(dialect, &object.table)
        ),
        Dialect::Sqlite => format!(
            "SELECT dflt_value, '', '' FROM pragma_table_info({}) WHERE name = {name} COLLATE NOCASE",
            word(dialect, &object.table)
        ),
    };
    let Ok(rows) = asking.ask(&query).await?.rows else {
        return Ok(None);
    };
    let row = rows.first();
    let [Some(default), Some(kind), Some(note)] =
        [0, 1, 2].map(|at| row.and_then(|row| row.text(at)))
    else {
        return Ok(Some(Current::Nothing));
    };
    // MySQL writes a text without its quotes, and says of an expression that it is one.
    let is_bare = dialect == Dialect::MySql && !asking.is_mariadb();
    let is_null = default.split("::").next().unwrap_or("");
    if !is_bare && is_null.eq_ignore_ascii_case("null") {
        return Ok(Some(Current::Nothing));
    }
    let text = match is_bare {
        true => (!note.contains("DEFAULT_GENERATED")).then(|| default.to_owned()),
        false => constant(default),
    };
    Ok(Some(text.map_or(Current::Computed, |text| {
        Current::Constant(Constant {
            sql: match dialect {
                Dialect::Postgres => format!("({default})::{kind}"),
                Dialect::MySql | Dialect::Sqlite => default.to_owned(),
            },
            text,
            is_number: is_number(kind),
        })
    })))
}

/// Whether a type holds numbers or truth, where one value is written in more than one way.
fn is_number(kind: &str) -> bool {
    const NUMBERS: [&str; 13] = [
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "real",
        "double precision",
        "boolean",
        "tinyint",
        "mediumint",
        "int",
        "decimal",
        "float",
        "double",
    ];
    let name = kind.split('(').next().unwrap_or(kind);
    NUMBERS.contains(&name)
}

/// A number or truth in one way of writing.
fn digits(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let text = match text.as_str() {
        "true" | "t" => "1",
        "false" | "f" => "0",
        other => other,
    };
    let (sign, number) = match text.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if number.is_empty() || !plain(whole) || !plain(part) {
        return None;
    }
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    Some(match whole.is_empty() && part.is_empty() {
        true => "0".to_owned(),
        false => format!("{sign}{whole}.{part}"),
    })
}

/// The text of SQL that is a number, `true`, `false` or one quoted text, with a cast or none: the same for every row, always.
fn constant(sql: &str) -> Option<String> {
    let sql = sql.trim();
    let (value, cast) = match sql.strip_prefix('\'') {
        Some(quoted) => quoted.split_at(end_of_quote(quoted)?),
        None => sql.find("::").map_or((sql, ""), |at| sql.split_at(at)),
    };
    let is_text = sql.starts_with('\'');
    let is_word = sql.eq_ignore_ascii_case("true") || sql.eq_ignore_ascii_case("false");
    let is_value = is_text || value.trim().parse::<f64>().is_ok() || is_word;
    let harmless = |c: char| c.is_alphanumeric() || " _\"(),[].:".contains(c);
    let is_constant =
        is_value && (cast.is_empty() || cast.starts_with("::") && cast.chars().all(harmless));
    is_constant.then(|| match value.strip_suffix('\'').filter(|_| is_text) {
        Some(text) => text.replace("''", "'"),
        None => value.trim().to_lowercase(),
    })
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
            assert!(constant(sql).is_some(), "{sql}");
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
            assert!(constant(sql).is_none(), "{sql}");
        }
    }
}
