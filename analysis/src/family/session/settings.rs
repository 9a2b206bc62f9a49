//! Which settings does a statement change, and for how long?

use super::otherwise;
use crate::Dialect;
use crate::act::{Act, Assigned, SETTINGS, Step};
use crate::family::Script;
use crate::family::cursor::Cursor;
use crate::family::literal::string;
use crate::family::session;
use crate::family::unknown;
use crate::lex::Token;

impl Script<'_> {
    /// What a statement asks for while settings hold for it alone.
    pub(in crate::family) fn with_settings(
        &mut self,
        cursor: Cursor<'_>,
        parts: [&[Token]; 2],
    ) -> Vec<Step> {
        let [settings, statement] = parts.map(|part| Cursor::new(self.dialect, self.sql, part));
        let compares = self.settings(cursor);
        let set = session::settings(settings, &self.dynamic);
        let mut steps = compares.clone();
        if set
            .iter()
            .any(|step| matches!(step.act, Act::DefaultEngine(_)))
        {
            let reason = "it names an engine for one statement";
            steps.push(unknown(cursor.whole(), reason));
        }
        let checks = set
            .iter()
            .any(|step| matches!(step.act, Act::ForeignKeys(_)));
        let zeros = set
            .iter()
            .any(|step| matches!(step.act, Act::KeepsZeros(_)));
        steps.extend(set);
        steps.extend(self.stated(statement));
        steps.extend(compares);
        if zeros {
            steps.extend(cursor.step(Act::KeepsZeros(false)));
        }
        if checks {
            steps.extend(cursor.step(Act::DoubtKeys { later: false }));
        }
        steps
    }

    /// What a statement or expression changes of the session's settings.
    pub(in crate::family) fn settings(&self, cursor: Cursor<'_>) -> Vec<Step> {
        if !session::may_set(cursor) {
            return Vec::new();
        }
        let other = session::compares_otherwise(cursor);
        let mut set = session::writes(cursor);
        set.extend(other.then(|| Assigned::anew(SETTINGS.to_owned())));
        let mut steps = match set.is_empty() {
            true => Vec::new(),
            false => cursor.step(Act::Assign(set)),
        };
        let later = session::later_path(cursor).map(Act::LaterPath);
        let role = session::role(cursor);
        let acts = later.into_iter().chain(role);
        steps.extend(acts.flat_map(|act| cursor.step(act)));
        steps.extend(set_within(cursor).flat_map(|act| cursor.step(act)));
        if session::sets_later(cursor) && cursor.holds("session_replication_role") {
            steps.extend(cursor.step(Act::LaterReplicates));
        }
        steps.extend(otherwise::reads_otherwise(cursor));
        steps
    }

    /// `SELECT set_config('search_path', 'a, b', false)`, and the same of the session's role.
    pub(in crate::family) fn configured(&self, mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
        (self.dialect == Dialect::Postgres && cursor.eat("SELECT")).then_some(())?;
        (cursor.name()?.name == "set_config").then_some(())?;
        let within = cursor.parentheses().filter(|_| cursor.is_done())?;
        let arguments = Cursor::new(self.dialect, self.sql, within).list();
        let [name, value, local] = arguments.as_slice() else {
            return None;
        };
        let name = self.texts(name)?;
        let act = match name.as_slice() {
            [name] => configured(name, self.one_text(value))?,
            _ => return None,
        };
        Some(cursor.step(lasting(act, local, self.sql)))
    }

    /// The text that an argument is, where it is surely that one.
    fn one_text(&self, argument: &[Token]) -> Option<String> {
        let [text] = <[String; 1]>::try_from(self.texts(argument)?).ok()?;
        Some(text)
    }
}

/// What is set where the setting `name` gets a value, which may be told at run time alone.
fn configured(name: &str, value: Option<String>) -> Option<Act> {
    let unknown = |what: &str| Act::Unknown(format!("{what} is told at run time"));
    Some(match (name.to_ascii_lowercase().as_str(), value) {
        ("search_path", Some(path)) => Act::SearchPath(path_of(&path)),
        ("search_path", None) => unknown("where names are looked up"),
        ("session_replication_role", Some(role)) => Act::Replicates(role == "replica"),
        ("session_replication_role", None) => unknown("whether triggers fire"),
        _ => return None,
    })
}

/// What each call of `set_config` in an expression sets: where names are looked up, and whether triggers fire.
fn set_within(cursor: Cursor<'_>) -> impl Iterator<Item = Act> {
    let calls = cursor.tokens.windows(8).filter(move |tokens| {
        cursor.dialect == Dialect::Postgres && tokens[0].is_word(cursor.sql, "set_config")
    });
    calls.filter_map(move |tokens| {
        let name = string(cursor.dialect, cursor.sql, tokens[2])?;
        let value = string(cursor.dialect, cursor.sql, tokens[4])
            .filter(|_| tokens[5].is_symbol(cursor.sql, ","));
        let known = value.is_some();
        let act = configured(&name, value)?;
        let local = if known { &tokens[6..7] } else { &[] };
        Some(lasting(act, local, cursor.sql))
    })
}

/// What `set_config` sets, for as long as its last argument says.
fn lasting(act: Act, local: &[Token], sql: &str) -> Act {
    let says = |word| matches!(local, [token] if token.is_word(sql, word));
    match act {
        act if says("false") => act,
        act if says("true") => act.locally(),
        Act::Unknown(_) => act,
        _ => Act::Unknown("for how long a setting holds is told at run time".to_owned()),
    }
}

/// The schemas that the text of a search path names: those without quotes in small letters.
fn path_of(text: &str) -> Vec<String> {
    let parts = text.split(',').map(|part| match part.trim() {
        quoted if quoted.starts_with('"') => quoted.trim_matches('"').to_owned(),
        plain => plain.to_lowercase(),
    });
    parts.filter(|part| !part.is_empty()).collect()
}
