//! Do two definitions say the same, however they are quoted, spaced and put in parentheses?

use crate::Dialect;
use crate::judge::renaming::text::may_name;
use crate::lex::{Kind, Token, lex};

/// The condition of a check.
pub(in crate::judge) fn condition(dialect: Dialect, text: &str) -> String {
    plain(dialect, text, |token| token.is_word(text, "CHECK"))
}

/// What an index is on: its method, columns and condition.
pub(in crate::judge) fn indexed(dialect: Dialect, text: &str) -> String {
    let on = plain(dialect, text, |token| token.is_symbol(text, "("));
    let tokens = lex(text, dialect);
    let mut words = tokens.iter().filter(|token| token.is_significant());
    let method = words
        .find(|token| token.is_word(text, "USING"))
        .and(words.next());
    match method.map(|method| method.text(text).to_lowercase()) {
        // What an index is without a method.
        Some(method) if method != "btree" => format!("{method} {on}"),
        _ => on,
    }
}

/// Whether two statements make views of one query.
pub(in crate::judge) fn is_one_query(dialect: Dialect, a: &str, b: &str) -> bool {
    let query = |text: &str| plain(dialect, text, |token| token.is_word(text, "AS"));
    a == b || query(a) == query(b)
}

/// Whether two statements make the same routine or trigger.
pub(in crate::judge) fn is_one_definition(dialect: Dialect, a: &str, b: &str) -> bool {
    let after_create = |text: &str| {
        let words = plain(dialect, text, |token| token.is_word(text, "CREATE"));
        words
            .strip_prefix("or replace ")
            .unwrap_or(&words)
            .replacen("if not exists ", "", 1)
    };
    a == b || after_create(a) == after_create(b)
}

/// Whether the word stands in a text, quoted or not.
pub(in crate::judge) fn reads(dialect: Dialect, text: &str, name: &str) -> bool {
    may_name(text, name)
        && lex(text, dialect).iter().any(|token| match token.kind {
            Kind::Word => token.text(text).eq_ignore_ascii_case(name),
            Kind::Quoted => bare(token.text(text)) == name,
            _ => false,
        })
}

/// A quoted name without its quotes.
pub(in crate::judge) fn bare(quoted: &str) -> &str {
    quoted.trim_matches(['"', '`', '[', ']'])
}

/// The words behind the first token that `begins`, each written in one way; those of the whole text, where none does.
fn plain(dialect: Dialect, text: &str, begins: impl Fn(&Token) -> bool) -> String {
    let mut tokens = lex(text, dialect);
    tokens.retain(|token| token.is_significant() && token.kind != Kind::Terminator);
    let first = tokens.iter().position(begins).map_or(0, |at| at + 1);
    let words = tokens.iter().skip(first).filter_map(|token| {
        let shown = token.text(text);
        match token.kind {
            Kind::Quoted => Some(bare(shown).to_owned()),
            // What every order is without a word, and what only groups.
            Kind::Word if shown.eq_ignore_ascii_case("ASC") => None,
            Kind::Symbol if matches!(shown, "(" | ")") => None,
            Kind::Word => Some(shown.to_lowercase()),
            // The body of a routine.
            Kind::Dollar | Kind::Text => {
                Some(shown.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            _ => Some(shown.to_owned()),
        }
    });
    words.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MySql, Postgres};

    #[test]
    fn what_may_be_written_otherwise_makes_no_difference() {
        assert_eq!(
            condition(Postgres, "CONSTRAINT c CHECK ((\"a\" > 0))"),
            condition(Postgres, "check (a>0)")
        );
        assert_eq!(
            indexed(
                Postgres,
                "CREATE INDEX i ON t USING btree (a ASC, lower(b)) WHERE a > 0"
            ),
            indexed(
                Postgres,
                "create index concurrently j on public.t (\"a\", lower(b)) where (a > 0);"
            )
        );
        assert_eq!(
            indexed(MySql, "CREATE INDEX i ON t (a)"),
            indexed(MySql, "ALTER TABLE t ADD INDEX i (`a`)")
        );
        assert!(is_one_query(
            Postgres,
            "CREATE VIEW v AS SELECT a FROM t",
            "create or replace view v as select a from t;"
        ));
        let function = "FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$";
        assert!(is_one_definition(
            Postgres,
            &format!("CREATE {function}"),
            &format!("CREATE OR REPLACE {function};")
        ));
    }

    #[test]
    fn another_word_makes_one() {
        assert_ne!(
            condition(Postgres, "CHECK (a > 0)"),
            condition(Postgres, "CHECK (a > 1)")
        );
        assert_ne!(
            indexed(Postgres, "CREATE INDEX i ON t USING gin (a)"),
            indexed(Postgres, "CREATE INDEX i ON t (a)")
        );
        assert_ne!(
            indexed(Postgres, "CREATE INDEX i ON t (a)"),
            indexed(Postgres, "CREATE INDEX i ON t (a, b)")
        );
        assert!(!is_one_query(
            Postgres,
            "CREATE VIEW v AS SELECT a",
            "CREATE VIEW v AS SELECT b"
        ));
    }
}
