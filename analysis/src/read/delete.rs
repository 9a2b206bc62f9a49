//! Which rows does a DELETE take?

use super::Reader;
use super::dml::is_called;
use crate::Dialect;
use crate::act::{Act, Delete, Filter, From, Name, Query, Source, Step};
use sqlparser::ast::{Delete as DeleteSyntax, FromTable};

impl Reader<'_> {
    pub(super) fn delete(&self, delete: &DeleteSyntax, steps: &mut Vec<Step>) {
        if let Some(alone) = self.delete_partnerless(delete) {
            return self.delete(&alone, steps);
        }
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let mut notes = Query::default();
        let mut sources = Vec::new();
        for table in from {
            self.sources(table, &mut sources, &mut notes);
        }
        let mut joined = Vec::new();
        for table in delete.using.iter().flatten() {
            self.sources(table, &mut joined, &mut notes);
        }
        // `DELETE a, b FROM …` and `DELETE FROM a, b USING …` of MySQL name the targets apart from the join; PostgreSQL's
        // USING joins further tables to the one target.
        let modified = delete
            .tables
            .iter()
            .all(|name| self.is_modifier(&self.name(name)));
        // A row that is referred to stays.
        let ignores = delete.tables.iter().any(|name| {
            let name = self.name(name);
            self.is_modifier(&name) && name.name.eq_ignore_ascii_case("ignore")
        });
        let named: Vec<Name> = if modified {
            let targets = sources.iter().filter_map(|source| match &source.what {
                From::Table(name) | From::Only(name) => Some(name.clone()),
                _ => None,
            });
            match (self.dialect, delete.using.is_some()) {
                (Dialect::MySql, true) => targets.collect(),
                _ => targets.take(1).collect(),
            }
        } else {
            delete
                .tables
                .iter()
                .map(|name| self.name(name))
                .filter(|name| !self.is_modifier(name))
                .collect()
        };
        let all: Vec<Source> = match (self.dialect, delete.using.is_some()) {
            (Dialect::MySql, true) => joined,
            _ => sources.into_iter().chain(joined).collect(),
        };
        self.note_calls(notes.calls, steps);
        for target in named {
            let at = match modified && !(self.dialect == Dialect::MySql && delete.using.is_some()) {
                true => Some(0),
                false => all
                    .iter()
                    .position(|source| is_called(source, &target.name)),
            };
            let only = at.is_some_and(|at| matches!(all[at].what, From::Only(_)));
            let (table, alias) = match at.map(|at| &all[at]) {
                Some(Source {
                    what: From::Table(name),
                    alias,
                    ..
                }) => (name.clone(), alias.clone()),
                _ => (target, None),
            };
            let mut using = all.clone();
            if let Some(at) = at {
                using.remove(at);
            } else if !using.is_empty() {
                using.remove(0);
            }
            let called = alias.as_deref().unwrap_or(&table.name);
            let member = (!using.is_empty())
                .then(|| self.joined_member(delete, called, &using))
                .flatten();
            let filter = delete
                .selection
                .as_ref()
                .map(|expr| self.filter_of(expr, &table, alias.as_deref(), using.is_empty()));
            let tables = || match (&delete.using, self.dialect) {
                (Some(using), Dialect::MySql) => Some(using.clone()),
                (None, _) => Some(from.clone()),
                (Some(using), _) => Some(from.iter().chain(using).cloned().collect()),
            };
            let children = match using.as_slice() {
                [other] if delete.limit.is_none() => tables().and_then(|tables| {
                    self.followed(&tables, delete.selection.as_ref(), called, other)
                }),
                _ => None,
            };
            let mut filter = match member {
                Some(member) => Some(Filter {
                    member: Some(member),
                    ..filter.unwrap_or_else(Filter::of_others)
                }),
                None => filter,
            };
            if let (Some(filter), false) = (&mut filter, using.is_empty()) {
                filter.children = children.map(Box::new);
            }
            let returning = delete.returning.as_deref();
            let returning = returning.map(|items| (String::new(), self.outputs(Some(items))));
            let delete = Act::Delete(Box::new(Delete {
                table,
                alias,
                filter,
                using,
                limited: delete.limit.is_some() || ignores,
                returning,
            }));
            steps.push(self.step(match only {
                true => Act::Only(Box::new(delete)),
                false => delete,
            }));
        }
    }
}
