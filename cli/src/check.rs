//! `check`: what do these migrations lose, and is it admitted?

use std::path::Path;

use onward_analysis::{Dialect, Schema, Severity};

use crate::args::{CheckArgs, DialectArg, Format};
use crate::report::Report;
use crate::{Answer, Failure, render, source};

pub(crate) fn run(args: &CheckArgs) -> Result<Answer, Failure> {
    let asked = [&args.dir, &args.up, &args.down]
        .into_iter()
        .flatten()
        .next();
    let dialect = single(&args.dialect, asked.map_or(Path::new("."), |path| path))?;
    let (sources, schema) = match &args.dir {
        Some(dir) => (source::folder(dir)?, Schema::empty()),
        None => {
            let pair = source::pair(args.up.as_deref(), args.down.as_deref())?;
            (vec![pair], Schema::unknown())
        }
    };
    let report = Report::of(sources, dialect, schema);
    let text = match args.format {
        Format::Human => render::human(&report),
        Format::Json => render::json(&report)?,
        Format::Sarif => render::sarif(&report)?,
        Format::Github => render::github(&report),
    };
    Ok(Answer {
        text,
        clean: report.count(Severity::Error) == 0,
    })
}

/// The dialect to judge the SQL at `path` by: a report is about one.
pub(crate) fn single(typed: &DialectArg, path: &Path) -> Result<Dialect, Failure> {
    match source::dialects(typed, path)?.as_slice() {
        [one] => Ok(*one),
        several => {
            let names: Vec<&str> = several.iter().map(|dialect| dialect.name()).collect();
            Err(Failure(format!(
                "onward.toml names {}: say which one is meant with `--dialect {}`",
                names.join(" and "),
                several[0]
            )))
        }
    }
}
