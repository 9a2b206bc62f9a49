//! What do the statements of a script ask for, those included that the grammar rejects?
//!
//! A statement is read by the grammar. What that rejects is judged on our own tokens: mended where it fails on a
//! detail that means nothing here, or recognised by its leading words. Bodies of routines are followed statement by
//! statement, and so is SQL built at run time where every text that it can be is written in the script.

mod alter;
mod block;
mod cursor;
mod drop;
mod dynamic;
mod literal;
mod mend;
mod mysql;
mod postgres;
mod routine;
mod sqlite;

use crate::act::{Act, Body, Step};
use crate::lex::{Token, lex};
use crate::split::{Piece, split};
use crate::{Dialect, Span, read};
use cursor::Cursor;
use dynamic::Dynamic;

/// What each of the `pieces` of `sql` asks for.
pub(crate) fn steps(dialect: Dialect, sql: &str, pieces: &[Piece]) -> Vec<Vec<Step>> {
    let mut script = Script::new(dialect, sql, 0);
    pieces
        .iter()
        .map(|piece| match piece.broken {
            Some(broken) => vec![unknown(piece.span, broken)],
            None if piece.is_command() => {
                vec![unknown(piece.span, "it is a command for a client, not for the server")]
            }
            None => script.statement(&piece.tokens),
        })
        .collect()
}

/// What the body of a routine does; `text` stands in the script from byte `base` on.
pub(crate) fn body(dialect: Dialect, language: &str, text: &str, base: u32) -> Body {
    let mut script = Script::new(dialect, text, 1);
    let mut steps = match language {
        "sql" => script.script(),
        "plpgsql" => script.block(),
        _ => return Body::Unknown(format!("a body in {language} is not followed")),
    };
    shift(&mut steps, base);
    Body::Steps(steps)
}

/// How deep texts within texts are followed.
const DEEPEST: u32 = 8;

/// A text whose statements are read in order.
struct Script<'a> {
    dialect: Dialect,
    sql: &'a str,
    dynamic: Dynamic,
    depth: u32,
}

impl<'a> Script<'a> {
    fn new(dialect: Dialect, sql: &'a str, depth: u32) -> Script<'a> {
        Script {
            dialect,
            sql,
            dynamic: Dynamic::default(),
            depth,
        }
    }

    fn cursor(&self, tokens: &'a [Token]) -> Cursor<'a> {
        Cursor::new(self.dialect, self.sql, tokens)
    }

    /// Every statement of the text.
    fn script(&mut self) -> Vec<Step> {
        let pieces = split(self.sql, self.dialect);
        steps(self.dialect, self.sql, &pieces).concat()
    }

    /// The text as the body of a routine in a procedural language.
    fn block(&mut self) -> Vec<Step> {
        let tokens: Vec<Token> = lex(self.sql, self.dialect)
            .into_iter()
            .filter(|token| token.is_significant())
            .collect();
        self.procedure(&tokens)
    }

    /// What another text asks for, placed at `span`.
    fn other(&self, sql: &str, span: Span) -> Vec<Step> {
        if self.depth >= DEEPEST {
            return vec![unknown(span, "it holds SQL in SQL too many times over")];
        }
        let mut steps = Script::new(self.dialect, sql, self.depth + 1).script();
        place(&mut steps, span);
        steps
    }

    /// What one statement asks for.
    fn statement(&mut self, tokens: &[Token]) -> Vec<Step> {
        let cursor = Cursor::new(self.dialect, self.sql, tokens);
        if let Some(steps) = self.dynamic(cursor) {
            return steps;
        }
        if let Some(steps) = self.routine(cursor) {
            return steps;
        }
        let plain = plain(self.sql, tokens);
        let base = cursor.whole().start;
        if let Some(steps) = read::read(self.dialect, &plain, base) {
            return steps;
        }
        self.rejected(cursor, &plain)
            .unwrap_or_else(|| vec![unknown(cursor.whole(), "it is not understood")])
    }

    /// What a statement asks for that the grammar rejects.
    fn rejected(&mut self, cursor: Cursor<'_>, plain: &str) -> Option<Vec<Step>> {
        let base = cursor.whole().start;
        if let Some(mended) = mend::mend(cursor, plain) {
            if let Some(steps) = read::read(self.dialect, &mended, base) {
                return Some(steps);
            }
        }
        if let Some(steps) = alter::alter_table(cursor) {
            return Some(steps);
        }
        match self.dialect {
            Dialect::Sqlite => sqlite::family(cursor),
            Dialect::Postgres => postgres::family(cursor),
            Dialect::MySql => mysql::family(cursor),
        }
    }
}

/// The text of `tokens` with everything between them blanked, beginning where the first of them begins.
fn plain(sql: &str, tokens: &[Token]) -> String {
    let piece = Piece {
        span: cursor::whole(tokens),
        tokens: tokens.to_vec(),
        broken: None,
    };
    piece.plain(sql)
}

fn unknown(span: Span, reason: &str) -> Step {
    Step {
        act: Act::Unknown(reason.to_owned()),
        span,
    }
}

/// Places every one of `steps` at `span`.
fn place(steps: &mut [Step], span: Span) {
    each_span(steps, &mut |at| *at = span);
}

/// Moves every one of `steps` by `base` bytes.
fn shift(steps: &mut [Step], base: u32) {
    each_span(steps, &mut |at| {
        at.start = at.start.saturating_add(base);
        at.end = at.end.saturating_add(base);
    });
}

fn each_span(steps: &mut [Step], change: &mut impl FnMut(&mut Span)) {
    for step in steps {
        change(&mut step.span);
        match &mut step.act {
            Act::Block { steps, .. } => each_span(steps, change),
            Act::CreateTrigger(trigger) => each_body(&mut trigger.body, change),
            Act::CreateRoutine(routine) => each_body(&mut routine.body, change),
            _ => {}
        }
    }
}

fn each_body(body: &mut Body, change: &mut impl FnMut(&mut Span)) {
    if let Body::Steps(steps) = body {
        each_span(steps, change);
    }
}
