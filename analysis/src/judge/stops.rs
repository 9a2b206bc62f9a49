//! What of all that the down runs into stops it: always, or on rows that the up let in?

use std::sync::Arc;

use super::pair::Fact;
use super::run::{Noted, Run};
use crate::Dialect;
use crate::act::{Constraint, Name, Restriction};
use crate::schema::{Index, Key, Schema, Table, same};

/// What stops `down`, which ran on what the up left, `between`.
pub(super) fn noted(between: &Schema, down: &Run<'_>, facts: &mut Vec<Fact>) {
    for note in &down.notes {
        let span = note.span;
        facts.push(match &note.what {
            Noted::Refuses { object, why } => Fact::WouldFail {
                what: object.to_string(),
                why: why.clone(),
                span,
            },
            Noted::Constrains { table, constraint } => {
                match misfit(between, down.dialect, table, constraint) {
                    Some((what, why)) => Fact::WouldFail { what, why, span },
                    None => continue,
                }
            }
            Noted::Missing { object } => {
                let name = Name {
                    schema: object.schema.clone(),
                    name: object.table.clone(),
                };
                let gone = between.gone.contains(&Key::of(down.dialect, &name));
                Fact::CannotRun {
                    why: format!("`{object}` is not there when it runs"),
                    certain: object.column.is_some() || gone || !between.foreign,
                    span,
                }
            }
            Noted::Exists { object } => Fact::CannotRun {
                why: format!("`{object}` is there already"),
                certain: true,
                span,
            },
            Noted::Fails { why, certain } => Fact::CannotRun {
                why: why.clone(),
                certain: *certain,
                span,
            },
        });
    }
}

/// What the constraint is on and on which rows it fails; none where the table held it already after the up.
fn misfit(
    between: &Schema,
    dialect: Dialect,
    key: &Key,
    constraint: &Constraint,
) -> Option<(String, String)> {
    let table = between.table(key)?;
    let unique = |index: &&Arc<Index>| index.unique && index.table == table.id;
    let indexes: Vec<&[String]> = between
        .indexes
        .values()
        .filter(unique)
        .map(|index| index.columns.as_slice())
        .collect();
    let (columns, why) = misfits(dialect, table, &indexes, constraint)?;
    let what = match columns.as_str() {
        "" => table.name.name.clone(),
        _ => format!("{}({columns})", table.name.name),
    };
    Some((what, why))
}

/// On which rows a constraint fails that is put on `table`, as it stood before; none where they hold it already.
fn misfits(
    dialect: Dialect,
    table: &Table,
    unique_indexes: &[&[String]],
    constraint: &Constraint,
) -> Option<(String, String)> {
    let alike = |a: &[String], b: &[String]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(dialect, a, b))
    };
    let within = |some: &[String], all: &[String]| {
        !some.is_empty() && some.iter().all(|a| all.iter().any(|b| same(dialect, a, b)))
    };
    let list = |columns: &[String]| columns.join(", ");
    match &constraint.rule {
        Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => {
            let mut keys = table.keys().chain(unique_indexes.iter().copied());
            if columns.is_empty() || keys.any(|key| within(key, columns)) {
                return None;
            }
            Some((list(columns), "two rows are alike there".to_owned()))
        }
        Restriction::ForeignKey {
            columns,
            table: parent,
            ..
        } => {
            let mut known = table.foreign_keys();
            if known.any(|(own, referred, _)| alike(own, columns) && referred.name == parent.name) {
                return None;
            }
            let why = format!("a row refers to one that `{}` does not have", parent.name);
            Some((list(columns), why))
        }
        Restriction::Check => Some((String::new(), against_check(table, constraint)?)),
        Restriction::Exclude => Some((String::new(), "two rows exclude each other".to_owned())),
        Restriction::Index(_) | Restriction::UsingIndex(_) => None,
    }
}

/// Which rows are against a CHECK that is put on `table`; none where another one of its name or text held them, and nobody
/// can tell which of the two is stricter.
fn against_check(table: &Table, constraint: &Constraint) -> Option<String> {
    let mut earlier = table.all_constraints().filter(|other| {
        let alike = other.text == constraint.text || other.name == constraint.name;
        matches!(other.rule, Restriction::Check) && alike
    });
    let Some(earlier) = earlier.next() else {
        return Some("a row is against its CHECK".to_owned());
    };
    // Of a list of values that became shorter the values tell.
    let (frame, allowed) = literals(&constraint.text);
    let (earlier_frame, earlier_allowed) = literals(&earlier.text);
    let gone = earlier_allowed
        .into_iter()
        .filter(|value| !allowed.contains(value));
    let gone: Vec<&str> = gone.collect();
    let shorter = is_list(&frame) && frame == earlier_frame && !gone.is_empty();
    shorter.then(|| format!("a row has {}", gone.join(" or ")))
}

/// A condition without its texts, and those.
fn literals(text: &str) -> (String, Vec<&str>) {
    let (mut frame, mut found) = (String::new(), Vec::new());
    for (at, part) in text.split('\'').enumerate() {
        if at % 2 == 1 {
            found.push(part);
        } else {
            let words = part.chars().filter(|c| !c.is_whitespace() && *c != ',');
            frame.extend(words.flat_map(char::to_lowercase));
        }
    }
    (frame, found)
}

/// Whether the condition is that a value is one of a list.
fn is_list(frame: &str) -> bool {
    frame.contains("in()")
}
