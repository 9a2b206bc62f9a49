//! How are the tokens of a query gone through, parenthesis by parenthesis?

use super::resolve::{Scope, Scopes};
use super::words::{QUERIES, is_reserved};
use crate::Dialect;
use crate::lex::{Kind, Token};

/// What is expected next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Anything.
    Any,
    /// A table.
    Table,
    /// Perhaps the alias of what was read.
    Alias,
}

/// One pair of parentheses, or the whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// The query that its words belong to.
    pub(super) scope: Scope,
    /// The first query in it: what an INSERT … SELECT says behind the SELECT is about the INSERT's table.
    pub(super) first: Scope,
    /// Where its names of `WITH` are kept.
    pub(super) base: Scope,
    /// Whether it is a query by itself, and not an expression.
    pub(super) is_query: bool,
    /// Whether a comma leads to the next table.
    pub(super) in_from: bool,
    pub(super) next: Next,
    /// Whether the tables that follow are written.
    pub(super) writes: bool,
    /// The name that a `WITH` gives to what comes next, as an index of a token.
    pub(super) naming: Option<usize>,
    /// Whether names of `WITH` are being read.
    pub(super) in_with: bool,
}

/// Reads the tokens of one statement.
pub(super) struct Reader<'r> {
    pub(super) dialect: Dialect,
    pub(super) sql: &'r str,
    pub(super) tokens: &'r [Token],
    pub(super) scopes: &'r mut Scopes,
    pub(super) at: usize,
    pub(super) frames: Vec<Frame>,
}

impl<'r> Reader<'r> {
    pub(super) fn of(
        dialect: Dialect,
        sql: &'r str,
        tokens: &'r [Token],
        scopes: &'r mut Scopes,
    ) -> Reader<'r> {
        let base = scopes.open(None);
        let scope = scopes.open(Some(base));
        let frame = Frame {
            scope,
            first: scope,
            base,
            is_query: true,
            in_from: false,
            next: Next::Any,
            writes: false,
            naming: None,
            in_with: false,
        };
        Reader {
            dialect,
            sql,
            tokens,
            scopes,
            at: 0,
            frames: vec![frame],
        }
    }

    /// Reads every token.
    pub(super) fn read(mut self) {
        while self.at < self.tokens.len() {
            self.token();
        }
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        // The whole is never closed: a `)` too many is passed over.
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    pub(super) fn is_word(&self, at: usize, word: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is_word(self.sql, word))
    }

    pub(super) fn is_one_of(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(at, word))
    }

    pub(super) fn is_symbol(&self, at: usize, symbol: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is_symbol(self.sql, symbol))
    }

    pub(super) fn follows(&self, words: &[&str]) -> bool {
        self.at > 0 && self.is_one_of(self.at - 1, words)
    }

    fn token(&mut self) {
        let token = self.tokens[self.at];
        if token.is_symbol(self.sql, "(") {
            self.open();
        } else if token.is_symbol(self.sql, ")") {
            self.close();
        } else if token.is_symbol(self.sql, ",") {
            let frame = self.frame();
            if frame.in_from {
                frame.next = Next::Table;
            }
        } else if token.is_symbol(self.sql, "*") {
            self.star();
        } else if token.kind == Kind::Word && (self.sequence() || self.keyword()) {
            // Read.
        } else if matches!(token.kind, Kind::Word | Kind::Quoted) {
            self.name();
            return;
        } else if token.kind == Kind::Text {
            self.text(token);
        }
        self.at += 1;
    }

    fn open(&mut self) {
        let outer = *self.frame();
        let mut frame = outer;
        frame.naming = None;
        frame.in_with = false;
        if self.is_one_of(self.at + 1, &QUERIES) {
            // A table in FROM sees what stands beside it only behind LATERAL; that it may is the careful reading.
            let above = if outer.in_with {
                outer.base
            } else {
                outer.scope
            };
            frame.base = self.scopes.open(Some(above));
            frame.scope = self.scopes.open(Some(frame.base));
            frame.first = frame.scope;
            frame.is_query = true;
            frame.in_from = false;
            frame.next = Next::Any;
            frame.writes = false;
        } else if outer.next != Next::Table {
            frame.is_query = false;
            frame.in_from = false;
            frame.next = Next::Any;
        }
        self.frames.push(frame);
    }

    fn close(&mut self) {
        if self.frames.len() == 1 {
            return;
        }
        self.frames.pop();
        let naming = self.frame().naming.take();
        let base = self.frame().base;
        if self.is_with_body() {
            if let Some(token) = naming {
                let name = self.text_of(token);
                self.scopes.with(base, name);
            }
        } else {
            self.frame().naming = naming;
        }
        let frame = self.frame();
        if frame.next == Next::Table {
            frame.next = Next::Alias;
            let scope = frame.scope;
            self.scopes.derived(scope);
        }
    }

    /// Whether the parenthesis that closes here was the body of a `WITH`, and not its list of columns.
    fn is_with_body(&self) -> bool {
        let is_list = self.is_word(self.at + 1, "AS");
        self.frames.last().is_some_and(|frame| frame.in_with) && !is_list
    }

    fn star(&mut self) {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let is_wildcard = match before {
            None => false,
            Some(token) if token.kind == Kind::Word => {
                let modifiers = [
                    "ALL",
                    "SQL_NO_CACHE",
                    "HIGH_PRIORITY",
                    "STRAIGHT_JOIN",
                    "SQL_CALC_FOUND_ROWS",
                ];
                is_reserved(token.text(self.sql)) || self.follows(&modifiers)
            }
            // `count(*)` reads no column.
            Some(token) => token.is_symbol(self.sql, ","),
        };
        if is_wildcard {
            let scope = self.frame().scope;
            self.scopes.star(scope, None);
        }
    }
}
