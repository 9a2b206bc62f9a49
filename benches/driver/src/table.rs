//! How are the figures shown?

use std::time::Duration;

use crate::timing::Taken;

/// One row a tool: its medians, and how they stand to the first row's and to Onward's.
pub(crate) fn times(title: &str, names: &[&str], taken: &[Taken]) {
    println!("\n### {title}\n");
    println!(
        "| tool | wall | CPU | wall / {} | wall / onward |",
        names[0]
    );
    println!("|---|--:|--:|--:|--:|");
    let of = |name: &str| {
        let index = names.iter().position(|other| *other == name);
        index.and_then(|index| taken.get(index)).map(|t| t.wall)
    };
    let (first, onward) = (of(names[0]), of("onward"));
    for (name, taken) in names.iter().zip(taken) {
        println!(
            "| {name} | {} | {} | {} | {} |",
            shown(taken.wall),
            shown(taken.cpu),
            ratio(taken.wall, first),
            ratio(taken.wall, onward),
        );
    }
}

/// One row each: its time, what that is beyond the first row's, and how that stands to the second row's.
pub(crate) fn beyond(title: &str, names: &[&str], taken: &[Duration]) {
    println!("\n### {title}\n");
    println!("| | CPU | beyond {} | / {} |", names[0], names[1]);
    println!("|---|--:|--:|--:|");
    let beyond: Vec<Duration> = taken
        .iter()
        .map(|one| one.saturating_sub(taken[0]))
        .collect();
    for ((name, taken), more) in names.iter().zip(taken).zip(&beyond) {
        println!(
            "| {name} | {} | {} | {} |",
            shown(*taken),
            shown(*more),
            ratio(*more, Some(beyond[1])),
        );
    }
}

/// One row a tool: the size of its binary and the difference to sqlx's.
pub(crate) fn sizes(title: &str, sizes: &[(&str, u64)]) {
    println!("\n### {title}\n");
    println!("| tool | bytes | beyond sqlx |");
    println!("|---|--:|--:|");
    let sqlx = sizes.iter().find(|(name, _)| *name == "sqlx");
    for (name, size) in sizes {
        let beyond = sqlx.map_or(String::new(), |(_, sqlx)| {
            format!("{:+} KB", (i128::from(*size) - i128::from(*sqlx)) / 1000)
        });
        println!("| {name} | {size} | {beyond} |");
    }
}

fn shown(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1000.0;
    if millis < 1000.0 {
        format!("{millis:.2} ms")
    } else {
        format!("{:.2} s", millis / 1000.0)
    }
}

fn ratio(time: Duration, other: Option<Duration>) -> String {
    match other {
        Some(other) if !other.is_zero() => {
            format!("{:.2}", time.as_secs_f64() / other.as_secs_f64())
        }
        _ => String::new(),
    }
}
