//! Which settings does a statement change, and for how long?

use super::cursor::Cursor;
use super::literal::string;
use super::{Script, otherwise, session, unknown};
use crate::Dialect;
use crate::act::{Act, Assigned, SETTINGS, Step};
use crate::lex::Token;

impl Script<'_> {
    /// What a statement asks for while settings hold for it alone.
    pub(super) fn with_settings(&mut self, cursor: Cursor<'_>, parts: [&[Token]; 2]) -> Vec<Step> {
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
        steps.extend(set);
        steps.extend(self.stated(statement));
        steps.extend(compares);
        if checks {
            steps.extend(cursor.step(Act::DoubtKeys { later: false }));
        }
        steps
    }

    /// What a statement or expression changes of the session's settings.
    pub(super) fn settings(&self, cursor: Cursor<'_>) -> Vec<Step> {
        if !session::may_set(cursor) {
            return Vec::new();
        }
        let other = session::compares_otherwise(cursor);
        let mut set: Vec<Assigned> = session::float_digits(cursor).into_iter().collect();
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
            let reason = "later sessions may fire no triggers";
            steps.push(unknown(cursor.whole(), reason));
        }
        steps.extend(otherwise::reads_otherwise(cursor));
        steps
    }

    /// `SELECT set_config('search_path', 'a, b', false)`, and the same of the session's role.
    pub(super) fn configured(&self, mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
        (self.dialect == Dialect::Postgres && cursor.eat("SELECT")).then_some(())?;
        (cursor.name()?.name == "set_config").then_some(())?;
        let within = cursor.parentheses().filter(|_| cursor.is_done())?;
        let arguments = Cursor::new(self.dialect, self.sql, within).list();
        let [name, value, ..] = arguments.as_slice() else {
            return None;
        };
        let name = self.texts(name)?;
        if name == ["session_replication_role"] {
            let role = self.texts(value);
            let replica = role.is_some_and(|role| role == ["replica"]);
            return Some(cursor.step(Act::Replicates(replica)));
        }
        (name == ["search_path"]).then_some(())?;
        Some(cursor.step(match self.texts(value).as_deref() {
            Some([path]) => Act::SearchPath(path_of(path)),
            _ => Act::Unknown("where names are looked up is told at run time".to_owned()),
        }))
    }
}

/// What each call of `set_config` in an expression sets: where names are looked up, and whether triggers fire.
fn set_within(cursor: Cursor<'_>) -> impl Iterator<Item = Act> {
    let calls = cursor.tokens.windows(6).filter(move |tokens| {
        cursor.dialect == Dialect::Postgres && tokens[0].is_word(cursor.sql, "set_config")
    });
    calls.filter_map(move |tokens| {
        let name = string(cursor.dialect, cursor.sql, tokens[2])?;
        let value = string(cursor.dialect, cursor.sql, tokens[4])
            .filter(|_| tokens[5].is_symbol(cursor.sql, ","));
        match name.as_str() {
            "search_path" => Some(match value {
                Some(path) => Act::SearchPath(path_of(&path)),
                None => Act::Unknown("where names are looked up is told at run time".to_owned()),
            }),
            // What is told at run time may be that too.
            "session_replication_role" => {
                Some(Act::Replicates(value.is_none_or(|role| role == "replica")))
            }
            _ => None,
        }
    })
}

/// The schemas that the text of a search path names.
fn path_of(text: &str) -> Vec<String> {
    let parts = text
        .split(',')
        .map(|part| part.trim().trim_matches('"').to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}
