//! Does the up lose data without saying so?
//!
//! ## What it catches
//! An up that loses data, on a migration that is neither `lossy` nor `irreversible`.
//!
//! ## Why it hurts
//! Its down can bring back the shape and never the data, so that "we can always go back" is not true.
//!
//! ## Example
//! ```sql
//! -- up
//! ALTER TABLE users DROP COLUMN fax;
//! -- down
//! ALTER TABLE users ADD COLUMN fax varchar(20);
//! ```
//!
//! ## Write instead
//! ```sql
//! -- up
//! -- onward: lossy = "nobody has sent a fax since 2019"
//! ALTER TABLE users DROP COLUMN fax;
//! -- down
//! ALTER TABLE users ADD COLUMN fax varchar(20);
//! ```

use super::{Answer, Judged, Rule};
use crate::{Finding, Side};

pub(super) const RULE: Rule = Rule {
    name: "unmarked_lossy_up",
    source: include_str!("unmarked_lossy_up.rs"),
    answer: Answer::Only("`lossy = \"why\"` or `irreversible = \"why\"`"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let subject = judged.subject;
    let up = judged.up_weight();
    if !up.is_lossy() || subject.marks.lossy.is_some() || subject.marks.irreversible.is_some() {
        return Vec::new();
    }
    let lossy = judged.written(Side::Up, "lossy = \"why\"");
    let irreversible = judged.written(Side::Up, "irreversible = \"why\"");
    let mut help = vec![format!(
        "if that is right, say why with {lossy}: the down brings back the shape only"
    )];
    help.push(match subject.down {
        Some(_) => judged.give_up_the_down(),
        None => format!("or have no way back, and say why with {irreversible}"),
    });
    vec![RULE.finding(
        Side::Up,
        up.loss_span(),
        format!("the up {}, and nothing admits it", up.deeds()),
        help,
    )]
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Case, older};
    use crate::{LossKind, Marks};

    #[test]
    fn lossy_or_irreversible_admits_it() {
        let case = Case::new().up_loses(older("users.fax", LossKind::DropColumn));
        assert_eq!(
            case.told(),
            "unmarked_lossy_up: the up drops `users.fax`, and nothing admits it\n\
             \x20 if that is right, say why with `lossy = \"why\"`: the down brings back the shape only\n\
             \x20 or have no way back: remove the down and write `irreversible = \"why\"`\n"
        );
        let lossy = Marks {
            lossy: Some("why".into()),
            ..Marks::default()
        };
        assert_eq!(case.clone().marked(lossy).told(), "");
        let irreversible = Marks {
            irreversible: Some("why".into()),
            ..Marks::default()
        };
        assert_eq!(case.without_down().marked(irreversible).told(), "");
    }
}
