//! What may a statement have changed that names what it changes only when it runs?
//!
//! `EXECUTE format('ALTER TABLE %I ADD COLUMN c int', r.name)` loses nothing, whatever `r.name` is. But each table that could be
//! called so may have another column from here on, and one that is dropped by its name holds data.

use std::sync::Arc;

use super::run::Run;
use crate::act::{Act, Change, HOLE, Name, Restriction};
use crate::schema::{Key, Table};

impl Run<'_> {
    /// Does what `act` does to everything that may be meant, or to none of it.
    pub(super) fn somewhere(&mut self, act: &Act) {
        let acts = match act {
            Act::AlterTable { table, change, .. } => self.alters_of(table, change),
            Act::DropIndex { name, .. } => {
                let indexes = self.each(1, self.schema.indexes.keys());
                let meant = indexes.filter(|key| is_meant(&name.name, &key.name));
                let drop = |key: &Key| Act::DropIndex {
                    name: key.written(),
                    table: None,
                    if_exists: true,
                    cascade: false,
                };
                meant.map(drop).collect()
            }
            Act::AddLabel { name, label, .. } => {
                let types = self.each(1, self.schema.types.iter());
                let meant = types
                    .filter(|(key, own)| own.labels.is_some() && is_meant(&name.name, &key.name));
                let add = |(key, _): (&Key, _)| Act::AddLabel {
                    name: key.written(),
                    label: label.clone(),
                    if_not_exists: true,
                };
                meant.map(add).collect()
            }
            _ => Vec::new(),
        };
        if !acts.is_empty() {
            self.maybe(|run| acts.iter().for_each(|act| run.act(act)));
        }
    }

    fn alters_of(&self, name: &Name, change: &Change) -> Vec<Act> {
        let tables = self.each(4, self.schema.tables.iter());
        let own = self.key(name);
        let meant = tables.filter(|(key, _)| **key == own || is_meant(&name.name, &key.name));
        let alter = |(key, table): (&Key, &Arc<Table>)| {
            let name = key.written();
            let changes = self.changes_of(table, change);
            changes.into_iter().map(move |change| Act::AlterTable {
                table: name.clone(),
                if_exists: true,
                change,
            })
        };
        meant.flat_map(alter).collect()
    }

    /// What a change does to a table whose columns and constraints may be meant by it.
    fn changes_of(&self, table: &Table, change: &Change) -> Vec<Change> {
        let columns = |meant: &str, change: &dyn Fn(String) -> Change| {
            let names = table.columns.iter().map(|column| column.is.name.clone());
            let meant = names.filter(|name| is_meant(meant, name));
            meant.map(change).collect()
        };
        match change {
            Change::AddColumn { column, .. } if column.name.contains(HOLE) => {
                vec![Change::Unknown(
                    "it adds a column whose name is not told".to_owned(),
                )]
            }
            Change::AddColumn { column, place, .. } => {
                let known = table.column(self.dialect, &column.name).is_some();
                let add = Change::AddColumn {
                    column: column.clone(),
                    if_not_exists: true,
                    place: place.clone(),
                };
                (!known).then_some(add).into_iter().collect()
            }
            Change::RowSecurity(_) | Change::ForceRowSecurity(_) | Change::OwnerTo { .. } => {
                vec![change.clone()]
            }
            // What is deleted elsewhere may take rows of the table along.
            Change::AddConstraint(constraint) => match &constraint.rule {
                Restriction::ForeignKey { columns, .. }
                    if columns
                        .iter()
                        .all(|own| table.column(self.dialect, own).is_some()) =>
                {
                    vec![change.clone()]
                }
                _ => Vec::new(),
            },
            // Those of MySQL, of one table each.
            Change::DropForeignKey(_) => vec![change.clone()],
            Change::DropIndex { .. } => self.drops_of_keys(table),
            Change::DropNotNull(column) => columns(column, &Change::DropNotNull),
            Change::SetDefault { column, default } => columns(column, &|column| {
                let default = default.clone();
                Change::SetDefault { column, default }
            }),
            Change::DropConstraint { name, .. } => {
                let names = super::objects::given::names(table).into_iter().flatten();
                let meant = names.filter(|own| is_meant(name, own));
                let drop = |name| Change::DropConstraint {
                    name,
                    if_exists: true,
                    cascade: false,
                };
                meant.map(drop).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Each key of a table of MySQL goes.
    fn drops_of_keys(&self, table: &Table) -> Vec<Change> {
        let indexes = self.each(1, self.schema.indexes.iter());
        let own = indexes.filter(|(_, index)| index.table == table.id);
        let names = own.map(|(key, _)| key.name.to_string());
        let unique = table.all_constraints().filter_map(|one| match &one.rule {
            Restriction::Unique(columns) => one.name.as_ref().or(columns.first()).cloned(),
            _ => None,
        });
        let drops = names.chain(unique).map(|name| Change::DropIndex {
            name,
            if_exists: true,
        });
        drops.chain([Change::DropPrimaryKey]).collect()
    }
}

/// Whether something so called may be meant by a name with holes in it.
fn is_meant(holed: &str, name: &str) -> bool {
    let mut parts = holed.split(HOLE);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(last) => name.ends_with(last),
    }
}
