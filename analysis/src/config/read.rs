//! Where in an `onward.toml` is what wrong?

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, Consumer, Need, PolicyConfig};
use crate::nearest::nearest;
use crate::rules::may_be_set;
use crate::snippet::{self, Location};
use crate::{Dialect, Level, Span, Tier};

type Key<'t> = Spanned<std::borrow::Cow<'t, str>>;
type Value<'t> = Spanned<DeValue<'t>>;

impl Config {
    /// Reads `onward.toml` in `folder`; the default where there is none.
    ///
    /// # Errors
    /// Every mistake in it, each a sentence with a snippet of the line that it stands on.
    pub fn read(folder: &Path) -> Result<Config, Vec<String>> {
        let path = folder.join(Config::FILE);
        let here = std::env::current_dir().unwrap_or_default();
        let shown = path.strip_prefix(&here).unwrap_or(&path).display();
        match std::fs::read_to_string(&path) {
            Ok(text) => Config::parse(&text, &shown.to_string()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !path.is_symlink() => {
                Ok(Config::default())
            }
            Err(e) if path.is_symlink() => Err(vec![format!(
                "{shown} is a link that leads to no file that can be read ({e}): correct it, or remove it"
            )]),
            Err(e) => Err(vec![format!("{shown} cannot be read: {e}")]),
        }
    }

    /// Reads the text of an `onward.toml`, which is called `file` where something is wrong in it.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(text: &str, file: &str) -> Result<Config, Vec<String>> {
        let mut reader = Reader {
            text,
            file,
            mistakes: Vec::new(),
        };
        let config = match DeTable::parse(text) {
            Ok(table) => reader.config(table.get_ref()),
            Err(error) => {
                let message = error.message().lines().next().unwrap_or_default();
                reader.wrong(
                    error.span().unwrap_or_default(),
                    format!("this is no TOML: {message}"),
                );
                Config::default()
            }
        };
        let mut mistakes = reader.mistakes;
        if mistakes.is_empty() {
            return Ok(config);
        }
        mistakes.sort_by_key(|(start, _)| *start);
        Err(mistakes.into_iter().map(|(_, mistake)| mistake).collect())
    }
}

/// The text that is read, and what is wrong in it.
struct Reader<'t> {
    text: &'t str,
    file: &'t str,
    /// Where each begins, and what it is.
    mistakes: Vec<(usize, String)>,
}

const KEYS: [&str; 5] = ["consumers", "dialects", "environments", "policy", "rules"];

const POLICY: [&str; 14] = [
    "lossless_down",
    "lossy_down",
    "unknown_down",
    "lossless_up",
    "lossy_up",
    "unknown_up",
    "waivable",
    "rows",
    "bytes",
    "seconds",
    "statement_seconds",
    "backup_hours",
    "backup_folder",
    "backup_days",
];

impl Reader<'_> {
    fn config(&mut self, table: &DeTable<'_>) -> Config {
        let mut config = Config::default();
        // The policies name environments, which may stand below them.
        if let Some((_, value)) = table
            .iter()
            .find(|(key, _)| *key.get_ref() == "environments")
        {
            config.environments = self.environments(value);
        }
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "dialects" => config.dialects = self.list(value, Reader::dialect),
                "consumers" => config.consumers = self.list(value, Reader::consumer),
                "policy" => config.policy = self.policies(value, &config),
                "rules" => config.rules = self.rules(value),
                "environments" => {}
                _ => self.unknown(key, "onward.toml", &KEYS),
            }
        }
        config
    }

    fn environments(&mut self, value: &Value<'_>) -> BTreeMap<String, Tier> {
        let mut environments = BTreeMap::new();
        for (key, value) in self.table(value) {
            let own = |tier: &&Tier| tier.name().eq_ignore_ascii_case(key.get_ref());
            // A deployment that mistypes a capital letter would be held to other rules, without a word.
            if let Some(tier) = Tier::ALL.iter().find(own) {
                let message = format!(
                    "`{}` is an environment already: `{}` cannot be made another one",
                    key.get_ref(),
                    tier.name()
                );
                self.wrong(key.span(), message);
            } else if let Some(tier) = self.one_of(value, &Tier::ALL, Tier::name) {
                environments.insert(key.get_ref().clone().into_owned(), tier);
            }
        }
        environments
    }

    fn dialect(&mut self, value: &Value<'_>) -> Option<Dialect> {
        self.one_of(value, &Dialect::ALL, Dialect::name)
    }

    fn consumer(&mut self, value: &Value<'_>) -> Option<Consumer> {
        let text = self.string(value)?;
        match Consumer::parse(&text) {
            Ok(consumer) => Some(consumer),
            Err(message) => {
                self.wrong(value.span(), message);
                None
            }
        }
    }

    fn policies(&mut self, value: &Value<'_>, config: &Config) -> BTreeMap<String, PolicyConfig> {
        let mut policies = BTreeMap::new();
        let known = config.environment_names();
        for (key, value) in self.table(value) {
            match config.tier(key.get_ref()) {
                Some(tier) => {
                    let policy = self.policy(value, tier);
                    policies.insert(key.get_ref().clone().into_owned(), policy);
                }
                None => self.wrong(
                    key.span(),
                    format!(
                        "`{}` is no environment: {}; further ones are declared in `[environments]`",
                        key.get_ref(),
                        meant(key.get_ref(), &known)
                    ),
                ),
            }
        }
        policies
    }

    fn policy(&mut self, value: &Value<'_>, tier: Tier) -> PolicyConfig {
        let mut policy = PolicyConfig::default();
        for (key, value) in self.table(value) {
            match key.get_ref().as_ref() {
                "lossless_down" => policy.lossless_down = self.need(key, value, tier),
                "lossy_down" => policy.lossy_down = self.need(key, value, tier),
                "unknown_down" => policy.unknown_down = self.need(key, value, tier),
                "lossless_up" => policy.lossless_up = self.need(key, value, tier),
                "lossy_up" => policy.lossy_up = self.need(key, value, tier),
                "unknown_up" => policy.unknown_up = self.need(key, value, tier),
                "waivable" => policy.waivable = Some(self.list(value, Reader::waivable)),
                "rows" => policy.rows = self.threshold(key, value),
                "bytes" => policy.bytes = self.threshold(key, value),
                "seconds" => policy.seconds = self.threshold(key, value),
                "statement_seconds" => policy.statement_seconds = self.threshold(key, value),
                "backup_hours" => policy.backup_hours = self.threshold(key, value),
                "backup_folder" => policy.backup_folder = self.folder(value),
                "backup_days" => policy.backup_days = self.threshold(key, value),
                _ => self.unknown(key, "a policy", &POLICY),
            }
        }
        policy
    }

    fn need(&mut self, key: &Key<'_>, value: &Value<'_>, tier: Tier) -> Option<Need> {
        let need = self.one_of(value, &Need::ALL, Need::name)?;
        let key = key.get_ref().as_ref();
        let floor = PolicyConfig::floor(tier);
        if need < floor {
            self.wrong(
                value.span(),
                format!(
                    "`{key}` is never less than \"{}\" in {tier}: no setting turns the gate off",
                    floor.name()
                ),
            );
            return None;
        }
        Some(need)
    }

    fn threshold(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<u64> {
        let key = key.get_ref().as_ref();
        let range = PolicyConfig::range(key)?;
        let Some(number) = value.get_ref().as_integer() else {
            self.other_type(value, "a whole number");
            return None;
        };
        let known = u64::from_str_radix(number.as_str(), number.radix()).ok();
        let within = known.filter(|number| range.contains(number));
        if within.is_none() {
            self.wrong(
                value.span(),
                format!(
                    "`{key}` is a number from {} to {}, not {}",
                    range.start(),
                    range.end(),
                    number.as_str()
                ),
            );
        }
        within
    }

    fn folder(&mut self, value: &Value<'_>) -> Option<String> {
        let folder = self.string(value)?;
        if folder.trim().is_empty() {
            let message = "`backup_folder` is the path of a folder: absolute, or from the database's own folder";
            self.wrong(value.span(), message);
            return None;
        }
        Some(folder)
    }

    fn waivable(&mut self, value: &Value<'_>) -> Option<u8> {
        let number = self.number(value)?;
        let known = u8::try_from(number).ok();
        match known.filter(|number| PolicyConfig::WAIVABLE.contains(number)) {
            Some(number) => Some(number),
            None if (1..=3).contains(&number) => {
                self.wrong(
                    value.span(),
                    format!("question {number} can never be waived: only 4, 5 and 6 can"),
                );
                None
            }
            None => {
                self.wrong(
                    value.span(),
                    format!("there is no question {number} to waive: 4, 5 and 6 can be"),
                );
                None
            }
        }
    }

    fn rules(&mut self, value: &Value<'_>) -> BTreeMap<String, Level> {
        let mut rules = BTreeMap::new();
        for (key, value) in self.table(value) {
            let rule = key.get_ref();
            let Some(level) = self.one_of(value, &Level::ALL, Level::name) else {
                continue;
            };
            match may_be_set(rule, level) {
                Ok(()) => {
                    rules.insert(rule.clone().into_owned(), level);
                }
                Err(message) => self.wrong(key.span(), message),
            }
        }
        rules
    }

    /// The value of one of `all`, written by its name.
    fn one_of<T: Copy>(
        &mut self,
        value: &Value<'_>,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.string(value)?;
        let found = all.iter().copied().find(|one| name(*one) == text);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
            self.wrong(
                value.span(),
                format!("\"{text}\" is not known here: {}", meant(&text, &names)),
            );
        }
        found
    }

    fn string(&mut self, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.other_type(value, "a text in quotes");
        }
        text
    }

    fn number(&mut self, value: &Value<'_>) -> Option<u64> {
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        if number.is_none() {
            self.other_type(value, "a whole number from 0 up");
        }
        number
    }

    fn list<T>(
        &mut self,
        value: &Value<'_>,
        one: fn(&mut Self, &Value<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(values) = value.get_ref().as_array() else {
            self.other_type(value, "a list, [ … ]");
            return Vec::new();
        };
        values.iter().filter_map(|value| one(self, value)).collect()
    }

    fn table<'v, 't>(&mut self, value: &'v Value<'t>) -> Vec<(&'v Key<'t>, &'v Value<'t>)> {
        let Some(table) = value.get_ref().as_table() else {
            self.other_type(value, "a table");
            return Vec::new();
        };
        table.iter().collect()
    }

    fn other_type(&mut self, value: &Value<'_>, wanted: &str) {
        let found = value.get_ref().type_str();
        self.wrong(
            value.span(),
            format!("{wanted} is wanted here, not {found}"),
        );
    }

    fn unknown(&mut self, key: &Key<'_>, of: &str, known: &[&str]) {
        let name = key.get_ref();
        self.wrong(
            key.span(),
            format!("`{name}` is no key of {of}: {}", meant(name, known)),
        );
    }

    fn wrong(&mut self, range: Range<usize>, message: impl AsRef<str>) {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (line, column) = snippet::line_column(self.text, range.start);
        let at = Location {
            file: self.file.to_owned(),
            line,
            column,
        };
        let span = Span {
            start: byte(range.start),
            end: byte(range.end),
        };
        let drawn = snippet::draw(self.text, span, Some(&at));
        let mistake = format!("{}\n{drawn}", message.as_ref());
        self.mistakes.push((range.start, mistake));
    }
}

/// A sentence's end that offers the name nearest to `word`, or lists them all.
fn meant(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are `{}`", known.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        Config::parse(text, "onward.toml").unwrap_err()
    }

    #[test]
    fn everything_that_can_be_said() {
        let config = Config::parse(
            r#"
            dialects = ["postgres", "sqlite"]
            consumers = ["nightly billing export reads users.phone_number"]

            [policy.preview]
            lossy_down = "free"

            [policy.production]
            lossless_down = "answers"
            lossy_down = "answers"
            unknown_down = "answers"
            lossless_up = "answers"
            lossy_up = "answers"
            unknown_up = "answers"
            waivable = [6]
            rows = 10_000
            bytes = 1_000_000
            seconds = 2
            statement_seconds = 21_600
            backup_hours = 12
            backup_folder = "backups"
            backup_days = 30

            [environments]
            preview = "staging"
            "#,
            "onward.toml",
        )
        .unwrap();
        assert_eq!(config.dialects, [Dialect::Postgres, Dialect::Sqlite]);
        assert_eq!(config.consumers[0].name, "nightly billing export");
        assert_eq!(config.tier("preview"), Some(Tier::Staging));
        assert_eq!(config.policy["preview"].lossy_down, Some(Need::Free));
        assert_eq!(
            config.policy["production"],
            PolicyConfig {
                lossless_down: Some(Need::Answers),
                lossy_down: Some(Need::Answers),
                unknown_down: Some(Need::Answers),
                lossless_up: Some(Need::Answers),
                lossy_up: Some(Need::Answers),
                unknown_up: Some(Need::Answers),
                waivable: Some(vec![6]),
                rows: Some(10_000),
                bytes: Some(1_000_000),
                seconds: Some(2),
                statement_seconds: Some(21_600),
                backup_hours: Some(12),
                backup_folder: Some("backups".to_owned()),
                backup_days: Some(30),
            }
        );
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), config);
    }

    #[test]
    fn a_file_that_says_nothing_is_the_default() {
        assert_eq!(Config::parse("", "onward.toml"), Ok(Config::default()));
    }

    #[test]
    fn a_tier_is_made_no_other_environment() {
        let found =
            mistakes("[environments]\nproduction = \"development\"\nStaging = \"development\"");
        let said = |mistake: &String| mistake.lines().next().map(str::to_owned);
        assert_eq!(
            found.iter().filter_map(said).collect::<Vec<_>>(),
            [
                "`production` is an environment already: `production` cannot be made another one",
                "`Staging` is an environment already: `staging` cannot be made another one",
            ]
        );
    }

    #[test]
    fn a_mistake_points_at_its_line() {
        assert_eq!(
            mistakes("[policy.staging]\n\n[policy.production]\nwaivable = [2, 5]"),
            [
                "question 2 can never be waived: only 4, 5 and 6 can\n --> onward.toml:4:13\n  |\n\
                 4 | waivable = [2, 5]\n  |             ^"
            ]
        );
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let said = mistakes(
            "consumer = []\n[policy.prodction]\n[policy.production]\nlossy_down = \"free\"\nrow = 1\nseconds = -1\n",
        );
        let first: Vec<&str> = said.iter().map(|one| one.lines().next().unwrap()).collect();
        assert_eq!(
            first,
            [
                "`consumer` is no key of onward.toml: did you mean `consumers`?",
                "`prodction` is no environment: did you mean `production`?; further ones are declared in `[environments]`",
                "`lossy_down` is never less than \"answers\" in production: no setting turns the gate off",
                "`row` is no key of a policy: did you mean `rows`?",
                "`seconds` is a number from 1 to 3600, not -1",
            ]
        );
    }

    #[test]
    fn a_rule_has_the_level_that_is_written() {
        let text = "rules = { leaves_behind = \"deny\", not_restored = \"allow\", unmarked_lossy_up = \"deny\" }";
        let rules = Config::parse(text, "onward.toml").unwrap().rules;
        assert_eq!(rules["leaves_behind"], Level::Deny);
        assert_eq!(rules["not_restored"], Level::Allow);
    }

    #[test]
    fn an_environment_is_as_careful_as_its_tier() {
        let text = "environments = { eu = \"production\" }\n[policy.eu]\nlossy_up = \"consent\"";
        assert!(
            mistakes(text)[0]
                .starts_with("`lossy_up` is never less than \"answers\" in production")
        );
    }

    #[test]
    fn each_value_says_what_it_should_be() {
        for (text, says) in [
            ("dialects = [\"postgre\"]", "did you mean `postgres`?"),
            (
                "dialects = \"postgres\"",
                "a list, [ … ] is wanted here, not string",
            ),
            (
                "consumers = [1]",
                "a text in quotes is wanted here, not integer",
            ),
            ("consumers = [\"export\"]", "NAME reads TABLE.COLUMN"),
            ("environments = 1", "a table is wanted here"),
            (
                "environments = { a = \"prod\" }",
                "there are `development`, `staging`, `production`",
            ),
            (
                "policy = { staging = { waivable = [7] } }",
                "no question 7 to waive",
            ),
            (
                "policy = { staging = { seconds = 86_400 } }",
                "`seconds` is a number from 1 to 3600, not 86400",
            ),
            (
                "policy = { staging = { backup_hours = 0 } }",
                "`backup_hours` is a number from 1 to 8760, not 0",
            ),
            (
                "policy = { staging = { rows = 99999999999999999999 } }",
                "`rows` is a number from 0 to 1000000000000, not 99999999999999999999",
            ),
            (
                "policy = { staging = { backup_folder = \" \" } }",
                "`backup_folder` is the path of a folder",
            ),
            (
                "policy = { staging = { bytes = \"64 MB\" } }",
                "a whole number is wanted here, not string",
            ),
            (
                "policy = { staging = { lossy_down = \"never\" } }",
                "there are `free`, `consent`, `answers`",
            ),
            (
                "rules = { leaves_behnd = \"deny\" }",
                "there is no rule `leaves_behnd`: did you mean `leaves_behind`?",
            ),
            (
                "rules = { frobnicate = \"deny\" }",
                "there is no rule `frobnicate`: `cargo onward explain` lists the rules",
            ),
            (
                "rules = { unmarked_lossy_up = \"warn\" }",
                "`unmarked_lossy_up` guards data or a mark: it is always `deny`",
            ),
            (
                "rules = { leaves_behind = \"off\" }",
                "there are `allow`, `note`, `warn`, `deny`",
            ),
            ("dialects = [", "this is no TOML"),
        ] {
            let said = mistakes(text);
            assert!(said[0].contains(says), "{text}: {said:?}");
            assert!(said[0].contains("--> onward.toml:1:"), "{text}: {said:?}");
        }
    }
}
