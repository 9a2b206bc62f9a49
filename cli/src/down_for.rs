//! `down-for`: which down would undo this up?

use onward_analysis::{Marks, Schema, Stuck, header};

use crate::args::DownForArgs;
use crate::source::{File, Source};
use crate::{Answer, Failure, source};

/// Prints the worked-out down of one migration, with the mark that it needs, ready to be its file.
pub(crate) fn run(args: &DownForArgs) -> Result<Answer, Failure> {
    let mut sources = source::folder(&args.dir)?.migrations;
    let config = source::config(&args.dir)?;
    let dialect = source::dialect(&args.dialect, &config, &args.dir)?;
    let index = sources
        .iter()
        .position(|source| source.version == args.version)
        .ok_or_else(|| {
            let said = match sources.as_slice() {
                [first, .., last] => format!("it goes from {} to {}", first.version, last.version),
                [only] => format!("the only one is {}", only.version),
                [] => "all that it holds are downs without an up".to_owned(),
            };
            Failure(format!(
                "{} holds no migration {}: {said}",
                args.dir.display(),
                args.version,
            ))
        })?;

    let mut schemas = [Schema::empty()];
    for source in &sources[..index] {
        source.check(&[dialect], &mut schemas, &config);
    }
    let source = &mut sources[index];
    source.down = None;
    let checked = source.check(&[dialect], &mut schemas.clone(), &config);
    let inverse = checked
        .inverse
        .ok_or_else(|| Failure(refusal(source, &checked.stuck)))?;
    source.down = Some(File::new(args.dir.clone(), String::new(), inverse.clone()));
    let marks = Marks {
        destructive: source
            .check(&[dialect], &mut schemas, &config)
            .marks
            .destructive,
        ..Marks::default()
    };
    let mut text = header::write(&inverse, &marks);
    text.truncate(text.trim_end_matches([';', '\n']).len());
    text.push_str(";\n");
    Ok(Answer { text, clean: true })
}

/// Why there is no down, statement by statement.
fn refusal(source: &Source, stuck: &[Stuck]) -> String {
    let up = source.up.as_ref().map_or("", |file| &file.text);
    let mut text = format!(
        "no down of {} can be worked out from its up",
        source.version
    );
    for stuck in stuck {
        let statement = stuck.span.of(up);
        let first = statement.lines().next().unwrap_or_default().trim_end();
        let more = if statement.lines().count() > 1 {
            " …"
        } else {
            ""
        };
        text.push_str(&format!("\n  {first}{more}\n    {}", stuck.reason));
    }
    text.push_str("\nWrite it by hand, or mark the up `-- onward: irreversible = \"why\"`");
    text
}
