//! What of all that a direction runs into stops it: always, or on rows that the up let in?

use std::sync::Arc;

use crate::act::{Constraint, Restriction};
use crate::judge::pair::Fact;
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::nearest::slip_of;
use crate::schema::{Index, Key, Schema, Table, same};
use crate::{Access, Dialect, Object, Side, Span};

/// What stops `down`, which ran on what the up left, `between`.
pub(in crate::judge) fn noted(between: &Schema, down: &Run<'_>, facts: &mut Vec<Fact>) {
    for note in &down.notes {
        let span = note.span;
        match &note.what {
            Noted::Refuses { object, why } => facts.push(Fact::WouldFail {
                what: object.to_string(),
                why: why.clone(),
                span,
            }),
            Noted::Constrains { table, constraint } => {
                if let Some((what, why)) = misfit(between, down.dialect, table, constraint) {
                    facts.push(Fact::WouldFail { what, why, span });
                }
            }
            Noted::Uproots { parent, children } => {
                // On SQLite, which is asked at the end, those may have gone by then.
                let stays =
                    |child| down.dialect != Dialect::Sqlite || !down.has_let_go(parent, child);
                let children = children.iter().filter(|(child, _)| stays(*child));
                let children: Vec<String> = children.map(|(_, name)| format!("`{name}`")).collect();
                let parent = between.table(parent).filter(|_| !children.is_empty());
                if let Some(parent) = parent {
                    let children = children.join(" or ");
                    facts.push(Fact::WouldFail {
                        what: parent.name.name.clone(),
                        why: format!("{children} has a row that refers to one which goes"),
                        span,
                    });
                }
            }
            Noted::Missing { .. }
            | Noted::Exists { .. }
            | Noted::Needs { .. }
            | Noted::Fails { .. }
            | Noted::Refused { .. }
            | Noted::Slip { .. }
            | Noted::Refers { .. } => {}
        }
    }
    super::orphans::noted(between, down, facts);
    facts.extend(stops(between, down, Side::Down));
    facts.extend(stranger(between, down));
}

/// The first table that the down is about and nobody made, where one much like it was made: others may have made it, or its
/// name is misspelt.
fn stranger(between: &Schema, down: &Run<'_>) -> Option<Fact> {
    let found = down.touches.iter().filter(|(object, access)| {
        let is_known = between
            .tables
            .contains_key(&Key::of_object(down.dialect, object));
        !is_known && **access != Access::Create
    });
    // Whoever builds on that many tables of others has not misspelt them.
    found.take(STRANGERS).find_map(|(object, _)| {
        let meant = meant(between, down.dialect, object)?;
        Some(Fact::Stranger {
            table: object.to_string(),
            meant,
        })
    })
}

const STRANGERS: usize = 8;

/// What stops the up, which ran on `before`: a name that is not there while one much like it is, or a word of another grammar. All
/// else its first run tells, and a folder often begins with what somebody else has built.
pub(in crate::judge) fn of_up(before: &Schema, up: &Run<'_>) -> Option<Fact> {
    let mut facts = stops(before, up, Side::Up).into_iter();
    facts.find(|fact| matches!(fact, Fact::CannotRun { help: Some(_), .. }))
}

/// What the up asks for that no migration before it made, and where: it fails unless somebody else did.
pub(in crate::judge) fn unmet(up: &Run<'_>) -> Vec<(Object, Span)> {
    let unmet = up.notes.iter().filter_map(|note| match &note.what {
        Noted::Missing { object } | Noted::Needs { object } => Some((object.clone(), note.span)),
        _ => None,
    });
    unmet.collect()
}

/// Where the direction that ran on `start` comes to an end, whatever the rows are. What follows that place would never run; only
/// what stops it perhaps is told beside it.
fn stops(start: &Schema, run: &Run<'_>, side: Side) -> Vec<Fact> {
    let mut facts = Vec::new();
    for note in &run.notes {
        let (why, certain) = match &note.what {
            Noted::Missing { object } => {
                let gone = start.gone.contains(&Key::of_object(run.dialect, object));
                let certain = object.column.is_some() || gone || !start.foreign;
                (format!("`{object}` is not there when it runs"), certain)
            }
            Noted::Exists { object } => (format!("`{object}` is there already"), true),
            Noted::Fails { why, certain } => (why.clone(), *certain),
            Noted::Refused { why, .. } => (why.clone(), true),
            Noted::Needs { .. }
            | Noted::Refuses { .. }
            | Noted::Constrains { .. }
            | Noted::Uproots { .. }
            | Noted::Slip { .. }
            | Noted::Refers { .. } => continue,
        };
        let help = match &note.what {
            Noted::Missing { object } if certain => meant(start, run.dialect, object)
                .or_else(|| meant(&run.schema, run.dialect, object))
                .map(|meant| format!("did you mean `{meant}`?")),
            Noted::Refused { help, .. } => Some(help.clone()),
            _ => None,
        };
        facts.push(Fact::CannotRun {
            side,
            why,
            help,
            certain,
            span: note.span,
        });
        if certain {
            break;
        }
    }
    facts
}

/// The name of what is there that `object`, which is not, was probably meant to be.
pub(super) fn meant(schema: &Schema, dialect: Dialect, object: &Object) -> Option<String> {
    let key = Key::of_object(dialect, object);
    if let Some(column) = &object.column {
        let columns = schema.table(&key)?.columns.iter();
        let names = columns.map(|column| column.is.name.as_str());
        return slip_of(column, names).map(str::to_owned);
    }
    let beside = |other: &&Key| other.schema == key.schema;
    let tables = schema.tables.iter().map(|(other, _)| other);
    let views = schema.views.iter().map(|(other, _)| other);
    let indexes = schema.indexes.iter().map(|(other, _)| other);
    let relations = tables.chain(views).filter(beside);
    slip_of(&key.name, relations.map(|other| &*other.name))
        .or_else(|| slip_of(&key.name, indexes.filter(beside).map(|other| &*other.name)))
        .map(str::to_owned)
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
