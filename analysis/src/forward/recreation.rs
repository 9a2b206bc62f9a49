//! What makes again what the way forward takes?
//!
//! The old up, or what can be worked out on the schema of today where that one fails, or leaves more otherwise: it knows nothing of
//! what came since.

use crate::check::{Checked, Code, Style};
use crate::rules::plain;
use crate::{Dialect, Schema, Severity, Side, Verdict, header};

use super::way_back::{admitted, told};
use super::{Past, judged};

/// The rules that tell what such a down lacks, or may run into.
const NOT_AS_IT_WAS: &[&str] = &["leaves_behind", "not_restored", "cannot_run"];

/// The way back of a way forward.
pub(super) struct Recreation {
    /// Its SQL, or why there is none.
    pub(super) down: Result<String, String>,
    /// What is otherwise after it than it was, each as a sentence.
    pub(super) inexact: Vec<String>,
}

/// What makes again what `up` takes of `now`.
pub(super) fn recreation(
    past: &Past<'_>,
    up: &str,
    dialects: &[Dialect],
    style: Style,
    now: &[Schema],
) -> Recreation {
    let original = match past.up {
        Code::Sql(sql) => Some(header::strip(sql).trim().to_owned()),
        Code::Rust | Code::Missing => None,
    };
    let judged = |down: Option<&str>| {
        let (up, down) = (Code::Sql(up), down.map(Code::Sql));
        judged(up, down, &admitted(), style, dialects, &mut now.to_vec())
    };
    let candidates = [original, judged(None).inverse].into_iter().flatten();
    let candidates = candidates.map(|sql| Candidate {
        checked: judged(Some(&sql)),
        sql,
    });
    // The first of those that are as good: the old up brings its rows along.
    let Some(best) = candidates.min_by_key(Candidate::faults) else {
        return Recreation {
            down: Err("what it undoes is Rust".to_owned()),
            inexact: Vec::new(),
        };
    };
    if let Some(why) = best.fails() {
        return Recreation {
            down: Err(format!("what made it fails after this: {why}")),
            inexact: Vec::new(),
        };
    }
    let inexact = best.differences().into_iter();
    Recreation {
        inexact: inexact
            .map(|sentence| format!("of its own down: {sentence}"))
            .collect(),
        down: Ok(best.sql),
    }
}

/// What may be the way back.
struct Candidate {
    sql: String,
    checked: Checked,
}

impl Candidate {
    fn faults(&self) -> (bool, bool, usize) {
        let mut downs = self.checked.down.iter();
        let is_unknown = downs.any(|one| one.verdict == Verdict::Unknown);
        (self.fails().is_some(), is_unknown, self.differences().len())
    }

    /// Why it is sure to fail.
    fn fails(&self) -> Option<String> {
        let mut findings = self.checked.findings.iter();
        let found = findings.find(|finding| {
            finding.rule == "cannot_run"
                && finding.side == Side::Down
                && finding.severity == Severity::Error
        })?;
        Some(plain(&found.message.replace("the down fails: ", "")))
    }

    /// What is otherwise after it.
    fn differences(&self) -> Vec<String> {
        told(&self.checked, NOT_AS_IT_WAS)
    }
}

#[cfg(test)]
mod tests {
    use crate::forward::tests::{of, past};

    const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text)";

    #[test]
    fn an_up_that_nobody_understands_gives_way_to_what_can_be_worked_out() {
        let up = "ALTER TABLE users ADD COLUMN a int; ALTER TABLE users ADD COLUMN b int;";
        let half = "ALTER TABLE users DROP COLUMN a;";
        let opaque = "DO $$ BEGIN EXECUTE (SELECT undo FROM steps); END $$;";
        let up = format!("{up} {opaque}");
        let history = [past(1, USERS, None), past(2, &up, Some(half))];
        let forward = of(&history, 2).unwrap();
        assert_eq!(
            forward.down.as_deref(),
            Some("ALTER TABLE users ADD COLUMN a INT"),
            "{forward:?}"
        );
    }

    #[test]
    fn one_that_is_sure_to_fail_is_none() {
        // What goes by CASCADE is not worked out.
        let others = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a (id)); \
                      CREATE TABLE c (id int PRIMARY KEY); CREATE TABLE d (c int REFERENCES c (id));";
        let users = format!("{USERS}; {others}");
        let up = "ALTER TABLE users RENAME TO people; DROP TABLE a CASCADE;";
        let down = "ALTER TABLE people RENAME TO lost; DROP TABLE c CASCADE;";
        let history = [past(1, &users, None), past(2, up, Some(down))];
        let forward = of(&history, 2).unwrap();
        assert_eq!((&*forward.up, &forward.down), (down, &None));
        assert_eq!(
            forward.marks.irreversible.as_deref(),
            Some("what made it fails after this: users is not there when it runs")
        );
    }

    #[test]
    fn the_old_up_brings_its_rows_along() {
        let (up, down) = (
            "CREATE TABLE kinds (id int); INSERT INTO kinds VALUES (1);",
            "DROP TABLE kinds;",
        );
        let later = "CREATE INDEX by_name ON users (name)";
        let history = [
            past(1, USERS, None),
            past(2, up, Some(down)),
            past(3, later, None),
        ];
        assert_eq!(of(&history, 2).unwrap().down.as_deref(), Some(up));
        let later = "ALTER TABLE kinds ADD COLUMN name text";
        let history = [
            past(1, USERS, None),
            past(2, up, Some(down)),
            past(3, later, None),
        ];
        let own = of(&history, 2).unwrap().down.unwrap();
        assert!(own.contains("name TEXT"), "{own}");
    }
}
