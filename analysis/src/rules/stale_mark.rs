//! Does every mark tell the truth?
//!
//! ## What it catches
//! `destructive`, `lossy` or `assert_lossless` on a migration whose verdict does not call for it in any dialect.
//!
//! ## Why it hurts
//! A mark that admits a loss where there is none teaches its readers to skip marks.
//!
//! ## Example
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! -- onward: destructive
//! DROP INDEX users_by_name;
//! ```
//!
//! ## Write instead
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! DROP INDEX users_by_name;
//! ```

use super::{Answer, Judged, Rule, cannot_run};
use crate::{Finding, Side};

pub(super) const RULE: Rule = Rule {
    name: "stale_mark",
    source: include_str!("stale_mark.rs"),
    answer: Answer::Only("the removal of the mark"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let stale = |mark: &'static str, message: &str| {
        let (side, span) = judged.place_of(mark);
        let help = vec!["remove it: a mark says only what is so".to_owned()];
        Finding {
            about: Some(mark),
            ..RULE.finding(side, span, message.to_owned(), help)
        }
    };
    let needed = Needed::of(judged);
    let marks = judged.subject.marks;
    let mut findings = Vec::new();
    if marks.destructive.is_some() && !needed.destructive {
        findings.push(stale(
            "destructive",
            match judged.subject.down {
                Some(_) => "`destructive` admits a loss, but the down loses nothing",
                None => "`destructive` is about the down, and there is none",
            },
        ));
    }
    if marks.lossy.is_some() && !needed.lossy {
        let message = "`lossy` admits a loss, but the up loses nothing";
        findings.push(stale("lossy", message));
    }
    if marks.assert_lossless.is_some() && !needed.assert_lossless {
        let message =
            "`assert_lossless` vouches for what is not understood, but all of it is understood";
        findings.push(stale("assert_lossless", message));
    }
    for (mark, declared) in [("takes", &marks.takes), ("changes", &marks.changes)] {
        let unknown = needed.declared;
        let asserted = mark == "takes" && marks.assert_lossless.is_some();
        let message = match mark {
            _ if declared.is_empty() || unknown && !asserted => continue,
            _ if asserted => {
                "`takes` names data that is lost, and `assert_lossless` says that none is"
            }
            "takes" => {
                "`takes` names what an up loses that is not understood, but all of it is understood"
            }
            _ => {
                "`changes` names what an up changes that is not understood, but all of it is understood"
            }
        };
        findings.push(stale(mark, message));
    }
    findings
}

/// Which marks the verdicts call for, as far as they can be told.
pub(super) struct Needed {
    pub(super) destructive: bool,
    pub(super) lossy: bool,
    pub(super) assert_lossless: bool,
    pub(super) declared: bool,
}

impl Needed {
    pub(super) fn of(judged: &Judged<'_>) -> Needed {
        let up = judged.up_weight();
        let down = judged.down_weight();
        // What a direction would do that cannot run is not known.
        let no_up = cannot_run::is_certain(judged, Side::Up);
        let no_down = no_up || cannot_run::is_certain(judged, Side::Down);
        Needed {
            destructive: down.is_some_and(|down| no_down || down.is_heavy()),
            lossy: no_up || up.is_heavy(),
            assert_lossless: no_down
                || up.is_unknown()
                || down.is_some_and(super::Weight::is_unknown),
            declared: no_up || up.is_unknown(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Case;
    use crate::{Marks, Object, Reason};

    #[test]
    fn each_lie_is_named() {
        let marks = Marks {
            destructive: Some(Reason(None)),
            lossy: Some("why".into()),
            irreversible: None,
            assert_lossless: Some("why".into()),
            takes: vec![Object::named("users.fax").unwrap()],
            changes: vec![Object::named("users.fax").unwrap()],
            allow: Default::default(),
        };
        let case = Case::new().marked(marks);
        assert_eq!(
            case.told(),
            "stale_mark: `destructive` admits a loss, but the down loses nothing\n\
             \x20 remove it: a mark says only what is so\n\
             stale_mark: `lossy` admits a loss, but the up loses nothing\n\
             \x20 remove it: a mark says only what is so\n\
             stale_mark: `assert_lossless` vouches for what is not understood, but all of it is understood\n\
             \x20 remove it: a mark says only what is so\n\
             stale_mark: `takes` names data that is lost, and `assert_lossless` says that none is\n\
             \x20 remove it: a mark says only what is so\n\
             stale_mark: `changes` names what an up changes that is not understood, but all of it is understood\n\
             \x20 remove it: a mark says only what is so\n"
        );
    }
}
