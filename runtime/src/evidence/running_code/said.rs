//! How is it said which instances run, and what they use?

use super::judge::Stance;
use crate::State;
use crate::instances::{Program, Registered};
use crate::text::counted;

/// Instances of one build that stand to a change in the same way.
#[derive(Debug)]
pub(super) struct Group<'r> {
    of: Vec<&'r Registered>,
    stance: Stance,
}

/// Adds an instance to the group that it belongs to.
pub(super) fn grouped<'r>(groups: &mut Vec<Group<'r>>, one: &'r Registered, stance: Stance) {
    let key = |one: &'r Registered| (&one.application, &one.kind, &one.build, one.is_silent());
    let like = groups.iter_mut().find(|group| {
        group.stance == stance && group.of.iter().all(|other| key(other) == key(one))
    });
    match like {
        Some(group) => group.of.push(one),
        None => groups.push(Group {
            of: vec![one],
            stance,
        }),
    }
}

impl Group<'_> {
    /// What they do with what is `changed`; none where they do nothing with it.
    pub(super) fn sentence(&self, changed: &str) -> Option<(State, String)> {
        let first = self.of.first()?;
        if first.is_silent() {
            return self.silent(first, changed);
        }
        let called = format!(
            "{} of {} build {} ({}; last seen {} ago)",
            counted(self.of.len(), "live instance", "live instances"),
            first.application,
            first.build,
            self.places(),
            self.ago()
        );
        let one = self.of.len() == 1;
        match &self.stance {
            Stance::Clear => None,
            Stance::Uses(what) => {
                let uses = if one { "uses" } else { "use" };
                Some((State::Blocked, format!("{called} {uses} {what}.")))
            }
            Stance::May(why) => Some((
                State::Unknown,
                format!("{called} may use {changed}: {why}."),
            )),
        }
    }

    /// What those would do that have not said for a while that they are there.
    fn silent(&self, first: &Registered, changed: &str) -> Option<(State, String)> {
        let does = match &self.stance {
            Stance::Clear => return None,
            Stance::Uses(what) => format!("uses {what}"),
            Stance::May(why) => format!("may use {changed}: {why}"),
        };
        let (verb, it) = match self.of.len() {
            1 => ("has", "its code"),
            _ => ("have", "their code"),
        };
        Some((
            State::Unknown,
            format!(
                "{} of {} build {} ({}; silent for {}) {verb} not left the list and may still run, and {it} {does}. Who is \
                 killed or cut off is given up after {} without a word.",
                counted(self.of.len(), "instance", "instances"),
                first.application,
                first.build,
                self.places(),
                self.ago(),
                seconds(first.is_given_up_after())
            ),
        ))
    }

    /// `web on web-1 and web-2`.
    fn places(&self) -> String {
        let mut hosts: Vec<&str> = self.of.iter().map(|one| one.host.as_str()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let kind = self.of.first().map_or("", |one| one.kind.as_str());
        match hosts.as_slice() {
            [.., _] if hosts.len() > 3 => format!("{kind} on {} machines", hosts.len()),
            [first @ .., last] if !first.is_empty() => {
                format!("{kind} on {} and {last}", first.join(", "))
            }
            _ => format!("{kind} on {}", hosts.join("")),
        }
    }

    /// `4 s`.
    fn ago(&self) -> String {
        let ago = self.of.iter().map(|one| one.ago.saturating_abs());
        let least = ago.min().unwrap_or_default();
        seconds(least)
    }
}

/// `4 s`, of milliseconds.
fn seconds(milliseconds: i64) -> String {
    match milliseconds {
        ..1000 => format!("{milliseconds} ms"),
        _ => format!("{} s", milliseconds / 1000),
    }
}

/// That no instance uses what changes.
pub(super) fn nobody(others: &[Registered], own: &Program) -> String {
    let runs = match others {
        [] => "No other instance is running.".to_owned(),
        others => format!(
            "Nothing that changes is used by what runs: {}.",
            listed(others)
        ),
    };
    let programs = others.iter().filter_map(|one| one.program.as_ref());
    format!("{runs}{}", on_whose_word(programs.chain([own])))
}

/// Which crates say what they use: nobody can tell of the others.
fn on_whose_word<'p>(programs: impl Iterator<Item = &'p Program> + Clone) -> String {
    let mut crates: Vec<&str> = programs
        .clone()
        .flat_map(|program| &program.code)
        .map(|code| code.package.as_str())
        .collect();
    crates.sort_unstable();
    crates.dedup();
    let all_named = programs.clone().all(|program| !program.crates.is_empty());
    match (crates.as_slice(), all_named) {
        ([], _) => String::new(),
        (crates, true) => format!(
            " That is by the word of {}: all crates that the applications name.",
            crates.join(", ")
        ),
        (crates, false) => format!(
            " That is by the word of {}: a crate that says nothing is not seen, unless the application names its crates \
             (`Migrator::crates`).",
            crates.join(", ")
        ),
    }
}

/// `2 × shop-web build a1b2c3, 1 × shop-jobs build 77`.
pub(super) fn listed(others: &[Registered]) -> String {
    let mut builds: Vec<(String, usize)> = Vec::new();
    for one in others {
        let called = format!("{} build {}", one.application, one.build);
        match builds.iter_mut().find(|(known, _)| *known == called) {
            Some((_, count)) => *count += 1,
            None => builds.push((called, 1)),
        }
    }
    match builds.as_slice() {
        [] => "no rows".to_owned(),
        builds => {
            let builds: Vec<String> = builds
                .iter()
                .map(|(called, count)| format!("{count} × {called}"))
                .collect();
            builds.join(", ")
        }
    }
}
