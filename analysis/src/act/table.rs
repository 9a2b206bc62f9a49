//! What is a table made of, as a statement writes it?

use std::sync::Arc;

use super::besides::besides;
use super::{Conflict, Name, Query};
use crate::Dialect;

/// What an engine of MySQL promises of the rows that it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A transaction that is rolled back leaves them as they were: InnoDB and the like.
    Transactional,
    /// They stay as they were written, whatever a transaction says: MyISAM, Aria, ARCHIVE, CSV.
    Immediate,
    /// So do these, and they are gone when the server restarts (MEMORY), never kept (BLACKHOLE), or kept elsewhere (FEDERATED).
    Volatile,
    /// Their rows are those of other tables of the database: MERGE.
    Merge,
}

impl Engine {
    /// Whether what is copied into such a table does not stay there.
    pub(crate) fn is_transient(self) -> bool {
        matches!(self, Engine::Volatile | Engine::Merge)
    }

    /// The engine of that name, with its quotes if it has any.
    pub(crate) fn called(name: &str) -> Engine {
        let name = name.trim_matches(['\'', '"', '`']).to_ascii_lowercase();
        match name.as_str() {
            "memory" | "heap" | "blackhole" => Engine::Volatile,
            // Their rows stand on another server or in a file.
            "federated" | "federatedx" | "spider" | "connect" => Engine::Volatile,
            "merge" | "mrg_myisam" => Engine::Merge,
            "innodb" | "xtradb" | "rocksdb" | "tokudb" | "ndb" | "ndbcluster" => {
                Engine::Transactional
            }
            _ => Engine::Immediate,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct NewTable {
    pub(crate) name: Option<Name>,
    pub(crate) if_not_exists: bool,
    pub(crate) or_replace: bool,
    pub(crate) temporary: bool,
    /// What is copied there cannot be read again as it was: its rows stand on another server, or only an index is kept.
    pub(crate) foreign: bool,
    /// MySQL's, where it is named.
    pub(crate) engine: Option<Engine>,
    pub(crate) columns: Vec<Arc<Column>>,
    pub(crate) constraints: Vec<Constraint>,
    /// `LIKE other`: the same columns, no rows.
    pub(crate) like: Vec<Like>,
    pub(crate) inherits: Vec<Name>,
    pub(crate) partition_of: Option<Name>,
    /// `OF type`: its columns are the attributes of a composite type.
    pub(crate) of: Option<Name>,
    /// The names of MySQL's partitions.
    pub(crate) partitions: Vec<String>,
    /// `CREATE TABLE … AS`; with `false` where it says WITH NO DATA.
    pub(crate) source: Option<(Query, bool)>,
    /// A virtual table of SQLite: its module.
    pub(crate) module: Option<String>,
    /// What it holds can be computed from other tables.
    pub(crate) derived: bool,
    /// The character set that text columns have unless they say otherwise.
    pub(crate) charset: Option<String>,
    /// How they are compared, likewise.
    pub(crate) collation: Option<String>,
    /// The whole statement, to write it again.
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Like {
    pub(crate) table: Name,
    pub(crate) copied: Copied,
}

/// What a table made `LIKE` another takes over besides the names, types and NOT NULL of its columns. Foreign keys stay behind on every
/// database: <https://www.postgresql.org/docs/15/sql-createtable.html>, <https://mariadb.com/kb/en/create-table/#create-table-like>.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Copied {
    pub(crate) defaults: bool,
    pub(crate) identity: bool,
    pub(crate) generated: bool,
    /// Primary keys, unique keys and exclusions.
    pub(crate) keys: bool,
    pub(crate) checks: bool,
}

impl Copied {
    pub(crate) const ALL: Copied = Copied::of(true);
    pub(crate) const NOTHING: Copied = Copied::of(false);
    /// What a child of PostgreSQL's INHERITS has of its parent.
    pub(crate) const INHERITED: Copied = Copied {
        identity: false,
        keys: false,
        ..Copied::ALL
    };

    const fn of(all: bool) -> Copied {
        Copied {
            defaults: all,
            identity: all,
            generated: all,
            keys: all,
            checks: all,
        }
    }

    /// A column of the other table as it is here.
    pub(crate) fn column(self, dialect: Dialect, column: &Arc<Column>) -> Arc<Column> {
        let taken = |c: &Constraint| self.takes(&c.rule);
        let same = column.constraints.iter().all(taken)
            && (self.defaults || column.default.is_none())
            && (self.identity || !column.identity)
            && (self.generated || column.generated.is_none());
        if same {
            return Arc::clone(column);
        }
        let mut here = (**column).clone();
        here.constraints.retain(taken);
        here.default = here.default.filter(|_| self.defaults);
        here.generated = here.generated.filter(|_| self.generated);
        here.identity &= self.identity;
        here.unwrite(dialect);
        Arc::new(here)
    }

    /// Whether a constraint of the other table holds here too.
    pub(crate) fn takes(self, rule: &Restriction) -> bool {
        match rule {
            Restriction::PrimaryKey(_) | Restriction::Unique(_) | Restriction::Exclude => self.keys,
            Restriction::Check => self.checks,
            Restriction::Index(_) | Restriction::UsingIndex(_) => self.keys,
            Restriction::ForeignKey { .. } => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// As written; none where SQLite's column has none.
    pub(crate) ty: Option<String>,
    pub(crate) not_null: bool,
    pub(crate) default: Option<String>,
    /// Computed from other columns: the expression.
    pub(crate) generated: Option<String>,
    /// Numbered by the database: serial, identity, AUTO_INCREMENT.
    pub(crate) identity: bool,
    /// `ON UPDATE CURRENT_TIMESTAMP`: any UPDATE of the row overwrites it.
    pub(crate) on_update: bool,
    pub(crate) charset: Option<String>,
    /// MySQL's `INVISIBLE`: no `*` means it.
    pub(crate) hidden: bool,
    /// How its texts are compared, where it says so.
    pub(crate) collation: Option<String>,
    /// Constraints written at the column: primary key, unique, references, check.
    pub(crate) constraints: Vec<Constraint>,
    /// The whole definition as written, name included, to write it again.
    pub(crate) text: String,
    /// What nothing else here tells of one that is no longer as it was written: `COLLATE "C"`, `COMMENT 'its own'`.
    pub(crate) rest: Option<Box<str>>,
}

impl Column {
    /// Whether it says a default other than NULL, which it has anyway.
    pub(crate) fn has_default(&self) -> bool {
        let default = self.default.as_deref().map(str::trim);
        default.is_some_and(|default| !default.eq_ignore_ascii_case("NULL"))
    }

    /// It is no longer as it was written.
    pub(crate) fn unwrite(&mut self, dialect: Dialect) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.rest = besides(dialect, &text);
        }
    }

    /// Its texts are compared by the collation `name`, which is in lower case.
    pub(crate) fn collate(&mut self, dialect: Dialect, name: String) {
        if dialect == Dialect::MySql {
            // A collation begins with the name of its character set.
            let charset = name.split('_').next().map(str::to_owned);
            self.charset = self.charset.take().or(charset);
        }
        self.collation = Some(name);
    }
}

/// What the words of SQLite's CREATE TABLE say beside columns and keys. (<https://www.sqlite.org/lang_createtable.html>)
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Storage {
    /// The rows are kept by the primary key, which is never NULL.
    pub(crate) without_rowid: bool,
    /// Each value is of its column's type.
    pub(crate) strict: bool,
    /// What its keys say of rows that are in the way, where a statement says nothing: `UNIQUE ON CONFLICT REPLACE`.
    pub(crate) on_conflict: Conflict,
    /// It is one of full text, which takes commands in place of rows and has columns that no `*` means.
    pub(crate) full_text: bool,
}

impl Storage {
    pub(crate) const PLAIN: Storage = Storage {
        without_rowid: false,
        strict: false,
        on_conflict: Conflict::Fail,
        full_text: false,
    };
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constraint {
    pub(crate) name: Option<String>,
    pub(crate) rule: Restriction,
    /// As written, to write it again.
    pub(crate) text: String,
}

impl Constraint {
    /// Whether a key of PostgreSQL keeps the column beside its own.
    pub(crate) fn includes(&self, column: &str) -> bool {
        let text = self.text.to_ascii_lowercase();
        let include = text.split_once("include");
        include.is_some_and(|(_, list)| {
            let mut names = list.split([',', '(', ')']);
            names.any(|name| name.trim().trim_matches('"').eq_ignore_ascii_case(column))
        })
    }

    /// Whether the condition of a CHECK reads the column.
    pub(crate) fn reads(&self, column: &str) -> bool {
        let text = self.text.as_str();
        // Before it stands its own name.
        let from = text.to_ascii_lowercase().find("check").unwrap_or(0);
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        let outside_of_texts = text[from..].split('\'').step_by(2);
        let mut words = outside_of_texts.flat_map(|part| part.split(|c| !inside(c)));
        words.any(|word| word.eq_ignore_ascii_case(column))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Restriction {
    PrimaryKey(Vec<String>),
    Unique(Vec<String>),
    ForeignKey {
        columns: Vec<String>,
        table: Name,
        referred: Vec<String>,
        on_delete: Follows,
        on_update: Follows,
    },
    Check,
    Exclude,
    /// A plain key of MySQL, written inside CREATE or ALTER TABLE.
    Index(Vec<String>),
    /// `… USING INDEX name`.
    UsingIndex(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    /// Refused while children refer to the row.
    Refuse,
    Cascade,
    SetNull,
    SetDefault,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Index {
    pub(crate) name: Option<Name>,
    pub(crate) table: Name,
    /// Plain columns only; an expression is left out.
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) text: String,
}
