//! How does a table become what it was, where no ALTER TABLE leads there?
//!
//! By SQLite's own recipe: a new table, the rows, the old one away, the new one under its name; then indexes and triggers,
//! which went with the old one.

use super::objects::again;
use super::{Answer, Invert};
use crate::Dialect;
use crate::act::{Act, Column, From, Insert, Name, Output, Rows, Value};
use crate::schema::{Index, Origin, Table, same};

impl Invert<'_> {
    /// The table as it stands before the act, made anew; `fills` gives a column, which is not there afterwards, a value.
    pub(super) fn rebuild(&self, table: &Table, fills: Option<(&Column, String)>) -> Answer {
        let name = &table.name;
        let scratch = Name {
            schema: name.schema.clone(),
            name: format!("{}_before_down", name.name),
        };
        let stored = || {
            let columns = table.columns.iter().map(|column| &column.is);
            columns.filter(|column| column.generated.is_none())
        };
        let names: Vec<String> = stored().map(|column| self.ident(&column.name)).collect();
        let values: Vec<String> = stored()
            .map(|column| match &fills {
                Some((filled, value)) if filled.name == column.name => value.clone(),
                _ => self.ident(&column.name),
            })
            .collect();
        let (this, scratch_name) = (self.name(name), self.name(&scratch));
        let views = self.views_over(table);
        let mut sql: Vec<String> = views
            .iter()
            .map(|(view, _)| format!("DROP VIEW {}", self.name(view)))
            .collect();
        sql.extend([
            self.definition(table, &scratch)?,
            format!(
                "INSERT INTO {scratch_name} ({}) SELECT {} FROM {this}",
                names.join(", "),
                values.join(", ")
            ),
            format!("DROP TABLE {this}"),
            format!(
                "ALTER TABLE {scratch_name} RENAME TO {}",
                self.ident(&name.name)
            ),
        ]);
        sql.extend(self.around(table));
        sql.extend(views.into_iter().map(|(_, text)| text));
        Some(sql)
    }

    /// The indexes and triggers of a table, to be made again.
    pub(super) fn around(&self, table: &Table) -> Vec<String> {
        let schema = &self.run.schema;
        let mut texts = Vec::new();
        for (_, index) in self.run.each(1, schema.indexes_of(table.id).into_iter()) {
            if !comes_with(table, &index) {
                texts.push(index.text.clone());
            }
        }
        let triggers = self.run.each(1, schema.triggers_of(table.id));
        texts.extend(triggers.map(|(_, trigger)| trigger.text.clone()));
        texts
    }

    /// The views that speak of a table: SQLite renames no table while a view speaks of one that is not there.
    pub(super) fn views_over(&self, table: &Table) -> Vec<(Name, String)> {
        let called = table.name.name.to_lowercase();
        let speaks = |text: &str| {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            text.to_lowercase()
                .split(|c| !is_word(c))
                .any(|word| word == called)
        };
        // One that is dropped later in the up is not there when the table is made anew.
        let stays = |view: &Name| {
            !self.ahead().any(
                |step| matches!(&step.act, Act::DropView { name, .. } if self.run.key(name) == self.run.key(view)),
            )
        };
        let views = self.run.schema.views.values();
        // Each text is read, word by word.
        let views = views.take_while(|view| {
            self.run.spend(1 + view.text.len() / 8);
            !self.run.is_exhausted()
        });
        let over = views.filter(|view| speaks(&view.text) && stays(&view.name));
        over.flat_map(|view| {
            again(view)
                .into_iter()
                .map(|text| (view.name.clone(), text))
        })
        .collect()
    }

    /// The views of PostgreSQL that CASCADE takes along with a table or view.
    pub(super) fn views_taken(&self, name: &Name) -> Vec<String> {
        let above = self.run.views_above(&self.run.key(name));
        let views = above
            .iter()
            .filter_map(|key| self.run.schema.views.get(key));
        views.flat_map(|view| again(view)).collect()
    }

    /// The table of the up's own that gets the name of `old`, which is dropped, on SQLite: there a rename would take along
    /// the foreign keys that refer to the name, so that the table is made anew in its place.
    pub(super) fn successor(&self, old: &Name) -> Option<&Name> {
        if self.dialect != Dialect::Sqlite {
            return None;
        }
        let mut renames = self.run.each(1, self.course.renames_after(self.at, old));
        renames.find_map(|step| match &step.act {
            Act::AlterTable { table, .. } if self.is_own(table) => Some(table),
            _ => None,
        })
    }

    /// Whether a table of the up's own gets, or has got, the name of one that is dropped, on SQLite.
    pub(super) fn takes_over(&self, own: &Name) -> bool {
        self.dialect == Dialect::Sqlite && self.course.takes_over(own)
    }

    /// The table as it was, with what stands in the one that has taken its place.
    pub(super) fn rebuild_from(&self, old: &Table, name: &Name, new: &Name) -> Answer {
        if self.changes_later(&[name, new]) {
            return None;
        }
        let copies = self.behind().find_map(|step| match &step.act {
            Act::Insert(insert) if insert.table == *new => Some(insert),
            _ => None,
        });
        let scratch = Name {
            schema: name.schema.clone(),
            name: format!("{}_before_down", name.name),
        };
        let mut sql = vec![self.definition(old, &scratch)?];
        if let Some(insert) = copies {
            let (columns, values) = self.way_back(insert)?;
            sql.push(format!(
                "INSERT INTO {} ({columns}) SELECT {values} FROM {}",
                self.name(&scratch),
                self.name(name)
            ));
        }
        sql.push(format!("DROP TABLE {}", self.name(name)));
        sql.push(format!(
            "ALTER TABLE {} RENAME TO {}",
            self.name(&scratch),
            self.ident(&name.name)
        ));
        Some(sql)
    }

    /// Rows that were copied into a table of the up's own from one that then goes: they are copied back before this one
    /// goes.
    pub(super) fn copy_back(&self, insert: &Insert) -> Answer {
        let Rows::Query(query) = &insert.rows else {
            return Some(Vec::new());
        };
        let sources = query.branches.iter().flat_map(|branch| &branch.from);
        let mut going = sources.filter_map(|source| match &source.what {
            From::Table(name) if self.goes(name) && !self.is_own(name) => Some(name),
            _ => None,
        });
        let Some(from) = going.next() else {
            return Some(Vec::new());
        };
        if self.changes_later(&[from, &insert.table]) {
            return None;
        }
        if !self.is_the_copy(insert, from)? {
            return Some(Vec::new());
        }
        let (columns, values) = self.way_back(insert)?;
        Some(vec![format!(
            "INSERT INTO {} ({columns}) SELECT {values} FROM {}",
            self.name(from),
            self.name(&insert.table)
        )])
    }

    /// The columns of the one table that rows were copied from, and what to put there, of the table that they are in now.
    fn way_back(&self, insert: &Insert) -> Option<(String, String)> {
        let mut columns: Vec<String> = Vec::new();
        let mut values: Vec<String> = Vec::new();
        for (column, target) in self.targets(insert)? {
            if column.generated.is_some() {
                continue;
            }
            let value = match target {
                Some(target) => self.ident(&target),
                // What was left out was admitted; the column is required all the same.
                None if self.is_required(column) => self.neutral(column)?,
                None => continue,
            };
            columns.push(self.ident(&column.name));
            values.push(value);
        }
        (!columns.is_empty()).then(|| (columns.join(", "), values.join(", ")))
    }

    /// Each column of the one table that rows were copied from, and the column that it was copied into.
    pub(super) fn targets(&self, insert: &Insert) -> Option<Vec<(&Column, Option<String>)>> {
        let Rows::Query(query) = &insert.rows else {
            return None;
        };
        let [branch] = query.branches.as_slice() else {
            return None;
        };
        let [source] = branch.from.as_slice() else {
            return None;
        };
        let From::Table(from) = &source.what else {
            return None;
        };
        let (old, new) = (self.table(from)?, self.table(&insert.table)?);
        let all = |table: &Table| -> Vec<String> {
            let columns = table.columns.iter().filter(|c| c.is.generated.is_none());
            columns.map(|column| column.is.name.clone()).collect()
        };
        let targets = match insert.columns.as_slice() {
            [] => all(new),
            columns => columns.to_vec(),
        };
        let mut sources: Vec<Option<String>> = Vec::new();
        for output in &branch.output {
            match output {
                Output::All(_) => sources.extend(all(old).into_iter().map(Some)),
                Output::Value { value, .. } => sources.push(plain(value)),
            }
        }
        let target = |column: &Column| {
            let is_it = |source: &Option<String>| {
                source
                    .as_deref()
                    .is_some_and(|s| same(self.dialect, s, &column.name))
            };
            let at = sources.iter().position(is_it)?;
            targets.get(at).cloned()
        };
        let columns = old.columns.iter().map(|column| &*column.is);
        Some(columns.map(|column| (column, target(column))).collect())
    }

    /// Whether a column of one of these tables changes later in the up: what is copied back is looked for by its name.
    fn changes_later(&self, tables: &[&Name]) -> bool {
        let changes = |table: &&Name| self.course.changes_after(self.at, table);
        tables.iter().any(changes)
    }

    /// Whether a table is dropped later in the up.
    pub(super) fn goes(&self, table: &Name) -> bool {
        self.course.drops_after(self.at, table)
    }
}

/// The column that a value is, as it is or in another type.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Column(_, name) => Some(name.clone()),
        Value::Cast(inner, _) => plain(inner),
        _ => None,
    }
}

/// Whether an index is there as soon as the table is: written inside of it, or made for one of its foreign keys.
fn comes_with(table: &Table, index: &Index) -> bool {
    match index.origin {
        Origin::Statement => false,
        Origin::Table => table.text.is_some(),
        Origin::ForeignKey => {
            let mut keys = table.foreign_keys();
            keys.any(|(columns, ..)| columns == index.columns)
        }
    }
}
