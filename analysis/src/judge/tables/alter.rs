//! What becomes of a table and its data when it is altered?

use crate::LossKind;
use crate::act::{Change, Constraint, Decoration, Name, Restriction};
use crate::judge::run::Run;
use crate::schema::Key;

impl Run<'_> {
    pub(crate) fn alter_table(&mut self, name: &Name, if_exists: bool, change: &Change) {
        self.refuse_dangling(change);
        if let Change::Rename(to) = change {
            self.rename_table(name, to, if_exists);
            return;
        }
        let Some(key) = self.meet(name, if_exists) else {
            let known = if_exists || self.schema.views.contains_key(&self.key(name));
            // `ALTER TABLE view OWNER TO …`
            if matches!(change, Change::OwnerTo { other: true }) {
                self.lend(name, false);
            }
            if !known {
                self.missing(name);
            }
            return;
        };
        let access = self.access(&key, change);
        self.touch(&key, access);
        if !matches!(
            change,
            Change::Inert | Change::OwnerTo { .. } | Change::AlterConstraint
        ) && let Some(table) = self.schema.table_mut(&key)
        {
            table.altered();
        }
        self.change_offspring(&key, change);
        self.part_anew(&key, change);
        match change {
            Change::Inert | Change::Rename(_) => {}
            Change::AddPartitions(names) => self.add_partitions(&key, names),
            Change::ReorganizePartitions => self.forget_added(&key),
            Change::ExchangePartition { partition, with } => {
                self.exchange_named(&key, partition, with);
            }
            Change::PartitionToTable(to) => self.partition_to_table(&key, name, to),
            Change::TableToPartition(from) => self.table_to_partition(&key, from),
            Change::Unknown(reason) => self.unknown(reason.clone()),
            Change::AddColumn {
                column,
                if_not_exists,
                place,
            } => {
                // A `*` in a body that is bound is what it was when the body was made.
                self.loosen_bound(&name.name);
                self.add_column(&key, column, *if_not_exists, place.as_ref());
            }
            Change::DropColumn {
                name,
                if_exists,
                cascade,
            } => {
                self.refuse_held(&key, name, *cascade);
                if *cascade {
                    self.drop_fallen(&key, name);
                }
                self.drop_column(&key, name, *if_exists, LossKind::DropColumn);
            }
            Change::RenameColumn { from, to } => self.rename_column(&key, from, to),
            Change::Redefine {
                from,
                column,
                if_exists,
                place,
            } => {
                if let Some(id) = self.redefine(&key, from, column, *if_exists) {
                    self.put(&key, id, place.as_ref());
                }
            }
            Change::SetType {
                column,
                ty,
                using,
                turn,
            } => {
                self.refuse_retype(&key, column);
                self.set_type(&key, column, ty, using.as_ref(), *turn);
            }
            Change::SetNotNull(column) => self.set_not_null(&key, column, true),
            Change::DropNotNull(column) => self.set_not_null(&key, column, false),
            Change::SetDefault { column, default } => {
                self.named_columns(&key, std::iter::once(column));
                self.with_column(&key, column, |c| c.default.clone_from(default))
            }
            Change::DropExpression(column) => self.drop_expression(&key, column),
            Change::Identity { column, on } => self.with_column(&key, column, |c| c.identity = *on),
            Change::AddConstraint(constraint) => self.add_constraint(&key, constraint),
            Change::DropConstraint {
                name,
                cascade,
                if_exists,
            } => {
                if !if_exists {
                    self.missing_constraint(&key, name);
                }
                self.let_go();
                if !cascade {
                    self.refuse_held_key(&key, name);
                }
                self.drop_constraint(&key, name, *cascade);
            }
            Change::DropForeignKey(name) => {
                self.let_go();
                self.drop_constraint(&key, name, false);
            }
            Change::DropIndex { name, if_exists } => {
                self.drop_key(&key, name, *if_exists);
            }
            Change::DropPrimaryKey => {
                self.tear_primary_key(&key);
                if let Some(table) = self.schema.table_mut(&key) {
                    let primary = |c: &Constraint| matches!(c.rule, Restriction::PrimaryKey(_));
                    table.retain_constraints(|c| !primary(c));
                }
            }
            // Which one it is does not matter: a join along any of them may leave rows out from here on.
            Change::AlterConstraint => self.leave_unproven(&key),
            Change::RenameConstraint { from, to } => {
                self.missing_constraint(&key, from);
                self.rename_constraint(&key, from, to);
            }
            Change::RenameIndex { from, to } => {
                let (old, new) = (self.index_key(&key, from), self.index_key(&key, to));
                self.rename_index(&old, new, from, to);
                self.rename_key(&key, from, to);
            }
            Change::SetSchema(schema) => {
                let shown = Name {
                    schema: Some(schema.clone()),
                    name: name.name.clone(),
                };
                let target = Key::of(self.dialect, &shown);
                self.move_table(&key, target, &shown);
            }
            Change::AttachPartition(child) => self.set_parent(&key, child, true, true),
            Change::DetachPartition(child) => self.set_parent(&key, child, false, true),
            Change::Inherit { parent, on } => {
                if let Some(parent) = self.meet_if_exists(parent) {
                    let own = name.clone();
                    self.set_parent(&parent, &own, *on, false);
                }
            }
            Change::DropPartitions(names) => {
                self.empty_partitions(&key, names, LossKind::DropPartition);
                self.remove_partitions(&key, names);
            }
            Change::TruncatePartitions(names) => {
                self.empty_partitions(&key, names, LossKind::Truncate);
            }
            Change::ConvertCharset(charset) => self.convert(&key, charset),
            Change::Triggers { name, fires } => self.set_firing(&key, name.as_deref(), *fires),
            Change::Of(of) => {
                if let Some(table) = self.schema.table_mut(&key) {
                    table.of.clone_from(of);
                }
            }
            Change::RowSecurity(on) => {
                if let Some(table) = self.schema.table_mut(&key) {
                    let rule = (Decoration::RowSecurity, String::new());
                    if *on {
                        table.decorations.insert(rule, String::new());
                    } else {
                        table.decorations.remove(&rule);
                    }
                }
                self.schema.guarded |= self.hides_rows(&key);
            }
            Change::ForceRowSecurity(on) => {
                self.schema.guarded |= *on;
                if let Some(table) = self.schema.table_mut(&key) {
                    table.forced = *on;
                }
            }
            Change::OwnerTo { other } => {
                let lent = *other || self.settings.acts_as_other;
                if let Some(table) = self.schema.table_mut(&key) {
                    table.lent = lent;
                    self.schema.guarded |= self.hides_rows(&key);
                }
            }
            Change::Engine(engine) => self.set_engine(&key, *engine),
            Change::DefaultCharset(charset) => self.set_default_charset(&key, charset),
            Change::SetHidden { column, hidden } => {
                self.with_column(&key, column, |c| c.hidden = *hidden);
            }
            Change::AddHistory => self.add_history(&key),
            Change::DropHistory => {
                self.delete_history(&key);
                if let Some(table) = self.schema.table_mut(&key) {
                    table.history = None;
                }
            }
            Change::DeleteHistory => self.delete_history(&key),
            Change::Members(members) => {
                if let Some(table) = self.schema.table_mut(&key) {
                    table.members.clone_from(members);
                }
            }
        }
    }

    fn set_parent(&mut self, parent: &Key, child: &Name, on: bool, partition: bool) {
        let Some((parent, open)) = self.schema.table(parent).map(|t| (t.id, t.open)) else {
            return;
        };
        let Some(child) = self.meet_if_exists(child) else {
            return;
        };
        if let Some(table) = self.schema.table_mut(&child) {
            table.parents.retain(|id| *id != parent);
            table.partition = false;
            table.attached = on && partition;
            if on {
                table.parents.push(parent);
            }
            // What was copied into the parent stands in its partitions, so that a partition which leaves takes some along.
            let table = table.id;
            let copied = |rows: &crate::judge::ledger::cuts::Rows| rows.table != parent;
            if partition
                && (on
                    || self.ledger.rows(parent).iter().any(copied)
                    || self.ledger.has_part_at(parent))
            {
                let partitioned = &mut self.ledger.partitioned;
                let mut parents = partitioned.get(&table).cloned().unwrap_or_default();
                if !parents.contains(&parent) {
                    parents.push(parent);
                    partitioned.insert(table, parents);
                }
            }
        }
        if on {
            self.schema.has_new_kin(&child);
        }
        self.schema.unsettled |= on && partition;
        if !on && partition && !open && self.offspring(parent).is_empty() {
            // The rows of a partitioned table stand in its partitions.
            let mut rows = self.ledger.rows(parent);
            rows.retain(|rows| rows.table != parent);
            self.ledger.set_rows(parent, rows);
        }
    }
}
