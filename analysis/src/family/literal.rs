//! What does a string literal stand for?

use crate::Dialect;
use crate::lex::{Kind, Token};

/// The text that a string or dollar quote stands for; none where the token is none, or is of bits or bytes.
pub(super) fn string(dialect: Dialect, sql: &str, token: Token) -> Option<String> {
    let text = token.text(sql);
    match token.kind {
        Kind::Dollar => dollar(text).map(|(_, body)| body.to_owned()),
        Kind::Text => {
            let open = text.find(['\'', '"'])?;
            let quote = text[open..].chars().next()?;
            let inner = text[open + 1..].strip_suffix(quote)?;
            match text[..open].to_ascii_lowercase().as_str() {
                "" | "n" => Some(unescape(inner, quote, dialect == Dialect::MySql)),
                "e" => Some(unescape(inner, quote, true)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Where in a dollar quote its body begins, and the body.
pub(super) fn dollar(text: &str) -> Option<(usize, &str)> {
    let tag = text[1..].find('$')? + 2;
    let end = text.len().checked_sub(tag)?;
    Some((tag, text.get(tag..end)?))
}

fn unescape(inner: &str, quote: char, backslash: bool) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if backslash => match chars.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('0') => text.push('\0'),
                Some(other) => text.push(other),
                None => {}
            },
            c if c == quote => {
                // Doubled.
                chars.next();
                text.push(quote);
            }
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lex::lex;

    #[test]
    fn strings_are_read_as_the_dialect_reads_them() {
        let read = |dialect, sql: &str| string(dialect, sql, lex(sql, dialect)[0]);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            read(Dialect::MySql, r"'it''s \'x\' \n'"),
            some("it's 'x' \n")
        );
        assert_eq!(read(Dialect::MySql, r#""a ""b"" c""#), some("a \"b\" c"));
        assert_eq!(read(Dialect::Postgres, r"'a\n'"), some(r"a\n"));
        assert_eq!(read(Dialect::Postgres, r"E'a\'b'"), some("a'b"));
        assert_eq!(read(Dialect::Postgres, "$x$it's$x$"), some("it's"));
        assert_eq!(read(Dialect::Postgres, "x'00'"), None);
        assert_eq!(read(Dialect::Postgres, "name"), None);
    }
}
