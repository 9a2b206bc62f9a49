//! What does a statement of a routine's body ask for that holds no others?

use super::block::Left;
use crate::Dialect;
use crate::act::{Act, Events, Step};
use crate::family::Script;
use crate::family::cursor::Cursor;
use crate::family::idle;
use crate::family::session::checks;
use crate::family::unknown;
use crate::lex::{Kind, Token};
use crate::read::{self, Depth};

/// Statements of a procedural language that touch no data.
const QUIET: [&str; 7] = ["NULL", "GET", "FETCH", "MOVE", "CLOSE", "LEAVE", "ITERATE"];

impl Script<'_> {
    /// A statement that holds no others.
    pub(in crate::family) fn leaf(&mut self, tokens: &[Token]) -> Vec<Step> {
        let cursor = Cursor::new(self.dialect, self.sql, tokens);
        let mut steps = self.noted(cursor);
        let assigned = self.assigns(cursor);
        self.note_locals(cursor, &assigned);
        steps.extend(self.alone(cursor));
        steps.extend(assigned);
        steps
    }

    fn alone(&mut self, mut cursor: Cursor<'_>) -> Vec<Step> {
        let tokens = cursor.tokens;
        self.leave(cursor);
        if tokens.is_empty() || cursor.sees_any(&QUIET) {
            return Vec::new();
        }
        if cursor.eat_any(&["EXIT", "CONTINUE", "RAISE", "ASSERT", "SIGNAL", "RESIGNAL"]) {
            return self.quiet(cursor);
        }
        match self.dialect {
            Dialect::Sqlite => {
                let mut steps = self.statement(tokens);
                if cursor.skip_to(&["RAISE"]) && cursor.eat("RAISE") {
                    let what = cursor.parentheses().unwrap_or(&[]);
                    if what.iter().any(|token| token.is_word(self.sql, "IGNORE")) {
                        steps.extend(cursor.step(Act::SkipRow {
                            old: false,
                            on: self.events,
                            surely: true,
                        }));
                    }
                }
                steps
            }
            Dialect::MySql => {
                if cursor.eat("RETURN") {
                    return self.expression(cursor.rest());
                }
                if cursor.sees("OPEN") {
                    return Vec::new();
                }
                if cursor.sees("SET") {
                    return self.local(cursor);
                }
                self.statement(&self.without_into(tokens))
            }
            Dialect::Postgres => self.leaf_of_postgres(cursor),
        }
    }

    /// Notes whether the statement leaves the block that it stands in.
    fn leave(&mut self, mut cursor: Cursor<'_>) {
        let returns = cursor.eat("RETURN") && !cursor.sees_any(&["NEXT", "QUERY"]);
        let exits = cursor.eat_any(&["EXIT", "CONTINUE", "LEAVE", "ITERATE"]);
        self.returns |= returns;
        self.exits |= exits;
        if returns || exits {
            self.left = match exits && cursor.holds("WHEN") {
                true => Left::Perhaps,
                false => Left::Surely,
            };
            let asked = self.named_in(cursor.rest());
            self.left_by.extend(asked);
        }
    }

    /// What a statement computes that touches no data itself: `EXIT WHEN f()`, `RAISE NOTICE '%', f()`.
    fn quiet(&mut self, mut cursor: Cursor<'_>) -> Vec<Step> {
        if cursor.skip_to(&["WHEN"]) {
            cursor.eat("WHEN");
            return self.expression(cursor.rest());
        }
        cursor.at = 1;
        let mut steps = Vec::new();
        for item in cursor.list() {
            let mut item = Cursor::new(self.dialect, self.sql, item);
            if item.skip_to(&["USING", "SET"]) {
                item.pass(1);
            } else {
                item.at = 0;
            }
            steps.extend(self.expression(item.rest()));
        }
        steps
    }

    /// `SET` in a body of MySQL, whose variables are mostly the body's own.
    fn local(&mut self, mut cursor: Cursor<'_>) -> Vec<Step> {
        if let Some(steps) = self.dynamic(cursor) {
            return steps;
        }
        if let Some(parts) = checks::for_one(cursor) {
            return self.with_settings(cursor, parts);
        }
        cursor.eat("SET");
        let mut steps = checks::keys(cursor);
        for item in cursor.list() {
            steps.extend(self.initial(item));
            steps.extend(self.new_row(item));
        }
        steps
    }

    /// `NEW.x = …` of a trigger: a column of the row is set.
    fn new_row(&self, tokens: &[Token]) -> Option<Step> {
        let mut cursor = Cursor::new(self.dialect, self.sql, tokens);
        if !(cursor.eat("NEW") && cursor.eat_symbol(".")) {
            return None;
        }
        let column = cursor.ident()?;
        Some(Step {
            act: Act::SetNew(Some(column)),
            span: tokens.first()?.span,
        })
    }

    /// What the row that a trigger's function returns keeps the server from: there is no new row of one that is deleted.
    fn skip(&self, returned: &[Token]) -> Option<Act> {
        let is = |word: &str| matches!(returned, [only] if only.is_word(self.sql, word));
        let either = ["COALESCE", "(", "NEW", ",", "OLD", ")"];
        let is_either = returned.len() == either.len()
            && returned
                .iter()
                .zip(either)
                .all(|(token, sign)| token.text(self.sql).eq_ignore_ascii_case(sign));
        let deletes = self.events.and(Events::DELETE);
        let (old, on, surely) = match () {
            () if is("OLD") => (true, self.events, true),
            () if is("NULL") => (false, self.events, true),
            () if is_either || !self.is_triggers => return None,
            () => (false, deletes, is("NEW")),
        };
        Some(Act::SkipRow { old, on, surely })
    }

    fn leaf_of_postgres(&mut self, mut cursor: Cursor<'_>) -> Vec<Step> {
        let tokens = cursor.tokens;
        self.note_variables(tokens);
        if cursor.eat("RETURN") {
            cursor.eat("NEXT");
            if cursor.eat("QUERY") {
                return self.leaf(cursor.rest());
            }
            let mut steps = self.expression(cursor.rest());
            steps.extend(
                self.skip(cursor.rest())
                    .into_iter()
                    .flat_map(|skip| cursor.step(skip)),
            );
            return steps;
        }
        if cursor.eat("PERFORM") {
            return self.expression(cursor.rest());
        }
        if cursor.eat("OPEN") {
            cursor.skip_to(&["FOR"]);
            return match cursor.eat("FOR") {
                true => self.leaf(cursor.rest()),
                false => Vec::new(),
            };
        }
        if cursor.eat("EXECUTE") {
            let mut end = cursor;
            end.skip_to(&["INTO", "USING"]);
            let value = &tokens[cursor.at..end.at];
            let texts = self.texts(value);
            if texts.is_none()
                && let Some(steps) = self.whatever_the_names(value, cursor)
            {
                return steps;
            }
            return self.execute(cursor, texts);
        }
        if let Some(value) = self.assigned(tokens) {
            let mut steps = self.expression(value);
            steps.extend(self.new_row(tokens));
            return steps;
        }
        self.statement(&self.without_into(tokens))
    }

    /// The value of an assignment of PL/pgSQL.
    pub(in crate::family) fn assigned<'t>(&self, tokens: &'t [Token]) -> Option<&'t [Token]> {
        let mut cursor = Cursor::new(self.dialect, self.sql, tokens);
        let mut after = cursor;
        if tokens.first()?.kind == Kind::Parameter {
            after.next();
        } else {
            after.ident()?;
        }
        cursor = after;
        while cursor.eat_symbol(".") {
            cursor.ident()?;
        }
        if cursor.sees_symbol("[") {
            while !cursor.is_done() && !cursor.sees_symbol(":=") && !cursor.sees_symbol("=") {
                cursor.next();
            }
        }
        (cursor.eat_symbol(":=") || cursor.eat_symbol("=")).then(|| &tokens[cursor.at..])
    }

    /// The tokens without the `INTO a, b` that puts a result into variables.
    fn without_into(&self, tokens: &[Token]) -> Vec<Token> {
        let mut cursor = Cursor::new(self.dialect, self.sql, tokens);
        let query = cursor.sees_any(&["SELECT", "WITH", "VALUES"]);
        while cursor.skip_to(&["INTO"]) {
            let before = cursor.at.checked_sub(1).and_then(|at| tokens.get(at));
            let writes = ["INSERT", "MERGE", "REPLACE", "IGNORE"];
            let target =
                before.is_some_and(|token| writes.iter().any(|word| token.is_word(self.sql, word)));
            let returned = tokens[..cursor.at]
                .iter()
                .any(|token| token.is_word(self.sql, "RETURNING"));
            let start = cursor.at;
            cursor.eat("INTO");
            if target || !(query || returned) {
                continue;
            }
            cursor.eat("STRICT");
            loop {
                if cursor
                    .peek()
                    .is_some_and(|token| token.kind == Kind::Parameter)
                {
                    cursor.next();
                } else if cursor.name().is_none() {
                    break;
                }
                if !cursor.eat_symbol(",") {
                    break;
                }
            }
            return [&tokens[..start], cursor.rest()].concat();
        }
        tokens.to_vec()
    }

    /// What computing an expression asks for: nothing, unless it calls a function or asks a query.
    pub(in crate::family) fn expression(&mut self, tokens: &[Token]) -> Vec<Step> {
        let may_act = |pair: &[Token]| {
            let calls = matches!(pair[0].kind, Kind::Word | Kind::Quoted)
                && pair[1].is_symbol(self.sql, "(");
            let asks = pair[0].is_symbol(self.sql, "(")
                && (pair[1].is_word(self.sql, "SELECT") || pair[1].is_word(self.sql, "WITH"));
            calls || asks
        };
        if !tokens.windows(2).any(may_act)
            || idle::is_idle(Cursor::new(self.dialect, self.sql, tokens))
        {
            return Vec::new();
        }
        let span = crate::family::cursor::whole(tokens);
        if Depth::is_too_deep(self.sql, tokens) {
            return vec![unknown(span, "it is nested too deep")];
        }
        match read::read_expression(self.dialect, self.sql, tokens) {
            Some(mut steps) => {
                crate::family::place(&mut steps, span);
                steps.extend(self.settings(Cursor::new(self.dialect, self.sql, tokens)));
                steps
            }
            None => vec![unknown(span, "an expression is not understood")],
        }
    }
}
