//! Which text is put together from literals, names and values, and what does it ask for whatever the names are?

use super::texts::{LONGEST, Texts, join};
use crate::act::{Act, Change, HOLE, Step};
use crate::family::Script;
use crate::family::cursor::Cursor;
use crate::lex::Token;
use crate::{Dialect, Span};

impl Script<'_> {
    /// The texts of `a || b`, `format('…', a)` and `quote_ident(a)`; none in the outer option if it is none of them.
    pub(in crate::family) fn assembled(&self, cursor: Cursor<'_>, depth: u32) -> Option<Texts> {
        if self.dialect != Dialect::Postgres {
            return None;
        }
        let parts = self.operands(cursor);
        if parts.len() > 1 {
            let inner = |part: &&[Token]| self.texts_within(part, depth);
            let parts: Option<Vec<Vec<String>>> = parts.iter().map(inner).collect();
            return Some(parts.and_then(|parts| join(&parts)));
        }
        let mut call = cursor;
        let function = call.ident()?;
        let arguments = call.parentheses().filter(|_| call.is_done())?;
        let arguments = Cursor::new(self.dialect, self.sql, arguments).list();
        let one = |argument: &[Token]| only(self.texts_within(argument, depth));
        let text = match (function.as_str(), arguments.as_slice()) {
            ("quote_ident", [name]) => one(name).map(|name| quoted(&name, '"')),
            ("quote_literal" | "quote_nullable", [value]) => {
                one(value).map(|text| quoted(&text, '\''))
            }
            ("format", [pattern, values @ ..]) => {
                let values: Vec<Option<String>> = values.iter().map(|value| one(value)).collect();
                one(pattern).and_then(|pattern| format(&pattern, &values))
            }
            _ => return None,
        };
        let text = text.filter(|text| text.len() <= LONGEST);
        Some(text.map(|text| vec![text]))
    }

    /// What running a text asks for of which only names are not known, where it loses nothing whatever they are.
    pub(in crate::family) fn whatever_the_names(
        &self,
        value: &[Token],
        cursor: Cursor<'_>,
    ) -> Option<Vec<Step>> {
        if self.dialect != Dialect::Postgres {
            return None;
        }
        let text = self.with_holes(value)?;
        self.with_any_name(&text, cursor.whole())
    }

    /// What a text asks for in which [`HOLE`] stands for names, where it loses nothing whatever they are.
    pub(in crate::family) fn with_any_name(&self, text: &str, span: Span) -> Option<Vec<Step>> {
        let steps = self.other(text, span);
        let harmless = !steps.is_empty() && steps.iter().all(|step| is_harmless(&step.act));
        let somewhere = |step: Step| Step {
            act: Act::Somewhere(Box::new(step.act)),
            span: step.span,
        };
        harmless.then(|| steps.into_iter().map(somewhere).collect())
    }

    fn with_holes(&self, value: &[Token]) -> Option<String> {
        let cursor = Cursor::new(self.dialect, self.sql, value);
        let known = |part: &[Token]| only(self.texts(part));
        let parts = self.operands(cursor);
        if let [_, _, ..] = parts.as_slice() {
            // What the statement is must be known.
            let first = known(parts.first()?)?;
            let rest = parts.iter().skip(1);
            let mut text = first;
            for part in rest {
                text += &known(part).unwrap_or_else(|| HOLE.to_owned());
                (text.len() <= LONGEST).then_some(())?;
            }
            return Some(text);
        }
        let mut call = cursor;
        call.eat("FORMAT").then_some(())?;
        let arguments = call.parentheses()?;
        let arguments = Cursor::new(self.dialect, self.sql, arguments).list();
        let (pattern, values) = arguments.split_first()?;
        let values = values.iter();
        let values: Vec<Option<String>> = values
            .map(|value| known(value).or_else(|| Some(HOLE.to_owned())))
            .collect();
        format(&known(pattern)?, &values)
    }

    /// What stands between the `||` outside of parentheses.
    fn operands<'t>(&self, mut cursor: Cursor<'t>) -> Vec<&'t [Token]> {
        let (mut parts, mut start) = (Vec::new(), cursor.at);
        while !cursor.is_done() {
            if cursor.sees_symbol("||") {
                parts.push(&cursor.tokens[start..cursor.at]);
                start = cursor.at + 1;
            }
            cursor.skip();
        }
        parts.push(cursor.tokens.get(start..).unwrap_or(&[]));
        parts
    }

    /// What a statement does to the texts that the variables of a body hold.
    pub(in crate::family) fn note_variables(&mut self, tokens: &[Token]) {
        let cursor = Cursor::new(self.dialect, self.sql, tokens);
        if let Some(value) = self.assigned(tokens) {
            let mut name = cursor;
            let Some(name) = name.ident() else { return };
            let simple = tokens.get(1).is_some_and(|token| {
                token.is_symbol(self.sql, ":=") || token.is_symbol(self.sql, "=")
            });
            let texts = if simple { self.texts(value) } else { None };
            self.dynamic.set(name, texts);
        } else if cursor.holds("INTO") || cursor.sees_any(&["GET", "FETCH", "CALL"]) {
            self.forget_each(tokens);
        }
    }

    /// A declared variable holds its first value.
    pub(in crate::family) fn note_declared(&mut self, declaration: &[Token]) {
        self.note_set(declaration.first().copied());
        let Some(name) = Cursor::new(self.dialect, self.sql, declaration).ident() else {
            return;
        };
        let value = declaration.iter().position(|token| {
            token.is_symbol(self.sql, ":=")
                || token.is_symbol(self.sql, "=")
                || token.is_word(self.sql, "DEFAULT")
        });
        let value = value.map(|at| &declaration[at + 1..]);
        let texts = value.and_then(|value| self.texts(value));
        self.dynamic.set(name.clone(), texts);
        if let Some(list) = value.and_then(|value| self.listed(value)) {
            self.dynamic.lists.insert(name, list);
        }
    }

    /// What a loop sets may hold anything in its second round.
    pub(in crate::family) fn forget_set_in(&mut self, tokens: &[Token]) {
        const FAR: usize = 512;
        if self.dialect != Dialect::Postgres || self.dynamic.variables.is_empty() {
            return;
        }
        if tokens.len() > FAR {
            self.dynamic.forget_all();
            return;
        }
        let set: Vec<Token> = tokens
            .windows(2)
            .filter(|pair| pair[1].is_symbol(self.sql, ":=") || pair[1].is_symbol(self.sql, "="))
            .map(|pair| pair[0])
            .collect();
        self.forget_each(&set);
    }

    /// A loop sets the variables that are named here.
    pub(in crate::family) fn forget_named(&mut self, tokens: &[Token]) {
        self.note_set(tokens.iter().copied());
        self.forget_each(tokens);
    }

    /// Nobody knows any longer what the variables hold that are named here.
    fn forget_each(&mut self, tokens: &[Token]) {
        for token in tokens {
            if let Some(name) = crate::family::cursor::ident(self.dialect, self.sql, *token) {
                self.dynamic.forget(&name);
            }
        }
    }
}

/// Whether it loses nothing, whatever the names in it stand for.
fn is_harmless(act: &Act) -> bool {
    match act {
        Act::Inert
        | Act::Outside
        | Act::ChangeAttribute(_)
        | Act::DropForeignTable(_)
        | Act::Decorate { .. }
        | Act::CreateIndex(_)
        | Act::DropIndex { .. }
        | Act::RenameIndex { .. }
        | Act::CreateSequence { .. }
        | Act::RenameSequence { .. }
        | Act::CreateSchema { .. }
        | Act::AddLabel { .. } => true,
        Act::AlterTable { change, .. } => matches!(
            change,
            Change::Inert
                | Change::AddColumn { .. }
                | Change::SetDefault { .. }
                | Change::SetNotNull(_)
                | Change::DropNotNull(_)
                | Change::AddConstraint(_)
                | Change::DropConstraint { .. }
                | Change::DropForeignKey(_)
                | Change::DropIndex { .. }
                | Change::AlterConstraint
                | Change::RenameConstraint { .. }
                | Change::RowSecurity(_)
                | Change::ForceRowSecurity(_)
                | Change::OwnerTo { .. }
        ),
        _ => false,
    }
}

fn only(texts: Texts) -> Option<String> {
    match texts?.as_slice() {
        [text] => Some(text.clone()),
        _ => None,
    }
}

fn quoted(text: &str, quote: char) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if quote == '"' && !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let doubled = text.replace(quote, &format!("{quote}{quote}"));
    format!("{quote}{doubled}{quote}")
}

/// What `format` makes of a pattern; none where it needs a value that is not known, says more than `%s`, `%I`, `%L`, or
/// makes too long a text of them.
fn format(pattern: &str, values: &[Option<String>]) -> Option<String> {
    let (mut text, mut next) = (String::new(), 0);
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let mut number = String::new();
        while let Some(digit) = letters.next_if(char::is_ascii_digit) {
            number.push(digit);
        }
        if !number.is_empty() {
            letters.next_if_eq(&'$')?;
            next = number.parse::<usize>().ok()?.checked_sub(1)?;
        }
        let kind = letters.next()?;
        if kind == '%' {
            text.push('%');
            continue;
        }
        let value = values.get(next)?.as_ref()?;
        next += 1;
        match kind {
            's' => text.push_str(value),
            'I' => text.push_str(&quoted(value, '"')),
            'L' => text.push_str(&quoted(value, '\'')),
            _ => return None,
        }
        (text.len() <= LONGEST).then_some(())?;
    }
    Some(text)
}
