//! Is what was there before the up there again after the down, as it was?

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::wording::is_one_definition;
use crate::Dialect;
use crate::act::Decoration;
use crate::judge::pair::{Fact, Pair};
use crate::schema::{Column, Id, Schema, Table};
use crate::types::Type;

impl Pair<'_> {
    pub(in crate::judge) fn compare(&self, earlier: &Table, table: &Table, facts: &mut Vec<Fact>) {
        let name = &table.name.name;
        let mut near = 0;
        for (at, column) in table.columns.iter().enumerate() {
            if earlier.columns.get(at).is_some_and(|was| was == column) {
                continue;
            }
            let shown = || format!("the column `{name}.{}`", column.is.name);
            match earlier.column_near(self.dialect, &column.is.name, &mut near) {
                None if earlier.open && !self.made.contains(&column.id) => {}
                None => facts.push(Fact::LeftBehind {
                    what: shown(),
                    by_down: self.made_by_down.contains(&column.id),
                }),
                Some(was) => {
                    if let Some(how) = self.difference(was, column) {
                        facts.push(Fact::NotRestored { what: shown(), how });
                    }
                }
            }
        }
        if table.open {
            return;
        }
        let ids: OnceCell<HashSet<Id>> = OnceCell::new();
        let called_otherwise = |id: Id| {
            let ids = ids.get_or_init(|| table.columns.iter().map(|column| column.id).collect());
            ids.contains(&id)
        };
        let mut near = 0;
        for (at, column) in earlier.columns.iter().enumerate() {
            if table.columns.get(at).is_some_and(|now| now == column) {
                continue;
            }
            let shown = || format!("the column `{name}.{}`", column.is.name);
            match table.column_near(self.dialect, &column.is.name, &mut near) {
                None if !self.lives_between(column.id) || called_otherwise(column.id) => facts
                    .push(Fact::NotRestored {
                        what: shown(),
                        how: "is not there again",
                    }),
                _ => {}
            }
        }
        let order = |table: &Table, other: &Table| -> Vec<String> {
            let mut near = 0;
            let mut is_there = |column: &&Column| {
                let there = other.column_near(self.dialect, &column.is.name, &mut near);
                there.is_some()
            };
            let common = table.columns.iter().filter(|column| is_there(column));
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
        self.decorations(earlier, table, facts);
    }

    /// What stood beside a table that is there again.
    fn decorations(&self, earlier: &Table, table: &Table, facts: &mut Vec<Fact>) {
        let (before, after) = (&earlier.decorations, &table.decorations);
        let name = &table.name.name;
        match (earlier.forced, table.forced) {
            (false, true) => facts.push(Fact::LeftBehind {
                what: format!("the row security for the owner of `{name}`"),
                by_down: false,
            }),
            (true, false) => facts.push(Fact::Undecorated {
                table: name.clone(),
                what: "row security for its owner",
            }),
            _ => {}
        }
        if before == after {
            return;
        }
        let lost = before.keys().filter(|about| !after.contains_key(*about));
        let lost: BTreeSet<Decoration> = lost.map(|(kind, _)| *kind).collect();
        facts.extend(lost.into_iter().map(|kind| Fact::Undecorated {
            table: name.clone(),
            what: decoration(kind),
        }));
        let says_other = |about: &(Decoration, String), text: &String| {
            let was = before.get(about);
            was.is_some_and(|was| !is_one_definition(self.dialect, was, text))
        };
        for (about, text) in after {
            let what = || format!("the {} of `{name}`", decoration(about.0));
            if !before.contains_key(about) {
                let left = Fact::LeftBehind {
                    what: what(),
                    by_down: false,
                };
                if !facts.contains(&left) {
                    facts.push(left);
                }
            } else if about.0 != Decoration::Grant && says_other(about, text) {
                facts.push(Fact::NotRestored {
                    what: what(),
                    how: "say something else than before",
                });
            }
        }
    }

    /// A column that the server numbers, in a table that was made anew and filled: PostgreSQL's sequence begins at 1 again.
    pub(in crate::judge) fn renumbered(
        &self,
        earlier: &Table,
        table: &Table,
        facts: &mut Vec<Fact>,
    ) {
        if self.dialect != Dialect::Postgres || !self.down.filled.contains(&table.id) {
            return;
        }
        // Rows that come without their numbers are given the next ones.
        let numbered =
            |column: &&Column| column.is.identity && self.down.poured.contains_key(&column.id);
        for column in table.columns.iter().filter(numbered) {
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
    pub(in crate::judge) fn triggers(&self, facts: &mut Vec<Fact>) {
        let [before, between, after] = [self.before, self.between, self.after].map(triggers);
        let told = |(table, name): &(&str, &str)| format!("the trigger `{name}` on `{table}`");
        let left = after.keys().filter(|left| !before.contains_key(*left));
        for left in left.filter(|left| between.contains_key(*left)) {
            facts.push(Fact::LeftBehind {
                what: told(left),
                by_down: false,
            });
        }
        let tables: BTreeSet<&str> = self
            .after
            .tables
            .values()
            .map(|table| table.name.name.as_str())
            .collect();
        for (lost, was) in before
            .iter()
            .filter(|((table, _), _)| tables.contains(table))
        {
            let how = match after.get(lost) {
                None => "is not there again",
                Some(now) if !is_one_definition(self.dialect, was, now) => {
                    "says something else than before"
                }
                Some(_) => continue,
            };
            facts.push(Fact::NotRestored {
                what: told(lost),
                how,
            });
        }
    }

    /// How a column differs from what it was.
    fn difference(&self, was: &Column, now: &Column) -> Option<&'static str> {
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
        let parsed =
            |text: &Option<String>| Type::parse(self.dialect, text.as_deref().unwrap_or_default());
        if was.is.ty.is_some()
            && plain(&was.is.ty) != plain(&now.is.ty)
            && parsed(&was.is.ty) != parsed(&now.is.ty)
            && !self.is_one_type(&plain(&was.is.ty), &plain(&now.is.ty))
        {
            return Some("has another type than before");
        }
        if !self.is_one_collation(&was.is.collation, &now.is.collation) {
            return Some("has another collation than before");
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

    /// Whether texts are compared by the one as by the other. Who says none on MySQL has that of the table or the server.
    fn is_one_collation(&self, was: &Option<String>, now: &Option<String>) -> bool {
        let own = match self.dialect {
            Dialect::MySql if was.is_none() || now.is_none() => return true,
            Dialect::MySql | Dialect::Postgres => "default",
            Dialect::Sqlite => "binary",
        };
        let bare = |name: &Option<String>| {
            let name = name.as_deref().unwrap_or(own);
            let bare = name.rsplit('.').next().unwrap_or(name);
            bare.trim_matches('"').to_lowercase()
        };
        was == now || bare(was) == bare(now)
    }

    /// Whether one is the other with its schema: a type of these migrations, of which no second is called so.
    fn is_one_type(&self, was: &Option<String>, now: &Option<String>) -> bool {
        let (Some(was), Some(now)) = (was, now) else {
            return false;
        };
        let bare = match (was.rsplit_once('.'), now.rsplit_once('.')) {
            (Some((_, bare)), None) if bare == now => bare,
            (None, Some((_, bare))) if bare == was => bare,
            _ => return false,
        };
        let bare = bare.trim_end_matches("[]");
        if !matches!(Type::parse(self.dialect, bare), Type::Named(_)) {
            return false;
        }
        let is_one = |schema: &Schema| {
            let types = self.down.each(1, schema.types.keys());
            types.filter(|key| *key.name == *bare).count() < 2
        };
        is_one(self.before) && is_one(self.after)
    }
}

/// The triggers of lasting tables: the table's name and theirs, and what made them.
fn triggers(schema: &Schema) -> BTreeMap<(&str, &str), &str> {
    if schema.triggers.is_empty() {
        return BTreeMap::new();
    }
    let tables = schema.tables.values().filter(|table| !table.temporary);
    tables
        .flat_map(|table| {
            let own = schema.triggers_of(table.id);
            own.map(|((_, name), trigger)| {
                (
                    (table.name.name.as_str(), name.as_str()),
                    trigger.text.as_str(),
                )
            })
        })
        .collect()
}

fn decoration(decoration: Decoration) -> &'static str {
    match decoration {
        Decoration::Comment => "comments",
        Decoration::Grant => "grants",
        Decoration::Policy => "policies",
        Decoration::RowSecurity => "row security",
    }
}
