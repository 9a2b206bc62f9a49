//! Does the down take old data with a shrug?
//!
//! ## What it catches
//! A bare `destructive` on a down that takes data older than its up, or that cannot be understood.
//!
//! ## Why it hurts
//! The bare flag says "only what came since goes", which is what nine downs of ten do. This one takes what was there
//! before, and whoever is asked to consent at night needs to read why that is right.
//!
//! ## Example
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! -- onward: destructive
//! DROP TABLE users;
//! ```
//!
//! ## Write instead
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! -- onward: destructive = "the users are imported again each night"
//! DROP TABLE users;
//! ```

use super::{Answer, Judged, Rule};
use crate::{Finding, Reason, Side};

pub(super) const RULE: Rule = Rule {
    name: "destructive_reason_missing",
    source: include_str!("destructive_reason_missing.rs"),
    answer: Answer::Only("a reason: `destructive = \"why\"`"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let marks = judged.subject.marks;
    let (Some(down), Some(Reason(None))) = (judged.down_weight(), &marks.destructive) else {
        return Vec::new();
    };
    let mut help = Vec::from_iter(judged.name_meant());
    let (span, message) = if down.takes_older() {
        let deeds = down.deeds_to_older();
        (
            down.older_span(),
            format!("the down {deeds}, data older than the up, and `destructive` does not say why"),
        )
    } else if down.is_unknown() && marks.assert_lossless.is_none() {
        let reason = down.reason();
        help.extend(down.no_mark_needed());
        (
            down.unknown_span(),
            format!(
                "nobody can tell what the down loses, and `destructive` does not say: {reason}"
            ),
        )
    } else {
        return Vec::new();
    };
    let mark = judged.written(Side::Down, "destructive = \"why\"");
    help.push(format!("say why that is right with {mark}"));
    help.push(judged.give_up_the_down());
    vec![RULE.finding(Side::Down, span, message, help)]
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Case, loss, older};
    use crate::{LossKind, Marks, Reason};

    fn bare() -> Marks {
        Marks {
            destructive: Some(Reason(None)),
            ..Marks::default()
        }
    }

    #[test]
    fn names_only_what_is_older() {
        let case = Case::new()
            .down_loses(loss("users.fax", LossKind::DropColumn))
            .down_loses(older("users", LossKind::Delete))
            .marked(bare());
        assert_eq!(
            case.told(),
            "destructive_reason_missing: the down deletes rows of `users`, data older than the up, and `destructive` does not say why\n\
             \x20 say why that is right with `destructive = \"why\"`\n\
             \x20 or have no way back: remove the down and write `irreversible = \"why\"`\n"
        );
    }

    #[test]
    fn the_unknown_needs_a_reason_too() {
        let case = Case::new()
            .down_unknown("the SQL is built at run time")
            .marked(bare());
        assert_eq!(
            case.first_line(),
            "destructive_reason_missing: nobody can tell what the down loses, and `destructive` does not say: the SQL is built at run time"
        );
        let asserted = Marks {
            assert_lossless: Some("it only logs".into()),
            ..bare()
        };
        assert!(
            case.marked(asserted)
                .first_line()
                .starts_with("not_understood: ")
        );
    }
}
