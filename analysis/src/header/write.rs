//! Which mark lines are missing at the head of a file, and where do they go?

use super::head::head;
use super::item::{Item, Value, items};
use crate::{Marks, Reason};

/// `sql` with mark lines for `marks` added at its head; byte for byte `sql` where none is missing.
///
/// A first line that another tool must find there (sqlx's `-- no-transaction`) stays the first.
#[must_use]
pub fn write(sql: &str, marks: &Marks) -> String {
    let head = head(sql);
    let lines = head.lines.iter();
    let standing: Vec<Item> = lines
        .flat_map(|line| items(sql, line.marks.clone()).0)
        .collect();
    let newline = line_break(sql);
    let mut missing = String::new();
    let mut flag_end = None;
    for (key, reason) in wanted(marks) {
        match (standing.iter().find(|item| item.key == key), reason) {
            (None, reason) => {
                missing.push_str(&format!("-- onward: {key}{}{newline}", because(reason)));
            }
            (Some(item), Some(reason)) if matches!(item.value, Value::Flag) => {
                flag_end = Some((item.at.end, because(Some(reason))));
            }
            (Some(_), _) => {}
        }
    }
    for (rule, why) in &marks.allow {
        let allows = |item: &Item| matches!(&item.value, Value::List(list) if list.iter().any(|listed| listed.word == *rule));
        if !standing.iter().any(allows) {
            let why = because(Some(why));
            missing.push_str(&format!("-- onward: allow({rule}{why}){newline}"));
        }
    }
    let mut written = sql.to_owned();
    let place = head.lines.last().map_or(head.first, |line| line.next);
    if place == sql.len() && !missing.is_empty() && needs_break(sql) {
        // The line above has no break yet, and the last line needs none.
        missing.truncate(missing.len() - newline.len());
        missing.insert_str(0, newline);
    }
    written.insert_str(place, &missing);
    // Above `place`, which is therefore still right.
    if let Some((end, reason)) = flag_end {
        written.insert_str(end, &reason);
    }
    written
}

/// Whether text put behind `sql` would continue its last line.
fn needs_break(sql: &str) -> bool {
    !sql.trim_start_matches('\u{feff}').is_empty() && !sql.ends_with('\n')
}

/// The line break that `sql` uses.
fn line_break(sql: &str) -> &'static str {
    let first = sql.split_once('\n');
    match first.is_some_and(|(line, _)| line.ends_with('\r')) {
        true => "\r\n",
        false => "\n",
    }
}

/// The marks that are set, with their reasons.
fn wanted(marks: &Marks) -> Vec<(&'static str, Option<&str>)> {
    let destructive = marks.destructive.as_ref();
    let reasoned = [
        ("lossy", &marks.lossy),
        ("irreversible", &marks.irreversible),
        ("assert_lossless", &marks.assert_lossless),
    ];
    let destructive = destructive.map(|Reason(reason)| ("destructive", reason.as_deref()));
    let reasoned = reasoned
        .into_iter()
        .filter_map(|(key, reason)| Some((key, Some(reason.as_deref()?))));
    destructive.into_iter().chain(reasoned).collect()
}

fn because(reason: Option<&str>) -> String {
    let Some(reason) = reason else {
        return String::new();
    };
    let mut text = String::from(" = \"");
    for c in reason.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\r' => {}
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
