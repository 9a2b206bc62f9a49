//! What does the plain value of a default or of a row say?

use super::column::ty;
use super::plain::Plain;
use crate::lex::Kind;
use crate::read;

/// A plain value, as the grammar shows it.
pub(super) fn value(plain: &mut Plain<'_>) -> Option<String> {
    let start = plain.cursor.at;
    let shown = match cast(plain) {
        Some(shown) => shown,
        None => {
            plain.cursor.at = start;
            match plain.eat_symbol("(") {
                true => nested(plain)?,
                false => computed(plain)?,
            }
        }
    };
    // A sign behind it makes it a longer expression.
    let ends = plain.is_done()
        || plain.cursor.sees_symbol(",")
        || plain.cursor.sees_symbol(")")
        || plain.cursor.peek()?.kind == Kind::Word;
    ends.then_some(shown)
}

/// A number, a string, TRUE or FALSE.
pub(super) fn constant(plain: &mut Plain<'_>) -> Option<String> {
    let negative = plain.eat_symbol("-");
    let token = plain.cursor.next()?;
    let text = plain.shown(token.span);
    let shown = match token.kind {
        Kind::Number if read::is_decimal(text) => text,
        _ if negative => return None,
        Kind::Text if read::is_plain_string(plain.cursor.dialect, text) => text,
        Kind::Word if text.eq_ignore_ascii_case("TRUE") => "true",
        Kind::Word if text.eq_ignore_ascii_case("FALSE") => "false",
        _ => return None,
    };
    Some(format!("{}{shown}", if negative { "-" } else { "" }))
}

/// A constant, as it is or of a type: `''::text`.
fn cast(plain: &mut Plain<'_>) -> Option<String> {
    let mut shown = constant(plain)?;
    if plain.eat_symbol("::") {
        shown.push_str("::");
        shown.push_str(&ty(plain)?);
    }
    Some(shown)
}

/// `(f())`, behind its first parenthesis.
fn nested(plain: &mut Plain<'_>) -> Option<String> {
    let shown = computed(plain)?;
    plain.symbol(")")?;
    Some(format!("({shown})"))
}

/// `CURRENT_TIMESTAMP` or `CURRENT_TIMESTAMP(3)`, behind its word.
fn time(plain: &mut Plain<'_>, word: &str) -> Option<String> {
    if !plain.eat_symbol("(") {
        return Some(word.to_owned());
    }
    let digits = plain.number()?;
    plain.symbol(")")?;
    Some(format!("{word}({digits})"))
}

/// The time, as a column of MySQL takes it where its row is changed.
pub(super) fn stamp(plain: &mut Plain<'_>) -> Option<String> {
    let word = plain.cursor.next()?;
    word.is_word(plain.cursor.sql, "CURRENT_TIMESTAMP")
        .then_some(())?;
    time(plain, plain.shown(word.span))
}

/// A value that the server gives: NULL, the time, or what a function yields that is given constants or nothing.
fn computed(plain: &mut Plain<'_>) -> Option<String> {
    let token = plain.cursor.next()?;
    let text = plain.shown(token.span);
    (token.kind == Kind::Word).then_some(())?;
    if text.eq_ignore_ascii_case("NULL") {
        return Some("NULL".to_owned());
    }
    if text.eq_ignore_ascii_case("CURRENT_TIMESTAMP") {
        return time(plain, text);
    }
    // The one type that is a function as well.
    let is_name = read::is_no_keyword(text) || text.eq_ignore_ascii_case("DATETIME");
    (read::is_plain(text) && is_name).then_some(())?;
    plain.symbol("(")?;
    let mut shown = format!("{text}(");
    if !plain.cursor.sees_symbol(")") {
        shown.push_str(&cast(plain)?);
        while plain.eat_symbol(",") {
            shown.push_str(", ");
            shown.push_str(&cast(plain)?);
        }
    }
    plain.symbol(")")?;
    shown.push(')');
    Some(shown)
}
