//! What does the plain condition of a CHECK or of an index say?

use super::key::{is_column, is_value};
use super::plain::Plain;
use crate::Dialect;
use crate::lex::Kind;
use crate::read;

/// How deep parentheses may nest in a condition that is read here.
const DEEPEST: u32 = 4;

/// `CHECK (condition)`, behind its first word, as the grammar shows it.
pub(super) fn check(plain: &mut Plain<'_>) -> Option<String> {
    plain.symbol("(")?;
    let condition = condition(plain)?;
    plain.symbol(")")?;
    Some(format!("CHECK ({condition})"))
}

/// Comparisons of columns with values that AND and OR join, as the grammar shows them.
pub(super) fn condition(plain: &mut Plain<'_>) -> Option<String> {
    let mut shown = String::new();
    joined(plain, &mut shown, 0)?;
    Some(shown)
}

fn joined(plain: &mut Plain<'_>, shown: &mut String, depth: u32) -> Option<()> {
    loop {
        term(plain, shown, depth)?;
        let joins = ["AND", "OR"];
        let Some(word) = joins.into_iter().find(|word| plain.eat(word)) else {
            return Some(());
        };
        shown.extend([" ", word, " "]);
    }
}

fn term(plain: &mut Plain<'_>, shown: &mut String, depth: u32) -> Option<()> {
    if depth < DEEPEST && plain.eat_symbol("(") {
        shown.push('(');
        joined(plain, shown, depth + 1)?;
        plain.symbol(")")?;
        shown.push(')');
        return Some(());
    }
    operand(plain, shown)?;
    let tests = ["IS NULL", "IS NOT NULL"];
    if let Some(test) = tests.into_iter().find(|test| plain.eat(test)) {
        shown.extend([" ", test]);
        return Some(());
    }
    let lists = ["IN", "NOT IN"];
    if let Some(head) = lists.into_iter().find(|head| plain.eat(head)) {
        shown.extend([" ", head, " ("]);
        plain.symbol("(")?;
        constant(plain, shown)?;
        while plain.eat_symbol(",") {
            shown.push_str(", ");
            constant(plain, shown)?;
        }
        plain.symbol(")")?;
        shown.push(')');
        return Some(());
    }
    shown.extend([" ", comparison(plain)?, " "]);
    constant(plain, shown).or_else(|| column(plain, shown))
}

/// A sign that compares, with blanks around it: what touches it may be another sign.
fn comparison(plain: &mut Plain<'_>) -> Option<&'static str> {
    let before = plain.cursor.at.checked_sub(1)?;
    let token = plain.cursor.next()?;
    let apart = plain.cursor.tokens.get(before)?.span.end < token.span.start
        && token.span.end < plain.cursor.peek()?.span.start;
    apart.then_some(())?;
    Some(match plain.shown(token.span) {
        "=" => "=",
        "<>" | "!=" => "<>",
        "<" => "<",
        ">" => ">",
        "<=" => "<=",
        ">=" => ">=",
        _ => return None,
    })
}

/// A column, or what a harmless function makes of one.
fn operand(plain: &mut Plain<'_>, shown: &mut String) -> Option<()> {
    let word = plain.cursor.peek()?;
    let name = plain.shown(word.span);
    let mut behind = plain.cursor;
    behind.pass(1);
    if word.kind != Kind::Word || !behind.sees_symbol("(") {
        return column(plain, shown);
    }
    let is_harmless = read::is_harmless(plain.cursor.dialect, name);
    (is_harmless && read::is_plain(name) && read::is_no_keyword(name)).then_some(())?;
    behind.pass(1);
    plain.cursor = behind;
    shown.extend([name, "("]);
    column(plain, shown)?;
    plain.symbol(")")?;
    shown.push(')');
    Some(())
}

/// A column.
fn column(plain: &mut Plain<'_>, shown: &mut String) -> Option<()> {
    let token = plain.token()?;
    let text = plain.shown(token.span);
    let is_name = match token.kind {
        Kind::Word => is_column(text) && !is_value(text),
        _ => plain.cursor.dialect != Dialect::MySql || !text.starts_with('"'),
    };
    is_name.then(|| shown.push_str(text))
}

/// A number, a string, TRUE or FALSE; nothing is taken where none comes next.
fn constant(plain: &mut Plain<'_>, shown: &mut String) -> Option<()> {
    let start = plain.cursor.at;
    let found = super::value::constant(plain);
    if found.is_none() {
        plain.cursor.at = start;
    }
    shown.push_str(&found?);
    Some(())
}
