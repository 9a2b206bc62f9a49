//! What does a part of a statement ask for, which the schema has kept as text?

use super::Script;
use super::cursor::{self, Cursor};
use super::literal;
use super::postgres;
use super::significant;
use super::steps;
use super::table;
use super::unknown;
use crate::act::{Act, Body, Column, Name, Routine, Step};
use crate::lex::{Kind, Token};
use crate::read::{self};
use crate::split::{self};
use crate::{Dialect, Span};

/// Why nobody knows what a routine does.
const NOT_UNDERSTOOD: &str = "its body is not understood";

/// What a call asks for of a routine that another script has defined so.
pub(crate) fn called(dialect: Dialect, definition: &str, call: &str) -> Vec<Step> {
    if dialect == Dialect::Postgres {
        let given = arguments(dialect, call);
        let literal = |text: String| {
            let token = significant(dialect, &text).first().copied();
            token
                .and_then(|token| literal::string(dialect, &text, token))
                .unwrap_or(text)
        };
        let given = given.into_iter().map(|text| text.map(literal)).collect();
        return match defined(definition, given) {
            Some(Body::Steps(steps)) => steps,
            _ => vec![unknown(Span::default(), NOT_UNDERSTOOD)],
        };
    }
    let sql = format!("{definition};\n{call}");
    let pieces = split::split(&sql, Dialect::MySql);
    steps(Dialect::MySql, &sql, &pieces)
        .pop()
        .unwrap_or_default()
}

/// What runs when the routine is called.
pub(crate) fn body(routine: &Routine) -> &Body {
    routine.body.get_or_init(|| {
        let body = defined(&routine.text, Vec::new());
        body.unwrap_or_else(|| Body::Unknown(NOT_UNDERSTOOD.to_owned()))
    })
}

/// The body that a definition of PostgreSQL gives to its routine, which is `given` these arguments.
fn defined(definition: &str, given: Vec<Option<String>>) -> Option<Body> {
    let dialect = Dialect::Postgres;
    let mut script = Script::new(dialect, definition, 0);
    (script.given, script.reads_bodies) = (given, true);
    let steps = script.statement(&significant(dialect, definition));
    steps.into_iter().find_map(|step| match step.act {
        Act::CreateRoutine(routine) => routine.body.get().cloned(),
        _ => None,
    })
}

/// What a statement of PostgreSQL does to the comments, privileges and policies of a table.
pub(crate) fn decoration(statement: &str) -> Option<crate::act::Act> {
    let tokens = significant(Dialect::Postgres, statement);
    postgres::decoration(Cursor::new(Dialect::Postgres, statement, &tokens))
}

/// What an `ALTER FUNCTION` of PostgreSQL asks for.
pub(crate) fn altered_routine(statement: &str) -> Act {
    let tokens = significant(Dialect::Postgres, statement);
    let altered = postgres::altered_routine(Cursor::new(Dialect::Postgres, statement, &tokens));
    altered.unwrap_or_else(|| Act::Unknown("what it changes of the routine is not told".to_owned()))
}

/// What a call hands over, as far as it is constants.
pub(crate) fn arguments(dialect: Dialect, call: &str) -> Vec<Option<String>> {
    let tokens = significant(dialect, call);
    let mut cursor = Cursor::new(dialect, call, &tokens);
    cursor.eat_any(&["CALL", "SELECT"]);
    cursor.name();
    let given = cursor.parentheses().unwrap_or(&[]);
    let given = Cursor::new(dialect, call, given).list();
    given.iter().map(|value| constant(call, value)).collect()
}

/// The constant that an expression is, as it is written.
pub(super) fn constant(sql: &str, value: &[Token]) -> Option<String> {
    match value {
        [only] if matches!(only.kind, Kind::Number | Kind::Text) => Some(only.text(sql).to_owned()),
        // `'t'::regclass`
        [only, cast, _] if only.kind == Kind::Text && cast.is_symbol(sql, "::") => {
            Some(only.text(sql).to_owned())
        }
        _ => None,
    }
}

/// The attributes of the composite type that the text creates.
pub(crate) fn attributes(dialect: Dialect, text: &str) -> Vec<Column> {
    table::attributes(Cursor::new(dialect, text, &significant(dialect, text)))
}

/// The functions that an expression calls, by the names that stand before parentheses.
pub(crate) fn called_in(dialect: Dialect, text: &str) -> Vec<Name> {
    if !text.contains('(') {
        return Vec::new();
    }
    let tokens = significant(dialect, text);
    let ident = |at: usize| cursor::ident(dialect, text, *tokens.get(at)?);
    let called = |at: usize| {
        tokens[at].is_symbol(text, "(").then_some(())?;
        let name = ident(at.checked_sub(1)?)?;
        let dot = at.checked_sub(2).map(|dot| tokens[dot]);
        let qualified = dot.is_some_and(|dot| dot.is_symbol(text, "."));
        let schema = at.checked_sub(3).filter(|_| qualified).and_then(ident);
        Some(Name { schema, name })
    };
    (0..tokens.len()).filter_map(called).collect()
}

/// The column that a trigger of PostgreSQL names first in what it passes to its function.
pub(crate) fn filled_by(text: &str) -> Option<String> {
    let dialect = Dialect::Postgres;
    let tokens = significant(dialect, text);
    let mut cursor = Cursor::new(dialect, text, &tokens);
    cursor.skip_to(&["EXECUTE"]);
    cursor.eat("EXECUTE");
    cursor.eat_any(&["FUNCTION", "PROCEDURE"]);
    cursor.name()?;
    let passed = Cursor::new(dialect, text, cursor.parentheses()?).list();
    let first = passed.first()?;
    match first {
        [token] if token.kind == Kind::Text => literal::string(dialect, text, *token),
        first => Cursor::new(dialect, text, first).ident(),
    }
}

/// Whether an expression need not compute all that stands in it.
pub(crate) fn may_skip(dialect: Dialect, text: &str) -> bool {
    let tokens = significant(dialect, text);
    let words = [
        "case", "and", "or", "in", "between", "null", "select", "where",
    ];
    let mut skipping = words.iter().chain(&read::SKIPPING);
    skipping.any(|word| tokens.iter().any(|token| token.is_word(text, word)))
}
