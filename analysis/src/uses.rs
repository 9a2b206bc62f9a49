//! What does the code of an application use of its database?
//!
//! The macros find it out when the code is compiled; the data here is what they bake in and what an instance registers.

pub mod copies;
#[cfg(feature = "parse")]
mod declared;
#[cfg(feature = "parse")]
mod keywords;
#[cfg(feature = "parse")]
mod names;
#[cfg(feature = "parse")]
mod read;
#[cfg(feature = "parse")]
mod reader;
#[cfg(feature = "parse")]
mod resolve;
#[cfg(feature = "parse")]
mod sequence;
#[cfg(feature = "parse")]
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "parse")]
pub use declared::{Declared, declared};
#[cfg(feature = "parse")]
pub use read::{Found, Read, read};

/// What the code of one crate uses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Uses {
    /// The tables, views and functions, in the order of their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableUse>,
    /// The queries that nobody could read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// The queries that put whole rows where each value needs a column: `INSERT INTO users VALUES ($1, $2)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<Copied>,
}

/// A query that puts whole rows somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Where it stands.
    pub at: String,
    /// What it does.
    pub copy: copies::Copy,
}

/// What is used of one table, view or function, and where: `src/users.rs:12`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableUse {
    /// The schema, where the code names one that is not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Its name.
    pub table: String,
    /// Where it is used at all.
    pub at: String,
    /// The columns that are named. One that is named beside several tables is noted with each of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// Where every column is used: `SELECT *`, an INSERT without a list of columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// Where rows of it are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes: Option<String>,
}

impl TableUse {
    /// In the place of a table's name: a sequence that only the value of `$1` tells.
    pub const ANY_SEQUENCE: &str = "nextval($1)";
}

/// A query that could not be read: it may use anything of what its words name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Where it stands.
    pub at: String,
    /// Why it could not be read, as a clause.
    pub reason: String,
    /// Every word in it, in small letters.
    pub words: Vec<String>,
}

#[cfg(feature = "parse")]
impl Uses {
    /// Notes what the query `sql`, which stands at `at`, uses. What is noted of a place is the first one.
    pub fn query(&mut self, dialect: crate::Dialect, sql: &str, at: &str) {
        if self.text(dialect, sql, at) {
            self.gives_back(dialect, sql, at, false);
        }
    }

    /// Notes what a text uses that is sent as it stands each time, so that nobody keeps which columns it gave back; false where it
    /// could not be read.
    pub fn text(&mut self, dialect: crate::Dialect, sql: &str, at: &str) -> bool {
        match read(dialect, sql) {
            Read::Uses(found) => {
                for found in found {
                    self.found(found, at);
                }
                let copies = copies::copies(dialect, sql, None);
                for copy in copies.into_iter().filter(copies::Copy::depends) {
                    self.copied(copy, at);
                }
                true
            }
            Read::Unread { reason, words } => {
                self.unread.push(Unread {
                    at: at.to_owned(),
                    reason: reason.to_owned(),
                    words: words.into_iter().collect(),
                });
                false
            }
        }
    }

    /// Notes what a query of sqlx's macros uses: the code that these write reads each row by the places of its columns.
    pub fn checked_query(&mut self, dialect: crate::Dialect, sql: &str, at: &str) {
        self.gives_back(dialect, sql, at, true);
        self.query(dialect, sql, at);
    }

    fn gives_back(&mut self, dialect: crate::Dialect, sql: &str, at: &str, by_place: bool) {
        if let Some(values) = copies::given_back(dialect, sql) {
            let into = copies::Target::Program { by_place };
            self.copied(copies::Copy { into, values }, at);
        }
    }

    fn copied(&mut self, copy: copies::Copy, at: &str) {
        let known = |known: &Copied| known.copy.covers(&copy);
        if !self.copies.iter().any(known) {
            let at = at.to_owned();
            self.copies.push(Copied { at, copy });
        }
    }

    /// Notes one table.
    pub fn found(&mut self, found: Found, at: &str) {
        let key = |of: &TableUse| (of.table.clone(), of.schema.clone());
        let new = TableUse {
            schema: found.schema,
            table: found.table,
            at: at.to_owned(),
            ..TableUse::default()
        };
        let place = self.tables.binary_search_by_key(&key(&new), key);
        let index = place.unwrap_or_else(|index| {
            self.tables.insert(index, new);
            index
        });
        let table = &mut self.tables[index];
        for column in found.columns {
            table.columns.entry(column).or_insert_with(|| at.to_owned());
        }
        let place = |noted: &mut Option<String>, is: bool| {
            if is && noted.is_none() {
                *noted = Some(at.to_owned());
            }
        };
        place(&mut table.every, found.every);
        place(&mut table.writes, found.writes);
    }
}
