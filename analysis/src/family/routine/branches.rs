//! Which branches of a body may run?

use super::block::{Left, block};
use crate::act::{Act, Events, Runs, Step};
use crate::family::Script;
use crate::family::cursor::{Cursor, ident};
use crate::lex::{Kind, Token};

impl Script<'_> {
    /// Condition and statements of each branch, up to the `END`; the first condition comes next. Of a `CASE` that is about
    /// the event that fires a trigger, values stand there.
    pub(in crate::family) fn branches(
        &mut self,
        cursor: &mut Cursor<'_>,
        others: &[&str],
        of_event: bool,
    ) -> Vec<Step> {
        let counted = self.counted.take();
        let ends = [others, &["ELSE", "END"]].concat();
        // For which events no branch has been run so far, and for which one was that goes on behind the whole.
        let (mut open, mut behind) = (self.events, Events::NONE);
        let (mut steps, mut branches) = (Vec::new(), Vec::new());
        // What decides on the branch at hand: its own condition, and those before it.
        let mut names = Vec::new();
        let (mut guarded, mut first) = (None, None);
        loop {
            let start = cursor.at;
            let calls = self.condition(cursor, &["THEN"]);
            let condition = &cursor.tokens[start..cursor.at];
            if branches.is_empty() {
                steps = calls;
            } else if !calls.is_empty() {
                // It is asked only where no other held.
                steps.push(block(Runs::Perhaps, calls));
            }
            let asked = match of_event {
                true => self.event_among(condition),
                false => self.event_asked(condition),
            };
            names.extend(self.named_in(condition));
            cursor.eat("THEN");
            self.events = open.and(asked.holds);
            let start = cursor.at;
            branches.push(self.branch(cursor, &ends, &names));
            if let [(_, true)] = branches.as_slice() {
                let failing = &cursor.tokens[start..cursor.at];
                guarded = self.guarded(condition, counted.as_ref(), failing, true);
            }
            first = first.or(Some(condition));
            behind = behind.or(self.events);
            open = open.and(asked.fails);
            if !cursor.eat_any(others) {
                break;
            }
        }
        // A CASE without one fails where no branch runs.
        let exhaustive = cursor.sees("ELSE") || others == ["WHEN"];
        self.events = open;
        if cursor.eat("ELSE") {
            let start = cursor.at;
            branches.push(self.branch(cursor, &["END"], &names));
            if let ([(_, false), (_, true)], Some(asked)) = (branches.as_slice(), first) {
                let failing = &cursor.tokens[start..cursor.at];
                guarded = self.guarded(asked, counted.as_ref(), failing, false);
            }
        }
        self.events = behind.or(self.events);
        self.end(cursor);
        if exhaustive {
            // Where a branch fails, nothing of the whole has happened.
            let (failing, others): (Vec<_>, Vec<_>) =
                branches.into_iter().partition(|(_, fails)| *fails);
            steps.extend(failing.into_iter().map(|(step, _)| step));
            let others = others.into_iter().map(|(step, _)| step).collect();
            steps.extend(guarded);
            steps.push(block(Runs::OneOf, others));
        } else {
            let alone = branches.len() == 1;
            steps.extend(branches.into_iter().map(|(step, _)| step));
            steps.extend(guarded.filter(|_| alone));
        }
        steps
    }

    /// The statements of a branch, and whether it ends in an error. Behind it are the events for which the script goes on.
    /// It runs where conditions say so that read the names.
    fn branch(&mut self, cursor: &mut Cursor<'_>, ends: &[&str], names: &[String]) -> (Step, bool) {
        let (start, mut left) = (cursor.at, Left::Stays);
        let mut events = self.events;
        let step = self.perhaps(|script| {
            let steps = script.statements(cursor, ends);
            (left, events) = (script.left, script.events);
            asking(names, steps)
        });
        if left != Left::Stays {
            self.left_by.extend_from_slice(names);
        }
        let tokens = &cursor.tokens[start..cursor.at];
        let is_end = |token: &Token| token.is_symbol(self.sql, ";");
        let last = tokens
            .split(is_end)
            .rfind(|statement| !statement.is_empty());
        let fails = last.is_some_and(|last| self.fails(last));
        self.events = match fails || left == Left::Surely {
            true => Events::NONE,
            false => events,
        };
        (step, fails)
    }

    /// The names among the tokens of a condition.
    pub(in crate::family) fn named_in(&self, asked: &[Token]) -> Vec<String> {
        let is_name = |token: &&Token| matches!(token.kind, Kind::Word | Kind::Quoted);
        let name = |token: &Token| ident(self.dialect, self.sql, *token);
        asked.iter().filter(is_name).filter_map(name).collect()
    }

    /// What computing an expression asks for that ends before one of these words.
    pub(in crate::family) fn condition(
        &mut self,
        cursor: &mut Cursor<'_>,
        ends: &[&str],
    ) -> Vec<Step> {
        let start = cursor.at;
        let mut cases = 0usize;
        while !cursor.is_done() {
            if cases == 0 && cursor.sees_any(ends) {
                break;
            }
            if cursor.sees("CASE") {
                cases += 1;
            } else if cursor.sees("END") {
                cases = cases.saturating_sub(1);
            }
            cursor.skip();
        }
        self.expression(&cursor.tokens[start..cursor.at])
    }
}

/// Statements that run only where a condition holds, in front of which stand the names that it asks, where they may matter:
/// whether an UPDATE has met a row can be seen afterwards only where nothing is set that it was asked by.
pub(in crate::family) fn asking(names: &[String], mut steps: Vec<Step>) -> Vec<Step> {
    if let Some(first) = steps.first().filter(|_| steps.iter().any(updates)) {
        let (act, span) = (Act::Asks(names.to_vec()), first.span);
        steps.insert(0, Step { act, span });
    }
    steps
}

/// Whether a step updates rows.
fn updates(step: &Step) -> bool {
    match &step.act {
        Act::Update(_) => true,
        Act::Block { steps, .. } => steps.iter().any(updates),
        _ => false,
    }
}

/// The conditions of a handler, up to its statement: whether errors are among them.
pub(in crate::family) fn conditions(cursor: &mut Cursor<'_>) -> bool {
    let mut errors = false;
    loop {
        let found = !cursor.eat("NOT FOUND");
        let named = !found || cursor.eat_any(&["SQLSTATE VALUE", "SQLSTATE"]);
        let state = cursor.peek().is_some_and(|token| token.kind == Kind::Text);
        if state || !named {
            let text = cursor.peek().map_or("", |token| token.text(cursor.sql));
            // The classes of warnings and of what is not found; 1329 is of the latter.
            let quiet = text
                .get(1..3)
                .is_some_and(|class| ["01", "02"].contains(&class));
            let quiet = (state && quiet) || text == "1329";
            errors |= found && !quiet && !text.eq_ignore_ascii_case("SQLWARNING");
            cursor.next();
        }
        if !cursor.eat_symbol(",") {
            return errors;
        }
    }
}
