//! Is the routine that a statement drops or replaces surely that very one, and no other of its name?

use onward_analysis::Dialect;
use onward_analysis::lex::{Kind, Token, lex};

use super::mention::Names;

/// Whether `sql` names the routine that the catalog calls `name`, in schema `home` where it says so: one without a schema is where the
/// connection looks, and one with arguments takes these.
pub(super) fn is_the_one(dialect: Dialect, sql: &str, name: &str, home: Option<&str>) -> bool {
    let Some((own_schema, bare, own_takes)) = named(dialect, name).into_iter().next() else {
        return false;
    };
    let home = home.map(str::to_owned).or_else(|| own_schema.clone());
    let mut found = named(dialect, sql);
    found.retain(|(_, name, _)| Names::of(dialect, name).has(&bare));
    found.iter().any(|(schema, _, takes)| {
        let same_schema = match schema {
            Some(schema) => Some(schema) == home.as_ref(),
            None => own_schema.is_none(),
        };
        // MySQL has no two of a name.
        let same_takes = match (dialect, takes, &own_takes) {
            (Dialect::Postgres, Some(takes), Some(own)) => {
                takes.len() == own.len()
                    && takes
                        .iter()
                        .zip(own)
                        .all(|(said, own)| said == own || said.ends_with(&format!(" {own}")))
            }
            _ => true,
        };
        same_schema && same_takes
    })
}

/// Each name in `sql`: its schema, itself, and what stands in the parentheses behind it.
fn named(dialect: Dialect, sql: &str) -> Vec<(Option<String>, String, Option<Vec<String>>)> {
    let mut tokens = lex(sql, dialect);
    tokens.retain(|token| token.is_significant());
    let is = |at: usize, symbol: &str| {
        let token: Option<&Token> = tokens.get(at);
        token.is_some_and(|token| token.is_symbol(sql, symbol))
    };
    let plain = |at: usize| tokens[at].text(sql).replace(['"', '`'], "");
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let is_name = matches!(tokens[at].kind, Kind::Word | Kind::Quoted);
        if !is_name || is(at + 1, ".") {
            continue;
        }
        let schema = (at > 1 && is(at - 1, ".")).then(|| plain(at - 2));
        let takes = is(at + 1, "(").then(|| {
            let mut depth = 0_usize;
            let mut list = vec![Vec::new()];
            for inside in at + 2..tokens.len() {
                if is(inside, ")") && depth == 0 {
                    break;
                }
                let nested = depth > 0 || is(inside, "(");
                depth += usize::from(is(inside, "("));
                depth -= usize::from(is(inside, ")"));
                if is(inside, ",") && depth == 0 {
                    list.push(Vec::new());
                } else if let (false, Some(words)) = (nested, list.last_mut()) {
                    words.push(plain(inside).to_lowercase());
                }
            }
            list.retain(|words| !words.is_empty());
            list.iter().map(|words| kind(words)).collect()
        });
        found.push((schema, plain(at), takes));
    }
    found
}

/// What an argument is, as the catalog names types (<https://www.postgresql.org/docs/current/datatype.html>), with its name before it.
fn kind(words: &[String]) -> String {
    let end = words
        .iter()
        .position(|word| word == "default" || word == "=" || word == ":=");
    let words = &words[..end.unwrap_or(words.len())];
    let Some((last, before)) = words.split_last() else {
        return String::new();
    };
    let last = match last.as_str() {
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "bool" => "boolean",
        "varchar" => "character varying",
        "char" => "character",
        "decimal" => "numeric",
        "float4" => "real",
        "float" | "float8" => "double precision",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "timetz" => "time with time zone",
        "time" => "time without time zone",
        other => other,
    };
    let all = before.iter().map(String::as_str).chain([last]);
    all.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_one_is_dropped() {
        for (sql, name, home, same) in [
            ("DROP FUNCTION f()", "f()", "public", true),
            ("DROP FUNCTION f", "f(integer)", "public", true),
            ("DROP FUNCTION public.f()", "f()", "public", true),
            ("DROP FUNCTION archive.f()", "f()", "public", false),
            ("DROP FUNCTION archive.f()", "archive.f()", "archive", true),
            ("DROP FUNCTION f()", "archive.f()", "archive", false),
            ("DROP FUNCTION f(int)", "f(integer)", "public", true),
            ("DROP FUNCTION f(int)", "f(text)", "public", false),
            ("DROP FUNCTION f(int)", "f(integer,text)", "public", false),
            (
                "CREATE OR REPLACE FUNCTION f(a varchar(20), b int8 DEFAULT 1) RETURNS int",
                "f(character varying,bigint)",
                "public",
                true,
            ),
            ("DROP FUNCTION g(int), f(text)", "f(text)", "public", true),
        ] {
            let found = is_the_one(Dialect::Postgres, sql, name, Some(home));
            assert_eq!(found, same, "{sql}: {name}");
        }
    }

    #[test]
    fn mysql_has_one_of_a_name_in_each_database() {
        for (sql, name, same) in [
            ("DROP PROCEDURE dial", "dial", true),
            ("DROP PROCEDURE IF EXISTS `Dial`", "dial", true),
            ("DROP PROCEDURE archive.dial", "dial", false),
            ("DROP PROCEDURE dial", "archive.dial", false),
            ("DROP PROCEDURE archive.dial", "archive.dial", true),
        ] {
            let found = is_the_one(Dialect::MySql, sql, name, None);
            assert_eq!(found, same, "{sql}: {name}");
        }
    }
}
