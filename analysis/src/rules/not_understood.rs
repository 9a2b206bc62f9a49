//! Is every part of the SQL understood?
//!
//! ## What it catches
//! A part whose effect on data cannot be told. It is a note, because a mark answers for it already; where none does, the
//! error is `unknown_up` or `unknown_down`, which points at the first such part.
//!
//! ## Why it hurts
//! The verdict does not cover it: what it does rests on the author's word.
//!
//! ## Example
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! -- onward: assert_lossless = "the plug-in only rebuilds an index"
//! CALL plugin_cleanup();
//! ```
//!
//! ## Write instead
//! The statements themselves, where that is possible.
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! DROP INDEX users_by_name;
//! ```

use super::weight::Weight;
use super::{Answer, Judged, Rule, unknown_down, unknown_up};
use crate::{Finding, Level, Side};

pub(super) const RULE: Rule = Rule {
    name: "not_understood",
    source: include_str!("not_understood.rs"),
    answer: Answer::Allow(Level::Note),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let mut said = (unknown_up::RULE.check)(judged);
    said.extend((unknown_down::RULE.check)(judged));
    let mut findings = Vec::new();
    let weights = [
        (Side::Up, Some(judged.up_weight())),
        (Side::Down, judged.down_weight()),
    ];
    for (side, weight) in weights {
        for (span, reason) in weight.into_iter().flat_map(Weight::unknowns) {
            let same = |said: &Finding| said.side == side && said.span == Some(span);
            if !said.iter().any(same) {
                let message = format!("what this does to data is unknown: {reason}");
                findings.push(RULE.finding(side, Some(span), message, Vec::new()));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use crate::Marks;
    use crate::rules::testing::Case;

    #[test]
    fn what_an_error_points_at_is_not_said_twice() {
        let case = Case::new().down_unknown("the SQL is built at run time");
        assert!(case.first_line().starts_with("unknown_down: "));
        assert!(!case.told().contains("not_understood"));
        let asserted = Marks {
            assert_lossless: Some("it only logs".into()),
            ..Marks::default()
        };
        assert_eq!(
            case.marked(asserted).first_line(),
            "not_understood: what this does to data is unknown: the SQL is built at run time"
        );
    }
}
