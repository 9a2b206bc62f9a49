//! Does the down lose data without saying so?
//!
//! ## What it catches
//! A down that loses data, on a migration without `destructive`.
//!
//! ## Why it hurts
//! Whoever runs the down expects an undo. What was written since the up, or long before it, is gone, and a backup taken
//! before the migration lacks everything since.
//!
//! ## Example
//! ```sql
//! -- up
//! ALTER TABLE users ADD COLUMN phone_number varchar(20);
//! -- down
//! ALTER TABLE users DROP COLUMN phone_number;
//! ```
//!
//! ## Write instead
//! Admit it. The bare flag is enough where only what came since the up is lost; a reason is needed where older data goes.
//! ```sql
//! -- up
//! ALTER TABLE users ADD COLUMN phone_number varchar(20);
//! -- down
//! -- onward: destructive
//! ALTER TABLE users DROP COLUMN phone_number;
//! ```

use super::{Answer, Judged, Rule};
use crate::{Finding, Side};

pub(super) const RULE: Rule = Rule {
    name: "unmarked_destructive_down",
    source: include_str!("unmarked_destructive_down.rs"),
    answer: Answer::Only("`destructive`, with a reason where the data is older than the up"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let marks = judged.subject.marks;
    let Some(down) = judged.down_weight() else {
        return Vec::new();
    };
    if !down.is_lossy() || marks.destructive.is_some() {
        return Vec::new();
    }
    let with_reason = judged.written(Side::Down, "destructive = \"why\"");
    let flag = judged.written(Side::Down, "destructive");
    let admit = if down.takes_older() {
        format!("it takes data older than the up: if that is right, say why with {with_reason}")
    } else if down.is_unknown() && marks.assert_lossless.is_none() {
        format!(
            "part of it is not understood besides: if that is right, say why with {with_reason}"
        )
    } else {
        format!("it takes only what came since the up: admit that with {flag}")
    };
    let mut help = Vec::from_iter(judged.name_meant());
    help.push(admit);
    help.push(judged.give_up_the_down());
    let message = format!("the down {}, and nothing admits it", down.deeds());
    vec![RULE.finding(Side::Down, down.loss_span(), message, help)]
}

#[cfg(test)]
mod tests {
    use crate::check::Style;
    use crate::rules::testing::{Case, loss, older};
    use crate::{LossKind, Marks, Reason};

    #[test]
    fn what_came_since_the_up_needs_the_flag() {
        let case = Case::new().down_loses(loss("users.phone_number", LossKind::DropColumn));
        needs_the_flag(&case);
        let admitted = case.marked(Marks {
            destructive: Some(Reason(None)),
            ..Marks::default()
        });
        assert_eq!(admitted.told(), "");
    }

    fn needs_the_flag(case: &Case) {
        assert_eq!(
            case.told(),
            "unmarked_destructive_down: the down drops `users.phone_number`, and nothing admits it\n\
             \x20 it takes only what came since the up: admit that with `destructive`\n\
             \x20 or have no way back: remove the down and write `irreversible = \"why\"`\n"
        );
    }

    #[test]
    fn older_data_needs_a_reason_and_a_file_its_comment() {
        let case = Case::new()
            .style(Style::Header)
            .down_loses(older("users", LossKind::Truncate));
        assert_eq!(
            case.told(),
            "unmarked_destructive_down: the down empties `users`, and nothing admits it\n\
             \x20 it takes data older than the up: if that is right, say why with `-- onward: destructive = \"why\"` at the head of the down's file\n\
             \x20 or have no way back: remove the down's file and write `-- onward: irreversible = \"why\"` at the head of the up's file\n"
        );
    }
}
