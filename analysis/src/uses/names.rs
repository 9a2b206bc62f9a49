//! What does a name in a query stand for: a table, its alias, a function, a column?

use std::collections::BTreeSet;

use super::read::Found;
use super::reader::{Next, Reader};
use super::words::{BUILT_IN, NO_ALIAS, RESERVED, is_reserved};
use crate::Dialect;
use crate::lex::{Kind, unquoted};

impl Reader<'_> {
    /// A name, with whatever stands in front of it: `schema.table.column`.
    pub(super) fn name(&mut self) {
        let begun = self.at;
        let mut parts = vec![self.text_of(begun)];
        let mut at = begun + 1;
        let mut star = false;
        while self.is_symbol(at, ".") {
            match self.tokens.get(at + 1) {
                Some(token) if matches!(token.kind, Kind::Word | Kind::Quoted) => {
                    parts.push(self.text_of(at + 1));
                }
                Some(token) if token.is_symbol(self.sql, "*") => star = true,
                _ => break,
            }
            at += 2;
        }
        self.at = at;
        let called = self.is_symbol(at, "(");
        if begun > 0 && (self.is_symbol(begun - 1, "::") || self.is_symbol(begun - 1, ":")) {
            self.named_type(parts);
            return;
        }
        let frame = *self.frame();
        if frame.in_with && frame.is_query && (called || self.is_word(at, "AS")) {
            self.frame().naming = Some(begun);
            self.at += usize::from(self.is_word(at, "AS"));
            return;
        }
        match frame.next {
            Next::Table => self.table(parts, called && !frame.writes),
            Next::Alias if parts.len() == 1 && !self.is_one_of(begun, &NO_ALIAS) => {
                self.frame().next = Next::Any;
                self.scopes.alias(frame.scope, parts.swap_remove(0));
            }
            _ if called && !self.is_one_of(begun, &RESERVED) => {
                self.scopes.function(parts);
                self.frame().next = Next::Any;
            }
            _ => {
                self.frame().next = Next::Any;
                self.column(begun, parts, star);
            }
        }
    }

    /// A type of somebody's own is used like a function: whoever drops it breaks the query.
    pub(super) fn named_type(&mut self, parts: Vec<String>) {
        let own = self.dialect == Dialect::Postgres
            && parts
                .last()
                .is_some_and(|name| !BUILT_IN.contains(&name.as_str()));
        if own {
            self.scopes.function(parts);
        }
    }

    /// The type in `CAST(x AS schema.name)`, which begins there.
    pub(super) fn cast_to(&mut self, begun: usize) {
        let mut parts = vec![self.text_of(begun)];
        let mut at = begun;
        while self.is_symbol(at + 1, ".") {
            at += 2;
            parts.push(self.text_of(at));
        }
        self.at = at;
        self.named_type(parts);
    }

    /// Whether the AS there stands in `CAST(x AS name)`.
    pub(super) fn is_of_cast(&self, begun: usize) -> bool {
        let mut depth = 0_usize;
        let open = (0..begun).rev().find(|at| {
            if self.is_symbol(*at, ")") {
                depth += 1;
            } else if self.is_symbol(*at, "(") {
                if depth == 0 {
                    return true;
                }
                depth -= 1;
            }
            false
        });
        open.is_some_and(|open| open > 0 && self.is_word(open - 1, "CAST"))
    }

    fn table(&mut self, mut parts: Vec<String>, called: bool) {
        let frame = *self.frame();
        self.frame().next = Next::Alias;
        if called {
            self.scopes.function(parts);
            self.scopes.derived(frame.scope);
            return;
        }
        let table = parts.pop().unwrap_or_default();
        let schema = parts.pop();
        let qualified = schema.is_some();
        let schema = schema.filter(|schema| !self.is_default(schema));
        let is_insert = frame.writes && !frame.in_from;
        let found = Found {
            every: is_insert && !self.is_listed(),
            schema,
            table,
            columns: BTreeSet::new(),
            writes: frame.writes,
        };
        self.scopes.table(frame.scope, found, qualified);
    }

    /// Whether a list of columns follows the table of an INSERT, behind its alias perhaps.
    fn is_listed(&self) -> bool {
        let mut at = self.at;
        if self.is_word(at, "AS") {
            at += 2;
        } else if self.is_word(at + 1, "USING") {
            at += 1;
        }
        let query = ["SELECT", "WITH", "VALUES"];
        let list = self.is_symbol(at, "(") && !self.is_one_of(at + 1, &query);
        list || self.is_one_of(at, &["SET", "USING"])
    }

    fn is_default(&self, schema: &str) -> bool {
        match self.dialect {
            Dialect::Postgres => schema == "public",
            Dialect::Sqlite => schema.eq_ignore_ascii_case("main"),
            Dialect::MySql => false,
        }
    }

    fn column(&mut self, begun: usize, mut parts: Vec<String>, star: bool) {
        let scope = self.frame().scope;
        if star {
            self.scopes.star(scope, parts.pop());
            return;
        }
        let plain = parts.len() == 1 && self.tokens[begun].kind == Kind::Word;
        // A placeholder of another database looks like a name in MySQL.
        if plain && (is_reserved(&parts[0]) || parts[0].starts_with('$')) {
            return;
        }
        let column = parts.pop().unwrap_or_default();
        self.scopes.column(scope, parts.pop(), column);
    }

    /// A name as the dialect folds it.
    pub(super) fn text_of(&self, at: usize) -> String {
        let Some(token) = self.tokens.get(at) else {
            return String::new();
        };
        let text = token.text(self.sql);
        match (token.kind, self.dialect) {
            (Kind::Quoted, _) => unquoted(text),
            (_, Dialect::Postgres) => text.to_lowercase(),
            (_, Dialect::MySql | Dialect::Sqlite) => text.to_owned(),
        }
    }
}
