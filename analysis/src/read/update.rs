//! Which columns does an UPDATE set, to which values?

use super::Reader;
use super::dml::{called_by, is_called};
use super::member::conjunction;
use super::operator::is_cut;
use crate::Dialect;
use crate::act::{Act, Conflict, Fetch, Filter, From, Name, Query, Source, Step, Update, Value};
use sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, Ident, ObjectName, SqliteOnConflict,
    Update as UpdateSyntax, UpdateTableFromKind,
};

impl Reader<'_> {
    pub(super) fn sets(&self, assignments: &[Assignment]) -> Vec<(String, Value)> {
        let mut sets = Vec::new();
        for assignment in assignments {
            match (&assignment.target, &assignment.value) {
                (AssignmentTarget::ColumnName(name), value) => {
                    sets.push(self.one_set(name, value));
                }
                (AssignmentTarget::Tuple(names), Expr::Tuple(values))
                    if names.len() == values.len() =>
                {
                    for (name, value) in names.iter().zip(values) {
                        sets.push((self.last(name), self.set_value(value)));
                    }
                }
                (AssignmentTarget::Tuple(names), value) => {
                    for name in names {
                        sets.push((self.last(name), self.computed(value)));
                    }
                }
            }
        }
        sets
    }

    /// One assignment. PostgreSQL's `a.b` is the field `b` of the column `a`, and the rest of the column stays.
    fn one_set(&self, target: &ObjectName, value: &Expr) -> (String, Value) {
        let parts: Vec<&Ident> = target.0.iter().filter_map(|part| part.as_ident()).collect();
        match parts.as_slice() {
            [column, _, ..] if self.dialect == Dialect::Postgres => {
                (self.ident(column), self.computed(value))
            }
            _ => (self.last(target), self.set_value(value)),
        }
    }

    /// What a column is set to; a constant only where it comes out as it is written.
    fn set_value(&self, value: &Expr) -> Value {
        match self.value(value) {
            Value::Constant(_) if is_cut(value) => self.computed(value),
            other => other,
        }
    }

    pub(super) fn update(&self, update: &UpdateSyntax, steps: &mut Vec<Step>) {
        let mut notes = Query::default();
        let mut sources = Vec::new();
        let mut sampled = self.sources(&update.table, &mut sources, &mut notes);
        let ignores = self.unmodify(&mut sources);
        match &update.from {
            Some(
                UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables),
            ) => {
                for table in tables {
                    sampled |= self.sources(table, &mut sources, &mut notes);
                }
            }
            None => {}
        }
        if sources.is_empty() {
            return;
        }
        let conflict = match update.or {
            Some(SqliteOnConflict::Replace) => Conflict::Replace,
            Some(SqliteOnConflict::Ignore) => Conflict::Skip,
            _ if ignores => Conflict::Skip,
            _ => Conflict::Fail,
        };
        // MySQL's UPDATE of several tables says by the qualifier which of them a column belongs to.
        let mut targets: Vec<(usize, Vec<(String, Value)>)> = Vec::new();
        let mut looked_up: Vec<(usize, Vec<Fetch>)> = Vec::new();
        let mut absent: Vec<(usize, String)> = Vec::new();
        for assignment in &update.assignments {
            let qualifier = match &assignment.target {
                AssignmentTarget::ColumnName(name) if self.dialect == Dialect::MySql => {
                    self.qualifier(name)
                }
                _ => None,
            };
            let at = qualifier
                .and_then(|q| sources.iter().position(|s| is_called(s, &q)))
                .unwrap_or(0);
            let sets = self.sets(std::slice::from_ref(assignment));
            if self.may_find_none(&assignment.value) {
                absent.extend(sets.iter().map(|(column, _)| (at, column.clone())));
            }
            if let ([only], None) = (sources.as_slice(), update.limit.as_ref()) {
                looked_up.push((at, self.fetched(assignment, called_by(only))));
            }
            match targets.iter_mut().find(|(target, _)| *target == at) {
                Some((_, all)) => all.extend(sets),
                None => targets.push((at, sets)),
            }
        }
        self.note_calls(notes.calls, steps);
        let handed_on = match sources.as_slice() {
            [_] => self.handed_on(&update.assignments),
            _ => None,
        };
        let at_once = handed_on.is_some();
        if let (Some(sets), [(_, own)]) = (handed_on, targets.as_mut_slice()) {
            *own = sets;
        }
        let alone = targets.len() == 1;
        for (at, sets) in targets {
            let mut from = sources.clone();
            let target = from.remove(at);
            let From::Table(table) = &target.what else {
                steps.push(self.step(Act::Unknown(
                    "it updates what is not a table by name".into(),
                )));
                continue;
            };
            let filter = update.selection.as_ref().map(|expr| {
                let called = target.alias.as_deref().unwrap_or(&table.name);
                let mut filter =
                    self.filter_of(expr, table, target.alias.as_deref(), from.is_empty());
                if !from.is_empty() {
                    filter.member = self.matched(&conjunction(expr), called, &from);
                }
                filter
            });
            let called = called_by(&target);
            let mut filter = match self.joined_by(update, called, &from) {
                Some(member) => Some(Filter {
                    member: Some(member),
                    ..filter.unwrap_or_else(Filter::of_others)
                }),
                None => filter,
            };
            // What is written in one place of the same table may be read in the other.
            if let Some(member) = filter.as_mut().and_then(|filter| filter.member.as_mut()) {
                member.exact &= alone || member.of != *table;
            }
            let mut fetches = self.joined_fetches(update, &sets, called, &from, at == 0);
            let own = looked_up.iter().filter(|(target, _)| *target == at);
            fetches.extend(own.flat_map(|(_, fetches)| fetches.clone()));
            // Not each row may be there, or be met.
            fetches.retain(|_| !sampled);
            let own = absent.iter().filter(|(target, _)| *target == at);
            let absent = own.map(|(_, column)| column.clone()).collect();
            steps.push(self.step(Act::Update(Box::new(Update {
                table: table.clone(),
                alias: target.alias.clone(),
                sets,
                filter,
                from,
                limited: update.limit.is_some(),
                conflict: conflict.clone(),
                fetches,
                absent,
                at_once,
            }))));
        }
    }

    /// MySQL's `UPDATE IGNORE t` reads like a table `ignore` that is called `t`; whether it says so.
    fn unmodify(&self, sources: &mut [Source]) -> bool {
        let mut ignores = false;
        if self.dialect != Dialect::MySql {
            return ignores;
        }
        for source in sources {
            if let (From::Table(name), Some(alias)) = (&source.what, &source.alias)
                && self.is_modifier(name)
            {
                ignores |= name.name.eq_ignore_ascii_case("ignore");
                source.what = From::Table(Name::plain(alias.clone()));
                source.alias = None;
            }
        }
        ignores
    }

    fn qualifier(&self, name: &sqlparser::ast::ObjectName) -> Option<String> {
        self.name(name).schema
    }
}
