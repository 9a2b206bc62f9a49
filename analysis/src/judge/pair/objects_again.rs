//! Which objects beside the tables did the down leave, take or not bring back?

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::wording::{indexed, is_one_definition, is_one_query};
use crate::act::{Decoration, Restriction};
use crate::judge::objects::given::names;
use crate::judge::pair::{Fact, Pair};
use crate::lex::Words;
use crate::schema::{Column, Id, Index, Key, Shared, View, covers_rows};
use crate::{Dialect, Span};

impl Pair<'_> {
    pub(in crate::judge) fn objects(&self, facts: &mut Vec<Fact>) {
        let (before, between, after) = (self.before, self.between, self.after);
        let says = "says something else than before";
        self.kind(
            "the view",
            [&before.views, &between.views, &after.views],
            |was, now| match is_one_query(self.dialect, &was.text, &now.text) {
                true => self
                    .shows_more(was, now)
                    .then_some("shows columns that came after it was made"),
                false => Some(says),
            },
            |_, _, _| true,
            facts,
        );
        self.kind(
            "the type",
            [&before.types, &between.types, &after.types],
            |was, now| (was.labels != now.labels).then_some("has other labels than before"),
            |_, _, _| true,
            facts,
        );
        self.kind(
            "the sequence",
            [&before.sequences, &between.sequences, &after.sequences],
            |_, _| None,
            |_, _, _| true,
            facts,
        );
        self.kind(
            "the function",
            [&before.routines, &between.routines, &after.routines],
            |was, now| (!is_one_definition(self.dialect, &was.text, &now.text)).then_some(says),
            |_, _, _| true,
            facts,
        );
        self.indexes(facts);
        self.beside_views(facts);
    }

    /// The indexes, comments and grants of views that went and came again.
    fn beside_views(&self, facts: &mut Vec<Fact>) {
        for (key, was, now) in self.before.views.apart(&self.after.views) {
            let (Some(was), Some(now)) = (was, now) else {
                continue;
            };
            self.down.spend(was.indexes.len() * now.indexes.len());
            let lost = was.decorations.keys();
            let lost = lost.filter(|about| !now.decorations.contains_key(*about));
            let lost: BTreeSet<Decoration> = lost.map(|(kind, _)| *kind).collect();
            for kind in lost {
                facts.push(Fact::NotRestored {
                    what: format!("the view `{}`", key.name),
                    how: match kind {
                        Decoration::Comment => "is without its comments",
                        _ => "is without its grants",
                    },
                });
            }
            let of = |view: &View, name: &Key| {
                let mut own = view.indexes.iter();
                own.find(|(own, _)| own == name)
                    .map(|(_, text)| text.clone())
            };
            let named =
                |name: &Key| format!("the index `{}` of the view `{}`", name.name, key.name);
            for (name, text) in &was.indexes {
                let how = match of(now, name) {
                    None => "is not there again",
                    Some(now) if !self.is_one_index(text, &now) => {
                        "is on other columns or rows than before"
                    }
                    Some(_) => continue,
                };
                facts.push(Fact::NotRestored {
                    what: named(name),
                    how,
                });
            }
            for (name, _) in now
                .indexes
                .iter()
                .filter(|(name, _)| of(was, name).is_none())
            {
                let between = self.between.views.get(key);
                let by_up = between.is_some_and(|view| of(view, name).is_some());
                facts.push(Fact::LeftBehind {
                    what: named(name),
                    by_down: !by_up,
                });
            }
        }
    }

    fn is_one_index(&self, one: &str, other: &str) -> bool {
        let is_unique = |text: &str| Words::of(self.dialect, text).is(1, "unique");
        one == other
            || (indexed(self.dialect, one) == indexed(self.dialect, other)
                && is_unique(one) == is_unique(other))
    }

    /// Whether a view that was made again from its text has columns that it had not: PostgreSQL and MySQL read `*` once, when a
    /// view is made.
    fn shows_more(&self, was: &View, now: &View) -> bool {
        let is_new = was.since != now.since && self.dialect != Dialect::Sqlite;
        if !is_new || !shows_all(self.dialect, &now.text) {
            return false;
        }
        let mut tables = self.after.tables.iter();
        tables.any(|(key, table)| {
            let came =
                |column: &Column| column.id.is_after(was.since) && now.since.is_after(column.id);
            let stood = self.before.table(key);
            let stood = |column: &Column| {
                let was = stood.and_then(|table| table.column(self.dialect, &column.is.name));
                was.is_some_and(came)
            };
            !now.reads(self.dialect, &table.name.name).is_empty() && table.columns.iter().any(stood)
        })
    }

    /// What became of the objects of one kind, from before the up over between the two to after the down.
    fn kind<T>(
        &self,
        kind: &str,
        [before, between, after]: [&Shared<Key, Arc<T>>; 3],
        difference: impl Fn(&T, &T) -> Option<&'static str>,
        is_told: impl Fn(&Key, Option<&Arc<T>>, Option<&Arc<T>>) -> bool,
        facts: &mut Vec<Fact>,
    ) {
        let named = |key: &Key| match &key.schema {
            Some(schema) => format!("{kind} `{schema}.{}`", key.name),
            None => format!("{kind} `{}`", key.name),
        };
        let mut apart: Vec<_> = before.apart(after).collect();
        apart.retain(|(key, was, now)| is_told(key, *was, *now));
        for (key, was, now) in &apart {
            let by_down = !between.contains_key(key);
            match (was, now) {
                (None, Some(_)) if !by_down || self.before.is_complete() => {
                    let what = named(key);
                    facts.push(Fact::LeftBehind { what, by_down });
                }
                (Some(was), Some(now)) => {
                    facts.extend(difference(was, now).map(|how| Fact::NotRestored {
                        what: named(key),
                        how,
                    }));
                }
                (None, _) | (Some(_), None) => {}
            }
        }
        for (key, ..) in apart.iter().filter(|(_, _, now)| now.is_none()) {
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

    fn indexes(&self, facts: &mut Vec<Fact>) {
        let maps = [self.before, self.between, self.after].map(|schema| &schema.indexes);
        let on = |index: &Index| indexed(self.dialect, &index.text);
        // MySQL's go with the name of their table.
        let apart = self.before.tables.apart(&self.after.tables);
        let alone = apart.filter_map(|(_, was, now)| match (was, now) {
            (Some(table), None) | (None, Some(table)) => Some(table.id),
            _ => None,
        });
        let moved: HashSet<Id> = alone.collect();
        let keys = self.keys_now_indexes();
        self.kind(
            "the index",
            maps,
            |was, now| {
                if was.unique != now.unique {
                    return Some(match was.unique {
                        true => "lets two rows be alike, which it did not before",
                        false => "lets no two rows be alike, which it did before",
                    });
                }
                (on(was) != on(now)).then_some("is on other columns or rows than before")
            },
            |key, was, now| {
                // MySQL has no unique index beside the unique keys of a table, which are told as such.
                let of_table = |index: &Arc<Index>| index.unique || moved.contains(&index.table);
                let told =
                    self.dialect != Dialect::MySql || !was.into_iter().chain(now).any(of_table);
                let is_key =
                    |index: &Arc<Index>| was.is_none() && keys.get(key) == Some(&index.columns);
                told && !now.is_some_and(is_key)
            },
            facts,
        );
    }
    /// PostgreSQL: the columns of the unique keys that tables with new unique indexes had, by what the index of each was called.
    /// A key that comes back as a unique index is told as a key.
    fn keys_now_indexes(&self) -> HashMap<Key, Vec<String>> {
        if self.dialect != Dialect::Postgres {
            return HashMap::new();
        }
        let indexes = self.before.indexes.apart(&self.after.indexes);
        let new = indexes.filter_map(|(_, was, now)| now.filter(|_| was.is_none()));
        let unique = new.filter(|index| index.unique && covers_rows(&index.text));
        let homes: HashSet<Id> = unique.map(|index| index.table).collect();
        if homes.is_empty() {
            return HashMap::new();
        }
        let mut keys = HashMap::new();
        for (at, was, now) in self.before.tables.apart(&self.after.tables) {
            let Some(was) = was.filter(|_| now.is_some_and(|now| homes.contains(&now.id))) else {
                continue;
            };
            self.down.spend(8 * was.all_constraints().count());
            for (name, constraint) in names(was).into_iter().zip(was.all_constraints()) {
                if let (Some(name), Restriction::Unique(columns)) = (name, &constraint.rule) {
                    let key = Key {
                        schema: at.schema.clone(),
                        name: name.as_str().into(),
                    };
                    keys.insert(key, columns.clone());
                }
            }
        }
        keys
    }
}

/// Whether a query shows all that its tables have: `SELECT *`, `t.*`, and no `count(*)`.
fn shows_all(dialect: Dialect, text: &str) -> bool {
    let words = Words::of(dialect, text);
    (1..words.tokens.len()).any(|at| {
        let before = at - 1;
        words.sign(at, "*")
            && (words.is(before, "select") || words.sign(before, ".") || words.sign(before, ","))
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    /// Each was run on PostgreSQL 15.
    #[test]
    fn a_view_made_again_shows_what_its_star_stands_for_now() {
        let later = "CREATE TABLE t (id int); CREATE VIEW v AS SELECT * FROM t; ALTER TABLE t ADD COLUMN a int;";
        let (up, down) = ("DROP VIEW v;", "CREATE VIEW v AS SELECT * FROM t;");
        assert_eq!(
            told(Dialect::Postgres, later, up, down),
            ["not_restored: after the down the view `v` shows columns that came after it was made"]
        );
        assert!(told(Dialect::Sqlite, later, up, down).is_empty());
        let now = "CREATE TABLE t (id int, a int); CREATE VIEW v AS SELECT * FROM t;";
        assert!(told(Dialect::Postgres, now, up, down).is_empty());
        let counts = later.replace("SELECT *", "SELECT count(*)");
        let again = down.replace("SELECT *", "SELECT count(*)");
        assert!(told(Dialect::Postgres, &counts, up, &again).is_empty());
    }
}
