//! What does nothing but raise an error: a statement, a handler, the body of a `DO`?

use crate::family::Script;
use crate::family::cursor::Cursor;
use crate::family::literal::string;
use crate::lex::{Kind, Token, lex};

impl Script<'_> {
    /// Whether the statement does nothing but raise an error.
    pub(in crate::family) fn fails(&self, statement: &[Token]) -> bool {
        let mut last = Cursor::new(self.dialect, self.sql, statement);
        let again = last.eat("RESIGNAL");
        if again || last.eat("SIGNAL") {
            if !last.eat_any(&["SQLSTATE VALUE", "SQLSTATE"]) {
                // Of which state a name is was declared before.
                let is_name = |token: Token| matches!(token.kind, Kind::Word | Kind::Quoted);
                return again && (last.sees("SET") || !last.peek().is_some_and(is_name));
            }
            // Those of the class 01 are warnings, and those of 02 what a handler for `NOT FOUND` takes.
            let quiet = |state: &str| {
                state
                    .get(1..3)
                    .is_none_or(|class| ["01", "02"].contains(&class))
            };
            let state = last.peek().filter(|token| token.kind == Kind::Text);
            return state.is_some_and(|state| !quiet(state.text(self.sql)));
        }
        let raises = last.eat("RAISE");
        let text = last.peek().is_some_and(|token| token.kind == Kind::Text);
        raises && (last.is_done() || last.sees("EXCEPTION") || text)
    }

    /// Whether a handler raises the error again, or another one, whatever it does before.
    pub(in crate::family) fn raises(&self, handler: &[Token]) -> bool {
        let is_end = |token: &Token| token.is_symbol(self.sql, ";");
        let mut statements: Vec<_> = handler.split(is_end).filter(|s| !s.is_empty()).collect();
        if !handler
            .first()
            .is_some_and(|t| t.is_word(self.sql, "BEGIN"))
        {
            return statements.len() == 1 && self.fails(handler);
        }
        // The last one stands in no block but this, where nothing is left before.
        let leaves = |token: &Token| token.is_word(self.sql, "LEAVE");
        let within = |token: &Token| token.is_word(self.sql, "HANDLER");
        if handler.iter().any(|token| leaves(token) || within(token)) {
            return false;
        }
        let end = statements.pop();
        let last = statements.pop().unwrap_or(&[]);
        let last = match statements.is_empty() {
            true => last.get(1..).unwrap_or(&[]),
            false => last,
        };
        end.is_some_and(|end| end[0].is_word(self.sql, "END")) && self.fails(last)
    }

    /// Whether the first that the body does is to raise an exception, which nothing in it handles.
    pub(in crate::family) fn raises_at_once(&self, body: Token) -> bool {
        let Some(text) = string(self.dialect, self.sql, body) else {
            return false;
        };
        let script = Script::new(self.dialect, &text, self.depth + 1);
        let mut tokens = lex(&text, self.dialect);
        tokens.retain(|token| token.is_significant());
        let mut cursor = Cursor::new(self.dialect, &text, &tokens);
        let begins = cursor.eat("BEGIN");
        let first = script.until_semicolon(&mut cursor);
        begins && script.fails(first) && !cursor.holds("EXCEPTION")
    }
}
