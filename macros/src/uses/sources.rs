//! Where in the sources does a query stand?

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::project::Project;

/// No more files than these are looked through, so that a huge workspace does not cost its build seconds.
const FILES: usize = 4000;

/// The Rust files that may hold queries.
pub(super) struct Sources(pub(super) Vec<Source>);

/// One file.
pub(super) struct Source {
    /// Its path from the crate's manifest, or from the workspace's.
    pub(super) path: String,
    pub(super) text: String,
    /// Whether it belongs to this crate.
    pub(super) own: bool,
    /// What queries are sought in, made when the first one is.
    plain: OnceCell<Plain>,
}

/// A text with white space, quotes and escapes made one.
struct Plain {
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Sources {
    /// The files of this crate, and those of the whole folder `root` where that holds its cache.
    pub(super) fn read(project: &Project, root: Option<&Path>) -> Sources {
        let mut sources = Vec::new();
        walk(&project.dir.join("src"), &mut sources);
        let own = sources.len();
        if let Some(root) = root.filter(|root| *root != project.dir) {
            walk(root, &mut sources);
        }
        let mut read: Vec<Source> = Vec::new();
        for (index, path) in sources.into_iter().enumerate() {
            let base = if index < own {
                &project.dir
            } else {
                root.unwrap_or(&project.dir)
            };
            let twice = index >= own && path.starts_with(project.dir.join("src"));
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if !twice && (text.contains("query") || text.contains("sql")) {
                let shown = path.strip_prefix(base).unwrap_or(&path);
                let shown = shown.to_string_lossy().replace('\\', "/");
                read.push(Source::of(shown, text, index < own));
            }
        }
        Sources(read)
    }

    /// `src/users.rs:12`, where the query `text` stands; none where it cannot be found.
    pub(super) fn place(&self, text: &str) -> Option<String> {
        let plain = plain(text);
        let (source, at) = self
            .0
            .iter()
            .find_map(|source| Some((source, source.plain().text.find(&plain)?)))?;
        let line = source.plain().lines.partition_point(|begin| *begin <= at);
        Some(format!("{}:{line}", source.path))
    }

    /// The files of this crate.
    pub(super) fn own(&self) -> impl Iterator<Item = &Source> {
        self.0.iter().filter(|source| source.own)
    }
}

impl Source {
    pub(super) fn of(path: String, text: String, own: bool) -> Source {
        Source {
            path,
            text,
            own,
            plain: OnceCell::new(),
        }
    }

    fn plain(&self) -> &Plain {
        self.plain.get_or_init(|| Plain::of(&self.text))
    }
}

impl Plain {
    fn of(text: &str) -> Plain {
        let mut joined = String::with_capacity(text.len());
        let mut lines = Vec::new();
        for line in text.lines() {
            // A blank joins the lines, unless one ends the text before.
            let line = plain(line.trim_end().trim_end_matches('\\'));
            if !line.is_empty() && !joined.is_empty() && !joined.ends_with(' ') {
                joined.push(' ');
            }
            lines.push(joined.len());
            joined.push_str(&line);
        }
        Plain {
            text: joined,
            lines,
        }
    }
}

/// A text as it is compared: one blank for white space, and no backslash in front of a quote.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace("\\\"", "\"")
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if found.len() >= FILES || name.starts_with('.') || name == "target" || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_found_however_its_literal_is_broken_into_lines() {
        let text = "fn a() {\n    sqlx::query!(\n        \"SELECT \\\"name\\\" \\\n         FROM users\n         WHERE id = $1\",\n    );\n}\n";
        let sources = Sources(vec![Source::of(
            "src/a.rs".to_owned(),
            text.to_owned(),
            true,
        )]);
        let query = "SELECT \"name\" FROM users\n         WHERE id = $1";
        assert_eq!(sources.place(query).as_deref(), Some("src/a.rs:3"));
        assert_eq!(sources.place("SELECT 2"), None);
    }
}
