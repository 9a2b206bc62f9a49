//! Which types and functions does PostgreSQL need for what the text of a CREATE makes?

use super::cursor::{Cursor, whole};
use super::significant;
use crate::Dialect;
use crate::act::Name;
use crate::lex::Token;

/// The options of a range or base type that are names of functions.
/// (<https://www.postgresql.org/docs/15/sql-createtype.html>)
const FUNCTIONS: [&str; 10] = [
    "subtype_diff",
    "canonical",
    "input",
    "output",
    "receive",
    "send",
    "typmod_in",
    "typmod_out",
    "analyze",
    "subscript",
];

/// The type that a range is over, as it is written.
pub(crate) fn subtype(dialect: Dialect, text: &str) -> Option<String> {
    if !is_range(text) {
        return None;
    }
    let tokens = significant(dialect, text);
    let options = options(Cursor::new(dialect, text, &tokens));
    let (_, value) = options.into_iter().find(|(name, _)| name == "subtype")?;
    Some(whole(value).of(text).to_owned())
}

/// The type of several ranges that the server makes beside that of one.
pub(crate) fn multirange(dialect: Dialect, text: &str) -> Option<Name> {
    if !is_range(text) {
        return None;
    }
    let tokens = significant(dialect, text);
    let mut cursor = Cursor::new(dialect, text, &tokens);
    for (name, value) in options(cursor) {
        if name == "multirange_type_name" {
            return Cursor::new(dialect, text, value).name();
        }
    }
    cursor.eat("CREATE TYPE").then_some(())?;
    let range = cursor.name()?;
    let name = match range.name.contains("range") {
        true => range.name.replacen("range", "multirange", 1),
        false => format!("{}_multirange", range.name),
    };
    Some(Name { name, ..range })
}

/// The functions that a range or base type calls.
pub(crate) fn functions_of_type(dialect: Dialect, text: &str) -> Vec<Name> {
    let tokens = significant(dialect, text);
    let options = options(Cursor::new(dialect, text, &tokens)).into_iter();
    let functions = options.filter(|(name, _)| FUNCTIONS.contains(&name.as_str()));
    functions
        .filter_map(|(_, value)| Cursor::new(dialect, text, value).name())
        .collect()
}

/// The functions that the key of a partitioned table calls.
pub(crate) fn called_in_partition_key(dialect: Dialect, text: &str) -> Vec<Name> {
    if !text.to_ascii_lowercase().contains("partition") {
        return Vec::new();
    }
    let tokens = significant(dialect, text);
    let mut cursor = Cursor::new(dialect, text, &tokens);
    if !cursor.skip_to(&["PARTITION BY"]) {
        return Vec::new();
    }
    cursor.eat("PARTITION BY");
    cursor.ident();
    let key = cursor.parentheses().unwrap_or(&[]);
    super::called_in(dialect, whole(key).of(text))
}

/// The schema of the collation that a column so defined is sorted by.
pub(crate) fn collation_schema(dialect: Dialect, text: &str) -> Option<String> {
    collation(dialect, text)?.schema
}

/// The collation that a column, a type or a domain so defined is sorted by.
pub(crate) fn collation(dialect: Dialect, text: &str) -> Option<Name> {
    let tokens = significant(dialect, text);
    let mut cursor = Cursor::new(dialect, text, &tokens);
    cursor.skip_to(&["COLLATE"]);
    cursor.eat("COLLATE").then_some(())?;
    cursor.name()
}

/// The parameters of a routine of PostgreSQL, if some of them have values of their own.
pub(crate) fn defaults(text: &str) -> Option<String> {
    let tokens = significant(Dialect::Postgres, text);
    let parameters = parameters(text, &tokens)?;
    let mut own = parameters.iter();
    own.any(|token| gives(text, token))
        .then(|| whole(parameters).of(text).to_owned())
}

/// Whether a routine of PostgreSQL that is made with OR REPLACE takes the place of another of its name: that one takes
/// the same parameters, whatever their values are where none are given. Else both are there.
pub(crate) fn replaces(text: &str, other: &str) -> bool {
    let written = |text: &str| -> Option<Vec<Vec<String>>> {
        let tokens = significant(Dialect::Postgres, text);
        let list = Cursor::new(Dialect::Postgres, text, parameters(text, &tokens)?).list();
        let one = |tokens: &[Token]| {
            let own = tokens.iter().take_while(|token| !gives(text, token));
            own.map(|token| token.text(text).to_lowercase()).collect()
        };
        Some(list.into_iter().map(one).collect())
    };
    written(text).is_some_and(|own| written(other) == Some(own))
}

/// Whether what a parameter is worth by itself begins here.
fn gives(text: &str, token: &Token) -> bool {
    token.is_word(text, "DEFAULT") || token.is_symbol(text, "=") || token.is_symbol(text, ":=")
}

/// What stands in the parentheses behind a routine's name.
fn parameters<'t>(text: &'t str, tokens: &'t [Token]) -> Option<&'t [Token]> {
    let mut cursor = Cursor::new(Dialect::Postgres, text, tokens);
    while !cursor.is_done() && !cursor.sees_symbol("(") {
        cursor.next();
    }
    cursor.parentheses()
}

/// The server of a foreign table.
pub(crate) fn server(text: &str) -> Option<String> {
    let tokens = significant(Dialect::Postgres, text);
    let mut cursor = Cursor::new(Dialect::Postgres, text, &tokens);
    cursor.skip_to(&["SERVER"]);
    cursor.eat("SERVER").then(|| cursor.ident()).flatten()
}

fn is_range(text: &str) -> bool {
    text.to_ascii_lowercase().contains("subtype")
}

/// `name = value` of those that stand in the parentheses of a CREATE TYPE.
fn options<'t>(mut cursor: Cursor<'t>) -> Vec<(String, &'t [Token])> {
    while !cursor.is_done() && !cursor.sees_symbol("(") {
        cursor.next();
    }
    let (dialect, sql) = (cursor.dialect, cursor.sql);
    let within = cursor.parentheses().unwrap_or(&[]);
    let list = Cursor::new(dialect, sql, within).list();
    let option = |tokens: &'t [Token]| {
        let mut option = Cursor::new(dialect, sql, tokens);
        let name = option.ident()?.to_lowercase();
        option.eat_symbol("=").then(|| (name, option.rest()))
    };
    list.into_iter().filter_map(option).collect()
}
