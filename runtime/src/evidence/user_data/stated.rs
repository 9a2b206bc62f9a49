//! What does the SQL of an up put into a column that it adds?

use std::ops::Range;

use onward_analysis::lex::{Kind, Token, lex};
use onward_analysis::{Dialect, Span};

use crate::evidence::consumers::Names;

/// What ends the value behind `DEFAULT`, where neither a comma nor a parenthesis does.
const ENDS: [&str; 18] = [
    "not",
    "null",
    "unique",
    "primary",
    "key",
    "check",
    "references",
    "constraint",
    "comment",
    "after",
    "first",
    "collate",
    "generated",
    "on",
    "auto_increment",
    "character",
    "visible",
    "invisible",
];

/// What stands behind `DEFAULT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stated<'s> {
    /// No `DEFAULT` at all: the column comes with NULL.
    Nothing,
    /// One value, which each row that is there gets.
    Value(&'s str),
    /// More than one, or another way than `ADD`: which of them a row gets is not told here.
    Unclear,
}

impl<'s> Stated<'s> {
    /// What `sql` says of a column of that name, whatever its table.
    pub(super) fn of(dialect: Dialect, sql: &'s str, column: &str) -> Stated<'s> {
        let mut tokens = lex(sql, dialect);
        tokens.retain(|token| token.is_significant());
        let text = Text {
            dialect,
            sql,
            tokens,
        };
        let all = (0..text.tokens.len()).filter(|at| text.is_word(*at, "default"));
        all.fold(Stated::Nothing, |said, at| {
            said.and(text.stated(at, column))
        })
    }

    /// What two places say together.
    pub(super) fn and(self, other: Stated<'s>) -> Stated<'s> {
        match (self, other) {
            (said, Stated::Nothing) | (Stated::Nothing, said) => said,
            (said, other) if said == other => said,
            _ => Stated::Unclear,
        }
    }
}

struct Text<'s> {
    dialect: Dialect,
    sql: &'s str,
    tokens: Vec<Token>,
}

impl<'s> Text<'s> {
    /// What the `DEFAULT` at that place says of the column.
    fn stated(&self, at: usize, column: &str) -> Stated<'s> {
        let clause = self.begin(at)..at;
        if !clause.clone().any(|at| self.is_name(at, column)) {
            return Stated::Nothing;
        }
        let value = self.value(at + 1);
        if !self.adds(&clause, column) {
            return Stated::Unclear;
        }
        match value {
            "" => Stated::Unclear,
            value if value.eq_ignore_ascii_case("null") => Stated::Nothing,
            value => Stated::Value(value),
        }
    }

    /// Where the clause begins that reaches to that place.
    fn begin(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for before in (0..at).rev() {
            if self.is_symbol(before, ")") {
                depth += 1;
            } else if self.is_symbol(before, "(") {
                let Some(outer) = depth.checked_sub(1) else {
                    return before + 1;
                };
                depth = outer;
            } else if self.is_end(before, depth) {
                return before + 1;
            }
        }
        0
    }

    /// Whether a clause is `ADD COLUMN` of that very column, and no `SET DEFAULT` follows in it.
    fn adds(&self, clause: &Range<usize>, column: &str) -> bool {
        let Some(add) = clause.clone().find(|at| self.is_word(*at, "add")) else {
            return false;
        };
        const BETWEEN: [&str; 4] = ["column", "if", "not", "exists"];
        let is_between = |at: usize| BETWEEN.iter().any(|word| self.is_word(at, word));
        let named = (add + 1..clause.end).find(|at| !is_between(*at));
        named.is_some_and(|named| self.is_name(named, column))
            && !clause.clone().any(|at| self.is_word(at, "set"))
    }

    /// The value that begins at that place, without parentheses around all of it.
    fn value(&self, begin: usize) -> &'s str {
        let mut depth = 0_usize;
        let mut end = begin;
        while end < self.tokens.len() {
            let ends = depth == 0
                && (self.is_symbol(end, ")")
                    || end > begin && ENDS.iter().any(|word| self.is_word(end, word)));
            if ends || self.is_end(end, depth) {
                break;
            }
            depth += usize::from(self.is_symbol(end, "("));
            depth -= usize::from(self.is_symbol(end, ")"));
            end += 1;
        }
        let mut inside = begin..end;
        while inside.len() > 2
            && self.is_symbol(inside.start, "(")
            && self.is_symbol(inside.end - 1, ")")
        {
            inside = inside.start + 1..inside.end - 1;
        }
        let value = self.tokens.get(inside).unwrap_or_default();
        match (value.first(), value.last()) {
            (Some(first), Some(last)) => {
                let (start, end) = (first.span.start, last.span.end);
                Span { start, end }.of(self.sql)
            }
            _ => "",
        }
    }

    /// Whether a comma as deep as the clause itself, or the end of the statement, stands there.
    fn is_end(&self, at: usize, depth: usize) -> bool {
        let token = self.tokens[at];
        token.kind == Kind::Terminator || depth == 0 && self.is_symbol(at, ",")
    }

    fn is_name(&self, at: usize, column: &str) -> bool {
        Names::of(self.dialect, self.tokens[at].text(self.sql)).has(column)
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.tokens[at].is_word(self.sql, word)
    }

    fn is_symbol(&self, at: usize, symbol: &str) -> bool {
        self.tokens[at].is_symbol(self.sql, symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_says_what_each_row_gets() {
        for (sql, value) in [
            ("ALTER TABLE users ADD news boolean DEFAULT true", "true"),
            (
                "ALTER TABLE users ADD COLUMN IF NOT EXISTS news int DEFAULT (0) NOT NULL",
                "0",
            ),
            (
                "ALTER TABLE users ADD news numeric(10, 2) NOT NULL DEFAULT -1 CHECK (news < 7)",
                "-1",
            ),
            (
                "ALTER TABLE users ADD a int DEFAULT 1, ADD NEWS text DEFAULT 'x, y'::text; SELECT 1",
                "'x, y'::text",
            ),
            (
                "ALTER TABLE a ADD news int DEFAULT 1; ALTER TABLE b ADD news int DEFAULT 1;",
                "1",
            ),
        ] {
            for dialect in Dialect::ALL {
                assert_eq!(
                    Stated::of(dialect, sql, "news"),
                    Stated::Value(value),
                    "{sql}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_said_of_it_is_nothing() {
        for sql in [
            "ALTER TABLE users ADD news boolean",
            "ALTER TABLE users ADD news boolean DEFAULT NULL",
            "ALTER TABLE users ADD news boolean, ADD old boolean DEFAULT true",
            "ALTER TABLE users ADD news boolean; ALTER TABLE users ADD old boolean DEFAULT true",
        ] {
            for dialect in Dialect::ALL {
                assert_eq!(Stated::of(dialect, sql, "news"), Stated::Nothing, "{sql}");
            }
        }
    }

    #[test]
    fn what_rows_get_is_not_always_what_stands_there_in_the_end() {
        for sql in [
            "ALTER TABLE users ADD news int; ALTER TABLE users ALTER news SET DEFAULT 1",
            "ALTER TABLE users ADD news int DEFAULT 1; ALTER TABLE users ALTER COLUMN news SET DEFAULT 2",
            "ALTER TABLE users ADD news int DEFAULT 1; ALTER TABLE users ALTER COLUMN news DROP DEFAULT",
            "ALTER TABLE users ADD news int; ALTER TABLE users MODIFY COLUMN news int DEFAULT 1",
            "ALTER TABLE users ADD old int; ALTER TABLE users CHANGE old news int DEFAULT 1",
            "CREATE TABLE anew (id int, news int DEFAULT 1)",
            "ALTER TABLE users ADD news int REFERENCES a ON DELETE SET DEFAULT",
        ] {
            for dialect in Dialect::ALL {
                assert_eq!(Stated::of(dialect, sql, "news"), Stated::Unclear, "{sql}");
            }
        }
    }
}
