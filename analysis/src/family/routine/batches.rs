//! What has a loop done in the end that updates a few rows at a time, until it meets none?
//!
//! `LOOP UPDATE t SET b = a WHERE id IN (SELECT id FROM t WHERE b IS NULL LIMIT 1000); EXIT WHEN NOT FOUND; END LOOP` ends where `b` is
//! NULL in no row.

use crate::Dialect;
use crate::act::{Act, Step};
use crate::family::Script;
use crate::family::cursor::{Cursor, whole};
use crate::lex::Token;

impl Script<'_> {
    /// The update of all the rows that the body of the loop updates, where it goes on until it has met none.
    pub(in crate::family) fn batched(&mut self, body: &[Token]) -> Option<Step> {
        if self.dialect != Dialect::Postgres {
            return None;
        }
        let mut statements = body.split(|token| token.is_symbol(self.sql, ";"));
        let first = statements.next()?;
        let (by, all) = self.without_limit(first)?;
        let mut counted = None;
        let mut statement = Cursor::new(self.dialect, self.sql, statements.next()?);
        if statement.eat("GET DIAGNOSTICS") {
            counted = statement.ident();
            (statement.eat_symbol("=") || statement.eat_symbol(":=")).then_some(())?;
            (counted.is_some() && statement.eat("ROW_COUNT") && statement.is_done())
                .then_some(())?;
            statement = Cursor::new(self.dialect, self.sql, statements.next()?);
        }
        if statement.eat("IF") {
            self.is_none(&mut statement, counted.as_deref())
                .then_some(())?;
            (statement.eat("THEN EXIT") && statement.is_done()).then_some(())?;
            let mut end = Cursor::new(self.dialect, self.sql, statements.next()?);
            (end.eat("END IF") && end.is_done()).then_some(())?;
        } else {
            statement.eat("EXIT WHEN").then_some(())?;
            let none = self.is_none(&mut statement, counted.as_deref());
            (none && statement.is_done()).then_some(())?;
        }
        let rests = |statement: &[Token]| {
            let mut statement = Cursor::new(self.dialect, self.sql, statement);
            let waits = statement.eat("PERFORM PG_SLEEP") && statement.parentheses().is_some();
            let quiet = waits || statement.eat_any(&["COMMIT", "END LOOP"]);
            (quiet && statement.is_done()) || statement.sees("RAISE NOTICE") || statement.is_done()
        };
        statements.all(rests).then_some(())?;
        let mut steps = self.statement(&all);
        match (steps.pop(), steps.is_empty()) {
            (
                Some(Step {
                    act: Act::Update(update),
                    ..
                }),
                true,
            ) => Some(Step {
                act: Act::UpdateInTurn { by, update },
                span: whole(first),
            }),
            _ => None,
        }
    }

    /// Whether the condition holds where the update before it has met no row.
    fn is_none(&self, asked: &mut Cursor<'_>, counted: Option<&str>) -> bool {
        match counted {
            Some(name) => {
                asked.ident().is_some_and(|own| own == name)
                    && asked.eat_symbol("=")
                    && asked.next().is_some_and(|zero| zero.text(self.sql) == "0")
            }
            None => asked.eat("NOT FOUND"),
        }
    }

    /// `UPDATE t SET … WHERE id IN (SELECT id FROM t WHERE … LIMIT 10)` without the limit, and by which column it picks its rows.
    fn without_limit(&self, update: &[Token]) -> Option<(String, Vec<Token>)> {
        let mut cursor = Cursor::new(self.dialect, self.sql, update);
        cursor.eat("UPDATE").then_some(())?;
        let table = cursor.name()?;
        (cursor.sees("SET") && cursor.skip_to(&["WHERE"]) && cursor.eat("WHERE")).then_some(())?;
        let head = cursor.at;
        let by = cursor.ident()?;
        cursor.eat("IN").then_some(())?;
        let within = cursor.parentheses().filter(|_| cursor.is_done())?;
        let mut within = Cursor::new(self.dialect, self.sql, within);
        let is_own = within.eat("SELECT") && within.ident()? == by && within.eat("FROM");
        (is_own && within.name()? == table && within.eat("WHERE")).then_some(())?;
        let start = within.at;
        within.skip_to(&["ORDER", "LIMIT"]);
        let asked = &within.tokens[start..within.at];
        // A row that another session holds is skipped, and may be the only one that is left.
        let passes = ["SKIP", "OFFSET"];
        let all_met = !passes.iter().any(|word| within.holds(word));
        within.skip_to(&["LIMIT"]);
        within.eat("LIMIT").then_some(())?;
        let some = within.next()?.text(self.sql).parse::<u32>().ok()? > 0;
        (all_met && some && !asked.is_empty()).then(|| (by, [&update[..head], asked].concat()))
    }
}
