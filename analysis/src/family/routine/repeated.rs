//! What runs over and over in a loop?

use super::block::{Left, block};
use super::branches::asking;
use crate::act::{Runs, Step};
use crate::family::Script;
use crate::family::cursor::Cursor;

impl Script<'_> {
    /// The statements of a loop and its end. How often they run says what stands from the token `head` on.
    pub(in crate::family) fn repeated(
        &mut self,
        cursor: &mut Cursor<'_>,
        head: usize,
    ) -> Vec<Step> {
        let mut asked = self.named_in(&cursor.tokens[head..cursor.at]);
        self.forget_set_in(cursor.rest());
        let before = self.dynamic.held();
        let returned = std::mem::replace(&mut self.returns, false);
        let events = self.events;
        let steps = self.statements(cursor, &["END"]);
        asked.extend_from_slice(&self.left_by);
        // It may run not once.
        self.events = events;
        self.dynamic.merge(before);
        // EXIT leaves the loop, and RETURN the body.
        self.left = match self.returns {
            true => Left::Perhaps,
            false => Left::Stays,
        };
        self.returns |= returned;
        self.end(cursor);
        vec![block(Runs::Repeatedly, asking(&asked, steps))]
    }

    /// What a `FOR` loops over, up to its `LOOP` or `DO`.
    pub(in crate::family) fn range(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
        let start = cursor.at;
        cursor.skip_to(&["IN"]);
        let names = &cursor.tokens[start..cursor.at];
        self.forget_named(names);
        cursor.eat("IN");
        cursor.eat("REVERSE");
        cursor.eat("ARRAY");
        let start = cursor.at;
        cursor.skip_to(&["LOOP", "DO"]);
        let range = &cursor.tokens[start..cursor.at];
        if let Some(dots) = range
            .iter()
            .position(|token| token.is_symbol(self.sql, ".."))
        {
            let mut steps = self.expression(&range[..dots]);
            steps.extend(self.expression(&range[dots + 1..]));
            return steps;
        }
        let first = Cursor::new(self.dialect, self.sql, range);
        if first.sees_any(&[
            "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "EXECUTE", "VALUES",
        ]) {
            return self.leaf(range);
        }
        self.expression(range)
    }
}
