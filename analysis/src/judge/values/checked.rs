//! Which constants does a CHECK let into a column?
//!
//! Below `CHECK (kind IN ('a', 'b'))` an UPDATE that makes 'b' to 'c' is one-to-one, and so is one that is written behind the
//! statement which drops the constraint.

use super::listed::listed;
use super::tags::all_differ;
use crate::Dialect;
use crate::act::{Column, Constraint, NULL, Rest, Restriction, Value};
use crate::judge::flow::Flow;
use crate::judge::flow::source::Placed;
use crate::judge::renaming::text::may_name;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};
use crate::types::{Affinity, Type};

impl Run<'_> {
    /// The constants of which a column of one of the sources holds one in each row by a constraint; none where that is not known.
    pub(in crate::judge) fn checked(&self, flow: &Flow, sources: &[Placed]) -> Vec<String> {
        let Some(tag) = flow.tag.filter(|_| flow.plain) else {
            return Vec::new();
        };
        let is_home = |placed: &&Placed| placed.relation.table == Some(tag.home());
        let home = sources.iter().find(is_home);
        let table = home.and_then(|placed| self.schema.table(placed.key.as_ref()?));
        let Some(table) = table.filter(|table| self.offspring(table.id).is_empty()) else {
            return Vec::new();
        };
        let own = table.columns.of_id(tag);
        own.map_or_else(Vec::new, |own| self.checked_in(table, &own.is))
    }

    /// Whether a column of SQLite holds 0 and 1 alone: `CHECK (done IN (0, 1))`.
    pub(super) fn is_listed_flag(&self, flow: &Flow, sources: &[Placed]) -> bool {
        let held = match flow.constants.is_empty() {
            true => self.checked(flow, sources),
            false => flow.constants.clone(),
        };
        let bit = |held: &String| held == NULL || matches!(held.as_str(), "0" | "1");
        self.dialect == Dialect::Sqlite && !held.is_empty() && held.iter().all(bit)
    }

    /// The constants of which a column of a table that nothing inherits from holds one in each row.
    pub(in crate::judge) fn checked_in(&self, table: &Table, column: &Column) -> Vec<String> {
        if !self.is_listable(table, column) {
            return Vec::new();
        }
        let mut checks = self.each(1, table.all_constraints());
        let found = checks.find_map(|check| self.listed(check, table, column));
        found.unwrap_or_default()
    }

    /// Of a column that takes no NULL and becomes a `CASE` of its own that names no other value: what it must hold, for PostgreSQL
    /// refuses all else. SQLite may be told to leave out such a row, or to put the default there.
    pub(in crate::judge) fn named_by_case(
        &self,
        key: &Key,
        column: Id,
        value: &Value,
    ) -> Vec<String> {
        let mut case = value;
        while let Value::Cast(inner, _) = case {
            case = inner;
        }
        let Value::Mapped {
            value: of,
            pairs,
            rest: Rest::Null,
        } = case
        else {
            return Vec::new();
        };
        let Some(table) = self.schema.table(key) else {
            return Vec::new();
        };
        let own = table.columns.of_id(column);
        let itself = |own: &&crate::schema::Column| {
            let name = &own.is.name;
            let required = table.required(self.dialect)(&own.is);
            let reads = matches!(&**of, Value::Column(_, read) if self.same(read, name));
            required && reads && self.is_listable(table, &own.is)
        };
        let alone = self.dialect == Dialect::Postgres && self.offspring(table.id).is_empty();
        let nulls = pairs.iter().any(|(from, to)| from == NULL || to == NULL);
        match own.filter(itself).filter(|_| alone && !nulls) {
            Some(_) => pairs.iter().map(|(from, _)| from.clone()).collect(),
            None => Vec::new(),
        }
    }

    /// The rows of a table are what a constraint made them, although it goes.
    pub(in crate::judge) fn keep_checked(&mut self, key: &Key, check: &Constraint) {
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        if self.perhaps > 0 || !self.offspring(table.id).is_empty() {
            return;
        }
        for column in &table.columns {
            let plain = self.ledger.constants(column.id).is_empty();
            if plain
                && self.is_listable(&table, &column.is)
                && let Some(listed) = self.listed(check, &table, &column.is)
            {
                self.ledger.set_constants(column.id, listed);
                self.unchecked.push(column.id);
            }
        }
    }

    /// A transaction has ended: others may write what constraints that went in it kept out.
    pub(in crate::judge) fn end_checked(&mut self) {
        for column in std::mem::take(&mut self.unchecked) {
            self.ledger.forget_constants(column);
        }
    }

    /// Whether a column holds constants as they are written. MySQL may have no look at its checks, as SQLite where it is told so,
    /// and in columns of SQLite that take any value 1 is equal to 1.0.
    fn is_listable(&self, table: &Table, column: &Column) -> bool {
        let ty = self.declared(table, column).map(|ty| self.type_of(ty));
        let plain = match self.dialect {
            Dialect::Postgres => matches!(ty, Some(Type::Text { .. } | Type::Int { .. })),
            Dialect::Sqlite => {
                !self.schema.unproven
                    && matches!(ty, Some(Type::Affinity(affinity)) if keeps_as_written(affinity))
            }
            Dialect::MySql => false,
        };
        !table.foreign && plain && !self.schema.perhaps_checked.contains(&table.id)
    }

    /// What the column holds below the constraint, as it is written: the constants that it names, and NULL, which is no breach of it.
    fn listed(&self, check: &Constraint, table: &Table, column: &Column) -> Option<Vec<String>> {
        let mut listed = self.written_in(check, table, column)?;
        let ty = self.declared(table, column)?;
        let as_written = self.suits(ty, &listed);
        if table.open || !table.required(self.dialect)(column) {
            listed.push(NULL.to_owned());
        }
        as_written.then_some(listed)
    }

    /// The constants that a constraint leaves to the column, if it is a CHECK that holds for each row.
    fn written_in(
        &self,
        check: &Constraint,
        table: &Table,
        column: &Column,
    ) -> Option<Vec<String>> {
        let is_check = matches!(check.rule, Restriction::Check);
        let check = is_check.then_some(check.text.as_str())?;
        if !may_name(check, &column.name) {
            return None;
        }
        self.spend(check.len() / 16);
        let ty = self.declared(table, column).map(|ty| self.type_of(ty));
        // A column of SQLite may hold 1.5 where it is not strict.
        let whole = match ty {
            Some(Type::Int { .. }) => true,
            Some(Type::Affinity(Affinity::Integer)) => table.storage.strict,
            _ => false,
        };
        let constants = listed(self.dialect, check, &column.name, whole)?;
        all_differ(self.dialect, &constants).then_some(constants)
    }
}

/// Whether a value that equals a constant is that constant: a column of numbers makes 1 of 1.0 and of '1'.
/// (<https://sqlite.org/datatype3.html#type_affinity>)
fn keeps_as_written(affinity: Affinity) -> bool {
    use Affinity::{Foreign, Integer, Numeric, Other, Text};
    matches!(affinity, Text | Integer | Numeric | Other | Foreign)
}
