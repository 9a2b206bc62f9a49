//! Which words and signs stand where in a statement?

use onward_analysis::Dialect;
use onward_analysis::lex::{Kind, Token, lex};

/// The tokens of a statement that mean something.
pub(super) struct Words<'s> {
    pub(super) dialect: Dialect,
    pub(super) sql: &'s str,
    pub(super) tokens: Vec<Token>,
}

impl<'s> Words<'s> {
    pub(super) fn of(dialect: Dialect, sql: &'s str) -> Words<'s> {
        let mut tokens = lex(sql, dialect);
        tokens.retain(|token| token.is_significant());
        Words {
            dialect,
            sql,
            tokens,
        }
    }

    /// The word at that place, if one stands there that is not in quotes, in lower case.
    pub(super) fn word(&self, at: usize) -> String {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Word);
        token.map_or_else(String::new, |token| token.text(self.sql).to_lowercase())
    }

    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Word);
        token.is_some_and(|token| token.text(self.sql).eq_ignore_ascii_case(word))
    }

    pub(super) fn sign(&self, at: usize, symbol: &str) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|token| token.is_symbol(self.sql, symbol))
    }
}
