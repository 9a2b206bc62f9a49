//! Which statements does a loop run whose values are all written down?
//!
//! `FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP EXECUTE format('ALTER TABLE %I …', t); END LOOP` alters `a`, and then `b`.

use crate::Dialect;
use crate::act::Step;
use crate::family::Script;
use crate::family::cursor::Cursor;
use crate::family::literal::string;
use crate::lex::Token;

/// How many tokens of a body are read again, for all rounds together.
const FAR: usize = 8_192;

impl Script<'_> {
    /// The statements of each round of a `FOREACH`, where all its values are told and each round runs to its end; the cursor then
    /// stands behind the loop.
    pub(in crate::family) fn each_listed(&mut self, cursor: &mut Cursor<'_>) -> Option<Vec<Step>> {
        let mut head = *cursor;
        let name = head.ident()?;
        head.eat("IN ARRAY").then_some(())?;
        let start = head.at;
        head.skip_to(&["LOOP"]);
        let range = &head.tokens[start..head.at];
        head.eat("LOOP").then_some(())?;
        let values = self.listed(range)?;
        let body = head.tokens.get(head.at..).unwrap_or_default();
        let body = &body[..body.len().min(FAR / values.len().max(1))];
        let ends =
            |pair: &[Token]| pair[0].is_word(self.sql, "END") && pair[1].is_word(self.sql, "LOOP");
        let end = body.windows(2).position(ends)?;
        // Where a round may be left, another loop stands within, or the value is changed, no round is like the other.
        let leaves = |token: &Token| {
            let words = ["EXIT", "CONTINUE", "RETURN", "LOOP"];
            words.iter().any(|word| token.is_word(self.sql, word))
        };
        let body = &body[..end];
        if values.is_empty() || body.iter().any(leaves) || self.is_changed(&name, body, |_| false) {
            return None;
        }
        let mut steps = Vec::new();
        for value in values {
            self.dynamic.set(name.clone(), Some(vec![value]));
            let mut round = head;
            steps.extend(self.statements(&mut round, &["END"]));
            *cursor = round;
        }
        self.end(cursor);
        Some(steps)
    }

    /// The texts of `ARRAY['a', 'b']`, or of the variable that was declared as such a list.
    pub(in crate::family) fn listed(&self, value: &[Token]) -> Option<Vec<String>> {
        let mut cursor = Cursor::new(self.dialect, self.sql, value);
        if self.dialect != Dialect::Postgres {
            return None;
        }
        if let [_] = value {
            return self.dynamic.lists.get(&cursor.ident()?).cloned();
        }
        cursor.eat("ARRAY").then_some(())?;
        cursor.eat_symbol("[").then_some(())?;
        let mut texts = Vec::new();
        loop {
            texts.push(string(self.dialect, self.sql, cursor.next()?)?);
            if !cursor.eat_symbol(",") {
                break;
            }
        }
        cursor.eat_symbol("]").then_some(())?;
        let cast = cursor.eat_symbol("::") && cursor.eat_any(&["TEXT", "VARCHAR", "NAME"]);
        let cast = cast && cursor.eat_symbol("[") && cursor.eat_symbol("]");
        let ends = cast || !cursor.sees_symbol("::");
        (ends && cursor.is_done()).then_some(texts)
    }
}
