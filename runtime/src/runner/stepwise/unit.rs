//! Which statements of a script run in one go?

use onward_analysis::Statement;

use crate::gate::window::{calls, commits_by_itself};
use crate::runner::script::Script;
use crate::runner::{begun, is_transactional};
use crate::{Error, LockError, Step};

/// Statements that run in one go.
pub(super) struct Unit<'s> {
    /// The index of the first.
    pub(super) first: usize,
    pub(super) statements: Vec<&'s Statement>,
    /// Whether a transaction holds them, together with the progress.
    pub(super) together: bool,
    /// Whether it may have done a part when it fails: a procedure, a block, a text that was put together.
    pub(super) partial: bool,
    /// Whether it runs what stands elsewhere, so that the schema does not tell whether it did.
    pub(super) hidden: bool,
}

impl Unit<'_> {
    /// The index after the last.
    pub(super) fn end(&self) -> usize {
        self.first + self.statements.len()
    }

    /// Leaves out what stands before the statement `done`.
    pub(super) fn skip(&mut self, done: usize) {
        let over = done.saturating_sub(self.first).min(self.statements.len());
        self.statements.drain(..over);
        self.first += over;
    }

    /// Whether nothing of it is done where it failed so. Before a lock is had nothing has begun.
    pub(super) fn can_be_tried_again(&self, error: &Error) -> bool {
        !self.partial || matches!(error, Error::Lock(LockError::Table { .. }))
    }
}

/// The units of `script`, in its order.
pub(super) fn units<'s>(script: &'s Script<'_>, step: &Step) -> Vec<Unit<'s>> {
    // The author wants no transaction around it: each statement has one of its own, which a procedure may end itself.
    let apart = step.record().transaction == Some(false);
    let all = script.statements.iter();
    let all: Vec<&str> = all.map(|one| one.span.of(script.source)).collect();
    let mut units: Vec<Unit<'s>> = Vec::new();
    for (index, statement) in script.statements.iter().enumerate() {
        let sql = statement.span.of(script.source);
        let together = is_transactional(statement.effect) && !commits_by_itself(step, sql);
        match units.last_mut() {
            Some(last) if last.together && together && !apart => last.statements.push(statement),
            _ => units.push(Unit {
                first: index,
                statements: vec![statement],
                together,
                partial: !together && calls(sql) && !begun::is_whole(sql, script.source, &all),
                hidden: !together && calls(sql),
            }),
        }
    }
    units
}
