//! What does a script lose?

use super::changes;
use super::freed::Freed;
use super::ledger::losses;
use super::refuse::bounds;
use super::run::Run;
use super::{Asked, worlds};
use crate::act::{Act, Change, Step};
use crate::split::{Piece, split};
use crate::{Age, Analysis, Dialect, Effect, Loss, LossKind, Span, Verdict, effect, family};
use std::collections::HashSet;

/// A script, read.
pub(super) struct Script {
    pub(super) dialect: Dialect,
    pub(super) pieces: Vec<Piece>,
    pub(super) statements: Vec<crate::Statement>,
    pub(super) steps: Vec<Vec<Step>>,
    pub(super) sql: String,
    /// What the other direction takes away: none of it is there where this one begins.
    pub(super) freed: Freed,
}

impl Script {
    pub(super) fn read(dialect: Dialect, sql: &str) -> Script {
        let pieces = split(sql, dialect);
        let statements = effect::statements(sql, &pieces, dialect);
        let steps = family::steps(dialect, sql, &pieces);
        Script {
            dialect,
            pieces,
            statements,
            steps,
            sql: sql.to_owned(),
            freed: Freed::default(),
        }
    }

    /// The same script, where `other` is the other direction of the pair.
    pub(super) fn beside(self, other: Option<&Script>) -> Script {
        let asks = self.steps.iter().flatten().any(|step| match &step.act {
            Act::CreateTable(new) => new.if_not_exists,
            Act::AlterTable { change, .. } => matches!(
                change,
                Change::AddColumn {
                    if_not_exists: true,
                    ..
                }
            ),
            _ => false,
        });
        let Some(other) = other.filter(|_| asks) else {
            return self;
        };
        let acts = other.steps.iter().flatten().map(|step| &step.act);
        Script {
            freed: Freed::by(acts),
            ..self
        }
    }

    /// From its first statement to its last.
    pub(super) fn whole(&self) -> Option<Span> {
        Some(Span {
            start: self.statements.first()?.span.start,
            end: self.statements.last()?.span.end,
        })
    }

    /// What it does from `start` on, which is asked for again for each other way in which its conditions may turn out.
    pub(super) fn run<'r>(&self, start: impl Fn() -> Run<'r>) -> (Analysis, Run<'r>) {
        let start = || {
            let mut run = start().of(self.steps.len());
            run.freed.clone_from(&self.freed);
            run
        };
        let mut run = self.play(start());
        let too_much = run.is_exhausted();
        // What was done so far is accounted for all the same.
        run.work.renew();
        for (object, cause) in losses::unnamed(&run) {
            run.unknowns.push(crate::Unknown {
                reason: format!(
                    "which columns {object} has besides those that are copied is not known"
                ),
                statement: cause.statement,
                span: cause.span,
                type_before: None,
            });
        }
        run.others
            .extend(std::mem::take(&mut run.strangers).into_values());
        run.settle_doubts();
        run.tell_risks();
        let mut losses = losses::losses(&run);
        let objects = losses.iter().map(|loss| loss.object.clone());
        let mut known: HashSet<crate::Object> = objects.collect();
        let elsewhere = worlds::others(&run, &known, |world, most| {
            self.play(start().within(world, most))
        });
        run.work.count(elsewhere.spent);
        for loss in elsewhere.losses {
            if known.insert(loss.object.clone()) {
                losses.push(loss);
            }
        }
        if too_much || elsewhere.is_too_much || run.is_exhausted() {
            run.unknown("it sets off more than can be followed".to_owned());
        }
        let lossy = !losses.is_empty() || run.seed_deletes.iter().any(|(_, _, edited)| *edited);
        for (object, cause, edited) in &run.seed_deletes {
            // Where something else is lost, only what loses is named.
            if (*edited || !lossy) && known.insert(object.clone()) {
                losses.push(Loss {
                    object: object.clone(),
                    kind: LossKind::SeedDelete,
                    age: Age::SinceUp,
                    statement: cause.statement,
                    span: cause.span,
                });
            }
        }
        losses.sort_by_key(|loss| (loss.statement, loss.span.start));
        let verdict = match (lossy, run.unknowns.is_empty()) {
            (true, _) => Verdict::Lossy,
            (false, true) => Verdict::Lossless,
            (false, false) => Verdict::Unknown,
        };
        if !run.unknowns.is_empty() {
            run.schema.forget();
        }
        let analysis = Analysis {
            dialect: self.dialect,
            verdict,
            losses,
            unknowns: run.unknowns.clone(),
            statements: self.statements.clone(),
            touches: run.touched(),
            changes: changes::changes(&run),
            routines: changes::routines(&run),
            renames: std::mem::take(&mut run.ledger.renames),
            named: changes::named(&run),
            adds: changes::adds(&run),
            places: run.ledger.places,
            fills: changes::fills(&run),
            bounds: bounds::bounds(&run),
        };
        (analysis, run)
    }

    /// Runs every statement, in the world that is set.
    pub(super) fn play<'r>(&self, mut run: Run<'r>) -> Run<'r> {
        let is_outside = |statement: &crate::Statement| statement.effect == Effect::NoTransaction;
        let stepwise = self.dialect == Dialect::Postgres && self.statements.iter().any(is_outside);
        // What a template leaves out never runs.
        let is_template = |token: &crate::lex::Token| token.kind == crate::lex::Kind::Template;
        let is_templated = |piece: &Piece| piece.tokens.iter().any(is_template);
        let looks_at_words = run.extent != Asked::Verdicts && !self.pieces.iter().any(is_templated);
        for (index, steps) in self.steps.iter().enumerate() {
            let (statement, piece) = (self.statements.get(index), self.pieces.get(index));
            let commits =
                statement.is_some_and(|statement| statement.effect == Effect::ImplicitCommit);
            // Each statement of such a script may be a transaction of its own.
            if commits || (stepwise && run.saved.is_empty()) {
                run.commit();
            }
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            if let Some(piece) = piece {
                if looks_at_words {
                    run.refuse_words(&self.sql, piece);
                    run.refuse_names(&self.sql, piece);
                }
                run.run_unseen(index, &self.sql, piece, steps);
            }
            run.statement(index, steps);
            if let Some(piece) = piece {
                run.mind_commas(&self.sql, piece, steps);
            }
        }
        run.play_deferred();
        run.forget_lookups();
        run
    }
}
