//! Which constraints may stand in the way of a changed row?

use crate::act::{Constraint, Restriction, Value};
use crate::judge::flow::keys::{is_partitioned, is_plain};
use crate::judge::run::Run;
use crate::schema::{Key, Table};

impl Run<'_> {
    /// Whether a CHECK, a foreign key, NOT NULL or what the partitions hold may keep a row from being changed so.
    pub(in crate::judge) fn may_break_rules(&self, key: &Key, sets: &[(String, Value)]) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let told = |constraint: &Constraint| {
            matches!(
                constraint.rule,
                Restriction::Check | Restriction::ForeignKey { .. }
            )
        };
        table.all_constraints().any(told)
            || is_partitioned(self.dialect, table)
            || sets.iter().any(|set| self.may_be_no_value(table, set))
    }

    /// `OR REPLACE` of SQLite puts the default where NULL is not allowed.
    /// (<https://www.sqlite.org/lang_conflict.html>)
    pub(in crate::judge) fn with_defaults(
        &self,
        key: &Key,
        mut sets: Vec<(String, Value)>,
    ) -> Vec<(String, Value)> {
        if let Some(table) = self.schema.table(key) {
            for set in &mut sets {
                if self.may_be_no_value(table, set) {
                    set.1 = Value::computed();
                }
            }
        }
        sets
    }

    /// Whether a column that takes no NULL may be set to it.
    fn may_be_no_value(&self, table: &Table, (name, value): &(String, Value)) -> bool {
        let required = |name: &str| {
            let column = table.column(self.dialect, name);
            column.is_some_and(|column| column.is.not_null)
        };
        let mut nullable = *value == Value::Null;
        value.clone().each_column(&mut |read| {
            if let Value::Column(_, read) = read {
                nullable |= !required(read);
            }
        });
        nullable && required(name)
    }

    /// Whether a column is set that may be part of a key.
    pub(in crate::judge) fn sets_key(&self, key: &Key, sets: &[(String, Value)]) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let indexes = self.schema.indexes_of(table.id);
        let unique = indexes.iter().filter(|(_, index)| index.unique);
        let mut keys = table
            .keys()
            .chain(unique.clone().map(|(_, index)| index.columns.as_slice()))
            .flatten();
        // A computed part of a key may be computed of what is set.
        let computed = |own: &String| {
            let column = table.column(self.dialect, own);
            column.is_some_and(|column| column.is.generated.is_some())
        };
        let is_set = |own: &String| sets.iter().any(|(name, _)| self.same(name, own));
        let row = |(name, _): &(String, Value)| {
            let names = ["rowid", "oid", "_rowid_"];
            names.iter().any(|own| own.eq_ignore_ascii_case(name))
        };
        table.open
            || sets.iter().any(row)
            || unique.into_iter().any(|(_, index)| !is_plain(&index.text))
            || keys.any(|own| is_set(own) || computed(own))
    }
}
