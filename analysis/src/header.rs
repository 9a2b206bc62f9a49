//! Which marks stand at the head of a SQL file?
//!
//! A mark is a comment line before the first statement: `-- onward: destructive = "why"`. Several may share a line,
//! separated by commas, or stand on lines of their own.

mod head;
mod item;
mod write;

use std::ops::Range;

use crate::nearest::nearest;
use crate::{Marks, Object, Reason, Span, rules};
use head::head;
use item::{Item, Listed, Value, items};
pub use write::write;

/// What the header of one file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The marks.
    pub marks: Marks,
    /// `only(…)`.
    pub only: Vec<String>,
    /// `down_in(…)`.
    pub down_in: Vec<String>,
    /// `transaction = false`, or sqlx's `-- no-transaction`.
    pub transaction: Option<bool>,
}

impl Header {
    /// What both files of a migration say together: what is about the down is looked for with the down first.
    #[must_use]
    pub fn of_pair(up: Header, down: Option<Header>) -> Header {
        let down = down.unwrap_or_default().marks;
        let mut both = up;
        both.marks.destructive = down.destructive.or(both.marks.destructive);
        both.marks.assert_lossless = both.marks.assert_lossless.or(down.assert_lossless);
        both.marks.allow.extend(down.allow);
        both
    }
}

/// A mistake in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderError {
    /// The part of the file to point at.
    pub span: Span,
    /// What is wrong and what to write.
    pub message: String,
}

/// Every key that a header may hold.
const KEYS: [&str; 10] = [
    "allow",
    "destructive",
    "lossy",
    "irreversible",
    "assert_lossless",
    "takes",
    "changes",
    "only",
    "down_in",
    "transaction",
];

/// Keys of the attribute that a file has other ways to say.
const ELSEWHERE: [(&str, &str); 6] = [
    ("version", "the file's name"),
    ("up", "the file's name"),
    ("down", "the file's name"),
    ("up_file", "the file's name"),
    ("down_file", "the file's name"),
    ("dialect", "`dialects` in onward.toml"),
];

/// Reads the marks at the head of `sql`, reporting every mistake.
#[must_use]
pub fn read(sql: &str) -> (Header, Vec<HeaderError>) {
    let head = head(sql);
    let mut reading = Reading::default();
    for stray in head.stray {
        reading.mistake(
            stray,
            "a mark stands on a line of its own above the first statement: `-- onward: destructive`".to_owned(),
        );
    }
    for line in head.lines {
        let (items, mistakes) = items(sql, line.marks);
        for item in items {
            reading.take(item);
        }
        for (place, message) in mistakes {
            reading.mistake(place, message);
        }
    }
    if head.no_transaction {
        reading.header.transaction.get_or_insert(false);
    }
    reading.errors.sort_by_key(|error| error.span.start);
    (reading.header, reading.errors)
}

/// Where `mark`, or the `allow` of the rule `mark`, stands at the head of `sql`.
pub(crate) fn place(sql: &str, mark: &str) -> Option<Span> {
    let lines = head(sql).lines;
    let items = lines.into_iter().flat_map(|line| items(sql, line.marks).0);
    let place = |item: Item| match item.value {
        _ if item.key == mark => Some(item.at),
        Value::List(list) if item.key == "allow" => {
            let rule = list.into_iter().find(|listed| listed.word == mark)?;
            Some(rule.at)
        }
        _ => None,
    };
    items.into_iter().find_map(place).map(span)
}

fn span(place: Range<usize>) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        start: offset(place.start),
        end: offset(place.end),
    }
}

/// `sql` without its mark lines: what is hashed, so that marking a released migration does not edit it.
#[must_use]
pub fn strip(sql: &str) -> String {
    let mut stripped = String::with_capacity(sql.len());
    let mut at = 0;
    for line in head(sql).lines {
        stripped.push_str(&sql[at..line.text.start]);
        at = line.next;
        if line.text.end == sql.len() {
            // The last line has no break of its own: the one before it goes.
            let kept = stripped.strip_suffix('\n').unwrap_or(&stripped);
            stripped.truncate(kept.strip_suffix('\r').unwrap_or(kept).len());
        }
    }
    stripped.push_str(&sql[at..]);
    stripped
}

#[derive(Default)]
struct Reading {
    header: Header,
    seen: Vec<String>,
    errors: Vec<HeaderError>,
}

impl Reading {
    fn mistake(&mut self, place: Range<usize>, message: String) {
        let span = span(place);
        self.errors.push(HeaderError { span, message });
    }

    fn take(&mut self, item: Item) {
        let Item { key, at, value } = item;
        if !KEYS.contains(&key.as_str()) {
            return self.mistake(at, unknown(&key));
        }
        if let ("allow", Value::List(list)) = (key.as_str(), &value) {
            // Reasons are long: each may stand on a line of its own.
            for listed in list {
                self.allow(listed);
            }
            if list.is_empty() {
                self.mistake(at, ALLOW.to_owned());
            }
            return;
        }
        if self.seen.contains(&key) {
            return self.mistake(at, format!("`{key}` stands here twice: keep one of them"));
        }
        let taken = self.assign(&key, value);
        if let Err(message) = taken {
            self.mistake(at, message);
        }
        self.seen.push(key);
    }

    fn allow(&mut self, listed: &Listed) {
        let Listed { word, at, text } = listed;
        let said = match rules::may_be_allowed(word) {
            Err(message) => Err(message),
            Ok(()) => match text {
                None => Err(format!("`allow` needs a reason: `allow({word} = \"why\")`")),
                Some(why) if why.trim().is_empty() => Err(format!(
                    "the reason of `{word}` is empty: say why in a few words"
                )),
                Some(_) if self.header.marks.allow.contains_key(word) => {
                    Err(format!("`{word}` is allowed twice: keep one of them"))
                }
                Some(why) => Ok(why.clone()),
            },
        };
        match said {
            Ok(why) => {
                self.header.marks.allow.insert(word.clone(), why);
            }
            Err(message) => self.mistake(at.clone(), message),
        }
    }

    fn assign(&mut self, key: &str, value: Value) -> Result<(), String> {
        let header = &mut self.header;
        match (key, value) {
            ("only", Value::List(list)) if are_names(&list) => header.only = names(list),
            ("down_in", Value::List(list)) if are_names(&list) => header.down_in = names(list),
            ("takes", Value::List(list)) if are_names(&list) => header.marks.takes = objects(list)?,
            ("changes", Value::List(list)) if are_names(&list) => {
                header.marks.changes = objects(list)?;
            }
            ("takes" | "changes", _) => {
                return Err(format!(
                    "`{key}` lists tables and columns: `{key}(\"users.phone_number\", \"orders\")`"
                ));
            }
            ("allow", _) => return Err(ALLOW.to_owned()),
            ("only" | "down_in", _) => {
                return Err(format!(
                    "`{key}` lists environments: `{key}(development, staging)`"
                ));
            }
            ("transaction", Value::Word(word)) if word == "true" => header.transaction = Some(true),
            ("transaction", Value::Word(word)) if word == "false" => {
                header.transaction = Some(false)
            }
            ("transaction", _) => {
                return Err("write `transaction = false` or `transaction = true`".to_owned());
            }
            ("destructive", Value::Flag) => header.marks.destructive = Some(Reason(None)),
            (key, Value::Text(reason)) if !reason.trim().is_empty() => {
                let marks = &mut header.marks;
                match key {
                    "destructive" => marks.destructive = Some(Reason(Some(reason))),
                    "lossy" => marks.lossy = Some(reason),
                    "irreversible" => marks.irreversible = Some(reason),
                    _ => marks.assert_lossless = Some(reason),
                }
            }
            (key, Value::Text(_)) => {
                return Err(format!(
                    "the reason of `{key}` is empty: say why in a few words"
                ));
            }
            (key, _) => {
                return Err(format!(
                    "`{key}` needs its reason in double quotes: `{key} = \"why\"`"
                ));
            }
        }
        Ok(())
    }
}

const ALLOW: &str = "`allow` names rules, each with a reason: `allow(leaves_behind = \"why\")`";

fn are_names(list: &[Listed]) -> bool {
    !list.is_empty() && list.iter().all(|listed| listed.text.is_none())
}

fn names(list: Vec<Listed>) -> Vec<String> {
    list.into_iter().map(|listed| listed.word).collect()
}

fn objects(list: Vec<Listed>) -> Result<Vec<Object>, String> {
    let objects = list.iter().map(|listed| Object::named(&listed.word));
    objects.collect()
}

fn unknown(key: &str) -> String {
    if let Some((_, place)) = ELSEWHERE.iter().find(|(other, _)| *other == key) {
        return format!("`{key}` is no mark of a file: {place} says it");
    }
    match nearest(key, &KEYS) {
        Some(meant) => format!("there is no mark `{key}`: did you mean `{meant}`?"),
        None => format!(
            "there is no mark `{key}`: the marks are {}",
            KEYS.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn marks(destructive: Option<Option<&str>>, lossy: Option<&str>) -> Marks {
        Marks {
            destructive: destructive.map(|reason| Reason(reason.map(str::to_owned))),
            lossy: lossy.map(str::to_owned),
            ..Marks::default()
        }
    }

    #[track_caller]
    fn assert_mistakes(sql: &str, expected: &[(&str, &str)]) {
        let (_, errors) = read(sql);
        let found: Vec<(&str, &str)> = errors
            .iter()
            .map(|error| (error.span.of(sql), error.message.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_key_is_read() {
        let sql = "\u{feff}-- no-transaction\r\n-- A comment.\r\n\r\n/* more\r\n */\r\n\
            --onward: lossy = \"a \\\"b\\\"\", only(staging, \"eu-1\")\r\n\
            -- Onward : destructive, down_in(development)\r\n\
            -- onward: irreversible = \"i\", assert_lossless = \"l\"\r\n\
            -- onward: takes(orders, \"users.fax\"), changes(\"app.users.fax\")\r\nDROP TABLE t;";
        let (header, errors) = read(sql);
        assert_eq!(errors, []);
        let objects = |names: &[&str]| {
            names
                .iter()
                .map(|name| Object::named(name).unwrap())
                .collect()
        };
        let expected = Header {
            marks: Marks {
                destructive: Some(Reason(None)),
                lossy: Some("a \"b\"".to_owned()),
                irreversible: Some("i".to_owned()),
                assert_lossless: Some("l".to_owned()),
                takes: objects(&["orders", "users.fax"]),
                changes: objects(&["app.users.fax"]),
                allow: BTreeMap::new(),
            },
            only: vec!["staging".to_owned(), "eu-1".to_owned()],
            down_in: vec!["development".to_owned()],
            transaction: Some(false),
        };
        assert_eq!(header, expected);
        let stripped = strip(sql);
        assert_eq!(
            stripped,
            "\u{feff}-- no-transaction\r\n-- A comment.\r\n\r\n/* more\r\n */\r\nDROP TABLE t;"
        );
    }

    #[test]
    fn rules_are_allowed_with_a_reason_each() {
        let sql = "-- onward: allow(leaves_behind = \"the index, it\", takes_more = \"b\"), destructive\n\
            -- onward: allow(not_restored = \"c\")\nDROP TABLE t;";
        let (header, errors) = read(sql);
        assert_eq!(errors, []);
        let allow = [
            ("leaves_behind", "the index, it"),
            ("not_restored", "c"),
            ("takes_more", "b"),
        ];
        let allow = allow.map(|(rule, why)| (rule.to_owned(), why.to_owned()));
        assert_eq!(header.marks.allow, allow.into());
        let at = |mark| place(sql, mark).map(|span| span.of(sql));
        assert_eq!(at("takes_more"), Some("takes_more"));
        assert_eq!(at("destructive"), Some("destructive"));
        assert_eq!(at("lossy"), None);
    }

    #[test]
    fn an_allow_that_says_nothing_is_a_mistake() {
        assert_mistakes(
            "-- onward: allow(leaves_behnd = \"a\", leaves_behind, takes_more = \" \", unmarked_lossy_up = \"c\")\n\
             -- onward: allow(not_restored = \"a\", not_restored = \"b\")\n-- onward: allow\n-- onward: allow()\n\
             -- onward: allow(would_fail = why)",
            &[
                (
                    "leaves_behnd",
                    "there is no rule `leaves_behnd`: did you mean `leaves_behind`?",
                ),
                (
                    "leaves_behind",
                    "`allow` needs a reason: `allow(leaves_behind = \"why\")`",
                ),
                (
                    "takes_more",
                    "the reason of `takes_more` is empty: say why in a few words",
                ),
                (
                    "unmarked_lossy_up",
                    "`unmarked_lossy_up` is never allowed, because it guards data or a mark: the answer to it is `lossy = \"why\"` \
                     or `irreversible = \"why\"`",
                ),
                (
                    "not_restored",
                    "`not_restored` is allowed twice: keep one of them",
                ),
                (
                    "allow",
                    "`allow` names rules, each with a reason: `allow(leaves_behind = \"why\")`",
                ),
                (
                    "allow",
                    "`allow` names rules, each with a reason: `allow(leaves_behind = \"why\")`",
                ),
                ("why)", "a reason stands in double quotes: `rule = \"why\"`"),
            ],
        );
    }

    #[test]
    fn every_mistake_is_reported() {
        assert_mistakes(
            "-- onward: destrutive, lossy, only()\n-- onward: transaction = no\n-- onward: version = 3\n",
            &[
                (
                    "destrutive",
                    "there is no mark `destrutive`: did you mean `destructive`?",
                ),
                (
                    "lossy",
                    "`lossy` needs its reason in double quotes: `lossy = \"why\"`",
                ),
                (
                    "only",
                    "`only` lists environments: `only(development, staging)`",
                ),
                (
                    "transaction",
                    "write `transaction = false` or `transaction = true`",
                ),
                (
                    "version",
                    "`version` is no mark of a file: the file's name says it",
                ),
            ],
        );
        assert_mistakes(
            "-- onward: destructive = \" \"\n-- onward: destructive\n-- onward:\n",
            &[
                (
                    "destructive",
                    "the reason of `destructive` is empty: say why in a few words",
                ),
                (
                    "destructive",
                    "`destructive` stands here twice: keep one of them",
                ),
                (
                    "",
                    "the mark is missing: write for instance `-- onward: destructive`",
                ),
            ],
        );
        assert_mistakes(
            "-- onward: lossy = \"why\n-- onward: only(a b)\n-- onward: destructive because\n-- onward: lossy = \"\\q\"",
            &[
                ("\"why", "this text has no closing double quote on its line"),
                (
                    "b)",
                    "names in parentheses are separated by commas and end with `)`",
                ),
                (
                    "because",
                    "marks on one line are separated by commas; a comment goes on a line of its own",
                ),
                (
                    "\\q\"",
                    "in a reason only `\\\"`, `\\\\` and `\\n` may follow a backslash",
                ),
            ],
        );
    }

    #[test]
    fn a_mark_in_the_wrong_place_is_not_lost_in_silence() {
        let message = "a mark stands on a line of its own above the first statement: `-- onward: destructive`";
        assert_mistakes(
            "-- onward destructive\n/* onward: lossy = \"x\" */\nDROP TABLE t;\n  -- onward: destructive\n",
            &[
                ("-- onward destructive", message),
                ("/* onward: lossy = \"x\" */", message),
                ("  -- onward: destructive", message),
            ],
        );
        assert_mistakes("-- Onward we go\n-- onwards and upwards\nSELECT 1;", &[]);
    }

    #[test]
    fn writing_twice_is_writing_once() {
        let wanted = marks(Some(Some("why \"so\"\nmuch")), Some("gone"));
        let scripts = [
            "",
            "\n",
            "DROP TABLE t;",
            "DROP TABLE t;\r\nSELECT 1;\r\n",
            "\u{feff}DROP TABLE t;\n",
            "\u{feff}",
            "-- no-transaction",
            "-- no-transaction\r\nVACUUM;",
            "-- about t\nDROP TABLE t;\n",
        ];
        for sql in scripts {
            let written = write(sql, &wanted);
            let (header, errors) = read(&written);
            assert_eq!(errors, [], "{written:?}");
            assert_eq!(header.marks, wanted, "{written:?}");
            assert_eq!(write(&written, &wanted), written);
            assert_eq!(strip(&written), sql, "{written:?}");
            assert_eq!(write(sql, &Marks::default()), sql);
            let first = sql.lines().next().unwrap_or("");
            if first.contains("no-transaction") {
                assert!(written.starts_with(first));
            }
            if sql.contains("\r\n") {
                assert_eq!(
                    written.matches('\n').count(),
                    written.matches("\r\n").count()
                );
            }
        }
    }

    #[test]
    fn writing_adds_only_what_is_missing() {
        let sql = "-- top\n-- onward: destructive, down_in(staging)\n\nDROP TABLE t;\n";
        assert_eq!(write(sql, &marks(Some(None), None)), sql);
        assert_eq!(
            write(sql, &marks(Some(Some("old rows")), Some("gone"))),
            "-- top\n-- onward: destructive = \"old rows\", down_in(staging)\n-- onward: lossy = \"gone\"\n\nDROP TABLE t;\n"
        );
        let reasoned = "-- onward: destructive = \"mine\"\nDROP TABLE t;\n";
        assert_eq!(write(reasoned, &marks(Some(None), None)), reasoned);
        assert_eq!(write(reasoned, &marks(Some(Some("yours")), None)), reasoned);
    }
}
