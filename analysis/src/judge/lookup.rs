//! Is a column still told by a key that was put in its place?
//!
//! `UPDATE orders SET status_id = (SELECT id FROM statuses WHERE name = orders.status)` keeps `orders.status` as long as `statuses`
//! stands: where every status is there, and neither a name nor an id is there twice.

use super::fetch::{is_enforced, is_whole};
use super::flow::{Flow, Relation};
use super::ledger::{Ledger, Rows};
use super::run::Run;
use crate::Dialect;
use crate::act::{Conflict, Constraint, Engine, Fetch, Restriction, Value};
use crate::schema::{Id, Table};
use crate::types::{Affinity, Length, Type};

/// Which tables are looked into.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lookups {
    gathered: Vec<Gathered>,
    relied: Vec<Relied>,
}

/// Every value of a column, NULL aside, came into another one.
#[derive(Debug, Clone)]
struct Gathered {
    table: Id,
    column: Id,
    values: Vec<Id>,
    /// The rows that they were gathered from.
    rows: Vec<Rows>,
}

/// Values are told only as long as columns of another table hold what they held.
#[derive(Debug, Clone)]
struct Relied {
    values: Vec<Id>,
    table: Id,
    columns: [Id; 2],
    broken: bool,
}

impl Lookups {
    /// Rows of the table went, or others came in their place.
    pub(crate) fn lose_rows(&mut self, table: Id) {
        self.gathered.retain(|gathered| gathered.table != table);
        let relied = self.relied.iter_mut();
        for relied in relied.filter(|relied| relied.table == table) {
            relied.broken = true;
        }
    }

    /// The column holds something else.
    pub(crate) fn lose_column(&mut self, column: Id) {
        self.gathered.retain(|gathered| gathered.column != column);
        let relied = self.relied.iter_mut();
        for relied in relied.filter(|relied| relied.columns.contains(&column)) {
            relied.broken = true;
        }
    }

    /// What a block gathered that need not run.
    pub(crate) fn distrust(&mut self) {
        self.gathered.clear();
    }
}

impl Run<'_> {
    /// The values of the table's own column that are told by what it looks up instead.
    pub(super) fn told_by_lookup(
        &self,
        table: &Table,
        others: &Table,
        fetch: &Fetch,
    ) -> Option<(Vec<Id>, [Id; 2])> {
        let ([(own, other)], Value::Column(_, found)) = (fetch.pairs.as_slice(), &fetch.value)
        else {
            return None;
        };
        let key = table.column(self.dialect, own)?;
        let name = others.column(self.dialect, other)?;
        let number = others.column(self.dialect, found)?;
        let values = self.ledger.values(key.id);
        let required = others.required(self.dialect);
        let only_asks = fetch.present.iter().all(|asked| self.same(asked, found));
        let alike = self.is_one_type(table, &key.is, others, &name.is);
        let told = !values.is_empty()
            && only_asks
            && alike
            && !others.transient
            && !others.temporary
            && !others.foreign
            && required(&number.is)
            && self.is_key_alone(others, other)
            && self.is_key_alone(others, found)
            && (self.refers_to(table, others, own, other)
                || self.is_gathered(table, key.id, name.id, &values));
        told.then_some((values, [name.id, number.id]))
    }

    /// Whether two columns hold values of a type that are the same where they are equal, and are compared alike.
    fn is_one_type(
        &self,
        table: &Table,
        own: &crate::act::Column,
        others: &Table,
        other: &crate::act::Column,
    ) -> bool {
        let Some(ty) = own.ty.as_deref() else {
            return false;
        };
        let compared = self.compared(table, own);
        let is_text = |ty: &Type| matches!(ty, Type::Text { .. } | Type::Enum(_));
        let told = match (self.dialect, self.type_of(ty)) {
            (_, Type::Int { .. } | Type::Affinity(Affinity::Integer)) => true,
            (Dialect::Postgres, Type::Bool | Type::Date | Type::Enum(_)) => true,
            (Dialect::Postgres, Type::Named(name)) => name == "uuid",
            (Dialect::Postgres, Type::Text { fixed, .. }) => {
                !fixed && !ty.to_ascii_lowercase().contains("citext") && compared[1].is_none()
            }
            (Dialect::Sqlite, Type::Text { .. } | Type::Affinity(Affinity::Text)) => {
                compared[1].as_deref().is_none_or(|name| name == "binary")
            }
            (Dialect::MySql, ty) if is_text(&ty) => {
                let bounded = !matches!(
                    ty,
                    Type::Text {
                        length: Length::Any,
                        ..
                    }
                );
                // Other binary collations take no notice of blanks at the end.
                bounded
                    && compared[1]
                        .as_deref()
                        .is_some_and(|name| name.contains("0900_bin") || name.contains("nopad_bin"))
            }
            _ => false,
        };
        told && own.ty == other.ty && compared == self.compared(others, other)
    }

    /// Whether no two rows of the table have the same value in the column.
    fn is_key_alone(&self, table: &Table, name: &str) -> bool {
        let alone = |columns: &[String]| matches!(columns, [own] if self.same(own, name));
        let key = |constraint: &Constraint| match &constraint.rule {
            Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => {
                alone(columns) && is_whole(&constraint.text)
            }
            _ => false,
        };
        let indexes = self.schema.indexes_of(table.id);
        table.all_constraints().any(key)
            || indexes
                .iter()
                .any(|(_, index)| index.unique && alone(&index.columns) && is_whole(&index.text))
    }

    /// Whether a foreign key of the table says that what stands in its column stands in the other table's too.
    fn refers_to(&self, table: &Table, others: &Table, own: &str, other: &str) -> bool {
        let engines = [table, others].map(|table| table.engine);
        self.dialect != Dialect::Sqlite
            && self.foreign_keys
            && engines == [Engine::Transactional; 2]
            && table.all_constraints().any(|constraint| {
                let Restriction::ForeignKey {
                    columns,
                    table: parent,
                    referred,
                    ..
                } = &constraint.rule
                else {
                    return false;
                };
                let referred = match referred.as_slice() {
                    [] => others.primary_key().unwrap_or_default(),
                    named => named,
                };
                let alone = |names: &[String], name| matches!(names, [one] if self.same(one, name));
                let parent = self.schema.table(&self.key(parent));
                parent.is_some_and(|parent| parent.id == others.id)
                    && alone(columns, own)
                    && alone(referred, other)
                    && is_enforced(self.dialect, &constraint.text)
            })
    }

    /// Whether all that stands in the column `own` of the table was gathered in the other one.
    fn is_gathered(&self, table: &Table, own: Id, other: Id, values: &[Id]) -> bool {
        let here = self.ledger.rows(table.id);
        let shifted = self.ledger.is_shifted(own) || self.ledger.is_shifted(other);
        let mut gathered = self.ledger.lookups.gathered.iter();
        !shifted
            && gathered.any(|gathered| {
                let comes = |rows: &Rows| {
                    let mut from = gathered.rows.iter();
                    from.any(|from| self.ledger.covers(*from, *rows))
                };
                gathered.column == other
                    && values.iter().all(|value| gathered.values.contains(value))
                    && here.iter().all(comes)
            })
    }

    /// From here on the values are told as long as the other table stands.
    pub(super) fn rely(&mut self, values: Vec<Id>, others: Id, columns: [Id; 2]) {
        self.ledger.lookups.relied.push(Relied {
            values,
            table: others,
            columns,
            broken: false,
        });
    }

    /// Each value of some columns comes into a table: nothing is left out but what is there already.
    pub(super) fn gather(
        &mut self,
        table: &Table,
        targets: &[Option<Id>],
        relation: &Relation,
        skips: bool,
    ) {
        let rows = match relation.appear.is_empty() {
            true => &relation.rows,
            false => &relation.appear,
        };
        if rows.is_empty() {
            return;
        }
        let is_plain = |flow: &Flow| flow.plain && !flow.shifted && !flow.values.is_empty();
        for (target, flow) in targets.iter().zip(&relation.columns) {
            let Some(target) = target.filter(|_| is_plain(flow)) else {
                continue;
            };
            let named = |column: &&crate::schema::Column| column.id == target;
            let name = table.columns.iter().find(named).map(|c| &c.is.name);
            if name.is_none_or(|name| skips && !self.skips_only(table, targets, name)) {
                continue;
            }
            let kept = self.ledger.values(target);
            let kept = flow.values.iter().all(|value| kept.contains(value));
            if kept && !self.ledger.is_shifted(target) {
                self.ledger.lookups.gathered.push(Gathered {
                    table: table.id,
                    column: target,
                    values: flow.values.clone(),
                    rows: rows.clone(),
                });
            }
        }
    }

    /// Whether a row is left out only where another one has the same value in the column.
    fn skips_only(&self, table: &Table, targets: &[Option<Id>], name: &str) -> bool {
        let given = |name: &String| {
            let column = table.column(self.dialect, name);
            column.is_none_or(|column| targets.contains(&Some(column.id)))
        };
        let harmless = |columns: &[String]| {
            matches!(columns, [own] if self.same(own, name)) || !columns.iter().any(given)
        };
        let indexes = self.schema.indexes_of(table.id);
        // IGNORE of MySQL changes what does not fit, too.
        self.dialect != Dialect::MySql
            && !table.open
            && table.on_conflict == Conflict::Fail
            && table.all_constraints().all(|c| match &c.rule {
                Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => {
                    harmless(columns)
                }
                Restriction::Check | Restriction::Exclude => self.dialect == Dialect::Postgres,
                _ => true,
            })
            && indexes
                .iter()
                .all(|(_, index)| !index.unique || harmless(&index.columns))
    }

    /// What was told by a table that is no longer what it was is told no more.
    pub(crate) fn forget_lookups(&mut self) {
        let relied = std::mem::take(&mut self.ledger.lookups.relied);
        for relied in &relied {
            let mut tables = self.each(1, self.schema.tables.values());
            let table = tables.find(|table| table.id == relied.table);
            let stands = table.is_some_and(|table| {
                let mut columns = relied.columns.iter();
                let has = |column: &Id| table.columns.iter().any(|own| own.id == *column);
                !table.transient && !table.foreign && columns.all(has)
            });
            drop(tables);
            if relied.broken || !stands {
                self.ledger.forget(&relied.values);
            }
        }
    }
}

impl Ledger {
    /// Nothing but their own columns holds these values.
    fn forget(&mut self, values: &[Id]) {
        for (column, held) in self.held() {
            let kept = |value: &Id| *value == column || !values.contains(value);
            if !held.iter().all(kept) {
                let left = held.into_iter().filter(kept).collect();
                self.set_values(column, left);
            }
        }
    }
}
