//! Which engine, character set and collation does a plain table of MySQL name?

use super::plain::Plain;
use crate::act::{Engine, NewTable};
use crate::lex::Kind;

/// What stands behind the columns: `ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`, each of them once at most.
pub(super) fn options(plain: &mut Plain<'_>, table: &mut NewTable) -> Option<()> {
    const CHARSET: [&str; 4] = [
        "DEFAULT CHARSET",
        "CHARSET",
        "DEFAULT CHARACTER SET",
        "CHARACTER SET",
    ];
    while !plain.is_done() {
        let again = if plain.eat("ENGINE") {
            let engine = Engine::called(&value(plain)?);
            table.engine.replace(engine).is_some()
        } else if plain.eat_any(&CHARSET) {
            table.charset.replace(value(plain)?).is_some()
        } else if plain.eat_any(&["DEFAULT COLLATE", "COLLATE"]) {
            table.collation.replace(value(plain)?).is_some()
        } else if plain.eat("ROW_FORMAT") {
            value(plain)?;
            false
        } else {
            return None;
        };
        (!again).then_some(())?;
        plain.eat_symbol(",");
    }
    if table.charset.is_none() {
        // A collation begins with the name of its character set.
        let collation = table.collation.as_deref();
        let charset = collation.and_then(|name| name.split('_').next());
        table.charset = charset.map(str::to_owned);
    }
    Some(())
}

/// A word, in lower case.
fn value(plain: &mut Plain<'_>) -> Option<String> {
    plain.eat_symbol("=");
    let token = plain.token().filter(|token| token.kind == Kind::Word)?;
    Some(plain.shown(token.span).to_ascii_lowercase())
}
