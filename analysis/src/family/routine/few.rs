//! What has a loop of MySQL done in the end that updates a few rows at a time, until it changes none?
//!
//! `REPEAT UPDATE t SET b = a WHERE b IS NULL LIMIT 1000; UNTIL ROW_COUNT() = 0 END REPEAT` ends where `b` is NULL in no row that has an `a`.

use crate::Dialect;
use crate::act::{Act, Step};
use crate::family::Script;
use crate::family::cursor::{Cursor, whole};
use crate::lex::Token;

/// How a loop ends.
#[derive(Clone, Copy)]
pub(in crate::family) enum Ends<'t> {
    /// `WHILE n > 0 DO`
    While(&'t [Token]),
    /// `UNTIL n = 0`
    Until(&'t [Token]),
    /// `IF n = 0 THEN LEAVE`
    Within,
}

impl Script<'_> {
    /// The update of all the rows that the body of the loop updates. `routine` is all that a variable of it may stand in.
    pub(in crate::family) fn in_turn(
        &mut self,
        routine: &[Token],
        body: &[Token],
        ends: Ends<'_>,
    ) -> Option<Step> {
        if self.dialect != Dialect::MySql {
            return None;
        }
        let statements = body.split(|token| token.is_symbol(self.sql, ";"));
        let mut statements = statements.filter(|one| !one.is_empty()).peekable();
        let update = statements.next()?;
        let all = self.of_all(update)?;
        let mut number = None;
        if let Some(one) = statements.peek() {
            let mut one = Cursor::new(self.dialect, self.sql, one);
            if one.eat("SET") {
                number = Some(one.ident()?);
                let counts = one.eat_symbol("=") && self.counts_rows(&mut one) && one.is_done();
                counts.then_some(())?;
                statements.next();
            }
        }
        let number = number.as_deref();
        let leaves = match ends {
            Ends::While(asked) => number.is_some() && self.is_some(asked, number),
            Ends::Until(asked) => self.is_zero(asked, number),
            Ends::Within => {
                let mut leave = Cursor::new(self.dialect, self.sql, statements.next()?);
                leave.eat("IF").then_some(())?;
                let start = leave.at;
                leave.skip_to(&["THEN"]);
                let asked = &leave.tokens[start..leave.at];
                let leaves = leave.eat("THEN LEAVE") && leave.ident().is_some() && leave.is_done();
                let mut end = Cursor::new(self.dialect, self.sql, statements.next()?);
                leaves && end.eat("END IF") && end.is_done() && self.is_zero(asked, number)
            }
        };
        let goes_in = !matches!(ends, Ends::While(_));
        let counted = number.is_none_or(|number| self.is_counter(routine, number, goes_in));
        // What rests in between is asked for no number of its own.
        let rests = |one: &[Token]| {
            let mut one = Cursor::new(self.dialect, self.sql, one);
            let sleeps = one.eat("DO SLEEP") && one.parentheses().is_some();
            (number.is_some() && (sleeps || one.eat("COMMIT")) && one.is_done())
                || one.eat("END LOOP")
                || one.eat("END WHILE")
        };
        (leaves && counted && statements.all(rests)).then_some(())?;
        let span = whole(update);
        let mut steps = self.statement(&all);
        match (steps.pop(), steps.is_empty()) {
            (
                Some(Step {
                    act: Act::Update(update),
                    ..
                }),
                true,
            ) => Some(Step {
                act: Act::UpdateInTurn {
                    by: String::new(),
                    update,
                },
                span,
            }),
            _ => None,
        }
    }

    /// `UPDATE t SET … WHERE … LIMIT 10` without the limit.
    fn of_all(&self, update: &[Token]) -> Option<Vec<Token>> {
        let mut cursor = Cursor::new(self.dialect, self.sql, update);
        cursor.eat("UPDATE").then_some(())?;
        cursor.name()?;
        (cursor.sees("SET") && cursor.skip_to(&["WHERE"])).then_some(())?;
        cursor.skip_to(&["ORDER", "LIMIT"]);
        let head = cursor.at;
        cursor.skip_to(&["LIMIT"]);
        cursor.eat("LIMIT").then_some(())?;
        let some = cursor.next()?.text(self.sql).parse::<u32>().ok()? > 0;
        (some && cursor.is_done()).then(|| update[..head].to_vec())
    }

    fn counts_rows(&self, cursor: &mut Cursor<'_>) -> bool {
        cursor.eat("ROW_COUNT") && cursor.parentheses().is_some_and(<[Token]>::is_empty)
    }

    /// Whether it asks that no row was changed.
    fn is_zero(&self, asked: &[Token], number: Option<&str>) -> bool {
        self.compares(asked, number, &["=0", "<1"])
    }

    fn is_some(&self, asked: &[Token], number: Option<&str>) -> bool {
        self.compares(asked, number, &[">0", "<>0", "!=0"])
    }

    fn compares(&self, asked: &[Token], number: Option<&str>, with: &[&str]) -> bool {
        let mut asked = Cursor::new(self.dialect, self.sql, asked);
        asked.eat("UNTIL");
        let own = match number {
            Some(number) => asked.ident().is_some_and(|own| own == number),
            None => self.counts_rows(&mut asked),
        };
        let rest: String = asked
            .rest()
            .iter()
            .map(|token| token.text(self.sql))
            .collect();
        own && with.contains(&rest.as_str())
    }

    /// Whether the variable stands only where it is declared as a number, set to how many rows were changed, and asked for; and, where the
    /// loop is not gone into else, whether it begins with one above 0.
    fn is_counter(&self, routine: &[Token], number: &str, goes_in: bool) -> bool {
        let cursor = |at: usize| Cursor::new(self.dialect, self.sql, &routine[at..]);
        let named = |at: &usize| cursor(*at).ident().is_some_and(|own| own == number);
        let stands = (0..routine.len()).filter(named).count();
        let declared = (0..routine.len()).any(|at| {
            let mut one = cursor(at);
            let declared = one.eat("DECLARE")
                && one.ident().is_some_and(|own| own == number)
                && one.eat_any(&["INT", "INTEGER", "BIGINT"]);
            let begins = |one: &mut Cursor<'_>| {
                let value = one.eat("DEFAULT").then(|| one.next()).flatten();
                let value = value.and_then(|value| value.text(self.sql).parse::<u32>().ok());
                value.is_some_and(|value| value > 0) && one.sees_symbol(";")
            };
            declared && (goes_in || begins(&mut one))
        });
        stands == 3 && declared
    }
}
