//! Which names and signs does a text of SQL consist of?
//!
//! A name in a comment is none, one in quotes is one, and one inside a text may be, because a routine can put SQL together out of
//! texts.

use std::ops::Range;

use onward_analysis::Dialect;
use onward_analysis::lex::{Kind, folded, lex, unquoted};

/// How deep texts inside texts are searched.
const DEPTH: u32 = 3;

/// One token that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// A name or a keyword, folded as the database compares names; what stands in quotes is never a keyword. What is all of a text,
    /// `quote_ident('users')`, is a name to the one that is called, and no value.
    Name {
        name: String,
        quoted: bool,
        is_text: bool,
    },
    /// `.`, `*`, `(` and the like.
    Sign(char),
}

/// Reads `sql`: its words, and from where to where they stand in texts.
pub(super) fn words(dialect: Dialect, sql: &str) -> (Vec<Word>, Vec<Range<usize>>) {
    let (mut words, mut texts) = (Vec::new(), Vec::new());
    read(dialect, sql, DEPTH, (&mut words, &mut texts));
    (words, texts)
}

fn read(
    dialect: Dialect,
    sql: &str,
    depth: u32,
    (words, texts): (&mut Vec<Word>, &mut Vec<Range<usize>>),
) {
    for token in lex(sql, dialect) {
        let text = token.text(sql);
        match token.kind {
            Kind::Word => words.push(Word::Name {
                name: text.to_lowercase(),
                quoted: false,
                is_text: false,
            }),
            Kind::Quoted => words.push(Word::Name {
                name: folded(dialect, &unquoted(text)),
                quoted: true,
                is_text: false,
            }),
            // SQL that is put together out of texts; a text with a double quote is a name where MySQL's mode says so.
            Kind::Text | Kind::Dollar | Kind::Broken if depth > 0 => {
                let inner = inside(text);
                if inner.len() < text.len() {
                    let begun = words.len();
                    read(dialect, &inner, depth - 1, (words, texts));
                    texts.push(begun..words.len());
                    if let [Word::Name { is_text, .. }] = &mut words[begun..] {
                        *is_text = true;
                    }
                }
            }
            Kind::Symbol | Kind::Terminator => words.extend(text.chars().next().map(Word::Sign)),
            _ => {}
        }
    }
}

/// What stands between the quotes of a text.
fn inside(text: &str) -> String {
    if let Some(rest) = text.strip_prefix('$')
        && let Some(at) = rest.find('$')
    {
        let tag = &text[..at + 2];
        let inner = &text[tag.len()..];
        return inner.strip_suffix(tag).unwrap_or(inner).to_owned();
    }
    let Some(start) = text.find(['\'', '"']) else {
        return text.to_owned();
    };
    let quote = if text[start..].starts_with('\'') {
        "'"
    } else {
        "\""
    };
    let inner = &text[start + 1..];
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&quote.repeat(2), quote)
}
