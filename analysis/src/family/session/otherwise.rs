//! After which settings does PostgreSQL read SQL in another way than it is read here?

use crate::Dialect;
use crate::act::Step;
use crate::family::cursor::Cursor;
use crate::family::unknown;

/// A setting, the values under which SQL is read as usual, and what is read otherwise under others; nothing where anything
/// may be.
struct Setting {
    name: &'static str,
    usual: &'static [&'static str],
    sign: &'static str,
}

const ON: &[&str] = &["on", "true", "yes", "1", "default"];
const OFF: &[&str] = &["off", "false", "no", "0", "default"];

/// (<https://www.postgresql.org/docs/15/runtime-config-compatible.html>,
/// <https://www.postgresql.org/docs/15/plpgsql-implementation.html>)
const SETTINGS: [Setting; 4] = [
    Setting {
        name: "standard_conforming_strings",
        usual: ON,
        sign: "\\",
    },
    Setting {
        name: "transform_null_equals",
        usual: OFF,
        sign: "",
    },
    Setting {
        name: "array_nulls",
        usual: ON,
        sign: "{",
    },
    Setting {
        name: "plpgsql.variable_conflict",
        usual: &["error", "default"],
        sign: "",
    },
];

/// Unknown, where the statement, which sets something, has what follows read otherwise.
pub(in crate::family) fn reads_otherwise(cursor: Cursor<'_>) -> Option<Step> {
    (cursor.dialect == Dialect::Postgres && !cursor.holds("RESET")).then_some(())?;
    let text = |at: usize| {
        let text = cursor.tokens.get(at).map(|token| token.text(cursor.sql));
        text.map(|text| text.trim_matches(['\'', '"']))
    };
    let end = cursor.tokens.last()?.span.end as usize;
    let rest = cursor.sql.get(end..)?;
    let changed = SETTINGS.iter().find(|setting| {
        let last = setting.name.rsplit('.').next();
        let named = |at: &usize| {
            let is = |name: &str| text(*at).is_some_and(|text| text.eq_ignore_ascii_case(name));
            is(setting.name) || last.is_some_and(is)
        };
        let Some(at) = (0..cursor.tokens.len()).find(named) else {
            return false;
        };
        // After `=`, `TO`, or the comma of `set_config`.
        let value = text(at + 2);
        let is = |value: &str| {
            setting
                .usual
                .iter()
                .any(|usual| usual.eq_ignore_ascii_case(value))
        };
        let unusual = !value.is_some_and(is);
        unusual && rest.contains(setting.sign)
    })?;
    let reason = format!(
        "what follows is read otherwise after {} is set",
        changed.name
    );
    Some(unknown(cursor.whole(), &reason))
}
