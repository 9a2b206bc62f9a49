//! Which type does a text name?

mod mysql;
mod postgres;

use super::{Affinity, Length, Type};
use crate::Dialect;
use crate::lex::{Kind, Token, lex};

pub(super) fn parse(dialect: Dialect, text: &str) -> Type {
    let written = || Written::read(dialect, text);
    match dialect {
        Dialect::Sqlite => Type::Affinity(affinity(text)),
        Dialect::Postgres => postgres::postgres(&written()),
        Dialect::MySql => mysql::mysql(&written()),
    }
}

/// The words that may be about a character set.
const CHARSET: [&str; 6] = [
    "charset",
    "character",
    "collate",
    "ascii",
    "byte",
    "unicode",
];

/// A type's words, lower case, and what stands in its parentheses.
#[derive(Default)]
#[cfg_attr(test, derive(Debug, PartialEq))]
struct Written {
    words: Vec<String>,
    numbers: Vec<i64>,
    labels: Vec<String>,
    charset: Option<String>,
    /// How many `[]` follow it.
    dimensions: usize,
}

impl Written {
    fn read(dialect: Dialect, text: &str) -> Written {
        Written::plainly(text).unwrap_or_else(|| Written::lexed(dialect, text))
    }

    fn lexed(dialect: Dialect, text: &str) -> Written {
        let mut written = Written::default();
        let tokens = lex(text, dialect);
        let mut tokens = tokens
            .into_iter()
            .filter(|token| token.is_significant())
            .peekable();
        let mut depth = 0;
        while let Some(token) = tokens.next() {
            let part = token.text(text);
            match token.kind {
                Kind::Symbol if part == "(" => depth += 1,
                Kind::Symbol if part == ")" => depth -= 1,
                Kind::Symbol if part == "[" => written.dimensions += 1,
                Kind::Symbol if part == "." => {
                    // A type's schema; only the catalog's own says nothing.
                    let schema = written.words.pop().unwrap_or_default();
                    let name = tokens
                        .next()
                        .map(|token| name(dialect, token, text))
                        .unwrap_or_default();
                    written.words.push(match schema.as_str() {
                        "pg_catalog" => name,
                        _ => format!("{schema}.{name}"),
                    });
                }
                Kind::Number if depth > 0 => written.numbers.extend(part.parse::<i64>()),
                Kind::Symbol if part == "-" && depth > 0 => {
                    let number = tokens
                        .next()
                        .and_then(|token| token.text(text).parse::<i64>().ok());
                    written.numbers.extend(number.map(|number| -number));
                }
                Kind::Text => written.labels.push(string(part)),
                // In quotes it is another type, of one byte.
                Kind::Quoted if dialect == Dialect::Postgres && part == "\"char\"" => {
                    written.words.push(part.to_owned());
                }
                Kind::Word | Kind::Quoted if depth == 0 => {
                    written.words.push(name(dialect, token, text))
                }
                _ => {}
            }
        }
        written.take_charset();
        written
    }

    /// What words and numbers of the plainest kind say, as most types are written; the tokens need not be told apart for that.
    fn plainly(text: &str) -> Option<Written> {
        let mut written = Written::default();
        let mut rest = text;
        while let Some(first) = rest.bytes().next() {
            if first == b' ' {
                rest = rest.trim_start_matches(' ');
            } else if first == b'(' {
                let (numbers, behind) = rest.get(1..)?.split_once(')')?;
                for number in numbers.split(',') {
                    let number = number.trim_matches(' ');
                    let digits = !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit());
                    let number = digits.then(|| number.parse().ok())??;
                    written.numbers.push(number);
                }
                rest = behind;
            } else {
                let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                let end = rest.bytes().position(|byte| !is_part(byte));
                let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
                let of_charset = |other: &&str| other.eq_ignore_ascii_case(word);
                if first.is_ascii_digit() || word.is_empty() || CHARSET.iter().any(of_charset) {
                    return None;
                }
                written.words.push(word.to_ascii_lowercase());
                rest = behind;
            }
        }
        Some(written)
    }

    /// Takes `CHARACTER SET x`, `CHARSET x`, `COLLATE x` and the like out of the words.
    fn take_charset(&mut self) {
        let mut collation = None;
        let mut words = Vec::new();
        let mut rest = std::mem::take(&mut self.words).into_iter().peekable();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "charset" => self.charset = rest.next(),
                "character" if rest.peek().is_some_and(|next| next == "set") => {
                    rest.next();
                    self.charset = rest.next();
                }
                "collate" => collation = rest.next(),
                "ascii" if !words.is_empty() => self.charset = Some("latin1".to_owned()),
                // `CHAR(5) BYTE` is BINARY(5).
                "byte" if !words.is_empty() => self.charset = Some("binary".to_owned()),
                "unicode" if !words.is_empty() => self.charset = Some("ucs2".to_owned()),
                _ => words.push(word),
            }
        }
        if self.charset.is_none() {
            self.charset = collation.and_then(|name| Some(name.split('_').next()?.to_owned()));
        }
        self.words = words;
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|other| other == word)
    }

    fn number(&self) -> Option<u32> {
        u32::try_from(*self.numbers.first()?).ok()
    }

    fn characters(&self, otherwise: Length) -> Length {
        self.number()
            .map_or(otherwise, |n| Length::Characters(n.into()))
    }
}

/// A word or quoted name, folded: the case of a type's name means nothing but where PostgreSQL's is quoted.
fn name(dialect: Dialect, token: Token, text: &str) -> String {
    let part = token.text(text);
    match token.kind {
        Kind::Quoted if dialect == Dialect::Postgres => {
            part.trim_matches('"').replace("\"\"", "\"")
        }
        Kind::Quoted => part.trim_matches(['`', '"', '[', ']']).to_lowercase(),
        _ => part.to_lowercase(),
    }
}

/// What a string literal stands for, as far as labels need it.
fn string(literal: &str) -> String {
    let quote = if literal.ends_with('"') { '"' } else { '\'' };
    let inner = literal.split_once(quote).map_or("", |(_, rest)| rest);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&quote.to_string().repeat(2), &quote.to_string())
}

/// Whole numbers of so many bits.
fn int(bits: u32, signed: bool) -> Type {
    if signed {
        Type::Int {
            min: -(1i128 << (bits - 1)),
            max: (1i128 << (bits - 1)) - 1,
        }
    } else {
        Type::Int {
            min: 0,
            max: (1i128 << bits) - 1,
        }
    }
}

/// SQLite's own rules, in its own order.
fn affinity(text: &str) -> Affinity {
    let text = text.to_ascii_uppercase();
    let has = |part: &str| text.contains(part);
    if has("INT") {
        Affinity::Integer
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        Affinity::Text
    } else if has("BLOB") {
        Affinity::Blob
    } else if text.trim().is_empty() {
        Affinity::Any
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        Affinity::Real
    } else if ["NUM", "DEC", "FIXED", "MONEY", "CURRENCY"]
        .into_iter()
        .any(has)
    {
        Affinity::Numeric
    } else if ["DATE", "TIME", "YEAR", "BOOL", "UUID", "GUID"]
        .into_iter()
        .any(has)
        || text.trim() == "BIT"
    {
        Affinity::Other
    } else {
        Affinity::Foreign
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_told_without_tokens_is_what_they_say(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "varchar", "Character", " varying", " ", "  ", "(", ")", "10", "(10)", "(10, 2)", "( 3 ,4 )", "()", "-", ",",
                    "unsigned", " set", " utf8", "_x", "1a", "time zone", "'a'", "\"b\"", ".", "[]", "99999999999999999999",
                    "charset", "collate", " byte", "é", "\n", "+1", "1e3", "x'1'", "$1", "\t",
                ]),
                0..6,
            ),
        ) {
            let text = parts.concat();
            if let Some(plain) = Written::plainly(&text) {
                for dialect in Dialect::ALL {
                    prop_assert_eq!(&plain, &Written::lexed(dialect, &text), "{} {}", text, dialect);
                }
            }
        }
    }
}
