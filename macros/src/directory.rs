//! `directory!("migrations")`: which migrations stand in a folder?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use onward_analysis::check::Style;
use onward_analysis::folder::{self, File, Files};
use onward_analysis::header::{self, Header};
use onward_analysis::{Config, Dialect, Record, snippet};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;

use crate::attribute::{self, Value};
use crate::errors::Errors;
use crate::expand;
use crate::history;
use crate::judge::{judge, judge_orphan};
use crate::literal::Text;
use crate::project::Project;
use crate::record::{hold_against_lock, record};
use crate::source::Sql;
use crate::valid::{Direction, Migration, NO_DIALECT, dialect, unknown_environment};

/// A registration of every migration in the folder.
pub(crate) fn directory(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let project = Project::current();
    let registered = expand(input, &project, &mut errors);
    let errors = errors.to_tokens();
    quote!(#errors #registered)
}

fn expand(input: TokenStream, project: &Project, errors: &mut Errors) -> Option<TokenStream> {
    let read = migrations(input, project, errors)?;
    let records = records(&read, project, errors);
    let files = read.migrations.iter().flat_map(Migration::files);
    let files: Vec<_> = files.map(Path::to_string_lossy).collect();
    let tracked = expand::tracked(files.iter().map(AsRef::as_ref));
    let unique: TokenStream = records
        .iter()
        .map(|record| expand::unique_version(record.version.number(), read.folder.span))
        .collect();
    let registrations = registrations(&records, &read.path, project);
    Some(quote! {
        const _: () = {
            #unique
            #tracked
            #registrations
        };
    })
}

/// A folder that was read.
pub(crate) struct Read {
    folder: Text,
    path: PathBuf,
    /// In version order.
    pub(crate) migrations: Vec<Migration>,
    /// How much is wrong with the marks of each.
    mistakes: Vec<usize>,
}

/// The migrations of the folder that `input` names; none where it cannot be read, which is reported.
pub(crate) fn migrations(
    input: TokenStream,
    project: &Project,
    errors: &mut Errors,
) -> Option<Read> {
    let (folder, dialects) = arguments(input, project, errors)?;
    let path = project.dir.join(&folder.value);
    if !path.is_dir() {
        let path = path.display();
        errors.push(
            folder.span,
            format!("there is no folder `{path}`: create it, or correct the path, which begins at the crate's Cargo.toml"),
        );
        return None;
    }
    let read = match folder::read(&path) {
        Ok(read) => read,
        Err(problems) => {
            for problem in problems {
                let file = problem.path.strip_prefix(&project.dir);
                let file = file.unwrap_or(&problem.path).display();
                errors.push(folder.span, format!("{file}: {}", problem.message));
            }
            return None;
        }
    };
    for orphan in &read.orphans {
        judge_orphan(orphan, project.config(), folder.span, errors);
    }
    let (mut migrations, mut mistakes) = (Vec::new(), Vec::new());
    for files in read.migrations {
        let before = errors.len();
        migrations.push(migration(files, folder.span, &dialects, project, errors));
        mistakes.push(errors.len() - before);
    }
    Some(Read {
        folder,
        path,
        migrations,
        mistakes,
    })
}

/// The folder and, where they are named, the dialects.
fn arguments(
    input: TokenStream,
    project: &Project,
    errors: &mut Errors,
) -> Option<(Text, Vec<Dialect>)> {
    let mut tokens = input.into_iter();
    let folder = match tokens.next() {
        Some(TokenTree::Literal(literal)) => Text::read(&literal),
        _ => None,
    };
    let Some(folder) = folder else {
        errors.push(
            Span::call_site(),
            "`directory!` takes the path of a folder, from the crate's Cargo.toml: write `directory!(\"migrations\")`",
        );
        return None;
    };
    let mut dialects = project.dialects();
    for entry in attribute::read(tokens.skip(1).collect(), errors) {
        match entry.value {
            Value::List(names) if entry.key == "dialect" => {
                dialects = names
                    .iter()
                    .filter_map(|name| dialect(name, errors))
                    .collect();
            }
            _ => errors.push(
                entry.key.span(),
                format!(
                    "`{}` stands in the header of a file, `-- onward: …`: beside the folder only `dialect(…)` is said",
                    entry.key
                ),
            ),
        }
    }
    if dialects.is_empty() && errors.is_empty() {
        errors.push(folder.span, NO_DIALECT);
    }
    Some((folder, dialects))
}

fn records(read: &Read, project: &Project, errors: &mut Errors) -> Vec<Record> {
    let span = read.folder.span;
    let mut refused = Errors::default();
    let config = project.config();
    let checked = history::check_folder(&read.migrations, project);
    let judged = read.migrations.iter().zip(&read.mistakes).zip(checked);
    let records = judged
        .filter_map(|((migration, mistakes), found)| {
            let (checked, conditions) = found.unzip();
            // A mark that was misspelt must not seem missing besides.
            let mut unheard = Errors::default();
            let heard = match mistakes {
                0 => &mut refused,
                _ => &mut unheard,
            };
            let checked = judge(migration, checked, config, heard)?;
            let record = record(migration, checked, conditions.unwrap_or_default(), project);
            hold_against_lock(&record, span, project, errors);
            Some(record)
        })
        .collect();
    let line = as_typed(read, config);
    errors.append_first(SHOWN, refused, |more| {
        format!(
            "{more} more mistakes like these stand in `{}`\n\
             help: `cargo onward check {line}` lists them; `cargo onward mark {line}` writes the marks that are called for",
            read.folder.value
        )
    });
    records
}

/// What `cargo onward check` takes for the folder: its dialect too, where onward.toml does not name it.
fn as_typed(read: &Read, config: &Config) -> String {
    let folder = &read.folder.value;
    match read.migrations.first().map(|one| one.dialects.as_slice()) {
        Some([one]) if config.dialects != [*one] => format!("{folder} --dialect {one}"),
        _ => folder.clone(),
    }
}

/// A folder of another tool has no mark at all at first: a hundred errors say no more than ten.
const SHOWN: usize = 10;

fn migration(
    files: Files,
    span: Span,
    dialects: &[Dialect],
    project: &Project,
    errors: &mut Errors,
) -> Migration {
    let up = header_of(&files.up, span, project, errors);
    let down = files
        .down
        .as_ref()
        .map(|file| header_of(file, span, project, errors));
    let header = Header::of_pair(up, down);
    let sql = |file: File| Direction::Sql(Sql::of_file(file.path, file.text, span));
    Migration {
        version: files.version,
        version_span: span,
        name: files.name,
        doc: String::new(),
        span,
        up: sql(files.up),
        down: files.down.map(sql),
        marks: header.marks,
        style: Style::Header,
        only: header.only,
        down_in: header.down_in,
        dialects: dialects.to_vec(),
        transaction: header.transaction.or(files.transaction),
        keys: Vec::new(),
    }
}

/// The marks of one file; what is wrong with them is reported.
fn header_of(file: &File, span: Span, project: &Project, errors: &mut Errors) -> Header {
    let (header, problems) = header::read(&file.text);
    let sql = Sql::of_file(file.path.clone(), file.text.clone(), span);
    for problem in problems {
        let at = sql.location(problem.span.start as usize);
        let drawn = snippet::draw(&sql.text, problem.span, at.as_ref());
        errors.push(span, format!("{}\n{drawn}", problem.message));
    }
    let config = project.config();
    let known = config.environment_names();
    for name in header.only.iter().chain(&header.down_in) {
        if !known.contains(&name.as_str()) {
            let message = unknown_environment(name, &known);
            errors.push(
                span,
                format!("{message}\n --> {}", crate::project::shown(&file.path)),
            );
        }
    }
    header
}

/// One registration for each list of environments, the first of them with the folder's listing.
fn registrations(records: &[Record], path: &Path, project: &Project) -> TokenStream {
    let mut by_environments: BTreeMap<&[String], Vec<Record>> = BTreeMap::new();
    by_environments.entry(&[]).or_default();
    for record in records {
        by_environments
            .entry(&record.only)
            .or_default()
            .push(record.clone());
    }
    let folder = folder_tokens(path);
    by_environments
        .into_values()
        .enumerate()
        .map(|(at, records)| {
            let folder = (at == 0).then(|| folder.clone());
            expand::registration(&project.name, &records, None, folder)
        })
        .collect()
}

/// What the folder holds now, so that a build older than a new file in it is noticed.
fn folder_tokens(path: &Path) -> TokenStream {
    let listing = listing(path).join("\n");
    let path = path.to_string_lossy();
    quote! {
        ::onward::__private::Folder {
            path: #path,
            listing: #listing,
            debug: ::core::cfg!(debug_assertions),
        }
    }
}

fn listing(path: &Path) -> Vec<String> {
    let entries: Vec<PathBuf> = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    let mut names: Vec<String> = entries
        .iter()
        .filter_map(|entry| Some(entry.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}
