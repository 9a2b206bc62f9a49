//! Which words, signs and names stand where in a statement?

use super::{Kind, Token, lex};
use crate::Dialect;

/// The tokens of a statement that mean something.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Words<'s> {
    /// By whose rules it was read.
    pub dialect: Dialect,
    /// The statement.
    pub sql: &'s str,
    /// Its tokens, without blanks and comments.
    pub tokens: Vec<Token>,
}

impl<'s> Words<'s> {
    /// Reads `sql`.
    #[must_use]
    pub fn of(dialect: Dialect, sql: &'s str) -> Words<'s> {
        let mut tokens = lex(sql, dialect);
        tokens.retain(|token| token.is_significant());
        Words {
            dialect,
            sql,
            tokens,
        }
    }

    /// The word at that place, if one stands there that is not in quotes, in lower case.
    #[must_use]
    pub fn word(&self, at: usize) -> String {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Word);
        token.map_or_else(String::new, |token| token.text(self.sql).to_lowercase())
    }

    /// Whether the word `word` stands at that place, in any case and in no quotes.
    #[must_use]
    pub fn is(&self, at: usize, word: &str) -> bool {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Word);
        token.is_some_and(|token| token.text(self.sql).eq_ignore_ascii_case(word))
    }

    /// Whether the sign `symbol` stands there.
    #[must_use]
    pub fn sign(&self, at: usize, symbol: &str) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|token| token.is_symbol(self.sql, symbol))
    }
}

/// A name as the database compares it. MySQL's names of tables may be told apart by case; to take them for one another
/// errs on the safe side.
#[must_use]
pub fn folded(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => name.to_owned(),
        Dialect::MySql | Dialect::Sqlite => name.to_lowercase(),
    }
}

/// The name in quotes: the doubled ones are single again.
#[must_use]
pub fn unquoted(text: &str) -> String {
    let start = text.find(['"', '`', '[']).unwrap_or(0);
    let quoted = &text[start..];
    let Some(quote) = quoted.chars().next() else {
        return String::new();
    };
    let end = if quote == '[' { ']' } else { quote };
    let inner = quoted.strip_prefix(quote).unwrap_or(quoted);
    let inner = inner.strip_suffix(end).unwrap_or(inner);
    inner.replace(&format!("{end}{end}"), &end.to_string())
}
