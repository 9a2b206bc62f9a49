//! Is there a way back or not?
//!
//! ## What it catches
//! `irreversible` on a migration whose down does something.
//!
//! ## Why it hurts
//! One of the two is untrue, and at night nobody knows which.
//!
//! ## Example
//! ```sql
//! -- up
//! -- onward: irreversible = "the slow query must never return"
//! CREATE INDEX users_by_name ON users (name);
//! -- down
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

use super::{Answer, Judged, Rule};
use crate::{Finding, Side};

pub(super) const RULE: Rule = Rule {
    name: "irreversible_with_down",
    source: include_str!("irreversible_with_down.rs"),
    answer: Answer::Only("the removal of the down or of the mark"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let subject = judged.subject;
    if subject.marks.irreversible.is_none() || subject.down.is_none() || !judged.down_acts {
        return Vec::new();
    }
    vec![RULE.finding(
        Side::Down,
        None,
        "this migration says that it is irreversible, and has a down".to_owned(),
        vec!["keep one of the two: remove the down, or the mark `irreversible`".to_owned()],
    )]
}

#[cfg(test)]
mod tests {
    use crate::Marks;
    use crate::rules::testing::Case;

    #[test]
    fn one_of_the_two_must_go() {
        let marks = Marks {
            irreversible: Some("why".into()),
            ..Marks::default()
        };
        let case = Case::new().marked(marks);
        assert_eq!(
            case.first_line(),
            "irreversible_with_down: this migration says that it is irreversible, and has a down"
        );
        assert_eq!(case.without_down().told(), "");
    }
}
