//! What stands in the database, as far as the migrations tell?

mod columns;
mod guess;
mod index;
mod kin;
mod name;
mod shared;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::act::{Decoration, Name, OfView, Routine, Step, Trigger};
pub(crate) use columns::{Column, ColumnList};
pub(crate) use index::{Index, Origin, covers_rows};
pub(crate) use name::{Key, NameSet, same, twin};
pub(crate) use shared::Shared;
pub(crate) use table::{Table, collates};

/// A model of a database's schema, on which statements act.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Whether it began empty, so that what is not in it does not exist.
    complete: bool,
    /// Whether a migration needed a table that none of them made: somebody else builds here too.
    pub(crate) foreign: bool,
    next: u32,
    pub(crate) tables: Shared<Key, Arc<Table>>,
    /// What was dropped, where nothing is known of the rest.
    pub(crate) gone: Shared<Key, ()>,
    pub(crate) views: Shared<Key, Arc<View>>,
    pub(crate) types: Shared<Key, Arc<Type>>,
    pub(crate) sequences: Shared<Key, Arc<Sequence>>,
    pub(crate) routines: Shared<Key, Arc<Routine>>,
    pub(crate) triggers: Shared<(Option<Id>, String), Arc<Trigger>>,
    /// The events of MySQL's scheduler.
    pub(crate) jobs: Shared<Key, Job>,
    /// The functions behind casts of PostgreSQL that the migrations made, by both types.
    pub(crate) casts: Shared<(String, String), Name>,
    /// The signs of the operators that the migrations made, each with its function.
    pub(crate) operators: Shared<(String, Name), ()>,
    pub(crate) indexes: Shared<Key, Arc<Index>>,
    indexes_by_table: Shared<(Id, Key), ()>,
    /// By the name that PostgreSQL gives to an index: below which number each with a number after it is taken.
    numbered: Shared<Key, u32>,
    /// Schemas of PostgreSQL and databases of MySQL that the migrations made.
    pub(crate) schemas: Shared<String, Id>,
    /// Those of them that may have been there before, with tables in them.
    pub(crate) perhaps_older: Shared<Id, ()>,
    /// The tables that got a CHECK behind a condition: it may not be there.
    pub(crate) perhaps_checked: Shared<Id, ()>,
    /// The extensions that the migrations made.
    pub(crate) extensions: Shared<String, Extension>,
    /// The schemas in which tables of another server are seen.
    pub(crate) abroad: Shared<Key, ()>,
    kin: kin::Kin,
    /// Whether temporary tables may be among the tables, or partitions that were just attached.
    pub(crate) unsettled: bool,
    /// The schemas in which sessions of PostgreSQL may begin to look.
    pub(crate) later_paths: Vec<Vec<String>>,
    /// Whether PostgreSQL has looked elsewhere than in the default schema, so that a name which was looked up when something was
    /// made may have meant another thing.
    pub(crate) looked_elsewhere: bool,
    /// Whether sessions of PostgreSQL may begin that only replicate.
    pub(crate) later_replicates: bool,
    /// Whether quotients of MySQL may have fewer digits than usual.
    pub(crate) rounds_otherwise: bool,
    /// The settings with which sessions of PostgreSQL may begin so that values come out alike where they become texts.
    pub(crate) writes_alike: Shared<String, ()>,
    /// Whether naming a table or type may run a function: a policy, or what a type that is no enum checks.
    pub(crate) guarded: bool,
    /// The routines of PostgreSQL whose body may know by number what it names.
    pub(crate) bound: Shared<Key, ()>,
    /// Whether a column of PostgreSQL may hold rows of a table, or composites.
    pub(crate) composed: bool,
    /// Whether sessions of MySQL may write without a look at any foreign key.
    pub(crate) unproven: bool,
    /// How much of the work that all scripts may take together those before it took.
    pub(crate) taken: usize,
}

/// What a table, column or schema is told by, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id {
    /// The table that it is or stands in; of anything else, the thing itself.
    home: u32,
    own: u32,
}

impl Id {
    /// Whether it was made later than the other.
    pub(crate) fn is_after(self, other: Id) -> bool {
        self.own > other.own
    }

    /// The table that a column was made in, which it never leaves.
    pub(crate) fn home(self) -> Id {
        Id {
            home: self.home,
            own: self.home,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) name: Name,
    pub(crate) materialized: bool,
    pub(crate) query: OfView,
    pub(crate) text: String,
    /// Of the schema, when it was made.
    pub(crate) since: Id,
    /// Where the names in it were looked up then; none where nobody knows.
    pub(crate) path: Option<Vec<String>>,
    /// Whether somebody else may own it than who migrates.
    pub(crate) lent: bool,
    /// Those that change what writes to it do.
    pub(crate) rules: std::collections::BTreeSet<String>,
    /// Rows under it have gone: what it holds cannot be computed again.
    pub(crate) orphaned: bool,
    /// Those of a materialised view: their names, and the statements that made them.
    pub(crate) indexes: Vec<(Key, String)>,
    /// What stands beside it, as beside a table.
    pub(crate) decorations: BTreeMap<(Decoration, String), String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Type {
    /// Of the schema, when it was made.
    pub(crate) since: Id,
    pub(crate) name: Name,
    pub(crate) labels: Option<Vec<String>>,
    /// Of the schema, when it was made, or one of its labels was renamed.
    pub(crate) labelled: Id,
    pub(crate) base: Option<String>,
    pub(crate) text: String,
    /// Whether a composite type is no longer made of what the text says.
    pub(crate) changed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Extension {
    pub(crate) id: Id,
    /// Whether it was surely not there before.
    pub(crate) new: bool,
    /// The schema that it was put into, where that is said.
    pub(crate) schema: Option<String>,
    /// Whether more was made a part of it, which goes with it.
    pub(crate) grown: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// Whether it is due once, and not again and again.
    pub(crate) once: bool,
    pub(crate) does: Arc<Vec<Step>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    pub(crate) text: String,
}

impl Schema {
    /// The schema of a database that nothing is known of: any table may exist, with any columns.
    #[must_use]
    pub fn unknown() -> Schema {
        Schema::new(false)
    }

    /// The schema of an empty database, on which a folder's first migration runs.
    #[must_use]
    pub fn empty() -> Schema {
        Schema::new(true)
    }

    fn new(complete: bool) -> Schema {
        Schema {
            complete,
            foreign: false,
            next: 0,
            tables: Shared::default(),
            gone: Shared::default(),
            views: Shared::default(),
            types: Shared::default(),
            sequences: Shared::default(),
            routines: Shared::default(),
            triggers: Shared::default(),
            jobs: Shared::default(),
            casts: Shared::default(),
            operators: Shared::default(),
            indexes: Shared::default(),
            indexes_by_table: Shared::default(),
            numbered: Shared::default(),
            schemas: Shared::default(),
            perhaps_older: Shared::default(),
            perhaps_checked: Shared::default(),
            extensions: Shared::default(),
            abroad: Shared::default(),
            kin: kin::Kin::default(),
            unsettled: false,
            later_paths: Vec::new(),
            looked_elsewhere: false,
            later_replicates: false,
            rounds_otherwise: false,
            writes_alike: Shared::default(),
            guarded: false,
            bound: Shared::default(),
            composed: false,
            unproven: false,
            taken: 0,
        }
    }

    /// Whether it began empty, and nothing happened since that was not understood.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether nothing was changed since one was cloned from the other.
    pub(crate) fn is_same(&self, other: &Schema) -> bool {
        self.complete == other.complete
            && self.foreign == other.foreign
            && self.writes_alike.is_same(&other.writes_alike)
            && self.unproven == other.unproven
            && self.later_paths == other.later_paths
            && self.looked_elsewhere == other.looked_elsewhere
            && self.later_replicates == other.later_replicates
            && self.rounds_otherwise == other.rounds_otherwise
            && self.tables.is_same(&other.tables)
            && self.gone.is_same(&other.gone)
            && self.views.is_same(&other.views)
            && self.types.is_same(&other.types)
            && self.sequences.is_same(&other.sequences)
            && self.routines.is_same(&other.routines)
            && self.triggers.is_same(&other.triggers)
            && self.casts.is_same(&other.casts)
            && self.operators.is_same(&other.operators)
            && self.indexes.is_same(&other.indexes)
            && self.schemas.is_same(&other.schemas)
            && self.abroad.is_same(&other.abroad)
    }

    /// Whether the migrations so far have built nothing.
    pub(crate) fn is_blank(&self) -> bool {
        self.complete && self.tables.is_empty() && self.gone.is_empty()
    }

    /// Something happened that was not understood: more may exist than is known.
    pub(crate) fn forget(&mut self) {
        self.complete = false;
        self.gone.clear();
    }

    pub(crate) fn fresh(&mut self) -> Id {
        let own = self.next;
        self.next += 1;
        Id { home: own, own }
    }

    /// The id of a new column of `table`.
    pub(crate) fn fresh_column(&mut self, table: Id) -> Id {
        let own = self.fresh().own;
        Id {
            home: table.home,
            own,
        }
    }

    /// Whether the table or column stood in it, or in a schema before it.
    pub(crate) fn has_given(&self, id: Id) -> bool {
        id.own < self.next
    }

    /// No id that `other` has given out is given out again.
    pub(crate) fn skip_ids(&mut self, other: &Schema) {
        self.next = self.next.max(other.next);
    }

    pub(crate) fn table(&self, key: &Key) -> Option<&Table> {
        self.tables.get(key).map(|table| &**table)
    }

    pub(crate) fn table_mut(&mut self, key: &Key) -> Option<&mut Table> {
        self.tables.get_mut(key).map(Arc::make_mut)
    }

    /// The triggers of a table.
    pub(crate) fn triggers_of(
        &self,
        table: Id,
    ) -> impl Iterator<Item = (&(Option<Id>, String), &Arc<Trigger>)> {
        let first = (Some(table), String::new());
        let triggers = self.triggers.from(&first);
        triggers.take_while(move |((of, _), _)| *of == Some(table))
    }
}
