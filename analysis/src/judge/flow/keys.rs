//! Can a copied row be left out because of the keys of the table that it comes into?

use crate::Dialect;
use crate::act::{Column, Restriction};
use crate::judge::flow::targets::Targets;
use crate::judge::flow::{Flow, Relation};
use crate::judge::run::Run;
use crate::judge::values::meaning::is_deterministic;
use crate::schema::{Key, Table, collates};
use crate::types::Type;

impl Run<'_> {
    /// Whether a row of the table may have the key of one that is inserted with values for these columns (for all of
    /// them, where none are named).
    pub(in crate::judge) fn may_be_in_the_way(&self, key: &Key, columns: &[String]) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let given = |name: &String| {
            columns.is_empty() || columns.iter().any(|given| self.same(given, name))
        };
        // A key that the database numbers is a new one.
        let numbered = |unique: &[String]| {
            let column = match unique {
                [name] if !given(name) => table.column(self.dialect, name),
                _ => None,
            };
            column.is_some_and(|column| match self.dialect {
                Dialect::MySql => column.is.identity,
                Dialect::Sqlite => {
                    let ty = column.is.ty.as_deref().unwrap_or_default();
                    ty.eq_ignore_ascii_case("integer")
                        && table.primary_key().is_some_and(|own| own == unique)
                }
                Dialect::Postgres => false,
            })
        };
        let indexes = self.schema.indexes_of(table.id);
        table.open
            || table.keys().any(|unique| !numbered(unique))
            || indexes.iter().any(|(_, index)| index.unique)
    }

    /// Whether no row can be left out by `IGNORE` or `DO NOTHING`: the table was empty, and its keys are those that the
    /// rows already had, which tell apart what they told apart where the rows come from.
    pub(in crate::judge) fn never_skips(
        &self,
        key: &Key,
        targets: &Targets,
        relation: &Relation,
    ) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        if table.open
            || !self.ledger.created.contains(&table.id)
            || !self.ledger.rows(table.id).is_empty()
            || self.fillings.get(&table.id).is_some_and(|times| *times > 1)
            || (self.ledger.perhaps.contains(&table.id) && !self.is_freed(&table.name))
        {
            return false;
        }
        let told_apart = |unique: &[String]| {
            let at = unique.iter().map(|name| {
                let column = table.column(self.dialect, name)?;
                let at = targets.place(column.id)?;
                let flow = relation.columns.get(at)?;
                let held = self.ledger.values(column.id);
                let kept = flow.values.iter().all(|value| held.contains(value));
                (kept && self.tells_as_much(flow, &column.is, table)).then_some(at)
            });
            let at: Option<Vec<usize>> = at.collect();
            at.is_some_and(|at| {
                let mut keys = relation.keys.iter();
                keys.any(|key| key.iter().all(|c| at.contains(c)))
            })
        };
        let one_null = |column: &Column| {
            let constraints = &column.constraints;
            !constraints.is_empty() && takes_one_null(&column.text)
        };
        if table.columns.iter().any(|column| one_null(&column.is)) {
            return false;
        }
        let by_constraint = table.all_constraints().all(|c| match &c.rule {
            Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => {
                is_plain(&c.text) && told_apart(columns)
            }
            // What IGNORE does not take for lack of a parent was taken where it comes from, if the key was there too.
            Restriction::ForeignKey { .. } => {
                self.dialect != Dialect::MySql || self.refers_alike(relation, &c.rule)
            }
            Restriction::Check | Restriction::Exclude => false,
            _ => true,
        });
        let by_index = self.schema.indexes_of(table.id).iter().all(|(_, index)| {
            !index.unique || (is_plain(&index.text) && told_apart(&index.columns))
        });
        let filled = table
            .columns
            .iter()
            .filter(|column| column.is.not_null)
            .all(|column| {
                targets
                    .place(column.id)
                    .and_then(|at| relation.columns.get(at))
                    .is_none_or(|flow| flow.not_null)
            });
        by_constraint && by_index && filled && self.has_parts_for_all(table, targets, relation)
    }

    /// Whether texts that differ in the column that `flow` reads do so in `column` of `table` too.
    fn tells_as_much(&self, flow: &Flow, column: &Column, table: &Table) -> bool {
        let collation = column.collation.as_ref().or(table.collation.as_ref());
        if self.dialect == Dialect::Sqlite {
            let binary = collation.is_none_or(|name| name == "binary");
            return binary || collation == flow.collation.as_ref();
        }
        let is_text = |ty: &Option<String>| {
            let ty = ty.as_deref().map(|ty| self.type_of(ty));
            matches!(ty, Some(Type::Text { .. } | Type::Enum(_) | Type::Set(_)))
        };
        if self.dialect == Dialect::Postgres {
            let is_citext = |ty: &Option<String>| {
                let ty = ty.as_deref().unwrap_or_default();
                ty.to_ascii_lowercase().ends_with("citext")
            };
            let of_server = column.collation.as_deref().is_none_or(is_deterministic);
            let as_fine = of_server || column.collation == flow.collation;
            return as_fine && (!is_citext(&column.ty) || is_citext(&flow.ty));
        }
        if !is_text(&column.ty) {
            return true;
        }
        // A binary collation of MySQL merges nothing but blanks at the end, which most others merge too.
        let pads = |name: &String| !name.contains("0900") && !name.contains("nopad");
        let finest = collation.is_some_and(|name| name.ends_with("_bin"));
        let charset = column.charset.as_ref().or(table.charset.as_ref());
        is_text(&flow.ty)
            && ((collation == flow.collation.as_ref() && charset == flow.charset.as_ref())
                || (finest && flow.collation.as_ref().is_none_or(pads)))
    }

    /// Whether each row that is copied has its place among the partitions of the table, as it had where it comes from.
    fn has_parts_for_all(&self, table: &Table, targets: &Targets, relation: &Relation) -> bool {
        if !is_partitioned(self.dialect, table) {
            return true;
        }
        let mut tables = self.each(1, self.schema.tables.values());
        let source = tables.find(|source| Some(source.id) == relation.table);
        let Some(source) = source.filter(|source| source.parted == table.parted) else {
            return false;
        };
        // By which of them the rows are shared out is not told.
        table.columns.iter().all(|column| {
            let flow = targets.place(column.id);
            let flow = flow.and_then(|at| relation.columns.get(at));
            let own = flow.and_then(|flow| source.columns.of_id(flow.tag.filter(|_| flow.plain)?));
            let held = self.ledger.values(column.id);
            let kept = flow.is_some_and(|flow| flow.values.iter().all(|one| held.contains(one)));
            let name = &column.is.name;
            let added = !source.open && source.column(self.dialect, name).is_none();
            added || (kept && own.is_some_and(|own| self.same(&own.is.name, name)))
        })
    }

    /// Whether the one table that the rows come from has the same foreign key.
    fn refers_alike(&self, relation: &Relation, rule: &Restriction) -> bool {
        let mut tables = self.each(1, self.schema.tables.values());
        let source = tables.find(|table| Some(table.id) == relation.table);
        source.is_some_and(|source| source.all_constraints().any(|c| c.rule == *rule))
    }
}

/// Whether a key or index is over columns as they are: MySQL has keys on the first characters, SQLite ones of another
/// collation, PostgreSQL ones that take one NULL only, and all have expressions.
pub(in crate::judge) fn is_plain(text: &str) -> bool {
    text.matches('(').count() <= 1 && !collates(text) && !takes_one_null(text)
}

/// Whether a key holds two NULLs for the same: <https://www.postgresql.org/docs/current/sql-createtable.html>.
pub(in crate::judge) fn takes_one_null(text: &str) -> bool {
    folded(text).contains("nulls not distinct")
}

/// In lower letters, with one blank between words.
fn folded(text: &str) -> String {
    words(text).join(" ")
}

/// The words of a text in lower letters, without what stands between them.
pub(in crate::judge) fn words(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let words = parts.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Whether rows may belong to no partition of the table.
pub(in crate::judge) fn is_partitioned(dialect: Dialect, table: &Table) -> bool {
    dialect == Dialect::MySql && (table.open || table.parted.is_some())
}
