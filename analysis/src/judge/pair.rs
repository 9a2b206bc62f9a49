//! Does the down undo what the up did, no more and no less?

mod constraints;
mod emptied;
mod objects_again;
mod orphans;
mod restored;
pub(super) mod slips;
pub(super) mod stops;
pub(super) mod undoing;
pub(super) mod wording;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use self::stops::noted;
use super::run::Run;
use crate::act::Name;
use crate::schema::{Id, Key, Schema, Shared, Table};
use crate::{Dialect, Side, Span};

/// Something about a pair that a rule may object to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    /// The up made it and the down does not take it; or the down itself made it, and nothing like it was there before.
    LeftBehind { what: String, by_down: bool },
    /// The down takes it and the up did not make it; or the up made it only if it was not there.
    TakesMore { what: String, may: bool, span: Span },
    /// The server refuses the down on rows that may have been written.
    WouldFail {
        what: String,
        why: String,
        span: Span,
    },
    /// What a direction drops or changes is not there, or what it makes is.
    CannotRun {
        side: Side,
        why: String,
        /// What to do, where that can be said.
        help: Option<String>,
        /// False where others than these migrations may have made what is missing, or a setting of the session decides.
        certain: bool,
        span: Span,
    },
    /// A name is taken that was probably meant otherwise.
    Slip {
        side: Side,
        what: String,
        /// What to write, as a sentence.
        offered: String,
        span: Span,
    },
    /// The down is about a table that no migration before makes, and one much like it was made.
    Stranger { table: String, meant: String },
    /// Its data went in the up, and it is there after the down, made anew and empty: by the down, or by the up already.
    Emptied { what: String, by_down: bool },
    /// It is not as it was before the up.
    NotRestored { what: String, how: &'static str },
    /// It was made anew without what stood beside it.
    Undecorated { table: String, what: &'static str },
    /// The columns come back in another order.
    Reordered(String),
    /// The column's numbers begin at 1 again.
    Renumbered(String),
}

/// What can be said of a pair whose down ran in `down` after `up`, on a database that was as `before`.
pub(crate) fn facts(before: &Schema, up: &Run<'_>, down: &Run<'_>) -> Vec<Fact> {
    let pair = Pair {
        dialect: up.dialect,
        before,
        between: &up.schema,
        after: &down.schema,
        made: &up.ledger.created,
        perhaps: &up.ledger.perhaps,
        made_by_down: &down.ledger.created,
        up,
        down,
        moved: OnceCell::new(),
    };
    let mut facts = Vec::new();
    if !up.unknowns.is_empty() || !down.unknowns.is_empty() {
        return facts;
    }
    pair.taken(down, &mut facts);
    pair.tables(&mut facts);
    pair.objects(&mut facts);
    if !before.triggers.is_same(&down.schema.triggers) {
        pair.triggers(&mut facts);
    }
    noted(&up.schema, down, &mut facts);
    facts
}

pub(super) struct Pair<'a> {
    pub(super) dialect: Dialect,
    pub(super) before: &'a Schema,
    pub(super) between: &'a Schema,
    pub(super) after: &'a Schema,
    pub(super) made: &'a Shared<Id, ()>,
    pub(super) perhaps: &'a Shared<Id, ()>,
    pub(super) made_by_down: &'a Shared<Id, ()>,
    pub(super) up: &'a Run<'a>,
    pub(super) down: &'a Run<'a>,
    /// What the up changed, once it is asked for.
    moved: OnceCell<Moved>,
}

impl Pair<'_> {
    fn taken(&self, down: &Run<'_>, facts: &mut Vec<Fact>) {
        if down.drops.is_empty() {
            return;
        }
        let tables = || self.between.tables.beside(&self.after.tables);
        // A rebuild may first put the table that it replaces under another name.
        let mut dropped: Vec<Id> = down.drops.iter().map(|drop| drop.id).collect();
        dropped.sort_unstable();
        let stood: HashMap<Id, &Name> = tables()
            .filter_map(|(_, was, _)| was)
            .filter(|was| dropped.binary_search(&was.id).is_ok())
            .map(|was| (was.id, &was.name))
            .collect();
        // What stands where something was dropped was put there since.
        let names = down.drops.iter().map(|drop| &drop.table);
        let names = names.chain(stood.values().copied());
        let mut names: Vec<&str> = names.map(|name| name.name.as_str()).collect();
        names.sort_unstable();
        let mut put: HashMap<&str, Vec<&Table>> = HashMap::new();
        for table in tables().filter_map(|(_, _, table)| table) {
            if names.binary_search(&table.name.name.as_str()).is_ok() {
                put.entry(&table.name.name).or_default().push(table);
            }
        }
        for drop in &down.drops {
            let made = self.made.contains(&drop.id);
            let stood = stood.get(&drop.id).copied().unwrap_or(&drop.table);
            let names = [&drop.table, stood];
            let mut here = names
                .into_iter()
                .flat_map(|name| put.get(name.name.as_str()).into_iter().flatten());
            let rebuilt = here.any(|table| {
                names.contains(&&table.name)
                    && (drop.column.is_none() || has(self.dialect, table, drop.column.as_deref()))
            });
            if rebuilt || down.ledger.created.contains(&drop.id) {
                continue;
            }
            let what = match &drop.column {
                Some(column) => format!("the column `{}.{column}`", drop.table.name),
                None => format!("the table `{}`", drop.table.name),
            };
            let may = self.perhaps.contains(&drop.id);
            if !made || may {
                facts.push(Fact::TakesMore {
                    what,
                    may,
                    span: drop.span,
                });
            }
        }
    }

    fn tables(&self, facts: &mut Vec<Fact>) {
        self.keys_of_others(facts);
        for (key, earlier, table) in self.changed() {
            match earlier {
                None => {
                    let by_down = !self.made.contains(&table.id);
                    let made = !by_down || self.made_by_down.contains(&table.id);
                    // Where more may exist than is known, it may have been there before.
                    if made && (!by_down || self.before.is_complete()) {
                        let what = format!("the table `{}`", table.name.name);
                        facts.push(Fact::LeftBehind { what, by_down });
                    } else if self.before.is_complete() {
                        facts.push(Fact::NotRestored {
                            what: format!("the table `{}`", table.name.name),
                            how: "is called otherwise than before",
                        });
                    } else {
                        self.columns_left(table, facts);
                    }
                }
                Some(earlier) => {
                    self.down.spend(table.columns.len() / 2);
                    if self.down.is_exhausted() {
                        return;
                    }
                    self.compare(earlier, table, facts);
                    self.constraints(key, earlier, table, facts);
                    if earlier.id != table.id && self.made_by_down.contains(&table.id) {
                        self.renumbered(earlier, table, facts);
                    }
                    self.emptied(earlier, table, facts);
                }
            }
        }
        for (key, table, now) in self.before.tables.apart(&self.after.tables) {
            let Some(table) = table else { continue };
            // What the up made in its place is not what stood there.
            let between = self.between.tables.get(key);
            if now.is_none() && between.is_none_or(|other| self.made.contains(&other.id)) {
                facts.push(Fact::NotRestored {
                    what: format!("the table `{}`", table.name.name),
                    how: "is not there again",
                });
            }
        }
    }

    /// The lasting tables that are not the very ones of before, with what stood there.
    fn changed(&self) -> Vec<(&Key, Option<&Table>, &Table)> {
        let tables = self.before.tables.apart(&self.after.tables);
        tables
            .filter_map(|(key, earlier, table)| Some((key, earlier, table?)))
            .filter(|(_, _, table)| !table.temporary)
            .map(|(key, earlier, table)| (key, earlier.map(|earlier| &**earlier), &**table))
            .collect()
    }

    /// Columns of a table that nothing was known of.
    fn columns_left(&self, table: &Table, facts: &mut Vec<Fact>) {
        for column in table
            .columns
            .iter()
            .filter(|column| self.made.contains(&column.id))
        {
            facts.push(Fact::LeftBehind {
                what: format!("the column `{}.{}`", table.name.name, column.is.name),
                by_down: false,
            });
        }
    }

    /// Whether the up leaves the table or column `id` anywhere.
    pub(super) fn lives_between(&self, id: Id) -> bool {
        let moved = self.moved.get_or_init(|| {
            let mut moved = Moved::default();
            for (_, was, now) in self.before.tables.apart(&self.between.tables) {
                moved
                    .were
                    .extend(was.into_iter().flat_map(|table| ids(table)));
                moved
                    .are
                    .extend(now.into_iter().flat_map(|table| ids(table)));
            }
            moved
        });
        moved.are.contains(&id) || (self.before.has_given(id) && !moved.were.contains(&id))
    }
}

/// The tables and columns in those tables that are not the very ones of before, as they were and as they are.
#[derive(Default)]
struct Moved {
    were: HashSet<Id>,
    are: HashSet<Id>,
}

fn ids(table: &Table) -> impl Iterator<Item = Id> {
    let columns = table.columns.iter().map(|column| column.id);
    columns.chain([table.id])
}

fn has(dialect: Dialect, table: &Table, column: Option<&str>) -> bool {
    column.is_some_and(|name| table.column(dialect, name).is_some())
}
