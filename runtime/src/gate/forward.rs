//! Which new migration undoes one that cannot be reverted?

use std::path::Path;
use std::sync::Arc;

use onward_analysis::{Dialect, Record, Verdict, Version, literal};

use crate::text::{capital, visible};
use crate::{Direction, Environment, Name, Plan, Revert, Step};

/// The migration that undoes `record`, ready to paste, with a version above `newest`; none where it has no way back. It begins with
/// `notes`, and says whose word its marks are: there is no parser here that could judge it on the schema of today.
pub(crate) fn undoing(
    record: &Record,
    dialect: Dialect,
    newest: Version,
    notes: &[String],
) -> Option<String> {
    let anywhere = Record {
        down_in: Vec::new(),
        conditions: Default::default(),
        ..record.clone()
    };
    let here = Environment::development();
    let plan = Plan::back(&[Arc::new(anywhere)], Revert::Last, &here, dialect).ok()?;
    let plan = plan.below(Some(newest));
    let migration = forward(&plan).pop()?;
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
pub(super) fn forward(plan: &Plan) -> Vec<String> {
    if plan.direction() == Direction::Up {
        return Vec::new();
    }
    let numbered = plan.steps().iter().zip(plan.next_version().number()..);
    numbered
        .filter(|(step, _)| step.undone_by().is_none())
        .map(|(step, number)| migration(step, plan, Version::new(number)))
        .collect()
}

fn migration(step: &Step, plan: &Plan, version: Version) -> String {
    let past = step.name();
    let Some(up) = step.sql() else {
        return format!(
            "// {past} goes back by Rust: write an `async fn` with version = {version} that does the same."
        );
    };
    let original = &step.record().up;
    let lossy = match step.verdict() {
        Verdict::Lossless => None,
        Verdict::Lossy | Verdict::Unknown => {
            let reason = format!("nothing uses {} any more", used(step));
            // A name may hold quotes.
            Some(format!("lossy = {:?}", visible(&reason)))
        }
    };
    let destructive = (original.verdict(plan.dialect()) != Verdict::Lossless).then(|| {
        format!(
            "destructive = {:?}",
            format!("what {} took is taken again", past.name)
        )
    });
    let new = New {
        past: past.to_string(),
        name: format!("undo_{}", past.name),
        version,
        up: unmarked(up),
        lossy,
        down: original.sql.as_deref().map(unmarked),
        destructive,
    };
    match step.script().and_then(|script| script.file.as_deref()) {
        Some(file) => new.files(file),
        None => new.item(),
    }
}

/// What the step takes, to be named in a mark.
fn used(step: &Step) -> String {
    let mut objects: Vec<String> = Vec::new();
    for loss in step.losses() {
        let object = loss.object.to_string();
        if !objects.contains(&object) {
            objects.push(object);
        }
    }
    match objects.as_slice() {
        [] => "what it takes".to_owned(),
        objects => objects.join(", "),
    }
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
struct New {
    past: String,
    name: String,
    version: Version,
    up: String,
    lossy: Option<String>,
    down: Option<String>,
    destructive: Option<String>,
}

const RUST: &str = "irreversible = \"what it undoes is Rust\"";

impl New {
    /// As a Rust item.
    fn item(&self) -> String {
        let mut lines = vec![
            format!("version = {}", self.version),
            format!("up = {}", literal(self.up.trim())),
        ];
        lines.extend(self.lossy.clone());
        match &self.down {
            Some(down) => {
                lines.push(format!("down = {}", literal(down.trim())));
                lines.extend(self.destructive.clone());
            }
            None => lines.push(RUST.to_owned()),
        }
        format!(
            "/// Undoes {}.\n#[derive(Migration)]\n#[migration(\n    {},\n)]\nstruct {};",
            self.past,
            lines.join(",\n    "),
            camel(&self.name)
        )
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
        let mut text = format!("-- {}: undoes {}\n", up.trim_start_matches('/'), self.past);
        let mark = |mark: &str| format!("-- onward: {mark}\n");
        text.extend(self.lossy.as_deref().map(mark));
        if self.down.is_none() {
            text.push_str(&mark(RUST));
        }
        text.push_str(self.up.trim());
        if let Some(sql) = &self.down {
            text.push_str(&format!("\n\n-- {}\n", down.trim_start_matches('/')));
            text.extend(self.destructive.as_deref().map(mark));
            text.push_str(sql.trim());
        }
        text
    }
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
        forward(&back(vec![record], Revert::Last)).swap_remove(0)
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
            "-- migrations/4_undo_add_phone_number.up.sql: undoes 3 add_phone_number\n\
             -- onward: lossy = \"nothing uses users.phone_number any more\"\n\
             ALTER TABLE users DROP COLUMN phone_number\n\n\
             -- migrations/4_undo_add_phone_number.down.sql\n\
             ALTER TABLE users ADD COLUMN phone_number varchar(20)"
        );
        let diesel = in_file("migrations/3_add_phone_number/down.sql");
        assert!(
            diesel.starts_with("-- migrations/4_undo_add_phone_number/up.sql: "),
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
        let printed = forward(&back(vec![record], Revert::Last)).swap_remove(0);
        assert!(
            printed.contains("lossy = \"nothing uses t.c\\\"d any more\","),
            "{printed}"
        );
    }

    #[test]
    fn who_prints_it_says_whose_word_its_marks_are() {
        let mut record = phone(3, Dialect::Postgres);
        let newest = Version::new(7);
        let printed = undoing(&record, Dialect::Postgres, newest, &[]).unwrap();
        assert_eq!(
            printed,
            "// Its marks are what was judged when 3 add_phone_number was compiled, not on the schema of today. Where the sources are,\n\
             // `cargo onward forward 3` judges it anew and writes it, with its entry in the lock file.\n\
             /// Undoes 3 add_phone_number.\n#[derive(Migration)]\n#[migration(\n    version = 8,\n    \
             up = \"ALTER TABLE users DROP COLUMN phone_number\",\n    lossy = \"nothing uses users.phone_number any more\",\n    \
             down = \"ALTER TABLE users ADD COLUMN phone_number varchar(20)\",\n)]\nstruct UndoAddPhoneNumber;"
        );
        if let Down::Script(script) = &mut record.down {
            script.file = Some("migrations/3_add_phone_number.down.sql".to_owned());
        }
        let notes = ["it is\nSELECT 1".to_owned()];
        let printed = undoing(&record, Dialect::Postgres, newest, &notes).unwrap();
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

    #[test]
    fn its_version_is_above_every_one_that_is_known() {
        let plan = back(vec![phone(3, Dialect::Postgres)], Revert::Last);
        let text = forward(&plan.below(Some(Version::new(7)))).swap_remove(0);
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
        assert!(text.contains(RUST), "{text}");
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
