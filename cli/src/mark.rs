//! `mark`: which marks are missing, and how are they written without touching anything else?

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use onward_analysis::rules::{CANNOT_RUN, may_be_allowed, plain};
use onward_analysis::{Checked, Finding, Marks, Severity, Side, header};

use crate::args::MarkArgs;
use crate::source::{File, Source};
use crate::text::counted;
use crate::{Answer, Failure, source};

/// A file that lacks marks.
struct Edit {
    path: PathBuf,
    label: String,
    /// The lines that are new.
    lines: Vec<String>,
    /// The whole file, with them.
    text: String,
}

/// Writes what is missing; clean where no error is left that a mark could have answered or not.
pub(crate) fn run(args: &MarkArgs) -> Result<Answer, Failure> {
    let mut sources = source::folder(&args.dir)?.migrations;
    let config = source::config(&args.dir)?;
    let dialects = source::dialects(&args.dialect, &config, &args.dir)?;

    let mut sequence = source::sequence(&sources, &dialects);
    let mut edits = Vec::new();
    let mut left = Vec::new();
    for source in &mut sources {
        let checked = source.check(&dialects, &mut sequence, &config);
        for (file, marks) in halves(source, &checked) {
            let text = header::write(&file.text, &marks);
            if text != file.text {
                edits.push(Edit {
                    path: file.path.clone(),
                    label: file.label.clone(),
                    lines: added(&file.text, &text),
                    text: text.clone(),
                });
                *file = File::new(file.path.clone(), file.label.clone(), text);
            }
        }
        let findings = source.check(&dialects, &mut sequence, &config).findings;
        let errors = findings
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error);
        left.extend(
            errors.map(|error| format!("{} {}: {}", source.version, source.name, error.message)),
        );
    }

    if !args.dry_run {
        for edit in &edits {
            replace(&edit.path, &edit.text)?;
        }
    }
    Ok(Answer {
        text: said(args, sources.len(), &edits, &left),
        clean: left.is_empty(),
    })
}

/// Which of the marks that are called for belong in which file: what is said about the up stands with the up.
fn halves<'a>(source: &'a mut Source, checked: &Checked) -> Vec<(&'a mut File, Marks)> {
    let wanted = &checked.marks;
    let up = Marks {
        lossy: wanted.lossy.clone(),
        irreversible: wanted.irreversible.clone(),
        allow: allowed(Side::Up, &checked.findings),
        ..Marks::default()
    };
    let down = Marks {
        destructive: wanted.destructive.clone(),
        allow: allowed(Side::Down, &checked.findings),
        ..Marks::default()
    };
    let up = source.up.as_mut().map(|file| (file, up));
    let down = source.down.as_mut().map(|file| (file, down));
    up.into_iter().chain(down).collect()
}

/// What must be allowed for the folder to compile as it is, which says of each what is wrong with it. An up that cannot run is
/// mended: it holds a typing mistake, and a mark would hide it.
fn allowed(side: Side, findings: &[Finding]) -> BTreeMap<String, String> {
    let mut allowed = BTreeMap::new();
    for finding in findings {
        let refused = finding.severity == Severity::Error && finding.side == side;
        let is_mistake = side == Side::Up && finding.rule == CANNOT_RUN;
        if refused && !is_mistake && may_be_allowed(finding.rule).is_ok() {
            let reason = plain(&finding.message);
            allowed.entry(finding.rule.to_owned()).or_insert(reason);
        }
    }
    allowed
}

/// The lines of `new` that are not in `old`, in order.
fn added(old: &str, new: &str) -> Vec<String> {
    let mut old = old.lines().peekable();
    new.lines()
        .filter(|line| old.next_if(|next| next == line).is_none())
        .map(str::to_owned)
        .collect()
}

/// Puts `text` in the place of the file, whole or not at all, with the same permissions.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        // A link stays one: what it points to is replaced.
        let path = std::fs::canonicalize(path)?;
        let mut new = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        new.write_all(text.as_bytes())?;
        new.as_file()
            .set_permissions(std::fs::metadata(&path)?.permissions())?;
        new.as_file().sync_all()?;
        new.persist(&path)?;
        Ok(())
    };
    write().map_err(|e| {
        Failure(format!(
            "{} cannot be written: {e}; the files before it are marked, run it again once this is solved",
            path.display()
        ))
    })
}

fn said(args: &MarkArgs, migrations: usize, edits: &[Edit], left: &[String]) -> String {
    let mut text = String::new();
    for edit in edits {
        for line in &edit.lines {
            text.push_str(&format!("{}: {line}\n", edit.label));
        }
    }
    let marks: usize = edits.iter().map(|edit| edit.lines.len()).sum();
    let verb = if args.dry_run {
        "would be written"
    } else {
        "written"
    };
    let read = counted(migrations, "migration");
    text.push_str(&match marks {
        0 => format!("{read}, no mark is missing.\n"),
        _ => {
            let marks = counted(marks, "mark");
            format!(
                "{read}, {marks} {verb} in {}.\n",
                counted(edits.len(), "file")
            )
        }
    });
    if left.is_empty() {
        return text;
    }
    let given = args.dialect.given;
    let dialect = given.map_or(String::new(), |one| format!(" --dialect {}", one.name()));
    text.push_str(&format!(
        "{} left that no mark answers (`cargo onward check {}{dialect}` says more):\n",
        counted(left.len(), "error"),
        args.dir.display()
    ));
    for error in left {
        text.push_str(&format!("  {error}\n"));
    }
    text
}
