//! Is the down understood?
//!
//! ## What it catches
//! A down of which some part is not understood, or that is written in Rust, with no mark that answers for it.
//!
//! ## Why it hurts
//! What is not understood may lose anything. It is never taken for safe.
//!
//! ## Example
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! FROBNICATE users;
//! ```
//!
//! ## Write instead
//! Answer for it: `assert_lossless` where it loses nothing, `destructive` where it does.
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! -- onward: assert_lossless = "FROBNICATE rebuilds an index"
//! FROBNICATE users;
//! ```

use super::{Answer, Judged, Rule};
use crate::{Finding, Side};

pub(super) const RULE: Rule = Rule {
    name: "unknown_down",
    source: include_str!("unknown_down.rs"),
    answer: Answer::Only("`assert_lossless = \"why\"` or `destructive = \"why\"`"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let marks = judged.subject.marks;
    let Some(down) = judged.down_weight() else {
        return Vec::new();
    };
    // An unmarked loss beside it is told already, and the mark for it answers for this too.
    let answered =
        marks.destructive.is_some() || marks.assert_lossless.is_some() || down.is_lossy();
    if !down.is_unknown() || answered {
        return Vec::new();
    }
    let asserted = judged.written(Side::Down, "assert_lossless = \"why\"");
    let destructive = judged.written(Side::Down, "destructive = \"why\"");
    let mut help: Vec<String> = down.no_mark_needed().into_iter().collect();
    help.extend([
        format!("if it loses nothing, say why with {asserted}"),
        format!("if it loses data, say what with {destructive}"),
    ]);
    help.extend(down.way_to_tell());
    help.push(judged.give_up_the_down());
    vec![RULE.finding(
        Side::Down,
        down.unknown_span(),
        format!("nobody can tell what the down loses: {}", down.reason()),
        help,
    )]
}

#[cfg(test)]
mod tests {
    use crate::Marks;
    use crate::rules::testing::Case;

    #[test]
    fn any_of_three_marks_answers() {
        let case = Case::new().down_unknown("the SQL is built at run time");
        assert_eq!(
            case.told(),
            "unknown_down: nobody can tell what the down loses: the SQL is built at run time\n\
             \x20 if it loses nothing, say why with `assert_lossless = \"why\"`\n\
             \x20 if it loses data, say what with `destructive = \"why\"`\n\
             \x20 or have no way back: remove the down and write `irreversible = \"why\"`\n"
        );
        let asserted = Marks {
            assert_lossless: Some("it only logs".into()),
            ..Marks::default()
        };
        assert!(
            case.marked(asserted)
                .first_line()
                .starts_with("not_understood: ")
        );
    }

    #[test]
    fn rust_is_never_understood() {
        let case = Case::new().down_in_rust();
        assert_eq!(
            case.first_line(),
            "unknown_down: nobody can tell what the down loses: no analysis follows a function in Rust"
        );
    }
}
