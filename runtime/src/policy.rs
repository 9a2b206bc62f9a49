//! What does an environment ask of a migration before it runs?

use onward_analysis::{Tier, Verdict};

use crate::{Direction, Question};

/// What must be given before a migration may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the gate must answer for each")]
pub enum Demand {
    /// Nothing.
    Nothing,
    /// A person's consent that names what is lost.
    Consent,
    /// An answer that is clear to each of these questions.
    Answers(&'static [Question]),
}

/// The table of the gate.
///
/// | tier | lossless down | lossy or unknown down |
/// |---|---|---|
/// | development | runs | runs |
/// | staging | runs | consent that names what is lost |
/// | production | questions 2, 3 and 6 | all six questions |
///
/// A verdict that its author asserted stays unknown: an assertion is not evidence. An up is admitted by its marks when it
/// is compiled, and runs.
#[must_use]
pub fn demand(tier: Tier, direction: Direction, verdict: Verdict) -> Demand {
    match (direction, tier, verdict) {
        (Direction::Up, _, _) | (Direction::Down, Tier::Development, _) => Demand::Nothing,
        (Direction::Down, Tier::Staging, Verdict::Lossless) => Demand::Nothing,
        (Direction::Down, Tier::Staging, Verdict::Lossy | Verdict::Unknown) => Demand::Consent,
        (Direction::Down, Tier::Production, Verdict::Lossless) => Demand::Answers(&LOSSLESS),
        (Direction::Down, Tier::Production, Verdict::Lossy | Verdict::Unknown) => {
            Demand::Answers(&Question::ALL)
        }
    }
}

/// What a down raises that takes no data: it can still break code, consumers and traffic.
const LOSSLESS: [Question; 3] = [
    Question::RunningCode,
    Question::Consumers,
    Question::Downtime,
];
