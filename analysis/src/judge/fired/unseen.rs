//! Which functions run although a statement does not seem to call them?
//!
//! Those behind an operator, behind the name of one of the server's own functions, behind what looks like a column, behind a
//! cast to a domain, behind the policies of a table, and in what is checked or built anew. Only PostgreSQL has most of these.

use super::bodies::CALLS;
use crate::act::{Act, Decoration, Name, Restriction, Routine, Step};
use crate::family::{self, Mention, Names};
use crate::judge::renaming::text::may_name;
use crate::judge::run::Run;
use crate::schema::{Key, Table};
use crate::split::Piece;
use crate::{Dialect, read};

/// Among so many names one is looked for by going through them.
const FEW: usize = 100;

impl Run<'_> {
    /// What the statement runs without calling it.
    pub(crate) fn run_unseen(&mut self, index: u32, sql: &str, piece: &Piece, steps: &[Step]) {
        let plain = self.dialect != Dialect::Postgres || self.schema.routines.is_empty();
        let Some(first) = steps.first().filter(|_| !plain) else {
            return;
        };
        let selects = || {
            let mut tokens = piece.tokens.iter();
            tokens.any(|token| token.is_word(sql, "select"))
        };
        if steps.iter().any(|step| only_defines(&step.act, &selects)) {
            return;
        }
        let text = piece.span.of(sql);
        self.spend(text.len() / 4);
        if self.is_exhausted() {
            return;
        }
        let mut called = self.behind_operators(text);
        let builds = family::builds_anew(sql, &piece.tokens);
        let (routines, types) = (&self.schema.routines, &self.schema.types);
        // Where there are many, each name is looked up instead.
        let many = routines.size() + types.size() > FEW;
        let may_be_known = |word: &str| {
            let is = |key: &Key| key.name.eq_ignore_ascii_case(word);
            many || !word.is_ascii() || routines.keys().any(is) || types.keys().any(is)
        };
        let names = match builds || self.schema.guarded || self.is_other() {
            true => Names::All,
            false => Names::CalledOrQualified(&may_be_known),
        };
        let mut doubtful = None;
        for mention in family::mentions(sql, &piece.tokens, names) {
            let behind = self.behind(&mention, builds);
            if mention.calls && !behind.is_empty() && read::is_followed(&mention.name.name) {
                doubtful = Some(mention.name);
            }
            called.extend(behind);
        }
        if builds && text.to_ascii_lowercase().contains("domain") {
            called.extend(family::called_in(self.dialect, text));
        }
        called.sort();
        called.dedup();
        (self.statement, self.span) = (index, first.span);
        // By the types of what it is given the server may mean either.
        if let Some(name) = doubtful.filter(|_| steps.iter().any(|step| moves_values(&step.act))) {
            let name = name.name;
            self.unknown(format!(
                "a migration has made a function {name}() beside the server's own, and which of them is called is not known"
            ));
        }
        self.as_bound(|run| run.evaluate(&called, false));
    }

    /// What a body runs without calling it.
    pub(in crate::judge) fn run_unseen_within(&mut self, routine: &Routine) {
        let text = &routine.text;
        let mut called = self.behind_operators(text);
        if self.may_hide(routine) {
            self.spend(text.len() / 4);
            for mention in family::mentions_in(text) {
                called.extend(self.behind(&mention, false));
            }
        }
        called.retain(|name| *name != routine.name);
        called.sort();
        called.dedup();
        self.deeper(CALLS, |run| {
            run.as_bound(|run| run.evaluate(&called, false))
        });
    }

    /// Whether the name stands in the text of a routine of something that runs without being called.
    fn may_hide(&self, routine: &Routine) -> bool {
        let stands = |name: &str| {
            self.spend(routine.text.len() / 64);
            may_name(&routine.text, name)
        };
        let mut routines = self.each(1, self.schema.routines.values());
        let mut types = self.each(1, self.schema.types.values());
        let mut tables = self.each(1, self.schema.tables.values());
        let is_unseen = |other: &Routine| {
            other.parameters.len() == 1 || read::is_harmless(self.dialect, &other.name.name)
        };
        let other = |other: &Routine| other.name != routine.name && is_unseen(other);
        routines.any(|own| other(own) && stands(&own.name.name))
            || types.any(|ty| ty.base.is_some() && stands(&ty.name.name))
            || tables.any(|table| table.hides_rows(self.is_other()) && stands(&table.name.name))
    }

    /// The functions of the operators whose sign stands in a text.
    fn behind_operators(&self, text: &str) -> Vec<Name> {
        let operators = self.each(2, self.schema.operators.keys());
        let stands = |sign: &str| {
            self.spend(text.len() / 32);
            text.contains(sign)
        };
        let meant = operators.filter(|(sign, _)| stands(sign));
        meant.map(|(_, function)| function.clone()).collect()
    }

    /// What a name that stands in a statement may make run.
    fn behind(&self, mention: &Mention, builds: bool) -> Vec<Name> {
        let name = &mention.name;
        let key = self.key(name);
        if mention.calls {
            let own = self.schema.routines.contains_key(&key)
                && read::is_harmless(self.dialect, &name.name);
            return Vec::from_iter(own.then(|| name.clone()));
        }
        let mut texts: Vec<&str> = Vec::new();
        if let Some(ty) = self.schema.types.get(&key) {
            texts.push(&ty.text);
        }
        let table = self.schema.table(&key);
        if let Some(table) = table.filter(|table| table.hides_rows(self.is_other())) {
            let policies = table.decorations.iter();
            let policies = policies.filter(|((kind, _), _)| *kind == Decoration::Policy);
            texts.extend(policies.map(|(_, text)| text.as_str()));
        }
        let mut indexes = Vec::new();
        if builds {
            let checks = table.into_iter().flat_map(Table::all_constraints);
            let checks = checks.filter(|check| check.rule == Restriction::Check);
            texts.extend(checks.map(|check| check.text.as_str()));
            let of_table = table.into_iter();
            let of_table = of_table.flat_map(|table| self.schema.indexes_of(table.id));
            indexes.extend(of_table.map(|(_, index)| index));
            indexes.extend(self.schema.indexes.get(&key).cloned());
        }
        texts.extend(indexes.iter().map(|index| index.text.as_str()));
        let called = texts.into_iter();
        let called = called.flat_map(|text| {
            self.spend(text.len() / 8);
            family::called_in(self.dialect, text)
        });
        called.chain(self.as_column(name)).collect()
    }

    /// `t.f` is `f(t)` where no column is called so.
    fn as_column(&self, name: &Name) -> Option<Name> {
        name.schema.as_ref()?;
        let function = Name::plain(name.name.clone());
        let routine = self.schema.routines.get(&self.key(&function))?;
        let mut tables = self.each(4, self.schema.tables.values());
        let column = tables.any(|table| table.column(self.dialect, &name.name).is_some());
        (routine.parameters.len() == 1 && !column).then_some(function)
    }
}

/// Whether a statement may put what it computes where something is lost by it.
fn moves_values(act: &Act) -> bool {
    match act {
        Act::Select(query) => query.into.is_some(),
        Act::Delete(_) | Act::Evaluate(_) => false,
        _ => true,
    }
}

/// Whether a statement runs nothing of what stands in it until later; `selects` tells whether there is a query in it.
fn only_defines(act: &Act, selects: &impl Fn() -> bool) -> bool {
    match act {
        Act::CreateView { materialized, .. } => !materialized,
        Act::CreateTable(_) => !selects(),
        Act::CreateRoutine(_)
        | Act::CreateTrigger(_)
        | Act::EventTrigger { .. }
        | Act::CreateOperator { .. }
        | Act::CreateType { .. }
        | Act::CreateRule { .. }
        | Act::CreateCast { .. }
        | Act::DropRoutine { .. }
        | Act::DropType { .. }
        | Act::Decorate { .. } => true,
        _ => false,
    }
}
