//! Does what the up dropped come back with its data?
//!
//! ## What it catches
//! A table or column that the up drops and the down makes anew, empty, or that a rebuild makes anew and copies nothing into, on a
//! migration that does not say `lossy`.
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
        Fact::Emptied { what, by_down } => Some(RULE.finding(
            Side::Down,
            None,
            match by_down {
                true => format!(
                    "the down makes {what} anew and empty: what was there does not come back"
                ),
                false => format!(
                    "the up makes {what} anew and empty, and the down does not bring back what was there"
                ),
            },
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

    #[test]
    fn a_rebuild_empties_what_it_does_not_copy() {
        let before = "CREATE TABLE users (id int PRIMARY KEY, name text, fax text);";
        let told = |up: &str, down: &str| told(Dialect::Sqlite, before, up, down);
        let rebuild = |columns: &str, copied: &str| {
            format!(
                "CREATE TABLE n ({columns}); INSERT INTO n ({copied}) SELECT {copied} FROM users; \
                 DROP TABLE users; ALTER TABLE n RENAME TO users;"
            )
        };
        let all = "id int PRIMARY KEY, name text, fax text";
        let without = rebuild("id int PRIMARY KEY, name text", "id, name");
        let back_empty = rebuild(all, "id, name");
        let by_down = "comes_back_empty: the down makes the column `users.fax` anew and empty: what was there does not come back";
        assert_eq!(told(&without, &back_empty), [by_down]);
        assert_eq!(
            told(&without, "ALTER TABLE users ADD COLUMN fax text;"),
            [by_down]
        );
        let by_up = "comes_back_empty: the up makes the column `users.fax` anew and empty, and the down does not bring back what was there";
        let index = "CREATE INDEX i ON users (id);";
        assert_eq!(told(&(back_empty + index), "DROP INDEX i;"), [by_up]);
        let kept = rebuild(all, "id, name, fax");
        assert!(told(&(kept.clone() + index), "DROP INDEX i;").is_empty());
        assert!(told(&kept, &kept).is_empty());
        let whole =
            format!("CREATE TABLE n ({all}); DROP TABLE users; ALTER TABLE n RENAME TO users;");
        assert_eq!(
            told(&(whole + index), "DROP INDEX i;"),
            [
                "comes_back_empty: the up makes the table `users` anew and empty, and the down does not bring back what was there"
            ]
        );
    }

    #[test]
    fn what_a_query_fills_is_not_empty() {
        let before = "CREATE TABLE users (id int PRIMARY KEY, fax text);";
        let up = "CREATE TABLE kept AS SELECT id, fax FROM users; DROP TABLE users;";
        let down = "CREATE TABLE users AS SELECT id, fax FROM kept; DROP TABLE kept;";
        let told = told(Dialect::Sqlite, before, up, down);
        assert!(
            told.iter()
                .all(|told| !told.starts_with("comes_back_empty")),
            "{told:?}"
        );
    }
}
