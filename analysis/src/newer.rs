//! How does the migration that comes next say which one it is, and why it may take what it takes?
//!
//! Whoever writes one says the same, be it the command line, which judges it, or a running application, which has no parser.

use crate::{Analysis, Loss, LossKind, Marks, Reason, Verdict, literal};

/// The version after `last`, written as `last` is: the time `now`, fourteen digits, where that is a time, else the next number.
#[must_use]
pub fn following(last: &str, now: &str) -> String {
    let digits: String = last.chars().filter(char::is_ascii_digit).collect();
    let number = digits.parse().unwrap_or(0_u64);
    let today = match digits.len() {
        14 => now.to_owned(),
        10 => format!("{}01", now.get(..8).unwrap_or(now)),
        _ => String::new(),
    };
    let next = match today.parse::<u64>() {
        Ok(time) if digits.starts_with("20") && time > number => today,
        _ => format!("{:0width$}", number + 1, width = digits.len()),
    };
    let mut rest = next.chars();
    let mut text: String = last
        .chars()
        .filter_map(|c| if c == '-' { Some('-') } else { rest.next() })
        .collect();
    text.extend(rest);
    text
}

/// `2026112201` as `20261122_01`.
#[must_use]
pub fn grouped(version: &str) -> String {
    match (version.get(..8), version.get(8..)) {
        (Some(day), Some(number)) if number.len() == 2 => format!("{day}_{number}"),
        _ => version.to_owned(),
    }
}

/// A sentence as it stands in a mark, where names need no backticks.
#[must_use]
pub fn plain(sentence: &str) -> String {
    sentence.replace('`', "").replace('"', "'")
}

/// Why an up loses that does this: "the up drops users.phone".
#[must_use]
pub fn lossy(deeds: &str) -> String {
    plain(&format!("the up {deeds}"))
}

/// The same of a down.
#[must_use]
pub fn destructive(deeds: &str) -> String {
    plain(&format!("the down {deeds}"))
}

/// Why something is marked that nobody understands, for this reason.
#[must_use]
pub fn not_understood(reason: &str) -> String {
    plain(&format!("not understood: {reason}"))
}

/// What is said of a function in Rust.
pub const RUST: &str = "no analysis follows a function in Rust";

/// The marks of a migration whose up loses what `up` does, and its down, where there is one, what `down` does: each judged when it went the
/// other way. What the down drops the up has made then, and so it is younger than that.
#[must_use]
pub fn marks(up: Option<&Analysis>, down: Option<Option<&Analysis>>) -> Marks {
    let why = |analysis: Option<&Analysis>, admits: fn(&str) -> String| match analysis {
        Some(analysis) if losses(analysis).next().is_some() => {
            Some(admits(&deeds(losses(analysis))))
        }
        Some(analysis) if analysis.verdict == Verdict::Unknown => {
            let unknown = analysis.unknowns.first();
            Some(not_understood(unknown.map_or("", |part| &part.reason)))
        }
        Some(_) => None,
        None => Some(not_understood(RUST)),
    };
    let drops = |analysis: &Analysis| {
        let is_drop = |loss: &Loss| {
            matches!(
                loss.kind,
                LossKind::DropTable | LossKind::DropColumn | LossKind::OmitColumn
            )
        };
        analysis.verdict == Verdict::Lossy && losses(analysis).all(is_drop)
    };
    Marks {
        lossy: why(up, lossy),
        irreversible: down.is_none().then(|| "what it undoes is Rust".to_owned()),
        destructive: down.and_then(|down| {
            let younger = down.is_some_and(drops);
            why(down, destructive).map(|why| Reason((!younger).then_some(why)))
        }),
        ..Marks::default()
    }
}

/// What a direction loses, in the sense that a mark must admit. Rows that the migration itself put there count only
/// where the analysis says that somebody may have changed them since.
pub(crate) fn losses(analysis: &Analysis) -> impl Iterator<Item = &Loss> {
    let losses = analysis.losses.iter();
    losses.filter(|loss| match analysis.verdict {
        Verdict::Lossless => false,
        Verdict::Lossy => true,
        Verdict::Unknown => loss.kind != LossKind::SeedDelete,
    })
}

/// What `losses` come to: "drops `users.phone_number` and empties `sessions`".
fn deeds<'l>(losses: impl Iterator<Item = &'l Loss>) -> String {
    let mut deeds: Vec<(LossKind, Vec<String>)> = Vec::new();
    for loss in losses {
        let object = format!("`{}`", loss.object);
        match deeds.last_mut() {
            Some((kind, objects)) if objects.contains(&object) && *kind == loss.kind => {}
            Some((kind, objects)) if *kind == loss.kind => objects.push(object),
            _ => deeds.push((loss.kind, vec![object])),
        }
    }
    let deeds = deeds.iter().map(|(kind, objects)| deed(*kind, objects));
    enumerated(&deeds.collect::<Vec<_>>())
}

/// How a loss of several objects is told.
pub(crate) fn deed(kind: LossKind, objects: &[String]) -> String {
    let all = enumerated(objects);
    let (s, its) = match objects.len() {
        1 => ("", "its"),
        _ => ("s", "their"),
    };
    match kind {
        LossKind::DropTable => format!("drops the table{s} {all}"),
        LossKind::DropColumn => format!("drops {all}"),
        LossKind::DropSchema => {
            format!("drops the schema{s} {all} with everything in {its} tables")
        }
        LossKind::DropDatabase => format!("drops the database{s} {all}"),
        LossKind::DropPartition => format!("drops the partition{s} {all} with {its} rows"),
        LossKind::DropView => format!("drops {all}, with rows that exist nowhere else"),
        LossKind::DropSequence => format!("loses the position of the sequence{s} {all}"),
        LossKind::DropType => format!("drops {all} along with {its} type"),
        LossKind::DropOther => format!("removes what is stored in {all}"),
        LossKind::Truncate => format!("empties {all}"),
        LossKind::Delete => format!("deletes rows of {all}"),
        LossKind::SeedDelete => {
            format!("deletes rows of {all} that may have been changed since the up put them there")
        }
        LossKind::Update => format!("overwrites {all}"),
        LossKind::Replace => format!("replaces rows of {all}"),
        LossKind::NarrowType => format!("gives {all} a type that cannot hold all of {its} values"),
        LossKind::OmitColumn => format!("rebuilds the table without {all}"),
        LossKind::OmitRows => format!("rebuilds {all} without all of {its} rows"),
    }
}

/// "a", "a and b", "a, b and c", "a, b, c and 4 more".
pub(crate) fn enumerated(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if parts.len() <= 4 => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", parts[..3].join(", "), parts.len() - 3),
    }
}

/// A migration as a Rust item.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "it is written where it is made")]
pub struct Item<'i> {
    /// What it undoes, as a sentence.
    pub doc: &'i str,
    /// What else its reader must know, each as a sentence.
    pub remarks: Vec<String>,
    /// Its version.
    pub version: &'i str,
    /// The key and value of its way forward: `up = "…"`, `up_file = "…"`.
    pub up: String,
    /// The same of its way back; none where there is none.
    pub down: Option<String>,
    /// What is admitted of both.
    pub marks: &'i Marks,
    /// The type.
    pub name: String,
}

impl std::fmt::Display for Item<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let marks = self.marks;
        let mut keys = vec![
            format!("version = {}", grouped(self.version)),
            self.up.clone(),
        ];
        let with = |key: &str, why: &String| format!("{key} = {}", literal(why));
        keys.extend(marks.lossy.iter().map(|why| with("lossy", why)));
        keys.extend(self.down.clone());
        keys.extend(
            marks
                .irreversible
                .iter()
                .map(|why| with("irreversible", why)),
        );
        keys.extend(marks.destructive.iter().map(|why| match &why.0 {
            Some(why) => with("destructive", why),
            None => "destructive".to_owned(),
        }));
        let allowed = marks.allow.iter().map(|(rule, why)| with(rule, why));
        let allowed: Vec<String> = allowed.collect();
        if !allowed.is_empty() {
            keys.push(format!("allow({})", allowed.join(", ")));
        }
        writeln!(f, "/// {}", self.doc)?;
        for remark in &self.remarks {
            writeln!(f, "///\n/// {remark}")?;
        }
        write!(
            f,
            "#[derive(onward::Migration)]\n#[migration(\n    {},\n)]\nstruct {};",
            keys.join(",\n    "),
            self.name
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_is_written_as_the_last_one() {
        let now = "20261122083000";
        for (last, next) in [
            ("0009", "0010"),
            ("9", "10"),
            ("000099", "000100"),
            ("20240101000000", "20261122083000"),
            ("2024-01-10-105231", "2026-11-22-083000"),
            ("2026112201", "2026112202"),
            ("2026010105", "2026112201"),
            ("20990101000000", "20990101000001"),
        ] {
            assert_eq!(following(last, now), next, "{last}");
        }
    }

    #[test]
    fn many_are_counted() {
        let parts: Vec<String> = (1..=6).map(|n| n.to_string()).collect();
        assert_eq!(enumerated(&parts[..3]), "1, 2 and 3");
        assert_eq!(enumerated(&parts), "1, 2, 3 and 3 more");
    }
}
