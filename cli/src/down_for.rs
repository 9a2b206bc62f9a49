//! `down-for`: which down would undo this up?

use onward_analysis::{Marks, Reason, Stuck, header, literal};

use crate::args::DownForArgs;
use crate::source::{File, Source};
use crate::{Answer, Failure, package, source};

/// Prints the worked-out down of one migration, with the mark that it needs and what it does not undo, ready to be its file or its
/// keys.
pub(crate) fn run(args: &DownForArgs) -> Result<Answer, Failure> {
    let (mut sources, dialect, config, dir) = match &args.dir {
        Some(dir) => {
            let config = source::config(dir)?;
            let dialect = source::dialect(&args.dialect, &config, dir)?;
            (
                source::folder(dir)?.migrations,
                dialect,
                config,
                dir.clone(),
            )
        }
        None => {
            let package = package::ask(&args.package)?;
            let config = source::config(&package.manifest_dir)?;
            let dialect = package.dialect(&args.dialect)?;
            let dir = package.manifest_dir.clone();
            (package.sources(), dialect, config, dir)
        }
    };
    let mut sequence = source::sequence(&sources, &[dialect]);
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
                dir.display(),
                args.version,
            ))
        })?;

    let source = &mut sources[index];
    source.down = None;
    let checked = source.check(&[dialect], &mut sequence, &config);
    let inverse = checked
        .inverse
        .ok_or_else(|| Failure(refusal(source, &checked.stuck)))?;
    source.down = Some(File::new(dir, String::new(), inverse.clone()));
    let marks = Marks {
        destructive: source
            .check(&[dialect], &mut sequence, &config)
            .marks
            .destructive,
        ..Marks::default()
    };
    let (text, comment) = match source.item {
        Some(_) => (keys(&inverse, &marks), "//"),
        None => (file(&inverse, &marks), "--"),
    };
    let gaps = checked.gaps.iter();
    let gaps = gaps.map(|gap| format!("{comment} Not undone: {}.\n", gap.replace('`', "")));
    let text = gaps.collect::<String>() + &text;
    Ok(Answer { text, clean: true })
}

/// The text of a down's file.
fn file(down: &str, marks: &Marks) -> String {
    let text = header::write(down, marks);
    format!("{};\n", text.trim_end_matches([';', '\n']))
}

/// The keys of an item.
fn keys(down: &str, marks: &Marks) -> String {
    let mark = match &marks.destructive {
        Some(Reason(Some(why))) => format!("destructive = {},\n", literal(why)),
        Some(Reason(None)) => "destructive,\n".to_owned(),
        None => String::new(),
    };
    format!("down = {},\n{mark}", literal(down))
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
    let mark = match source.item {
        Some(_) => "write `irreversible = \"why\"`",
        None => "mark the up `-- onward: irreversible = \"why\"`",
    };
    text.push_str(&format!("\nWrite it by hand, or {mark}"));
    text
}
