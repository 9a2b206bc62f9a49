//! What do the definitions of routines and triggers hold, and what does a `DO` block do?

pub(super) mod assign;
pub(super) mod batches;
pub(super) mod block;
pub(super) mod branches;
pub(super) mod control;
pub(super) mod declarations;
pub(super) mod each;
pub(super) mod event;
pub(super) mod few;
pub(super) mod fired;
pub(super) mod guards;
pub(super) mod leaf;
pub(super) mod listed;
pub(super) mod raise;
pub(super) mod repeated;
pub(super) mod row_put;

use std::sync::Arc;

use super::Script;
use super::cursor::Cursor;
use super::dynamic::Procedure;
use super::literal::{dollar, string};
use super::mention;
use super::spans::shift;
use crate::Dialect;
use crate::act::{Act, Body, Event, Fires, Routine, Runs, Step, Timing, Trigger};
use crate::lex::{Kind, Token};

impl Script<'_> {
    /// What a statement asks for that defines or runs a body; none if it does not.
    pub(super) fn routine(&mut self, mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
        match self.dialect {
            Dialect::Postgres if cursor.eat("DO") => self.do_block(cursor),
            Dialect::MySql if cursor.sees("BEGIN NOT ATOMIC") || is_block(&cursor) => {
                Some(self.procedure(cursor.tokens))
            }
            _ if cursor.eat("CREATE") => self.create(cursor),
            Dialect::MySql if is_event(&cursor) => Some(self.event(cursor)),
            _ => None,
        }
    }

    fn create(&mut self, mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
        let or_replace = cursor.eat("OR REPLACE");
        if cursor.eat("DEFINER") {
            definer(&mut cursor);
        }
        cursor.eat_any(&["TEMPORARY", "TEMP", "AGGREGATE"]);
        match self.dialect {
            Dialect::Postgres if cursor.eat_any(&["FUNCTION", "PROCEDURE"]) => {
                let name = cursor.name()?;
                let parameters = self.parameters(cursor.parentheses()?);
                let given = std::mem::take(&mut self.given).into_iter();
                let held = parameters.iter().cloned().zip(given);
                self.held = held
                    .filter_map(|(name, text)| Some((name, text?)))
                    .collect();
                let body = match self.reads_bodies {
                    true => self.body_of_postgres(cursor).at_hand(),
                    false => Arc::default(),
                };
                Some(cursor.step(Act::CreateRoutine(Routine {
                    name,
                    parameters,
                    take: Vec::new(),
                    or_replace,
                    lent: false,
                    body,
                    text: cursor.text(),
                })))
            }
            Dialect::Postgres if cursor.eat("OPERATOR") => {
                let text = cursor;
                mention::operator(cursor).map(|act| text.step(act))
            }
            Dialect::MySql if cursor.eat_any(&["FUNCTION", "PROCEDURE"]) => {
                cursor.if_not_exists();
                let name = cursor.name()?;
                let within = cursor.parentheses()?;
                let parameters = self.parameters(within);
                let take = self.taken(within);
                let body = match characteristics(&mut cursor) {
                    // A function of a library.
                    true => Body::Unknown("it runs code from outside of the database".to_owned()),
                    false => {
                        let (parameters, take) = (parameters.clone(), take.clone());
                        let body = cursor.rest().to_vec();
                        Body::Steps(self.define(
                            &name.name,
                            Procedure {
                                parameters,
                                take,
                                body,
                            },
                        ))
                    }
                };
                Some(cursor.step(Act::CreateRoutine(Routine {
                    name,
                    parameters,
                    take,
                    or_replace,
                    lent: false,
                    body: body.at_hand(),
                    text: cursor.text(),
                })))
            }
            Dialect::MySql if cursor.eat("EVENT") => Some(self.event(cursor)),
            Dialect::Sqlite | Dialect::MySql if cursor.eat("TRIGGER") => {
                self.trigger(cursor, or_replace)
            }
            _ => None,
        }
    }

    /// The names of a routine's parameters.
    fn parameters(&self, within: &[Token]) -> Vec<String> {
        let items = Cursor::new(self.dialect, self.sql, within).list();
        let name = |item: &[Token]| {
            let mut item = Cursor::new(self.dialect, self.sql, item);
            item.eat_any(&["INOUT", "IN", "OUT", "VARIADIC"]);
            item.ident().unwrap_or_default().to_lowercase()
        };
        items.into_iter().map(name).collect()
    }

    /// Of each parameter the constants that its type takes as they are, where they are short.
    fn taken(&self, within: &[Token]) -> Vec<Option<Kind>> {
        let items = Cursor::new(self.dialect, self.sql, within).list();
        let kind = |item: &[Token]| {
            let mut item = Cursor::new(self.dialect, self.sql, item);
            let out = item.eat("OUT");
            item.eat_any(&["INOUT", "IN"]);
            item.ident();
            let kind = match item {
                _ if item.eat_any(&["INT", "INTEGER", "BIGINT"]) => Kind::Number,
                _ if item.eat_any(&["TEXT", "LONGTEXT"]) => Kind::Text,
                _ => return None,
            };
            (!out && item.is_done()).then_some(kind)
        };
        items.into_iter().map(kind).collect()
    }

    fn trigger(&mut self, mut cursor: Cursor<'_>, or_replace: bool) -> Option<Vec<Step>> {
        let if_not_exists = cursor.if_not_exists();
        let name = cursor.name()?;
        let timing = if cursor.eat("INSTEAD OF") {
            Timing::Instead
        } else if cursor.eat("AFTER") {
            Timing::After
        } else {
            cursor.eat("BEFORE");
            Timing::Before
        };
        let (mut on, mut of) = (Vec::new(), Vec::new());
        while !cursor.eat("ON") {
            let event = cursor.next()?;
            let is = |word| event.is_word(self.sql, word);
            if is("INSERT") {
                on.push(Event::Insert);
            } else if is("UPDATE") {
                on.push(Event::Update);
                if cursor.eat("OF") {
                    of.push(cursor.ident()?);
                    while cursor.eat_symbol(",") {
                        of.push(cursor.ident()?);
                    }
                }
            } else if is("DELETE") {
                on.push(Event::Delete);
            }
        }
        let table = cursor.name()?;
        cursor.eat("FOR EACH ROW");
        if cursor.eat_any(&["FOLLOWS", "PRECEDES"]) {
            cursor.ident();
        }
        let mut when = None;
        if self.dialect == Dialect::Sqlite {
            let condition = cursor.eat("WHEN").then_some(cursor.at);
            cursor.skip_to(&["BEGIN"]);
            when = condition.map(|start| super::plain(self.sql, &cursor.tokens[start..cursor.at]));
        }
        let steps = self.procedure(cursor.rest());
        let steps = self.of_row(cursor.rest(), steps);
        Some(cursor.step(Act::CreateTrigger(Trigger {
            name,
            table: Some(table),
            on,
            of,
            timing,
            each_row: true,
            fires: Fires::Normally,
            when,
            body: Body::Steps(steps),
            or_replace,
            if_not_exists,
            text: cursor.text(),
        })))
    }

    /// `DO [LANGUAGE name] 'body' [LANGUAGE name]`.
    fn do_block(&mut self, mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
        let mut language = "plpgsql".to_owned();
        let mut body = None;
        while let Some(token) = cursor.next() {
            if token.is_word(self.sql, "LANGUAGE") {
                language = self.language(&mut cursor)?;
            } else {
                body = Some(token);
            }
        }
        if language == "plpgsql" && self.raises_at_once(body?) {
            return Some(cursor.step(Act::Fails("it raises an exception".to_owned())));
        }
        let steps = match self.body_text(&language, body?) {
            Body::Steps(steps) => steps,
            Body::Unknown(reason) => cursor.step(Act::Unknown(reason)),
            Body::Routine(_) => return None,
        };
        Some(cursor.step(Act::Block {
            runs: Runs::Once,
            steps,
        }))
    }

    fn language(&self, cursor: &mut Cursor<'_>) -> Option<String> {
        let token = cursor.peek()?;
        let name = match token.kind {
            Kind::Text => {
                cursor.next();
                string(self.dialect, self.sql, token)?
            }
            _ => cursor.ident()?,
        };
        Some(name.to_lowercase())
    }

    /// The body of a function or procedure whose head has been read up to its parameters.
    fn body_of_postgres(&mut self, mut cursor: Cursor<'_>) -> Body {
        let mut language = None;
        let mut text = None;
        let mut path = None;
        let mut own = Vec::new();
        let is_word = |(token, word): (&Token, &str)| token.is_word(self.sql, word);
        let is_triggers = cursor
            .rest()
            .windows(2)
            .any(|pair| is_word((&pair[0], "RETURNS")) && is_word((&pair[1], "TRIGGER")));
        while !cursor.is_done() {
            if cursor.eat("SET SEARCH_PATH FROM CURRENT") {
                // Where another one is set by then, the body is not followed.
                path = Some(Vec::new());
                continue;
            }
            if cursor.eat("SET SEARCH_PATH") {
                path = Some(self.own_path(&mut cursor)).filter(|path| !path.is_empty());
                continue;
            }
            if cursor.sees("SET")
                && let Some(setting) = cursor.rest().get(..4)
            {
                // It is as before once the body has run. That it may be exact while it does is not relied on.
                let setting = Cursor::new(self.dialect, self.sql, setting);
                if setting.holds("session_replication_role") {
                    let reason = "whether triggers fire while it runs is its own setting";
                    return Body::Unknown(reason.to_owned());
                }
                let steps = self.settings(setting);
                own.extend(steps.into_iter().filter(loosens));
            }
            if cursor.sees("BEGIN ATOMIC") {
                return Body::Steps(self.procedure(cursor.rest()));
            }
            if cursor.eat("LANGUAGE") {
                language = self.language(&mut cursor);
            } else if cursor.eat("AS") {
                text = cursor.next();
            } else if cursor.eat("RETURN") {
                return Body::Steps(self.expression(cursor.rest()));
            } else {
                cursor.skip();
            }
        }
        let Some(text) = text else {
            return Body::Unknown("its body is not understood".to_owned());
        };
        self.is_triggers = is_triggers;
        let body = self.body_text(language.as_deref().unwrap_or("sql"), text);
        self.is_triggers = false;
        let body = match body {
            Body::Steps(steps) if !own.is_empty() => {
                let after = own.clone();
                Body::Steps([own, steps, after].concat())
            }
            body => body,
        };
        match (body, path) {
            (Body::Steps(steps), Some(path)) => {
                Body::Steps(cursor.step(Act::UnderPath(path, steps)))
            }
            (body, _) => body,
        }
    }

    /// The schemas that `SET search_path` of a routine names.
    fn own_path(&self, cursor: &mut Cursor<'_>) -> Vec<String> {
        if !cursor.eat_symbol("=") {
            cursor.eat("TO");
        }
        let mut path = Vec::new();
        while let Some(token) = cursor.peek() {
            let Some(schema) =
                string(self.dialect, self.sql, token).or_else(|| cursor.clone().ident())
            else {
                break;
            };
            cursor.next();
            path.extend(Some(schema).filter(|schema| !schema.is_empty()));
            if !cursor.eat_symbol(",") {
                break;
            }
        }
        path
    }

    /// The body that a string or dollar quote holds.
    fn body_text(&mut self, language: &str, token: Token) -> Body {
        let Some(text) = string(self.dialect, self.sql, token) else {
            return Body::Unknown("its body is not a text".to_owned());
        };
        if self.depth >= super::DEEPEST {
            return Body::Unknown("it holds bodies in bodies too many times over".to_owned());
        }
        let mut script = Script::new(self.dialect, &text, self.depth + 1);
        script.is_triggers = self.is_triggers;
        for (name, text) in std::mem::take(&mut self.held) {
            script.dynamic.set(name, Some(vec![text]));
        }
        let mut steps = match language {
            "sql" => script.script(),
            "plpgsql" => script.block(),
            _ => return Body::Unknown(format!("a body in {language} is not followed")),
        };
        match dollar(token.text(self.sql)).filter(|_| token.kind == Kind::Dollar) {
            Some((tag, _)) => {
                let base = token
                    .span
                    .start
                    .saturating_add(u32::try_from(tag).unwrap_or(0));
                shift(&mut steps, base);
            }
            // Its escapes have moved everything.
            None => super::place(&mut steps, token.span),
        }
        Body::Steps(steps)
    }
}

/// Whether a setting makes less certain what values become.
fn loosens(step: &Step) -> bool {
    match &step.act {
        Act::Assign(set) => set.iter().all(|one| one.constant.is_none()),
        other => matches!(other, Act::Unknown(_) | Act::ActsAs { other: true }),
    }
}

/// Whether a block of MariaDB stands outside of a routine.
fn is_block(cursor: &Cursor<'_>) -> bool {
    cursor.sees_any(&["IF", "CASE", "LOOP", "WHILE", "FOR"])
}

/// `ALTER [DEFINER = …] EVENT`.
fn is_event(cursor: &Cursor<'_>) -> bool {
    let mut cursor = *cursor;
    if !cursor.eat("ALTER") {
        return false;
    }
    if cursor.eat("DEFINER") {
        definer(&mut cursor);
    }
    cursor.sees("EVENT")
}

/// `= user@host` or `= CURRENT_USER()`, and what MySQL lets follow it.
fn definer(cursor: &mut Cursor<'_>) {
    let kinds = [
        "FUNCTION",
        "PROCEDURE",
        "TRIGGER",
        "EVENT",
        "AGGREGATE",
        "VIEW",
        "SQL",
    ];
    cursor.skip_to(&kinds);
}

/// What stands between the parameters of a routine of MySQL and its body; says whether the body is a library's.
fn characteristics(cursor: &mut Cursor<'_>) -> bool {
    if cursor.eat("RETURNS") {
        cursor.next();
        cursor.parentheses();
        while cursor.eat_any(&["UNSIGNED", "ZEROFILL", "PRECISION", "VARYING", "BINARY"])
            || (cursor.eat_any(&["CHARSET", "CHARACTER SET", "COLLATE"]) && cursor.next().is_some())
        {
        }
    }
    loop {
        if cursor.sees("SONAME") {
            return true;
        }
        let plain = [
            "DETERMINISTIC",
            "NOT DETERMINISTIC",
            "CONTAINS SQL",
            "NO SQL",
            "READS SQL DATA",
            "MODIFIES SQL DATA",
            "LANGUAGE SQL",
            "SQL SECURITY DEFINER",
            "SQL SECURITY INVOKER",
        ];
        if cursor.eat("COMMENT") {
            cursor.next();
        } else if !cursor.eat_any(&plain) {
            return false;
        }
    }
}
