//! Is a statement nested so deep that following it would exhaust the stack?
//!
//! The grammar bounds how deep parentheses nest, but `a AND a AND …` nests to the left once for each operator, and
//! everything that walks such a tree calls itself as often.

use crate::lex::{Kind, Token};

/// How many operators may lie around a value. Far more than a person writes, and far less than exhausts the eight
/// megabytes of stack that the compiler and a program's main thread have, not optimised.
const DEEPEST: usize = 300;

/// Words that join two values or queries, or stand before one.
const OPERATORS: [&str; 19] = [
    "AND",
    "OR",
    "XOR",
    "NOT",
    "IS",
    "IN",
    "LIKE",
    "ILIKE",
    "RLIKE",
    "REGEXP",
    "BETWEEN",
    "COLLATE",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "DIV",
    "MOD",
    "AT",
    "CASE",
];

pub(super) fn is_too_deep(sql: &str, tokens: &[Token]) -> bool {
    // How many operators lie around each open parenthesis, and since the last comma.
    let mut outer: Vec<usize> = Vec::new();
    let (mut around, mut here) = (0, 0);
    for token in tokens {
        match (token.kind, token.text(sql)) {
            (Kind::Symbol, "(" | "[" | "{") => {
                outer.push(here);
                around += here + 1;
                here = 0;
            }
            (Kind::Symbol, ")" | "]" | "}") => {
                if let Some(before) = outer.pop() {
                    around -= before + 1;
                    // What follows is joined to what was in parentheses.
                    here = before + 1;
                }
            }
            (Kind::Symbol, ",") | (Kind::Terminator, _) => here = 0,
            (Kind::Symbol, ".") => {}
            (Kind::Symbol, _) => here += 1,
            (Kind::Word, word)
                if OPERATORS
                    .iter()
                    .any(|operator| word.eq_ignore_ascii_case(operator)) =>
            {
                here += 1
            }
            _ => {}
        }
        if around + here > DEEPEST {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use crate::lex::lex;

    fn too_deep(sql: &str) -> bool {
        let mut tokens = lex(sql, Dialect::Postgres);
        tokens.retain(|token| token.is_significant());
        is_too_deep(sql, &tokens)
    }

    #[test]
    fn long_lists_are_not_deep() {
        assert!(!too_deep(&format!(
            "INSERT INTO t VALUES {}(1)",
            "(1 + 2, 'a'), ".repeat(5000)
        )));
        assert!(!too_deep(&format!(
            "SELECT {}a.b",
            "a.b = 1, ".repeat(5000)
        )));
    }

    #[test]
    fn chains_and_nests_are() {
        for (head, link) in [
            ("SELECT a", " AND a"),
            ("SELECT a", " + (a)"),
            ("SELECT ", "("),
            ("SELECT a", "::int"),
            ("SELECT a", "[1]"),
            ("SELECT ", "NOT "),
            ("SELECT 1", " UNION ALL SELECT 1"),
            ("SELECT ", "f(1 + "),
        ] {
            assert!(too_deep(&format!("{head}{}", link.repeat(1000))), "{link}");
        }
    }
}
