//! Which labels does a plain statement give an enum?

use super::plain::Plain;
use crate::act::{Act, Step};
use crate::lex::Kind;
use crate::read;

/// `CREATE TYPE t AS ENUM ('a', 'b')`, behind its first two words.
pub(super) fn create(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    let (name, _) = plain.name()?;
    plain.word("AS ENUM")?;
    plain.symbol("(")?;
    let mut labels = vec![label(plain)?];
    while plain.eat_symbol(",") {
        labels.push(label(plain)?);
    }
    plain.symbol(")")?;
    Some(plain.cursor.step(Act::CreateType {
        name,
        labels: Some(labels),
        base: None,
        text: read::text_of(plain.cursor.sql, plain.cursor.tokens).into_owned(),
    }))
}

/// `ALTER TYPE t ADD VALUE 'c'`, behind its first two words.
pub(super) fn alter(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    let (name, _) = plain.name()?;
    plain.word("ADD VALUE")?;
    let if_not_exists = plain.if_not_exists()?;
    let label = label(plain)?;
    Some(plain.cursor.step(Act::AddLabel {
        name,
        label,
        if_not_exists,
    }))
}

fn label(plain: &mut Plain<'_>) -> Option<String> {
    let token = plain.cursor.next()?;
    let text = plain.shown(token.span);
    let is_plain = token.kind == Kind::Text && read::is_plain_string(plain.cursor.dialect, text);
    is_plain.then(|| text[1..text.len() - 1].to_owned())
}
