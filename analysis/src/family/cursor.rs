//! How are the tokens of a statement read one by one?

use crate::act::{Act, Name, Step};
use crate::lex::{self, Kind, Token};
use crate::read;
use crate::{Dialect, Span};

/// A place among the tokens of a statement.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) dialect: Dialect,
    pub(super) sql: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(dialect: Dialect, sql: &'a str, tokens: &'a [Token]) -> Cursor<'a> {
        Cursor {
            dialect,
            sql,
            tokens,
            at: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Takes as many tokens, or as many as are left.
    pub(super) fn pass(&mut self, count: usize) {
        self.at = (self.at + count).min(self.tokens.len());
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a [Token] {
        self.tokens.get(self.at..).unwrap_or(&[])
    }

    /// Whether these words come next.
    #[inline]
    pub(super) fn sees(&self, words: &str) -> bool {
        lex::begin_with(self.sql, self.rest(), words)
    }

    /// Whether one of these heads comes next.
    pub(super) fn sees_any(&self, heads: &[&str]) -> bool {
        heads.iter().any(|words| self.sees(words))
    }

    /// Takes these words if they come next.
    #[inline]
    pub(super) fn eat(&mut self, words: &str) -> bool {
        let seen = self.sees(words);
        if seen {
            self.at += words.split(' ').count();
        }
        seen
    }

    /// Takes whichever of these heads comes next.
    pub(super) fn eat_any(&mut self, heads: &[&str]) -> bool {
        heads.iter().any(|words| self.eat(words))
    }

    pub(super) fn sees_symbol(&self, symbol: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.is_symbol(self.sql, symbol))
    }

    pub(super) fn eat_symbol(&mut self, symbol: &str) -> bool {
        let seen = self.sees_symbol(symbol);
        self.at += usize::from(seen);
        seen
    }

    /// Whether the unquoted word stands anywhere in what is left.
    pub(super) fn holds(&self, word: &str) -> bool {
        self.rest()
            .iter()
            .any(|token| token.is_word(self.sql, word))
    }

    /// Takes everything up to the first place, outside of parentheses, where one of the words stands.
    pub(super) fn skip_to(&mut self, words: &[&str]) -> bool {
        while !self.is_done() {
            if self.sees_any(words) {
                return true;
            }
            self.skip();
        }
        false
    }

    /// Takes a token, or a whole pair of parentheses and what is in it; says whether no parenthesis is left open.
    pub(super) fn skip(&mut self) -> bool {
        let mut depth = 0usize;
        while let Some(token) = self.next() {
            if token.is_symbol(self.sql, "(") {
                depth += 1;
            } else if token.is_symbol(self.sql, ")") {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 {
                return true;
            }
        }
        false
    }

    /// What stands in the parentheses that come next, if any do.
    pub(super) fn parentheses(&mut self) -> Option<&'a [Token]> {
        if !self.sees_symbol("(") {
            return None;
        }
        let start = self.at + 1;
        if !self.skip() {
            return None;
        }
        self.tokens.get(start..self.at.saturating_sub(1).max(start))
    }

    /// What is left, split at the commas outside of parentheses.
    pub(super) fn list(&self) -> Vec<&'a [Token]> {
        let mut cursor = *self;
        let (mut items, mut start) = (Vec::new(), cursor.at);
        while !cursor.is_done() {
            if cursor.sees_symbol(",") {
                items.push(&cursor.tokens[start..cursor.at]);
                start = cursor.at + 1;
            }
            cursor.skip();
        }
        items.push(&cursor.tokens[start.min(cursor.tokens.len())..]);
        items.retain(|item| !item.is_empty());
        items
    }

    /// An identifier, unquoted and folded.
    pub(super) fn ident(&mut self) -> Option<String> {
        let ident = ident(self.dialect, self.sql, self.peek()?)?;
        self.at += 1;
        Some(ident)
    }

    /// A name with what qualifies it; only the last qualifier counts.
    pub(super) fn name(&mut self) -> Option<Name> {
        let mut name = Name::plain(self.ident()?);
        while self.sees_symbol(".") {
            let mut after = *self;
            after.pass(1);
            let Some(last) = after.ident() else {
                break;
            };
            name = Name {
                schema: Some(name.name),
                name: last,
            };
            *self = after;
        }
        Some(name)
    }

    pub(super) fn if_exists(&mut self) -> bool {
        self.eat("IF EXISTS")
    }

    pub(super) fn if_not_exists(&mut self) -> bool {
        self.eat("IF NOT EXISTS")
    }

    /// The span of the whole statement.
    pub(super) fn whole(&self) -> Span {
        whole(self.tokens)
    }

    /// The text of the whole statement, with its comments.
    pub(super) fn text(&self) -> String {
        self.whole().of(self.sql).to_owned()
    }

    /// An act that the whole statement asks for.
    pub(super) fn step(&self, act: Act) -> Vec<Step> {
        vec![Step {
            act,
            span: self.whole(),
        }]
    }
}

/// From the first of `tokens` to the last.
pub(super) fn whole(tokens: &[Token]) -> Span {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => Span {
            start: first.span.start,
            end: last.span.end,
        },
        _ => Span::default(),
    }
}

/// The identifier that `token` is, unquoted and folded.
pub(super) fn ident(dialect: Dialect, sql: &str, token: Token) -> Option<String> {
    let text = token.text(sql);
    match token.kind {
        Kind::Word => Some(read::fold(dialect, text, false)),
        Kind::Quoted if text.starts_with(['U', 'u']) => lex::unescaped(text),
        Kind::Quoted => {
            let quote = text.chars().next_back()?;
            let open = if quote == ']' { '[' } else { quote };
            let inner = text.strip_prefix(open)?.strip_suffix(quote)?;
            Some(inner.replace(&quote.to_string().repeat(2), &quote.to_string()))
        }
        _ => None,
    }
}
