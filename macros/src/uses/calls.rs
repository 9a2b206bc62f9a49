//! Which queries does the code make that sqlx does not check, and so does not cache?
//!
//! `sqlx::query("SELECT …")` and its kin are found by their names in the crate's sources, and a literal is read as a
//! query. Where the SQL is put together at run time nobody can read it: that is said, unless the file declares what it
//! uses.

use onward_analysis::{Dialect, Unread, Uses};
use proc_macro2::Literal;

use super::sources::{Source, Sources};
use crate::literal::Text;

/// The function that prepares nothing: what it is given is sent as it stands each time.
const PLAIN: &str = "raw_sql";

/// The method behind a query that says whether it is kept prepared.
const KEPT: &str = "persistent";

/// The functions whose first argument is SQL.
const CALLS: [&str; 9] = [
    "query",
    "query_as",
    "query_scalar",
    "query_with",
    "query_as_with",
    "query_scalar_with",
    PLAIN,
    "QueryBuilder::new",
    "QueryBuilder::with_arguments",
];

/// Notes what the calls use; false where there are none.
pub(super) fn read(sources: &Sources, dialects: &[Dialect], uses: &mut Uses) -> bool {
    let mut any = false;
    for source in sources.own() {
        let declares = declares(&source.text);
        for call in calls(source) {
            any = true;
            let at = format!("{}:{}", source.path, call.line);
            match call.sql {
                Some(sql) => {
                    for dialect in dialects {
                        if call.is_plain {
                            uses.text(*dialect, &sql, &at);
                        } else {
                            uses.query(*dialect, &sql, &at);
                        }
                    }
                }
                None if declares => {}
                None => uses.unread.push(Unread {
                    at,
                    reason: "its SQL is put together at run time".to_owned(),
                    words: Vec::new(),
                }),
            }
        }
    }
    any
}

/// Whether a file says what it uses; `uses!()` says nothing.
fn declares(text: &str) -> bool {
    let mut macros = text.split("uses!(").skip(1);
    macros.any(|inside| !inside.trim_start().starts_with(')'))
        || text.contains("#[onward::uses(")
        || text.contains("#[uses(")
}

struct Call {
    line: usize,
    /// Whether nothing stays prepared of it.
    is_plain: bool,
    /// The SQL; none where it is no literal.
    sql: Option<String>,
}

fn calls(source: &Source) -> Vec<Call> {
    let text = &source.text;
    let mut found = Vec::new();
    if !text.contains("sqlx") {
        return found;
    }
    let own = migrations(text);
    for (at, _) in text.match_indices('(') {
        if own.iter().any(|(from, to)| (*from..*to).contains(&at)) || !is_call(&text[..at]) {
            continue;
        }
        let line = text[..at].matches('\n').count() + 1;
        found.push(Call {
            line,
            is_plain: generics_cut(&text[..at]).ends_with(PLAIN) || is_unkept(&text[at..]),
            sql: literal(&text[at + 1..]),
        });
    }
    found
}

/// Whether `before`, which a parenthesis follows, ends with the name of such a function.
fn is_call(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or(before);
    if line.trim_start().starts_with("//") {
        return false;
    }
    let name = generics_cut(before);
    CALLS.iter().any(|call| {
        name.strip_suffix(call).is_some_and(|rest| {
            // `.query(` is a method of something else, `fn query(` and `_query(` are other functions.
            !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.')
                && !rest.trim_end().ends_with("fn")
        })
    })
}

/// Whether one of the methods that are called on what `call` begins with, from its parenthesis on, is `persistent(false)`.
fn is_unkept(call: &str) -> bool {
    let mut rest = call;
    let mut unkept = false;
    while let Some(end) = end(rest, &[')']) {
        let Some(method) = rest[end..].trim_start().strip_prefix('.') else {
            break;
        };
        let Some(open) = method.find('(') else { break };
        let name = generics_cut(&method[..open]);
        if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            break;
        }
        rest = &method[open..];
        if name == KEPT {
            let said = rest[1..].trim_start();
            unkept = said
                .strip_prefix("false")
                .is_some_and(|more| more.trim_start().starts_with(')'));
        }
    }
    unkept
}

/// `query_as` of `query_as::<_, User>`.
fn generics_cut(before: &str) -> &str {
    if !before.ends_with('>') {
        return before;
    }
    let mut depth = 0usize;
    for (at, c) in before.char_indices().rev() {
        match c {
            '>' => depth += 1,
            '<' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return before[..at].trim_end_matches(':');
        }
    }
    before
}

/// The string literal that an argument is; none where it is anything else.
fn literal(argument: &str) -> Option<String> {
    let argument = argument.trim_start().trim_start_matches('&');
    let written: Literal = argument.get(..string_end(argument)?)?.parse().ok()?;
    Some(Text::read(&written)?.value)
}

/// Where the string literal ends that `text` begins with, if it begins with one.
fn string_end(text: &str) -> Option<usize> {
    let Some(raw) = text.strip_prefix('r') else {
        return Some(closing_quote(text)? + 1);
    };
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let inside = raw.get(hashes..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(1 + hashes + 1 + inside.find(&close)? + close.len())
}

/// Where the quote stands that ends the literal that `text` begins with.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if at == 0 => {}
            _ if at == 0 => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// From where to where migrations written in Rust stand: their queries run once, and by Onward.
fn migrations(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for attribute in ["#[migration(", "#[onward::migration("] {
        for (at, _) in text.match_indices(attribute) {
            let line = text[..at].rsplit('\n').next().unwrap_or_default().trim();
            // In a comment or a text it is nobody's attribute.
            if !(line.is_empty() || line.starts_with("#[") && line.ends_with(']')) {
                continue;
            }
            // Where its end is not found all that follows counts as the application's.
            let length = end(&text[at..], &['}', ';']).unwrap_or_default();
            found.push((at, at + length));
        }
    }
    found
}

/// Where `text` has come to one of these outside of all brackets: the semicolon of `struct Name;`, the brace of a body, the parenthesis of
/// a call.
fn end(text: &str, ends: &[char]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let c = rest.chars().next()?;
        at += skipped(rest).unwrap_or(c.len_utf8());
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 && ends.contains(&c) {
            return Some(at);
        }
    }
}

/// How long the string, character or comment is that `text` begins with, if it begins with one.
fn skipped(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return text.find('\n');
    }
    if text.starts_with("/*") {
        return Some(text.find("*/")? + 2);
    }
    if let Some(character) = text.strip_prefix('\'') {
        let mut inside = character.char_indices();
        let escaped = inside.next()?.1 == '\\';
        // Of a lifetime the second character is no quote.
        let mut ends = inside.skip(usize::from(escaped));
        let end = if escaped {
            ends.find(|(_, c)| *c == '\'')
        } else {
            ends.next().filter(|(_, c)| *c == '\'')
        };
        return Some(1 + end?.0 + 1);
    }
    string_end(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let source = Source::of("src/a.rs".to_owned(), format!("use sqlx;\n{text}"), true);
        let calls = calls(&source).into_iter();
        calls
            .map(|call| format!("{} {}", call.line, call.sql.as_deref().unwrap_or("?")))
            .collect()
    }

    #[test]
    fn calls_are_found_with_their_literals() {
        assert_eq!(found("sqlx::query(\"SELECT 1\")"), ["2 SELECT 1"]);
        assert_eq!(
            found("query_as::<_, (i64, Vec<u8>)>(\n  r#\"SELECT \"a\"\"#,\n)"),
            ["2 SELECT \"a\""]
        );
        assert_eq!(
            found("sqlx::query_scalar(&\"SELECT \\\"a\\\"\")"),
            ["2 SELECT \"a\""]
        );
        assert_eq!(found("sqlx::query(&format!(\"SELECT {x}\"))"), ["2 ?"]);
        assert_eq!(found("QueryBuilder::new(\"SELECT \")"), ["2 SELECT "]);
        assert_eq!(found("// sqlx::query(\"SELECT 1\")"), [""; 0]);
        assert_eq!(
            found("client.query(url); fn query(x: u8) {} my_query(1)"),
            [""; 0]
        );
        assert_eq!(
            found("sqlx::query!(\"SELECT 1\")"),
            [""; 0],
            "the cache has it"
        );
    }

    #[test]
    fn columns_are_kept_only_of_what_is_prepared() {
        for (call, kept) in [
            ("sqlx::query(\"SELECT * FROM t\")", 1),
            ("sqlx::raw_sql(\"SELECT * FROM t\")", 0),
            ("sqlx::raw_sql(\"INSERT INTO t VALUES (1)\")", 1),
            (
                "sqlx::query(\"SELECT * FROM t\")\n    .bind(f(\")\"))\n    .persistent( false ).fetch_all(&pool)",
                0,
            ),
            (
                "sqlx::query_as::<_, T>(\"SELECT * FROM t\").persistent(false).fetch_all::<P<'_>>(p)",
                0,
            ),
            ("sqlx::query(\"SELECT * FROM t\").persistent(true)", 1),
            ("sqlx::query(\"SELECT * FROM t\").persistent(kept)", 1),
            (
                "sqlx::query(\"SELECT * FROM t\").fetch_all(&pool); b.persistent(false)",
                1,
            ),
            (
                "sqlx::query(\"SELECT * FROM t\").bind(b.persistent(false))",
                1,
            ),
            (
                "sqlx::query(\"INSERT INTO t VALUES (1)\").persistent(false)",
                1,
            ),
        ] {
            let source = Source::of("src/a.rs".to_owned(), call.to_owned(), true);
            let sources = Sources(vec![source]);
            let mut uses = Uses::default();
            assert!(read(&sources, &[Dialect::Postgres], &mut uses));
            assert_eq!(uses.copies.len(), kept, "{call}");
            assert_eq!(uses.tables.len(), 1, "{call}");
        }
    }

    #[test]
    fn a_migrations_own_queries_are_not_the_applications() {
        let text = "#[migration(version = 1)]\nasync fn m() {\n    sqlx::query(\"UPDATE t SET a = 1\");\n}\nfn b() { sqlx::query(\"SELECT 1\"); }";
        assert_eq!(found(text), ["6 SELECT 1"]);
    }

    #[test]
    fn what_follows_a_migration_without_a_body_is_the_applications() {
        let item = "#[derive(Migration)]\n#[migration(version = 1, up = \"DROP TABLE a; --\", down = r#\"}\"#)]\nstruct M;\n";
        let code = "async fn g() {\n    sqlx::query(\"SELECT a FROM t\");\n}\n";
        assert_eq!(found(&format!("{item}{code}")), ["6 SELECT a FROM t"]);
        assert_eq!(
            found(&format!("{item}{code}{item}{code}")),
            ["6 SELECT a FROM t", "12 SELECT a FROM t"]
        );
    }

    #[test]
    fn an_attribute_that_a_comment_speaks_of_hides_nothing() {
        let text =
            "/// As `#[migration(version = 1)]` does.\nfn a() { sqlx::query(\"SELECT 1\"); }";
        assert_eq!(found(text), ["3 SELECT 1"]);
    }

    #[test]
    fn a_migrations_body_ends_with_its_brace_whatever_stands_in_it() {
        let head = "#[migration(version = 1)]\nasync fn m<'a>(c: &'a C) {\n";
        for body in [
            "let open = '{'; let quote = '\"'; let tick = '\\'';",
            "// {\n/* { */ let open = \"{\";",
            "if x { sqlx::query(\"UPDATE t SET a = 1\"); }",
        ] {
            let text = format!("{head}{body} }}\nfn b() {{ sqlx::query(\"SELECT 1\"); }}");
            let line = 2 + text.matches('\n').count();
            assert_eq!(found(&text), [format!("{line} SELECT 1")], "{body}");
        }
    }
}
