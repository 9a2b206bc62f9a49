//! Which row does a trigger's function of PostgreSQL put in the place of the one that it is given?

use crate::act::{Act, Step};
use crate::family::Script;
use crate::family::cursor::{Cursor, ident, whole};
use crate::lex::Token;

/// A variable that is the row which the function is given, but for columns that are set one by one.
struct Copy {
    name: String,
    columns: Vec<String>,
}

impl Script<'_> {
    /// What the row that is written differs in, beside the columns that the statements of the body set in `NEW`: wholly, or in
    /// those that they set in a copy of it.
    pub(super) fn row_put(&self, body: &[Token]) -> Vec<Step> {
        let set = |column| Step {
            act: Act::SetNew(column),
            span: whole(body),
        };
        let copy = self.copy(body);
        if self.puts_another_row(body, copy.as_ref()) {
            return vec![set(None)];
        }
        let columns = copy.into_iter().flat_map(|copy| copy.columns);
        columns.map(|column| set(Some(column))).collect()
    }

    /// Whether the body may write another row than the one that it is given, but for columns that it sets one by one.
    fn puts_another_row(&self, body: &[Token], copy: Option<&Copy>) -> bool {
        if self.is_changed("new", body, |at| self.is_column(body, at)) {
            return true;
        }
        let ends = |token: &Token| token.is_symbol(self.sql, ";");
        let mut returned = (0..body.len()).filter(|at| body[*at].is_word(self.sql, "RETURN"));
        returned.any(|at| {
            let value = body[at + 1..].split(ends).next().unwrap_or_default();
            if let ([only], Some(copy)) = (value, copy)
                && self.is_called(*only, &copy.name)
            {
                return false;
            }
            let words: Vec<String> = value
                .iter()
                .map(|token| token.text(self.sql).to_ascii_lowercase())
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let same = ["new", "old", "null"];
            let either = ["coalesce", "(", "new", ",", "old", ")"];
            !(words.len() == 1 && same.contains(&words[0]) || words == either)
        })
    }

    /// `r := NEW` as the first statement of a body that declares `r record`, or in its declaration, and nothing of `r` set
    /// afterwards but columns. Of another type it would be the row as that type holds it.
    fn copy(&self, body: &[Token]) -> Option<Copy> {
        let mut cursor = Cursor::new(self.dialect, self.sql, body);
        cursor.eat("DECLARE").then_some(())?;
        let mut declared = Vec::new();
        while !cursor.is_done() && !cursor.sees("BEGIN") {
            let mut one = cursor;
            if let Some(name) = one.ident()
                && one.eat("RECORD")
            {
                declared.push((name, self.is_new(one)));
            }
            self.until_semicolon(&mut cursor);
        }
        cursor.eat("BEGIN").then_some(())?;
        let mut first = cursor;
        let assigned = first.ident().filter(|_| self.is_new(first));
        let (name, given) = declared
            .into_iter()
            .find(|(name, given)| *given || assigned.as_ref() == Some(name))?;
        if !given {
            self.until_semicolon(&mut cursor);
        }
        let behind = cursor.rest();
        if self.is_changed(&name, behind, |at| self.is_column(behind, at)) {
            return None;
        }
        let columns = (0..behind.len()).filter_map(|at| {
            let of_it = self.is_called(behind[at], &name) && self.is_column(behind, at);
            let is_set = of_it && self.assigned(&behind[at..]).is_some();
            let column = behind.get(at + 2).filter(|_| is_set)?;
            ident(self.dialect, self.sql, *column)
        });
        let columns = columns.collect();
        Some(Copy { name, columns })
    }

    /// Whether what follows is `:= NEW;`.
    fn is_new(&self, mut cursor: Cursor<'_>) -> bool {
        let given = cursor.eat_symbol(":=") || cursor.eat_symbol("=") || cursor.eat("DEFAULT");
        given && cursor.eat("NEW") && cursor.sees_symbol(";")
    }

    fn is_called(&self, token: Token, name: &str) -> bool {
        ident(self.dialect, self.sql, token).is_some_and(|own| own == name)
    }

    /// Whether a column of the row that is named at `at` is meant.
    fn is_column(&self, body: &[Token], at: usize) -> bool {
        let is = |at: usize| {
            let token = body.get(at);
            token.is_some_and(|token| token.is_symbol(self.sql, "."))
        };
        is(at + 1) && !at.checked_sub(1).is_some_and(is)
    }
}
