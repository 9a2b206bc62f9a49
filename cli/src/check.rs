//! `check`: what do these migrations lose, and is it admitted?

use std::path::Path;

use onward_analysis::{Dialect, Schema, Severity};

use crate::args::{CheckArgs, Format};
use crate::report::Report;
use crate::{Answer, Failure, render, source};

pub(crate) fn run(args: &CheckArgs) -> Result<Answer, Failure> {
    let (sources, schema) = match &args.dir {
        Some(dir) => (source::folder(dir)?, Schema::empty()),
        None => {
            let pair = source::pair(args.up.as_deref(), args.down.as_deref())?;
            (vec![pair], Schema::unknown())
        }
    };
    let dialect = single(args)?;
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

/// The dialect to judge by: a report is about one.
fn single(args: &CheckArgs) -> Result<Dialect, Failure> {
    let path = [&args.dir, &args.up, &args.down]
        .into_iter()
        .flatten()
        .next()
        .map_or(Path::new("."), |path| path);
    match source::dialects(&args.dialect, path)?.as_slice() {
        [one] => Ok(*one),
        several => {
            let names: Vec<&str> = several.iter().map(|dialect| dialect.name()).collect();
            Err(Failure(format!(
                "onward.toml names {}: say which one to check with `--dialect {}`",
                names.join(" and "),
                several[0]
            )))
        }
    }
}
