//! Is the up understood?
//!
//! ## What it catches
//! An up of which some part is not understood, or that is written in Rust, with no mark that answers for it.
//!
//! ## Why it hurts
//! What is not understood may lose anything, and then the down brings back the shape and not the data.
//!
//! ## Example
//! ```sql
//! -- up
//! FROBNICATE users;
//! -- down
//! CREATE INDEX users_by_name ON users (name);
//! ```
//!
//! ## Write instead
//! Answer for it: `assert_lossless` where it loses nothing, `lossy` or `irreversible` where it does.
//! ```sql
//! -- up
//! -- onward: assert_lossless = "FROBNICATE drops an index"
//! FROBNICATE users;
//! -- down
//! CREATE INDEX users_by_name ON users (name);
//! ```

use super::{Answer, Judged, Rule};
use crate::{Finding, Side};

pub(super) const RULE: Rule = Rule {
    name: "unknown_up",
    source: include_str!("unknown_up.rs"),
    answer: Answer::Only("`assert_lossless = \"why\"` or `lossy = \"why\"`"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let marks = judged.subject.marks;
    let up = judged.up_weight();
    // An unmarked loss beside it is told already, and the mark for it answers for this too.
    let answered = marks.lossy.is_some()
        || marks.irreversible.is_some()
        || marks.assert_lossless.is_some()
        || up.is_lossy();
    if !up.is_unknown() || answered {
        return Vec::new();
    }
    let asserted = judged.written(Side::Up, "assert_lossless = \"why\"");
    let lossy = judged.written(Side::Up, "lossy = \"why\"");
    let mut help: Vec<String> = up.no_mark_needed().into_iter().collect();
    help.extend([
        format!("if it loses nothing, say why with {asserted}"),
        format!("if it loses data that the down does not bring back, say so with {lossy}"),
    ]);
    help.extend(up.way_to_tell());
    vec![RULE.finding(
        Side::Up,
        up.unknown_span(),
        format!("nobody can tell what the up loses: {}", up.reason()),
        help,
    )]
}

#[cfg(test)]
mod tests {
    use crate::check::{Code, Style, Subject, check};
    use crate::rules::testing::Case;
    use crate::{Dialect, Marks, Schema};

    /// What is to be done about an up, judged for `dialects`.
    fn help(up: &str, dialects: &[Dialect]) -> String {
        unknown(up, dialects).map_or_else(String::new, |one| one.help.join("\n"))
    }

    fn unknown(up: &str, dialects: &[Dialect]) -> Option<crate::Finding> {
        let subject = Subject {
            up: Code::Sql(up),
            down: None,
            marks: &Marks::default(),
            style: Style::Attribute,
        };
        let mut schemas: Vec<_> = dialects.iter().map(|_| Schema::unknown()).collect();
        let mut findings = check(&subject, dialects, &mut schemas).findings.into_iter();
        findings.find(|one| one.message.starts_with("nobody"))
    }

    #[test]
    fn a_misspelt_keyword_is_offered_the_right_one() {
        for dialect in Dialect::ALL {
            for (up, meant) in [
                ("CRAETE TABLE t (id int)", "CREATE"),
                ("CREATE TABEL t (id int)", "TABLE"),
                ("DROP TABEL users", "TABLE"),
                ("DELETE FORM users", "FROM"),
                ("UPDATE users STE name = 'a'", "SET"),
                ("ALTER TABLE users DROP COLUM name", "COLUMN"),
                ("ALTER TABLE users RENAME COLUM name TO n", "COLUMN"),
                ("ALTER TABLE users DORP COLUMN name", "DROP"),
            ] {
                let said = unknown(up, &[dialect]).unwrap();
                assert!(
                    said.message
                        .ends_with(&format!("it is not understood (did you mean `{meant}`?)")),
                    "{up} on {dialect}: {}",
                    said.message
                );
                assert!(
                    said.help[0].starts_with("if it is misspelt, correct it"),
                    "{up}: {:?}",
                    said.help
                );
            }
            let other = unknown("FROBNICATE users", &[dialect]).unwrap();
            assert!(!other.message.contains("did you mean"), "{}", other.message);
        }
    }

    #[test]
    fn before_a_mark_is_written_its_sql_is_looked_at() {
        let told = help("ALTER TABL users ADD COLUMN fax text", &[Dialect::Postgres]);
        assert!(
            told.starts_with("if it is misspelt, correct it: "),
            "{told}"
        );
        // Another database's SQL is no slip: the folder is for one of them only.
        let both = [Dialect::Postgres, Dialect::MySql];
        let told = help("ALTER TABLE `users` DROP FOREIGN KEY `fk`", &both);
        let line =
            "if it never runs on postgres, write `dialects = [\"mysql\"]` into onward.toml: ";
        assert!(told.starts_with(line), "{told}");
    }

    #[test]
    fn any_of_three_marks_answers() {
        let case = Case::new().up_unknown("the SQL is built at run time");
        assert_eq!(
            case.told(),
            "unknown_up: nobody can tell what the up loses: the SQL is built at run time\n\
             \x20 if it loses nothing, say why with `assert_lossless = \"why\"`\n\
             \x20 if it loses data that the down does not bring back, say so with `lossy = \"why\"`\n"
        );
        for marks in [
            Marks {
                assert_lossless: Some("it only logs".into()),
                ..Marks::default()
            },
            Marks {
                lossy: Some("old logs go".into()),
                ..Marks::default()
            },
        ] {
            let told = case.clone().marked(marks).first_line();
            assert!(told.starts_with("not_understood: "), "{told}");
        }
    }
}
