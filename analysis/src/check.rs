//! What does a whole migration, both directions and its marks, have to answer for?

use std::collections::HashMap;

use crate::judge::pair::Fact;
use crate::judge::{Asked, Scripts};
use crate::{Analysis, Dialect, Finding, Marks, Object, Schema, Span, Stuck, rules};

/// A migration to be checked.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The way forward.
    pub up: Code<'a>,
    /// The way back; none where there is none.
    pub down: Option<Code<'a>>,
    /// What the author admits.
    pub marks: &'a Marks,
    /// How marks are written here, for the texts that are offered.
    pub style: Style,
}

/// What one direction consists of.
#[derive(Debug, Clone, Copy)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a migration is SQL or Rust, or half of it is missing"
)]
pub enum Code<'a> {
    /// A script.
    Sql(&'a str),
    /// A Rust function, which no analysis can follow.
    Rust,
    /// Nothing: the down stands in a folder without an up, and nothing runs it.
    Missing,
}

/// How a mark is written where the migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "attribute or header comment")]
pub enum Style {
    /// `destructive = "why"` in the attribute.
    Attribute,
    /// `-- onward: destructive = "why"` at the head of the file.
    Header,
}

/// What the check of one migration found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// One analysis of the up for each dialect, in the order asked; none for Rust.
    pub up: Vec<Analysis>,
    /// The same for the down; none where there is no down, or it is Rust.
    pub down: Vec<Analysis>,
    /// Everything that is wrong, errors first.
    pub findings: Vec<Finding>,
    /// The marks that would satisfy every mark rule, beginning with those that stand.
    pub marks: Marks,
    /// The down that would undo the up, where it can be worked out and none is written.
    pub inverse: Option<String>,
    /// What that down does not bring back as it was, or leaves: a sentence each.
    pub gaps: Vec<String>,
    /// What keeps it from being worked out, where that can be said.
    pub stuck: Vec<Stuck>,
    /// What the up asks for and nothing before it made, by the databases in which that is so.
    pub(crate) unmet: Vec<(Dialect, Object, Span)>,
}

/// Checks a migration for each of `dialects`; `schemas` are what its predecessors built, one for each dialect, and
/// are moved on to what stands after its up.
///
/// # Panics
/// Where `schemas` and `dialects` differ in length.
#[must_use]
pub fn check(subject: &Subject<'_>, dialects: &[Dialect], schemas: &mut [Schema]) -> Checked {
    assert_eq!(dialects.len(), schemas.len(), "one schema for each dialect");
    let text = |code| match code {
        Code::Sql(sql) => Some(sql),
        Code::Rust | Code::Missing => None,
    };
    let (up, down) = match subject.up {
        Code::Missing => (None, None),
        up => (text(up), subject.down.and_then(text)),
    };
    let read = |dialect: &Dialect| Scripts::read(*dialect, up, down);
    let scripts: Vec<Scripts> = dialects.iter().map(read).collect();
    let mut checked = Checked {
        up: Vec::new(),
        down: Vec::new(),
        findings: Vec::new(),
        marks: Marks::default(),
        inverse: None,
        gaps: Vec::new(),
        stuck: Vec::new(),
        unmet: Vec::new(),
    };
    let mut stuck = Vec::new();
    // An empty down is none: what would undo the up is worked out for it too.
    let wants_inverse =
        subject.down.is_none() || (down.is_some() && scripts.iter().all(Scripts::have_empty_down));
    let mut facts = Facts::default();
    let mut inverse_facts = Facts::default();
    let mut acts = (up.is_none(), subject.down.is_some() && down.is_none());
    let mut inverses: Vec<Option<Offered>> = Vec::new();
    for ((dialect, scripts), schema) in dialects.iter().zip(&scripts).zip(schemas) {
        let judged = if let (true, Some(up)) = (wants_inverse, up) {
            let (judged, worked_out) = scripts.judge_and_invert(schema, up);
            if let Err(in_the_way) = &worked_out {
                stuck.clone_from(in_the_way);
            }
            inverses.push(worked_out.ok().map(|worked_out| {
                inverse_facts.add(worked_out.facts, *dialect);
                Offered {
                    sql: worked_out.sql,
                    is_lossy: worked_out.is_lossy,
                    narrows: worked_out.narrows,
                }
            }));
            judged
        } else {
            scripts.judge(schema, Asked::Pair)
        };
        checked.up.extend(judged.up);
        checked.down.extend(judged.down);
        acts.0 |= judged.up_does_something;
        acts.1 |= judged.down_does_something;
        facts.add(judged.facts, *dialect);
        let unmet = judged.unmet.into_iter();
        checked
            .unmet
            .extend(unmet.map(|(object, span)| (*dialect, object, span)));
        *schema = judged.after;
    }
    let offered = Offered::in_all(inverses);
    let weights = rules::Weights::of(subject, &checked.up, &checked.down);
    let mut judged = rules::Judged {
        subject,
        up: &checked.up,
        down: &checked.down,
        up_acts: acts.0,
        down_acts: acts.1,
        facts: &facts.all,
        inverse: None,
        stuck: &stuck,
        weights: &weights,
    };
    let gaps = rules::gaps(&rules::Judged {
        facts: &inverse_facts.all,
        down_acts: true,
        ..judged
    });
    judged.inverse = offered.as_ref().map(|offered| rules::Inverse {
        sql: &offered.sql,
        is_lossy: offered.is_lossy,
        narrows: &offered.narrows,
        gaps: &gaps,
    });
    checked.marks = rules::called_for(&judged);
    checked.findings = rules::findings(&judged);
    checked
        .findings
        .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    if let Some(offered) = offered {
        checked.inverse = Some(offered.sql);
        checked.gaps = gaps;
    }
    checked.stuck = stuck;
    checked
}

/// A down that was worked out.
struct Offered {
    sql: String,
    is_lossy: bool,
    /// The columns older than the up that get a narrower type back.
    narrows: Vec<String>,
}

impl Offered {
    /// The down for every dialect: one text must serve them all.
    fn in_all(inverses: Vec<Option<Offered>>) -> Option<Offered> {
        let mut inverses = inverses.into_iter();
        let mut offered = inverses.next()??;
        for other in inverses {
            let other = other.filter(|other| other.sql == offered.sql)?;
            offered.is_lossy |= other.is_lossy;
            let narrows = other.narrows.into_iter();
            let new = narrows.filter(|column| !offered.narrows.contains(column));
            let new: Vec<String> = new.collect();
            offered.narrows.extend(new);
        }
        Some(offered)
    }
}

/// What can be said of a pair, and in which dialects.
#[derive(Default)]
struct Facts {
    all: Vec<(Fact, Vec<Dialect>)>,
    places: HashMap<Fact, usize>,
}

impl Facts {
    fn add(&mut self, facts: Vec<Fact>, dialect: Dialect) {
        for fact in facts {
            let at = *self.places.entry(fact.clone()).or_insert(self.all.len());
            match self.all.get_mut(at) {
                Some((_, dialects)) if dialects.contains(&dialect) => {}
                Some((_, dialects)) => dialects.push(dialect),
                None => self.all.push((fact, vec![dialect])),
            }
        }
    }
}
