//! Is every `allow` needed?
//!
//! ## What it catches
//! `allow(rule = "why")` on a migration on which that rule finds nothing.
//!
//! ## Why it hurts
//! An `allow` that nothing calls for is a lie about the migration, and it hides the rule's next finding.
//!
//! ## Example
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! -- onward: allow(leaves_behind = "the index does no harm")
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
use crate::Finding;

pub(super) const RULE: Rule = Rule {
    name: "unused_allow",
    source: include_str!("unused_allow.rs"),
    answer: Answer::Only("the removal of the `allow`"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    // A name that is no rule is an error where it is read.
    let allowed = judged.subject.marks.allow.keys();
    let unused = allowed.filter_map(|name| Rule::named(name).filter(|rule| !fires(*rule, judged)));
    unused
        .map(|rule| {
            let (side, span) = judged.place_of(rule.name);
            Finding {
                about: Some(rule.name),
                ..RULE.finding(
                    side,
                    span,
                    format!(
                        "`allow({} = …)` allows nothing: the rule has no finding here",
                        rule.name
                    ),
                    vec!["remove it: a mark says only what is so".to_owned()],
                )
            }
        })
        .collect()
}

/// Whether the rule has a finding on the migration.
pub(super) fn fires(rule: Rule, judged: &Judged<'_>) -> bool {
    !(rule.check)(judged).is_empty()
}

#[cfg(test)]
mod tests {
    use crate::Marks;
    use crate::rules::testing::Case;

    #[test]
    fn each_is_named() {
        let allow = ["takes_more", "leaves_behind"].map(|rule| (rule.to_owned(), "why".to_owned()));
        let case = Case::new().marked(Marks {
            allow: allow.into(),
            ..Marks::default()
        });
        assert_eq!(
            case.told(),
            "unused_allow: `allow(leaves_behind = …)` allows nothing: the rule has no finding here\n\
             \x20 remove it: a mark says only what is so\n\
             unused_allow: `allow(takes_more = …)` allows nothing: the rule has no finding here\n\
             \x20 remove it: a mark says only what is so\n"
        );
        assert_eq!(case.marks_called_for(), Marks::default());
    }
}
