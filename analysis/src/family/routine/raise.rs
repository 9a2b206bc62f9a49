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
                let is_name = |token: Token| matches!(token.kind, Kind::Word | Kind::Quoted);
                let named = !last.sees("SET") && last.peek().is_some_and(is_name);
                let name = last.ident().filter(|_| named);
                return name.map_or(again, |name| self.is_declared_error(&name));
            }
            return self.is_error(last.peek());
        }
        let raises = last.eat("RAISE");
        let text = last.peek().is_some_and(|token| token.kind == Kind::Text);
        raises && (last.is_done() || last.sees("EXCEPTION") || text)
    }

    /// Whether a state stops what raises it: those of the class 01 are warnings, and those of 02 what a handler for `NOT FOUND` takes.
    fn is_error(&self, state: Option<Token>) -> bool {
        let state = state.filter(|token| token.kind == Kind::Text);
        let class = state.and_then(|state| state.text(self.sql).get(1..3));
        class.is_some_and(|class| !["01", "02"].contains(&class))
    }

    /// Whether the condition of that name, as the innermost block declares it that does, is an error.
    fn is_declared_error(&self, name: &str) -> bool {
        let mut declared = self.conditions.iter().rev();
        let found = declared.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.is_some_and(|(_, error)| *error)
    }

    /// `DECLARE name CONDITION FOR SQLSTATE '45000'`, behind its first word.
    pub(in crate::family) fn note_condition(&mut self, declaration: &[Token]) {
        let mut cursor = Cursor::new(self.dialect, self.sql, declaration);
        let Some(name) = cursor.ident() else {
            return;
        };
        if cursor.eat("CONDITION FOR") {
            let of_state = cursor.eat_any(&["SQLSTATE VALUE", "SQLSTATE"]);
            let error = of_state && self.is_error(cursor.peek());
            self.conditions.push((name, error));
        }
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
        let declares = |token: &Token| token.is_word(self.sql, "CONDITION");
        let unclear = |token: &Token| leaves(token) || within(token) || declares(token);
        if handler.iter().any(unclear) {
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
