//! Which migration, written today, undoes an earlier one?
//!
//! Its up is the down of that one, written or worked out. It runs on the schema as it stands today, after everything that
//! came since, and is judged there like any other migration; so its marks are true.

mod left;
mod recreation;
mod since;
mod way_back;

use crate::built::Built;
use crate::check::{Checked, Code, Style, check};
use crate::rules::{may_be_allowed, plain};
use crate::{Dialect, Finding, Loss, Marks, Schema, Severity, Side, Subject, Version};
use recreation::{Recreation, recreation};
use since::since;
use way_back::{WayBack, admitted, way_back};

/// A migration that was written before.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: &'a str,
    /// The way forward.
    pub up: Code<'a>,
    /// The way back; none where there is none.
    pub down: Option<Code<'a>>,
    /// The environments that it runs in; empty means all.
    pub only: &'a [String],
    /// How marks are written where it stands: what undoes it stands beside it.
    pub style: Style,
}

/// A migration to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// The name that says what it undoes.
    pub name: String,
    /// What it undoes, as a sentence.
    pub doc: String,
    /// The way forward: what undoes the earlier one.
    pub up: String,
    /// The way back: the re-creation; none where that is Rust.
    pub down: Option<String>,
    /// The marks that the verdicts call for.
    pub marks: Marks,
    /// Why the down that was written for that one is not what undoes it, where that is so, as a sentence.
    pub instead: Option<String>,
    /// What it does not reverse, and why, each as a sentence.
    pub unreversed: Vec<String>,
    /// What would keep it from compiling, each as a sentence; a person must see to it.
    pub problems: Vec<String>,
}

/// The migration that undoes `version`, to stand after all of `history`, which is in version order.
///
/// # Errors
/// A sentence that says why there is none: no such version, or no way back is written and none can be worked out.
pub fn forward(
    history: &[Past<'_>],
    version: Version,
    dialects: &[Dialect],
) -> Result<Forward, String> {
    let index = history
        .iter()
        .position(|past| past.version == version)
        .ok_or_else(|| match history {
            [] => format!("there is no migration {version}: there is none at all"),
            [first, .., last] => format!(
                "there is no migration {version}: they go from {} to {}",
                first.version, last.version
            ),
            [only] => format!(
                "there is no migration {version}: the only one is {}",
                only.version
            ),
        })?;
    let past = &history[index];
    let style = past.style;
    let mut before = vec![Schema::empty(); dialects.len()];
    for earlier in &history[..index] {
        judged(
            earlier.up,
            earlier.down,
            &Marks::default(),
            style,
            dialects,
            &mut before,
        );
    }
    let mut then = before.clone();
    judged(past.up, None, &Marks::default(), style, dialects, &mut then);
    let WayBack {
        sql: up,
        instead,
        fails,
    } = way_back(past, dialects, style, &before, &then)?;
    let mut now = then.clone();
    for later in &history[index + 1..] {
        judged(
            later.up,
            later.down,
            &Marks::default(),
            style,
            dialects,
            &mut now,
        );
    }
    let Recreation { down, mut inexact } = recreation(past, &up, dialects, style, &now);
    let mut unreversed = unreversed(past, &up, dialects, style, &mut before.clone());
    if let Code::Sql(made) = past.up {
        let mut after = now.clone();
        judged(
            Code::Sql(&up),
            None,
            &admitted(),
            style,
            dialects,
            &mut after,
        );
        for (at, dialect) in dialects.iter().enumerate() {
            let course = left::Course {
                dialect: *dialect,
                before: &before[at],
                then: &then[at],
                after: &after[at],
            };
            add(&mut unreversed, left::stays(version, made, &up, &course));
            let down = down.as_deref().unwrap_or_default();
            let lost = left::unfilled(version, made, down, &course).into_iter();
            let lost = lost.map(|said| format!("of its own down: {said}"));
            add(&mut inexact, lost.filter(|_| !down.is_empty()).collect());
        }
    }
    // The marks must satisfy the macro.
    let seen = match history.iter().all(|past| past.style == Style::Header) {
        true => now.clone(),
        false => seen(history, dialects),
    };
    let (marks, mut problems) = marks(
        &up,
        down.as_deref().map_err(String::as_str),
        style,
        dialects,
        &seen,
    );
    problems.extend(fails);
    let since = since(&up, dialects, style, &then, &now);
    for problem in since.problems {
        if problems.is_empty() || !problem.starts_with("what undoes it fails") {
            problems.push(problem);
        }
    }
    Ok(Forward {
        name: format!("undo_{}", past.name),
        doc: format!("Undoes {version} {}.", past.name),
        instead: instead.map(|why| format!("its own down is not used: {why}")),
        unreversed: [unreversed, since.remarks, inexact].concat(),
        up,
        down: down.ok(),
        marks,
        problems,
    })
}

/// Says what is not said yet.
fn add(said: &mut Vec<String>, more: Vec<String>) {
    for sentence in more {
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
}

/// What the macro sees of what `history` built where items stand in it: others may build in the same database.
fn seen(history: &[Past<'_>], dialects: &[Dialect]) -> Vec<Schema> {
    let mut built = Built::open();
    for past in history {
        let alone = Subject {
            up: past.up,
            down: None,
            marks: &Marks::default(),
            style: past.style,
        };
        if past.only.is_empty() {
            let _ = built.check(&alone, dialects);
        } else {
            built.perhaps(past.up, dialects);
        }
    }
    dialects.iter().map(|one| built.schema(*one)).collect()
}

/// The marks that the two directions call for, and what no mark can answer. Where there is no `down`, it says why.
fn marks(
    up: &str,
    down: Result<&str, &str>,
    style: Style,
    dialects: &[Dialect],
    now: &[Schema],
) -> (Marks, Vec<String>) {
    let check = |marks: &Marks| {
        judged(
            Code::Sql(up),
            down.ok().map(Code::Sql),
            marks,
            style,
            dialects,
            &mut now.to_vec(),
        )
    };
    let mut marks = check(&Marks::default()).marks;
    if let Err(why) = down {
        marks.irreversible = Some(why.to_owned());
    }
    for finding in errors(check(&marks).findings) {
        // An up that is known to fail is none.
        let stops = finding.rule == "cannot_run" && finding.side == Side::Up;
        if !stops && may_be_allowed(finding.rule).is_ok() {
            marks
                .allow
                .entry(finding.rule.to_owned())
                .or_insert_with(|| plain(&finding.message));
        }
    }
    let left = errors(check(&marks).findings);
    (
        marks,
        left.into_iter()
            .map(|finding| plain(&finding.message))
            .collect(),
    )
}

/// What does not come back, as the two directions of the old migration say.
fn unreversed(
    past: &Past<'_>,
    up: &str,
    dialects: &[Dialect],
    style: Style,
    before: &mut [Schema],
) -> Vec<String> {
    let checked = judged(
        past.up,
        Some(Code::Sql(up)),
        &admitted(),
        style,
        dialects,
        before,
    );
    let mut said: Vec<String> = Vec::new();
    let mut say = |sentence: String| add(&mut said, vec![sentence]);
    let losses = |analyses: &[crate::Analysis]| -> Vec<Loss> {
        analyses.iter().flat_map(|one| one.losses.clone()).collect()
    };
    for loss in losses(&checked.up) {
        say(format!(
            "what {} took of {} ({}) does not come back",
            past.version,
            loss.object,
            loss.kind.name()
        ));
    }
    for finding in checked.findings {
        let about_shape = [
            "leaves_behind",
            "not_restored",
            "comes_back_empty",
            "takes_more",
            "would_fail",
        ];
        if finding.side == Side::Down && about_shape.contains(&finding.rule) {
            say(plain(&finding.message));
        }
    }
    said
}

fn errors(findings: Vec<Finding>) -> Vec<Finding> {
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    findings.into_iter().filter(is_error).collect()
}

fn judged(
    up: Code<'_>,
    down: Option<Code<'_>>,
    marks: &Marks,
    style: Style,
    dialects: &[Dialect],
    schemas: &mut [Schema],
) -> Checked {
    let subject = Subject {
        up,
        down,
        marks,
        style,
    };
    check(&subject, dialects, schemas)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn past<'a>(version: i64, up: &'a str, down: Option<&'a str>) -> Past<'a> {
        Past {
            version: Version::new(version),
            name: "step",
            up: Code::Sql(up),
            down: down.map(Code::Sql),
            only: &[],
            style: Style::Attribute,
        }
    }

    pub(super) fn of(history: &[Past<'_>], version: i64) -> Result<Forward, String> {
        forward(history, Version::new(version), &[Dialect::Postgres])
    }

    const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text)";

    #[test]
    fn the_newest_is_undone_by_its_own_down_and_comes_back_by_its_own_up() {
        let add = "ALTER TABLE users ADD COLUMN phone varchar(20)";
        let drop = "-- onward: destructive\nALTER TABLE users DROP COLUMN phone;\n";
        let history = [past(1, USERS, None), past(2, add, Some(drop))];
        let forward = of(&history, 2).unwrap();
        assert_eq!(forward.up, "ALTER TABLE users DROP COLUMN phone;");
        assert_eq!(forward.down.as_deref(), Some(add));
        assert!(forward.marks.lossy.is_some(), "{forward:?}");
        assert_eq!(forward.marks.destructive, None);
        assert_eq!(forward.doc, "Undoes 2 step.");
        assert_eq!(
            (forward.unreversed.len(), forward.problems.len()),
            (0, 0),
            "{forward:?}"
        );
    }

    #[test]
    fn what_fails_after_a_later_migration_is_said() {
        let (index, drop) = ("CREATE INDEX by_name ON users (name)", "DROP INDEX by_name");
        let history = [
            past(1, USERS, None),
            past(2, index, Some(drop)),
            past(
                3,
                "DROP INDEX by_name; CREATE INDEX by_both ON users (name, id)",
                None,
            ),
        ];
        let forward = of(&history, 2).unwrap();
        assert_eq!(
            forward.problems,
            [
                "what undoes it fails after the migrations that came since: by_name is not there when it runs"
            ]
        );
        assert!(of(&history[..2], 2).unwrap().problems.is_empty());
        let history = [
            past(1, USERS, None),
            past(
                2,
                "CREATE TABLE teams (id int PRIMARY KEY)",
                Some("DROP TABLE teams"),
            ),
            past(
                3,
                "ALTER TABLE users ADD COLUMN team int REFERENCES teams (id)",
                None,
            ),
        ];
        assert_eq!(
            of(&history, 2).unwrap().problems,
            [
                "what undoes it fails after the migrations that came since: users still refers to teams"
            ]
        );
    }

    #[test]
    fn a_down_that_does_nothing_is_none() {
        let mood = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE k (m mood)";
        let add = "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad'";
        let history = [past(1, mood, None), past(2, add, Some("select 1;"))];
        let forward = of(&history, 2).unwrap();
        assert!(forward.up.contains("AS ENUM ('sad')"), "{forward:?}");
    }

    #[test]
    fn a_down_that_nobody_understands_gives_way_to_one_that_loses_nothing() {
        let drop = "ALTER TABLE users DROP COLUMN name";
        let history = [
            past(1, USERS, None),
            past(2, drop, Some("ALTER TABLE users ADD COLUMN name;")),
        ];
        let forward = of(&history, 2).unwrap();
        assert_eq!(forward.up, "ALTER TABLE users ADD COLUMN name TEXT");
        let add = "ALTER TABLE users ADD COLUMN phone text";
        let down = "DO $$ BEGIN EXECUTE (SELECT undo FROM steps); END $$;";
        let history = [past(1, USERS, None), past(2, add, Some(down))];
        assert_eq!(of(&history, 2).unwrap().up, down);
    }

    #[test]
    fn what_came_since_is_part_of_the_way_back_of_the_way_forward() {
        let history = [
            past(1, USERS, None),
            past(2, "ALTER TABLE users ADD COLUMN phone varchar(20)", None),
            past(3, "ALTER TABLE users ALTER COLUMN phone TYPE text", None),
        ];
        let forward = of(&history, 2).unwrap();
        assert!(forward.up.contains("DROP COLUMN"), "{forward:?}");
        let down = forward.down.unwrap();
        assert_eq!(down, "ALTER TABLE users ADD COLUMN phone TEXT");
    }

    #[test]
    fn what_came_since_and_cannot_be_worked_out_is_said_to_be_left_out() {
        let up = "ALTER TABLE users ADD COLUMN code varchar(8) UNIQUE; CREATE TABLE tags (id int PRIMARY KEY); \
                  UPDATE users SET code = 'x' || id; ALTER TABLE users ALTER COLUMN code SET NOT NULL;";
        let down = "DROP TABLE tags; ALTER TABLE users DROP COLUMN code;";
        let later = "ALTER TABLE tags ADD COLUMN name text";
        let history = [
            past(1, USERS, None),
            past(2, up, Some(down)),
            past(3, later, None),
        ];
        let forward = of(&history, 2).unwrap();
        assert_eq!(forward.down.as_deref(), Some(up));
        let says = |said: &String| said.contains("tags.name");
        assert!(forward.unreversed.iter().any(says), "{forward:?}");
    }

    #[test]
    fn an_items_marks_are_those_that_the_macro_will_ask_for() {
        let longer = "ALTER TABLE users ALTER COLUMN name TYPE varchar(80)";
        let history = [
            past(1, "CREATE TABLE users (name varchar(20))", None),
            past(
                2,
                longer,
                Some("ALTER TABLE users ALTER COLUMN name TYPE varchar(20)"),
            ),
        ];
        let marks = of(&history, 2).unwrap().marks;
        assert!(marks.lossy.is_some(), "{marks:?}");
        assert_eq!(marks.assert_lossless, None);
    }

    #[test]
    fn what_was_taken_is_said_not_to_come_back() {
        let history = [
            past(1, USERS, None),
            past(2, "ALTER TABLE users DROP COLUMN name", None),
        ];
        let forward = of(&history, 2).unwrap();
        assert!(forward.up.contains("ADD COLUMN"), "{forward:?}");
        assert_eq!(
            forward.unreversed[0],
            "what 2 took of users.name (drop_column) does not come back"
        );
        assert!(forward.marks.destructive.is_some(), "{forward:?}");
    }

    #[test]
    fn what_a_later_migration_took_is_not_taken_twice() {
        let history = [
            past(1, USERS, None),
            past(2, "ALTER TABLE users ADD COLUMN phone text", None),
            past(3, "ALTER TABLE users DROP COLUMN phone", None),
        ];
        let problems = of(&history, 2).unwrap().problems;
        assert!(
            problems[0].starts_with("users.phone is not there any more"),
            "{problems:?}"
        );
        assert_eq!(of(&history, 3).unwrap().problems.len(), 0);
    }

    #[test]
    fn where_there_is_no_way_it_is_said() {
        let opaque = "DO $$ BEGIN EXECUTE (SELECT sql FROM jobs); END $$";
        let history = [past(1, opaque, None)];
        assert!(
            of(&history, 1)
                .unwrap_err()
                .contains("write by hand what undoes it")
        );
        assert!(of(&history, 7).unwrap_err().contains("the only one is 1"));
        let rust = Past {
            down: Some(Code::Rust),
            ..past(1, USERS, None)
        };
        assert!(of(&[rust], 1).unwrap_err().contains("goes back by Rust"));
    }
}
