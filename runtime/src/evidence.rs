//! What does the database say to the questions that a plan raises? One file for each question.

use std::time::Duration;

use onward_analysis::{Consumer, Dialect, Loss, Object, Version};

use crate::clock::Clock;
use crate::history::Tables;
use crate::instances::Own;
use crate::session::Session;
use crate::{Answer, Plan, Policy, Question, Step};

mod ask;
mod backup;
mod bounds;
mod brings;
mod consumers;
mod downtime;
mod engines;
mod foreign_keys;
mod lock;
mod named;
mod new;
mod path;
mod reversible;
mod running_code;
mod user_data;

use ask::Asking;
pub(crate) use backup::Backups;
pub(crate) use engines::stays;
pub(crate) use lock::{in_the_way, is_held, lock, table_of};
pub(crate) use new::is_new;
pub(crate) use user_data::{Baseline, PRINT, may_matter, needs_baseline, take_baselines};

/// What the questions about rows call the table that they are about, where they give it a name.
pub(crate) const NAMES: [&str; 2] = ["kept", "other"];

/// How long one query may take before its answer is unknown.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long views and triggers of all databases of a MySQL server are looked for. MariaDB keeps them in files and no list of them, so it
/// opens each table of each database: 0.4 s for 1,500 databases. That keeps nobody waiting.
const SCAN: Duration = Duration::from_secs(10);

/// Up to here rows are counted; above, it is "at least".
const BOUND: i64 = 10_000;

/// What the questions are asked about.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// What would run.
    pub(crate) plan: Plan,
    /// The migration that was interrupted, and how many of its statements have begun: what they take was asked about then, and
    /// may be gone.
    pub(crate) begun: Option<(Version, usize)>,
    /// What the environment asks, and up to where it bears something.
    pub(crate) policy: Policy,
    /// Who uses the database besides, as the crates' `onward.toml` declare it.
    pub(crate) consumers: Vec<Consumer>,
    /// What the migrations wrote themselves when they were applied.
    pub(crate) baselines: Vec<(Version, Baseline)>,
    /// The program that asks, and where the others are listed.
    pub(crate) own: Own,
    pub(crate) tables: Tables,
    /// What is known of backups.
    pub(crate) backups: Backups,
    /// Whose time it is.
    pub(crate) clock: Clock,
}

impl Case {
    /// What is left to do of `step`.
    fn left(&self, step: &Step) -> Step {
        match self.begun {
            Some((version, begun)) if version == step.version() => step.rest(begun),
            _ => step.clone(),
        }
    }
}

/// How much is lost with one object, as far as the database tells.
#[derive(Debug, Clone)]
struct Held<'p> {
    /// The loss that it is about.
    loss: &'p Loss,
    amount: Amount,
}

/// How much an object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Amount {
    /// Nothing.
    Nothing,
    /// This much, in words: `3 values`.
    Some(String),
    /// It could not be found out.
    Unknown,
}

/// Asks what `case` raises, changing nothing. Empty where its policy asks nothing.
///
/// # Errors
/// Where the connection is lost. A query that fails is an answer: unknown, and why.
pub(crate) async fn gather(session: &mut dyn Session, case: &Case) -> sqlx::Result<Vec<Answer>> {
    let raised = crate::questions(&case.plan, &case.policy);
    if raised.is_empty() {
        return Ok(Vec::new());
    }
    let left: Vec<Step> = case
        .plan
        .steps()
        .iter()
        .map(|step| case.left(step))
        .collect();
    let steps: Vec<&Step> = left.iter().collect();
    let asking = Asking::begin(session, PATIENCE).await?;
    let mut asking = asking.of_steps(&steps).by(case.clock);
    let answers = answers(&mut asking, case, &case.backups, &raised, &steps).await;
    asking.end().await?;
    answers
}

/// Asks again for one step what can have changed since the plan was allowed, in the transaction that is open, or under the
/// locks that are held: those of `questions` that `case` raises.
///
/// # Errors
/// Where the connection is lost or the journal cannot be read.
pub(crate) async fn recheck(
    session: &mut dyn Session,
    case: &Case,
    step: &Step,
    questions: &[Question],
) -> crate::Result<Vec<Answer>> {
    let all = crate::questions(&case.plan, &case.policy);
    let asked_again = |question: &&Question| questions.contains(question);
    let mut raised: Vec<Question> = all.iter().filter(asked_again).copied().collect();
    // What another step of the plan needs a backup for was answered for that one.
    raised.retain(|question| *question != Question::Backup || case.policy.asks(step, *question));
    if raised.is_empty() {
        return Ok(Vec::new());
    }
    let mut backups = Backups::default();
    if raised.contains(&Question::Backup) {
        let now = case.clock.now();
        backups = case.backups.again(session, &case.tables, step, now).await?;
        // Where nothing is held no backup is needed, so the rows are looked at for it.
        let counted = all.contains(&Question::UserData);
        if counted && !raised.contains(&Question::UserData) {
            raised.insert(0, Question::UserData);
        }
    }
    let asking = Asking::within(session, PATIENCE).await?;
    let mut asking = asking.of_steps(&[step]).by(case.clock);
    let answers = answers(&mut asking, case, &backups, &raised, &[step]).await;
    asking.end().await?;
    Ok(answers?)
}

async fn answers(
    asking: &mut Asking<'_>,
    case: &Case,
    backups: &Backups,
    raised: &[Question],
    steps: &[&Step],
) -> sqlx::Result<Vec<Answer>> {
    let mut held = Vec::new();
    let mut answers = Vec::new();
    let doubts = path::named_like_catalogs(asking, steps).await?;
    for question in raised {
        let mut asked = steps.to_vec();
        // What a step that runs later takes may be made by an earlier one, so the first question sees them all.
        if *question != Question::UserData {
            asked.retain(|step| case.policy.asks(step, *question));
        }
        let (all, steps) = (steps, asked.as_slice());
        let mut answer = match question {
            Question::UserData => user_data::answer(asking, case, steps, &mut held).await?,
            Question::RunningCode => {
                let plan = case.plan.steps();
                running_code::answer(asking, &case.tables, &case.own, steps, plan).await?
            }
            Question::Consumers => {
                let programs = consumers::Programs {
                    own: &case.own,
                    list: &case.tables,
                };
                let known = (case.consumers.as_slice(), &programs);
                consumers::answer(asking, steps, case.plan.steps(), known).await?
            }
            Question::Reversible => reversible::answer(asking, steps, &held).await?,
            Question::Backup => backup::answer(backups, case.policy.backup_age, steps, &held),
            Question::Downtime => downtime::answer(asking, &case.policy, all, steps).await?,
        };
        if !doubts.is_empty() && *question != Question::Backup {
            answer.evidence.extend(doubts.iter().cloned());
            answer = Answer::of(*question, answer.evidence);
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// The table of `object` as SQL names it.
pub(crate) fn table(dialect: Dialect, object: &Object) -> String {
    let name = dialect.quote(&object.table);
    match &object.schema {
        Some(schema) => format!("{}.{name}", dialect.quote(schema)),
        None => name,
    }
}

/// The database of a MySQL server that a table stands in, as SQL.
fn home(object: &Object) -> String {
    let schema = object.schema.as_ref();
    schema.map_or("DATABASE()".to_owned(), |schema| {
        ask::word(Dialect::MySql, schema)
    })
}

#[cfg(test)]
mod tests;
