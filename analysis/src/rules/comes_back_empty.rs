//! Does what the up dropped come back with its data?
//!
//! ## What it catches
//! A table or column that the up drops and the down makes anew, empty, on a migration that does not say `lossy`.
//!
//! ## Why it hurts
//! The schema after the down looks as before, so the pair looks reversible. The data is gone for good.
//!
//! ## Example
//! ```sql
//! -- before
//! CREATE TABLE users (id int PRIMARY KEY, fax text);
//! -- up
//! CREATE TABLE users_fax AS SELECT id, fax FROM users;
//! ALTER TABLE users DROP COLUMN fax;
//! -- down
//! ALTER TABLE users ADD COLUMN fax text;
//! ```
//!
//! ## Write instead
//! Bring it back, or say `lossy = "why"` where it was not kept:
//! ```sql
//! -- before
//! CREATE TABLE users (id int PRIMARY KEY, fax text);
//! -- up
//! CREATE TABLE users_fax AS SELECT id, fax FROM users;
//! ALTER TABLE users DROP COLUMN fax;
//! -- down
//! ALTER TABLE users ADD COLUMN fax text;
//! UPDATE users SET fax = (SELECT fax FROM users_fax WHERE users_fax.id = users.id);
//! ```

use super::{Answer, Judged, Rule};
use crate::judge::pair::Fact;
use crate::{Finding, Level, Side};

pub(super) const RULE: Rule = Rule {
    name: "comes_back_empty",
    source: include_str!("comes_back_empty.rs"),
    answer: Answer::Allow(Level::Warn),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    // Whoever says that the up is lossy does not call the pair reversible.
    if judged.subject.marks.lossy.is_some() {
        return Vec::new();
    }
    judged.of_facts(|fact| match fact {
        Fact::Emptied(what) => Some(RULE.finding(
            Side::Down,
            None,
            format!("the down makes {what} anew and empty: what was there does not come back"),
            vec!["move the data to another table in the up, and back in the down".to_owned()],
        )),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    #[test]
    fn a_column_comes_back_empty() {
        let before = "CREATE TABLE users (id int, fax text);";
        for dialect in Dialect::ALL {
            assert_eq!(
                told(
                    dialect,
                    before,
                    "ALTER TABLE users DROP COLUMN fax;",
                    "ALTER TABLE users ADD COLUMN fax text;"
                ),
                [
                    "comes_back_empty: the down makes the column `users.fax` anew and empty: what was there does not come back"
                ]
            );
        }
    }
}
