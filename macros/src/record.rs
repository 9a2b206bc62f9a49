//! What does a migration leave in the binary?

use std::collections::BTreeSet;

use onward_analysis::check::Checked;
use onward_analysis::{Analysis, Down, Place, Record, Script, header, sql_hash};
use proc_macro2::Span;

use crate::errors::Errors;
use crate::project::Project;
use crate::valid::{Direction, Migration};

/// The record of a migration that was judged.
pub(crate) fn record(
    migration: &Migration,
    checked: Checked,
    conditions: BTreeSet<String>,
    project: &Project,
) -> Record {
    let down = match (&migration.down, &migration.marks.irreversible) {
        (Some(down), None) => Down::Script(script(down, checked.down, project)),
        (_, reason) => Down::Irreversible {
            reason: reason.clone().unwrap_or_default(),
        },
    };
    Record {
        version: migration.version,
        name: migration.name.clone(),
        doc: migration.doc.clone(),
        catalog: project.name.clone(),
        place: place(migration.span, project),
        up: script(&migration.up, checked.up, project),
        down,
        marks: migration.marks.clone(),
        only: migration.only.clone(),
        down_in: migration.down_in.clone(),
        conditions,
        transaction: migration.transaction,
    }
}

fn script(direction: &Direction, analyses: Vec<Analysis>, project: &Project) -> Script {
    match direction {
        Direction::Sql(sql) => Script {
            sql: Some(sql.text.clone()),
            file: sql.file().map(|path| project.relative(path)),
            hash: sql_hash(&header::strip(&sql.text)),
            analyses,
        },
        Direction::Rust(function) => Script {
            sql: None,
            file: None,
            hash: function.hash.clone(),
            analyses,
        },
    }
}

/// Where `span` stands in this crate.
pub(crate) fn place(span: Span, project: &Project) -> Place {
    if !proc_macro::is_available() {
        return Place::default();
    }
    let span = span.unwrap();
    match span.local_file() {
        Some(file) => Place {
            file: project.relative(&file),
            line: u32::try_from(span.line()).unwrap_or(0),
        },
        None => Place::default(),
    }
}

/// Reports a released migration that runs something else than what was released.
pub(crate) fn hold_against_lock(
    record: &Record,
    span: Span,
    project: &Project,
    errors: &mut Errors,
) {
    let Ok(Some(lock)) = &project.files.lock else {
        return;
    };
    if let Some(entry) = lock.entry(record.version)
        && entry.released
        && entry.digest != record.digest()
    {
        errors.push(
            span,
            format!(
                "the released migration {} ({}) was edited, and databases have already run it as it was\n\
                 help: put its SQL back as it was released (`git log -p`), and write a new migration for the change",
                record.version, entry.name
            ),
        );
    }
}
