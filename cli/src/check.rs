//! `check`: what do these migrations lose, and is it admitted?

use std::path::Path;

use onward_analysis::{Schema, Severity};

use crate::args::{CheckArgs, Format};
use crate::report::Report;
use crate::{Answer, Failure, render, source};

pub(crate) fn run(args: &CheckArgs) -> Result<Answer, Failure> {
    let asked = [&args.dir, &args.up, &args.down]
        .into_iter()
        .flatten()
        .next();
    let asked = asked.map_or(Path::new("."), |path| path);
    let config = source::config(asked)?;
    let dialect = source::dialect(&args.dialect, &config, asked)?;
    let (sources, schema) = match &args.dir {
        Some(dir) => {
            let mut folder = source::folder(dir)?;
            folder.migrations.append(&mut folder.orphans);
            folder.migrations.sort_by_key(|source| source.version);
            (folder.migrations, Schema::empty())
        }
        None => {
            let pair = source::pair(args.up.as_deref(), args.down.as_deref())?;
            (vec![pair], Schema::unknown())
        }
    };
    let report = Report::of(sources, dialect, schema, &config);
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
