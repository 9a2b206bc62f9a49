//! Which queries does sqlx's offline cache hold?
//!
//! `cargo sqlx prepare` writes a file `query-HASH.json` for each `query!` into `.sqlx`, beside the crate's manifest or, with
//! `--workspace`, the workspace's (<https://docs.rs/sqlx/0.9/sqlx/macro.query.html#offline-mode>). sqlx 0.8 and 0.9 write
//! the same keys: `db_name`, `query`, `describe` and `hash`.

use std::path::{Path, PathBuf};

use onward_analysis::Dialect;
use serde::Deserialize;
use serde_json::Value;

use crate::project::Project;

/// The queries, and what they were read from.
#[derive(Default)]
pub(super) struct Cache {
    pub(super) queries: Vec<Query>,
    /// Every file of them, for cargo to watch.
    pub(super) files: Vec<String>,
    /// The folder that the cache stands in; none where there is none.
    pub(super) root: Option<PathBuf>,
}

/// One query.
pub(super) struct Query {
    pub(super) dialect: Dialect,
    pub(super) text: String,
    /// The types of somebody's own among its parameters and columns, which stand in no text where a program binds them.
    pub(super) types: Vec<String>,
    /// What it is called where nobody finds it in the sources.
    pub(super) name: String,
}

#[derive(Deserialize)]
struct File {
    db_name: String,
    query: String,
    #[serde(default)]
    describe: Value,
}

impl Cache {
    /// The crate's own cache, else the workspace's: where sqlx looks.
    ///
    /// # Errors
    /// A sentence for each file that is no query of sqlx's.
    pub(super) fn read(project: &Project) -> Result<Cache, Vec<String>> {
        let set = std::env::var_os("SQLX_OFFLINE_DIR").map(PathBuf::from);
        let own = set.unwrap_or_else(|| project.dir.join(".sqlx"));
        let roots = [Some(project.dir.clone()), workspace(&project.dir)];
        let folders = [Some(own), roots[1].as_ref().map(|root| root.join(".sqlx"))];
        for (folder, root) in folders.into_iter().zip(roots) {
            if let (Some(folder), Some(root)) = (folder.filter(|folder| folder.is_dir()), root) {
                return Cache::of(&folder, root);
            }
        }
        Ok(Cache::default())
    }

    fn of(folder: &Path, root: PathBuf) -> Result<Cache, Vec<String>> {
        let mut cache = Cache {
            root: Some(root),
            ..Cache::default()
        };
        let mut mistakes = Vec::new();
        for path in files(folder) {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            match query(&path) {
                Ok(read) => cache.queries.push(Query {
                    name: named(&read.text, &file),
                    ..read
                }),
                Err(mistake) => mistakes.push(format!(
                    "{} is no query that sqlx cached ({mistake})\n\
                     help: write the cache anew with `cargo sqlx prepare`, or delete the file",
                    path.display()
                )),
            }
            cache.files.push(path.to_string_lossy().into_owned());
        }
        if mistakes.is_empty() {
            Ok(cache)
        } else {
            Err(mistakes)
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("query-") && name.ends_with(".json")
    });
    files.sort();
    files
}

/// What the file says; the query has no name yet.
fn query(path: &Path) -> Result<Query, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let file: File = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let dialect = match file.db_name.as_str() {
        "PostgreSQL" => Dialect::Postgres,
        "MySQL" => Dialect::MySql,
        "SQLite" => Dialect::Sqlite,
        other => return Err(format!("it is for `{other}`, which Onward does not know")),
    };
    let mut types = Vec::new();
    own_types(&file.describe, &mut types);
    Ok(Query {
        dialect,
        text: file.query,
        types,
        name: String::new(),
    })
}

/// Of a type that PostgreSQL does not bring itself sqlx writes `{"Custom": {"name": "mood", …}}`.
fn own_types(describe: &Value, found: &mut Vec<String>) {
    match describe {
        Value::Array(all) => all.iter().for_each(|one| own_types(one, found)),
        Value::Object(keys) => {
            for (key, value) in keys {
                if let ("Custom", Some(name)) = (key.as_str(), value.get("name"))
                    && let Some(name) = name.as_str()
                {
                    found.push(name.to_owned());
                }
                own_types(value, found);
            }
        }
        _ => {}
    }
}

/// ``the query `SELECT name FROM users …` in query-1a2b3c….json``, short enough for a line.
fn named(text: &str, file: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut begins: String = words.join(" ").chars().take(40).collect();
    if begins.len() < text.trim().len() {
        begins = format!("{} …", begins.trim_end());
    }
    let hash: String = file.chars().take("query-".len() + 8).collect();
    format!("`{begins}`, {hash}….json")
}

/// The folder of the workspace that `dir` belongs to, where it is another one.
fn workspace(dir: &Path) -> Option<PathBuf> {
    let is_root = |folder: &&Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml"));
        manifest.is_ok_and(|text| {
            text.lines()
                .any(|line| line.trim().starts_with("[workspace"))
        })
    };
    dir.ancestors().skip(1).find(is_root).map(Path::to_owned)
}
