//! How is undone what is no table?

use std::collections::BTreeSet;

use super::{Answer, Invert};
use crate::Dialect;
use crate::act::{Act, Body, Name};
use crate::judge::renaming::text::may_name;
use crate::lex::lex;
use crate::schema::{Key, View};

impl Invert<'_> {
    pub(super) fn object(&self, act: &Act) -> Answer {
        match act {
            Act::CreateIndex(index) => {
                let table = self.table(&index.table);
                if self.is_own(&index.table) || table.is_some_and(|t| self.table_goes(t.id)) {
                    return Some(Vec::new());
                }
                let Some(name) = &index.name else {
                    return self.given_index(index);
                };
                let key = self.run.index_key(&self.run.key(&index.table), &name.name);
                if index.if_not_exists && self.run.schema.indexes.contains_key(&key) {
                    return Some(Vec::new());
                }
                let concurrently = if index.text.to_ascii_lowercase().contains(" concurrently ") {
                    "CONCURRENTLY "
                } else {
                    ""
                };
                let named = Name {
                    schema: name.schema.clone().or_else(|| index.table.schema.clone()),
                    name: name.name.clone(),
                };
                let mut sql = self.given_way(&index.table, &index.columns);
                sql.push(match self.dialect {
                    Dialect::MySql => format!(
                        "DROP INDEX {} ON {}",
                        self.ident(&name.name),
                        self.name(&index.table)
                    ),
                    _ => format!("DROP INDEX {concurrently}{}", self.name(&named)),
                });
                Some(sql)
            }
            Act::DropIndex {
                name,
                table,
                if_exists,
                ..
            } => {
                let key = match table {
                    Some(table) => self.run.index_key(&self.run.key(table), &name.name),
                    None => self.run.key(name),
                };
                let of_view = self.index_of_view(&key);
                match self.run.schema.indexes.get(&key) {
                    Some(index) => self.index(&name.name, index),
                    None if of_view.is_some() => of_view.map(|text| vec![text]),
                    None if *if_exists && self.run.schema.is_complete() => Some(Vec::new()),
                    None => self.inline_index(table.as_ref()?, &name.name),
                }
            }
            Act::RenameSequence { name, to } => Some(vec![format!(
                "ALTER SEQUENCE {} RENAME TO {}",
                self.name(to),
                self.ident(&name.name)
            )]),
            Act::RenameView { name, to } => {
                let view = self.run.schema.views.get(&self.run.key(name))?;
                Some(vec![format!(
                    "ALTER {} {} RENAME TO {}",
                    kind(view.materialized),
                    self.name(to),
                    self.ident(&name.name)
                )])
            }
            Act::RenameIndex { name, .. } if self.may_be_no_index(name) => {
                self.run.schema.is_complete().then(Vec::new)
            }
            Act::RenameIndex { name, to } => {
                let now = Name {
                    schema: name.schema.clone(),
                    name: to.clone(),
                };
                Some(vec![format!(
                    "ALTER INDEX {} RENAME TO {}",
                    self.name(&now),
                    self.ident(&name.name)
                )])
            }
            Act::CreateView {
                name,
                materialized,
                temporary,
                ..
            } => match self.run.schema.views.get(&self.run.key(name)) {
                _ if *temporary => Some(Vec::new()),
                // A view cannot be replaced by one with fewer columns; and it may have gone with its table since.
                Some(before) => {
                    let drop =
                        format!("DROP {} IF EXISTS {}", kind(*materialized), self.name(name));
                    Some(std::iter::once(drop).chain(again(before)).collect())
                }
                None => Some(vec![format!(
                    "DROP {} {}",
                    kind(*materialized),
                    self.name(name)
                )]),
            },
            Act::DropView { name, .. } => {
                let view = self.run.schema.views.get(&self.run.key(name))?;
                Some(again(view))
            }
            // It goes with the table that it belongs to from here on.
            Act::CreateSequence { name, .. } if self.belongs_to_own(name) => Some(Vec::new()),
            Act::CreateSequence { name, .. } => {
                Some(vec![format!("DROP SEQUENCE {}", self.name(name))])
            }
            Act::DropSequence { name, .. } => {
                let sequence = self.run.schema.sequences.get(&self.run.key(name))?;
                Some(vec![sequence.text.clone()])
            }
            Act::CreateType { name, base, .. } => {
                let kind = if base.is_some() { "DOMAIN" } else { "TYPE" };
                Some(vec![format!("DROP {kind} {}", self.name(name))])
            }
            Act::DropType { name, .. } => {
                let ty = self.run.schema.types.get(&self.run.key(name))?;
                let again = match &ty.labels {
                    Some(labels) => {
                        let labels: Vec<String> = labels
                            .iter()
                            .map(|l| format!("'{}'", l.replace('\'', "''")))
                            .collect();
                        format!(
                            "CREATE TYPE {} AS ENUM ({})",
                            self.name(name),
                            labels.join(", ")
                        )
                    }
                    None => ty.text.clone(),
                };
                Some(vec![again])
            }
            Act::RenameType { name, to } => Some(vec![format!(
                "ALTER TYPE {} RENAME TO {}",
                self.name(to),
                self.ident(&name.name)
            )]),
            Act::RenameLabel { name, from, to } => {
                let quote = |label: &String| format!("'{}'", label.replace('\'', "''"));
                Some(vec![format!(
                    "ALTER TYPE {} RENAME VALUE {} TO {}",
                    self.name(name),
                    quote(to),
                    quote(from)
                )])
            }
            // Every database of PostgreSQL begins with it.
            Act::CreateSchema {
                name,
                if_not_exists: true,
            } if self.dialect == Dialect::Postgres && name == "public" => Some(Vec::new()),
            Act::CreateSchema { name, .. } => match self.run.schema.schemas.contains_key(name) {
                true => Some(Vec::new()),
                false => Some(vec![format!("DROP SCHEMA {}", self.ident(name))]),
            },
            Act::RenameSchema { name, to } => Some(vec![format!(
                "ALTER SCHEMA {} RENAME TO {}",
                self.ident(to),
                self.ident(name)
            )]),
            Act::CreateExtension { name, .. } => {
                match self.run.schema.extensions.contains_key(name) {
                    true => Some(Vec::new()),
                    false => Some(vec![format!("DROP EXTENSION {}", self.ident(name))]),
                }
            }
            Act::CreateTrigger(trigger) => {
                let table = trigger.table.as_ref()?;
                let goes = self.table(table).is_some_and(|t| self.table_goes(t.id));
                // A function of the up's own cannot go before the trigger that calls it.
                let calls_own = self.behind().any(|step| match (&step.act, &trigger.body) {
                    (Act::CreateRoutine(made), Body::Routine(called)) => made.name == *called,
                    _ => false,
                });
                if goes || (self.is_own(table) && !calls_own) {
                    return Some(Vec::new());
                }
                let drop = match self.dialect {
                    Dialect::Postgres => {
                        format!(
                            "DROP TRIGGER {} ON {}",
                            self.ident(&trigger.name.name),
                            self.name(table)
                        )
                    }
                    _ => format!("DROP TRIGGER {}", self.name(&trigger.name)),
                };
                let id = self.table(table).map(|table| table.id);
                let key = (id, trigger.name.name.to_lowercase());
                let before = self.run.schema.triggers.get(&key);
                let before = before.map(|before| before.text.clone());
                Some(std::iter::once(drop).chain(before).collect())
            }
            Act::DropTrigger { name, .. } => {
                let called = name.name.to_lowercase();
                let triggers = self.run.each(1, self.run.schema.triggers.iter());
                let mut found = triggers.filter(|((_, own), _)| *own == called);
                match (found.next(), found.next()) {
                    (Some((_, trigger)), None) => Some(vec![trigger.text.clone()]),
                    _ => None,
                }
            }
            Act::CreateRoutine(routine) => {
                let before = self.run.schema.routines.get(&self.run.key(&routine.name));
                match before {
                    // Which of them it replaces is not followed.
                    Some(before) if before.is_one_of_several() => None,
                    Some(before) if !self.takes_other_many(&before.text, &routine.text) => {
                        self.routine_again(&routine.name, &before.text)
                    }
                    _ => {
                        let words = routine.text.to_ascii_lowercase();
                        let procedure = words
                            .split_whitespace()
                            .take(6)
                            .any(|word| word == "procedure");
                        let kind = if procedure { "PROCEDURE" } else { "FUNCTION" };
                        let takes = match self.dialect {
                            Dialect::Postgres => match parameters(&routine.text) {
                                None if before.is_some() => return None,
                                takes => takes.unwrap_or_default(),
                            },
                            _ => "",
                        };
                        Some(vec![format!(
                            "DROP {kind} {}{takes}",
                            self.name(&routine.name)
                        )])
                    }
                }
            }
            Act::DropRoutine { name, .. } => {
                let routine = self.run.schema.routines.get(&self.run.key(name))?;
                (!routine.is_one_of_several()).then(|| vec![routine.text.clone()])
            }
            _ => None,
        }
    }
}

/// What DROP calls a view.
fn kind(materialized: bool) -> &'static str {
    match materialized {
        true => "MATERIALIZED VIEW",
        false => "VIEW",
    }
}

/// What makes a view again, with its indexes.
pub(super) fn again(view: &View) -> Vec<String> {
    let indexes = view.indexes.iter().map(|(_, text)| text);
    // What speaks of it by an older name cannot be said again. One statement may set several.
    let beside = view.decorations.values();
    let beside: BTreeSet<&String> = beside
        .filter(|text| may_name(text, &view.name.name))
        .collect();
    let view = std::iter::once(&view.text);
    view.chain(indexes).chain(beside).cloned().collect()
}

impl Invert<'_> {
    /// Whether no index of that name is known, and the statement bears that there is none.
    fn may_be_no_index(&self, name: &Name) -> bool {
        let key = self.run.key(name);
        let schema = &self.run.schema;
        self.text.to_ascii_lowercase().contains(" if exists ")
            && !schema.indexes.contains_key(&key)
            && self.index_of_view(&key).is_none()
            && !self
                .tables()
                .any(|table| self.constraint(&table.name, &name.name).is_some())
    }

    /// What makes the index of a materialised view.
    fn index_of_view(&self, key: &Key) -> Option<String> {
        let views = self.run.schema.views.values();
        let mut indexes = self.run.each(1, views).flat_map(|view| &view.indexes);
        let (_, text) = indexes.find(|(own, _)| own == key)?;
        Some(text.clone())
    }

    /// Whether PostgreSQL tells the two from each other by how much they take.
    fn takes_other_many(&self, before: &str, now: &str) -> bool {
        let count = |text: &str| parameters(text).map(|list| how_many(list, self.dialect));
        let counts = count(before).zip(count(now));
        self.dialect == Dialect::Postgres && counts.is_some_and(|(before, now)| before != now)
    }

    /// A routine that is replaced by what it was: in place where that can be, since triggers may depend on it.
    fn routine_again(&self, name: &Name, text: &str) -> Answer {
        let rest = text.trim_start().get("CREATE".len()..)?;
        let replaces = rest
            .trim_start()
            .to_ascii_uppercase()
            .starts_with("OR REPLACE");
        match self.dialect {
            _ if replaces => Some(vec![text.to_owned()]),
            Dialect::Postgres => Some(vec![format!("CREATE OR REPLACE{rest}")]),
            _ if text.to_ascii_lowercase().contains("procedure") => Some(vec![
                format!("DROP PROCEDURE {}", self.name(name)),
                text.to_owned(),
            ]),
            _ => Some(vec![
                format!("DROP FUNCTION {}", self.name(name)),
                text.to_owned(),
            ]),
        }
    }
}

/// What a function of PostgreSQL takes, in brackets, which tells it from others of its name; none where it has defaults,
/// which cannot stand in a DROP.
fn parameters(text: &str) -> Option<&str> {
    let from = text.find('(')?;
    let mut depth = 0;
    let to = text[from..].find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    })?;
    let list = &text[from..=from + to];
    let has_default = list.contains('=') || list.to_ascii_uppercase().contains("DEFAULT");
    (!has_default).then_some(list)
}

/// How many parameters stand in the brackets.
fn how_many(list: &str, dialect: Dialect) -> usize {
    let mut depth = 0;
    let (mut any, mut commas) = (false, 0);
    for token in lex(list, dialect)
        .iter()
        .filter(|token| token.is_significant())
    {
        match token.text(list) {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 1 => commas += 1,
            _ => any = true,
        }
    }
    usize::from(any) + commas
}
