//! What does one direction lose over all dialects, and how is it said?

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use super::is_rust;
use crate::check::Code;
use crate::newer::{RUST, deed, enumerated, losses};
use crate::{Age, Analysis, Dialect, Loss, LossKind, Object, Span, Unknown};

/// What weighs against a direction: its losses and what is not understood of it, the same in several dialects once.
#[derive(Debug)]
pub(super) struct Weight<'a> {
    losses: Vec<(&'a Loss, Vec<Dialect>)>,
    unknowns: Vec<(&'a Unknown, Vec<Dialect>)>,
    is_rust: bool,
    dialects: Vec<Dialect>,
}

impl<'a> Weight<'a> {
    pub(super) fn of(code: Code<'_>, analyses: &'a [Analysis]) -> Weight<'a> {
        let mut weight = Weight {
            losses: Vec::new(),
            unknowns: Vec::new(),
            is_rust: is_rust(code),
            dialects: analyses.iter().map(|analysis| analysis.dialect).collect(),
        };
        let (mut losses_at, mut unknowns_at) = (HashMap::new(), HashMap::new());
        for analysis in analyses {
            let dialect = analysis.dialect;
            for loss in losses(analysis) {
                let same = (&loss.object, loss.kind);
                note(&mut weight.losses, &mut losses_at, same, loss, dialect);
            }
            for unknown in &analysis.unknowns {
                let same = unknown.span;
                note(
                    &mut weight.unknowns,
                    &mut unknowns_at,
                    same,
                    unknown,
                    dialect,
                );
            }
        }
        weight
    }

    pub(super) fn is_lossy(&self) -> bool {
        !self.losses.is_empty()
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.is_rust || !self.unknowns.is_empty()
    }

    /// Whether some mark is called for.
    pub(super) fn is_heavy(&self) -> bool {
        self.is_lossy() || self.is_unknown()
    }

    /// Whether data older than the migration goes, as far as is understood.
    pub(super) fn takes_older(&self) -> bool {
        self.losses.iter().any(|(loss, _)| self.is_older(loss))
    }

    fn is_older(&self, loss: &Loss) -> bool {
        loss.age == Age::Older
    }

    /// Where to point for the losses.
    pub(super) fn loss_span(&self) -> Option<Span> {
        self.losses.first().map(|(loss, _)| loss.span)
    }

    /// Where to point for the losses of data older than the migration.
    pub(super) fn older_span(&self) -> Option<Span> {
        let older = self.losses.iter().find(|(loss, _)| self.is_older(loss));
        older.map(|(loss, _)| loss.span)
    }

    /// Where to point for what is not understood.
    pub(super) fn unknown_span(&self) -> Option<Span> {
        self.unknowns.first().map(|(unknown, _)| unknown.span)
    }

    /// What it does to data: "drops `users.phone_number` and empties `sessions`".
    pub(super) fn deeds(&self) -> String {
        self.told(|_| true)
    }

    /// The same for data older than the migration.
    pub(super) fn deeds_to_older(&self) -> String {
        self.told(|loss| self.is_older(loss))
    }

    fn told(&self, which: impl Fn(&Loss) -> bool) -> String {
        let mut deeds: Vec<(LossKind, &[Dialect], Vec<String>)> = Vec::new();
        for (loss, dialects) in self.losses.iter().filter(|(loss, _)| which(loss)) {
            let object = format!("`{}`", loss.object);
            match deeds.last_mut() {
                Some((kind, same, objects)) if (*kind, *same) == (loss.kind, dialects) => {
                    objects.push(object);
                }
                _ => deeds.push((loss.kind, dialects, vec![object])),
            }
        }
        let deeds: Vec<String> = deeds
            .into_iter()
            .map(|(kind, dialects, objects)| deed(kind, &objects) + &self.only_on(dialects))
            .collect();
        enumerated(&deeds)
    }

    /// What to write where nothing is missing but the type that a column had before.
    pub(super) fn way_to_tell(&self) -> Option<String> {
        let (unknown, _) = self.unknowns.first()?;
        let column = unknown.type_before.as_ref()?;
        let table = Object {
            column: None,
            ..column.clone()
        };
        Some(format!(
            "or tell the type: in the CREATE TABLE of `{table}` in a migration before this one, or in the other direction \
             where it gives `{column}` the old type back"
        ))
    }

    /// What to look at before a mark is written for what is not understood: is it for that database at all, and is it spelt right?
    pub(super) fn no_mark_needed(&self) -> Option<String> {
        let (unknown, on) = self.unknowns.first()?;
        let others: Vec<String> = self
            .dialects
            .iter()
            .filter(|dialect| !on.contains(dialect))
            .map(|dialect| format!("\"{dialect}\""))
            .collect();
        if !others.is_empty() {
            return Some(format!(
                "if it never runs on {}, write `dialects = [{}]` into onward.toml: left out, each driver counts that `onward` is built with",
                enumerated(&on.iter().map(Dialect::to_string).collect::<Vec<_>>()),
                others.join(", ")
            ));
        }
        let rejected = unknown.reason.starts_with(crate::family::REJECTED);
        rejected.then(|| {
            "if it is misspelt, correct it: a mark is for what the database understands".to_owned()
        })
    }

    /// Each part that is not understood, with the reason as a clause.
    pub(super) fn unknowns(&self) -> impl Iterator<Item = (Span, String)> {
        let told = |(unknown, dialects): &(&Unknown, Vec<Dialect>)| {
            let reason = format!("{}{}", unknown.reason, self.only_on(dialects));
            (unknown.span, reason)
        };
        self.unknowns.iter().map(told)
    }

    /// Why it is not understood, as a clause.
    pub(super) fn reason(&self) -> String {
        match self.unknowns.first() {
            Some((unknown, dialects)) => format!("{}{}", unknown.reason, self.only_on(dialects)),
            None => RUST.to_owned(),
        }
    }

    fn only_on(&self, dialects: &[Dialect]) -> String {
        only_on(dialects, self.dialects.len())
    }
}

/// A clause's end that names `dialects`, where they are not all that were asked.
pub(super) fn only_on(dialects: &[Dialect], all: usize) -> String {
    if dialects.len() == all {
        return String::new();
    }
    let names: Vec<String> = dialects.iter().map(Dialect::to_string).collect();
    format!(" on {}", enumerated(&names))
}

/// Notes `new` for `dialect`, with the one that is the `same` if there is one; `at` says where each stands.
fn note<'a, T, K: Eq + Hash>(
    noted: &mut Vec<(&'a T, Vec<Dialect>)>,
    at: &mut HashMap<K, usize>,
    same: K,
    new: &'a T,
    dialect: Dialect,
) {
    match at.entry(same) {
        Entry::Occupied(entry) => {
            if let Some((_, dialects)) = noted.get_mut(*entry.get())
                && !dialects.contains(&dialect)
            {
                dialects.push(dialect);
            }
        }
        Entry::Vacant(entry) => {
            entry.insert(noted.len());
            noted.push((new, vec![dialect]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::rules::testing::{analysis, loss};

    #[test]
    fn the_same_in_every_dialect_is_told_once() {
        let both = [
            analysis(Dialect::Sqlite)
                .losing(loss("users.fax", LossKind::DropColumn))
                .losing(loss("users.tel", LossKind::DropColumn)),
            analysis(Dialect::MySql)
                .losing(loss("users.fax", LossKind::DropColumn))
                .losing(loss("users.tel", LossKind::DropColumn))
                .losing(loss("users.age", LossKind::NarrowType)),
        ];
        let weight = Weight::of(Code::Sql(""), &both);
        assert_eq!(
            weight.deeds(),
            "drops `users.fax` and `users.tel` and gives `users.age` a type that cannot hold all of its values on mysql"
        );
    }

    #[test]
    fn own_seeds_are_no_loss_unless_the_verdict_says_so() {
        let seeds = |verdict| {
            let mut found = analysis(Dialect::Sqlite).losing(loss("roles", LossKind::SeedDelete));
            found.verdict = verdict;
            Weight::of(Code::Sql(""), &[found]).is_lossy()
        };
        assert!(!seeds(Verdict::Lossless));
        assert!(seeds(Verdict::Lossy));
    }
}
