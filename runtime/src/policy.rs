//! What does an environment ask of a migration before it runs?

use std::path::PathBuf;
use std::time::Duration;

use onward_analysis::{Config, Need, PolicyConfig, Tier, Verdict};
use serde::Serialize;

use crate::{Direction, Environment, Plan, Question, Step};

/// What an environment asks before anything runs in it: the tier's own rules, with what the crates' `onward.toml` say.
///
/// | tier | lossless down | lossy or unknown down | lossless up | lossy up | unknown up |
/// |---|---|---|---|---|---|
/// | development | free | free | free | free | free |
/// | staging | free | consent that names what is lost | free | free | free |
/// | production | questions 2, 3 and 6 | all six questions | questions 2 and 3, and 6 where it reads each row | questions 1, 2, 3, 5 and 6 | the same |
///
/// A lossless up that only adds is free everywhere; the table is about one that changes what code may name or write: it drops,
/// renames, retypes or replaces something, or has whoever writes a row give a column a value. A lossless up that reads or writes each row of
/// a table that is there while others wait (a unique key, CHECK or foreign key that is checked, an index that is not built CONCURRENTLY,
/// another type) raises question 6: besides those two, or alone where it only adds. A key that it adds is no change of what code names,
/// although it may refuse a row. Where an up takes data, question 1 can be answered by a person's consent: forward is the way out, so there is none beyond it. An unknown up that is marked `lossy` is a
/// lossy one. (One that is lossless on the database that is connected can have that mark only for another database that it was
/// checked for.) A down whose author asserts that it loses nothing stays unknown: an assertion is not evidence. Of an up it is the
/// last word on what is not understood, since nobody could ever bring evidence: it counts as lossless.
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
    /// What an up needs that loses nothing, but changes what code may name or write, or keeps others waiting.
    pub lossless_up: Need,
    /// What an up needs that loses data, or is marked so.
    pub lossy_up: Need,
    /// What an up needs that is not understood.
    pub unknown_up: Need,
    /// The questions that may be waived.
    pub waivable: Vec<Question>,
    /// The rows of the largest table that may be rewritten or read whole.
    pub rows: u64,
    /// The bytes of the largest table that may be rewritten or read whole.
    pub bytes: u64,
    /// How long others may be kept waiting.
    pub patience: Duration,
    /// How long one statement of a migration may take before it is cut off.
    pub statement_limit: Duration,
    /// How old a backup may be.
    pub backup_age: Duration,
    /// The folder that Onward copies an SQLite database into by itself, before a migration whose down may lose something; none
    /// where nobody names one. A relative one begins at the folder of the database's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_folder: Option<PathBuf>,
    /// How long the copies are kept that Onward put there itself; for ever where nobody says. Of several crates the longest counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_kept: Option<Duration>,
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
            lossless_down: PolicyConfig::floor(tier),
            lossy_down: lossy,
            unknown_down: lossy,
            lossless_up: PolicyConfig::floor(tier),
            lossy_up: PolicyConfig::floor(tier),
            unknown_up: PolicyConfig::floor(tier),
            waivable: vec![Question::Reversible, Question::Backup, Question::Downtime],
            rows: 1_000_000,
            bytes: 64 << 20,
            patience: Duration::from_secs(5),
            statement_limit: Duration::from_secs(60 * 60),
            backup_age: Duration::from_secs(24 * 60 * 60),
            backup_folder: None,
            backup_kept: None,
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
                .max(PolicyConfig::floor(tier))
        };
        let least = |key: fn(&PolicyConfig) -> Option<u64>, base: u64| {
            said.strictest(key, u64::min).unwrap_or(base)
        };
        let hours = Duration::from_secs(60 * 60);
        let backup_hours = base.backup_age.as_secs() / hours.as_secs();
        let backup_hours = least(|policy| policy.backup_hours, backup_hours);
        Policy {
            lossless_down: need(|p| p.lossless_down, base.lossless_down),
            lossy_down: need(|p| p.lossy_down, base.lossy_down),
            unknown_down: need(|p| p.unknown_down, base.unknown_down),
            lossless_up: need(|p| p.lossless_up, base.lossless_up),
            lossy_up: need(|p| p.lossy_up, base.lossy_up),
            unknown_up: need(|p| p.unknown_up, base.unknown_up),
            waivable: said
                .strictest(|policy| policy.waivable.clone(), both)
                .map_or(base.waivable, |numbers| {
                    numbers.into_iter().filter_map(Question::numbered).collect()
                }),
            rows: least(|policy| policy.rows, base.rows),
            bytes: least(|policy| policy.bytes, base.bytes),
            patience: Duration::from_secs(least(|policy| policy.seconds, base.patience.as_secs())),
            statement_limit: Duration::from_secs(least(
                |policy| policy.statement_seconds,
                base.statement_limit.as_secs(),
            )),
            backup_age: Duration::from_secs(backup_hours.saturating_mul(hours.as_secs())),
            // No folder is stricter than another: the first crate's counts.
            backup_folder: said
                .strictest(|policy| policy.backup_folder.clone(), |first, _| first)
                .map(PathBuf::from),
            backup_kept: said
                .strictest(|policy| policy.backup_days, u64::max)
                .map(|days| {
                    hours
                        .saturating_mul(24)
                        .saturating_mul(u32::try_from(days).unwrap_or(u32::MAX))
                }),
        }
    }

    /// The same for a database that holds nothing: no way forward can hurt anybody in it.
    pub(crate) fn of_a_new_database(self) -> Policy {
        Policy {
            lossless_up: Need::Free,
            lossy_up: Need::Free,
            unknown_up: Need::Free,
            ..self
        }
    }

    /// What `step` needs.
    #[must_use]
    pub fn need(&self, step: &Step) -> Need {
        match Kind::of(step) {
            Kind::Addition => Need::Free,
            // There is nothing in it that a person could consent to.
            Kind::Column if self.lossless_up != Need::Answers => Need::Free,
            Kind::Column | Kind::LosslessUp => self.lossless_up,
            Kind::LossyUp => self.lossy_up,
            Kind::UnknownUp => self.unknown_up,
            Kind::LosslessDown => self.lossless_down,
            Kind::LossyDown => self.lossy_down,
            Kind::UnknownDown => self.unknown_down,
        }
    }

    /// Whether somebody's consent to what `plan` loses is needed.
    #[must_use]
    pub fn needs_consent(&self, plan: &Plan) -> bool {
        let mut steps = plan.steps().iter();
        steps.any(|step| self.need(step) == Need::Consent)
    }

    /// The questions to which `plan` needs a clear answer, in their order.
    #[must_use]
    pub fn questions(&self, plan: &Plan) -> Vec<Question> {
        let mut questions = Question::ALL.to_vec();
        questions.retain(|question| plan.steps().iter().any(|step| self.raises(step, *question)));
        questions
    }

    /// Whether `question` is asked about `step`: because it must be clear, or because consent names what is lost with the
    /// counts.
    pub(crate) fn asks(&self, step: &Step, question: Question) -> bool {
        let counted = self.need(step) == Need::Consent && question == Question::UserData;
        counted || self.raises(step, question)
    }

    /// Whether `step` needs a clear answer to `question`.
    fn raises(&self, step: &Step, question: Question) -> bool {
        self.need(step) == Need::Answers && Kind::of(step).raises(step).contains(&question)
    }

    /// Whether `plan` runs without anything being asked.
    #[must_use]
    pub fn is_free(&self, plan: &Plan) -> bool {
        plan.steps()
            .iter()
            .all(|step| self.need(step) == Need::Free)
    }
}

/// What a step is to a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An up that takes nothing, changes nothing that code may name or write, adds no column to a table that is there, and keeps nobody
    /// waiting.
    Addition,
    /// The same, and a table that is there gets a column: who copies whole rows of it copies one value more, and who writes them has one
    /// too few.
    Column,
    LosslessUp,
    LossyUp,
    UnknownUp,
    LosslessDown,
    LossyDown,
    UnknownDown,
}

impl Kind {
    fn of(step: &Step) -> Kind {
        let lossless = match step.felt().next() {
            None if step.reads_each_row() => Kind::LosslessUp,
            None if step.adds().is_empty() => Kind::Addition,
            None => Kind::Column,
            Some(_) => Kind::LosslessUp,
        };
        match (step.direction(), step.verdict()) {
            (Direction::Up, Verdict::Lossless) => lossless,
            (Direction::Up, Verdict::Lossy) if step.is_understood() => Kind::LossyUp,
            (Direction::Up, Verdict::Unknown) if step.asserted().is_some() => lossless,
            (Direction::Up, _) if step.asserted().is_some() => Kind::LossyUp,
            (Direction::Up, _) if step.record().marks.lossy.is_some() => Kind::LossyUp,
            (Direction::Up, _) => Kind::UnknownUp,
            (Direction::Down, Verdict::Lossless) => Kind::LosslessDown,
            (Direction::Down, Verdict::Lossy) => Kind::LossyDown,
            (Direction::Down, Verdict::Unknown) => Kind::UnknownDown,
        }
    }

    /// The questions that `step`, which is of this kind, raises where answers are needed.
    fn raises(self, step: &Step) -> &'static [Question] {
        match self {
            Kind::Addition => &[],
            Kind::Column => &LOSSLESS_UP,
            Kind::LosslessUp => match (step.felt().next(), step.reads_each_row()) {
                (None, _) if step.adds().is_empty() => &[Question::Downtime],
                (None, _) => &LOSSLESS_DOWN,
                (_, false) => &LOSSLESS_UP,
                (_, true) => &LOSSLESS_DOWN,
            },
            Kind::LossyUp | Kind::UnknownUp => &LOSSY_UP,
            Kind::LosslessDown => &LOSSLESS_DOWN,
            Kind::LossyDown | Kind::UnknownDown => &Question::ALL,
        }
    }
}

/// What an up raises that takes no data but changes what code and consumers name or write. How long others wait until it is let in
/// is bounded while it runs; how long they wait behind it is not, so one that reads each row raises question 6 besides.
const LOSSLESS_UP: [Question; 2] = [Question::RunningCode, Question::Consumers];

/// What a down raises that takes no data: it can still break code, consumers and traffic.
const LOSSLESS_DOWN: [Question; 3] = [
    Question::RunningCode,
    Question::Consumers,
    Question::Downtime,
];

/// What an up raises that takes data. It is not to be reversed, so whether it could be is not asked.
const LOSSY_UP: [Question; 5] = [
    Question::UserData,
    Question::RunningCode,
    Question::Consumers,
    Question::Backup,
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
    use std::sync::Arc;

    use onward_analysis::{Dialect, Down, Record};

    use super::*;
    use crate::fixture::{back, dynamic, index, irreversible, phone};
    use crate::{Goal, Revert};

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
            r#"{"policy": {"preview": {"lossless_down": "free", "lossy_down": "free", "unknown_down": "consent",
                "lossless_up": "free", "lossy_up": "free", "unknown_up": "free"}}}"#,
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

    #[test]
    fn an_up_is_asked_for_where_it_can_hurt() {
        let dialect = Dialect::Postgres;
        let up = |record: Record| {
            let records = [Arc::new(record)];
            let here = Environment::production();
            Plan::forward(&records, |_| false, Goal::Latest, &here, dialect).unwrap()
        };
        let policy = Policy::of_tier(Tier::Production);
        let asks = |plan: &Plan| (policy.needs_consent(plan), policy.questions(plan));

        let lossless = up(phone(1, dialect));
        assert!(policy.is_free(&lossless));
        let kept = Kept::of(dialect);
        for adds in [
            "CREATE TABLE notes (id int)",
            "CREATE INDEX CONCURRENTLY users_email ON users (email)",
            "ALTER TABLE users ADD CONSTRAINT mails CHECK (email LIKE '%@%') NOT VALID",
            "CREATE TABLE notes (id int UNIQUE); CREATE INDEX notes_id ON notes (id)",
            "CREATE VIEW names AS SELECT name FROM users",
        ] {
            assert!(policy.is_free(&up(kept.by(adds))), "{adds}");
        }
        // Who copies whole rows copies one value more.
        for adds in [
            "ALTER TABLE users ADD COLUMN nick text",
            "ALTER TABLE users ADD COLUMN visits int NOT NULL DEFAULT 0",
        ] {
            let asked = asks(&up(kept.by(adds)));
            assert_eq!(asked, (false, LOSSLESS_UP.to_vec()), "{adds}");
        }
        let written = asks(&up(
            kept.by("ALTER TABLE users ADD COLUMN code uuid DEFAULT gen_random_uuid()")
        ));
        assert_eq!(written, (false, LOSSLESS_DOWN.to_vec()));
        // Whoever writes, or even reads, waits until each row has been looked at.
        for reads in [
            "CREATE INDEX users_email ON users (email)",
            "CREATE UNIQUE INDEX users_email ON users (email)",
            "ALTER TABLE users ADD CONSTRAINT mail UNIQUE (email)",
            "ALTER TABLE users ADD CONSTRAINT mails CHECK (email LIKE '%@%')",
            "ALTER TABLE users ADD CONSTRAINT boss FOREIGN KEY (id) REFERENCES bosses (id)",
        ] {
            let asked = asks(&up(kept.by(reads)));
            assert_eq!(asked, (false, vec![Question::Downtime]), "{reads}");
        }
        for changes in [
            "DROP VIEW adults",
            "CREATE OR REPLACE VIEW adults AS SELECT id, name, 1 AS n FROM users",
            "ALTER TABLE users RENAME COLUMN email TO mail",
            "ALTER TABLE users RENAME TO people",
            "ALTER TABLE users ALTER COLUMN email TYPE text",
            "ALTER TABLE users ADD COLUMN nick text NOT NULL",
        ] {
            assert_eq!(
                asks(&up(kept.by(changes))),
                (false, LOSSLESS_UP.to_vec()),
                "{changes}"
            );
        }
        for slowly in [
            "ALTER TABLE users ALTER COLUMN id TYPE bigint",
            "ALTER TABLE users ALTER COLUMN email SET NOT NULL",
        ] {
            let asked = asks(&up(kept.by(slowly)));
            assert_eq!(asked, (false, LOSSLESS_DOWN.to_vec()), "{slowly}");
        }
        assert_eq!(
            asks(&up(irreversible(1, dialect))),
            (false, LOSSY_UP.to_vec())
        );

        let mut unknown = dynamic(1, dialect);
        let Down::Script(script) = unknown.down.clone() else {
            unreachable!("it has a down");
        };
        unknown.up = script;
        assert_eq!(asks(&up(unknown.clone())), (false, LOSSY_UP.to_vec()));
        unknown.marks.lossy = Some("the old partitions go".to_owned());
        assert_eq!(asks(&up(unknown.clone())), (false, LOSSY_UP.to_vec()));
        unknown.marks.lossy = None;
        unknown.marks.assert_lossless = Some("it only builds".to_owned());
        assert!(policy.is_free(&up(unknown.clone())));
        // What is understood of it counts all the same.
        let renames = kept.by("ALTER TABLE users RENAME TO people");
        unknown.up.analyses[0].changes = renames.up.analyses[0].changes.clone();
        assert_eq!(asks(&up(unknown)), (false, LOSSLESS_UP.to_vec()));
        if dialect != Dialect::Sqlite {
            let calls = kept.by("DROP FUNCTION total");
            assert_eq!(asks(&up(calls)), (false, LOSSLESS_UP.to_vec()));
        }
    }

    /// A schema with a table and a view.
    struct Kept(Dialect, onward_analysis::Schema);

    impl Kept {
        fn of(dialect: Dialect) -> Kept {
            let sql = "CREATE TABLE users (id int, name text, email varchar(40)); \
                       CREATE VIEW adults AS SELECT id, name FROM users;";
            let none = onward_analysis::Schema::empty();
            let judged = onward_analysis::judge::judge(dialect, &none, Some(sql), None);
            Kept(dialect, judged.after)
        }

        /// A migration on it, as the macro would judge it.
        fn by(&self, up: &str) -> Record {
            let judged = onward_analysis::judge::judge(self.0, &self.1, Some(up), None);
            let mut record = phone(1, self.0);
            record.up.sql = Some(up.to_owned());
            record.up.analyses = judged.up.into_iter().collect();
            assert_eq!(record.up.verdict(self.0), Verdict::Lossless, "{up}");
            record
        }
    }
}
