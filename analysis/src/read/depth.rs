//! How deep is a statement nested?
//!
//! The grammar bounds how deep parentheses nest, but `a AND a AND …` nests to the left once for each operator, and
//! everything that walks such a tree calls itself as often.

use crate::lex::{Kind, Token};

/// How many operators may lie around a value. Far more than a person writes, and far less than exhausts a stack of
/// [`super::STACK`] bytes, not optimised.
const DEEPEST: usize = 300;

/// Up to here a stack of one megabyte is enough: half of what the grammar needs for queries nested as deep as it allows.
const SHALLOW: usize = 9;

/// And up to here for the operators whose left side lies around a value: only who walks the tree calls himself for those.
const CHAIN: usize = 40;

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
    /// Whether it is too deep to be followed.
    pub(crate) fn is_too_deep(sql: &str, tokens: &[Token]) -> bool {
        // No token is more than one operator.
        tokens.len() > DEEPEST && Depth::of(sql, tokens) == Depth::TooDeep
    }

    pub(crate) fn of(sql: &str, tokens: &[Token]) -> Depth {
        // No token nests more than once.
        if tokens.len() <= SHALLOW {
            return Depth::Shallow;
        }
        let deepest = deepest(sql, tokens);
        if deepest.operators > DEEPEST {
            Depth::TooDeep
        } else if deepest.operators > CHAIN || deepest.nested > SHALLOW {
            Depth::Deep
        } else {
            Depth::Shallow
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

/// How strongly an operator binds, as a bit: what binds more strongly than the one before it is read within that one.
fn strength(text: &str) -> u8 {
    match text.as_bytes() {
        b"=" | b"<" | b">" | b"<=" | b">=" | b"<>" | b"!=" => 1 << 3,
        b"+" | b"-" => 1 << 5,
        b"*" | b"/" | b"%" => 1 << 6,
        [byte, ..] if !byte.is_ascii_alphabetic() => 1 << 4,
        _ if text.eq_ignore_ascii_case("OR") => 1,
        _ if text.eq_ignore_ascii_case("AND") => 1 << 1,
        _ => 1 << 2,
    }
}

/// Whether the word stands before the value that it is about.
fn is_before(word: &str) -> bool {
    let words = ["CASE", "INTERVAL", "EXPLAIN"];
    words.iter().any(|before| word.eq_ignore_ascii_case(before))
}

/// What lies around a value, within one pair of parentheses or in all.
#[derive(Clone, Copy, Default)]
struct Around {
    /// Operators of every kind, and parentheses.
    operators: usize,
    /// Those of them for which the grammar calls itself: parentheses, what stands before a value, …
    nested: usize,
    /// … and the operators to whose right it lies, by their strength.
    open: u8,
}

impl Around {
    /// An operator that stands behind a value.
    fn joined(&mut self, text: &str) {
        let strength = strength(text);
        self.operators += 1;
        self.open = (self.open & (strength - 1)) | strength;
    }

    /// An operator that stands before one, to the right of those that are open.
    fn headed(&mut self) {
        self.operators += 1;
        self.nested += 1 + self.open.count_ones() as usize;
        self.open = 0;
    }

    fn within(self, other: Around) -> Around {
        Around {
            operators: self.operators + other.operators,
            nested: self.nested + other.nested + other.open.count_ones() as usize,
            open: 0,
        }
    }
}

/// How much lies around the deepest value; what is deeper than [`DEEPEST`] is not told apart.
fn deepest(sql: &str, tokens: &[Token]) -> Around {
    let mut deepest = Around::default();
    // What lies around the open parentheses, from outside in, and what since the last comma.
    let mut outer: Vec<(Around, Around)> = Vec::new();
    let (mut around, mut here) = (Around::default(), Around::default());
    // Whether a value ends right before the token.
    let mut ends = false;
    for token in tokens {
        let follows = std::mem::replace(&mut ends, token.kind != Kind::Symbol);
        let text = token.text(sql);
        match token.kind {
            // No sign of two begins like one of these, but for `..`.
            Kind::Symbol => match text.as_bytes() {
                [b'(' | b'[' | b'{', ..] => {
                    outer.push((around, here));
                    here.headed();
                    around = around.within(here);
                    here = Around::default();
                }
                [b')' | b']' | b'}', ..] => {
                    ends = true;
                    if let Some(before) = outer.pop() {
                        (around, here) = before;
                        // What follows is joined to what was in parentheses.
                        here.operators += 1;
                    }
                }
                [b',', ..] => here = Around::default(),
                b"." => continue,
                _ if follows => here.joined(text),
                _ => here.headed(),
            },
            Kind::Terminator => here = Around::default(),
            // A query takes the grammar as much again as its parentheses.
            Kind::Word if text.eq_ignore_ascii_case("SELECT") && !outer.is_empty() => {
                around.nested += 1;
            }
            Kind::Word if is_operator(text) => {
                ends = text.eq_ignore_ascii_case("IS");
                if is_before(text) || (text.eq_ignore_ascii_case("NOT") && !follows) {
                    here.headed();
                } else {
                    here.joined(text);
                }
            }
            _ => continue,
        }
        let now = around.within(here);
        deepest.operators = deepest.operators.max(now.operators);
        deepest.nested = deepest.nested.max(now.nested);
        if deepest.operators > DEEPEST {
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
        let is = Depth::is_too_deep(sql, &tokens);
        assert_eq!(is, Depth::of(sql, &tokens) == Depth::TooDeep, "{sql}");
        is
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

    /// To read on a stack of its own takes as long as a hundred short statements.
    #[test]
    fn what_a_person_writes_is_shallow() {
        let view = "CREATE VIEW v AS SELECT a.id, COALESCE(b.n, 0) + 1 AS n, CASE WHEN a.x = 1 AND b.y > 2 THEN 'x' ELSE 'y' END AS c \
                    FROM a JOIN b ON a.id = b.a_id AND a.kind = b.kind JOIN c ON c.id = b.c_id AND c.gone IS NULL \
                    WHERE a.x = 1 AND a.y = 2 AND a.z <> 3 AND (b.m = 4 OR b.m > 5) \
                    AND a.id IN (SELECT d.a_id FROM d WHERE d.p = 1 AND d.q IS NOT NULL AND d.r >= 6) AND b.s LIKE 'x%'";
        let update = "UPDATE t SET a = b || '-' || c, d = (SELECT max(e) FROM u WHERE u.t_id = t.id AND u.f = 1) \
                      WHERE a = 1 AND b = 2 AND c = 3 AND d = 4 AND e = 5 AND f = 6 AND g IS NOT NULL";
        for sql in [view, update] {
            let mut tokens = lex(sql, Dialect::Postgres);
            tokens.retain(|token| token.is_significant());
            assert_eq!(Depth::of(sql, &tokens), Depth::Shallow, "{sql}");
        }
    }

    #[test]
    fn no_token_is_more_than_one_operator() {
        for token in [
            "(", ")", "a", "-", "NOT ", "IS ", "CASE ", "[", "SELECT ", "(SELECT ",
        ] {
            for count in (DEEPEST - 2) / 2..DEEPEST + 2 {
                too_deep(&token.repeat(count));
            }
        }
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
