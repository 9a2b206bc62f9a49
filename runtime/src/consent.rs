//! Who agreed to lose what, or took which question upon themselves?

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;

use crate::clock::Clock;
use crate::{Answer, Plan, PlanHash, Question, Site};

mod sight;

pub use sight::Growth;
use sight::Sight;

/// A person's consent to lose data: in one database of one environment, by one run of one plan, for a short time, and no more than what
/// they saw.
///
/// It is spent as soon as a migration has run on it to its end: who reverts the same once more consents once more, since what is there
/// then is other data. A run that was refused, or that failed before it finished anything, leaves it good for the next try.
///
/// It holds for the counts that stood before the person's eyes. Where more is lost by the time that it runs, nothing runs, and the
/// refusal names the old figure and the new one. What was too much to count ("at least 10,000"), or could
/// not be counted, is agreed to as that: more of it, and edits, are not noticed, and the answer says so. Up to 10,000 rows or values are
/// read, and consent is for those: where one was added, edited or deleted since, a person looks again. So let nobody write to what
/// goes any more before you ask: deploy the release that does without it first.
///
/// ```no_run
/// # async fn example(migrator: onward::Migrator, pool: sqlx::SqlitePool) -> onward::Result<()> {
/// use onward::{Consent, Revert};
///
/// let seen = migrator.judge(&pool, Revert::Last).await?;
/// println!("{}", seen.question());
/// // … and when Ada has read that and agreed to lose the phone numbers:
/// let losing = ["users.phone_number"];
/// let consent = Consent::new("ada", &seen.site, &seen.plan.hash, losing).seeing(&seen.answers);
/// migrator.consent(consent).revert(&pool, Revert::Last).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// What tells it from every other one, in the journal too.
    id: String,
    /// Where it was given for. Staging and production may each have a database of the same name, and so may two servers.
    site: Site,
    /// The plan that it was given for.
    plan: PlanHash,
    /// What its giver knew would be lost.
    losing: Vec<String>,
    /// What each object held that its giver saw; none where nobody said what that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<Vec<Sight>>,
    /// Who gave it.
    by: String,
    /// When it ends.
    #[serde(serialize_with = "crate::text::time::serialize")]
    expires: SystemTime,
    /// When it was given, and for how long: nobody's clock can be set back to make it longer.
    #[serde(skip)]
    given: (Instant, Duration),
    /// What has run on it already.
    #[serde(skip)]
    spent: Option<Spent>,
}

/// The entry of the journal by which a consent was used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Spent {
    /// The number of the entry.
    pub entry: i64,
    /// When it was written, as it says.
    pub at: String,
}

/// Why a consent is none for this plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsentGap {
    /// None was given.
    Missing,
    /// It was given for another database, or for one of this name in another environment, on another server, or before this one was
    /// made anew.
    OtherSite(Site),
    /// It was given for another plan, or the plan changed since.
    OtherPlan,
    /// It has expired.
    Expired,
    /// A run has used it, and it was for one.
    Spent(Spent),
    /// It does not name these objects, which would be lost too.
    Unnamed(Vec<String>),
    /// More is lost of these objects than what its giver saw.
    Grown(Vec<Growth>),
}

impl Consent {
    /// How long a consent is good for, unless [`Consent::valid_for`] says so.
    pub const VALIDITY: Duration = Duration::from_secs(15 * 60);

    /// The consent of `by` to lose exactly `losing` at `site` by the plan with this hash, from now on.
    ///
    /// `losing` names each object as the plan does: `users.phone_number`. Without [`Consent::seeing`], what is found when the run
    /// begins counts as what its giver saw.
    #[must_use]
    pub fn new<L: Into<String>>(
        by: &str,
        site: &Site,
        plan: &PlanHash,
        losing: impl IntoIterator<Item = L>,
    ) -> Consent {
        // Seeded by the operating system, differently in every process, and never twice alike in one.
        let random = || RandomState::new().build_hasher().finish();
        Consent {
            id: format!("{:016x}{:016x}", random(), random()),
            site: site.clone(),
            plan: plan.clone(),
            losing: losing.into_iter().map(Into::into).collect(),
            seen: None,
            by: by.to_owned(),
            expires: SystemTime::now() + Consent::VALIDITY,
            given: (Instant::now(), Consent::VALIDITY),
            spent: None,
        }
    }

    /// The same consent, given by somebody who saw these answers: it holds for no more than what they show.
    #[must_use]
    pub fn seeing(mut self, answers: &[Answer]) -> Consent {
        self.seen = Some(sight::sights(answers));
        self
    }

    /// The same, where nobody said what its giver saw.
    pub(crate) fn seeing_at_least(self, answers: &[Answer]) -> Consent {
        match self.seen {
            Some(_) => self,
            None => self.seeing(answers),
        }
    }

    /// The same, as the journal knows it: what has run on it.
    pub(crate) fn used_by(self, spent: Option<Spent>) -> Consent {
        Consent { spent, ..self }
    }

    /// What tells it from every other one.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The longest time that a consent is good for.
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// The same consent, ending after `duration` from now, or after [`Consent::LONGEST`].
    #[must_use]
    pub fn valid_for(mut self, duration: Duration) -> Consent {
        let duration = duration.min(Consent::LONGEST);
        self.expires = SystemTime::now() + duration;
        self.given = (Instant::now(), duration);
        self
    }

    /// The same consent, which ends as soon, by the clock that it is held against.
    pub(crate) fn told_by(mut self, clock: &Clock) -> Consent {
        let (given, validity) = self.given;
        self.expires = clock.now() + validity.saturating_sub(given.elapsed());
        self
    }

    /// Who gave it.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }

    /// What keeps it from covering `plan` at `site` at the time `now`; nothing where it does.
    pub(crate) fn gap(
        &self,
        plan: &Plan,
        site: &Site,
        answers: &[Answer],
        now: SystemTime,
    ) -> Option<ConsentGap> {
        if !self.site.is(site) {
            return Some(ConsentGap::OtherSite(self.site.clone()));
        }
        if self.plan != plan.hash() {
            return Some(ConsentGap::OtherPlan);
        }
        if self.expires <= now {
            return Some(ConsentGap::Expired);
        }
        if let Some(spent) = &self.spent {
            return Some(ConsentGap::Spent(spent.clone()));
        }
        let mut unnamed = plan.losing();
        unnamed.retain(|object| !self.losing.contains(object));
        if !unnamed.is_empty() {
            return Some(ConsentGap::Unnamed(unnamed));
        }
        let grown = sight::growth(self.seen.as_ref()?, answers);
        (!grown.is_empty()).then_some(ConsentGap::Grown(grown))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{back, phone};
    use crate::{Dialect, Environment, Revert};

    #[test]
    fn no_consent_is_for_ever() {
        let plan = back(vec![phone(1, Dialect::Postgres)], Revert::Last);
        let site = Site {
            database: "shop".to_owned(),
            environment: Environment::staging(),
            server: None,
            ledger: None,
        };
        let consent = Consent::new("ada", &site, &plan.hash(), plan.losing());
        let consent = consent.valid_for(Duration::MAX);
        let gap = |later| consent.gap(&plan, &site, &[], SystemTime::now() + later);
        assert_eq!(gap(Consent::LONGEST - Consent::VALIDITY), None);
        assert_eq!(gap(Consent::LONGEST), Some(ConsentGap::Expired));
    }
}
