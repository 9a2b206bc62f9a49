//! Which findings can a migration have?
//!
//! A rule is one file here and one line in [`RULES`]. Its leading comment says what it catches, why that hurts, and gives
//! an example that is tested; `cargo onward explain` prints it.

mod cannot_run;
mod comes_back_empty;
mod destructive_reason_missing;
mod empty_down;
mod empty_up;
mod header;
mod irreversible_with_down;
mod leaves_behind;
mod marks;
mod missing_down;
mod misspelt;
mod not_atomic;
mod not_restored;
mod not_understood;
mod orphan_down;
mod stale_mark;
mod takes_more;
mod unknown_down;
mod unknown_up;
mod unmarked_destructive_down;
mod unmarked_lossy_up;
mod unused_allow;
mod weight;
mod would_fail;

#[cfg(test)]
pub(crate) mod pairs;
#[cfg(test)]
mod testing;

use crate::check::{Code, Style, Subject};
use crate::judge::pair::Fact;
use crate::nearest::nearest;
pub use crate::newer::plain;
use crate::{Analysis, Dialect, Finding, Level, Severity, Side, Span, Stuck};
pub(crate) use cannot_run::made_later;
pub use header::unknown_environment;
pub(crate) use marks::called_for;
use weight::{Weight, only_on};

/// One kind of finding.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// Its source, which begins with its documentation.
    source: &'static str,
    /// How its findings are answered.
    pub answer: Answer,
    check: fn(&Judged<'_>) -> Vec<Finding>,
}

/// How the findings of a rule are answered, other than by writing other SQL.
#[derive(Debug, Clone, Copy)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a finding may be allowed or it may not"
)]
pub enum Answer {
    /// Only by this, a clause's object: the rule guards data or the truth of marks, and is always `deny`.
    Only(&'static str),
    /// By `allow(rule = "why")` on the migration, or by another level in `onward.toml`; this is its own.
    Allow(Level),
}

/// The name of the rule whose findings hide the others of a direction.
pub const CANNOT_RUN: &str = cannot_run::RULE.name;
/// The name of the rule on what stands in headers.
pub(crate) const HEADER: &str = header::RULE.name;

/// Every rule, those on the marks first, in the order in which findings are reported.
pub const RULES: [Rule; 22] = [
    header::RULE,
    unmarked_destructive_down::RULE,
    destructive_reason_missing::RULE,
    unknown_down::RULE,
    missing_down::RULE,
    orphan_down::RULE,
    empty_down::RULE,
    irreversible_with_down::RULE,
    unmarked_lossy_up::RULE,
    unknown_up::RULE,
    stale_mark::RULE,
    unused_allow::RULE,
    empty_up::RULE,
    takes_more::RULE,
    leaves_behind::RULE,
    cannot_run::RULE,
    misspelt::RULE,
    would_fail::RULE,
    comes_back_empty::RULE,
    not_restored::RULE,
    not_atomic::RULE,
    not_understood::RULE,
];

impl Rule {
    /// The rule of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Rule> {
        RULES.into_iter().find(|rule| rule.name == name)
    }

    /// How strictly it is held where `onward.toml` says nothing.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.answer {
            Answer::Only(_) => Level::Deny,
            Answer::Allow(level) => level,
        }
    }

    /// The question that it answers: the first line of its explanation.
    #[must_use]
    pub fn question(&self) -> &'static str {
        let line = self.source.lines().next().unwrap_or_default();
        line.trim_start_matches("//!").trim_start()
    }

    /// A finding of this rule.
    fn finding(
        &self,
        side: Side,
        span: Option<Span>,
        message: String,
        help: Vec<String>,
    ) -> Finding {
        Finding {
            rule: self.name,
            severity: Severity::of(self.level()).unwrap_or(Severity::Note),
            side,
            span,
            about: None,
            message,
            help,
        }
    }

    /// What it catches, why it hurts, an example, and what to write instead; Markdown.
    #[must_use]
    pub fn explanation(&self) -> String {
        self.source
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .fold(String::new(), |text, line| text + line + "\n")
    }
}

/// Whether a migration may say `allow(name = "why")`.
///
/// # Errors
/// A sentence: there is no such rule, or it is answered otherwise.
pub fn may_be_allowed(name: &str) -> Result<(), String> {
    match known(name)?.answer {
        Answer::Allow(_) => Ok(()),
        Answer::Only(answer) => Err(format!(
            "`{name}` is never allowed, because it guards data or a mark: the answer to it is {answer}"
        )),
    }
}

/// Whether `onward.toml` may say `name = "level"` below `[rules]`.
///
/// # Errors
/// A sentence: there is no such rule, or it may not be lowered.
pub fn may_be_set(name: &str, level: Level) -> Result<(), String> {
    match known(name)?.answer {
        Answer::Only(_) if level != Level::Deny => Err(format!(
            "`{name}` guards data or a mark: it is always `deny`"
        )),
        _ => Ok(()),
    }
}

fn known(name: &str) -> Result<Rule, String> {
    Rule::named(name).ok_or_else(|| {
        let names = RULES.map(|rule| rule.name);
        match nearest(name, &names) {
            Some(meant) => format!("there is no rule `{name}`: did you mean `{meant}`?"),
            None => format!("there is no rule `{name}`: `cargo onward explain` lists the rules"),
        }
    })
}

/// A migration and what was found out about it: all that a rule looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) subject: &'a Subject<'a>,
    /// One analysis for each dialect; none for Rust.
    pub(crate) up: &'a [Analysis],
    pub(crate) down: &'a [Analysis],
    /// Whether the up does anything at all.
    pub(crate) up_acts: bool,
    /// Whether the down does anything at all; false where there is none.
    pub(crate) down_acts: bool,
    /// What the pair's two directions say about each other.
    pub(crate) facts: &'a [(Fact, Vec<Dialect>)],
    /// The down that would undo the up, where it can be worked out.
    pub(crate) inverse: Option<Inverse<'a>>,
    /// What keeps it from being worked out.
    pub(crate) stuck: &'a [Stuck],
    /// What weighs against its directions.
    pub(crate) weights: &'a Weights<'a>,
}

/// What weighs against the up, and against the down where there is one: summed up once, and asked by many rules.
#[derive(Debug)]
pub(crate) struct Weights<'a> {
    up: Weight<'a>,
    down: Option<Weight<'a>>,
}

impl<'a> Weights<'a> {
    pub(crate) fn of(
        subject: &Subject<'_>,
        up: &'a [Analysis],
        down: &'a [Analysis],
    ) -> Weights<'a> {
        Weights {
            up: Weight::of(subject.up, up),
            down: subject.down.map(|code| Weight::of(code, down)),
        }
    }
}

/// A down that was worked out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inverse<'a> {
    pub(crate) sql: &'a str,
    /// Whether it loses data, so that it needs `destructive`.
    pub(crate) is_lossy: bool,
    /// The columns older than the up that get a narrower type back: what came since may not fit, and the mark says so.
    pub(crate) narrows: &'a [String],
    /// What it leaves, or does not bring back as it was: a sentence each.
    pub(crate) gaps: &'a [String],
}

/// What a down that was worked out does not undo: what the rules on its shape say.
pub(crate) fn gaps(inverse: &Judged<'_>) -> Vec<String> {
    [takes_more::RULE, leaves_behind::RULE, not_restored::RULE]
        .iter()
        .flat_map(|rule| (rule.check)(inverse))
        .map(|finding| finding.message)
        .collect()
}

/// Holds a migration against every rule that it does not allow to be broken.
pub(crate) fn findings(judged: &Judged<'_>) -> Vec<Finding> {
    let allowed = &judged.subject.marks.allow;
    // What nothing runs has nothing else to answer for.
    let rules = match judged.subject.up {
        Code::Missing => &[header::RULE, orphan_down::RULE][..],
        Code::Sql(_) | Code::Rust => &RULES,
    };
    rules
        .iter()
        .filter(|rule| !allowed.contains_key(rule.name))
        .flat_map(|rule| {
            let mut findings = (rule.check)(judged);
            if let Answer::Allow(_) = rule.answer {
                for finding in &mut findings {
                    let allow =
                        judged.written(finding.side, &format!("allow({} = \"why\")", rule.name));
                    finding
                        .help
                        .push(format!("if it is to stay as it is, say why with {allow}"));
                }
            }
            findings
        })
        .collect()
}

impl<'a> Judged<'a> {
    fn up_weight(&self) -> &'a Weight<'a> {
        &self.weights.up
    }

    /// What the down weighs; none where there is none.
    fn down_weight(&self) -> Option<&'a Weight<'a>> {
        self.weights.down.as_ref()
    }

    /// What a rule says of the pair's facts, each with the dialects that it is so in, where it is not so in all.
    fn of_facts(&self, tell: impl Fn(&Fact) -> Option<Finding>) -> Vec<Finding> {
        let told = self.facts.iter().filter_map(|(fact, dialects)| {
            let mut finding = tell(fact)?;
            finding.message.push_str(&only_on(dialects, self.up.len()));
            Some(finding)
        });
        told.collect()
    }

    /// How a mark about `side` is written here, as a clause's object.
    fn written(&self, side: Side, mark: &str) -> String {
        match (self.subject.style, side) {
            (Style::Attribute, _) => format!("`{mark}`"),
            (Style::Header, Side::Up) => {
                format!("`-- onward: {mark}` at the head of the up's file")
            }
            (Style::Header, Side::Down) => {
                format!("`-- onward: {mark}` at the head of the down's file")
            }
        }
    }

    /// Where a mark, or the `allow` of a rule, is written: with the down, or with the up where the down says nothing of it.
    /// In an attribute only the macro knows.
    fn place_of(&self, mark: &str) -> (Side, Option<Span>) {
        let sides = [
            (Side::Down, self.subject.down),
            (Side::Up, Some(self.subject.up)),
        ];
        let written = sides.into_iter().find_map(|(side, code)| match code? {
            Code::Sql(sql) => Some((side, Some(crate::header::place(sql, mark)?))),
            Code::Rust | Code::Missing => None,
        });
        written.unwrap_or((Side::Up, None))
    }

    /// What to write for a table of the down that nobody made, where its name seems to be misspelt.
    fn name_meant(&self) -> Option<String> {
        self.facts.iter().find_map(|(fact, _)| match fact {
            Fact::Stranger { table, meant } => Some(format!(
                "no migration before makes `{table}`: did you mean `{meant}`?"
            )),
            _ => None,
        })
    }

    /// The way out for a down that should not be there.
    fn give_up_the_down(&self) -> String {
        let irreversible = self.written(Side::Up, "irreversible = \"why\"");
        match self.subject.style {
            Style::Attribute => {
                format!("or have no way back: remove the down and write {irreversible}")
            }
            Style::Header => {
                format!("or have no way back: remove the down's file and write {irreversible}")
            }
        }
    }
}

/// Whether `code` is Rust, which no analysis can follow.
fn is_rust(code: Code<'_>) -> bool {
    matches!(code, Code::Rust)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_documented_in_one_form() {
        for rule in RULES {
            let text = rule.explanation();
            let mut at = 0;
            for heading in [
                "## What it catches",
                "## Why it hurts",
                "## Example",
                "## Write instead",
            ] {
                let next = text[at..].find(heading);
                assert!(
                    next.is_some(),
                    "{}: `{heading}` is missing or out of order",
                    rule.name
                );
                at += next.unwrap_or(0);
            }
            assert!(
                text.lines().next().is_some_and(|line| line.ends_with('?')),
                "{}",
                rule.name
            );
        }
    }

    #[test]
    fn every_example_is_caught_and_what_to_write_instead_is_not() {
        for rule in RULES {
            let text = rule.explanation();
            let examples = testing::examples(&text);
            let [bad, good] = examples.as_slice() else {
                panic!("{}: {} examples", rule.name, examples.len());
            };
            let (bad, good) = (bad.findings(), good.findings());
            assert!(
                bad.iter().any(|finding| finding.rule == rule.name),
                "{}'s example: {bad:?}",
                rule.name
            );
            let others = bad.iter().filter(|finding| finding.rule != rule.name);
            for finding in others.chain(&good) {
                assert!(
                    finding.severity < Severity::Error && finding.rule != rule.name,
                    "{}: {finding:?}",
                    rule.name
                );
            }
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for rule in RULES {
            assert_eq!(
                RULES.iter().filter(|other| other.name == rule.name).count(),
                1
            );
            assert_eq!(
                Rule::named(rule.name).map(|rule| rule.name),
                Some(rule.name)
            );
        }
        assert!(Rule::named("unheard_of").is_none());
    }
}
