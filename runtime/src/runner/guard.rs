//! Is what the gate was told still so, now that nobody else can write?

use std::time::Duration;

use crate::evidence::{self, Case};
use crate::history::Ground;
use crate::session::Session;
use crate::{Answer, Decision, Error, Given, Question, Result, Site, Step, decide};

/// What can change while a plan runs. Who waits was asked before the lock was taken.
pub(crate) const CHANGEABLE: [Question; 5] = [
    Question::UserData,
    Question::RunningCode,
    Question::Consumers,
    Question::Reversible,
    Question::Backup,
];

/// What is asked of catalogs, lists and the journal, which no lock on the lost objects holds still.
pub(super) const OTHERS: [Question; 3] =
    [Question::RunningCode, Question::Consumers, Question::Backup];

/// A wait for a lock on MySQL after which those are asked again: whoever came meanwhile was not there when they were.
pub(super) const LONG: Duration = Duration::from_millis(500);

/// How often that is done before the step gives up its place.
pub(super) const LOOKS: usize = 5;

/// What is asked of the rows that a lock holds still.
pub(super) const ROWS: [Question; 2] = [Question::UserData, Question::Reversible];

/// The gate as it opened for a plan, asked again for each step in the transaction that runs it.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) case: Case,
    pub(crate) site: Site,
    /// What stood in Onward's tables then.
    pub(crate) ground: Ground,
    pub(crate) given: Given,
    /// What was answered before.
    pub(crate) answers: Vec<Answer>,
}

impl Guard {
    /// What the gate says to these answers.
    pub(crate) fn judge(&self, answers: &[Answer]) -> Decision {
        decide(
            &self.case.plan,
            &self.site,
            &self.case.policy,
            answers,
            &self.given,
            self.case.clock.now(),
        )
    }

    /// The same; a closed gate is an error.
    pub(crate) fn decide(&self, answers: &[Answer]) -> Result<Decision> {
        let decision = self.judge(answers);
        if decision.runs() {
            Ok(decision)
        } else {
            Err(Error::Refused(Box::new(decision)))
        }
    }

    /// Looks whether what the plan was made on still stands.
    pub(crate) async fn stands(&self, session: &mut dyn Session, step: &Step) -> Result<()> {
        self.ground.holds(session, &self.case.tables, step).await
    }

    /// Asks on MySQL what no lock on tables holds still, right before one is taken.
    pub(super) async fn others(&self, session: &mut dyn Session, step: &Step) -> Result<()> {
        self.stands(session, step).await?;
        self.again(session, step, &OTHERS).await
    }

    /// Asks `questions` again for `step`, in the transaction or under the locks that there are.
    pub(crate) async fn again(
        &self,
        session: &mut dyn Session,
        step: &Step,
        questions: &[Question],
    ) -> Result<()> {
        let mut answers = evidence::recheck(session, &self.case, step, questions).await?;
        for answer in &self.answers {
            if !answers
                .iter()
                .any(|again| again.question == answer.question)
            {
                answers.push(answer.clone());
            }
        }
        let mut decision = self.judge(&answers);
        if decision.runs() {
            return Ok(());
        }
        decision.before = Some(step.name());
        Err(Error::Refused(Box::new(decision)))
    }
}
