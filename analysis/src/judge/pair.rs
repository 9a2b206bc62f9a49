//! Does the down undo what the up did, no more and no less?

use std::sync::Arc;

use super::refuse::misfits;
use std::collections::BTreeSet;

use super::run::{Noted, Run};
use crate::act::{Constraint, Decoration, Name};
use crate::schema::{Column, Id, Index, Key, Schema, Shared, Table, same};
use crate::types::Type;
use crate::{Dialect, Span};

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
    /// What the down drops or changes is not there.
    CannotRun {
        why: String,
        /// False where others than these migrations may have made what is missing, or a setting of the session decides.
        certain: bool,
        span: Span,
    },
    /// The up took it with its data; the down makes it anew and empty.
    Emptied(String),
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
        filled: &down.filled,
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

struct Pair<'a> {
    dialect: Dialect,
    before: &'a Schema,
    between: &'a Schema,
    after: &'a Schema,
    made: &'a Shared<Id, ()>,
    perhaps: &'a Shared<Id, ()>,
    made_by_down: &'a Shared<Id, ()>,
    /// What the down wrote to.
    filled: &'a Shared<Id, ()>,
}

impl Pair<'_> {
    fn taken(&self, down: &Run<'_>, facts: &mut Vec<Fact>) {
        for drop in &down.drops {
            let made = self.made.contains(&drop.id);
            let rebuilt = self.after.tables.values().any(|table| {
                table.name == drop.table
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
        for (key, earlier, table) in self.changed() {
            match earlier {
                None => {
                    let by_down = !self.made.contains(&table.id);
                    let made = !by_down || self.made_by_down.contains(&table.id);
                    // Where more may exist than is known, it may have been there before.
                    if made && (!by_down || self.before.is_complete()) {
                        let what = format!("the table `{}`", table.name.name);
                        facts.push(Fact::LeftBehind { what, by_down });
                    } else {
                        self.columns_left(table, facts);
                    }
                }
                Some(earlier) => {
                    self.compare(key, earlier, table, facts);
                    if earlier.id != table.id && self.made_by_down.contains(&table.id) {
                        self.renumbered(earlier, table, facts);
                    }
                    if earlier.id != table.id
                        && !self.between.tables.values().any(|t| t.id == earlier.id)
                    {
                        self.emptied_table(earlier, table, facts);
                    }
                }
            }
        }
        for (key, table, now) in self.before.tables.beside(&self.after.tables) {
            let Some(table) = table else { continue };
            if now.is_none() && !self.between.tables.contains_key(key) {
                facts.push(Fact::NotRestored {
                    what: format!("the table `{}`", table.name.name),
                    how: "is not there again",
                });
            }
        }
    }

    /// The lasting tables that are not the very ones of before, with what stood there.
    fn changed(&self) -> Vec<(&Key, Option<&Table>, &Table)> {
        let tables = self.before.tables.beside(&self.after.tables);
        tables
            .into_iter()
            .filter_map(|(key, earlier, table)| Some((key, earlier, table?)))
            .filter(|(_, earlier, table)| {
                !table.temporary && !earlier.is_some_and(|earlier| Arc::ptr_eq(earlier, table))
            })
            .map(|(key, earlier, table)| (key, earlier.map(|earlier| &**earlier), &**table))
            .collect()
    }

    fn emptied_table(&self, earlier: &Table, table: &Table, facts: &mut Vec<Fact>) {
        let made_by_down = !self.made.contains(&table.id)
            && !self.between.tables.values().any(|t| t.id == table.id);
        if made_by_down && !self.filled.contains(&table.id) {
            facts.push(Fact::Emptied(format!("the table `{}`", earlier.name.name)));
        }
    }

    /// A column that the server numbers, in a table that was made anew and filled: PostgreSQL's sequence begins at 1 again.
    fn renumbered(&self, earlier: &Table, table: &Table, facts: &mut Vec<Fact>) {
        if self.dialect != Dialect::Postgres || !self.filled.contains(&table.id) {
            return;
        }
        for column in table.columns.iter().filter(|column| column.is.identity) {
            let earlier = earlier.column(self.dialect, &column.is.name);
            if earlier.is_some_and(|earlier| earlier.is.identity) {
                facts.push(Fact::Renumbered(format!(
                    "{}.{}",
                    table.name.name, column.is.name
                )));
            }
        }
    }

    /// Triggers, which go with their table.
    fn triggers(&self, facts: &mut Vec<Fact>) {
        let [before, between, after] = [self.before, self.between, self.after].map(triggers);
        let told = |(table, name): &(String, String)| format!("the trigger `{name}` on `{table}`");
        for left in after
            .difference(&before)
            .filter(|left| between.contains(left))
        {
            facts.push(Fact::LeftBehind {
                what: told(left),
                by_down: false,
            });
        }
        let lost = before.difference(&after);
        for lost in
            lost.filter(|(table, _)| self.after.tables.values().any(|t| t.name.name == *table))
        {
            facts.push(Fact::NotRestored {
                what: told(lost),
                how: "is not there again",
            });
        }
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

    /// Whether the up leaves the column `id` somewhere; where it stood before is looked at first.
    fn stands_between(&self, key: &Key, id: Id) -> bool {
        let holds = |table: &Table| table.columns.iter().any(|column| column.id == id);
        self.between.table(key).is_some_and(holds)
            || self.between.tables.values().any(|table| holds(table))
    }

    fn compare(&self, key: &Key, earlier: &Table, table: &Table, facts: &mut Vec<Fact>) {
        let name = &table.name.name;
        for (at, column) in table.columns.iter().enumerate() {
            if earlier.columns.get(at).is_some_and(|was| was == column) {
                continue;
            }
            let shown = format!("the column `{name}.{}`", column.is.name);
            match earlier.column(self.dialect, &column.is.name) {
                None if earlier.open && !self.made.contains(&column.id) => {}
                None => facts.push(Fact::LeftBehind {
                    what: shown,
                    by_down: self.made_by_down.contains(&column.id),
                }),
                Some(was) => {
                    if let Some(how) = difference(self.dialect, was, column) {
                        facts.push(Fact::NotRestored { what: shown, how });
                    }
                }
            }
        }
        if table.open {
            return;
        }
        for (at, column) in earlier.columns.iter().enumerate() {
            if table.columns.get(at).is_some_and(|now| now == column) {
                continue;
            }
            let shown = format!("the column `{name}.{}`", column.is.name);
            match table.column(self.dialect, &column.is.name) {
                None if !self.stands_between(key, column.id) => facts.push(Fact::NotRestored {
                    what: shown,
                    how: "is not there again",
                }),
                Some(now)
                    if self.made_by_down.contains(&now.id)
                        && now.is.generated.is_none()
                        && earlier.id == table.id
                        && !self.filled.contains(&now.id)
                        && !self.stands_between(key, column.id) =>
                {
                    facts.push(Fact::Emptied(shown));
                }
                _ => {}
            }
        }
        let order = |table: &Table, other: &Table| -> Vec<String> {
            let common = table
                .columns
                .iter()
                .filter(|column| other.column(self.dialect, &column.is.name).is_some());
            common.map(|column| column.is.name.to_lowercase()).collect()
        };
        let in_place = earlier
            .columns
            .iter()
            .zip(&table.columns)
            .all(|(a, b)| a.is.name == b.is.name);
        if !in_place && order(earlier, table) != order(table, earlier) {
            facts.push(Fact::Reordered(name.clone()));
        }
        for lost in earlier.decorations.difference(&table.decorations) {
            facts.push(Fact::Undecorated {
                table: name.clone(),
                what: decoration(*lost),
            });
        }
    }

    fn objects(&self, facts: &mut Vec<Fact>) {
        let complete = self.before.is_complete();
        let (before, between, after) = (self.before, self.between, self.after);
        kind(
            "the view",
            complete,
            [&before.views, &between.views, &after.views],
            facts,
        );
        kind(
            "the type",
            complete,
            [&before.types, &between.types, &after.types],
            facts,
        );
        kind(
            "the sequence",
            complete,
            [&before.sequences, &between.sequences, &after.sequences],
            facts,
        );
        kind(
            "the function",
            complete,
            [&before.routines, &between.routines, &after.routines],
            facts,
        );
        kind(
            "the index",
            complete,
            [&before.indexes, &between.indexes, &after.indexes],
            facts,
        );
    }
}

/// What became of the objects of one kind, from before the up over between the two to after the down.
fn kind<T>(
    kind: &str,
    complete: bool,
    [before, between, after]: [&Shared<Key, T>; 3],
    facts: &mut Vec<Fact>,
) {
    let named = |key: &Key| match &key.schema {
        Some(schema) => format!("{kind} `{schema}.{}`", key.name),
        None => format!("{kind} `{}`", key.name),
    };
    let beside = before.beside(after);
    for (key, was, _) in &beside {
        let by_down = !between.contains_key(key);
        if was.is_none() && (!by_down || complete) {
            let what = named(key);
            facts.push(Fact::LeftBehind { what, by_down });
        }
    }
    for (key, _, now) in &beside {
        if now.is_some() {
            continue;
        }
        facts.push(match between.contains_key(key) {
            true => Fact::TakesMore {
                what: named(key),
                may: false,
                span: Span::default(),
            },
            false => Fact::NotRestored {
                what: named(key),
                how: "is not there again",
            },
        });
    }
}

fn has(dialect: Dialect, table: &Table, column: Option<&str>) -> bool {
    column.is_some_and(|name| {
        table
            .columns
            .iter()
            .any(|column| same(dialect, &column.is.name, name))
    })
}

/// The triggers of lasting tables: the table's name and theirs.
fn triggers(schema: &Schema) -> BTreeSet<(String, String)> {
    if schema.triggers.is_empty() {
        return BTreeSet::new();
    }
    let tables = schema.tables.values().filter(|table| !table.temporary);
    tables
        .flat_map(|table| {
            let names = schema
                .triggers_of(table.id)
                .map(|((_, name), _)| name.clone());
            names.map(|name| (table.name.name.clone(), name))
        })
        .collect()
}

/// How a column differs from what it was.
fn difference(dialect: Dialect, was: &Column, now: &Column) -> Option<&'static str> {
    let plain = |text: &Option<String>| {
        text.as_deref()
            .map(|text| text.to_lowercase().replace(['"', '`', ' '], ""))
    };
    let default = |column: &Column| {
        let text = plain(&column.is.default)?;
        // `'a'::text` is what PostgreSQL makes of `'a'`.
        let bare = match text.rsplit_once("::") {
            Some((value, ty)) if !ty.contains('\'') => value,
            _ => &text,
        };
        (bare != "null").then(|| bare.to_owned())
    };
    // One type has many names: int, integer, int4, and serial but for its default.
    let parsed = |text: &Option<String>| Type::parse(dialect, text.as_deref().unwrap_or_default());
    if was.is.ty.is_some()
        && plain(&was.is.ty) != plain(&now.is.ty)
        && parsed(&was.is.ty) != parsed(&now.is.ty)
    {
        return Some("has another type than before");
    }
    if was.is.not_null != now.is.not_null {
        return Some(if was.is.not_null {
            "may be null, which it could not be before"
        } else {
            "may not be null, which it could be before"
        });
    }
    (default(was) != default(now)).then_some("has another default than before")
}

fn decoration(decoration: Decoration) -> &'static str {
    match decoration {
        Decoration::Comment => "comments",
        Decoration::Grant => "grants",
        Decoration::Policy => "policies",
        Decoration::RowSecurity => "row security",
    }
}

fn noted(between: &Schema, down: &Run<'_>, facts: &mut Vec<Fact>) {
    for note in &down.notes {
        let span = note.span;
        facts.push(match &note.what {
            Noted::Refuses { object, why } => Fact::WouldFail {
                what: object.to_string(),
                why: why.clone(),
                span,
            },
            Noted::Constrains { table, constraint } => {
                match misfit(between, down.dialect, table, constraint) {
                    Some((what, why)) => Fact::WouldFail { what, why, span },
                    None => continue,
                }
            }
            Noted::Missing { object } => {
                let name = Name {
                    schema: object.schema.clone(),
                    name: object.table.clone(),
                };
                let gone = between.gone.contains(&Key::of(down.dialect, &name));
                Fact::CannotRun {
                    why: format!("`{object}` is not there when it runs"),
                    certain: object.column.is_some() || gone || !between.foreign,
                    span,
                }
            }
            Noted::Exists { object } => Fact::CannotRun {
                why: format!("`{object}` is there already"),
                certain: true,
                span,
            },
            Noted::Fails { why, certain } => Fact::CannotRun {
                why: why.clone(),
                certain: *certain,
                span,
            },
        });
    }
}

/// What the constraint is on and on which rows it fails; none where the table held it already after the up.
fn misfit(
    between: &Schema,
    dialect: Dialect,
    key: &Key,
    constraint: &Constraint,
) -> Option<(String, String)> {
    let table = between.table(key)?;
    let unique = |index: &&Arc<Index>| index.unique && index.table == table.id;
    let indexes: Vec<&[String]> = between
        .indexes
        .values()
        .filter(unique)
        .map(|index| index.columns.as_slice())
        .collect();
    let (columns, why) = misfits(dialect, table, &indexes, constraint)?;
    let what = match columns.as_str() {
        "" => table.name.name.clone(),
        _ => format!("{}({columns})", table.name.name),
    };
    Some((what, why))
}
