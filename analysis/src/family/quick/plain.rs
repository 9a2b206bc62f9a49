//! What are the plainest parts of a statement?
//!
//! Every reader here says none as soon as something is not as plain as can be, and the grammar is asked.

use crate::Span;
use crate::act::Name;
use crate::family::cursor::Cursor;
use crate::lex::{Kind, Token};
use crate::read;

/// A place in a statement that may be plain.
pub(super) struct Plain<'a> {
    pub(super) cursor: Cursor<'a>,
}

impl<'a> Plain<'a> {
    pub(super) fn new(cursor: Cursor<'a>) -> Plain<'a> {
        Plain { cursor }
    }

    pub(super) fn is_done(&self) -> bool {
        self.cursor.is_done()
    }

    /// Takes these words if they come next.
    pub(super) fn eat(&mut self, words: &str) -> bool {
        self.cursor.eat(words)
    }

    pub(super) fn eat_any(&mut self, heads: &[&str]) -> bool {
        self.cursor.eat_any(heads)
    }

    pub(super) fn eat_symbol(&mut self, symbol: &str) -> bool {
        self.cursor.eat_symbol(symbol)
    }

    /// Takes these words, which must come next.
    pub(super) fn word(&mut self, words: &str) -> Option<()> {
        self.eat(words).then_some(())
    }

    /// Takes this sign, which must come next.
    pub(super) fn symbol(&mut self, symbol: &str) -> Option<()> {
        self.eat_symbol(symbol).then_some(())
    }

    /// Whether it says `IF EXISTS`; none where it says `IF` and something else.
    pub(super) fn if_exists(&mut self) -> Option<bool> {
        let says = self.cursor.if_exists();
        (says || !self.cursor.sees("IF")).then_some(says)
    }

    /// Whether it says `IF NOT EXISTS`; none where it says `IF` and something else.
    pub(super) fn if_not_exists(&mut self) -> Option<bool> {
        let says = self.cursor.if_not_exists();
        (says || !self.cursor.sees("IF")).then_some(says)
    }

    /// Whether it ends with CASCADE, and not with RESTRICT.
    pub(super) fn cascade(&mut self) -> bool {
        let cascade = self.eat("CASCADE");
        if !cascade {
            self.eat("RESTRICT");
        }
        cascade
    }

    /// A word or quoted name that both lexers read alike.
    pub(super) fn token(&mut self) -> Option<Token> {
        let token = self.cursor.peek()?;
        let text = token.text(self.cursor.sql);
        let is_plain = match token.kind {
            Kind::Word => read::is_plain(text),
            Kind::Quoted => read::is_plainly_quoted(text),
            _ => false,
        };
        if is_plain {
            self.cursor.next();
        }
        is_plain.then_some(token)
    }

    /// An identifier, folded, and where it stands.
    pub(super) fn ident(&mut self) -> Option<(String, Span)> {
        let token = self.token()?;
        Some((self.folded(token), token.span))
    }

    pub(super) fn folded(&self, token: Token) -> String {
        let text = token.text(self.cursor.sql);
        match token.kind {
            Kind::Quoted => text[1..text.len() - 1].to_owned(),
            _ => read::fold(self.cursor.dialect, text, false),
        }
    }

    /// A name, with the schema that it is in or without, and where it stands.
    pub(super) fn name(&mut self) -> Option<(Name, Span)> {
        let (name, mut span) = self.ident()?;
        let mut name = Name::plain(name);
        if self.cursor.sees_symbol(".") {
            let dot = self.cursor.next()?;
            let (last, place) = self.ident()?;
            // With a blank beside it a dot may be another token.
            (dot.span.start == span.end && dot.span.end == place.start).then_some(())?;
            span.end = place.end;
            name = Name {
                schema: Some(name.name),
                name: last,
            };
        }
        // A third part is for the grammar.
        (!self.cursor.sees_symbol(".")).then_some((name, span))
    }

    /// What stands under `span`.
    pub(super) fn shown(&self, span: Span) -> &'a str {
        span.of(self.cursor.sql)
    }

    /// `10`, as a type's length is written.
    pub(super) fn number(&mut self) -> Option<&'a str> {
        let token = self
            .cursor
            .peek()
            .filter(|token| token.kind == Kind::Number)?;
        let text = self.shown(token.span);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit())
            && text.len() < 10
            && (text == "0" || !text.starts_with('0'));
        self.cursor.next();
        plain.then_some(text)
    }
}
