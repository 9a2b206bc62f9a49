//! Does a down on SQLite leave rows that refer to nothing?
//!
//! Foreign keys are off while it runs and are checked before the commit, so that is when such a down fails: as soon as there is
//! a row that refers to a table that it drops, and always where a table that it leaves has no key for those that refer to it.
//! (<https://www.sqlite.org/foreignkeys.html#fk_indexes>)

use crate::judge::pair::Fact;
use crate::judge::run::Run;
use crate::schema::{Key, Schema, Table, same};
use crate::{Dialect, Side, Span};

/// What is found of a down that ran on what the up left, `between`.
pub(in crate::judge) fn noted(between: &Schema, down: &Run<'_>, facts: &mut Vec<Fact>) {
    if down.dialect != Dialect::Sqlite || down.foreign_keys || !down.schema.is_complete() {
        return;
    }
    for drop in &down.drops {
        let parent = Key::of(down.dialect, &drop.table);
        let was = between.table(&parent).filter(|was| was.id == drop.id);
        if drop.column.is_some() || was.is_none() || down.schema.tables.contains_key(&parent) {
            continue;
        }
        let children = down.children(&parent);
        let child = children.iter().filter_map(|key| between.table(key));
        for child in child.filter(|child| !down.cleared.contains(&child.id)) {
            facts.push(Fact::WouldFail {
                what: drop.table.name.clone(),
                why: format!("`{}` has a row, which refers to it", child.name.name),
                span: drop.span,
            });
        }
    }
    let tables = between.tables.apart(&down.schema.tables);
    for (parent, _, now) in tables {
        let Some(now) = now else { continue };
        let children = down.children(parent);
        let keyless = |child: &&Key| keyless(&down.schema, down.dialect, child, now);
        let before = |child: &&Key| {
            let was = between.table(parent);
            was.is_none_or(|was| !self::keyless(between, down.dialect, child, was))
        };
        let mut children = children.iter().filter(keyless).filter(before);
        if let Some(child) = children.next() {
            facts.push(Fact::CannotRun {
                side: Side::Down,
                why: format!(
                    "it leaves `{}` without a key of the columns that `{}` refers to",
                    now.name.name, child.name
                ),
                help: None,
                certain: true,
                span: made_by(down, now),
            });
        }
    }
}

/// The statement that left the table as it is.
fn made_by(down: &Run<'_>, table: &Table) -> Span {
    let mut drops = down.drops.iter();
    let drop = drops.find(|drop| same(down.dialect, &drop.table.name, &table.name.name));
    drop.map_or(down.span, |drop| drop.span)
}

/// Whether the table at `child` refers to columns of `parent` that no key of it is made of.
fn keyless(schema: &Schema, dialect: Dialect, child: &Key, parent: &Table) -> bool {
    let Some(child) = schema.table(child) else {
        return false;
    };
    if parent.open || child.open {
        return false;
    }
    let unique = schema.indexes_of(parent.id);
    let unique = unique.iter().filter(|(_, index)| index.unique);
    let unique: Vec<&[String]> = unique.map(|(_, index)| index.columns.as_slice()).collect();
    let alike = |key: &[String], referred: &[String]| {
        let within = |name: &String| key.iter().any(|own| same(dialect, own, name));
        key.len() == referred.len() && referred.iter().all(within)
    };
    let mut references = child.references();
    references.any(|(to, referred)| {
        let mut keys = parent.keys().chain(unique.iter().copied());
        same(dialect, &to.name, &parent.name.name)
            && match referred {
                [] => parent.primary_key().is_none(),
                referred => !keys.any(|key| alike(key, referred)),
            }
    })
}
