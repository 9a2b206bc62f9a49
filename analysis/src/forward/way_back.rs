//! Which SQL undoes a migration: the down that was written for it, or the one that its up lets work out?
//!
//! The written one, because somebody thought about it, unless it does not do what it is there for: it cannot run, takes data
//! that the up never touched, leaves another schema than the up found, or is not understood, where the one worked out does
//! none of that.

use crate::check::{Checked, Code, Style};
use crate::rules::plain;
use crate::{
    Age, Analysis, Dialect, Finding, Loss, Marks, Reason, Schema, Severity, Side, Verdict, header,
};

use super::{Past, judged};

/// What undoes a migration.
pub(super) struct WayBack {
    pub(super) sql: String,
    /// Why it is not the down that was written, where one was: a clause.
    pub(super) instead: Option<String>,
    /// What keeps it from running at all: a sentence.
    pub(super) fails: Option<String>,
}

/// What undoes `past`, which ran on `before` and left `then`.
pub(super) fn way_back(
    past: &Past<'_>,
    dialects: &[Dialect],
    style: Style,
    before: &[Schema],
    then: &[Schema],
) -> Result<WayBack, String> {
    let written = match past.down {
        Some(Code::Rust) => {
            return Err(format!(
                "{} {} goes back by Rust: write an `async fn` that does what its down does",
                past.version, past.name
            ));
        }
        Some(Code::Sql(sql)) => Some(header::strip(sql).trim().to_owned()),
        Some(Code::Missing) | None => None,
    };
    let judged = |down: Option<&str>| {
        let down = down.map(Code::Sql);
        judged(
            past.up,
            down,
            &admitted(),
            style,
            dialects,
            &mut before.to_vec(),
        )
    };
    let worked_out = judged(None).inverse;
    let as_written = written.as_deref().map(|sql| judged(Some(sql)));
    let acts = |down: &Checked| {
        let says = down.down.iter().any(|one| !one.statements.is_empty());
        says && told(down, EMPTY).is_empty()
    };
    // A down that does nothing is none.
    match (written.zip(as_written.filter(acts)), worked_out) {
        (Some((sql, down)), Some(worked_out)) => {
            let other = judged(Some(&worked_out));
            let refused = || refused(&sql, dialects, style, then);
            let unread = || unread(&sql, &down, &other);
            Ok(
                match better(&down, &other).or_else(refused).or_else(unread) {
                    Some(why) => WayBack {
                        sql: worked_out,
                        instead: Some(why),
                        fails: told(&other, CANNOT_RUN).into_iter().next(),
                    },
                    None => WayBack {
                        sql,
                        instead: None,
                        fails: told(&down, CANNOT_RUN).into_iter().next(),
                    },
                },
            )
        }
        (Some((sql, down)), None) => Ok(WayBack {
            sql,
            instead: None,
            fails: told(&down, CANNOT_RUN).into_iter().next(),
        }),
        (None, Some(sql)) => Ok(WayBack {
            sql,
            instead: None,
            fails: None,
        }),
        (None, None) => Err(format!(
            "{} {} has no down, and none can be worked out from its up: write by hand what undoes it",
            past.version, past.name
        )),
    }
}

/// Why every server refuses `sql`, where nobody understands the rest of it: as a way forward, of which that is told all the same.
fn refused(sql: &str, dialects: &[Dialect], style: Style, then: &[Schema]) -> Option<String> {
    let up = Code::Sql(sql);
    let checked = judged(up, None, &admitted(), style, dialects, &mut then.to_vec());
    let mut findings = checked.findings.iter();
    let is_one = |finding: &&Finding| {
        finding.rule == "cannot_run"
            && finding.side == Side::Up
            && finding.severity == Severity::Error
    };
    let found = findings.find(is_one)?;
    let why = found.message.replace("the up fails", "it fails");
    Some(plain(&why))
}

/// The statement of the written down that no grammar knows, where the other one is known to take only what its up made. What is
/// put together at run time may do more than can be worked out, and stays.
fn unread(sql: &str, written: &Checked, other: &Checked) -> Option<String> {
    let sure = |one: &Analysis| {
        let since = one.losses.iter().all(|loss| loss.age == Age::SinceUp);
        since && one.unknowns.is_empty()
    };
    if !other.down.iter().all(sure) || !told(other, SHAPE).is_empty() {
        return None;
    }
    written.down.iter().find_map(|one| {
        let unread = one.unknowns.iter().filter_map(|unknown| {
            let at = usize::try_from(unknown.statement).ok()?;
            let text = one.statements.get(at)?.span.of(sql);
            let verb = text.split_whitespace().next()?.to_lowercase();
            ["alter", "create", "drop", "delete"]
                .contains(&verb.as_str())
                .then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
        });
        let text = unread.into_iter().next()?;
        Some(plain(&format!("{text} is not understood")))
    })
}

/// With the mark that admits a loss, so that what the SQL does besides is told.
pub(super) fn admitted() -> Marks {
    Marks {
        destructive: Some(Reason(Some("it is asked what it loses".to_owned()))),
        ..Marks::default()
    }
}

const CANNOT_RUN: &[&str] = &["cannot_run"];
const EMPTY: &[&str] = &["empty_down"];

/// The rules of a down that does not lead back to the schema that the up found.
const SHAPE: &[&str] = &[
    "leaves_behind",
    "takes_more",
    "comes_back_empty",
    "not_restored",
];

/// What `rules` say of the down, but for what nobody can tell.
pub(super) fn told(checked: &Checked, rules: &[&str]) -> Vec<String> {
    let is_one = |finding: &&Finding| {
        let sure = finding.severity > Severity::Note || finding.rule == "not_restored";
        finding.side == Side::Down && sure && rules.contains(&finding.rule)
    };
    let found = checked.findings.iter().filter(is_one);
    found.map(|finding| plain(&finding.message)).collect()
}

/// What the down as it was written does wrong and the other one does not; none where it is as good.
fn better(written: &Checked, other: &Checked) -> Option<String> {
    let (fails, other_fails) = (told(written, CANNOT_RUN), told(other, CANNOT_RUN));
    if fails.is_empty() != other_fails.is_empty() {
        return fails.into_iter().next();
    }
    let is = |checked: &Checked, verdict| checked.down.iter().all(|one| one.verdict == verdict);
    if is(written, Verdict::Unknown) && is(other, Verdict::Lossless) {
        return Some("nobody can tell what it does".to_owned());
    }
    let lost = |checked: &Checked, which: fn(&Loss) -> bool| -> Vec<String> {
        let losses = checked.down.iter().flat_map(|one| &one.losses);
        let which = losses.filter(|loss| which(loss));
        which.map(|loss| loss.object.to_string()).collect()
    };
    let older = |loss: &Loss| loss.age == Age::Older;
    let (takes, other_takes) = (lost(written, older), lost(other, older));
    if let Some(object) = takes.iter().find(|object| !other_takes.contains(object)) {
        return Some(format!("it loses {object}, which is older than its up"));
    }
    let (wrong, other_wrong) = (told(written, SHAPE), told(other, SHAPE));
    if other_wrong.len() >= wrong.len() {
        return None;
    }
    // The schema of before is not worth rows that the written one keeps; what it only leaves behind is none of those.
    let kept = lost(written, |_| true);
    let costs = lost(other, |_| true).into_iter().any(|object| {
        let left = wrong.iter().any(|fault| fault.contains(&object));
        !left && !kept.contains(&object)
    });
    if costs {
        None
    } else {
        wrong.into_iter().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

    const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(20) NOT NULL);";

    fn undoes(up: &str, down: &str) -> WayBack {
        let dialects = [Dialect::Postgres];
        let mut before = [Schema::empty()];
        judged(
            Code::Sql(USERS),
            None,
            &Marks::default(),
            Style::Header,
            &dialects,
            &mut before,
        );
        let past = Past {
            version: Version::new(2),
            name: "step",
            up: Code::Sql(up),
            down: Some(Code::Sql(down)),
            only: &[],
            style: Style::Header,
        };
        let mut then = before.to_vec();
        judged(
            Code::Sql(up),
            None,
            &Marks::default(),
            Style::Header,
            &dialects,
            &mut then,
        );
        way_back(&past, &dialects, Style::Header, &before, &then).unwrap()
    }

    #[test]
    fn a_down_that_leads_back_is_what_undoes_it() {
        let down = "ALTER TABLE users DROP COLUMN IF EXISTS fax;";
        let undone = undoes("ALTER TABLE users ADD COLUMN fax text;", down);
        assert_eq!((undone.sql.as_str(), undone.instead), (down, None));
    }

    #[test]
    fn one_that_cannot_run_is_not() {
        let undone = undoes(
            "ALTER TABLE users ADD COLUMN fax text;",
            "ALTER TABLE users DROP COLUMN faks;",
        );
        assert!(undone.sql.contains("DROP COLUMN fax"), "{}", undone.sql);
        assert!(undone.instead.unwrap().contains("users.faks"));
        assert_eq!(undone.fails, None);
    }

    #[test]
    fn one_that_no_grammar_knows_is_not() {
        let up = "ALTER TABLE users ADD COLUMN a int; ALTER TABLE users ADD COLUMN b int;";
        let undone = undoes(up, "ALTER TABLE users DROP a, b;");
        assert!(undone.sql.contains("DROP COLUMN b"), "{}", undone.sql);
        assert_eq!(
            undone.instead.as_deref(),
            Some("ALTER TABLE users DROP a, b is not understood")
        );
        let built = "DO $$ BEGIN EXECUTE (SELECT undo FROM steps); END $$;";
        assert_eq!(undoes(up, built).sql, built);
    }

    #[test]
    fn one_that_takes_what_is_older_is_not() {
        let undone = undoes(
            "ALTER TABLE users ADD COLUMN fax text;",
            "DROP TABLE users;",
        );
        assert!(undone.sql.contains("DROP COLUMN fax"), "{}", undone.sql);
        assert_eq!(
            undone.instead.as_deref(),
            Some("it loses users, which is older than its up")
        );
    }

    #[test]
    fn one_that_leaves_another_schema_is_not() {
        let undone = undoes(
            "CREATE TABLE a (id bigint); CREATE TABLE b (id bigint);",
            "DROP TABLE a;",
        );
        assert!(undone.sql.contains("DROP TABLE b"), "{}", undone.sql);
        let undone = undoes(
            "ALTER TABLE users ALTER COLUMN name SET DEFAULT 'nobody';",
            "ALTER TABLE users ALTER COLUMN name SET DEFAULT '';",
        );
        assert!(undone.sql.contains("DROP DEFAULT"), "{}", undone.sql);
    }

    #[test]
    fn one_that_keeps_rows_is_left_alone() {
        let down =
            "CREATE TABLE kept AS SELECT id, fax FROM users; ALTER TABLE users DROP COLUMN fax;";
        let undone = undoes("ALTER TABLE users ADD COLUMN fax text;", down);
        assert_eq!(undone.instead, None, "{}", undone.sql);
    }
}
