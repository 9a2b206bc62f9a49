//! What becomes of a table's rows when a constraint comes or goes?

use std::sync::Arc;

use crate::Dialect;
use crate::act::{Constraint, HOLE, Restriction};
use crate::judge::run::Run;
use crate::schema::{Key, Origin, same};

impl Run<'_> {
    pub(in crate::judge) fn add_constraint(&mut self, key: &Key, constraint: &Constraint) {
        let mut constraint = constraint.clone();
        self.find_referred(&mut constraint);
        let found = self.take_index(key, &mut constraint);
        let constraint = &constraint;
        self.refuse_second_key(key, constraint);
        self.refuse_same_constraint(key, constraint);
        if let Restriction::PrimaryKey(columns) = &constraint.rule {
            self.forbid_nulls(key, columns);
        }
        if !found {
            self.refuse_misfits(key, constraint);
        }
        self.miss_parent(key, constraint);
        self.name_columns_of(key, constraint);
        if let Restriction::PrimaryKey(columns) | Restriction::Unique(columns) = &constraint.rule {
            self.ask_unique(key, columns, &constraint.text);
        }
        self.index_of_constraint(key, constraint, Origin::Statement);
        if constraint.rule == Restriction::Check
            && self.perhaps > 0
            && let Some(id) = self.schema.table(key).map(|table| table.id)
        {
            self.schema.perhaps_checked.add(id);
        }
        if let Some(table) = self.schema.table_mut(key)
            && !matches!(constraint.rule, Restriction::Index(_))
        {
            Arc::make_mut(&mut table.constraints).push(constraint.clone());
        }
        if matches!(constraint.rule, Restriction::ForeignKey { .. }) {
            if !self.proves_keys() {
                self.leave_unproven(key);
            }
            // Behind a condition it may not be there.
            if self.perhaps > 0
                && let Some(table) = self.schema.table_mut(key)
            {
                table.unproven = true;
            }
            self.schema.has_new_key(key, constraint);
        }
    }

    /// `PRIMARY KEY USING INDEX`: the index is the constraint's from here on, and called like it. Whether it was there.
    fn take_index(&mut self, key: &Key, constraint: &mut Constraint) -> bool {
        let Restriction::UsingIndex(name) = &constraint.rule else {
            return false;
        };
        let at = self.index_key(key, name);
        let Some(index) = self.schema.remove_index(&at) else {
            return false;
        };
        let columns = index.columns.clone();
        let primary = constraint.text.to_ascii_lowercase().contains("primary");
        let kind = if primary { "PRIMARY KEY" } else { "UNIQUE" };
        let named = constraint.name.get_or_insert_with(|| at.name.to_string());
        constraint.text = format!(
            "CONSTRAINT {} {kind} ({})",
            self.dialect.quote(named),
            self.list(&columns)
        );
        constraint.rule = match primary {
            true => Restriction::PrimaryKey(columns),
            false => Restriction::Unique(columns),
        };
        true
    }

    /// With a primary or unique key go the foreign keys that refer to it.
    fn drop_keys_on(&mut self, key: &Key, name: &str) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let found = crate::judge::objects::given::called(table, |own| own == name);
        let (columns, primary) = match found.map(|constraint| &constraint.rule) {
            Some(Restriction::PrimaryKey(columns)) => (columns.clone(), true),
            Some(Restriction::Unique(columns)) => (columns.clone(), false),
            _ => return,
        };
        let parent = table.name.name.clone();
        for child in self.children(key) {
            let Some(table) = self.schema.table_mut(&child) else {
                continue;
            };
            table.altered();
            table.retain_constraints(|constraint| match &constraint.rule {
                Restriction::ForeignKey {
                    table, referred, ..
                } if table.name == parent => {
                    let implied = referred.is_empty() && primary;
                    let alike = referred.len() == columns.len()
                        && referred.iter().all(|column| columns.contains(column));
                    !(implied || alike)
                }
                _ => true,
            });
            self.schema.has_new_kin(&child);
        }
    }

    pub(in crate::judge) fn drop_constraint(&mut self, key: &Key, name: &str, cascade: bool) {
        let dialect = self.dialect;
        if cascade && dialect == Dialect::Postgres {
            self.drop_keys_on(key, name);
        }
        if let Some(table) = self.schema.table(key) {
            let mut all = table.all_constraints();
            let nameless = dialect == Dialect::Postgres && all.any(|one| one.name.is_none());
            let each = if nameless { 16 } else { 1 };
            self.spend(each * table.constraints.len() + table.columns.len() / 8);
        }
        if self.is_exhausted() {
            return;
        }
        self.keep_check_called(key, name);
        if let Some(table) = self.schema.table_mut(key) {
            let called = |own: Option<&str>| own.is_some_and(|own| same(dialect, own, name));
            let is_called = |c: &Constraint| called(c.name.as_deref());
            let is_written = table.all_constraints().any(is_called);
            if is_written || dialect == Dialect::Sqlite {
                table.retain_constraints(|c| !is_called(c));
                return;
            }
            if dialect == Dialect::MySql {
                self.drop_numbered(key, name);
                return;
            }
            let found =
                crate::judge::objects::given::called(table, |own| called(Some(own))).cloned();
            if let Some(found) = found {
                table.retain_constraints(|c| *c != found);
            }
        }
    }

    /// A constraint of MySQL goes that it has named itself, `t_ibfk_1` or `CONSTRAINT_1`: the only one of its kind that nobody
    /// named, or else any of them.
    fn drop_numbered(&mut self, key: &Key, name: &str) {
        let foreign = name.to_ascii_lowercase().contains("_ibfk_");
        let any = name == HOLE;
        let is_meant = |one: &Constraint| match one.rule {
            Restriction::ForeignKey { .. } => any || (foreign && one.name.is_none()),
            Restriction::Check => !any && !foreign && one.name.is_none(),
            _ => false,
        };
        let table = self.schema.table(key);
        let meant = table.map_or(0, |table| {
            table.all_constraints().filter(|one| is_meant(one)).count()
        });
        let drop = |run: &mut Self| {
            if let Some(table) = run.schema.table_mut(key) {
                table.retain_constraints(|one| !is_meant(one));
            }
        };
        match meant {
            0 => {}
            1 if !any => drop(self),
            _ => self.maybe(drop),
        }
    }

    /// What is known of the rows by the check that goes.
    fn keep_check_called(&mut self, key: &Key, name: &str) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let may_be = |check: &Constraint| {
            check.rule == Restriction::Check && check.name.as_deref().is_none_or(|own| own == name)
        };
        if self.dialect != Dialect::Postgres || !table.all_constraints().any(may_be) {
            return;
        }
        let found =
            crate::judge::objects::given::called(table, |own| same(self.dialect, own, name));
        let found = found.filter(|one| one.rule == Restriction::Check).cloned();
        if let Some(check) = found {
            self.keep_checked(key, &check);
        }
    }

    /// A generated column becomes one like any other, and keeps what it has: where that is another column as it is, there is
    /// a copy of it from now on.
    pub(in crate::judge) fn fix(&mut self, key: &Key, name: &str) {
        let Some(id) = self.column(key, name) else {
            return;
        };
        let Some(written) = self.written(key, id).cloned() else {
            return;
        };
        let Some(source) = written.generated.as_deref() else {
            return;
        };
        let Some(table) = self.schema.table(key) else {
            return;
        };
        if let Some(source) = table.column(self.dialect, bare(source))
            && source.is.ty == written.ty
        {
            let values = self.ledger.values(source.id);
            self.ledger.set_values(id, values);
        }
    }
}

/// The column that an expression is, if it is no more than that.
pub(in crate::judge) fn bare(expression: &str) -> &str {
    expression.trim_matches(['(', ')', '"', '`', ' '])
}
