//! What does an environment ask of a migration before it runs?

use std::time::Duration;

use onward_analysis::{Config, Need, PolicyConfig, Tier, Verdict};
use serde::Serialize;

use crate::{Direction, Environment, Plan, Question, Step};

/// What an environment asks before anything runs in it: the tier's own rules, with what the crates' `onward.toml` say.
///
/// | tier | lossless down | lossy or unknown down |
/// |---|---|---|
/// | development | free | free |
/// | staging | free | consent that names what is lost |
/// | production | questions 2, 3 and 6 | all six questions |
///
/// A verdict that its author asserted stays unknown: an assertion is not evidence. An up is admitted by its marks when it
/// is compiled, and runs.
///
/// Of several crates the strictest counts, key by key, among those that say anything; a crate that says nothing of a key
/// has no say in it. In a crate, the table of the environment's own name goes before the one of its tier. No file asks less
/// of production than the tier does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Policy {
    /// What a lossless down needs.
    pub lossless_down: Need,
    /// What a lossy down needs.
    pub lossy_down: Need,
    /// What a down needs that is not understood.
    pub unknown_down: Need,
    /// The questions that may be waived.
    pub waivable: Vec<Question>,
    /// The rows of the largest table that may be rewritten or read whole.
    pub rows: u64,
    /// The bytes of the largest table that may be rewritten or read whole.
    pub bytes: u64,
    /// How long others may be kept waiting.
    pub patience: Duration,
    /// How old a backup may be.
    pub backup_age: Duration,
}

impl Policy {
    /// The policy of a tier where no `onward.toml` says anything.
    #[must_use]
    pub fn of_tier(tier: Tier) -> Policy {
        let lossy = match tier {
            Tier::Development => Need::Free,
            Tier::Staging => Need::Consent,
            Tier::Production => Need::Answers,
        };
        Policy {
            lossless_down: Need::floor(tier),
            lossy_down: lossy,
            unknown_down: lossy,
            waivable: vec![Question::Reversible, Question::Backup, Question::Downtime],
            rows: 1_000_000,
            bytes: 64 << 20,
            patience: Duration::from_secs(5),
            backup_age: Duration::from_secs(24 * 60 * 60),
        }
    }

    /// The policy of `environment`, as those files have it.
    pub(crate) fn of(environment: &Environment, configs: &[Config]) -> Policy {
        let tier = environment.tier();
        let base = Policy::of_tier(tier);
        let said = Said {
            environment,
            configs,
        };
        let need = |key: fn(&PolicyConfig) -> Option<Need>, base: Need| {
            said.strictest(key, Need::max)
                .unwrap_or(base)
                .max(Need::floor(tier))
        };
        let least = |key: fn(&PolicyConfig) -> Option<u64>, base: u64| {
            said.strictest(key, u64::min).unwrap_or(base)
        };
        let hours = Duration::from_secs(60 * 60);
        let backup_hours = base.backup_age.as_secs() / hours.as_secs();
        let backup_hours = least(|policy| policy.backup_hours, backup_hours);
        Policy {
            lossless_down: need(|policy| policy.lossless_down, base.lossless_down),
            lossy_down: need(|policy| policy.lossy_down, base.lossy_down),
            unknown_down: need(|policy| policy.unknown_down, base.unknown_down),
            waivable: said
                .strictest(|policy| policy.waivable.clone(), both)
                .map_or(base.waivable, |numbers| {
                    numbers.into_iter().filter_map(Question::numbered).collect()
                }),
            rows: least(|policy| policy.rows, base.rows),
            bytes: least(|policy| policy.bytes, base.bytes),
            patience: Duration::from_secs(least(|policy| policy.seconds, base.patience.as_secs())),
            backup_age: Duration::from_secs(backup_hours.saturating_mul(hours.as_secs())),
        }
    }

    /// What `step` needs.
    #[must_use]
    pub fn need(&self, step: &Step) -> Need {
        match (step.direction(), step.verdict()) {
            (Direction::Up, _) => Need::Free,
            (Direction::Down, Verdict::Lossless) => self.lossless_down,
            (Direction::Down, Verdict::Lossy) => self.lossy_down,
            (Direction::Down, Verdict::Unknown) => self.unknown_down,
        }
    }

    /// Whether somebody's consent to what `plan` loses is needed.
    #[must_use]
    pub fn needs_consent(&self, plan: &Plan) -> bool {
        plan.steps()
            .iter()
            .any(|step| self.need(step) == Need::Consent)
    }

    /// The questions to which `plan` needs a clear answer, in their order.
    #[must_use]
    pub fn questions(&self, plan: &Plan) -> Vec<Question> {
        let answering = || {
            plan.steps()
                .iter()
                .filter(|step| self.need(step) == Need::Answers)
        };
        Question::ALL
            .into_iter()
            .filter(|question| answering().any(|step| raised(step).contains(question)))
            .collect()
    }

    /// Whether `plan` runs without anything being asked.
    #[must_use]
    pub fn is_free(&self, plan: &Plan) -> bool {
        plan.steps()
            .iter()
            .all(|step| self.need(step) == Need::Free)
    }
}

/// The questions that a step raises, by its direction and verdict.
fn raised(step: &Step) -> &'static [Question] {
    match (step.direction(), step.verdict()) {
        (Direction::Up, _) => &[],
        (Direction::Down, Verdict::Lossless) => &LOSSLESS_DOWN,
        (Direction::Down, Verdict::Lossy | Verdict::Unknown) => &Question::ALL,
    }
}

/// What a down raises that takes no data: it can still break code, consumers and traffic.
const LOSSLESS_DOWN: [Question; 3] = [
    Question::RunningCode,
    Question::Consumers,
    Question::Downtime,
];

/// What the files of several crates say of one environment.
struct Said<'c> {
    environment: &'c Environment,
    configs: &'c [Config],
}

impl Said<'_> {
    /// What the strictest crate says of a key; none where no crate says anything.
    fn strictest<T>(
        &self,
        key: impl Fn(&PolicyConfig) -> Option<T>,
        stricter: fn(T, T) -> T,
    ) -> Option<T> {
        let name = self.environment.name();
        let tier = self.environment.tier().name();
        let of_one = |config: &Config| {
            let own = config.policy.get(name).and_then(&key);
            own.or_else(|| config.policy.get(tier).and_then(&key))
        };
        self.configs.iter().filter_map(of_one).reduce(stricter)
    }
}

/// The numbers that stand in both.
fn both(mut one: Vec<u8>, other: Vec<u8>) -> Vec<u8> {
    one.retain(|number| other.contains(number));
    one
}

#[cfg(test)]
mod tests {
    use onward_analysis::Dialect;

    use super::*;
    use crate::Revert;
    use crate::fixture::{back, dynamic, index, phone};

    fn config(text: &str) -> Config {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn without_a_word_each_tier_has_its_own() {
        for tier in Tier::ALL {
            let environment = Environment::new("anything", tier);
            for configs in [vec![], vec![Config::default()]] {
                assert_eq!(Policy::of(&environment, &configs), Policy::of_tier(tier));
            }
        }
    }

    #[test]
    fn of_several_crates_the_strictest_that_says_anything_counts() {
        let silent = Config::default();
        let shop = config(
            r#"{"policy": {"staging": {"lossy_down": "free", "rows": 10, "waivable": [4, 5], "backup_hours": 48}}}"#,
        );
        let audit = config(
            r#"{"policy": {"staging": {"lossless_down": "consent", "rows": 20, "waivable": [5, 6], "seconds": 9}}}"#,
        );
        let staging = Environment::staging();
        let alone = Policy::of(&staging, &[silent.clone(), shop.clone()]);
        assert_eq!((alone.lossy_down, alone.rows), (Need::Free, 10));
        assert_eq!(alone.backup_age, Duration::from_secs(48 * 3600));

        for configs in [[shop.clone(), audit.clone()], [audit, shop]] {
            let together = Policy::of(&staging, &configs);
            assert_eq!(together.lossy_down, Need::Free);
            assert_eq!(together.lossless_down, Need::Consent);
            assert_eq!(together.unknown_down, Need::Consent);
            assert_eq!(together.rows, 10);
            assert_eq!(together.patience, Duration::from_secs(9));
            assert_eq!(together.waivable, [Question::Backup]);
        }
    }

    #[test]
    fn an_environments_own_table_goes_before_its_tiers() {
        let config = config(
            r#"{"environments": {"preview": "staging"},
                "policy": {"staging": {"lossy_down": "answers", "seconds": 3}, "preview": {"lossy_down": "free"}}}"#,
        );
        let preview = Environment::named("preview").among(std::slice::from_ref(&config));
        let policy = Policy::of(&preview, std::slice::from_ref(&config));
        assert_eq!(policy.lossy_down, Need::Free);
        assert_eq!(policy.patience, Duration::from_secs(3));
        let policy = Policy::of(&Environment::staging(), &[config]);
        assert_eq!(policy.lossy_down, Need::Answers);
    }

    /// The macro refuses such a file; and where a database's label made an environment production, nobody asked it.
    #[test]
    fn production_is_never_loosened() {
        let config = config(
            r#"{"policy": {"preview": {"lossless_down": "free", "lossy_down": "free", "unknown_down": "consent"}}}"#,
        );
        let production = Environment::new("preview", Tier::Production);
        let policy = Policy::of(&production, &[config]);
        assert_eq!(policy, Policy::of_tier(Tier::Production));
    }

    #[test]
    fn a_plan_raises_what_its_steps_raise() {
        let dialect = Dialect::Sqlite;
        let plan = back(
            vec![phone(1, dialect), index(2, dialect), dynamic(3, dialect)],
            Revert::Steps(3),
        );
        let mut policy = Policy::of_tier(Tier::Staging);
        assert_eq!(policy.questions(&plan), []);
        assert!(policy.needs_consent(&plan));
        policy.lossless_down = Need::Answers;
        assert_eq!(policy.questions(&plan), LOSSLESS_DOWN);
        policy.unknown_down = Need::Answers;
        assert_eq!(policy.questions(&plan), Question::ALL);
        assert!(policy.needs_consent(&plan));
        assert!(!policy.is_free(&plan));
        assert!(Policy::of_tier(Tier::Development).is_free(&plan));
    }
}
