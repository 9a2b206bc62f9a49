//! Which pairs were written by hand, in files of cases?
//!
//! The labelled cases of the analysis, and the patterns of this folder, which have no labels: what a case says is what the
//! database does. Both are read as they stand, and changed by [`super::mutate`].

use std::sync::OnceLock;

use onward_analysis::Dialect;

use super::Case;

/// A case and the dialects that it is written in.
struct Written {
    dialects: Vec<String>,
    before: String,
    up: String,
    down: String,
}

/// All that can be run on that database: those which say what stands there before them.
pub(super) fn cases(dialect: Dialect) -> Vec<Case> {
    static WRITTEN: OnceLock<Vec<Written>> = OnceLock::new();
    let written = WRITTEN.get_or_init(|| {
        let mut all = Vec::new();
        for folder in ["../analysis/tests/corpus", "tests/differential/patterns"] {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            let files = std::fs::read_dir(&folder)
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
            files.sort();
            for file in files {
                let text = std::fs::read_to_string(&file).expect("text");
                all.extend(text.split("\n## ").skip(1).map(read));
            }
        }
        all
    });
    written
        .iter()
        .filter(|case| {
            case.dialects
                .iter()
                .any(|name| Dialect::named(name) == Some(dialect))
        })
        .filter(|case| !case.before.is_empty() && !case.up.contains("DELIMITER"))
        .filter(|case| !is_of_the_server(case))
        .map(|case| Case {
            before: case.before.clone(),
            up: case.up.clone(),
            down: case.down.clone(),
            by_hand: true,
        })
        .collect()
}

/// Whether the case changes a setting of the whole server, which others use at the same time.
fn is_of_the_server(case: &Written) -> bool {
    let sql = [&case.before, &case.up, &case.down].map(|sql| sql.to_uppercase());
    let changes = [
        "SET GLOBAL",
        "@@GLOBAL",
        "SET PERSIST",
        "@@PERSIST",
        "ALTER SYSTEM",
        "ALTER ROLE",
        "ALTER USER",
    ];
    sql.iter()
        .any(|sql| changes.iter().any(|change| sql.contains(change)))
}

fn read(text: &str) -> Written {
    let (title, body) = text.split_once('\n').unwrap_or((text, ""));
    let dialects = title
        .rsplit_once(" [")
        .map_or("", |(_, names)| names.trim_end_matches(']'));
    let mut case = Written {
        dialects: dialects.split(' ').map(str::to_owned).collect(),
        before: String::new(),
        up: String::new(),
        down: String::new(),
    };
    let mut field = String::new();
    for line in body.lines().filter(|line| !line.starts_with("=>")) {
        let rest = match line.split_once(':') {
            Some((key @ ("before" | "up" | "down"), rest)) => {
                key.clone_into(&mut field);
                rest
            }
            _ => line,
        };
        let sql = match field.as_str() {
            "before" => &mut case.before,
            "up" => &mut case.up,
            "down" => &mut case.down,
            _ => continue,
        };
        if !rest.trim().is_empty() {
            sql.push_str(rest.trim());
            sql.push('\n');
        }
    }
    if case.down.is_empty() {
        "SELECT 1;\n".clone_into(&mut case.down);
    }
    case
}
