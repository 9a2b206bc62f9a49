//! Which condition lets a body of a routine go on only where a table has no row, or a column no value?
//!
//! `IF EXISTS (SELECT 1 FROM t) THEN RAISE EXCEPTION …`; or `SELECT count(*) INTO n FROM t`, and then `IF n > 0 THEN RAISE …`.

use crate::Dialect;
use crate::act::{Act, Name, Step};
use crate::family::Script;
use crate::family::cursor::{Cursor, ident, whole};
use crate::lex::Token;

/// The rows of a table, or those that have a value in a column.
pub(in crate::family) type Among = (Name, Option<String>);

/// The variable that the statement before has put the number of some rows into.
pub(in crate::family) type Counted = (String, Among);

/// A condition that tells whether there is any of these rows.
struct Asked {
    rows: Among,
    /// It holds where there is one, or where there is none.
    any: bool,
}

impl Script<'_> {
    /// What is not there where the script goes on behind a condition, one of whose two branches raises an error.
    pub(in crate::family) fn guarded(
        &self,
        asked: &[Token],
        counted: Option<&Counted>,
        failing: &[Token],
        where_it_holds: bool,
    ) -> Option<Step> {
        let span = whole(asked);
        let asked = self.asked_for_rows(asked, counted)?;
        let leaves = ["EXIT", "RETURN", "LEAVE", "CONTINUE", "ITERATE"];
        let guards = asked.any == where_it_holds && !self.has_any_word(failing, &leaves);
        let (table, column) = asked.rows;
        guards.then(|| Step {
            act: Act::Emptied(table, column),
            span,
        })
    }

    /// The rows that a loop goes on for as long as there is one.
    pub(in crate::family) fn asked_for_any(&self, asked: &[Token]) -> Option<Among> {
        let asked = self.asked_for_rows(asked, None)?;
        asked.any.then_some(asked.rows)
    }

    fn asked_for_rows(&self, asked: &[Token], counted: Option<&Counted>) -> Option<Asked> {
        let mut asked = Cursor::new(self.dialect, self.sql, asked);
        let any = !asked.eat("NOT");
        if asked.eat("EXISTS") {
            let within = asked.parentheses().filter(|_| asked.is_done())?;
            let mut within = Cursor::new(self.dialect, self.sql, within);
            within.eat("SELECT").then_some(())?;
            // Of what a function makes of a row there may be none.
            within.pass(1);
            let rows = self.rows_asked(&mut within)?;
            return within.is_done().then_some(Asked { rows, any });
        }
        if !any {
            return None;
        }
        let mut named = asked;
        if let Some((name, rows)) = counted
            && named.ident().is_some_and(|own| own == *name)
        {
            let (rows, any) = (rows.clone(), self.compared(named)?);
            return Some(Asked { rows, any });
        }
        let within = Cursor::new(self.dialect, self.sql, asked.parentheses()?);
        let (None, rows) = self.counting(within)? else {
            return None;
        };
        let any = self.compared(asked)?;
        Some(Asked { rows, any })
    }

    /// Whether what is left of a condition holds of a number of rows where there is one; nothing where that is not told.
    fn compared(&self, cursor: Cursor<'_>) -> Option<bool> {
        let (last, sign) = cursor.rest().split_last()?;
        let sign: String = sign.iter().map(|token| token.text(self.sql)).collect();
        match (sign.as_str(), last.text(self.sql)) {
            (">" | "<>" | "!=", "0") | (">=", "1") => Some(true),
            ("=", "0") | ("<", "1") => Some(false),
            _ => None,
        }
    }

    /// Which rows a statement has counted, and into which variable.
    pub(in crate::family) fn counts(&self, statement: &[Token]) -> Option<Counted> {
        let mut cursor = Cursor::new(self.dialect, self.sql, statement);
        if !cursor.sees("SELECT") {
            if self.dialect == Dialect::MySql {
                cursor.eat("SET").then_some(())?;
            }
            let name = cursor.ident()?;
            (cursor.eat_symbol(":=") || cursor.eat_symbol("=")).then_some(())?;
            let within = cursor.parentheses().filter(|_| cursor.is_done())?;
            let (into, rows) = self.counting(Cursor::new(self.dialect, self.sql, within))?;
            return into.is_none().then_some((name, rows));
        }
        let (into, rows) = self.counting(cursor)?;
        Some((into?, rows))
    }

    /// `SELECT count(*) FROM t`, and the variable that it goes into.
    fn counting(&self, mut cursor: Cursor<'_>) -> Option<(Option<String>, Among)> {
        cursor.eat("SELECT COUNT").then_some(())?;
        let [each] = cursor.parentheses()? else {
            return None;
        };
        // Of a column it counts the values.
        let of = match each.text(self.sql) {
            "*" | "1" => None,
            _ => Some(ident(self.dialect, self.sql, *each)?),
        };
        let first = self.handed_on(&mut cursor);
        let rows = match (self.rows_asked(&mut cursor)?, of) {
            (rows, None) => rows,
            ((table, None), Some(of)) => (table, Some(of)),
            _ => return None,
        };
        let into = first.or_else(|| self.handed_on(&mut cursor));
        cursor.is_done().then_some((into, rows))
    }

    fn handed_on(&self, cursor: &mut Cursor<'_>) -> Option<String> {
        cursor.eat("INTO").then_some(())?;
        cursor.eat("STRICT");
        cursor.ident()
    }

    /// `FROM t`, or with `WHERE x IS NOT NULL` behind it: of which table, and column.
    fn rows_asked(&self, cursor: &mut Cursor<'_>) -> Option<Among> {
        cursor.eat("FROM").then_some(())?;
        let table = cursor.name()?;
        let column = match cursor.eat("WHERE") {
            true => Some(cursor.ident()?),
            false => None,
        };
        let filled = column.is_none() || cursor.eat("IS NOT NULL");
        if cursor.eat("LIMIT") {
            let any = cursor.peek()?.text(self.sql) == "1";
            any.then(|| cursor.pass(1))?;
        }
        filled.then_some((table, column))
    }
}
