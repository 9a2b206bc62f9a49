//! How deep is a statement nested?
//!
//! The grammar bounds how deep parentheses nest, but `a AND a AND …` nests to the left once for each operator, and
//! everything that walks such a tree calls itself as often.

use crate::lex::{Kind, Token};

/// How many operators may lie around a value. Far more than a person writes, and far less than exhausts a stack of
/// [`super::STACK`] bytes, not optimised.
const DEEPEST: usize = 300;

/// Up to here a stack of one megabyte is enough: half of what the grammar needs for queries nested as deep as it allows.
const SHALLOW: usize = 12;

/// How deep is too deep for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// For nothing.
    Shallow,
    /// For a stack of which nothing is known.
    Deep,
    /// To be followed.
    TooDeep,
}

impl Depth {
    pub(crate) fn of(sql: &str, tokens: &[Token]) -> Depth {
        // No token nests more than once.
        if tokens.len() <= SHALLOW {
            return Depth::Shallow;
        }
        match deepest(sql, tokens) {
            deepest if deepest > DEEPEST => Depth::TooDeep,
            deepest if deepest > SHALLOW => Depth::Deep,
            _ => Depth::Shallow,
        }
    }
}

/// Whether the word joins two values or queries, or stands before one.
fn is_operator(word: &str) -> bool {
    let operators: &[&str] = match word.len() {
        2 => &["OR", "IN", "IS", "AT"],
        3 => &["AND", "NOT", "XOR", "DIV", "MOD"],
        4 => &["LIKE", "CASE"],
        5 => &["UNION", "ILIKE", "RLIKE"],
        6 => &["EXCEPT", "REGEXP"],
        7 => &["BETWEEN", "COLLATE", "EXPLAIN"],
        8 => &["INTERVAL"],
        9 => &["INTERSECT"],
        _ => &[],
    };
    operators
        .iter()
        .any(|operator| word.eq_ignore_ascii_case(operator))
}

/// How many operators lie around the deepest value; what is deeper than [`DEEPEST`] is not told apart.
fn deepest(sql: &str, tokens: &[Token]) -> usize {
    let mut deepest = 0;
    // How many operators lie around each open parenthesis, and since the last comma.
    let mut outer: Vec<usize> = Vec::new();
    let (mut around, mut here) = (0, 0);
    for token in tokens {
        match token.kind {
            // No sign of two begins like one of these, but for `..`.
            Kind::Symbol => match sql.as_bytes().get(token.span.start as usize) {
                Some(b'(' | b'[' | b'{') => {
                    outer.push(here);
                    around += here + 1;
                    here = 0;
                }
                Some(b')' | b']' | b'}') => {
                    if let Some(before) = outer.pop() {
                        around -= before + 1;
                        // What follows is joined to what was in parentheses.
                        here = before + 1;
                    }
                }
                Some(b',') => here = 0,
                Some(b'.') if token.span.end == token.span.start + 1 => continue,
                _ => here += 1,
            },
            Kind::Terminator => here = 0,
            Kind::Word if is_operator(token.text(sql)) => here += 1,
            _ => continue,
        }
        deepest = deepest.max(around + here);
        if deepest > DEEPEST {
            break;
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use crate::lex::lex;

    fn too_deep(sql: &str) -> bool {
        let mut tokens = lex(sql, Dialect::Postgres);
        tokens.retain(|token| token.is_significant());
        Depth::of(sql, &tokens) == Depth::TooDeep
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
