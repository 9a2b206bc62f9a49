//! Does the down do anything?
//!
//! ## What it catches
//! A down that is empty, holds only comments or changes nothing, for an up that does something.
//!
//! ## Why it hurts
//! It runs without an error, the history says "reverted", and everything that the up did is still there. The next up
//! fails on it.
//!
//! ## Example
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! SELECT 1;
//! ```
//!
//! ## Write instead
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! DROP INDEX users_by_name;
//! ```

use super::missing_down::offer;
use super::{Answer, Judged, Rule};
use crate::{Finding, Side};

pub(super) const RULE: Rule = Rule {
    name: "empty_down",
    source: include_str!("empty_down.rs"),
    answer: Answer::Only("a down, or `irreversible = \"why\"`"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let subject = judged.subject;
    let is_empty = subject.down.is_some() && !judged.down_acts;
    if !is_empty || !judged.up_acts || subject.marks.irreversible.is_some() {
        return Vec::new();
    }
    let touched = judged
        .up
        .iter()
        .flat_map(|analysis| &analysis.touches)
        .next();
    let does = match touched {
        Some(touch) => format!("changes `{}`", touch.object),
        None => "does something".to_owned(),
    };
    vec![RULE.finding(
        Side::Down,
        None,
        format!("the up {does}, and the down does nothing"),
        vec![offer(judged), judged.give_up_the_down()],
    )]
}

#[cfg(test)]
mod tests {
    use crate::Marks;
    use crate::rules::testing::Case;

    #[test]
    fn an_empty_down_undoes_nothing() {
        let case = Case::new().down_does_nothing();
        assert_eq!(
            case.told(),
            "empty_down: the up does something, and the down does nothing\n\
             \x20 write the way back: `down = \"…\"`\n\
             \x20 or have no way back: remove the down and write `irreversible = \"why\"`\n"
        );
        let irreversible = Marks {
            irreversible: Some("why".into()),
            ..Marks::default()
        };
        assert_eq!(case.clone().marked(irreversible).told(), "");
        assert_eq!(case.up_does_nothing().told(), "");
    }
}
