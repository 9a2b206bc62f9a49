//! What do the declarations of a body ask for?

use super::branches::conditions;
use crate::Dialect;
use crate::act::{Act, Assigned, Scope, Step};
use crate::family::Script;
use crate::family::cursor::Cursor;
use crate::lex::Token;

impl Script<'_> {
    /// Of PostgreSQL everything up to `BEGIN`, and the block; of MySQL one declaration.
    pub(in crate::family) fn declarations(&mut self, cursor: &mut Cursor<'_>) -> Vec<Step> {
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
            self.note_condition(declaration);
            let mut steps = self.initial(declaration);
            let names = self.declared(declaration);
            let cursor = Cursor::new(self.dialect, self.sql, declaration);
            self.declare_locals(cursor, &names);
            steps.extend(anew(names, Scope::Begins, declaration));
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
        let names: Vec<String> = names.collect();
        for name in &names {
            self.dynamic.forget(name);
        }
        steps.extend(anew(names, Scope::Ends, declarations));
        steps
    }

    /// The names that a declaration begins with, in lower case.
    pub(in crate::family) fn declared(&self, declaration: &[Token]) -> Vec<String> {
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

    /// What computing a declared variable's first value asks for.
    pub(in crate::family) fn initial(&mut self, declaration: &[Token]) -> Vec<Step> {
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
}

/// These variables hold other values from here on, where their names begin to be theirs, or cease to be.
pub(in crate::family) fn anew(names: Vec<String>, scope: Scope, tokens: &[Token]) -> Option<Step> {
    let names = names.into_iter().map(|name| Assigned::anew(name).at(scope));
    let names: Vec<_> = names.collect();
    (!names.is_empty()).then(|| Step {
        act: Act::Assign(names),
        span: crate::family::cursor::whole(tokens),
    })
}
