//! Which new migration undoes one that cannot be reverted?

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use onward_analysis::newer::{Item, following, grouped, marks};
use onward_analysis::{Dialect, Marks, Record, Version, literal};

use crate::text::{capital, moment, visible};
use crate::{Direction, Environment, Name, Plan, Revert, Step};

/// The migration that undoes `record`, ready to paste, with a version above `newest`; none where it has no way back. It begins with
/// `notes`, and says whose word its marks are: there is no parser here that could judge it on the schema of today.
pub(crate) fn undoing(
    record: &Record,
    dialect: Dialect,
    newest: Version,
    notes: &[String],
    now: SystemTime,
) -> Option<String> {
    let anywhere = Record {
        down_in: Vec::new(),
        conditions: Default::default(),
        ..record.clone()
    };
    let here = Environment::development();
    let plan = Plan::back(&[Arc::new(anywhere)], Revert::Last, &here, dialect).ok()?;
    let plan = plan.below(Some(newest));
    let migration = forward(&plan, now).pop()?;
    let comment = match plan.steps().iter().any(is_in_file) {
        true => "--",
        false => "//",
    };
    let notes: String = notes
        .iter()
        .map(|note| format!("{comment} NOTE: {}\n", visible(note)))
        .collect();
    Some(format!(
        "{notes}{comment} Its marks are what was judged when {} was compiled, not on the schema of today. Where the sources are,\n\
         {comment} `cargo onward forward {}` judges it anew and writes it, with its entry in the lock file.\n{migration}",
        Name::of(record),
        record.version
    ))
}

/// Whether it is SQL that stands in a file of its own.
fn is_in_file(step: &Step) -> bool {
    let script = step.script();
    script.is_some_and(|script| script.sql.is_some() && script.file.is_some())
}

/// For each step of a way back the migration that does the same as a way forward, ready to paste: its up is the down, its
/// down the up.
pub(super) fn forward(plan: &Plan, now: SystemTime) -> Vec<String> {
    if plan.direction() == Direction::Up {
        return Vec::new();
    }
    let today: String = moment(now).chars().filter(char::is_ascii_digit).collect();
    let mut last = plan.newest().to_string();
    let steps = plan.steps().iter();
    let open = steps.filter(|step| step.undone_by().is_none());
    open.map(|step| {
        let file = step.script().and_then(|script| script.file.as_deref());
        let written = file.map_or_else(|| last.clone(), |file| like(prefix(file), &last));
        let version = following(&written, &today);
        last = version.replace('-', "");
        migration(step, plan, &version)
    })
    .collect()
}

fn migration(step: &Step, plan: &Plan, version: &str) -> String {
    let past = step.name();
    let Some(up) = step.sql() else {
        return format!(
            "// {past} goes back by Rust: write an `async fn` with version = {} that does the same.",
            grouped(version)
        );
    };
    let original = &step.record().up;
    let down = original.sql.as_deref().map(unmarked);
    let new = New {
        past: past.to_string(),
        name: format!("undo_{}", past.name),
        version,
        up: unmarked(up),
        marks: marks(
            step.analysis(),
            down.is_some().then(|| original.analysis(plan.dialect())),
        ),
        down,
    };
    match step.script().and_then(|script| script.file.as_deref()) {
        Some(file) => new.files(file),
        None => new.item(),
    }
}

/// The digits that the name of a migration's file or folder begins with, grouped as they are there.
fn prefix(file: &str) -> &str {
    let folder = ["/up.sql", "/down.sql"].iter();
    let folder = folder.copied().find_map(|end| file.strip_suffix(end));
    let path = folder.unwrap_or(file);
    let name = path.rsplit('/').next().unwrap_or(path);
    let end = name.find(|c: char| !c.is_ascii_digit() && c != '-');
    &name[..end.unwrap_or(name.len())]
}

/// The version `last` as one is written that begins with `prefix`.
fn like(prefix: &str, last: &str) -> String {
    let width = prefix.chars().filter(char::is_ascii_digit).count();
    let padded = format!("{last:0>width$}");
    if padded.len() != width {
        return padded;
    }
    let mut digits = padded.chars();
    let grouped = prefix.chars().filter_map(|c| match c {
        '-' => Some('-'),
        _ => digits.next(),
    });
    grouped.collect()
}

/// The script without the marks at its head, which are about the other direction.
fn unmarked(sql: &str) -> String {
    let is_head = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with("--");
    let head = sql.lines().take_while(is_head).count();
    let kept = sql
        .lines()
        .enumerate()
        .filter(|(index, line)| *index >= head || !line.trim_start().starts_with("-- onward:"));
    let lines: Vec<&str> = kept.map(|(_, line)| line).collect();
    lines.join("\n").trim().to_owned()
}

/// A migration to be written.
struct New<'n> {
    past: String,
    name: String,
    version: &'n str,
    up: String,
    down: Option<String>,
    marks: Marks,
}

impl New<'_> {
    /// As a Rust item.
    fn item(&self) -> String {
        let key = |key: &str, sql: &str| format!("{key} = {}", literal(sql.trim()));
        let item = Item {
            doc: &format!("Undoes {}.", self.past),
            remarks: Vec::new(),
            version: self.version,
            up: key("up", &self.up),
            down: self.down.as_deref().map(|sql| key("down", sql)),
            marks: &self.marks,
            name: camel(&self.name),
        };
        item.to_string()
    }

    /// As files beside `file`, named as it is.
    fn files(&self, file: &str) -> String {
        let path = Path::new(file);
        let parent = |path: &Path| {
            path.parent()
                .map(|p| p.display().to_string())
                .unwrap_or_default()
        };
        let stem = format!("{}_{}", self.version, self.name);
        let (up, down) = match path.file_name().and_then(|name| name.to_str()) {
            Some("up.sql" | "down.sql") => {
                let folder = path.parent().map(parent).unwrap_or_default();
                (
                    format!("{folder}/{stem}/up.sql"),
                    format!("{folder}/{stem}/down.sql"),
                )
            }
            _ => {
                let folder = parent(path);
                (
                    format!("{folder}/{stem}.up.sql"),
                    format!("{folder}/{stem}.down.sql"),
                )
            }
        };
        let begins = |file: &str| format!("-- {}\n", file.trim_start_matches('/'));
        let mark = |key: &str, why: &String| format!("-- onward: {key} = {}\n", literal(why));
        let marks = &self.marks;
        let mut text = format!("{}-- Undoes {}.\n", begins(&up), self.past);
        text.extend(marks.lossy.iter().map(|why| mark("lossy", why)));
        text.extend(
            marks
                .irreversible
                .iter()
                .map(|why| mark("irreversible", why)),
        );
        text.push_str(&ended(&self.up));
        if let Some(sql) = &self.down {
            text.push_str(&format!("\n\n{}", begins(&down)));
            text.extend(marks.destructive.iter().map(|why| match &why.0 {
                Some(why) => mark("destructive", why),
                None => "-- onward: destructive\n".to_owned(),
            }));
            text.push_str(&ended(sql));
        }
        text
    }
}

fn ended(sql: &str) -> String {
    format!("{};", sql.trim().trim_end_matches(';'))
}

/// `add_phone_number` as `AddPhoneNumber`.
fn camel(name: &str) -> String {
    name.split(|c: char| !c.is_alphanumeric())
        .map(capital)
        .collect()
}

#[cfg(test)]
mod tests {
    use onward_analysis::Down;

    use super::*;
    use crate::fixture::{back, phone};

    fn of(change: impl Fn(&mut Record)) -> String {
        let mut record = phone(3, Dialect::Postgres);
        change(&mut record);
        forward(&back(vec![record], Revert::Last), SystemTime::UNIX_EPOCH).swap_remove(0)
    }

    fn in_file(file: &str) -> String {
        of(|record| {
            if let Down::Script(script) = &mut record.down {
                script.file = Some(file.to_owned());
            }
        })
    }

    #[test]
    fn a_folder_gets_files_named_like_its_own() {
        assert_eq!(
            in_file("migrations/3_add_phone_number.down.sql"),
            "-- migrations/4_undo_add_phone_number.up.sql\n\
             -- Undoes 3 add_phone_number.\n\
             -- onward: lossy = \"the up drops users.phone_number\"\n\
             ALTER TABLE users DROP COLUMN phone_number;\n\n\
             -- migrations/4_undo_add_phone_number.down.sql\n\
             ALTER TABLE users ADD COLUMN phone_number varchar(20);"
        );
        let diesel = in_file("migrations/3_add_phone_number/down.sql");
        assert!(
            diesel.starts_with("-- migrations/4_undo_add_phone_number/up.sql\n"),
            "{diesel}"
        );
    }

    #[test]
    fn a_name_with_quotes_makes_no_other_rust() {
        let (up, down) = (
            "ALTER TABLE t ADD COLUMN \"c\"\"d\" int",
            "ALTER TABLE t DROP COLUMN \"c\"\"d\"",
        );
        let record = crate::fixture::judged(3, Dialect::Postgres, up, down);
        let printed =
            forward(&back(vec![record], Revert::Last), SystemTime::UNIX_EPOCH).swap_remove(0);
        assert!(
            printed.contains("lossy = \"the up drops t.c'd\","),
            "{printed}"
        );
    }

    #[test]
    fn who_prints_it_says_whose_word_its_marks_are() {
        let mut record = phone(3, Dialect::Postgres);
        let newest = Version::new(7);
        let printed = undoing(
            &record,
            Dialect::Postgres,
            newest,
            &[],
            SystemTime::UNIX_EPOCH,
        )
        .unwrap();
        assert_eq!(
            printed,
            "// Its marks are what was judged when 3 add_phone_number was compiled, not on the schema of today. Where the sources are,\n\
             // `cargo onward forward 3` judges it anew and writes it, with its entry in the lock file.\n\
             /// Undoes 3 add_phone_number.\n#[derive(onward::Migration)]\n#[migration(\n    version = 8,\n    \
             up = \"ALTER TABLE users DROP COLUMN phone_number\",\n    lossy = \"the up drops users.phone_number\",\n    \
             down = \"ALTER TABLE users ADD COLUMN phone_number varchar(20)\",\n)]\nstruct UndoAddPhoneNumber;"
        );
        if let Down::Script(script) = &mut record.down {
            script.file = Some("migrations/3_add_phone_number.down.sql".to_owned());
        }
        let notes = ["it is\nSELECT 1".to_owned()];
        let printed = undoing(
            &record,
            Dialect::Postgres,
            newest,
            &notes,
            SystemTime::UNIX_EPOCH,
        )
        .unwrap();
        let mut lines = printed.lines();
        let note = lines.next().unwrap();
        assert!(note.starts_with("-- NOTE: it is"), "{printed}");
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("-- Its marks are what was judged"),
            "{printed}"
        );
    }

    /// As the command line does, by the same function.
    #[test]
    fn its_version_is_written_as_those_beside_it() {
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_795_449_250);
        for (newest, file, written) in [
            (3, None, "version = 4,"),
            (2_026_010_102, None, "version = 20261123_01,"),
            (20_260_101_120_000, None, "version = 20261123155410,"),
            (
                9,
                Some("migrations/0003_add_phone.down.sql"),
                "-- migrations/0010_undo_add_phone_number.up.sql\n",
            ),
            (
                20_260_101_120_000,
                Some("db/2025-01-02-030405_add_phone/down.sql"),
                "-- db/2026-11-23-155410_undo_add_phone_number/up.sql\n",
            ),
        ] {
            let mut record = phone(3, Dialect::Postgres);
            if let Down::Script(script) = &mut record.down {
                script.file = file.map(str::to_owned);
            }
            let plan = back(vec![record], Revert::Last).below(Some(Version::new(newest)));
            let text = forward(&plan, now).swap_remove(0);
            assert!(text.contains(written), "{written}: {text}");
        }
    }

    #[test]
    fn its_version_is_above_every_one_that_is_known() {
        let plan = back(vec![phone(3, Dialect::Postgres)], Revert::Last);
        let text =
            forward(&plan.below(Some(Version::new(7))), SystemTime::UNIX_EPOCH).swap_remove(0);
        assert!(text.contains("version = 8,"), "{text}");
    }

    #[test]
    fn the_marks_of_the_old_files_stay_there() {
        let text = of(|record| {
            record.up.sql =
                Some("-- why\n-- onward: only(staging)\nSELECT 1\n-- onward: x".to_owned());
        });
        assert!(text.contains("-- why\nSELECT 1"), "{text}");
        assert!(!text.contains("only(staging)"), "{text}");
        assert!(text.contains("-- onward: x"), "{text}");
    }

    #[test]
    fn sql_stays_one_literal_whatever_is_in_it() {
        let text = of(|record| record.up.sql = Some("SELECT \"#a\"\n, '\\'".to_owned()));
        assert!(
            text.contains("down = r##\"SELECT \"#a\"\n, '\\'\"##,"),
            "{text}"
        );
    }

    #[test]
    fn rust_is_said_to_be_rust() {
        let text = of(|record| record.up.sql = None);
        assert!(
            text.contains("irreversible = \"what it undoes is Rust\""),
            "{text}"
        );
        let text = of(|record| {
            if let Down::Script(script) = &mut record.down {
                script.sql = None;
                script.analyses.clear();
            }
        });
        assert!(
            text.starts_with("// 3 add_phone_number goes back by Rust"),
            "{text}"
        );
    }
}
