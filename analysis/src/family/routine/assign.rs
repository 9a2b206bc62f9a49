//! Which variables does a statement give another value?

use crate::Dialect;
use crate::act::{Act, Assigned, Step};
use crate::family::Script;
use crate::family::cursor::{Cursor, ident};
use crate::lex::{Kind, Token};

impl Script<'_> {
    /// Notes that the variables named here hold other values from the next statement on.
    pub(in crate::family) fn note_set(&mut self, names: impl IntoIterator<Item = Token>) {
        let names = names
            .into_iter()
            .filter_map(|token| variable(self.dialect, self.sql, token));
        self.set.extend(names);
    }

    /// What was noted, to happen where the statement at hand stands.
    pub(in crate::family) fn noted(&mut self, cursor: Cursor<'_>) -> Vec<Step> {
        let names = std::mem::take(&mut self.set);
        match names.is_empty() || cursor.tokens.is_empty() {
            true => Vec::new(),
            false => cursor.step(Act::Assign(names.into_iter().map(Assigned::anew).collect())),
        }
    }

    /// The variables that a statement sets.
    pub(in crate::family) fn assigns(&self, cursor: Cursor<'_>) -> Vec<Step> {
        let names: Vec<String> = self
            .targets(cursor)
            .into_iter()
            .filter_map(|token| variable(self.dialect, self.sql, token))
            .filter(|name| name != "new" && name != "old")
            .collect();
        match names.is_empty() {
            true => Vec::new(),
            false => cursor.step(Act::Assign(names.into_iter().map(Assigned::anew).collect())),
        }
    }

    fn targets(&self, cursor: Cursor<'_>) -> Vec<Token> {
        let tokens = cursor.tokens;
        let sets =
            |token: &Token| token.is_symbol(self.sql, ":=") || token.is_symbol(self.sql, "=");
        let mut found = Vec::new();
        match self.dialect {
            Dialect::Sqlite => return found,
            Dialect::Postgres if self.assigned(tokens).is_some() => {
                found.extend(tokens.first());
                return found;
            }
            Dialect::MySql if cursor.sees("SET") => {
                let mut items = cursor;
                items.eat("SET");
                for item in items.list() {
                    let at = item.iter().position(sets).unwrap_or(0);
                    found.extend(at.checked_sub(1).and_then(|at| item.get(at)));
                }
            }
            _ => {}
        }
        if cursor.sees("GET") {
            let pairs = tokens.windows(2).filter(|pair| sets(&pair[1]));
            found.extend(pairs.map(|pair| pair[0]));
        }
        if cursor.sees("CALL") {
            // A parameter may be one that the procedure sets.
            let given = tokens
                .iter()
                .position(|token| token.is_symbol(self.sql, "("));
            found.extend(given.into_iter().flat_map(|at| &tokens[at..]));
        }
        if self.dialect == Dialect::MySql {
            // `SELECT @a := @a + 1`
            let within = |pair: &&[Token]| {
                pair[0].kind == Kind::Parameter && pair[1].is_symbol(self.sql, ":=")
            };
            found.extend(tokens.windows(2).filter(within).map(|pair| pair[0]));
        }
        if !cursor.sees_any(&["INSERT", "REPLACE", "MERGE", "LOAD"]) || cursor.holds("RETURNING") {
            found.extend(self.behind_into(cursor));
        }
        found
    }

    /// `INTO STRICT a, b.c`, after which comes another word.
    fn behind_into(&self, cursor: Cursor<'_>) -> Vec<Token> {
        let paths = self.paths_behind_into(cursor).into_iter();
        paths.filter_map(|path| path.first().copied()).collect()
    }

    /// The same, each with what qualifies it.
    pub(in crate::family) fn paths_behind_into(&self, mut cursor: Cursor<'_>) -> Vec<Vec<Token>> {
        let mut found = Vec::new();
        while cursor.skip_to(&["INTO"]) {
            let before = cursor
                .at
                .checked_sub(1)
                .and_then(|at| cursor.tokens.get(at));
            let writes = ["INSERT", "MERGE", "REPLACE", "IGNORE"];
            let is_written =
                before.is_some_and(|token| writes.iter().any(|word| token.is_word(self.sql, word)));
            cursor.eat("INTO");
            if is_written {
                continue;
            }
            cursor.eat("STRICT");
            while let Some(name) = cursor.next() {
                let mut path = vec![name];
                while cursor.eat_symbol(".") {
                    path.extend(cursor.next());
                }
                found.push(path);
                if !cursor.eat_symbol(",") {
                    break;
                }
            }
        }
        found
    }
}

/// The name of a variable, in lower case; that of a user's own has its `@`.
fn variable(dialect: Dialect, sql: &str, token: Token) -> Option<String> {
    match token.kind {
        Kind::Parameter => Some(token.text(sql).to_lowercase()),
        _ => ident(dialect, sql, token).map(|name| name.to_lowercase()),
    }
}
