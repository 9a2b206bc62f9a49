//! Is there a way back, or a word that there is none?
//!
//! ## What it catches
//! A migration with neither a down nor `irreversible`.
//!
//! ## Why it hurts
//! Nobody decided. The day that somebody must go back, they write the way back under pressure.
//!
//! ## Example
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! ```
//!
//! ## Write instead
//! The inverse of the up, which the message offers where it can be worked out, or:
//! ```sql
//! -- up
//! -- onward: irreversible = "the slow query must never return"
//! CREATE INDEX users_by_name ON users (name);
//! ```

use super::{Answer, Judged, Rule, plain};
use crate::check::Style;
use crate::newer::deed;
use crate::{Finding, LossKind, Side, literal};

pub(super) const RULE: Rule = Rule {
    name: "missing_down",
    source: include_str!("missing_down.rs"),
    answer: Answer::Only("a down, or `irreversible = \"why\"`"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let subject = judged.subject;
    if subject.down.is_some() || subject.marks.irreversible.is_some() {
        return Vec::new();
    }
    let irreversible = judged.written(Side::Up, "irreversible = \"why\"");
    vec![RULE.finding(
        Side::Down,
        None,
        "this migration has no down, and nothing says that it is irreversible".to_owned(),
        vec![
            offer(judged),
            format!("or have no way back, and say why with {irreversible}"),
        ],
    )]
}

/// The line that offers a down, ready to paste; where there is none to offer, why.
pub(super) fn offer(judged: &Judged<'_>) -> String {
    let style = judged.subject.style;
    let Some(inverse) = judged.inverse else {
        let write = match style {
            Style::Attribute => "write the way back: `down = \"…\"`",
            Style::Header => "write the way back into a down file",
        };
        return match judged.stuck {
            [] => write.to_owned(),
            [stuck, ..] => format!("{write}; it cannot be worked out: {}", stuck.reason),
        };
    };
    let sql = inverse.sql.trim();
    let gaps = match inverse.gaps {
        [] => String::new(),
        gaps => format!(" but for this: {}", gaps.join("; ")),
    };
    let reason = match inverse.narrows {
        [] => String::new(),
        columns => {
            let why = format!("the down {}", deed(LossKind::NarrowType, columns));
            format!(" = {}", literal(&plain(&why)))
        }
    };
    match (style, inverse.is_lossy) {
        (Style::Attribute, true) => {
            let down = literal(sql);
            format!("this undoes it{gaps}: `down = {down}, destructive{reason}`")
        }
        (Style::Attribute, false) => format!("this undoes it{gaps}: `down = {}`", literal(sql)),
        (Style::Header, true) => {
            let mark = format!("-- onward: destructive{reason}");
            format!("this undoes it{gaps}, in a down file:\n{mark}\n{sql}")
        }
        (Style::Header, false) => format!("this undoes it{gaps}, in a down file:\n{sql}"),
    }
}

#[cfg(test)]
mod tests {
    use super::literal;
    use crate::Marks;
    use crate::check::Style;
    use crate::rules::testing::Case;

    #[test]
    fn the_inverse_is_offered_ready_to_paste() {
        let case = Case::new().without_down();
        assert_eq!(
            case.told(),
            "missing_down: this migration has no down, and nothing says that it is irreversible\n\
             \x20 write the way back: `down = \"…\"`\n\
             \x20 or have no way back, and say why with `irreversible = \"why\"`\n"
        );
        let case = case.inverse("ALTER TABLE users DROP COLUMN fax", true);
        assert!(case.told().contains(
            "this undoes it: `down = \"ALTER TABLE users DROP COLUMN fax\", destructive`"
        ));
        assert!(case.clone().style(Style::Header).told().contains(
            "this undoes it, in a down file:\n-- onward: destructive\nALTER TABLE users DROP COLUMN fax\n"
        ));
        let narrow = case.clone().narrowing("users.fax");
        assert!(narrow.told().contains(
            "this undoes it: `down = \"ALTER TABLE users DROP COLUMN fax\", \
             destructive = \"the down gives users.fax a type that cannot hold all of its values\"`"
        ));
        assert!(narrow.style(Style::Header).told().contains(
            "-- onward: destructive = \"the down gives users.fax a type that cannot hold all of its values\"\nALTER TABLE"
        ));
        let marks = Marks {
            irreversible: Some("why".into()),
            ..Marks::default()
        };
        assert_eq!(case.marked(marks).told(), "");
    }

    #[test]
    fn a_literal_is_raw_where_it_reads_better() {
        assert_eq!(literal("DROP TABLE a"), "\"DROP TABLE a\"");
        assert_eq!(literal("DROP TABLE \"a\""), "r#\"DROP TABLE \"a\"\"#");
        assert_eq!(literal("a\"# b"), "r##\"a\"# b\"##");
        assert_eq!(literal("a;\nb"), "r\"a;\nb\"");
    }
}
