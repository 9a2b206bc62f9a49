//! Which statements run in the body of a routine, and which of them only perhaps?

use super::cursor::Cursor;
use super::{Script, unknown};
use crate::act::{Act, Assigned, Events, Runs, Step};
use crate::lex::{Kind, Token};
use crate::{Dialect, Span};

/// How deep blocks are followed.
const DEEPEST: u32 = 60;

/// At how many of its statements it is minded that a block may be left there: each nests the others deeper.
const MOST_CUTS: usize = 4;

/// Whether what follows a statement is still run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Left {
    Stays,
    /// Where a condition held.
    Perhaps,
    Surely,
}

/// What runs where a statement fails, by the handlers of MySQL.
#[derive(Clone, Copy, Default)]
pub(super) struct Failing {
    /// The statement behind it.
    goes_on: bool,
    /// What stands behind the block.
    leaves: bool,
}

impl Script<'_> {
    /// The statements of a body, from its `DECLARE` or `BEGIN` on, or its only one.
    pub(super) fn procedure(&mut self, tokens: &[Token]) -> Vec<Step> {
        let mut cursor = Cursor::new(self.dialect, self.sql, tokens);
        let outer = (self.left, self.returns, self.exits, self.events);
        let failing = std::mem::take(&mut self.failing);
        let mut steps = self.one(&mut cursor);
        (self.left, self.returns, self.exits, self.events) = outer;
        self.failing = failing;
        if !cursor.is_done() {
            steps.push(unknown(
                super::cursor::whole(cursor.rest()),
                "the body does not end where its block does",
            ));
        }
        steps
    }

    /// Statements up to one of the words `ends`, which stays. What stands behind a RETURN does not run, and what stands
    /// behind a condition with one in it runs only perhaps.
    fn statements(&mut self, cursor: &mut Cursor<'_>, ends: &[&str]) -> Vec<Step> {
        let (mut steps, mut left) = (Vec::new(), Left::Stays);
        // What stands behind the last such condition.
        let mut behind = Vec::new();
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
                steps.push(block(Runs::Perhaps, std::mem::take(&mut behind)));
            }
        }
        if !behind.is_empty() {
            steps.push(block(Runs::Perhaps, behind));
        }
        self.left = left;
        steps
    }

    /// What is asked for only if a condition holds. Afterwards a variable may hold what it held before.
    fn perhaps(&mut self, follow: impl FnOnce(&mut Self) -> Vec<Step>) -> Step {
        let (before, events) = (self.dynamic.held(), self.events);
        let left = std::mem::replace(&mut self.left, Left::Stays);
        let steps = follow(self);
        self.events = events;
        self.left = left.max(self.left.min(Left::Perhaps));
        self.dynamic.merge(before);
        block(Runs::Perhaps, steps)
    }

    /// One statement, with its terminator.
    fn one(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
        if self.nesting >= DEEPEST {
            let rest = super::cursor::whole(cursor.rest());
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
            return self.repeated(cursor);
        }
        if cursor.sees("REPEAT") && !function(cursor) {
            cursor.eat("REPEAT");
            let steps = self.statements(cursor, &["UNTIL"]);
            self.condition(cursor, &["END"]);
            self.end(cursor);
            return vec![block(Runs::Repeatedly, steps)];
        }
        if cursor.eat("WHILE") {
            let head = *cursor;
            let mut steps = self.condition(cursor, &["LOOP", "DO"]);
            let asked = &head.tokens[head.at..cursor.at];
            cursor.pass(1);
            let start = cursor.at;
            steps.extend(self.repeated(cursor));
            steps.extend(self.emptied(
                asked,
                cursor.tokens.get(start..cursor.at).unwrap_or_default(),
            ));
            return steps;
        }
        if cursor.eat_any(&["FOREACH", "FOR"]) {
            let head = *cursor;
            let mut steps = self.range(cursor);
            cursor.pass(1);
            let start = cursor.at;
            let mut body = self.repeated(cursor);
            steps.extend(self.for_each(
                head,
                cursor.tokens.get(start..cursor.at).unwrap_or_default(),
                &mut body,
            ));
            steps.extend(body);
            return steps;
        }
        let start = cursor.at;
        while !cursor.is_done() && !cursor.sees_symbol(";") {
            cursor.skip();
        }
        let leaf = &cursor.tokens[start..cursor.at];
        cursor.eat_symbol(";");
        self.leaf(leaf)
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

    /// Of PostgreSQL everything up to `BEGIN`, and the block; of MySQL one declaration.
    fn declarations(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
        cursor.eat("DECLARE");
        let mut steps = Vec::new();
        if self.dialect == Dialect::MySql {
            let mut handler = *cursor;
            let goes_on = handler.eat("CONTINUE HANDLER FOR");
            if goes_on || handler.eat_any(&["EXIT HANDLER FOR", "UNDO HANDLER FOR"]) {
                *cursor = handler;
                let errors = conditions(cursor);
                let start = cursor.at;
                let steps = self.perhaps(|script| script.one(cursor));
                if errors && !self.raises(&cursor.tokens[start..cursor.at]) {
                    self.failing.goes_on |= goes_on;
                    self.failing.leaves |= !goes_on;
                }
                return vec![steps];
            }
            let declaration = self.until_semicolon(cursor);
            let mut steps = self.initial(declaration);
            let names = self.declared(declaration);
            for name in &names {
                self.dynamic.arguments.remove(name);
            }
            steps.extend(anew(names, declaration));
            return steps;
        }
        let start = cursor.at;
        while !cursor.is_done() && !cursor.sees("BEGIN") {
            let declaration = self.until_semicolon(cursor);
            steps.extend(self.initial(declaration));
            steps.extend(self.bound_query(declaration));
            self.note_declared(declaration);
        }
        let declarations = cursor.tokens.get(start..cursor.at).unwrap_or_default();
        steps.extend(self.one(cursor));
        // Behind the block the names are those of the one around it.
        let ends = |token: &Token| token.is_symbol(self.sql, ";");
        let names = declarations.split(ends).flat_map(|one| self.declared(one));
        steps.extend(anew(names.collect(), declarations));
        steps
    }

    /// The names that a declaration begins with, in lower case.
    fn declared(&self, declaration: &[Token]) -> Vec<String> {
        let mut cursor = Cursor::new(self.dialect, self.sql, declaration);
        let mut names = Vec::new();
        while let Some(name) = cursor.ident() {
            names.push(name.to_lowercase());
            if !cursor.eat_symbol(",") {
                break;
            }
        }
        names
    }

    fn until_semicolon<'c>(&self, cursor: &mut Cursor<'c>) -> &'c [Token] {
        let start = cursor.at;
        while !cursor.is_done() && !cursor.sees_symbol(";") {
            cursor.skip();
        }
        let tokens = &cursor.tokens[start..cursor.at];
        cursor.eat_symbol(";");
        tokens
    }

    /// What computing a declared variable's first value asks for.
    pub(super) fn initial(&mut self, declaration: &[Token]) -> Vec<Step> {
        let value = declaration.iter().position(|token| {
            token.is_symbol(self.sql, ":=")
                || token.is_symbol(self.sql, "=")
                || token.is_word(self.sql, "DEFAULT")
        });
        value.map_or_else(Vec::new, |at| self.expression(&declaration[at + 1..]))
    }

    /// The query of `c CURSOR FOR SELECT …`, which runs when it is opened.
    fn bound_query(&mut self, declaration: &[Token]) -> Option<Step> {
        let mut cursor = Cursor::new(self.dialect, self.sql, declaration);
        cursor.holds("CURSOR").then_some(())?;
        cursor.skip_to(&["FOR", "IS"]);
        cursor.eat_any(&["FOR", "IS"]).then_some(())?;
        Some(self.perhaps(|script| script.leaf(cursor.rest())))
    }

    /// The statements of a block, its handlers and its `END`.
    fn block_after_begin(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
        let outer = self.failing;
        let start = cursor.at;
        self.failing.leaves = false;
        let events = self.events;
        let exits = std::mem::replace(&mut self.exits, false);
        let mut steps = self.statements(cursor, &["END", "EXCEPTION"]);
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
            steps = vec![block(Runs::Perhaps, steps)];
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
            steps.extend(anew(names.collect(), tokens));
        }
        steps
    }

    /// Condition and statements of each branch, up to the `END`; the first condition comes next. Of a `CASE` that is about
    /// the event that fires a trigger, values stand there.
    fn branches(&mut self, cursor: &mut Cursor<'_>, others: &[&str], of_event: bool) -> Vec<Step> {
        let ends = [others, &["ELSE", "END"]].concat();
        // For which events no branch has been run so far, and for which one was that goes on behind the whole.
        let (mut open, mut behind) = (self.events, Events::NONE);
        let (mut steps, mut branches) = (Vec::new(), Vec::new());
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
            cursor.eat("THEN");
            self.events = open.and(asked.holds);
            branches.push(self.branch(cursor, &ends));
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
            branches.push(self.branch(cursor, &["END"]));
        }
        self.events = behind.or(self.events);
        self.end(cursor);
        if exhaustive {
            // Where a branch fails, nothing of the whole has happened.
            let (failing, others): (Vec<_>, Vec<_>) =
                branches.into_iter().partition(|(_, fails)| *fails);
            steps.extend(failing.into_iter().map(|(step, _)| step));
            let others = others.into_iter().map(|(step, _)| step).collect();
            steps.push(block(Runs::OneOf, others));
        } else {
            steps.extend(branches.into_iter().map(|(step, _)| step));
        }
        steps
    }

    /// The statements of a branch, and whether it ends in an error. Behind it are the events for which the script goes on.
    fn branch(&mut self, cursor: &mut Cursor<'_>, ends: &[&str]) -> (Step, bool) {
        let (start, mut left) = (cursor.at, Left::Stays);
        let mut events = self.events;
        let step = self.perhaps(|script| {
            let steps = script.statements(cursor, ends);
            (left, events) = (script.left, script.events);
            steps
        });
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

    /// Whether the statement does nothing but raise an error.
    fn fails(&self, statement: &[Token]) -> bool {
        let mut last = Cursor::new(self.dialect, self.sql, statement);
        let again = last.eat("RESIGNAL");
        if again || last.eat("SIGNAL") {
            // States of the class 01 are warnings.
            let is_text = |token: &&Token| token.kind == Kind::Text;
            let state = last.rest().iter().find(is_text);
            let bare = again && !last.sees("SQLSTATE");
            return bare || state.is_some_and(|state| !state.text(self.sql).starts_with("'01"));
        }
        let raises = last.eat("RAISE");
        let text = last.peek().is_some_and(|token| token.kind == Kind::Text);
        raises && (last.is_done() || last.sees("EXCEPTION") || text)
    }

    /// Whether a handler raises the error again, or another one, whatever it does before.
    fn raises(&self, handler: &[Token]) -> bool {
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

    /// The statements of a loop and its end.
    fn repeated(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
        self.forget_set_in(cursor.rest());
        let before = self.dynamic.held();
        let returned = std::mem::replace(&mut self.returns, false);
        let events = self.events;
        let steps = self.statements(cursor, &["END"]);
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
        vec![block(Runs::Repeatedly, steps)]
    }

    /// `END`, what it ends, a label and the semicolon.
    fn end(&mut self, cursor: &mut Cursor<'_>) {
        cursor.eat("END");
        cursor.eat_any(&["IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"]);
        if !cursor.sees_symbol(";") {
            cursor.ident();
        }
        cursor.eat_symbol(";");
    }

    /// What computing an expression asks for that ends before one of these words.
    fn condition(&mut self, cursor: &mut Cursor<'_>, ends: &[&str]) -> Vec<Step> {
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

    /// What a `FOR` loops over, up to its `LOOP` or `DO`.
    fn range(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
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

/// The conditions of a handler, up to its statement: whether errors are among them.
fn conditions(cursor: &mut Cursor<'_>) -> bool {
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

/// These variables hold other values from here on.
fn anew(names: Vec<String>, tokens: &[Token]) -> Option<Step> {
    (!names.is_empty()).then(|| Step {
        act: Act::Assign(names.into_iter().map(Assigned::anew).collect()),
        span: super::cursor::whole(tokens),
    })
}

fn block(runs: Runs, steps: Vec<Step>) -> Step {
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
