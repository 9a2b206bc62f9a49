//! To which constants does the text of a CHECK hold a column?
//!
//! `CHECK (kind IN ('a', 'b'))`, `CHECK (n BETWEEN 1 AND 3 AND m > n)`, `CHECK (kind = 'a' OR kind = 'b')`.

use crate::Dialect;
use crate::judge::pair::wording::bare;
use crate::lex::{Kind, Token, lex};
use crate::schema::same;

/// How many whole numbers between two others are listed.
const MOST: i64 = 64;

/// What is read of a CHECK: the column of which it is asked.
struct Asked<'c> {
    dialect: Dialect,
    check: &'c str,
    column: &'c str,
}

/// What a condition leaves to the column.
#[derive(Default)]
struct Left {
    listed: Option<Vec<String>>,
    low: Option<i64>,
    high: Option<i64>,
}

/// The constants that the constraint leaves to the column, beside NULL; of one of `whole` numbers those between two others too.
pub(super) fn listed(
    dialect: Dialect,
    check: &str,
    column: &str,
    whole: bool,
) -> Option<Vec<String>> {
    let tokens = lex(check, dialect);
    let tokens: Vec<Token> = tokens
        .into_iter()
        .filter(|at| at.is_significant())
        .collect();
    let start = tokens.iter().position(|at| at.is_word(check, "CHECK"))?;
    if tokens.iter().any(|at| parts_otherwise(dialect, check, at)) {
        return None;
    }
    let asked = Asked {
        dialect,
        check,
        column,
    };
    // `NOT VALID` and the like stand behind it.
    let within = asked.within(&tokens[start + 1..])?;
    let left = asked.condition(within)?;
    left.listed.or_else(|| {
        let (low, high) = left.low.zip(left.high).filter(|_| whole)?;
        let count = high.checked_sub(low)?;
        (0..MOST)
            .contains(&count)
            .then(|| (low..=high).map(|n| n.to_string()).collect())
    })
}

/// Whether an AND beside it need not join conditions that all hold: one within CASE, one below an OR in another word.
fn parts_otherwise(dialect: Dialect, check: &str, token: &Token) -> bool {
    let or = || token.is_word(check, "XOR") || token.is_symbol(check, "||");
    token.is_word(check, "CASE") || (dialect == Dialect::MySql && or())
}

impl Asked<'_> {
    /// What stands in the parentheses that are all of it.
    fn within<'t>(&self, tokens: &'t [Token]) -> Option<&'t [Token]> {
        let [open, inner @ .., close] = tokens else {
            return None;
        };
        let whole = open.is_symbol(self.check, "(")
            && close.is_symbol(self.check, ")")
            && self.depths(inner).all(|depth| depth >= 0);
        whole.then_some(inner)
    }

    /// How deep in parentheses one is behind each token.
    fn depths(&self, tokens: &[Token]) -> impl Iterator<Item = i32> {
        tokens.iter().scan(0, |depth, token| {
            *depth += match token {
                at if at.is_symbol(self.check, "(") => 1,
                at if at.is_symbol(self.check, ")") => -1,
                _ => 0,
            };
            Some(*depth)
        })
    }

    /// The parts that a word parts; the AND of a BETWEEN parts nothing.
    fn parts<'t>(&self, tokens: &'t [Token], word: &str) -> Vec<&'t [Token]> {
        let (mut parts, mut from, mut between) = (Vec::new(), 0, false);
        for (at, depth) in self.depths(tokens).enumerate() {
            if depth > 0 {
                continue;
            }
            if tokens[at].is_word(self.check, "BETWEEN") {
                between = true;
            } else if between && tokens[at].is_word(self.check, "AND") {
                between = false;
            } else if tokens[at].is_word(self.check, word) {
                parts.push(&tokens[from..at]);
                from = at + 1;
            }
        }
        parts.push(&tokens[from..]);
        parts
    }

    fn condition(&self, tokens: &[Token]) -> Option<Left> {
        if let Some(inner) = self.within(tokens) {
            return self.condition(inner);
        }
        let either = self.parts(tokens, "OR");
        if either.len() > 1 {
            let mut listed = Vec::new();
            for part in either {
                match self.is_null(part) {
                    true => {}
                    false => listed.extend(self.condition(part)?.listed?),
                }
            }
            return Some(Left {
                listed: Some(listed),
                ..Left::default()
            });
        }
        let both = self.parts(tokens, "AND");
        if both.len() > 1 {
            let mut left = Left::default();
            for more in both.into_iter().filter_map(|part| self.condition(part)) {
                left.listed = left.listed.or(more.listed);
                left.low = left.low.max(more.low);
                left.high = match (left.high, more.high) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
            return Some(left);
        }
        self.comparison(tokens)
    }

    fn is_null(&self, tokens: &[Token]) -> bool {
        let Some(tokens) = self.behind_column(tokens) else {
            return false;
        };
        let word = |at: &Token, word| at.is_word(self.check, word);
        matches!(tokens, [is, null] if word(is, "IS") && word(null, "NULL"))
    }

    /// What stands behind the column.
    fn behind_column<'t>(&self, tokens: &'t [Token]) -> Option<&'t [Token]> {
        let (name, behind) = tokens.split_first()?;
        let text = name.text(self.check);
        let own = match name.kind {
            Kind::Word => same(self.dialect, &text.to_lowercase(), self.column),
            Kind::Quoted => bare(text) == self.column,
            _ => false,
        };
        own.then_some(behind)
    }

    fn comparison(&self, tokens: &[Token]) -> Option<Left> {
        let (sign, rest) = self.behind_column(tokens)?.split_first()?;
        let number = |tokens| self.constant(tokens)?.parse::<i64>().ok();
        let mut left = Left::default();
        match sign.text(self.check).to_ascii_uppercase().as_str() {
            "IN" => {
                let list = self.within(rest)?;
                let items = list.split(|at| at.is_symbol(self.check, ","));
                let items = items.map(|item| self.constant(item));
                left.listed = Some(items.collect::<Option<_>>()?);
            }
            "=" => left.listed = Some(vec![self.constant(rest)?]),
            "BETWEEN" => {
                let mut ends = rest.splitn(2, |at| at.is_word(self.check, "AND"));
                left.low = Some(number(ends.next()?)?);
                left.high = Some(number(ends.next()?)?);
            }
            ">=" => left.low = Some(number(rest)?),
            ">" => left.low = Some(number(rest)?.checked_add(1)?),
            "<=" => left.high = Some(number(rest)?),
            "<" => left.high = Some(number(rest)?.checked_sub(1)?),
            _ => return None,
        }
        Some(left)
    }

    fn constant(&self, tokens: &[Token]) -> Option<String> {
        let text = |at: &Token| at.text(self.check).to_owned();
        match tokens {
            [at] if matches!(at.kind, Kind::Text | Kind::Number) => Some(text(at)),
            [minus, at] if minus.is_symbol(self.check, "-") && at.kind == Kind::Number => {
                Some(format!("-{}", text(at)))
            }
            _ => None,
        }
    }
}
