//! What does each migration of a catalog lose, on what the ones before it built?

mod order;
mod origin;

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::built::Built;
use crate::check::{Code, Style};
use crate::{Checked, Dialect, Marks, Subject, Version};
use order::Makers;

/// One migration of a catalog, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its place in the order.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// The way forward.
    pub up: Text,
    /// The way back; none where there is none.
    pub down: Option<Text>,
    /// What the author admits.
    pub marks: Marks,
    /// How marks are written where it stands.
    pub style: Style,
    /// The databases that it is checked for.
    pub dialects: Vec<Dialect>,
    /// The environments that it runs in; empty means all.
    pub only: Vec<String>,
    /// What must hold for it to be compiled, each as it is written in a `#[cfg(…)]` on it or around it.
    pub conditions: BTreeSet<String>,
    /// The file that it stands in, as it is shown; empty where that is not known.
    pub file: String,
}

/// What one direction of a member consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a migration is SQL or Rust")]
pub enum Text {
    /// A script.
    Sql(String),
    /// A Rust function.
    Rust,
}

impl Text {
    /// The text as [`check`](crate::check()) takes it.
    #[must_use]
    pub fn code(&self) -> Code<'_> {
        match self {
            Text::Sql(sql) => Code::Sql(sql),
            Text::Rust => Code::Rust,
        }
    }
}

impl Member {
    fn subject(&self) -> Subject<'_> {
        Subject {
            up: self.up.code(),
            down: self.down.as_ref().map(Text::code),
            marks: &self.marks,
            style: self.style,
        }
    }

    /// How it is called, and where it stands.
    fn shown(&self) -> String {
        match self.file.as_str() {
            "" => format!("{} ({})", self.version, self.name),
            file => format!("{} ({}) in {file}", self.version, self.name),
        }
    }

    /// Whether it has run wherever `other`, which comes later, runs.
    fn runs_wherever(&self, other: &Member) -> bool {
        let environments = match (self.only.as_slice(), other.only.as_slice()) {
            ([], _) => true,
            (_, []) => false,
            (own, other) => other.iter().all(|name| own.contains(name)),
        };
        environments && self.conditions.is_subset(&other.conditions)
    }

    /// Whether they are checked alike on the same schema.
    fn is_written_as(&self, other: &Member) -> bool {
        (&self.up, &self.down, &self.marks) == (&other.up, &other.down, &other.marks)
            && (self.style, &self.dialects) == (other.style, &other.dialects)
    }
}

/// The migrations of a catalog, each of which is judged on the schema that the ones before it built.
///
/// A member that need not have run where a later one does (behind another `#[cfg]`, in other environments) is relied on only
/// where it leaves the schema alone: else the later one is judged on an unknown schema. The same goes for two members of one
/// version.
///
/// ```
/// use onward_analysis::check::Style;
/// use onward_analysis::sequence::{Member, Sequence, Text};
/// use onward_analysis::{Dialect, Verdict, Version};
///
/// let member = |version, up: &str, down: &str| Member {
///     version: Version::new(version),
///     name: String::new(),
///     up: Text::Sql(up.to_owned()),
///     down: Some(Text::Sql(down.to_owned())),
///     marks: Default::default(),
///     style: Style::Attribute,
///     dialects: vec![Dialect::Postgres],
///     only: Vec::new(),
///     conditions: Default::default(),
///     file: String::new(),
/// };
/// let wider = member(2, "ALTER TABLE t ALTER a TYPE text", "ALTER TABLE t ALTER a TYPE varchar(20)");
/// let made = member(1, "CREATE TABLE t (a varchar(20))", "DROP TABLE t");
/// let mut sequence = Sequence::open(vec![wider.clone(), made]);
/// let checked = sequence.check(&wider).unwrap();
/// assert_eq!(checked.up[0].verdict, Verdict::Lossless);
/// ```
#[derive(Debug)]
pub struct Sequence {
    /// In version order.
    members: Vec<Member>,
    /// What stands before the first of them.
    start: Built,
    /// What is known for members that are run under the same conditions, by the first such member.
    courses: HashMap<usize, Course>,
}

/// The schemas that stand before each of the members so far, and what was found of those.
#[derive(Debug)]
struct Course {
    before: Vec<Built>,
    /// None where it need not have run, and once it was asked for.
    checked: Vec<Option<Checked>>,
    makers: Makers,
}

/// How many sets of conditions are told apart: each costs as much as all members do. Who runs under one more is judged alone.
const MOST: usize = 16;

impl Sequence {
    /// The migrations of a catalog whose database others may build in too: nothing is known of what they do not mention.
    #[must_use]
    pub fn open(members: Vec<Member>) -> Sequence {
        Sequence::of(members, Built::open())
    }

    /// The migrations of a catalog that has its database for itself: what they did not make is not there.
    #[must_use]
    pub fn closed(members: Vec<Member>) -> Sequence {
        Sequence::of(members, Built::empty())
    }

    fn of(mut members: Vec<Member>, start: Built) -> Sequence {
        members.sort_by_key(|member| member.version);
        Sequence {
            members,
            start,
            courses: HashMap::new(),
        }
    }

    /// The members, in version order.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// What must hold for the member that `own` is to be compiled; nothing where it is no member.
    #[must_use]
    pub fn conditions(&self, own: &Member) -> BTreeSet<String> {
        let at = self.position(own);
        at.map(|at| self.members[at].conditions.clone())
            .unwrap_or_default()
    }

    /// What the check of `own` finds on the schema that the members before it built; none where it is no member. Its text may
    /// be newer than the member's.
    ///
    /// # Panics
    /// Where the analysis does, for `own`.
    pub fn check(&mut self, own: &Member) -> Option<Checked> {
        let index = self.position(own)?;
        let runs_alike = |at: &usize| {
            let other = &self.members[*at];
            let (one, same) = (&self.members[index], other);
            one.only == same.only && one.conditions == same.conditions
        };
        let like = (0..=index).find(runs_alike).unwrap_or(index);
        if self.courses.len() >= MOST && !self.courses.contains_key(&like) {
            return Some(Built::open().check(&own.subject(), &own.dialects));
        }
        let course = self.courses.entry(like).or_insert_with(|| Course {
            before: vec![self.start.clone()],
            checked: Vec::new(),
            makers: Makers::new(),
        });
        course.reach(index, index, &self.members);
        let kept = match own.is_written_as(&self.members[index]) {
            true => course.checked[index].take(),
            false => None,
        };
        let (mut checked, after) = match kept {
            Some(checked) => (checked, course.before[index + 1].clone()),
            None => {
                let mut after = course.before[index].clone();
                (after.check(&own.subject(), &own.dialects), after)
            }
        };
        let before = &course.before[..=index];
        origin::tell(&mut checked, before, &after, &self.members[..=index]);
        order::tell(&mut checked, course, index, &self.members);
        Some(checked)
    }

    /// The member that `own` is.
    fn position(&self, own: &Member) -> Option<usize> {
        let first = self
            .members
            .partition_point(|one| one.version < own.version);
        let same = |one: &&Member| one.version == own.version;
        let of_version = self.members[first..].iter().take_while(same).enumerate();
        let named: Vec<(usize, &Member)> =
            of_version.filter(|(_, one)| one.name == own.name).collect();
        let chosen = match named.as_slice() {
            [only] => Some(only),
            several => {
                let mut written = several.iter().filter(|(_, one)| own.is_written_as(one));
                written.next().filter(|_| written.next().is_none())
            }
        };
        chosen.map(|(at, _)| first + at)
    }
}

impl Course {
    /// Goes on until the member at `last` is checked too; the one at `asking`, or one that runs alike, is who asks.
    fn reach(&mut self, last: usize, asking: usize, members: &[Member]) {
        for at in self.checked.len()..=last {
            let member = &members[at];
            let mut built = self.before[at].clone();
            let twin =
                |other: Option<&Member>| other.is_some_and(|one| one.version == member.version);
            let is_alone = !twin(members.get(at + 1)) && (at == 0 || !twin(members.get(at - 1)));
            // A defect that one migration shows must not hide the others.
            let checked = catch_unwind(AssertUnwindSafe(|| {
                if is_alone && member.runs_wherever(&members[asking]) {
                    return Some(built.check(&member.subject(), &member.dialects));
                }
                built.perhaps(member.up.code(), &member.dialects);
                None
            }));
            let checked = checked.unwrap_or_else(|_| {
                built.forget();
                None
            });
            if let Some(checked) = &checked {
                order::note(&mut self.makers, at, checked);
            }
            self.checked.push(checked);
            self.before.push(built);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    fn member(version: i64, up: &str, down: &str) -> Member {
        Member {
            version: Version::new(version),
            name: format!("m{version}"),
            up: Text::Sql(up.to_owned()),
            down: (!down.is_empty()).then(|| Text::Sql(down.to_owned())),
            marks: Marks::default(),
            style: Style::Attribute,
            dialects: vec![Dialect::Postgres],
            only: Vec::new(),
            conditions: BTreeSet::new(),
            file: String::new(),
        }
    }

    fn table() -> Member {
        member(1, "CREATE TABLE t (a varchar(20))", "DROP TABLE t")
    }

    /// Lossless only where the type before is known.
    fn wider(version: i64) -> Member {
        member(version, "ALTER TABLE t ALTER a TYPE varchar(30)", "")
    }

    fn under(condition: &str, member: Member) -> Member {
        Member {
            conditions: BTreeSet::from([condition.to_owned()]),
            ..member
        }
    }

    fn knows(members: Vec<Member>, own: &Member) -> bool {
        let checked = Sequence::open(members).check(own).unwrap();
        checked.up[0].verdict == Verdict::Lossless
    }

    #[test]
    fn order_is_the_versions_and_not_that_of_the_text() {
        assert!(knows(vec![wider(2), table()], &wider(2)));
        assert!(!knows(vec![table(), wider(0)], &wider(0)));
    }

    #[test]
    fn one_that_need_not_have_run_is_not_relied_on() {
        let on = |condition| under(condition, table());
        assert!(!knows(vec![on("test"), wider(2)], &wider(2)));
        assert!(knows(
            vec![on("unix"), under("unix", wider(2))],
            &under("unix", wider(2))
        ));
        let mut staged = table();
        staged.only = vec!["staging".to_owned()];
        let mut own = wider(2);
        assert!(!knows(vec![staged.clone(), own.clone()], &own));
        own.only = vec!["staging".to_owned()];
        assert!(knows(vec![staged, own.clone()], &own));
    }

    #[test]
    fn each_is_judged_under_its_own_conditions() {
        let members = vec![under("unix", table()), wider(2), under("unix", wider(3))];
        let mut sequence = Sequence::open(members.clone());
        let mut verdict = |own: &Member| sequence.check(own).unwrap().up[0].verdict;
        assert_ne!(verdict(&members[1]), Verdict::Lossless);
        assert_eq!(verdict(&members[2]), Verdict::Lossless);
        assert_ne!(verdict(&members[1]), Verdict::Lossless, "asked for again");
    }

    #[test]
    fn a_set_of_conditions_too_many_is_judged_alone() {
        let mut members = vec![table()];
        for version in 2..=40 {
            members.push(under(&version.to_string(), member(version, "SELECT 1", "")));
        }
        members.push(wider(41));
        let mut sequence = Sequence::open(members.clone());
        let mut verdict = |own: &Member| sequence.check(own).unwrap().up[0].verdict;
        for own in &members[1..40] {
            assert_eq!(verdict(own), Verdict::Lossless);
        }
        assert_ne!(verdict(&members[40]), Verdict::Lossless);
    }

    #[test]
    fn of_two_of_one_version_none_is_relied_on() {
        let other = Member {
            name: "other".to_owned(),
            ..table()
        };
        assert!(!knows(vec![table(), other, wider(2)], &wider(2)));
        let twice = Sequence::open(vec![table(), table()]).check(&table());
        assert!(twice.is_none(), "which of them is meant cannot be told");
    }

    #[test]
    fn a_narrowing_tells_the_type_and_who_gave_it() {
        let made = member(1, "CREATE TABLE p (a varchar(20), b varchar(80))", "");
        let made = Member {
            file: "src/a.rs".to_owned(),
            ..made
        };
        let renamed = member(2, "ALTER TABLE p RENAME TO t", "");
        let both = member(
            3,
            "ALTER TABLE t ALTER a TYPE varchar(40), ALTER b TYPE varchar(40)",
            "ALTER TABLE t ALTER a TYPE varchar(20)",
        );
        let members = vec![made, renamed, both.clone()];
        let checked = Sequence::open(members).check(&both).unwrap();
        let helps = checked.findings.iter().map(|one| one.help[0].as_str());
        assert_eq!(
            helps.take(2).collect::<Vec<_>>(),
            [
                "`t.a` is varchar(40) since the up",
                "`t.b` is varchar(80) since 1 (m1) in src/a.rs",
            ]
        );
    }

    #[test]
    fn the_text_that_asks_counts() {
        let newer = member(2, "ALTER TABLE t ALTER a TYPE varchar(10)", "");
        let newer = Member {
            name: "m2".to_owned(),
            ..newer
        };
        assert!(!knows(vec![table(), wider(2)], &newer));
        assert!(Sequence::open(vec![table()]).check(&wider(2)).is_none());
    }
}
