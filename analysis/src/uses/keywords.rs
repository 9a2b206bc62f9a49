//! Which words of a query say what follows them?

use super::reader::{Frame, Next, Reader};
use super::words::{ENDS_FROM, JOINED, JOINS, RESERVED, is_reserved};
use crate::Dialect;
use crate::lex::Kind;

impl Reader<'_> {
    /// Whether the word is one that says how to read on.
    pub(super) fn keyword(&mut self) -> bool {
        let (at, sql, token) = (self.at, self.sql, self.tokens[self.at]);
        let is = |words: &[&str]| words.iter().any(|word| token.is_word(sql, word));
        let Frame {
            is_query: query,
            in_from,
            in_with,
            next,
            ..
        } = *self.frame();
        if is(&["SELECT"]) {
            self.select();
        } else if is(&["WITH"]) && query && self.names_a_query() {
            self.frame().in_with = true;
            if self.is_word(at + 1, "RECURSIVE") {
                self.at += 1;
            }
            self.frame().naming = Some(self.at + 1);
            self.at += 1;
        } else if is(&["FROM"]) && query && !self.follows(&["DISTINCT"]) {
            self.tables();
        } else if is(&["JOIN"]) || (is(&["STRAIGHT_JOIN"]) && in_from) {
            if at > 0 && self.is_joined_naturally() {
                let scope = self.frame().scope;
                self.scopes.star(scope, None);
            }
            self.tables();
        } else if is(&["INTO"]) && query {
            self.frame().next = Next::Table;
        } else if is(&["USING"]) && query && !self.is_symbol(at + 1, "(") {
            self.frame().writes = false;
            self.tables();
        } else if is(&["INSERT", "REPLACE"]) && query && !self.is_symbol(at + 1, "(") {
            self.insert();
        } else if is(&["UPDATE"]) && query && !self.follows(&["DO", "KEY", "FOR", "THEN", "ON"]) {
            self.begin();
            // `UPDATE OR IGNORE t`.
            self.at += 2 * usize::from(self.is_word(at + 1, "OR"));
            self.frame().writes = true;
            self.tables();
        } else if is(&["DELETE", "MERGE"]) && query && !self.follows(&["THEN"]) {
            self.begin();
            self.frame().writes = true;
        } else if is(&[
            "ONLY",
            "LATERAL",
            "LOW_PRIORITY",
            "IGNORE",
            "QUICK",
            "DELAYED",
            "HIGH_PRIORITY",
        ]) && next == Next::Table
        {
            // It stands in front of the table.
        } else if is(&JOINS) && self.is_one_of(at + 1, &JOINED) {
            self.frame().next = Next::Any;
        } else if is(&["WHEN"]) && !self.is_one_of(at + 1, &["MATCHED", "NOT"]) {
            // A CASE may stand in the condition of a join; only MERGE's ends the tables.
        } else if is(&["TABLE"]) && self.begins_a_query() {
            let scope = self.frame().scope;
            self.scopes.star(scope, None);
            self.tables();
        } else if is(&ENDS_FROM) {
            self.ends_from();
            // What is no reserved word may be a column.
            return self.dialect == Dialect::Postgres || is(&RESERVED);
        } else if is(&["ON"]) && self.is_one_of(at + 1, &["CONFLICT", "DUPLICATE"]) {
            self.back_to_insert();
        } else if is(&["DO"]) && self.is_one_of(at + 1, &["NOTHING", "UPDATE"]) {
            self.at += usize::from(self.is_word(at + 1, "NOTHING"));
        } else if is(&["BY"]) && self.follows(&["GROUP", "ORDER", "PARTITION"])
            || is(&["ALL"]) && self.follows(&["UNION", "EXCEPT", "INTERSECT", "SELECT"])
            || is(&["ASC", "DESC"]) && self.follows_a_value()
            || is(&["MATERIALIZED"]) && in_with
            || is(&["AS"]) && next == Next::Alias
        {
            // It says no more than what stands beside it.
        } else if is(&["AS"]) && self.is_of_cast(at) {
            self.cast_to(at + 1);
        } else if is(&["AS", "COLLATE", "OF", "OVER"]) {
            self.at += self.passes(at + 1);
        } else {
            return false;
        }
        true
    }

    /// Whether a query by itself may stand here: `TABLE users` is one.
    fn begins_a_query(&self) -> bool {
        self.at == 0
            || self.is_symbol(self.at - 1, "(")
            || self.follows(&["UNION", "EXCEPT", "INTERSECT", "ALL"])
    }

    /// Whether a value stands in front, so that this is none.
    fn follows_a_value(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.is_some_and(|token| match token.kind {
            Kind::Word => !is_reserved(token.text(self.sql)) && !self.follows(&["BY"]),
            Kind::Symbol => token.is_symbol(self.sql, ")"),
            _ => true,
        })
    }

    /// How many tokens the name behind a word takes that says that it is none of a column.
    fn passes(&self, at: usize) -> usize {
        let token = self.tokens.get(at);
        usize::from(token.is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Quoted)))
    }

    fn begin(&mut self) {
        let frame = self.frame();
        frame.in_with = false;
        frame.naming = None;
        frame.in_from = false;
        frame.next = Next::Any;
    }

    /// Each SELECT has tables of its own: those of a UNION's other half, or of the INSERT in front, are none of its.
    fn select(&mut self) {
        self.begin();
        let (base, at) = (self.frame().base, self.at);
        let is_first = at == 0 || self.is_symbol(at - 1, "(");
        let scope = if is_first {
            self.frame().scope
        } else {
            self.scopes.open(Some(base))
        };
        let frame = self.frame();
        frame.scope = scope;
        frame.writes = false;
    }

    /// `WITH name AS (` or `WITH name (columns) AS (`.
    fn names_a_query(&self) -> bool {
        let name = self.at + 1 + usize::from(self.is_word(self.at + 1, "RECURSIVE"));
        !self.is_word(name, "ORDINALITY")
            && (self.is_word(name + 1, "AS") || self.is_symbol(name + 1, "("))
    }

    fn tables(&mut self) {
        let frame = self.frame();
        frame.in_from = true;
        frame.next = Next::Table;
    }

    fn is_joined_naturally(&self) -> bool {
        let start = self.at.saturating_sub(3);
        (start..self.at).any(|at| self.is_word(at, "NATURAL"))
    }

    fn insert(&mut self) {
        if self.follows(&["THEN"]) {
            // MERGE's own: without a list of columns it is about all of them.
            if !self.is_symbol(self.at + 1, "(") {
                let scope = self.frame().scope;
                self.scopes.star(scope, None);
            }
            return;
        }
        self.begin();
        let frame = self.frame();
        frame.writes = true;
        frame.next = Next::Table;
        // `OR IGNORE`, `OR REPLACE`.
        if self.is_word(self.at + 1, "OR") {
            self.at += 2;
        }
    }

    fn ends_from(&mut self) {
        if self.is_word(self.at, "RETURNING") {
            self.back_to_insert();
        }
        let frame = self.frame();
        frame.in_from = false;
        frame.writes = false;
        frame.next = Next::Any;
    }

    fn back_to_insert(&mut self) {
        let frame = self.frame();
        frame.scope = frame.first;
        frame.in_from = false;
        frame.next = Next::Any;
    }
}
