//! Which down would undo this up?
//!
//! Each act is answered on the schema that stood before it, and the answers are put in the opposite order. What was made
//! by the up itself goes with its table or column, so acts on that need no answer. An act that has none leaves the whole
//! up without an inverse.

mod objects;
mod tables;

use crate::Dialect;
use crate::act::{Act, Control, Name, Step};
use crate::judge::run::Run;
use crate::schema::{Id, Key, Schema, Shared, Table};

/// The SQL that undoes `steps`, which run on `before`.
pub(crate) fn inverse(dialect: Dialect, before: &Schema, steps: &[Vec<Step>]) -> Option<String> {
    let nothing = Shared::default();
    let mut run = Run::new(dialect, before.clone(), &nothing);
    let mut undone: Vec<String> = Vec::new();
    for step in steps.iter().flatten() {
        let invert = Invert {
            dialect,
            schema: &run.schema,
            created: &run.ledger.created,
            path: &run.path,
        };
        let answer = invert.act(&step.act)?;
        undone.push(answer.join(";\n"));
        run.steps(std::slice::from_ref(step));
    }
    undone.retain(|sql| !sql.is_empty());
    undone.reverse();
    match undone.as_slice() {
        [] => None,
        [one] if !one.contains(";\n") => Some(one.clone()),
        several => Some(several.join(";\n") + ";"),
    }
}

/// What is known where an act runs.
pub(super) struct Invert<'a> {
    pub(super) dialect: Dialect,
    pub(super) schema: &'a Schema,
    /// What this up has made so far.
    pub(super) created: &'a Shared<Id, ()>,
    path: &'a [String],
}

/// The statements that undo an act; none where nothing does, empty where nothing needs to.
pub(super) type Answer = Option<Vec<String>>;

impl Invert<'_> {
    fn act(&self, act: &Act) -> Answer {
        if !self.path.is_empty() {
            return None;
        }
        match act {
            Act::Inert
            | Act::ForeignKeys(_)
            | Act::Transaction(Control::Begin | Control::Commit { .. }) => Some(Vec::new()),
            Act::CreateTable(new) => self.create_table(new),
            Act::DropTable { name, .. } => self.drop_table(name),
            Act::AlterTable { table, change, .. } => self.alter(table, change),
            Act::RenameTables(pairs) => {
                let pairs = pairs
                    .iter()
                    .rev()
                    .map(|(from, to)| format!("{} TO {}", self.name(to), self.name(from)));
                Some(vec![format!(
                    "RENAME TABLE {}",
                    pairs.collect::<Vec<_>>().join(", ")
                )])
            }
            Act::Insert(insert) => self.insert(insert),
            Act::Update(update) => self.update(update),
            Act::Delete(delete) => self.own(&delete.table),
            Act::Truncate { table, .. } => self.own(table),
            Act::Select(query)
                if query.with.is_empty() && query.calls.is_empty() && query.into.is_none() =>
            {
                Some(Vec::new())
            }
            other => self.object(other),
        }
    }

    /// Nothing needs to be undone on what the up itself has made.
    pub(super) fn own(&self, table: &Name) -> Answer {
        self.is_own(table).then(Vec::new)
    }

    pub(super) fn is_own(&self, table: &Name) -> bool {
        self.table(table)
            .is_some_and(|table| self.created.contains(&table.id) || table.temporary)
    }

    pub(super) fn table(&self, name: &Name) -> Option<&Table> {
        let key = Key::of(self.dialect, name);
        self.schema
            .table(&crate::judge::shape::temporary_key(&key))
            .or_else(|| self.schema.table(&key))
    }

    pub(super) fn name(&self, name: &Name) -> String {
        match &name.schema {
            Some(schema) => format!("{}.{}", self.ident(schema), self.ident(&name.name)),
            None => self.ident(&name.name),
        }
    }

    /// An identifier, quoted only where it must be.
    pub(super) fn ident(&self, name: &str) -> String {
        let plain = |c: char| c == '_' || c.is_ascii_digit() || c.is_ascii_lowercase();
        let folds = match self.dialect {
            Dialect::Postgres => name.chars().all(plain),
            Dialect::MySql | Dialect::Sqlite => {
                name.chars().all(|c| plain(c) || c.is_ascii_uppercase())
            }
        };
        let starts = name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
        if folds && starts && !is_reserved(name) {
            name.to_owned()
        } else {
            self.dialect.quote(name)
        }
    }
}

/// Whether one of the databases reads the word as something else than a name.
fn is_reserved(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "add",
        "all",
        "alter",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "before",
        "between",
        "both",
        "by",
        "call",
        "case",
        "cast",
        "change",
        "check",
        "collate",
        "column",
        "condition",
        "constraint",
        "create",
        "cross",
        "current_date",
        "current_time",
        "current_timestamp",
        "current_user",
        "database",
        "default",
        "delete",
        "desc",
        "describe",
        "distinct",
        "do",
        "drop",
        "else",
        "end",
        "except",
        "exists",
        "false",
        "fetch",
        "for",
        "foreign",
        "from",
        "full",
        "function",
        "grant",
        "group",
        "groups",
        "having",
        "if",
        "in",
        "index",
        "inner",
        "insert",
        "intersect",
        "into",
        "is",
        "join",
        "key",
        "keys",
        "kill",
        "leading",
        "left",
        "like",
        "limit",
        "lock",
        "match",
        "mod",
        "natural",
        "not",
        "null",
        "of",
        "offset",
        "on",
        "only",
        "option",
        "or",
        "order",
        "outer",
        "over",
        "partition",
        "placing",
        "primary",
        "procedure",
        "range",
        "rank",
        "read",
        "references",
        "release",
        "rename",
        "replace",
        "require",
        "returning",
        "right",
        "row",
        "rows",
        "schema",
        "select",
        "set",
        "show",
        "some",
        "sql",
        "system",
        "table",
        "then",
        "to",
        "trailing",
        "trigger",
        "true",
        "union",
        "unique",
        "unlock",
        "update",
        "usage",
        "use",
        "user",
        "using",
        "values",
        "when",
        "where",
        "while",
        "window",
        "with",
        "write",
    ];
    WORDS
        .binary_search(&name.to_ascii_lowercase().as_str())
        .is_ok()
}
