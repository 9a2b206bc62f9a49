//! How is it said which instances run, and what they use?

use super::judge::{Change, Stance};
use crate::State;
use crate::instances::Registered;
use crate::text::counted;

/// Instances of one build that stand to a change in the same way.
#[derive(Debug)]
pub(super) struct Group<'r> {
    of: Vec<&'r Registered>,
    stance: Stance,
}

/// Adds an instance to the group that it belongs to.
pub(super) fn grouped<'r>(groups: &mut Vec<Group<'r>>, one: &'r Registered, stance: Stance) {
    let key = |one: &'r Registered| (&one.application, &one.kind, &one.build);
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
    /// What they do with what changes; none where they do nothing with it.
    pub(super) fn sentence(&self, change: &Change<'_>) -> Option<(State, String)> {
        let first = self.of.first()?;
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
                format!("{called} may use {}: {why}.", change.shown()),
            )),
        }
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
        let least = self.of.iter().map(|one| one.ago).min().unwrap_or_default();
        match least {
            ..1000 => format!("{least} ms"),
            _ => format!("{} s", least / 1000),
        }
    }
}

/// That no instance uses what changes.
pub(super) fn nobody(others: &[Registered]) -> String {
    match others {
        [] => "No other instance is running.".to_owned(),
        others => format!(
            "Nothing that changes is used by what runs: {}.",
            listed(others)
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
