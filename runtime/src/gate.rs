//! May this plan run here? Decided from what is given, without touching a database, a clock or the environment.

use std::time::SystemTime;

use onward_analysis::{Need, Verdict, Version};
use serde::Serialize;

use crate::{
    Answer, Consent, ConsentGap, Direction, Environment, Name, Plan, PlanReport, Policy, Question,
    State, Step, Waiver,
};

mod forward;
mod refusal;
mod since;
mod way_out;
pub(crate) mod window;

pub(crate) use forward::undoing;
pub(crate) use since::since;

/// Where a plan would run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Site {
    /// The database's name, as the database itself gives it; the file's for SQLite.
    pub database: String,
    /// The environment.
    pub environment: Environment,
    /// What the server says of itself and of this database: two servers can each have one of this name. None where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The seal of the first entry of its journal, which a database that is made anew does not have; none before Onward ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<String>,
}

impl Site {
    /// Whether both are one place. How careful an environment is does not tell which one it is, and a journal that was begun since
    /// tells nothing of before.
    pub(crate) fn is(&self, other: &Site) -> bool {
        let ledgers = self.ledger.as_ref().zip(other.ledger.as_ref());
        self.is_named_like(other)
            && self.server == other.server
            && ledgers.is_none_or(|(one, other)| one == other)
    }

    /// Whether both names are the same.
    pub(crate) fn is_named_like(&self, other: &Site) -> bool {
        self.database == other.database && self.environment.name() == other.environment.name()
    }
}

/// What people have given for a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// Consent to lose data.
    pub consent: Option<Consent>,
    /// Questions that somebody took upon themselves.
    pub waivers: Vec<Waiver>,
}

/// Whether a plan may run, and why. Its text is what a person reads when it may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Decision {
    /// Where.
    pub site: Site,
    /// What would run.
    pub plan: PlanReport,
    /// The names of everything that it loses, as a consent must give them.
    pub losing: Vec<String>,
    /// By which policy.
    pub policy: Policy,
    /// The questions that were raised, answered. Empty where the environment asks none.
    pub answers: Vec<Answer>,
    /// The waivers that were needed.
    pub waivers: Vec<Waiver>,
    /// The consent that was given for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// What follows.
    pub outcome: Outcome,
    /// Why what was found may no longer be so when it runs; none where nobody can write in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
    /// The step that it was asked again for, right before it ran; none where it was asked before anything ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Name>,
    /// How many statements of that step are done and stay done; 0 where nothing of it was run, or it was undone.
    #[serde(skip_serializing_if = "is_zero")]
    pub done: usize,
    /// The version up to which nothing is asked of a way forward that was refused; none where that is no step of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicable: Option<Version>,
    /// The migrations that do as a way forward what a way back may not, ready to paste; empty where it runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forward: Vec<String>,
    /// Why this refusal is not in the journal; none where it is, and where nothing was to be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrecorded: Option<String>,
    /// When it was decided.
    #[serde(serialize_with = "crate::text::time::serialize")]
    pub decided: SystemTime,
}

/// What follows from a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a caller must answer for each")]
pub enum Outcome {
    /// It runs: the environment asks for nothing.
    Free,
    /// It runs: a person consented to the loss, and every other question that was raised is clear, or waived.
    Consented,
    /// It runs: every question is clear, or waived.
    Cleared,
    /// It does not run without consent to the loss.
    NeedsConsent(ConsentGap),
    /// It does not run: these questions are neither clear nor waived.
    Blocked(Vec<Question>),
}

impl Outcome {
    /// Whether it runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        matches!(self, Outcome::Free | Outcome::Consented | Outcome::Cleared)
    }
}

/// The questions that are asked for `plan` under `policy`.
#[must_use]
pub fn questions(plan: &Plan, policy: &Policy) -> Vec<Question> {
    let mut questions = policy.questions(plan);
    // Consent names what is lost with the counts, so the data is looked at.
    if policy.needs_consent(plan) && !questions.contains(&Question::UserData) {
        questions.insert(0, Question::UserData);
    }
    questions
}

/// Decides whether `plan` may run at `site` under `policy`, at the time `now`, on these answers.
///
/// A question that the plan raises and nobody answered counts as unknown.
#[must_use]
pub fn decide(
    plan: &Plan,
    site: &Site,
    policy: &Policy,
    answers: &[Answer],
    given: &Given,
    now: SystemTime,
) -> Decision {
    let raised: Vec<Answer> = questions(plan, policy)
        .into_iter()
        .map(|question| answer_to(question, answers))
        .collect();
    let needed = policy.questions(plan);
    let mut waivers = Vec::new();
    let mut blocking = Vec::new();
    for answer in &raised {
        let question = answer.question;
        if answer.state == State::Clear || !needed.contains(&question) {
            continue;
        }
        let mut given = given.waivers.iter();
        match given.find(|w| w.question() == question && policy.waivable.contains(&question)) {
            Some(waiver) => waivers.push(waiver.clone()),
            None => blocking.push(question),
        }
    }
    let consent = match &given.consent {
        None => Err(ConsentGap::Missing),
        Some(consent) => match consent.gap(plan, site, answers, now) {
            None => Ok(consent.clone()),
            Some(gap) => Err(gap),
        },
    };
    let outcome = outcome(plan, policy, blocking, &consent);
    let consent = consent.ok().filter(|_| outcome == Outcome::Consented);
    let counted = raised
        .iter()
        .any(|answer| answer.question == Question::UserData);
    let (applicable, forward) = match outcome.runs() {
        true => (None, Vec::new()),
        false => (applicable(plan, policy), forward::forward(plan, now)),
    };
    Decision {
        site: site.clone(),
        plan: plan.report(),
        losing: plan.losing(),
        policy: policy.clone(),
        answers: raised,
        waivers,
        consent,
        outcome,
        caveat: window::caveat(plan).filter(|_| counted),
        before: None,
        done: 0,
        applicable,
        forward,
        unrecorded: None,
        decided: now,
    }
}

fn outcome(
    plan: &Plan,
    policy: &Policy,
    mut blocking: Vec<Question>,
    consent: &Result<Consent, ConsentGap>,
) -> Outcome {
    if policy.is_free(plan) {
        return Outcome::Free;
    }
    // What a way forward takes a person may agree to lose: there is no safer way that is left.
    let is_loss = |q: &Question| plan.direction() == Direction::Up && *q == Question::UserData;
    let needs_consent = policy.needs_consent(plan) || blocking.iter().any(is_loss);
    if consent.is_ok() {
        blocking.retain(|question| !is_loss(question));
    }
    match consent {
        _ if blocking.iter().any(|question| !is_loss(question)) => Outcome::Blocked(blocking),
        Err(gap) if needs_consent => Outcome::NeedsConsent(gap.clone()),
        Ok(_) if needs_consent => Outcome::Consented,
        _ => Outcome::Cleared,
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The last step of a way forward before the first that needs something.
fn applicable(plan: &Plan, policy: &Policy) -> Option<Version> {
    let free = plan
        .steps()
        .iter()
        .take_while(|step| step.direction() == Direction::Up && policy.need(step) == Need::Free);
    free.last().map(Step::version)
}

fn answer_to(question: Question, answers: &[Answer]) -> Answer {
    answers
        .iter()
        .find(|answer| answer.question == question)
        .cloned()
        .unwrap_or_else(|| Answer::of(question, Vec::new()))
}

impl Decision {
    /// Whether it runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.outcome.runs()
    }

    /// Whether data may be lost by it.
    #[must_use]
    pub fn loses(&self) -> bool {
        self.plan.verdict != Verdict::Lossless
    }
}

#[cfg(test)]
mod tests;
