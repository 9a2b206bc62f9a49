//! Question 5: can what is lost be restored from a backup?

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use onward_analysis::{Age, Loss, LossKind, Object, Verdict, Version};

use super::{Amount, Held};
use crate::backup::{APART, COPIED};
use crate::history::backups::{self, Recorded};
use crate::history::{Tables, records};
use crate::session::Session;
use crate::text::moment;
use crate::{Answer, Backup, Direction, Evidence, Question, Result, State, Step};

/// What is known of backups when the question is asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backups {
    /// Those that were written down.
    pub(crate) known: Vec<Backup>,
    /// Those that the application's own systems tell of.
    pub(crate) told: Vec<Backup>,
    /// The entries of the journal that they stand in, each with its seal.
    pub(crate) seals: BTreeMap<i64, String>,
    /// How many more the journal has that the chain of its seals does not reach.
    pub(crate) unchained: usize,
    /// What the journal was asked.
    pub(crate) query: Option<crate::Query>,
    /// Why a system could not be asked.
    pub(crate) troubles: Vec<String>,
    /// What is wrong with those of Onward's own copies that cannot be relied on any more, by their place.
    pub(crate) spoiled: BTreeMap<String, String>,
    /// Where Onward copies the database right before each step that is asked; none where it does not.
    pub(crate) folder: Option<String>,
    /// When each migration was applied, as far as the journal seals it.
    pub(crate) applied: BTreeMap<Version, SystemTime>,
    /// When it is asked.
    pub(crate) now: Option<SystemTime>,
    /// The schema or database that a table without one stands in; empty where there are none.
    pub(crate) home: String,
}

impl Backups {
    /// Takes from the journal what it says by `now`.
    ///
    /// # Errors
    /// Where the connection is lost or the journal cannot be read.
    pub(crate) async fn read(
        &mut self,
        session: &mut dyn Session,
        tables: &Tables,
        now: SystemTime,
    ) -> Result<()> {
        self.say(backups::read(session, tables, now).await?);
        self.applied = records::applied_at(session, tables, None).await?;
        Ok(())
    }

    fn say(&mut self, recorded: Recorded) {
        self.known = recorded.backups;
        self.seals = recorded.seals;
        self.unchained = recorded.unbelieved;
        self.query = Some(recorded.query);
    }

    /// The same for `step` by `now`: what was written down may be gone or altered. What came since is not looked for, no other system is
    /// asked again, and nothing is restored.
    ///
    /// # Errors
    /// Where the connection is lost or the journal cannot be read.
    pub(super) async fn again(
        &self,
        session: &mut dyn Session,
        tables: &Tables,
        step: &Step,
        now: SystemTime,
    ) -> Result<Backups> {
        let mut again = Backups {
            now: Some(now),
            ..self.clone()
        };
        // Without a journal none was read.
        if self.query.is_some() {
            again.say(backups::again(session, tables, &self.seals, now).await?);
            again.applied = records::applied_at(session, tables, Some(step.version())).await?;
        }
        Ok(again)
    }

    /// The verified ones that can answer for `step`, the newest first.
    pub(crate) fn candidates(&self, step: &Step, age: Duration) -> Vec<Backup> {
        let Some(before) = self.before(step) else {
            return Vec::new();
        };
        let mut recent = self.recent(before, age);
        recent.retain(|backup| backup.verified.is_some());
        recent.into_iter().cloned().collect()
    }

    /// Before when a backup for `step` must be taken.
    fn before(&self, step: &Step) -> Option<SystemTime> {
        match step.direction() {
            Direction::Up => self.now.map(|now| now + APART),
            Direction::Down => self.applied.get(&step.version()).copied(),
        }
    }

    /// Those from before then that are not too old, the newest first.
    fn recent(&self, before: SystemTime, age: Duration) -> Vec<&Backup> {
        let limit = before.checked_sub(age);
        let fits = |backup: &&Backup| {
            backup.taken <= before && limit.is_none_or(|limit| backup.taken >= limit)
        };
        let mut recent: Vec<&Backup> = self.all().filter(fits).collect();
        recent.sort_by_key(|backup| std::cmp::Reverse(backup.taken));
        recent
    }

    fn all(&self) -> impl Iterator<Item = &Backup> {
        self.known.iter().chain(&self.told)
    }
}

/// Whether for each step there is a backup that was restored once, from before the step's migration was applied (or, of a way
/// forward, from before now), and not older than `age` then. What is the same for several steps is said once.
pub(super) fn answer(
    backups: &Backups,
    age: Duration,
    steps: &[&Step],
    held: &[Held<'_>],
) -> Answer {
    let mut evidence: Vec<Evidence> = Vec::new();
    for step in steps {
        let one = of_step(backups, age, step, held);
        if !evidence.contains(&one) {
            evidence.push(one);
        }
    }
    Answer::of(Question::Backup, evidence)
}

fn of_step(backups: &Backups, age: Duration, step: &Step, held: &[Held<'_>]) -> Evidence {
    if step.direction() == Direction::Up && is_empty(step, held) {
        return Evidence::said(
            State::Clear,
            format!(
                "What {} removes holds nothing, so no backup is needed.",
                step.name()
            ),
        );
    }
    if let (Direction::Up, Some(folder)) = (step.direction(), &backups.folder) {
        let sentence = format!(
            "Onward copies the database into {folder} right before {} and proves the copy; where it cannot, nothing runs.",
            step.name()
        );
        return Evidence::said(State::Clear, sentence);
    }
    let Some(before) = backups.before(step) else {
        let sentence = format!(
            "When {} was applied is not known: the journal has no whole entry of it. `journal verify` says what became of it.",
            step.name()
        );
        return Evidence::said(State::Unknown, sentence);
    };
    let (state, sentence) = weighed(backups, age, before, step, held);
    Evidence {
        query: backups.query.clone(),
        ..Evidence::said(state, sentence)
    }
}

fn weighed(
    backups: &Backups,
    age: Duration,
    before: SystemTime,
    step: &Step,
    held: &[Held<'_>],
) -> (State, String) {
    let name = step.name();
    let mut fitting: Vec<&Backup> = backups.all().collect();
    fitting.sort_by_key(|backup| std::cmp::Reverse(backup.taken));
    let newest = fitting.first().copied();
    fitting.retain(|backup| backup.taken <= before);
    let recent = backups.recent(before, age);
    let spoiled = |backup: &Backup| backups.spoiled.get(&backup.location);
    let mut sound = recent.iter().filter(|backup| spoiled(backup).is_none());
    let verified = sound.find_map(|b| Some((*b, b.verified.as_ref()?)));
    if let Some((backup, verified)) = verified {
        if let Some(lacking) = lacking(backup, &backups.home, step, held) {
            return (
                State::Blocked,
                format!(
                    "{} {lacking}: what {name} removes could not come back from it.",
                    told(backup)
                ),
            );
        }
        return (
            State::Clear,
            format!(
                "{} is from before {name}; {} verified it: {}.",
                told(backup),
                verified.by,
                verified.restore
            ),
        );
    }
    let hours = age.as_secs() / 3600;
    if let Some((backup, trouble)) = recent.iter().find_map(|b| Some((*b, spoiled(b)?))) {
        let sentence = format!("{} {trouble}: nothing can come back from it.", told(backup));
        return (State::Blocked, sentence);
    }
    if let Some(backup) = recent.first() {
        let sentence = format!("{} was never restored, as far as is known.", told(backup));
        return (State::Blocked, sentence);
    }
    if let Some(backup) = fitting.first() {
        let sentence = format!(
            "{} is more than {hours} hours older than {name}: what was written in between is not in it.",
            told(backup)
        );
        return (State::Blocked, sentence);
    }
    if let Some(backup) = newest {
        let sentence = format!(
            "{} was taken after {name} was applied, {}: it cannot bring back what was before.",
            told(backup),
            moment(before)
        );
        return (State::Blocked, sentence);
    }
    let troubles: String = backups
        .troubles
        .iter()
        .map(|trouble| format!(" A system that knows of backups could not be asked: {trouble}."))
        .collect();
    let unchained = match backups.unchained {
        0 => String::new(),
        count => format!(
            " {} of the journal cannot be believed: somebody has changed the journal. `journal verify` says where.",
            crate::text::counted(count, "backup", "backups")
        ),
    };
    (
        State::Unknown,
        format!(
            "No backup is on record.{troubles}{unchained} `backup record` puts one there that somebody restored and looked at."
        ),
    )
}

/// Whether question 1 found nothing in anything that the step takes.
fn is_empty(step: &Step, held: &[Held<'_>]) -> bool {
    let nothing = |loss: &Loss| {
        let mut of_it = held.iter().filter(|held| held.loss == loss).peekable();
        of_it.peek().is_some() && of_it.all(|held| held.amount == Amount::Nothing)
    };
    step.is_understood() && step.verdict() == Verdict::Lossy && step.losses().iter().all(nothing)
}

/// What a backup whose tables were counted lacks of what `step` takes; none where nothing, or where nobody counted.
fn lacking(backup: &Backup, home: &str, step: &Step, held: &[Held<'_>]) -> Option<String> {
    if backup.tables.is_empty() {
        return None;
    }
    if backup.tables.values().all(|rows| *rows == 0) {
        return Some("holds not one row".to_owned());
    }
    step.losses().iter().find_map(|loss| {
        let object = &loss.object;
        let rows = backup.tables.iter();
        let rows = rows.filter(|(name, _)| is_of(name, object, home));
        match rows.map(|(_, rows)| *rows).max() {
            None if is_copied_before(backup, step) && is_made_by_the_up(step, loss) => None,
            None => Some(format!("has no table of `{object}`")),
            Some(0) if loss.age == Age::Older || step.direction() == Direction::Up => {
                let holds =
                    |held: &Held<'_>| held.loss == loss && matches!(held.amount, Amount::Some(_));
                let full = held.iter().any(holds);
                full.then(|| format!("has no row of `{}`, which holds some", object.table))
            }
            Some(_) => None,
        }
    })
}

/// Whether Onward copied the database right before the step's migration was applied.
fn is_copied_before(backup: &Backup, step: &Step) -> bool {
    let before = backup.before.as_ref();
    backup.what == COPIED && before.is_some_and(|before| before.version == step.version())
}

/// Whether the table that goes back is one that the up made, where the copy from right before the up has none of it. Of a dump that is
/// older somebody else may have made it in between.
fn is_made_by_the_up(step: &Step, loss: &Loss) -> bool {
    step.direction() == Direction::Down
        && loss.kind == LossKind::DropTable
        && loss.age == Age::SinceUp
}

/// Whether `name`, a table of a backup with or without its schema, is the table of `object`.
fn is_of(name: &str, object: &Object, home: &str) -> bool {
    // PostgreSQL's dumps are counted with `public` left out.
    const PUBLIC: &str = "public";
    let home = if home.is_empty() { PUBLIC } else { home };
    let schema = object.schema.as_deref();
    let (own, table) = match name.rsplit_once('.') {
        Some((own, table)) => (Some(own), table),
        None => (None, name),
    };
    table.eq_ignore_ascii_case(&object.table)
        && match (own, schema) {
            (None, None) => true,
            (None, Some(schema)) => schema == home || schema == PUBLIC,
            (Some(own), schema) => own == schema.unwrap_or(home),
        }
}

fn told(backup: &Backup) -> String {
    format!(
        "The backup \"{}\" of {} in {}",
        backup.what,
        moment(backup.taken),
        backup.location
    )
}

#[cfg(test)]
mod tests {
    use onward_analysis::Dialect;

    use super::*;
    use crate::BeforeMigration;
    use crate::Revert;
    use crate::fixture::{back, phone};

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(hours: u32) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_300_000) + HOUR * hours
    }

    fn taken(hours: u32) -> Backup {
        Backup::new("the dump", at(hours), "s3://backups/shop")
    }

    /// What is said of a column that was added at hour 100, with backups not older than a day.
    fn said(known: Vec<Backup>) -> (State, String) {
        said_of("", known)
    }

    fn said_of(home: &str, known: Vec<Backup>) -> (State, String) {
        let plan = back(vec![phone(3, Dialect::Postgres)], Revert::Last);
        let steps: Vec<&Step> = plan.steps().iter().collect();
        let backups = Backups {
            known,
            applied: BTreeMap::from([(steps[0].version(), at(100))]),
            now: Some(at(200)),
            home: home.to_owned(),
            ..Backups::default()
        };
        let answer = answer(&backups, HOUR * 24, &steps, &[]);
        (answer.state, answer.evidence[0].sentence.clone())
    }

    #[test]
    fn a_verified_one_from_right_before_is_clear() {
        for hour in [76, 99, 100] {
            let verified = taken(hour).verified("ada", "restored into shop_restore");
            let (state, sentence) = said(vec![taken(150), verified]);
            assert_eq!(state, State::Clear, "{sentence}");
            assert!(sentence.contains("ada verified it: restored into shop_restore"));
        }
    }

    #[test]
    fn what_is_the_same_for_all_steps_is_said_once() {
        let records = vec![phone(3, Dialect::Postgres), phone(4, Dialect::Postgres)];
        let plan = back(records, Revert::Steps(2));
        let steps: Vec<&Step> = plan.steps().iter().collect();
        let applied = steps.iter().map(|step| (step.version(), at(100)));
        let mut backups = Backups {
            applied: applied.collect(),
            ..Backups::default()
        };
        let said = answer(&backups, HOUR * 24, &steps, &[]);
        assert_eq!(said.state, State::Unknown);
        assert_eq!(said.evidence.len(), 1);
        backups.known.push(taken(150));
        let said = answer(&backups, HOUR * 24, &steps, &[]);
        assert_eq!(said.evidence.len(), 2, "each was applied by itself");
    }

    #[test]
    fn each_other_one_says_why_not() {
        let verified = |hour| taken(hour).verified("ada", "restored it");
        let orders = [("orders".to_owned(), 3)].into();
        for (known, state, says) in [
            (vec![], State::Unknown, "No backup is on record."),
            (
                vec![verified(101)],
                State::Blocked,
                "was taken after 3 add_phone_number was applied",
            ),
            (
                vec![verified(75)],
                State::Blocked,
                "more than 24 hours older",
            ),
            (vec![taken(99)], State::Blocked, "was never restored"),
            (
                vec![verified(99).holding(orders)],
                State::Blocked,
                "has no table of `users.phone_number`",
            ),
        ] {
            let (found, sentence) = said(known);
            assert_eq!(found, state, "{sentence}");
            assert!(sentence.contains(says), "{sentence}");
        }
    }

    #[test]
    fn a_table_of_that_name_in_another_schema_is_another_table() {
        let verified = |table: &str| {
            let tables = [(table.to_owned(), 3), ("orders".to_owned(), 1)].into();
            vec![taken(99).verified("ada", "restored it").holding(tables)]
        };
        for (home, table, state) in [
            ("", "audit.users", State::Blocked),
            ("", "public.users", State::Clear),
            ("public", "users", State::Clear),
            ("shop", "shop.users", State::Clear),
            ("shop", "public.users", State::Blocked),
            ("shop", "xusers", State::Blocked),
        ] {
            assert_eq!(said_of(home, verified(table)).0, state, "{home} {table}");
        }
        let audit = Object {
            schema: Some("audit".to_owned()),
            ..crate::fixture::object("users")
        };
        assert!(is_of("audit.users", &audit, "public"));
        assert!(!is_of("users", &audit, "public"));
    }

    #[test]
    fn the_copy_from_before_has_no_table_that_the_up_made() {
        let orders = |what| Backup {
            what: String::from(what),
            before: Some(BeforeMigration {
                version: Version::new(3),
                database: "/srv/shop.db".to_owned(),
            }),
            ..taken(99).holding([("orders".to_owned(), 3)].into())
        };
        let lacks = |what, down: &str| {
            let up = "CREATE TABLE notes (id int)";
            let record = crate::fixture::judged(3, Dialect::Sqlite, up, down);
            let plan = back(vec![record], Revert::Last);
            lacking(&orders(what), "", &plan.steps()[0], &[])
        };
        assert_eq!(lacks(COPIED, "DROP TABLE notes"), None);
        assert!(lacks("the dump", "DROP TABLE notes").is_some());
        assert!(lacks(COPIED, "DROP TABLE notes; DROP TABLE users").is_some());
    }

    /// A dump of the schema alone restores without a fault.
    #[test]
    fn a_backup_without_a_row_brings_nothing_back() {
        let rowless = |users: u64, orders: u64| {
            let tables = [("users".to_owned(), users), ("orders".to_owned(), orders)].into();
            taken(99).verified("ada", "restored it").holding(tables)
        };
        let (state, sentence) = said(vec![rowless(0, 0)]);
        assert_eq!(state, State::Blocked);
        assert!(sentence.contains(" holds not one row: "), "{sentence}");
        // What was written since the up is not in a backup from before it, whatever that holds.
        assert_eq!(said(vec![rowless(0, 1)]).0, State::Clear);

        let mut record = phone(3, Dialect::Postgres);
        if let onward_analysis::Down::Script(script) = &mut record.down {
            script.analyses[0].losses[0].age = Age::Older;
        }
        let plan = back(vec![record], Revert::Last);
        let step = &plan.steps()[0];
        let held = |amount| Held {
            loss: &step.losses()[0],
            amount,
        };
        let some = [held(Amount::Some("3 values".to_owned()))];
        assert_eq!(
            lacking(&rowless(0, 1), "", step, &some).unwrap(),
            "has no row of `users`, which holds some"
        );
        assert_eq!(lacking(&rowless(1, 0), "", step, &some), None);
        assert_eq!(
            lacking(&rowless(0, 1), "", step, &[held(Amount::Nothing)]),
            None
        );
    }

    #[test]
    fn a_backup_that_has_the_table_is_as_good_with_a_schema() {
        for table in ["users", "Users", "public.users"] {
            let tables = [(table.to_owned(), 3)].into();
            let backup = taken(99).verified("ada", "restored it").holding(tables);
            assert_eq!(said(vec![backup]).0, State::Clear);
        }
    }
}
