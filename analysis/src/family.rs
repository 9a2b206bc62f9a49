//! What do the statements of a script ask for, those included that the grammar rejects?
//!
//! A statement is read by the grammar. What that rejects is judged on our own tokens: mended where it fails on a
//! detail that means nothing here, or recognised by its leading words. Bodies of routines are followed statement by
//! statement, and so is SQL built at run time where every text that it can be is written in the script.

mod cursor;
mod drop;
mod dynamic;
pub(crate) mod elsewhere;
mod idle;
mod literal;
mod made;
mod mend;
mod mention;
mod mysql;
mod parts;
mod postgres;
mod quick;
mod routine;
mod session;
mod slip;
mod spans;
mod sqlite;
mod table;
mod view;

use crate::act::{Act, Change, Events, Step};
use crate::lex::{Token, lex};
use crate::read::{self, Depth};
use crate::split::{self, Piece};
use crate::{Dialect, Span};
use cursor::Cursor;
use dynamic::Dynamic;
pub(super) use parts::arguments;
pub(crate) use parts::{
    altered_routine, attributes, body, called, called_in, decoration, filled_by, may_skip,
};
use routine::block::{Failing, Left};
pub(crate) use spans::place;
pub(crate) use sqlite::{full_text_columns, keeps_text};
pub(crate) use view::query_of_view;

/// How the reason begins where the grammar has no such statement: another database's, a new one, or a misspelt one.
pub(crate) const REJECTED: &str = "it is not understood";

/// What each of the `pieces` of `sql` asks for.
pub(crate) fn steps(dialect: Dialect, sql: &str, pieces: &[Piece]) -> Vec<Vec<Step>> {
    Script::new(dialect, sql, 0).pieces(pieces)
}

/// What a text asks for that was read before, under other names.
pub(crate) fn read_again(dialect: Dialect, sql: &str) -> Vec<Step> {
    let pieces = split::split(sql, dialect);
    steps(dialect, sql, &pieces).into_iter().flatten().collect()
}

pub(crate) use made::{
    called_in_partition_key, collation, collation_schema, defaults, functions_of_type, multirange,
    replaces, server, subtype,
};
pub(crate) use mention::{Mention, Names, builds_anew, mentions, mentions_in};
pub(crate) use sqlite::asked as pragma;
pub(crate) use table::beside::{keeps_history, members};
pub(crate) use table::index::parts as index_parts;
pub(crate) use table::storage::storage;

fn significant(dialect: Dialect, text: &str) -> Vec<Token> {
    let mut tokens = lex(text, dialect);
    tokens.retain(|token| token.is_significant());
    tokens
}

/// Whether it may be about the row that a cursor stands at.
fn is_of_rows(step: &Step) -> bool {
    matches!(step.act, Act::Update(_) | Act::Delete(_))
}

/// A statement on the row that a cursor stands at: one, and nobody can tell which.
fn of_cursor(step: &mut Step) {
    match &mut step.act {
        Act::Update(update) => update.limited = true,
        Act::Delete(delete) => delete.limited = true,
        _ => {}
    }
}

/// How deep texts within texts are followed.
const DEEPEST: u32 = 8;

/// A text whose statements are read in order.
struct Script<'a> {
    dialect: Dialect,
    sql: &'a str,
    dynamic: Dynamic,
    /// How many texts this one stands in.
    depth: u32,
    /// How many blocks the statement at hand stands in.
    nesting: u32,
    /// Whether the block at hand has been left.
    left: Left,
    /// What the conditions asked by which it is left.
    left_by: Vec<String>,
    /// What the statement just before has counted.
    counted: Option<routine::guards::Counted>,
    /// Whether that was the whole body.
    returns: bool,
    /// Whether EXIT or LEAVE may have gone behind the end of the block at hand.
    exits: bool,
    /// The variables that hold other values from the next statement on.
    set: Vec<String>,
    /// For which events a trigger's function comes to the place at hand.
    events: Events,
    /// Whether something else is called `TG_OP` in the body, or may be put into it.
    hides_event: bool,
    /// Whether the body is that of a trigger's function.
    is_triggers: bool,
    /// What a failing statement of the block at hand lets run.
    failing: Failing,
    /// The conditions of MySQL that the blocks at hand declare, and whether each is an error.
    conditions: Vec<(String, bool)>,
    /// Whether the bodies of routines are read with their definitions.
    reads_bodies: bool,
    /// What the routine that is defined next is called with, where it is read for one call.
    given: Vec<Option<String>>,
    /// What its parameters hold then.
    held: Vec<(String, String)>,
}

impl<'a> Script<'a> {
    fn new(dialect: Dialect, sql: &'a str, depth: u32) -> Script<'a> {
        Script {
            dialect,
            sql,
            dynamic: Dynamic::default(),
            depth,
            nesting: 0,
            left: Left::Stays,
            left_by: Vec::new(),
            counted: None,
            returns: false,
            exits: false,
            events: Events::ALL,
            hides_event: false,
            is_triggers: false,
            set: Vec::new(),
            failing: Failing::default(),
            conditions: Vec::new(),
            reads_bodies: false,
            given: Vec::new(),
            held: Vec::new(),
        }
    }

    /// Every statement of the text.
    fn script(&mut self) -> Vec<Step> {
        let pieces = split::split(self.sql, self.dialect);
        // Nothing that was noted of the text so far is said of its statements.
        let mut anew = Script::new(self.dialect, self.sql, self.depth);
        anew.pieces(&pieces).concat()
    }

    /// What each of its statements asks for.
    fn pieces(&mut self, pieces: &[Piece]) -> Vec<Vec<Step>> {
        let asked = pieces.iter().map(|piece| match piece.broken {
            Some(broken) => vec![unknown(piece.span, broken)],
            None if piece.is_command() => {
                vec![unknown(
                    piece.span,
                    "it is a command for a client, not for the server",
                )]
            }
            None => self.statement(&piece.tokens),
        });
        asked.collect()
    }

    /// The text as the body of a routine in a procedural language.
    fn block(&mut self) -> Vec<Step> {
        let tokens = significant(self.dialect, self.sql);
        self.hides_event = self.is_triggers && self.is_changed("tg_op", &tokens, |_| false);
        let steps = self.procedure(&tokens);
        self.of_row(&tokens, steps)
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
        let mut steps = self.stated(cursor);
        // Within a body each statement says so itself.
        if self.nesting == 0 && self.dialect == Dialect::MySql {
            steps.extend(self.assigns(cursor));
        }
        steps
    }

    fn stated(&mut self, cursor: Cursor<'_>) -> Vec<Step> {
        let tokens = cursor.tokens;
        if Depth::is_too_deep(self.sql, tokens) {
            return vec![unknown(cursor.whole(), "it is nested too deep")];
        }
        // Half of all statements; none of them is anything of what is asked for below.
        if cursor.sees_any(&quick::ORDINARY)
            && let Some(mut steps) = quick::quick(cursor)
        {
            steps.extend(self.settings(cursor));
            return steps;
        }
        if let Some(steps) = routine::control::control(cursor) {
            return steps;
        }
        if self.dialect == Dialect::MySql && cursor.sees("SET") && self.nesting == 0 {
            if let Some(parts) = session::checks::for_one(cursor) {
                return self.with_settings(cursor, parts);
            }
            let mut steps = session::settings(cursor, &self.dynamic);
            steps.extend(self.asked(cursor));
            return steps;
        }
        let mut call = cursor;
        if call.eat("CALL") {
            let mut steps = self.arguments(call);
            steps.extend(self.asked(cursor));
            return steps;
        }
        self.asked(cursor)
    }

    /// What computing the arguments of a procedure asks for.
    fn arguments(&mut self, mut call: Cursor<'_>) -> Vec<Step> {
        let given = call.name().and_then(|_| call.parentheses());
        let given = Cursor::new(self.dialect, self.sql, given.unwrap_or(&[])).list();
        let steps = given.into_iter().flat_map(|value| self.expression(value));
        steps.collect()
    }

    /// What a statement asks for that is no matter of the session.
    fn asked(&mut self, cursor: Cursor<'_>) -> Vec<Step> {
        let mut steps = match self.query_of_cursor(cursor) {
            Some(steps) => steps,
            None => self.said(cursor),
        };
        let current_of = |pair: &[Token]| {
            pair[0].is_word(self.sql, "CURRENT") && pair[1].is_word(self.sql, "OF")
        };
        if steps.iter().any(is_of_rows) && cursor.tokens.windows(2).any(current_of) {
            steps.iter_mut().for_each(of_cursor);
        }
        steps.extend(self.settings(cursor));
        steps
    }

    /// `DECLARE c CURSOR FOR SELECT …`: the query runs when rows are fetched.
    fn query_of_cursor(&mut self, mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
        let declares = self.dialect == Dialect::Postgres && cursor.eat("DECLARE");
        (declares && cursor.holds("CURSOR")).then_some(())?;
        cursor.skip_to(&["FOR"]);
        cursor.eat("FOR").then_some(())?;
        Some(self.said(Cursor::new(self.dialect, self.sql, cursor.rest())))
    }

    fn said(&mut self, cursor: Cursor<'_>) -> Vec<Step> {
        if let Some(steps) = self.dynamic(cursor) {
            return steps;
        }
        if let Some(steps) = self.routine(cursor) {
            return steps;
        }
        let read = self.only(cursor).or_else(|| self.overriding(cursor));
        if let Some(steps) = read.or_else(|| self.configured(cursor)) {
            return steps;
        }
        if self.dialect == Dialect::MySql
            && let Some(steps) = mysql::history(cursor)
        {
            return steps;
        }
        if let Some(steps) = quick::quick(cursor) {
            return steps;
        }
        let read = grammar(cursor);
        if read
            .as_ref()
            .is_some_and(|steps| !steps.iter().any(is_unknown))
        {
            let read = read.unwrap_or_default();
            return self.calls_alone(cursor, &read).unwrap_or(read);
        }
        let judged = self.rejected(cursor);
        judged
            .filter(|steps| read.is_none() || !steps.iter().any(is_unknown))
            .or(read)
            .unwrap_or_else(|| vec![unknown(cursor.whole(), &complaint(cursor))])
    }

    /// `SELECT f('a')`, which hands constants to one function and does nothing else.
    fn calls_alone(&self, cursor: Cursor<'_>, read: &[Step]) -> Option<Vec<Step>> {
        let [
            Step {
                act: Act::Select(query),
                ..
            },
        ] = read
        else {
            return None;
        };
        let mut call = cursor;
        let asks = self.dialect == Dialect::Postgres && call.eat("SELECT");
        let name = call
            .name()
            .filter(|name| asks && query.calls == [name.clone()])?;
        call.parentheses()?;
        let given = arguments(self.dialect, &cursor.text());
        let known = call.is_done() && !given.is_empty() && given.iter().all(Option::is_some);
        let text = cursor.text();
        known.then(|| cursor.step(Act::CallProcedure { name, text }))
    }

    /// `INSERT INTO t OVERRIDING SYSTEM VALUE SELECT …` writes what is said, whose first word the grammar takes for an alias.
    fn overriding(&mut self, cursor: Cursor<'_>) -> Option<Vec<Step>> {
        (self.dialect == Dialect::Postgres && cursor.sees("INSERT")).then_some(())?;
        let words = ["OVERRIDING", "SYSTEM", "VALUE"];
        let says = |window: &[Token]| {
            let mut pairs = window.iter().zip(words);
            pairs.all(|(token, word)| token.is_word(cursor.sql, word))
        };
        let at = cursor.tokens.windows(words.len()).position(says)?;
        let (head, tail) = cursor.tokens.split_at(at);
        Some(self.statement(&[head, tail.get(words.len()..)?].concat()))
    }

    /// `DELETE FROM ONLY t`, whose word the grammar takes for a table.
    fn only(&mut self, cursor: Cursor<'_>) -> Option<Vec<Step>> {
        let heads = [
            "DELETE FROM ONLY",
            "UPDATE ONLY",
            "TRUNCATE ONLY",
            "TRUNCATE TABLE ONLY",
        ];
        let head = heads.iter().find(|head| cursor.sees(head))?;
        let mut tokens = cursor.tokens.to_vec();
        tokens.remove(head.split(' ').count() - 1);
        let mut steps = self.statement(&tokens);
        // In a list the word stands before each table that it is about.
        let one = !head.starts_with("TRUNCATE") || cursor.list().len() == 1;
        for step in steps.iter_mut().filter(|_| one) {
            let act = std::mem::replace(&mut step.act, Act::Inert);
            step.act = Act::Only(Box::new(act));
        }
        Some(steps)
    }

    /// What a statement asks for that the grammar rejects or has no meaning for.
    fn rejected(&mut self, cursor: Cursor<'_>) -> Option<Vec<Step>> {
        if let Some(steps) = mend::mend(cursor) {
            return Some(steps);
        }
        if let Some(steps) = table::alter::alter_table(cursor) {
            return Some(steps);
        }
        if let Some(steps) = drop::drop(cursor) {
            return Some(steps);
        }
        if let Some(steps) = table::create_table(cursor) {
            return Some(steps);
        }
        match self.dialect {
            Dialect::Sqlite => sqlite::family(cursor),
            Dialect::Postgres => postgres::family(cursor),
            Dialect::MySql => mysql::family(cursor),
        }
    }
}

/// The same, where a keyword was misspelt.
fn meaning(keyword: &str) -> String {
    format!("{REJECTED} (did you mean `{}`?)", keyword.to_uppercase())
}

/// Why a statement is unknown of which nothing is known: most often it is misspelt, so the grammar's word is passed on.
fn complaint(cursor: Cursor<'_>) -> String {
    let text = plain(cursor.sql, cursor.tokens);
    match (
        slip::of_statement(cursor),
        read::complaint(cursor.dialect, &text),
    ) {
        (Some(meant), _) => meaning(meant),
        (None, Some(complaint)) => format!("{REJECTED} ({complaint})"),
        (None, None) => REJECTED.to_owned(),
    }
}

/// What the grammar makes of a statement; none where it rejects it.
fn grammar(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    read::read_tokens(cursor.dialect, cursor.sql, cursor.tokens)
}

fn is_unknown(step: &Step) -> bool {
    matches!(
        step.act,
        Act::Unknown(_)
            | Act::AlterTable {
                change: Change::Unknown(_),
                ..
            }
    )
}

/// The text of `tokens` with everything between them blanked, beginning where the first of them begins.
fn plain(sql: &str, tokens: &[Token]) -> String {
    split::plain(sql, cursor::whole(tokens), tokens)
}

fn unknown(span: Span, reason: &str) -> Step {
    Step {
        act: Act::Unknown(reason.to_owned()),
        span,
    }
}
