//! Which new migration undoes one that cannot be reverted?

use onward_analysis::{Verdict, Version};

use super::Up;
use crate::report::StepReport;
use crate::text::capital;

/// The migration that undoes `undone`: its down is the way forward, its up the way back.
pub(super) fn forward(undone: &StepReport, up: &Up, version: Version) -> String {
    let StepReport {
        version: past,
        name,
        ..
    } = undone;
    let Some(sql) = &undone.sql else {
        return format!(
            "// {past} {name} is Rust: write an `async fn` with version = {version} that does what its down does."
        );
    };
    let mut lines = vec![
        format!("version = {version}"),
        format!("up = {}", literal(sql)),
    ];
    match undone.verdict {
        Verdict::Lossless => {}
        Verdict::Lossy => {
            let objects: Vec<&str> = undone.losses.iter().map(|l| l.object.as_str()).collect();
            lines.push(format!(
                "lossy = \"nothing uses {} any more\"",
                objects.join(", ")
            ));
        }
        Verdict::Unknown => {
            lines.push("lossy = \"nothing uses what it takes any more\"".to_owned())
        }
    }
    match &up.sql {
        Some(up) => lines.push(format!("down = {}", literal(up))),
        None => lines.push("irreversible = \"what it undoes is Rust\"".to_owned()),
    }
    if up.sql.is_some() && !up.lossless {
        lines.push(format!("destructive = \"what {name} took is taken again\""));
    }
    format!(
        "/// Undoes {past} {name}.\n#[derive(Migration)]\n#[migration(\n    {},\n)]\nstruct Undo{};",
        lines.join(",\n    "),
        camel(name)
    )
}

/// SQL as a Rust string literal.
fn literal(sql: &str) -> String {
    let sql = sql.trim();
    if !sql.contains(['"', '\\', '\n']) {
        return format!("\"{sql}\"");
    }
    let mut hashes = String::from("#");
    while sql.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{sql}\"{hashes}")
}

/// `add_phone_number` as `AddPhoneNumber`.
fn camel(name: &str) -> String {
    name.split(|c: char| !c.is_alphanumeric())
        .map(capital)
        .collect()
}
