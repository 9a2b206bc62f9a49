//! What does a statement ask for that defines a view?

use std::sync::Arc;

use super::plain::Plain;
use crate::Dialect;
use crate::act::{Act, Step};
use crate::read;

/// `v AS SELECT …`. Its query is not read before something asks for it; what of a view of SQLite cannot be read is unknown, so
/// the grammar is asked at once.
pub(super) fn create(plain: &mut Plain<'_>, or_replace: bool) -> Option<Vec<Step>> {
    (plain.cursor.dialect != Dialect::Sqlite).then_some(())?;
    let if_not_exists = plain.if_not_exists()?;
    let (name, _) = plain.name()?;
    plain.word("AS")?;
    plain.cursor.sees_any(&["SELECT", "WITH"]).then_some(())?;
    let text = read::text_of(plain.cursor.sql, plain.cursor.tokens).into_owned();
    plain.cursor.pass(plain.cursor.rest().len());
    Some(plain.cursor.step(Act::CreateView {
        name,
        materialized: false,
        or_replace,
        if_not_exists,
        temporary: false,
        query: Arc::default(),
        text,
    }))
}
