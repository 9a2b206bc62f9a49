//! What does each step of a statement do to schema and data?

use super::run::Run;
use super::work::STEP;
use crate::Dialect;
use crate::act::{Act, Assigned, Conflict, LATER, Runs, Step, Timing};

impl Run<'_> {
    pub(crate) fn statement(&mut self, index: u32, steps: &[Step]) {
        self.statement = index;
        self.steps(steps);
        self.refuse_orphans();
    }

    pub(crate) fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.spend(STEP);
            if self.is_exhausted() {
                return;
            }
            self.span = step.span;
            let before = self.ledger.weight();
            self.fire_events(&step.act, Timing::Before);
            self.span = step.span;
            let unshadowed = self.unshadowed(&step.act);
            let act = unshadowed.as_ref().unwrap_or(&step.act);
            let within = self.of_members(act);
            match within.is_empty() {
                true => self.act(act),
                false => within.iter().for_each(|act| self.act(act)),
            }
            self.fire_events(&step.act, Timing::After);
            self.mind_meaning(&step.act);
            self.mind_paths();
            #[cfg(test)]
            self.hold_kin();
            self.spend(self.ledger.weight().saturating_sub(before) + self.ledger.parts.len() / 8);
        }
    }

    pub(super) fn act(&mut self, act: &Act) {
        match act {
            Act::Inert
            | Act::Asks(_)
            | Act::Assign(_)
            | Act::Select(_)
            | Act::Emptied(..)
            | Act::Block { .. }
            | Act::Transaction(_)
            | Act::ForeignKeys(_)
            | Act::UncheckedKeys(_)
            | Act::KeepsZeros(_)
            | Act::DoubtKeys { .. }
            | Act::RecursiveTriggers(_)
            | Act::LegacyRenames(_)
            | Act::Replicates(_)
            | Act::ActsAs { .. }
            | Act::ResetSession
            | Act::DefaultEngine(_)
            | Act::SearchPath(_)
            | Act::LaterPath(_)
            | Act::RoundsOtherwise
            | Act::LaterReplicates
            | Act::Local(_) => {}
            _ => self.active = true,
        }
        if self.dialect == Dialect::Sqlite && self.firing.is_empty() {
            self.handed = match act {
                Act::Insert(insert) => insert.conflict.clone(),
                Act::Update(update) => update.conflict.clone(),
                _ => Conflict::Fail,
            };
        }
        match act {
            Act::Inert | Act::Outside => {}
            Act::Lend { name, routine } => self.lend(name, *routine),
            Act::LendAll => self.lend_all(),
            Act::Fails(why) => self.refuse_always(why.clone()),
            Act::Somewhere(act) => self.somewhere(act),
            Act::Assign(variables) => self.assign(variables),
            Act::Unknown(reason) => self.unknown(reason.clone()),
            Act::Block { runs, steps } => match runs {
                Runs::Once => self.nested(steps),
                Runs::Perhaps => self.maybe(|run| run.nested(steps)),
                Runs::IfFree if self.is_free(steps) => self.nested(steps),
                Runs::IfFree => self.maybe(|run| run.nested(steps)),
                Runs::OneOf => self.one_of(steps),
                // The second round meets what the first one did; a third one nothing new.
                Runs::Repeatedly => self.maybe(|run| {
                    run.nested(steps);
                    let said = run.notes.len();
                    run.nested(steps);
                    run.notes.truncate(said);
                }),
            },
            Act::CreateTable(new) => self.create_table(new),
            Act::DropTable {
                name,
                temporary: true,
                ..
            } => self.drop_temporary(name),
            Act::DropTable {
                name,
                if_exists,
                cascade,
                ..
            } => self.drop_table(name, *if_exists, *cascade),
            Act::DropForeignTable(name) => self.drop_foreign(name),
            Act::AlterTable {
                table,
                if_exists,
                change,
            } => self.alter_table(table, *if_exists, change),
            Act::RenameTables(pairs) => self.rename_tables(pairs),
            Act::Insert(insert) => {
                self.insert(insert);
            }
            Act::Update(update) => self.update(update),
            Act::Delete(delete) => {
                self.delete(delete);
            }
            Act::Emptied(table, column) => self.emptied(table, column.as_deref()),
            Act::UpdateInTurn { by, update } => self.update_in_turn(by, update),
            Act::Truncate { table, cascade } => self.truncate(table, *cascade),
            Act::Select(query) => {
                let writes = !query.with.is_empty() || query.into.is_some();
                self.active |= writes;
                self.select(query);
            }
            Act::With(query, step) => self.with(query, step),
            Act::UnderPath(path, steps) => {
                self.under_path(path, |run| run.nested(steps));
            }
            Act::Only(act) => {
                let outer = std::mem::replace(&mut self.only, true);
                self.act(act);
                self.only = outer;
            }
            Act::CallRoutine(name) => self.call(name),
            Act::CallProcedure { name, text } => self.call_procedure(name, text),
            Act::Asks(names) => self.behind.extend(names.iter().cloned()),
            Act::Job { name, what } => self.job(name, what),
            Act::Evaluate(names) => self.evaluate(names, false),
            Act::SetNew(column) => self.set_new(column.as_deref()),
            Act::SkipRow { old, surely, on } => self.skip_row(*old, *surely, *on),
            Act::Transaction(control) => self.transaction(control),
            // Within a transaction of SQLite the switch does nothing. (<https://sqlite.org/pragma.html#pragma_foreign_keys>)
            Act::ForeignKeys(_) if self.dialect == Dialect::Sqlite && !self.saved.is_empty() => {}
            Act::ForeignKeys(on) => (self.foreign_keys, self.doubts_keys) = (*on, false),
            Act::UncheckedKeys(unchecked) => self.unchecked_keys = *unchecked,
            Act::KeepsZeros(keeps) => self.keeps_zeros = *keeps && self.perhaps == 0,
            Act::DoubtKeys { later: true } => self.schema.unproven = true,
            Act::RoundsOtherwise => self.schema.rounds_otherwise = true,
            Act::DoubtKeys { later: false } => (self.foreign_keys, self.doubts_keys) = (true, true),
            Act::RecursiveTriggers(on) => self.recursive = *on,
            Act::LegacyRenames(on) => self.legacy = *on,
            Act::Replicates(_)
            | Act::ActsAs { .. }
            | Act::ResetSession
            | Act::SearchPath(_)
            | Act::LaterPath(_)
            | Act::LaterReplicates
            | Act::Local(_) => self.set(act),
            Act::EventTrigger { name, what } => self.event_trigger(name, what),
            Act::DefaultEngine(engine) => self.engine = *engine,
            other => self.object(other),
        }
    }

    /// Variables get other values.
    pub(super) fn assign(&mut self, variables: &[Assigned]) {
        self.scope(variables);
        for variable in variables {
            self.assignments += 1;
            self.constants += u32::from(variable.constant.is_some());
            let held = match &variable.constant {
                Some(constant) => format!("={constant}"),
                None => self.assignments.to_string(),
            };
            let later = variable.name.strip_prefix(LATER);
            // One role or database may have it exact, and another one not.
            if let Some(setting) = later.filter(|_| variable.constant.is_none()) {
                self.schema.writes_alike.insert(setting.to_owned(), ());
            }
            self.assigned.insert(variable.name.clone(), held);
        }
    }
}
