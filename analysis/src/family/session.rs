//! What do the settings of a session change about the statements that follow?

pub(super) mod checks;
mod modes;
pub(super) mod otherwise;
pub(super) mod settings;

use super::cursor::Cursor;
use super::dynamic::Dynamic;
use crate::Dialect;
use crate::act::{Act, Assigned, Engine, FLOAT_DIGITS, LATER as BEGINS_LATER, Scope, Step, WRITES};
use crate::lex::{Kind, Token};

/// Settings by which values are read and compared.
const COMPARES: [&str; 19] = [
    "all",
    "authorization",
    "case_sensitive_like",
    "character_set_connection",
    "character",
    "charset",
    "collation_connection",
    "datestyle",
    "intervalstyle",
    "lc_monetary",
    "names",
    "role",
    "schema",
    "search_path",
    "sql_mode",
    "time_zone",
    "timezone",
    "transform_null_equals",
    "zone",
];

/// What a statement begins with that changes a setting.
const HEADS: [&str; 4] = ["SET", "RESET", "DISCARD", "PRAGMA"];

/// What follows `ALTER` where a statement changes the settings of sessions which begin after it.
const LATER: [&str; 4] = ["ROLE", "USER", "DATABASE", "SYSTEM"];

/// The function that changes a setting.
const FUNCTION: &str = "set_config";

/// Whether the statement may change a setting, by itself or by calling the function that does.
pub(super) fn may_set(cursor: Cursor<'_>) -> bool {
    sets(cursor) || cursor.holds(FUNCTION)
}

/// Whether the statement is one that changes a setting by itself.
fn sets(cursor: Cursor<'_>) -> bool {
    cursor.sees_any(&HEADS) || sets_later(cursor)
}

pub(super) fn sets_later(mut cursor: Cursor<'_>) -> bool {
    cursor.eat("ALTER") && cursor.sees_any(&LATER)
}

/// Whether the same condition may meet other rows after the statement, which [`may_set`] something.
pub(super) fn compares_otherwise(cursor: Cursor<'_>) -> bool {
    if sets_computed(cursor) {
        return true;
    }
    // A setting with a dot in its name is a program's own, which conditions may ask for.
    let own = |token: &Token| {
        let text = token.text(cursor.sql);
        text == "." || (token.kind == Kind::Text && text.contains('.'))
    };
    if cursor.dialect == Dialect::Postgres && cursor.tokens.iter().any(own) {
        return true;
    }
    cursor.tokens.iter().any(|token| {
        let text = token.text(cursor.sql);
        let text = text.trim_matches(['\'', '"', '`', '@']);
        let name = text.rsplit(['.', '@']).next();
        let is = |name: &str| COMPARES.iter().any(|it| it.eq_ignore_ascii_case(name));
        name.is_some_and(is)
    })
}

/// Whether `set_config` is given a name that is computed.
fn sets_computed(cursor: Cursor<'_>) -> bool {
    cursor.tokens.windows(3).any(|tokens| match tokens {
        [call, open, name] => {
            call.is_word(cursor.sql, FUNCTION)
                && open.is_symbol(cursor.sql, "(")
                && name.kind != Kind::Text
        }
        _ => false,
    })
}

/// What a style of dates may say beside how they are written: in which order a day and a month are read.
const ORDERS: [&str; 5] = ["mdy", "dmy", "ymd", "us", "european"];

/// What the statement sets of the settings by which PostgreSQL writes values out: a constant where none comes out as another.
pub(super) fn writes(cursor: Cursor<'_>) -> Vec<Assigned> {
    let later = sets_later(cursor);
    let heads = ["SET", "RESET", "DISCARD"];
    let sets = cursor.sees_any(&heads) || cursor.holds(FUNCTION) || later;
    if cursor.dialect != Dialect::Postgres || !sets {
        return Vec::new();
    }
    let written = WRITES.iter().filter_map(|name| set_of(cursor, name, later));
    written.collect()
}

fn set_of(cursor: Cursor<'_>, setting: &str, later: bool) -> Option<Assigned> {
    let shown = |token: &Token| {
        let text = token.text(cursor.sql).trim_matches(['\'', '"']);
        text.to_ascii_lowercase()
    };
    let resets = cursor.sees("RESET") || cursor.sees("DISCARD ALL");
    let all = cursor.sees("RESET ALL") || cursor.sees("DISCARD ALL");
    let is_it = |token: &Token| {
        let text = token.text(cursor.sql).trim_matches(['\'', '"']);
        text.eq_ignore_ascii_case(setting)
    };
    let at = cursor.tokens.iter().position(is_it);
    if !all && at.is_none() {
        return (cursor.holds(FUNCTION) && sets_computed(cursor))
            .then(|| Assigned::anew(setting.to_owned()));
    }
    let values = cursor.tokens.get(at.map_or(0, |at| at + 2)..);
    let values: Vec<String> = values.unwrap_or_default().iter().map(shown).collect();
    let values = values.iter().flat_map(|value| value.split([',', ' ']));
    let mut values = values.filter(|value| !value.is_empty());
    let constant = match setting {
        _ if resets || (later && cursor.holds("RESET")) => Some("default"),
        FLOAT_DIGITS => values
            .all(|value| matches!(value, "1" | "2" | "3"))
            .then_some("1"),
        _ if values.clone().all(|value| ORDERS.contains(&value)) => return None,
        _ => values.any(|value| value == "iso").then_some("1"),
    };
    let name = match later {
        true => format!("{BEGINS_LATER}{setting}"),
        false => setting.to_owned(),
    };
    Some(Assigned {
        name,
        constant: constant.map(str::to_owned),
        scope: Scope::Same,
    })
}

/// The schemas in which sessions that begin later look for what is named without one.
pub(super) fn later_path(mut cursor: Cursor<'_>) -> Option<Vec<String>> {
    let later = cursor.dialect == Dialect::Postgres && sets_later(cursor);
    (later && cursor.skip_to(&["SET SEARCH_PATH"])).then_some(())?;
    cursor.eat("SET SEARCH_PATH");
    if !cursor.eat("TO") {
        cursor.eat_symbol("=");
    }
    let shown = |token: &Token| {
        let text = token.text(cursor.sql);
        text.trim_matches(['\'', '"']).to_owned()
    };
    let schemas = cursor.rest().iter().filter(|t| t.kind != Kind::Symbol);
    Some(schemas.map(shown).collect())
}

/// Whether a role is named by what the session is.
pub(super) fn is_own_role(role: Cursor<'_>) -> bool {
    role.sees_any(&["CURRENT_USER", "CURRENT_ROLE", "SESSION_USER"])
}

/// Whose rights the session of PostgreSQL has from here on.
/// (<https://www.postgresql.org/docs/15/sql-set-role.html>)
pub(super) fn role(mut cursor: Cursor<'_>) -> Option<Act> {
    (cursor.dialect == Dialect::Postgres).then_some(())?;
    const WHOSE: [&str; 2] = ["ROLE", "SESSION AUTHORIZATION"];
    let shown = |token: &Token| token.text(cursor.sql).trim_matches(['\'', '"']);
    if cursor.eat("RESET") {
        return cursor
            .sees_any(&WHOSE)
            .then_some(Act::ActsAs { other: false });
    }
    if cursor.holds(FUNCTION) {
        let named = |token: &Token| matches!(shown(token), "role" | "session_authorization");
        let other = cursor.tokens.iter().any(named);
        return other.then_some(Act::ActsAs { other });
    }
    cursor.eat("SET").then_some(())?;
    let local = cursor.eat("LOCAL");
    if !cursor.sees("SESSION AUTHORIZATION") {
        cursor.eat("SESSION");
    }
    cursor.eat_any(&WHOSE).then_some(())?;
    if !cursor.eat("TO") {
        cursor.eat_symbol("=");
    }
    let own = cursor.sees_any(&["NONE", "DEFAULT"]);
    let act = Act::ActsAs { other: !own };
    Some(if local { act.locally() } else { act })
}

/// What a `SET` asks for beside the values of variables.
pub(super) fn settings(cursor: Cursor<'_>, known: &Dynamic) -> Vec<Step> {
    let mut words = cursor;
    words.eat("SET");
    let mut global = false;
    let mut steps = self::checks::keys(words);
    for assignment in words.list() {
        let Some(at) = assignment.iter().position(|token| {
            let text = token.text(cursor.sql);
            matches!(text, "=" | ":=")
        }) else {
            continue;
        };
        let (variable, value) = (&assignment[..at], &assignment[at + 1..]);
        // The word is about all that follow it, until another one.
        let scope = |token: &Token| {
            token
                .text(cursor.sql)
                .trim_start_matches('@')
                .to_lowercase()
        };
        let mut scopes = variable.iter().map(scope);
        match scopes.next().as_deref() {
            Some("global" | "persist" | "persist_only") => global = true,
            Some("session" | "local") => global = false,
            _ => {}
        }
        // How many digits a quotient has decides whether two numbers have the same one.
        let named = variable.last().map(scope);
        let named = named.as_deref().and_then(|name| name.rsplit('.').next());
        if named == Some("div_precision_increment") {
            steps.extend(cursor.step(Act::RoundsOtherwise));
        }
        if global {
            continue;
        }
        // `@sql_mode` is a variable of the session's own.
        let own = variable
            .last()
            .is_some_and(|token| is_own(token.text(cursor.sql)));
        if own {
            continue;
        }
        match variable.last().map(scope).as_deref() {
            Some("sql_mode") => steps.extend(modes::steps(cursor, value, known)),
            Some("default_storage_engine" | "storage_engine") => {
                if let [engine] = value {
                    let engine = Engine::called(engine.text(cursor.sql));
                    steps.extend(cursor.step(Act::DefaultEngine(engine)));
                }
            }
            _ => {}
        }
    }
    steps
}

/// Whether it is `@x`, which is no setting.
fn is_own(name: &str) -> bool {
    name.starts_with('@') && !name.starts_with("@@")
}
