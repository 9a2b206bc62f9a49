//! `check`: what do these migrations lose, and is it admitted?

use std::path::Path;

use onward_analysis::Severity;
use onward_analysis::sequence::Sequence;

use crate::args::{CheckArgs, Format, PackageArgs};
use crate::report::Report;
use crate::{Answer, Failure, consumers, package, render, source, warn};

pub(crate) fn run(args: &CheckArgs) -> Result<Answer, Failure> {
    let asked = [&args.dir, &args.up, &args.down]
        .into_iter()
        .flatten()
        .next();
    let report = match asked {
        Some(path) if path.join("Cargo.toml").is_file() => {
            let manifest = path.join("Cargo.toml").to_string_lossy().into_owned();
            let mut package = args.package.clone();
            package
                .cargo
                .extend(["--manifest-path".to_owned(), manifest]);
            of_package(args, &package)?
        }
        Some(path) => of_files(args, path)?,
        None => of_package(args, &args.package)?,
    };
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

fn of_files(args: &CheckArgs, asked: &Path) -> Result<Report, Failure> {
    let config = source::config(asked)?;
    let dialect = source::dialect(&args.dialect, &config, asked)?;
    let (sources, sequence) = match &args.dir {
        Some(dir) => {
            let mut folder = source::folder(dir)?;
            warn(folder.left_out.as_slice());
            folder.migrations.append(&mut folder.orphans);
            folder.migrations.sort_by_key(|source| source.version);
            warn(&consumers::misspelt(&folder.migrations, dialect, &config));
            let sequence = source::sequence(&folder.migrations, &[dialect]);
            (folder.migrations, sequence)
        }
        None => {
            let pair = source::pair(args.up.as_deref(), args.down.as_deref())?;
            let alone = Sequence::open(vec![pair.member(&[dialect])]);
            (vec![pair], alone)
        }
    };
    Ok(Report::of(sources, dialect, sequence, &config))
}

/// The crate's own migrations, items and files.
fn of_package(args: &CheckArgs, asked: &PackageArgs) -> Result<Report, Failure> {
    let package = package::ask(asked)?;
    warn(&package.keeps_what_was_released()?);
    let config = source::config(&package.manifest_dir)?;
    for folder in &package.folders {
        warn(source::folder(folder)?.left_out.as_slice());
    }
    let dialect = package.dialect(&args.dialect)?;
    let mut sources = package.sources();
    warn(&consumers::misspelt(&sources, dialect, &config));
    let sequence = source::sequence(&sources, &[dialect]);
    sources.retain(|source| source.is_for(dialect));
    Ok(Report::of(sources, dialect, sequence, &config))
}
