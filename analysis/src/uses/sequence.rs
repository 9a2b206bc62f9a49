//! Which sequence, and which type that stands before a text, does an expression name?

use super::reader::Reader;
use crate::Dialect;
use crate::lex::{Kind, Token};
use crate::uses::TableUse;

/// What takes the name of a sequence as its first argument.
const CALLS: [&str; 4] = ["nextval", "currval", "setval", "lastval"];

impl Reader<'_> {
    /// A sequence or table that is named by a string, `nextval('orders_id_seq')`, `'orders'::regclass`; or the type of one: `mood 'good'`.
    pub(super) fn text(&mut self, token: Token) {
        let cast = self.is_symbol(self.at + 1, "::") && self.is_word(self.at + 2, "regclass");
        let called = self.at > 1
            && self.is_symbol(self.at - 1, "(")
            && (self.is_one_of(self.at - 2, &CALLS) || self.is_word(self.at - 2, "to_regclass"));
        if cast || called {
            let name = token.text(self.sql).trim_matches(['\'', '"']);
            let parts = name
                .split('.')
                .map(|part| part.trim_matches('"').to_owned());
            self.scopes.function(parts.collect());
        } else if self.dialect == Dialect::Postgres {
            self.typed();
        }
    }

    /// The name right before the text that stands here. What is none of a type is none of somebody's own either.
    fn typed(&mut self) {
        let is_name = |at: usize| {
            let token = self.tokens.get(at);
            token.is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Quoted))
        };
        let Some(last) = self.at.checked_sub(1).filter(|at| is_name(*at)) else {
            return;
        };
        let mut parts = vec![self.text_of(last)];
        if last > 1 && self.is_symbol(last - 1, ".") && is_name(last - 2) {
            parts.insert(0, self.text_of(last - 2));
        }
        self.named_type(parts);
    }

    /// Reads `NEXT VALUE FOR s` of MariaDB; and notes of a call which sequence it is about. Whether it was the former.
    pub(super) fn sequence(&mut self) -> bool {
        let is_next = self.is_one_of(self.at, &["NEXT", "PREVIOUS"])
            && self.is_word(self.at + 1, "VALUE")
            && self.is_word(self.at + 2, "FOR");
        if is_next && self.dialect == Dialect::MySql {
            self.at = self.sequence_at(self.at + 3);
            return true;
        }
        if self.is_one_of(self.at, &CALLS) && self.is_symbol(self.at + 1, "(") {
            match self.dialect {
                Dialect::Postgres if !self.is_word(self.at, "lastval") => self.any_sequence(),
                Dialect::MySql => _ = self.sequence_at(self.at + 2),
                Dialect::Postgres | Dialect::Sqlite => {}
            }
        }
        false
    }

    /// Notes the sequence whose name begins there; where it ends.
    fn sequence_at(&mut self, begun: usize) -> usize {
        let mut parts = vec![self.text_of(begun)];
        let mut at = begun;
        while self.is_symbol(at + 1, ".") {
            at += 2;
            parts.push(self.text_of(at));
        }
        self.scopes.function(parts);
        at
    }

    /// `nextval($1)` may be about any sequence; one that is named by a text alone is known.
    fn any_sequence(&mut self) {
        let argument = self.at + 2;
        let is_text = self
            .tokens
            .get(argument)
            .is_some_and(|token| token.kind == Kind::Text);
        let ends = [")", ",", "::"]
            .iter()
            .any(|symbol| self.is_symbol(argument + 1, symbol));
        if !(is_text && ends) {
            self.scopes
                .function(vec![TableUse::ANY_SEQUENCE.to_owned()]);
        }
    }
}
