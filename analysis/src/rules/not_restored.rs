//! Is the schema after the down what it was before the up?
//!
//! ## What it catches
//! A column with another type, default or nullability than before, an index, view, trigger or other object that is not there
//! again, columns in another order, numbers that PostgreSQL gives out a second time, and a table made anew without its
//! grants, comments, policies or row security.
//!
//! ## Why it hurts
//! Each round of up and down moves the schema away from what the migrations say, and the next migration is written for
//! a database that nobody has.
//!
//! ## Example
//! ```sql
//! -- before
//! CREATE TABLE users (name text);
//! CREATE INDEX users_by_name ON users (name);
//! -- up
//! DROP INDEX users_by_name;
//! -- down
//! CREATE INDEX users_name ON users (name);
//! ```
//!
//! ## Write instead
//! ```sql
//! -- before
//! CREATE TABLE users (name text);
//! CREATE INDEX users_by_name ON users (name);
//! -- up
//! DROP INDEX users_by_name;
//! -- down
//! CREATE INDEX users_by_name ON users (name);
//! ```

use super::{Answer, Judged, Rule};
use crate::check::Code;
use crate::judge::pair::Fact;
use crate::{Finding, Level, Side};

pub(super) const RULE: Rule = Rule {
    name: "not_restored",
    source: include_str!("not_restored.rs"),
    answer: Answer::Allow(Level::Note),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    if !judged.down_acts {
        return Vec::new();
    }
    // Whatever it sets, it thought of it.
    let renumbers = match judged.subject.down {
        Some(Code::Sql(sql)) => {
            let sql = sql.to_ascii_lowercase();
            sql.contains("setval") || sql.contains("restart")
        }
        _ => false,
    };
    judged.of_facts(|fact| {
        let message = match fact {
            Fact::NotRestored { what, how } => format!("after the down {what} {how}"),
            Fact::Undecorated { table, what } => {
                format!("the table `{table}` comes back without its {what}")
            }
            Fact::Renumbered(column) if !renumbers => {
                format!("the numbers of `{column}` begin at 1 again, where rows have them already")
            }
            Fact::Reordered(table) => {
                format!("the columns of `{table}` come back in another order")
            }
            _ => return None,
        };
        Some(RULE.finding(Side::Down, None, message, Vec::new()))
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    #[test]
    fn what_differs_is_told() {
        let before = "CREATE TABLE t (a int NOT NULL, b int); CREATE INDEX i ON t (a);";
        let down = "ALTER TABLE t ALTER COLUMN b TYPE text;";
        assert_eq!(
            told(
                Dialect::Postgres,
                before,
                "DROP INDEX i; ALTER TABLE t ALTER COLUMN a DROP NOT NULL;",
                down
            ),
            [
                "not_restored: after the down the column `t.a` may be null, which it could not be before",
                "not_restored: after the down the column `t.b` has another type than before",
                "not_restored: after the down the index `i` is not there again",
            ]
        );
    }

    #[test]
    fn another_name_of_the_type_or_no_default_is_no_difference() {
        let before = "CREATE TABLE t (a int, b varchar(5), c text);";
        let up = "ALTER TABLE t DROP COLUMN a; ALTER TABLE t DROP COLUMN b; ALTER TABLE t DROP COLUMN c;";
        let down = "ALTER TABLE t ADD COLUMN a integer DEFAULT NULL, ADD COLUMN b character varying(5), ADD COLUMN c text;";
        let told = told(Dialect::Postgres, before, up, down);
        assert!(
            told.iter().all(|told| !told.starts_with("not_restored")),
            "{told:?}"
        );
    }

    #[test]
    fn a_rebuild_without_its_trigger_and_with_numbers_that_are_taken_is_told() {
        let before = "CREATE TABLE t (id serial PRIMARY KEY, a int); CREATE TABLE log (id int); \
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; \
            CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();";
        let up = "ALTER TABLE t ADD COLUMN b int;";
        let down = "CREATE TABLE n (id serial PRIMARY KEY, a int); INSERT INTO n SELECT id, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
        assert_eq!(
            told(Dialect::Postgres, before, up, down),
            [
                "not_restored: the numbers of `t.id` begin at 1 again, where rows have them already",
                "not_restored: after the down the trigger `tr` on `t` is not there again",
            ]
        );
        let down = &format!(
            "{down} SELECT setval('n_id_seq', 9); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"
        );
        assert!(told(Dialect::Postgres, before, up, down).is_empty());
    }
}
