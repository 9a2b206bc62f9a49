//! What is known of a table?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::columns::{Column, ColumnList};
use super::{Id, NameSet, same};
use crate::Dialect;
use crate::act::{
    Column as Written, Constraint, Decoration, Engine, Name, Place, Restriction, Storage,
};

#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) id: Id,
    /// As it was written where it was created or first met.
    pub(crate) name: Name,
    pub(crate) columns: ColumnList,
    /// Whether it may have columns besides.
    pub(crate) open: bool,
    /// Gone with the session, or with the server.
    pub(crate) transient: bool,
    pub(crate) temporary: bool,
    /// What is copied there cannot be read again as it was in this database: it stands on another server, or only an
    /// index of it is kept.
    pub(crate) foreign: bool,
    pub(crate) engine: Engine,
    pub(crate) storage: Storage,
    /// What it holds can be computed from other tables.
    pub(crate) derived: bool,
    pub(crate) constraints: Arc<Vec<Constraint>>,
    /// The composite type that it is made of.
    pub(crate) of: Option<Name>,
    /// The table that this one is a partition or child of.
    pub(crate) parents: Vec<Id>,
    /// Its rows are those of its parent.
    pub(crate) partition: bool,
    /// It is a partition since the direction at hand, and its rows are still its own.
    pub(crate) attached: bool,
    /// The partitions that were added to it, in lower case: they were empty then. Those that are no tables of their own.
    pub(crate) added: BTreeMap<String, Id>,
    /// How MySQL shares out its rows among partitions, where it does: two tables of one way have a place for the same rows.
    pub(crate) parted: Option<Id>,
    /// What stands beside it, by what it is about: the statement that set it.
    pub(crate) decorations: BTreeMap<(Decoration, String), String>,
    /// Whether row security holds for its owner, too.
    pub(crate) forced: bool,
    /// Whether somebody else may own it than who migrates.
    pub(crate) lent: bool,
    /// Whether its foreign keys may not hold for rows that came while nothing looked after them.
    pub(crate) unproven: bool,
    /// Whether two rows may be alike in its unique keys, as nothing looked after these when some came. Its primary key holds.
    pub(crate) doubled: bool,
    /// Whether another one is called the same but for the case of letters, and both are taken for this one.
    pub(crate) twin: bool,
    /// The names of its rules.
    pub(crate) rules: BTreeSet<String>,
    pub(crate) charset: Option<String>,
    pub(crate) collation: Option<String>,
    /// The tables whose rows it shows, where it is one of MySQL's MERGE.
    pub(crate) members: Vec<Name>,
    /// Where MariaDB keeps what its rows were: since when.
    pub(crate) history: Option<Id>,
    /// The statement that made it; none once it was altered, or where it was never seen.
    pub(crate) text: Option<Arc<str>>,
    /// The same once it was altered: what stands behind its columns there still holds. None where that was altered.
    pub(crate) first: Option<Arc<str>>,
    /// The columns of SQLite's behind a comment that has a comma in it, each with the one before that.
    pub(crate) commas: Vec<[String; 2]>,
}

impl Table {
    /// The policies whose condition `reads` something that is certainly this table's: within a query it may be another one's.
    pub(crate) fn policies_that_ask(
        &self,
        reads: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&str, &str)> {
        let queries = |text: &str| {
            let condition = text.split_once('(');
            condition.is_some_and(|(_, condition)| condition.to_lowercase().contains("select"))
        };
        let policies = self.decorations.iter();
        let policies = policies.filter(|((kind, _), _)| *kind == Decoration::Policy);
        let policies = policies.map(|((_, name), text)| (name.as_str(), text.as_str()));
        policies.filter(move |(_, text)| reads(text) && !queries(text))
    }

    /// It is not as the statement says any more that made it.
    pub(crate) fn altered(&mut self) {
        if let Some(text) = self.text.take() {
            self.first = Some(text);
        }
    }

    pub(crate) fn column(&self, dialect: Dialect, name: &str) -> Option<&Column> {
        self.columns.get(self.position(dialect, name)?)
    }

    /// The column `name`, which often stands at `near`; the place after it is near the next one.
    pub(crate) fn column_near(
        &self,
        dialect: Dialect,
        name: &str,
        near: &mut usize,
    ) -> Option<&Column> {
        let there = self.columns.get(*near);
        let there = there.filter(|column| same(dialect, &column.is.name, name));
        if there.is_none() {
            *near = self.position(dialect, name)?;
        }
        let found = self.columns.get(*near);
        *near += 1;
        found
    }

    fn position(&self, dialect: Dialect, name: &str) -> Option<usize> {
        self.columns.place(dialect, name)
    }

    /// Changes the definition of the column `name`, but for the name.
    pub(crate) fn with_column(
        &mut self,
        dialect: Dialect,
        name: &str,
        change: impl FnOnce(&mut Written),
    ) {
        if let Some(at) = self.position(dialect, name) {
            self.columns.change(at, change);
        }
    }

    /// Puts the column into another place; false where that is behind a column which is not known, and nothing moves.
    pub(crate) fn put(&mut self, dialect: Dialect, column: Id, place: &Place) -> bool {
        let before = match place {
            Place::First => None,
            Place::After(name) => match self.position(dialect, name) {
                None => return false,
                before => before,
            },
        };
        self.columns.put(column, before)
    }

    /// Whether who migrates, or somebody else, may not see all of its rows.
    pub(crate) fn hides_rows(&self, from_other: bool) -> bool {
        let secured = (Decoration::RowSecurity, String::new());
        (self.forced || self.lent || from_other) && self.decorations.contains_key(&secured)
    }

    /// Its foreign keys: own columns, the table referred to, what a deletion there does here.
    pub(crate) fn foreign_keys(
        &self,
    ) -> impl Iterator<Item = (&[String], &Name, crate::act::Follows)> {
        self.all_constraints()
            .filter_map(|constraint| match &constraint.rule {
                crate::act::Restriction::ForeignKey {
                    columns,
                    table,
                    on_delete,
                    ..
                } => Some((columns.as_slice(), table, *on_delete)),
                _ => None,
            })
    }

    /// Those of the table and those written at its columns.
    pub(crate) fn all_constraints(&self) -> impl Iterator<Item = &Constraint> {
        let columns = self.columns.constrained();
        let own = columns.flat_map(|column| &column.is.constraints);
        self.constraints.iter().chain(own)
    }

    /// Keeps those of the table's and the columns' constraints that `keep` says.
    pub(crate) fn retain_constraints(&mut self, keep: impl Fn(&Constraint) -> bool) {
        if !self.constraints.iter().all(&keep) {
            Arc::make_mut(&mut self.constraints).retain(&keep);
        }
        for column in self.columns.iter_mut() {
            if !column.is.constraints.iter().all(&keep) {
                let column = Arc::make_mut(&mut column.is);
                let gone = column.constraints.iter().filter(|one| !keep(one));
                column.text = gone.fold(column.text.clone(), |text, gone| without(&text, gone));
                column.constraints.retain(&keep);
            }
        }
    }

    /// The tables that its foreign keys refer to, and the columns of these that they name.
    pub(crate) fn references(&self) -> impl Iterator<Item = (&Name, &[String])> {
        self.all_constraints()
            .filter_map(|constraint| match &constraint.rule {
                crate::act::Restriction::ForeignKey {
                    table, referred, ..
                } => Some((table, referred.as_slice())),
                _ => None,
            })
    }

    /// The columns of the primary key.
    pub(crate) fn primary_key(&self) -> Option<&[String]> {
        self.all_constraints()
            .find_map(|constraint| match &constraint.rule {
                crate::act::Restriction::PrimaryKey(columns) => Some(columns.as_slice()),
                _ => None,
            })
    }

    /// The columns that an INSERT writes, in the order of its values: all, where it names none.
    pub(crate) fn written_by(&self, insert: &crate::act::Insert) -> Vec<String> {
        match insert.columns.is_empty() {
            true => self.columns.iter().map(|c| c.is.name.clone()).collect(),
            false => insert.columns.clone(),
        }
    }

    /// Tells which columns hold a value in every row.
    pub(crate) fn required(&self, dialect: Dialect) -> impl Fn(&crate::act::Column) -> bool {
        let names = self.primary_key().unwrap_or_default();
        let primary = NameSet::of(dialect, names);
        move |column| {
            let in_key = || primary.has(&column.name);
            let numbers = || dialect != Dialect::Sqlite || (names.len() == 1 && numbers(column));
            column.not_null || column.identity || (in_key() && numbers())
        }
    }

    /// Whether SQLite numbers the rows by it. Into any other primary key it lets NULL:
    /// <https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key>.
    pub(crate) fn is_rowid(&self, dialect: Dialect, column: &Written) -> bool {
        dialect == Dialect::Sqlite
            && !self.storage.without_rowid
            && numbers(column)
            && matches!(self.primary_key(), Some([name]) if same(dialect, name, &column.name))
    }

    /// The column that SQLite means by `rowid`, where no column is called so.
    /// (<https://www.sqlite.org/lang_createtable.html#rowid>)
    pub(crate) fn by_rowid(&self, dialect: Dialect, name: &str) -> Option<&Column> {
        let names = ["rowid", "oid", "_rowid_"];
        let meant = dialect == Dialect::Sqlite
            && names.iter().any(|own| own.eq_ignore_ascii_case(name))
            && self.column(dialect, name).is_none();
        let mut columns = self.columns.iter();
        columns.find(|column| meant && self.is_rowid(dialect, &column.is))
    }

    /// Whether each row of SQLite has a value of that name, although no column is called so.
    pub(crate) fn has_beside(&self, dialect: Dialect, name: &str) -> bool {
        let is = |own: &str| own.eq_ignore_ascii_case(name);
        dialect == Dialect::Sqlite
            && (!self.storage.without_rowid && ["rowid", "oid", "_rowid_"].into_iter().any(is)
                || self.storage.full_text
                    && (["docid", "rank"].into_iter().any(is) || is(&self.name.name)))
    }

    /// The keys that tell whose a value is: a primary key, and one whose columns are never NULL.
    pub(crate) fn telling_keys(&self, dialect: Dialect) -> impl Iterator<Item = &[String]> {
        let required = self.required(dialect);
        let primary = self.primary_key();
        self.plain_keys().filter(move |key| {
            let mut columns = key.iter().map(|name| self.position(dialect, name));
            primary == Some(*key)
                || columns.all(|at| at.is_some_and(|at| required(&self.columns[at].is)))
        })
    }

    /// The columns of each primary key or unique constraint.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &[String]> {
        self.all_constraints().filter_map(key_of)
    }

    /// The same, where it holds values for equal that `=` does, and at any time: SQLite's `UNIQUE (a COLLATE BINARY)` may have more
    /// of them, so may PostgreSQL's DEFERRABLE one until the transaction ends, and MySQL's that nothing looked after.
    pub(crate) fn plain_keys(&self) -> impl Iterator<Item = &[String]> {
        let own = |constraint: &&Constraint| {
            !collates(&constraint.text)
                && !has_word(&constraint.text, "deferrable")
                && (!self.doubled || matches!(constraint.rule, Restriction::PrimaryKey(_)))
        };
        let keys = self.all_constraints();
        let keys = keys.filter_map(|constraint| Some((constraint, key_of(constraint)?)));
        keys.filter(move |(constraint, _)| own(constraint))
            .map(|(_, key)| key)
    }
}

/// Whether SQLite numbers the rows by the column, where it is the primary key: then it holds whole numbers alone.
fn numbers(column: &Written) -> bool {
    let ty = column.ty.as_deref().unwrap_or_default();
    // `INTEGER PRIMARY KEY DESC` is none of them: <https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key>.
    let words: Vec<&str> = column.text.split_whitespace().collect();
    let falls = words
        .windows(2)
        .any(|pair| pair[0].eq_ignore_ascii_case("key") && pair[1].eq_ignore_ascii_case("desc"));
    ty.trim().eq_ignore_ascii_case("integer") && !falls
}

fn key_of(constraint: &Constraint) -> Option<&[String]> {
    match &constraint.rule {
        Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => Some(columns),
        _ => None,
    }
}

/// Whether a key or index names a collation.
pub(crate) fn collates(text: &str) -> bool {
    has_word(text, "collate")
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|own| own.eq_ignore_ascii_case(word))
}

/// A column as it was written, without one of its constraints; empty where that does not stand in it word by word.
fn without(column: &str, gone: &Constraint) -> String {
    let (text, part) = (column.to_ascii_lowercase(), gone.text.to_ascii_lowercase());
    let Some(at) = text.find(&part).filter(|_| !part.is_empty()) else {
        return String::new();
    };
    let (mut before, after) = (column[..at].trim_end(), &column[at + part.len()..]);
    // Its name stands before it.
    let words: Vec<&str> = before.split_whitespace().collect();
    if let [.., keyword, name] = words.as_slice()
        && keyword.eq_ignore_ascii_case("constraint")
    {
        let length = before.len() - name.len();
        before = before[..length].trim_end();
        before = before[..before.len() - keyword.len()].trim_end();
    }
    // What was a primary key stays required.
    let required = part.contains("primary key") && !text.contains("not null");
    let required = if required { " NOT NULL" } else { "" };
    format!("{before}{required}{after}")
}
