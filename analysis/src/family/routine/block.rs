//! Which statements run in the body of a routine, and which of them only perhaps?

use super::branches::asking;
use super::declarations::anew;
use super::few::Ends;
use crate::act::{Act, Runs, Scope, Step};
use crate::family::Script;
use crate::family::cursor::Cursor;
use crate::family::unknown;
use crate::lex::Token;
use crate::{Dialect, Span};

/// How deep blocks are followed.
const DEEPEST: u32 = 60;

/// At how many of its statements it is minded that a block may be left there: each nests the others deeper.
const MOST_CUTS: usize = 4;

/// Whether what follows a statement is still run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::family) enum Left {
    Stays,
    /// Where a condition held.
    Perhaps,
    Surely,
}

/// What runs where a statement fails, by the handlers of MySQL.
#[derive(Clone, Copy, Default)]
pub(in crate::family) struct Failing {
    /// The statement behind it.
    pub(in crate::family) goes_on: bool,
    /// What stands behind the block.
    pub(in crate::family) leaves: bool,
}

impl Script<'_> {
    /// The statements of a body, from its `DECLARE` or `BEGIN` on, or its only one.
    pub(in crate::family) fn procedure(&mut self, tokens: &[Token]) -> Vec<Step> {
        let mut cursor = Cursor::new(self.dialect, self.sql, tokens);
        let outer = (self.left, self.returns, self.exits, self.events);
        let failing = std::mem::take(&mut self.failing);
        let conditions = std::mem::take(&mut self.conditions);
        let mut steps = self.one(&mut cursor);
        self.conditions = conditions;
        (self.left, self.returns, self.exits, self.events) = outer;
        self.failing = failing;
        if !cursor.is_done() {
            steps.push(unknown(
                crate::family::cursor::whole(cursor.rest()),
                "the body does not end where its block does",
            ));
        }
        steps
    }

    /// Statements up to one of the words `ends`, which stays. What stands behind a RETURN does not run, and what stands
    /// behind a condition with one in it runs only perhaps.
    pub(in crate::family) fn statements(
        &mut self,
        cursor: &mut Cursor<'_>,
        ends: &[&str],
    ) -> Vec<Step> {
        let (mut steps, mut left) = (Vec::new(), Left::Stays);
        // What stands behind the last such condition.
        let mut behind = Vec::new();
        let outer = std::mem::take(&mut self.left_by);
        while !cursor.is_done() && !cursor.sees_any(ends) {
            let before = cursor.at;
            self.left = Left::Stays;
            let goes_on = self.failing.goes_on;
            let mut more = self.one(cursor);
            if cursor.at == before {
                cursor.pass(1);
            }
            let fails = |step: &Step| !matches!(step.act, Act::Transaction(_));
            if goes_on && more.iter().any(fails) {
                more = vec![block(Runs::Perhaps, more)];
            }
            match left {
                Left::Stays => steps.extend(more),
                Left::Perhaps => behind.extend(more),
                Left::Surely => {}
            }
            left = left.max(self.left);
            if self.left != Left::Stays && !behind.is_empty() {
                let behind = asking(&self.left_by, std::mem::take(&mut behind));
                steps.push(block(Runs::Perhaps, behind));
            }
        }
        if !behind.is_empty() {
            steps.push(block(Runs::Perhaps, asking(&self.left_by, behind)));
        }
        self.left_by.extend(outer);
        self.left = left;
        self.counted = None;
        steps
    }

    /// What is asked for only if a condition holds. Afterwards a variable may hold what it held before.
    pub(in crate::family) fn perhaps(
        &mut self,
        follow: impl FnOnce(&mut Self) -> Vec<Step>,
    ) -> Step {
        let (before, events) = (self.dynamic.held(), self.events);
        let left = std::mem::replace(&mut self.left, Left::Stays);
        let steps = follow(self);
        self.events = events;
        self.left = left.max(self.left.min(Left::Perhaps));
        self.dynamic.merge(before);
        block(Runs::Perhaps, steps)
    }

    /// One statement, with its terminator.
    pub(in crate::family) fn one(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
        if self.nesting >= DEEPEST {
            let rest = crate::family::cursor::whole(cursor.rest());
            cursor.at = cursor.tokens.len();
            return vec![unknown(rest, "its blocks are nested too deep")];
        }
        self.nesting += 1;
        let steps = self.one_within(cursor);
        self.nesting -= 1;
        steps
    }

    fn one_within(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
        self.label(cursor);
        if cursor.sees("DECLARE") {
            // A variable of the same name hides the one that was counted into.
            self.counted = None;
            return self.declarations(cursor);
        }
        let function = |cursor: &Cursor<'_>| {
            cursor
                .rest()
                .get(1)
                .is_some_and(|token| token.is_symbol(cursor.sql, "("))
        };
        if cursor.eat("BEGIN") {
            cursor.eat("NOT ATOMIC");
            cursor.eat("ATOMIC");
            return self.block_after_begin(cursor);
        }
        if cursor.eat("IF") {
            return self.branches(cursor, &["ELSIF", "ELSEIF"], false);
        }
        if cursor.eat("CASE") {
            let start = cursor.at;
            cursor.skip_to(&["WHEN"]);
            let value = &cursor.tokens[start..cursor.at];
            let mut steps = self.expression(value);
            cursor.eat("WHEN");
            steps.extend(self.branches(cursor, &["WHEN"], self.is_about_event(value)));
            return steps;
        }
        if cursor.eat("LOOP") {
            let start = cursor.at;
            let mut steps = self.repeated(cursor, start);
            // What it does to some rows then it has done.
            let body = cursor.tokens.get(start..cursor.at).unwrap_or_default();
            steps.splice(..0, self.batched(body));
            steps.splice(..0, self.in_turn(cursor.tokens, body, Ends::Within));
            return steps;
        }
        if cursor.sees("REPEAT") && !function(cursor) {
            cursor.eat("REPEAT");
            let head = cursor.at;
            let steps = self.statements(cursor, &["UNTIL"]);
            let body = &cursor.tokens[head..cursor.at];
            let start = cursor.at;
            self.condition(cursor, &["END"]);
            let until = &cursor.tokens[start..cursor.at];
            let all = self.in_turn(cursor.tokens, body, Ends::Until(until));
            let asked = self.named_in(until);
            let steps = asking(&asked, steps);
            self.end(cursor);
            let steps = std::iter::once(block(Runs::Repeatedly, steps));
            return all.into_iter().chain(steps).collect();
        }
        if cursor.eat("WHILE") {
            let head = *cursor;
            let mut steps = self.condition(cursor, &["LOOP", "DO"]);
            let asked = &head.tokens[head.at..cursor.at];
            cursor.pass(1);
            let start = cursor.at;
            let repeated = self.repeated(cursor, head.at);
            let body = cursor.tokens.get(start..cursor.at).unwrap_or_default();
            steps.extend(self.in_turn(cursor.tokens, body, Ends::While(asked)));
            steps.extend(repeated);
            steps.extend(self.emptied(asked, body));
            return steps;
        }
        if cursor.sees("FOREACH") {
            let mut listed = *cursor;
            listed.pass(1);
            if let Some(steps) = self.each_listed(&mut listed) {
                *cursor = listed;
                return steps;
            }
        }
        if cursor.eat_any(&["FOREACH", "FOR"]) {
            let head = *cursor;
            let mut steps = self.range(cursor);
            // MySQL's bare names mean the row, or the number, within.
            let names = match self.dialect {
                Dialect::MySql => self.declared(head.rest().get(..1).unwrap_or_default()),
                Dialect::Postgres | Dialect::Sqlite => Vec::new(),
            };
            steps.extend(anew(names.clone(), Scope::Begins, head.rest()));
            cursor.pass(1);
            let start = cursor.at;
            let mut body = self.repeated(cursor, head.at);
            let written = self.for_each(
                head,
                cursor.tokens.get(start..cursor.at).unwrap_or_default(),
                &mut body,
            );
            // What `DELETE … RETURNING` yields is read before it is deleted.
            let at = match head.rest().get(1..3) {
                Some([_, delete]) if delete.is_word(self.sql, "DELETE") => 0,
                _ => steps.len(),
            };
            steps.splice(at..at, written);
            steps.extend(body);
            steps.extend(anew(names, Scope::Ends, head.rest()));
            return steps;
        }
        let start = cursor.at;
        while !cursor.is_done() && !cursor.sees_symbol(";") {
            cursor.skip();
        }
        let leaf = &cursor.tokens[start..cursor.at];
        cursor.eat_symbol(";");
        let steps = self.leaf(leaf);
        self.counted = self.counts(leaf);
        steps
    }

    /// `<<name>>` of PostgreSQL, `name:` of MySQL.
    fn label(&mut self, cursor: &mut Cursor<'_>) {
        let sign = |index: usize, sign| {
            let token = cursor.rest().get(index);
            token.is_some_and(|token| token.is_symbol(cursor.sql, sign))
        };
        if sign(0, "<") && sign(1, "<") && sign(3, ">") {
            cursor.pass(5);
        } else if self.dialect == Dialect::MySql && sign(1, ":") {
            cursor.pass(2);
        }
    }

    pub(in crate::family) fn until_semicolon<'c>(&self, cursor: &mut Cursor<'c>) -> &'c [Token] {
        let start = cursor.at;
        while !cursor.is_done() && !cursor.sees_symbol(";") {
            cursor.skip();
        }
        let tokens = &cursor.tokens[start..cursor.at];
        cursor.eat_symbol(";");
        tokens
    }

    /// The statements of a block, its handlers and its `END`.
    fn block_after_begin(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
        let outer = self.failing;
        let start = cursor.at;
        self.failing.leaves = false;
        let events = self.events;
        let exits = std::mem::replace(&mut self.exits, false);
        let conditions = self.conditions.len();
        let mut steps = self.statements(cursor, &["END", "EXCEPTION"]);
        self.conditions.truncate(conditions);
        if self.exits {
            // `EXIT name` goes on behind the block of that name.
            self.left = self.left.min(Left::Perhaps);
            self.events = self.events.or(events);
        }
        self.exits |= exits;
        if std::mem::replace(&mut self.failing, outer).leaves {
            // Where one fails, the script goes on without what stands behind it.
            steps = left_anywhere(steps);
        }
        if cursor.eat("EXCEPTION") {
            // What fails is undone as a whole, and a handler runs instead.
            let runs = match handles_only_doubles(*cursor) {
                true => Runs::IfFree,
                false => Runs::Perhaps,
            };
            steps = vec![block(runs, steps)];
            self.events = events;
            while cursor.eat("WHEN") {
                cursor.skip_to(&["THEN"]);
                cursor.eat("THEN");
                let handler = |script: &mut Self| script.statements(cursor, &["WHEN", "END"]);
                steps.push(self.perhaps(handler));
            }
            // A handler goes on behind the block.
            self.left = self.left.min(Left::Perhaps);
        }
        self.end(cursor);
        if self.dialect == Dialect::MySql {
            // Behind the block the names are those of the one around it.
            let tokens = cursor.tokens.get(start..).unwrap_or_default();
            let tokens = &tokens[..tokens.len() - cursor.rest().len()];
            let declares = |at: &usize| tokens[*at].is_word(self.sql, "DECLARE");
            let declares = (0..tokens.len()).filter(declares);
            let names = declares.flat_map(|at| self.declared(&tokens[at + 1..]));
            steps.extend(anew(names.collect(), Scope::Ends, tokens));
        }
        steps
    }

    /// `END`, what it ends, a label and the semicolon.
    pub(in crate::family) fn end(&mut self, cursor: &mut Cursor<'_>) {
        cursor.eat("END");
        cursor.eat_any(&["IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"]);
        if !cursor.sees_symbol(";") {
            cursor.ident();
        }
        cursor.eat_symbol(";");
    }
}

/// Whether the handlers of a block do nothing, where what it makes is there already, and any other error is not handled.
/// (<https://www.postgresql.org/docs/15/errcodes-appendix.html>)
fn handles_only_doubles(mut handlers: Cursor<'_>) -> bool {
    while handlers.eat("WHEN") {
        if !handlers.eat("DUPLICATE_OBJECT") || !handlers.eat("THEN NULL") {
            return false;
        }
        handlers.eat_symbol(";");
    }
    handlers.sees("END")
}

/// Statements behind each of which a block may be left, as far as it matters: what runs from one on that copies, runs only
/// perhaps, and only behind those before it. Of copies before the last few each is taken to run perhaps, whether others do or not.
fn left_anywhere(mut steps: Vec<Step>) -> Vec<Step> {
    let mut rest = std::collections::VecDeque::new();
    let mut cuts = 0;
    while let Some(step) = steps.pop() {
        let cut = matches!(step.act, Act::Insert(_)) && !steps.is_empty();
        if cut && cuts == MOST_CUTS {
            rest.push_front(block(Runs::Perhaps, vec![step]));
            continue;
        }
        rest.push_front(step);
        if cut {
            cuts += 1;
            let behind = std::mem::take(&mut rest);
            rest.push_front(block(Runs::Perhaps, behind.into()));
        }
    }
    vec![block(Runs::Perhaps, rest.into())]
}

pub(in crate::family) fn block(runs: Runs, steps: Vec<Step>) -> Step {
    let span = match (steps.first(), steps.last()) {
        (Some(first), Some(last)) => Span {
            start: first.span.start,
            end: last.span.end.max(first.span.end),
        },
        _ => Span::default(),
    };
    Step {
        act: Act::Block { runs, steps },
        span,
    }
}
