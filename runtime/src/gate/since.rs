//! What has become, since then, of what the undoing of a migration would take?

use onward_analysis::{Changed, Dialect, Down, How, LossKind, Object, Record, Script};

use crate::Name;

/// What whoever undoes `record` forward must know of those applied after it, as they were judged when they were compiled.
pub(crate) fn since(record: &Record, later: &[&Record], dialect: Dialect) -> Vec<String> {
    let Down::Script(down) = &record.down else {
        return Vec::new();
    };
    let taken = removed(down, dialect);
    let mut said = Vec::new();
    for one in later {
        let name = Name::of(one);
        let by_it = removed(&one.up, dialect);
        for Changed { object, .. } in &taken {
            let met = by_it
                .iter()
                .find(|other| is_or_holds(&other.object, object));
            if let Some(met) = met {
                let did = match met.how {
                    How::Rename => "renamed",
                    _ => "removed",
                };
                said.push(format!(
                    "`{object}` is not there as it was: {name}, applied later, has {did} `{}`. Look at that one first.",
                    met.object
                ));
            }
        }
        let is_read = |analysis: &onward_analysis::Analysis| analysis.unknowns.is_empty();
        if !taken.is_empty() && !one.up.analysis(dialect).is_some_and(is_read) {
            let objects: Vec<String> = taken.iter().map(|c| format!("`{}`", c.object)).collect();
            said.push(format!(
                "Nobody can tell from here what {name}, applied later, did to {}. Look at that one first.",
                objects.join(", ")
            ));
        }
    }
    said
}

/// What is gone, or has another name, once the script has run.
fn removed(script: &Script, dialect: Dialect) -> Vec<Changed> {
    let Some(analysis) = script.analysis(dialect) else {
        return Vec::new();
    };
    let is_removal = |changed: &&Changed| matches!(changed.how, How::Drop | How::Rename);
    let mut removed: Vec<Changed> = analysis
        .changes
        .iter()
        .filter(is_removal)
        .cloned()
        .collect();
    for loss in &analysis.losses {
        let is_whole = matches!(loss.kind, LossKind::DropTable | LossKind::DropColumn);
        if is_whole && removed.iter().all(|known| known.object != loss.object) {
            removed.push(Changed {
                object: loss.object.clone(),
                how: How::Drop,
            });
        }
    }
    removed
}

/// Whether `one` is `other` or the table that it stands in. A schema that is not named may be any.
fn is_or_holds(one: &Object, other: &Object) -> bool {
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let elsewhere = match (&one.schema, &other.schema) {
        (Some(one), Some(other)) => !same(one, other),
        _ => false,
    };
    !elsewhere
        && same(&one.table, &other.table)
        && match (&one.column, &other.column) {
            (Some(one), Some(other)) => same(one, other),
            (Some(_), None) => false,
            (None, _) => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{judged, phone};

    const DIALECT: Dialect = Dialect::Postgres;

    /// What is said of the phone numbers of migration 3 once `sql` has run as migration 4.
    fn said(sql: &str) -> Vec<String> {
        let later = judged(4, DIALECT, sql, "SELECT 1");
        since(&phone(3, DIALECT), &[&later], DIALECT)
    }

    #[test]
    fn who_removed_or_renamed_it_is_named() {
        let later = "is not there as it was: 4 judged, applied later, has";
        for (sql, did) in [
            (
                "ALTER TABLE users DROP COLUMN phone_number",
                "removed `users.phone_number`",
            ),
            (
                "ALTER TABLE users RENAME COLUMN phone_number TO phone",
                "renamed `users.phone_number`",
            ),
            ("ALTER TABLE users RENAME TO people", "renamed `users`"),
            ("DROP TABLE users", "removed `users`"),
        ] {
            let expected = format!("`users.phone_number` {later} {did}. Look at that one first.");
            assert_eq!(said(sql), [expected], "{sql}");
        }
    }

    #[test]
    fn nothing_is_said_of_what_others_do_elsewhere() {
        for sql in [
            "ALTER TABLE users ADD COLUMN email text",
            "ALTER TABLE users DROP COLUMN name",
            "ALTER TABLE orders DROP COLUMN phone_number",
            "UPDATE users SET phone_number = NULL",
        ] {
            assert_eq!(said(sql), Vec::<String>::new(), "{sql}");
        }
    }

    #[test]
    fn what_nobody_can_read_is_said_to_be_so() {
        let unread = said("DO $$ BEGIN EXECUTE current_setting('x'); END $$");
        assert_eq!(
            unread,
            [
                "Nobody can tell from here what 4 judged, applied later, did to `users.phone_number`. Look at that one first."
            ]
        );
        let mut rust = phone(4, DIALECT);
        rust.up.analyses.clear();
        assert_eq!(since(&phone(3, DIALECT), &[&rust], DIALECT).len(), 1);
    }
}
