//! What is written down of a direction besides its losses?

use crate::act::{Constraint, Name};
use crate::judge::ledger::hits::Cause;
use crate::judge::ledger::losses::Other;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::{Access, Age, LossKind, Object, Span, Touch, Unknown};

/// A table or column that was dropped by name.
#[derive(Debug, Clone)]
pub(crate) struct Dropped {
    pub(crate) id: Id,
    pub(crate) table: Name,
    pub(crate) column: Option<String>,
    pub(crate) span: Span,
}

/// Something that the pair's findings are made of.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) what: Noted,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Noted {
    /// The server refuses this on rows that misfit.
    Refuses { object: Object, why: String },
    /// What it drops or changes cannot be there.
    Missing { object: Object },
    /// What it asks for is nothing that the migrations made, and others may have made it.
    Needs { object: Object },
    /// What it makes is there already.
    Exists { object: Object },
    /// The server's own grammar refuses it: why, as a clause, and what to do.
    Refused { why: String, help: String },
    /// A name is taken that was probably meant otherwise.
    Slip { what: String, meant: String },
    /// A foreign key refers to what need only be there when it is asked.
    Refers {
        child: Key,
        parent: Name,
        referred: Vec<String>,
    },
    /// The server refuses it whatever the rows are: why, as a clause, and whether settings of the session do not matter.
    Fails { why: String, certain: bool },
    /// Rows of `parent` go that those of the other tables, by their names, may refer to.
    Uproots {
        parent: Key,
        children: Vec<(Id, String)>,
    },
    /// A constraint on a table that had rows before; whether they hold it is told by what the table was like then.
    Constrains { table: Key, constraint: Constraint },
}

/// So many indexes of a table cost nothing to whoever writes its rows.
const USUAL_INDEXES: usize = 32;

/// What each of the others costs.
const PER_INDEX: usize = 8;

impl Run<'_> {
    pub(crate) fn unknown(&mut self, reason: String) {
        self.active = true;
        self.unknowns.push(Unknown {
            reason,
            statement: self.statement,
            span: self.span,
            type_before: None,
        });
    }

    /// A column gets the type `ty`, and nobody told which one it had.
    pub(crate) fn unknown_type(&mut self, column: Object, ty: &str) {
        self.unknown(format!(
            "which type `{column}` had before it becomes {ty} is not told"
        ));
        if let Some(unknown) = self.unknowns.last_mut() {
            unknown.type_before = Some(column);
        }
    }

    pub(crate) fn cause(&self, kind: LossKind) -> Cause {
        Cause {
            kind,
            statement: self.statement,
            span: self.span,
        }
    }

    pub(crate) fn other(&mut self, name: &str, kind: LossKind, age: Age) {
        let object = Object {
            schema: None,
            table: name.to_owned(),
            column: None,
        };
        let cause = self.cause(kind);
        self.others.push(Other { object, age, cause });
    }

    pub(crate) fn note(&mut self, what: Noted) {
        let depends_on_rows = matches!(
            what,
            Noted::Refuses { .. } | Noted::Constrains { .. } | Noted::Uproots { .. }
        );
        // What runs only under a condition may not run, and the condition is often whether it would fail.
        if self.perhaps > 0 && !depends_on_rows {
            return;
        }
        self.notes.push(Note {
            what,
            span: self.span,
        });
    }

    pub(crate) fn touch(&mut self, key: &Key, access: Access) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let asked = access;
        if asked == Access::Write {
            // Each statement that writes rows looks at all of them several times.
            let indexes = self.schema.index_keys_of(table.id).count();
            self.spend(PER_INDEX * indexes.saturating_sub(USUAL_INDEXES));
        }
        let access = if self.ledger.created.contains(&table.id) {
            Access::Create
        } else {
            access
        };
        let unproven = !self.proves_keys() && matches!(asked, Access::Write | Access::Rewrite);
        let object = match self.ledger.names.get(&table.id) {
            Some(object) => object.clone(),
            None => self.object_at(key, &table.name),
        };
        let entry = self.touches.entry(object).or_insert(access);
        *entry = (*entry).max(access);
        if unproven {
            self.leave_unproven(key);
        }
        if self.unchecked_keys
            && asked == Access::Write
            && let Some(table) = self.schema.table_mut(key)
        {
            table.doubled = true;
        }
    }

    pub(crate) fn touched(&self) -> Vec<Touch> {
        self.touches
            .iter()
            .map(|(object, access)| Touch {
                object: object.clone(),
                access: *access,
            })
            .collect()
    }
}
