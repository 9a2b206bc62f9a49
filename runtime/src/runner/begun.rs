//! What of a statement that was begun, and of which nobody knows whether it is done?
//!
//! What commits by itself (`CALL`, `BEGIN NOT ATOMIC`, a `DO` block with COMMIT) can have done a part when it fails, and all of it
//! when the process dies before the answer comes. No look at the schema tells. To run it again could do twice what may be done
//! once, to leave it out could leave it undone: so a person looks, and says which.

use serde::Serialize;

use super::prepared::is_written;
use crate::text::begins_with;

/// What somebody found out about a statement that a failure or a crash left in doubt, for [`Migrator::begun`](crate::Migrator::begun).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums, reason = "it is done, or it is to be")]
pub enum Begun {
    /// All of it is done: the next run goes on after it
    Done,
    /// Nothing of it is done, or it may be done again: the next run begins it anew
    Again,
}

impl Begun {
    /// As it is typed and journalled.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Begun::Done => "done",
            Begun::Again => "again",
        }
    }

    /// `evidence`, a JSON object or nothing, with what somebody said.
    pub(crate) fn noted(self, evidence: &str) -> String {
        let said = format!("{{\"begun\":\"{}\"", self.name());
        match evidence.strip_prefix('{') {
            Some(rest) if !rest.starts_with('}') => format!("{said},{rest}"),
            _ => format!("{said}}}"),
        }
    }
}

/// Whether `sql`, which runs what stands elsewhere in `script`, does all of it or nothing where the server says that it failed: one
/// prepared statement, or a block of PostgreSQL, in which nothing is called that could commit. A text that does not stand in the script is
/// not known.
pub(super) fn is_whole(sql: &str, script: &str, statements: &[&str]) -> bool {
    let body = match begins_with(sql, &["DO"]) {
        true => sql,
        false => script,
    };
    let mut words = body.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let commits = |word: &str| {
        ["call", "commit", "rollback", "start"]
            .iter()
            .any(|one| word.eq_ignore_ascii_case(one))
    };
    begins_with(sql, &["DO", "EXECUTE"])
        && !words.any(commits)
        && (begins_with(sql, &["DO"]) || is_written(sql, statements))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_whole(sql: &str, script: &str) -> bool {
        let statements: Vec<&str> = script.split(';').map(str::trim).collect();
        super::is_whole(sql, script, &statements)
    }

    #[test]
    fn one_statement_is_done_or_not_and_a_procedure_may_be_half_done() {
        let prepared =
            "SET @s = IF(1, 'ALTER TABLE t ADD x int', 'SELECT 1'); PREPARE p FROM @s; EXECUTE p";
        assert!(is_whole("EXECUTE p", prepared));
        let asked = "SET @s = (SELECT IF(count(*) > 0, 'SELECT 1', 'DROP TABLE t') FROM information_schema.tables); \
                     PREPARE p FROM @s; EXECUTE p";
        assert!(is_whole("EXECUTE p", asked));
        assert!(is_whole(
            "DO $$ BEGIN DELETE FROM t; END $$",
            "CALL other()"
        ));
        for (sql, script) in [
            ("CALL half()", "CALL half()"),
            ("EXECUTE p", "PREPARE p FROM 'CALL half()'; EXECUTE p"),
            (
                "EXECUTE p",
                "SELECT `sql` INTO @s FROM todo; PREPARE p FROM @s; EXECUTE p",
            ),
            ("DO $$ BEGIN DELETE FROM t; COMMIT; END $$", ""),
            ("BEGIN NOT ATOMIC DELETE FROM t; END", ""),
        ] {
            assert!(!is_whole(sql, script), "{sql}");
        }
    }

    #[test]
    fn the_journal_says_what_was_said() {
        assert_eq!(Begun::Done.noted(""), "{\"begun\":\"done\"}");
        assert_eq!(
            Begun::Again.noted("{\"a\":1}"),
            "{\"begun\":\"again\",\"a\":1}"
        );
    }
}
