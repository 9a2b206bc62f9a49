//! What do our tokens look like to the grammar?
//!
//! The grammar's own lexer takes three quarters of its time, and a statement that reaches it was read into tokens already.
//! So these are handed over. Wherever the two lexers might differ, the grammar's own decides.

use sqlparser::ast::DollarQuotedString;
use sqlparser::keywords::{ALL_KEYWORDS, ALL_KEYWORDS_INDEX, Keyword};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Whitespace, Word};

use std::sync::LazyLock;

use crate::Dialect;
use crate::lex::{self, Kind};

/// The grammar's tokens for `tokens` of `sql`, each placed by its byte: column 1 of line 1 is where the first begins. None
/// where one of them is better read by the grammar's own lexer.
pub(super) fn translate(
    dialect: Dialect,
    sql: &str,
    tokens: &[lex::Token],
) -> Option<Vec<TokenWithSpan>> {
    let base = tokens.first()?.span.start;
    let place = |byte: u32| Location::new(1, u64::from(byte - base) + 1);
    let mut translated = Vec::with_capacity(tokens.len() + 1);
    let mut before: Option<&lex::Token> = None;
    for (index, token) in tokens.iter().enumerate() {
        if let Some(before) = before {
            if before.span.end == token.span.start {
                if !may_touch(sql, before, token) {
                    return None;
                }
            } else if before.kind == Kind::Text
                && token.kind == Kind::Text
                && sql[before.span.end as usize..token.span.start as usize].contains(['\n', '\r'])
            {
                // Only here does white space mean anything: PostgreSQL joins strings that a new line parts.
                let space = Token::Whitespace(Whitespace::Newline);
                translated.push(TokenWithSpan::new(space, Span::empty()));
            }
        }
        let text = token.text(sql);
        let is = match token.kind {
            Kind::Word if is_plain(text) => Token::Word(Word {
                value: text.to_owned(),
                quote_style: None,
                keyword: keyword(text),
            }),
            Kind::Quoted => quoted(text)?,
            Kind::Text => string(dialect, text)?,
            Kind::Dollar => dollar(text)?,
            Kind::Number if is_decimal(text) => Token::Number(text.to_owned(), false),
            Kind::Symbol | Kind::Terminator => symbol(dialect, text)?,
            _ => return None,
        };
        if matches!(is, Token::Period) && !qualifies(tokens, index) {
            return None;
        }
        let span = Span::new(place(token.span.start), place(token.span.end));
        translated.push(TokenWithSpan::new(is, span));
        before = Some(token);
    }
    Some(translated)
}

/// `tokens` behind the one word and the space that `head` is.
pub(super) fn behind(head: &str, mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let length = head.len() as u64;
    for token in &mut tokens {
        // What has no place keeps none.
        if token.span != Span::empty() {
            token.span.start.column += length;
            token.span.end.column += length;
        }
    }
    let word = Token::Word(Word {
        value: head.trim_end().to_owned(),
        quote_style: None,
        keyword: keyword(head.trim_end()),
    });
    let span = Span::new(Location::new(1, 1), Location::new(1, length));
    tokens.insert(0, TokenWithSpan::new(word, span));
    tokens
}

/// Whether two tokens with nothing between them are two to the grammar as well: `a=1` and `t.a` are, `->>` and `2fa` not.
fn may_touch(sql: &str, before: &lex::Token, after: &lex::Token) -> bool {
    let class = |token: &lex::Token| match token.kind {
        Kind::Symbol | Kind::Terminator => match token.text(sql).as_bytes() {
            [b'(' | b')' | b',' | b';' | b'.' | b'[' | b']'] => Class::Separator,
            _ => Class::Operator,
        },
        _ => Class::Value,
    };
    let (before, after) = (class(before), class(after));
    before != after || before == Class::Separator
}

#[derive(PartialEq, Eq)]
enum Class {
    Separator,
    Operator,
    Value,
}

/// Whether the dot at `index` stands between two names, or a name and `*`, and touches both.
fn qualifies(tokens: &[lex::Token], index: usize) -> bool {
    let is_name = |token: &lex::Token| matches!(token.kind, Kind::Word | Kind::Quoted);
    let dot = tokens[index].span;
    let before = index.checked_sub(1).and_then(|index| tokens.get(index));
    let after = tokens.get(index + 1);
    before.is_some_and(|token| is_name(token) && token.span.end == dot.start)
        && after.is_some_and(|token| {
            (is_name(token) || token.kind == Kind::Symbol) && token.span.start == dot.end
        })
}

/// A word of letters that no dialect treats apart.
pub(crate) fn is_plain(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether the grammar has no meaning for the word.
pub(crate) fn is_no_keyword(word: &str) -> bool {
    keyword(word) == Keyword::NoKeyword
}

fn keyword(word: &str) -> Keyword {
    static BY_HASH: LazyLock<Vec<u16>> = LazyLock::new(|| {
        let mut places = vec![NONE; PLACES];
        for (at, keyword) in (0..).zip(ALL_KEYWORDS) {
            let mut place = hash(keyword);
            while places[place] != NONE {
                place = (place + 1) % PLACES;
            }
            places[place] = at;
        }
        places
    });
    let mut place = hash(word);
    loop {
        let at = usize::from(BY_HASH[place]);
        match ALL_KEYWORDS.get(at) {
            None => return Keyword::NoKeyword,
            Some(keyword) if keyword.eq_ignore_ascii_case(word) => return ALL_KEYWORDS_INDEX[at],
            Some(_) => place = (place + 1) % PLACES,
        }
    }
}

/// A few times as many as there are keywords.
const PLACES: usize = 1 << 12;

/// Where no keyword is.
const NONE: u16 = u16::MAX;

/// The same for words that differ only in case.
fn hash(word: &str) -> usize {
    let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte & !0x20)).wrapping_mul(0x0100_0193);
    let hash = word.bytes().fold(0x811c_9dc5, fold);
    (hash ^ (hash >> 15)) as usize % PLACES
}

/// `10` or `10.5`.
pub(crate) fn is_decimal(number: &str) -> bool {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction)
}

fn quoted(text: &str) -> Option<Token> {
    if let Some(value) = lex::unescaped(text) {
        return Some(Token::Word(Word {
            value,
            quote_style: Some('"'),
            keyword: Keyword::NoKeyword,
        }));
    }
    let (open, value) = unquoted(text)?;
    Some(Token::Word(Word {
        value: value.to_owned(),
        quote_style: Some(open),
        keyword: Keyword::NoKeyword,
    }))
}

/// Whether a quoted name is what stands between its quotes.
pub(crate) fn is_plainly_quoted(text: &str) -> bool {
    unquoted(text).is_some()
}

/// The opening quote of a name, and what stands between its quotes.
fn unquoted(text: &str) -> Option<(char, &str)> {
    let open = text.chars().next()?;
    let close = match open {
        '"' | '`' => open,
        '[' => ']',
        _ => return None,
    };
    let value = text.strip_prefix(open)?.strip_suffix(close)?;
    // A doubled quote is the grammar's to undo.
    (!value.contains(close)).then_some((open, value))
}

fn string(dialect: Dialect, text: &str) -> Option<Token> {
    let value = content(dialect, text)?;
    Some(Token::SingleQuotedString(value.to_owned()))
}

/// A string between `$$` or `$tag$`.
fn dollar(text: &str) -> Option<Token> {
    let (tag, rest) = text.strip_prefix('$')?.split_once('$')?;
    let value = rest
        .strip_suffix('$')?
        .strip_suffix(tag)?
        .strip_suffix('$')?;
    let plain = tag.is_empty() || is_plain(tag);
    (plain && !value.contains('$')).then(|| {
        Token::DollarQuotedString(DollarQuotedString {
            value: value.to_owned(),
            tag: (!tag.is_empty()).then(|| tag.to_owned()),
        })
    })
}

/// Whether a string is what stands between its quotes.
pub(crate) fn is_plain_string(dialect: Dialect, text: &str) -> bool {
    content(dialect, text).is_some()
}

/// What stands between the quotes of a string.
fn content(dialect: Dialect, text: &str) -> Option<&str> {
    let value = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let escaped = value.contains('\'') || (dialect == Dialect::MySql && value.contains('\\'));
    (!escaped).then_some(value)
}

fn symbol(dialect: Dialect, text: &str) -> Option<Token> {
    Some(match text.as_bytes() {
        symbol if dialect == Dialect::MySql && junction(symbol).is_some() => junction(symbol)?,
        b"(" => Token::LParen,
        b")" => Token::RParen,
        b"," => Token::Comma,
        b"." => Token::Period,
        b";" => Token::SemiColon,
        b"[" => Token::LBracket,
        b"]" => Token::RBracket,
        b"=" => Token::Eq,
        b"<>" | b"!=" => Token::Neq,
        b"<" => Token::Lt,
        b">" => Token::Gt,
        b"<=" => Token::LtEq,
        b">=" => Token::GtEq,
        b"+" => Token::Plus,
        b"-" => Token::Minus,
        b"*" => Token::Mul,
        b"/" => Token::Div,
        b"||" => Token::StringConcat,
        b"::" => Token::DoubleColon,
        _ => return None,
    })
}

/// The word for one of MySQL's signs between conditions; the grammar takes them for signs that bind more tightly.
/// (<https://dev.mysql.com/doc/refman/8.4/en/operator-precedence.html>)
fn junction(symbol: &[u8]) -> Option<Token> {
    match symbol {
        b"||" => Some(Token::make_keyword("OR")),
        b"&&" => Some(Token::make_keyword("AND")),
        _ => None,
    }
}

/// The grammar's own tokens as it should read them.
pub(super) fn settle(dialect: Dialect, tokens: &mut [TokenWithSpan]) {
    if dialect != Dialect::MySql {
        return;
    }
    for token in tokens {
        let word = match token.token {
            Token::StringConcat => junction(b"||"),
            Token::Overlap => junction(b"&&"),
            _ => None,
        };
        if let Some(word) = word {
            token.token = word;
        }
    }
}

/// Whether the grammar would bind a word more tightly than the database: MySQL's XOR is weaker than AND.
pub(super) fn is_misread(dialect: Dialect, tokens: &[TokenWithSpan]) -> bool {
    let is_xor = |token: &TokenWithSpan| matches!(&token.token, Token::Word(word) if word.keyword == Keyword::XOR);
    dialect == Dialect::MySql && tokens.iter().any(is_xor)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::split::split;

    /// The tokens that the grammar reads from the same text, placed by their bytes, with the white space that means something.
    fn theirs(dialect: Dialect, text: &str) -> Option<Vec<TokenWithSpan>> {
        super::super::lexed(dialect, text).ok()
    }

    fn significant(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
        let space = |token: &TokenWithSpan| matches!(token.token, Token::Whitespace(_));
        tokens.into_iter().filter(|token| !space(token)).collect()
    }

    /// Whether every statement of `sql` reads the same in both ways; how many could be handed over.
    #[track_caller]
    fn assert_same(dialect: Dialect, sql: &str) -> usize {
        let mut handed = 0;
        for piece in split(sql, dialect) {
            let Some(ours) = translate(dialect, sql, &piece.tokens) else {
                continue;
            };
            handed += 1;
            let base = piece.tokens[0].span.start as usize;
            let indent = base - piece.span.start as usize;
            let theirs = theirs(dialect, &piece.plain(sql)[indent..]);
            let theirs = theirs.map(significant);
            assert_eq!(Some(significant(ours)), theirs, "{dialect:?}: {sql}");
        }
        handed
    }

    #[test]
    fn common_statements_are_handed_over() {
        for dialect in Dialect::ALL {
            let sql = "CREATE TABLE a.t (id int PRIMARY KEY, n numeric(10, 2) DEFAULT 1.5 CHECK (n>=0), s text DEFAULT 'x''s');\n\
                 INSERT INTO t (a) SELECT b.*, -1, 'é' FROM b WHERE x <> 'y' AND z = b.z";
            assert_eq!(assert_same(dialect, sql), 1, "{dialect:?}");
            assert_eq!(
                assert_same(dialect, &sql.replace("''", "")),
                2,
                "{dialect:?}"
            );
        }
    }

    #[test]
    fn strings_that_a_line_parts_stay_joined() {
        let sql = "SELECT 'a'\n  'b'";
        let tokens = lex::lex(sql, Dialect::Postgres);
        let tokens: Vec<_> = tokens
            .into_iter()
            .filter(|token| token.is_significant())
            .collect();
        let translated = translate(Dialect::Postgres, sql, &tokens).unwrap_or_default();
        let newline = Token::Whitespace(Whitespace::Newline);
        assert_eq!(translated[2].token, newline);
    }

    #[test]
    fn the_labelled_corpus_reads_the_same() {
        let mut handed = 0;
        for text in crate::corpus::texts() {
            for dialect in Dialect::ALL {
                handed += assert_same(dialect, &text);
            }
        }
        assert!(handed > 500, "{handed}");
    }

    fn fragment() -> impl Strategy<Value = String> {
        let signs = prop::sample::select(vec![
            "'",
            "''",
            "'a'",
            "\"a\"",
            "\"\"",
            "`a`",
            "[a]",
            "[1]",
            "::",
            "->",
            ">>",
            "<=",
            "<>",
            "!=",
            "||",
            "|",
            "--",
            "/",
            "*",
            ".",
            ".5",
            "1.",
            "1.5",
            "1e5",
            "0x1F",
            "2fa",
            "1L",
            "$1",
            "a$b",
            "$",
            "$$",
            "$$a$$",
            "$t$ a; $t$",
            "@a",
            "?",
            ":a",
            ":=",
            "%",
            "&",
            "#",
            "~",
            "^",
            "é",
            "_a",
            "N'a'",
            "x'00'",
            "E'a'",
            "U&'a'",
            "b",
            "B'1'",
            "select",
            "a",
            "Ab_1",
            "\\",
            "\n",
            " ",
            "\t",
            "(",
            ")",
            ",",
            "=",
            "-",
            "+",
            "<",
            ">",
            "{",
            "}",
            ";",
        ]);
        signs.prop_map(str::to_owned)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn whatever_is_handed_over_reads_the_same(parts in prop::collection::vec(fragment(), 0..12)) {
            let sql = parts.concat();
            for dialect in Dialect::ALL {
                assert_same(dialect, &sql);
            }
        }
    }
}
