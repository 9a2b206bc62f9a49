//! Who agreed to lose what, or took which question upon themselves?

use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::{Answer, Plan, PlanHash, Question, State};

/// A person's consent to lose data: in one database, by one plan, for a short time.
///
/// ```no_run
/// # async fn example(migrator: onward::Migrator, pool: sqlx::SqlitePool) -> onward::Result<()> {
/// use onward::{Consent, Revert};
///
/// let seen = migrator.judge(&pool, Revert::Last).await?;
/// println!("{}", seen.question());
/// // … and when Ada has read that and agreed to lose the phone numbers:
/// let losing = ["users.phone_number"];
/// let consent = Consent::new("ada", &seen.site.database, &seen.plan.hash, losing).seeing(&seen.answers);
/// migrator.consent(consent).revert(&pool, Revert::Last).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// The name of the database that it was given for.
    database: String,
    /// The plan that it was given for.
    plan: PlanHash,
    /// What its giver knew would be lost.
    losing: Vec<String>,
    /// What held nothing when it was given, and so was no part of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    empty: Vec<String>,
    /// Who gave it.
    by: String,
    /// When it ends.
    #[serde(serialize_with = "crate::text::time::serialize")]
    expires: SystemTime,
}

/// Why a consent is none for this plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsentGap {
    /// None was given.
    Missing,
    /// It was given for another database.
    OtherDatabase(String),
    /// It was given for another plan, or the plan changed since.
    OtherPlan,
    /// It has expired.
    Expired,
    /// It does not name these objects, which would be lost too.
    Unnamed(Vec<String>),
    /// These objects held nothing when it was given.
    Filled(Vec<String>),
}

impl Consent {
    /// How long a consent is good for, unless [`Consent::valid_for`] says so.
    pub const VALIDITY: Duration = Duration::from_secs(15 * 60);

    /// The consent of `by` to lose exactly `losing` in `database` by the plan with this hash, from now on.
    ///
    /// `losing` names each object as the plan does: `users.phone_number`.
    #[must_use]
    pub fn new<L: Into<String>>(
        by: &str,
        database: &str,
        plan: &PlanHash,
        losing: impl IntoIterator<Item = L>,
    ) -> Consent {
        Consent {
            database: database.to_owned(),
            plan: plan.clone(),
            losing: losing.into_iter().map(Into::into).collect(),
            empty: Vec::new(),
            by: by.to_owned(),
            expires: SystemTime::now() + Consent::VALIDITY,
        }
    }

    /// The same consent, given by somebody who saw these answers: what held nothing then must hold nothing still.
    #[must_use]
    pub fn seeing(mut self, answers: &[Answer]) -> Consent {
        let clear = holdings(answers).filter(|(_, state)| *state == State::Clear);
        self.empty = clear.map(|(object, _)| object.to_owned()).collect();
        self
    }

    /// The same consent, ending after `duration` from now.
    #[must_use]
    pub fn valid_for(mut self, duration: Duration) -> Consent {
        self.expires = SystemTime::now() + duration;
        self
    }

    /// Who gave it.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }

    /// What keeps it from covering `plan` on `database` at `now`; nothing where it does.
    pub(crate) fn gap(
        &self,
        plan: &Plan,
        database: &str,
        answers: &[Answer],
        now: SystemTime,
    ) -> Option<ConsentGap> {
        if self.database != database {
            return Some(ConsentGap::OtherDatabase(self.database.clone()));
        }
        if self.plan != plan.hash() {
            return Some(ConsentGap::OtherPlan);
        }
        if self.expires <= now {
            return Some(ConsentGap::Expired);
        }
        let mut unnamed = plan.losing();
        unnamed.retain(|object| !self.losing.contains(object));
        if !unnamed.is_empty() {
            return Some(ConsentGap::Unnamed(unnamed));
        }
        let filled: Vec<String> = holdings(answers)
            .filter(|(object, state)| {
                *state != State::Clear && self.empty.iter().any(|empty| empty == object)
            })
            .map(|(object, _)| object.to_owned())
            .collect();
        (!filled.is_empty()).then_some(ConsentGap::Filled(filled))
    }
}

/// Each object that was looked into, and whether it held anything.
fn holdings(answers: &[Answer]) -> impl Iterator<Item = (&str, State)> {
    let first = answers
        .iter()
        .filter(|answer| answer.question == Question::UserData);
    let evidence = first.flat_map(|answer| &answer.evidence);
    evidence.filter_map(|one| Some((one.object.as_deref()?, one.state)))
}

/// A person's word that one question may stay open. Only questions 4 to 6 can be waived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiver {
    question: Question,
    reason: String,
    by: String,
}

/// Why there is no such waiver.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaiverError {
    /// Questions 1 to 3 cannot be waived.
    NeverWaived(Question),
    /// A waiver without its reason or its giver's name.
    Nameless(Question),
}

impl Waiver {
    /// `by` takes `question` upon themselves, for `reason`.
    ///
    /// # Errors
    /// For questions 1 to 3, and without a reason or a name.
    pub fn new(question: Question, reason: &str, by: &str) -> Result<Waiver, WaiverError> {
        let (reason, by) = (reason.trim(), by.trim());
        if !question.can_be_waived() {
            return Err(WaiverError::NeverWaived(question));
        }
        if reason.is_empty() || by.is_empty() {
            return Err(WaiverError::Nameless(question));
        }
        Ok(Waiver {
            question,
            reason: reason.to_owned(),
            by: by.to_owned(),
        })
    }

    /// The question.
    #[must_use]
    pub fn question(&self) -> Question {
        self.question
    }

    /// Why it may stay open.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Who said so.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }
}

impl std::fmt::Display for WaiverError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WaiverError::NeverWaived(question) => write!(
                f,
                "Question {} can never be waived, only answered: {}\n\
                 Questions 4, 5 and 6 can be, each with a reason. Where 1, 2 or 3 blocks, the way out is forward.",
                question.number(),
                question.text()
            ),
            WaiverError::Nameless(question) => write!(
                f,
                "A waiver of question {} needs a reason and the name of who gives it: --waive {0}=\"why\" --by NAME.",
                question.number()
            ),
        }
    }
}

impl std::error::Error for WaiverError {}
