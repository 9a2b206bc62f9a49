//! What does ALTER TABLE change?

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation as Op, ColumnOption, DataType,
    DropBehavior, Expr, Ident, MySQLColumnPosition, Owner, Partition, RenameTableNameKind,
    TableConstraint,
};
use sqlparser::tokenizer::Span as Location;

use super::Reader;
use crate::Span;
use crate::act::{Act, Change, Constraint, Fires, Name, Place, Restriction, Step, Turn, in_order};

impl Reader<'_> {
    pub(super) fn alter_table(&self, alter: &AlterTable, steps: &mut Vec<Step>) {
        let table = self.name(&alter.name);
        // How the work is done is no part of it.
        let is_work =
            |operation: &&Op| !matches!(operation, Op::Algorithm { .. } | Op::Lock { .. });
        for operation in alter.operations.iter().filter(is_work) {
            let calls = self.evaluated(operation);
            if !calls.is_empty() {
                steps.push(self.step(Act::Evaluate(calls)));
            }
            for (change, span) in self.changes(operation) {
                let act = Act::AlterTable {
                    table: table.clone(),
                    if_exists: alter.if_exists,
                    change,
                };
                let alone = alter.only && spares_heirs(&act);
                let act = match alone {
                    true => Act::Only(Box::new(act)),
                    false => act,
                };
                steps.push(Step { act, span });
            }
        }
        in_order(self.dialect, steps);
        if !alter.operations.iter().any(|operation| is_work(&operation)) {
            steps.push(self.step(Act::Inert));
        }
    }

    /// Which triggers of a table fire from here on.
    fn triggers(&self, name: &Ident, fires: Fires) -> Change {
        let all = name.quote_style.is_none()
            && ["all", "user"].contains(&name.value.to_ascii_lowercase().as_str());
        Change::Triggers {
            name: (!all).then(|| self.ident(name)),
            fires,
        }
    }

    /// The functions that the change computes for the rows that are there.
    fn evaluated(&self, operation: &Op) -> Vec<Name> {
        let exprs: Vec<&Expr> = match operation {
            Op::AddColumn { column_def, .. } => column_def
                .options
                .iter()
                .filter_map(|option| match &option.option {
                    ColumnOption::Default(expr) => Some(expr),
                    ColumnOption::Check(check) => Some(&*check.expr),
                    _ => None,
                })
                .collect(),
            Op::AddConstraint {
                constraint: TableConstraint::Check(check),
                ..
            } => vec![&*check.expr],
            _ => Vec::new(),
        };
        exprs
            .into_iter()
            .flat_map(|expr| self.calls(expr))
            .collect()
    }

    fn changes(&self, operation: &Op) -> Vec<(Change, Span)> {
        if let Op::DropColumn {
            column_names,
            if_exists,
            drop_behavior,
            ..
        } = operation
        {
            let drop = |name: &Ident| {
                let change = Change::DropColumn {
                    name: self.ident(name),
                    if_exists: *if_exists,
                    cascade: *drop_behavior == Some(DropBehavior::Cascade),
                };
                (change, self.place(name.span))
            };
            return column_names.iter().map(drop).collect();
        }
        let (change, place) = self.change(operation);
        vec![(
            change,
            place.map_or_else(|| self.whole(), |place| self.place(place)),
        )]
    }

    fn change(&self, operation: &Op) -> (Change, Option<Location>) {
        match operation {
            // PostgreSQL 18's `ADD CONSTRAINT n NOT NULL a` reads like a column.
            Op::AddColumn { column_def, .. }
                if column_def.name.quote_style.is_none()
                    && column_def.name.value.eq_ignore_ascii_case("constraint") =>
            {
                let constraint = Constraint {
                    name: None,
                    rule: Restriction::Check,
                    text: column_def.to_string(),
                };
                (Change::AddConstraint(constraint), None)
            }
            // So does MariaDB's `ADD SYSTEM VERSIONING`.
            Op::AddColumn { column_def, .. }
                if column_def.name.quote_style.is_none()
                    && column_def.name.value.eq_ignore_ascii_case("system")
                    && column_def
                        .data_type
                        .to_string()
                        .eq_ignore_ascii_case("versioning") =>
            {
                (Change::AddHistory, None)
            }
            Op::AddColumn {
                if_not_exists,
                column_def,
                column_position,
                ..
            } => (
                Change::AddColumn {
                    column: self.column(column_def),
                    if_not_exists: *if_not_exists,
                    place: self.column_place(column_position.as_ref()),
                },
                Some(column_def.name.span),
            ),
            Op::AddConstraint {
                constraint,
                not_valid,
            } => {
                let mut constraint = self.constraint(constraint);
                if *not_valid {
                    constraint.text.push_str(" NOT VALID");
                }
                (Change::AddConstraint(constraint), None)
            }
            Op::DropConstraint {
                if_exists,
                name,
                drop_behavior,
            } => (
                Change::DropConstraint {
                    name: self.ident(name),
                    if_exists: *if_exists,
                    cascade: *drop_behavior == Some(DropBehavior::Cascade),
                },
                Some(name.span),
            ),
            Op::DropPrimaryKey { .. } => (Change::DropPrimaryKey, None),
            Op::DropForeignKey { name, .. } => {
                (Change::DropForeignKey(self.ident(name)), Some(name.span))
            }
            Op::DropIndex { name } => (
                Change::DropIndex {
                    name: self.ident(name),
                    if_exists: false,
                },
                Some(name.span),
            ),
            Op::RenameColumn {
                old_column_name,
                new_column_name,
            } => (
                Change::RenameColumn {
                    from: self.ident(old_column_name),
                    to: self.ident(new_column_name),
                },
                Some(old_column_name.span),
            ),
            Op::RenameTable {
                table_name: RenameTableNameKind::As(name) | RenameTableNameKind::To(name),
            } => (Change::Rename(self.name(name)), None),
            Op::ChangeColumn {
                old_name,
                new_name,
                data_type,
                options,
                column_position,
            } => {
                let place = self.column_place(column_position.as_ref());
                self.redefine((old_name, new_name), data_type, options, place)
            }
            Op::ModifyColumn {
                col_name,
                data_type,
                options,
                column_position,
            } => {
                let place = self.column_place(column_position.as_ref());
                self.redefine((col_name, col_name), data_type, options, place)
            }
            Op::RenameConstraint { old_name, new_name } => (
                Change::RenameConstraint {
                    from: self.ident(old_name),
                    to: self.ident(new_name),
                },
                None,
            ),
            Op::AlterColumn { column_name, op } => {
                (self.alter_column(column_name, op), Some(column_name.span))
            }
            Op::EnableRowLevelSecurity => (Change::RowSecurity(true), None),
            Op::OwnerTo { new_owner } => {
                let other = matches!(new_owner, Owner::Ident(_));
                (Change::OwnerTo { other }, None)
            }
            Op::ForceRowLevelSecurity => (Change::ForceRowSecurity(true), None),
            Op::NoForceRowLevelSecurity => (Change::ForceRowSecurity(false), None),
            Op::DisableRowLevelSecurity => (Change::RowSecurity(false), None),
            Op::AttachPartition { partition } => {
                (self.partition(partition, Change::AttachPartition), None)
            }
            Op::DetachPartition { partition } => {
                (self.partition(partition, Change::DetachPartition), None)
            }
            Op::AddPartitions { new_partitions, .. } => (
                Change::AddPartitions(new_partitions.iter().map(ToString::to_string).collect()),
                None,
            ),
            Op::DropPartitions { partitions, .. } => (
                Change::DropPartitions(partitions.iter().map(|p| self.plain(p)).collect()),
                None,
            ),
            Op::DisableTrigger { name } => (self.triggers(name, Fires::Never), None),
            Op::EnableTrigger { name } => (self.triggers(name, Fires::Normally), None),
            Op::EnableAlwaysTrigger { name } | Op::EnableReplicaTrigger { name } => {
                (self.triggers(name, Fires::Always), None)
            }
            Op::SetTblProperties { .. }
            | Op::SetOptionsParens { .. }
            | Op::DisableRule { .. }
            | Op::EnableAlwaysRule { .. }
            | Op::EnableReplicaRule { .. }
            | Op::EnableRule { .. }
            | Op::ReplicaIdentity { .. }
            | Op::SetLogged
            | Op::SetUnlogged
            | Op::ClusterBy { .. }
            | Op::Algorithm { .. }
            | Op::Lock { .. }
            | Op::AutoIncrement { .. }
            | Op::ValidateConstraint { .. } => (Change::Inert, None),
            _ => (
                Change::Unknown("this ALTER TABLE is of another database".into()),
                None,
            ),
        }
    }

    /// MySQL's CHANGE and MODIFY.
    fn redefine(
        &self,
        (from, to): (&Ident, &Ident),
        ty: &DataType,
        options: &[ColumnOption],
        place: Option<Place>,
    ) -> (Change, Option<Location>) {
        let mut column = self.column_of(
            self.ident(to),
            ty,
            options.iter().map(|option| (None, option)),
        );
        column.text = format!("{to} {ty}");
        for option in options {
            column.text.push_str(&format!(" {option}"));
        }
        let change = Change::Redefine {
            from: self.ident(from),
            if_exists: false,
            column,
            place,
        };
        (change, Some(from.span))
    }

    fn column_place(&self, position: Option<&MySQLColumnPosition>) -> Option<Place> {
        Some(match position? {
            MySQLColumnPosition::First => Place::First,
            MySQLColumnPosition::After(before) => Place::After(self.ident(before)),
        })
    }

    fn alter_column(&self, name: &Ident, op: &AlterColumnOperation) -> Change {
        let column = self.ident(name);
        match op {
            AlterColumnOperation::SetNotNull => Change::SetNotNull(column),
            AlterColumnOperation::DropNotNull => Change::DropNotNull(column),
            AlterColumnOperation::SetDefault { value } => Change::SetDefault {
                column,
                default: Some(value.to_string()),
            },
            AlterColumnOperation::DropDefault => Change::SetDefault {
                column,
                default: None,
            },
            AlterColumnOperation::SetDataType {
                data_type, using, ..
            } => Change::SetType {
                column,
                ty: data_type.to_string(),
                using: using.as_ref().map(|expr| self.value(expr)),
                turn: Turn::Only,
            },
            AlterColumnOperation::AddGenerated { .. } => Change::Identity { column, on: true },
        }
    }

    fn partition(&self, partition: &Partition, change: fn(Name) -> Change) -> Change {
        match partition {
            Partition::Identifier(ident) => change(Name::plain(self.ident(ident))),
            Partition::Expr(Expr::Identifier(ident)) => change(Name::plain(self.ident(ident))),
            Partition::Expr(Expr::CompoundIdentifier(parts)) => {
                let mut parts = parts.iter().rev().map(|part| self.ident(part));
                let name = parts.next().unwrap_or_default();
                change(Name {
                    schema: parts.next(),
                    name,
                })
            }
            _ => Change::Unknown("the partition is not named".into()),
        }
    }

    fn plain(&self, expr: &Expr) -> String {
        match expr {
            Expr::Identifier(ident) => self.ident(ident),
            other => other.to_string(),
        }
    }
}

/// Whether a column goes or takes no NULL any more: from the heirs and in them too, unless the statement says ONLY.
fn spares_heirs(act: &Act) -> bool {
    let Act::AlterTable { change, .. } = act else {
        return false;
    };
    matches!(change, Change::DropColumn { .. } | Change::SetNotNull(_))
}
