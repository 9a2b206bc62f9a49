//! What did somebody see before they consented, and is more lost now?

use serde::Serialize;

use crate::evidence::PRINT;
use crate::{Answer, Evidence, Question, State};

/// What one object held when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Sight {
    object: String,
    state: State,
    /// In words, with the figure.
    sentence: String,
    /// The query and what came back.
    #[serde(skip)]
    asked: Option<(String, String)>,
}

/// An object of which more is lost than what somebody saw who consented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Growth {
    /// The object.
    pub object: String,
    /// What it held then: "`users.phone_number` holds a value in 3 rows."
    pub then: String,
    /// What it holds now.
    pub now: String,
}

/// What these answers show of each object that is lost.
pub(super) fn sights(answers: &[Answer]) -> Vec<Sight> {
    objects(answers).map(Sight::of).collect()
}

/// The objects of which `answers` say that more is lost than what was `seen`. Less of what was only counted is no reason to ask again.
pub(super) fn growth(seen: &[Sight], answers: &[Answer]) -> Vec<Growth> {
    let now = objects(answers).map(Sight::of);
    now.filter(|now| now.state != State::Clear)
        .filter_map(|now| {
            let known = || seen.iter().filter(|then| then.object == now.object);
            let read = now.is_print() || now.asked.is_none();
            let printed = || known().find(|then| then.is_print() && read);
            // One object can be asked about in several ways. Rows that were read are compared with rows that are read, be it that
            // the query is another one by now (a column more, another key), or that they are too many to read.
            let then = known()
                .find(|then| then.query() == now.query())
                .or_else(printed)
                .or_else(|| known().next());
            let grown = match then {
                // They could not be read then, and nobody may have counted now beside it: a digest tells how many rows it is of.
                Some(then) if now.is_print() && !then.is_print() => then.is_of_fewer_than(&now),
                Some(then) => then.has_grown_to(&now),
                None => true,
            };
            grown.then(|| Growth {
                then: then.map_or_else(
                    || format!("Nothing was said of `{}`.", now.object),
                    |then| then.sentence.clone(),
                ),
                object: now.object,
                now: now.sentence,
            })
        })
        .collect()
}

/// Each piece of evidence on question 1 that is about an object.
fn objects(answers: &[Answer]) -> impl Iterator<Item = &Evidence> {
    let first = answers
        .iter()
        .filter(|answer| answer.question == Question::UserData);
    let evidence = first.flat_map(|answer| &answer.evidence);
    evidence.filter(|one| one.object.is_some())
}

impl Sight {
    fn of(found: &Evidence) -> Sight {
        let asked = found.query.as_ref();
        Sight {
            object: found.object.clone().unwrap_or_default(),
            state: found.state,
            sentence: found.sentence.clone(),
            asked: asked.map(|query| {
                let sql = query.planned.as_ref().unwrap_or(&query.sql);
                (sql.clone(), query.value.clone())
            }),
        }
    }

    fn query(&self) -> Option<&str> {
        self.asked.as_ref().map(|(sql, _)| sql.as_str())
    }

    /// Whether what is found `now`, which is not nothing, is more than this or cannot be compared with it.
    fn has_grown_to(&self, now: &Sight) -> bool {
        if self.state == State::Clear {
            return true;
        }
        match (self.figures(), now.figures()) {
            (Some(then), Some(now)) => {
                then.len() != now.len() || then.iter().zip(&now).any(|(then, now)| now > then)
            }
            // Digests of two queries tell nothing of each other.
            _ if self.is_print() && now.is_print() && self.query() != now.query() => true,
            // Nobody knew how much it is, and somebody agreed to that.
            (None, _) if self.state == State::Unknown => false,
            // The same to the letter: a digest of rows. Of fewer nobody can tell whether what is left was edited.
            _ => {
                self.asked.as_ref().map(|(_, value)| value)
                    != now.asked.as_ref().map(|(_, value)| value)
            }
        }
    }

    /// Whether this counted fewer than the digest that was taken `now` is of. The last figure is that of the strictest condition, which
    /// is the digest's.
    fn is_of_fewer_than(&self, now: &Sight) -> bool {
        let counted = self.figures().and_then(|figures| figures.last().copied());
        counted
            .zip(now.printed())
            .is_some_and(|(then, now)| now > then)
    }

    /// How many rows the digest is of.
    fn printed(&self) -> Option<i64> {
        let (_, value) = self.asked.as_ref()?;
        let (rows, _) = value.split_once(PRINT)?;
        rows.split_once(' ')?.0.parse().ok()
    }

    /// Whether a digest of the rows was taken.
    fn is_print(&self) -> bool {
        let value = self.asked.as_ref().map(|(_, value)| value);
        value.is_some_and(|value| value.contains(PRINT))
    }

    /// The numbers that the query brought; none where it brought anything else.
    fn figures(&self) -> Option<Vec<i64>> {
        let (_, value) = self.asked.as_ref()?;
        value
            .split(", ")
            .map(|figure| figure.parse().ok())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::Query;

    fn found(state: State, value: &str) -> Vec<Answer> {
        let evidence = Evidence {
            object: Some("users.phone".to_owned()),
            state,
            sentence: format!("It holds {value}."),
            query: Some(Query {
                sql: "SELECT".to_owned(),
                value: value.to_owned(),
                asked: SystemTime::UNIX_EPOCH,
                planned: None,
            }),
        };
        vec![Answer::of(Question::UserData, vec![evidence])]
    }

    #[test]
    fn more_than_what_was_seen_is_growth() {
        use State::{Blocked, Clear, Unknown};
        for (then, now, grown) in [
            ((Clear, "0"), (Clear, "0"), false),
            ((Clear, "0"), (Blocked, "1"), true),
            ((Clear, "5, 0"), (Blocked, "5, 1"), true),
            ((Blocked, "3"), (Blocked, "3"), false),
            ((Blocked, "3"), (Blocked, "2"), false),
            ((Blocked, "3"), (Clear, "0"), false),
            ((Blocked, "3"), (Blocked, "5000"), true),
            ((Blocked, "3, 2"), (Blocked, "3, 3"), true),
            // At least so many, and nobody counted how many more.
            ((Blocked, "10001"), (Blocked, "10001"), false),
            // It was known, and is not any more.
            (
                (Blocked, "3"),
                (Unknown, "the query took longer than 2 s"),
                true,
            ),
            (
                (Unknown, "the query took longer than 2 s"),
                (Blocked, "7"),
                false,
            ),
            ((Unknown, "3"), (Unknown, "4"), true),
            (
                (Blocked, "3 rows, digest ab"),
                (Blocked, "3 rows, digest ab"),
                false,
            ),
            (
                (Blocked, "3 rows, digest ab"),
                (Blocked, "3 rows, digest cd"),
                true,
            ),
            (
                (Blocked, "3 rows, digest ab"),
                (Blocked, "2 rows, digest cd"),
                true,
            ),
            // The migration's own rows, each as it wrote them, and then others beside them.
            (
                (Clear, "3 rows, digest ab"),
                (Blocked, "5003 rows, digest cd"),
                true,
            ),
            // More by now than a digest is taken of.
            ((Blocked, "3 rows, digest ab"), (Blocked, "10001"), true),
            // They could be counted only, and are read by now.
            ((Blocked, "3"), (Blocked, "3 rows, digest ab"), false),
            ((Blocked, "3"), (Blocked, "4 rows, digest ab"), true),
            ((Blocked, "5, 3"), (Blocked, "4 rows, digest ab"), true),
            // It was too much to read then.
            ((Blocked, "10001"), (Blocked, "7 rows, digest ab"), false),
        ] {
            let seen = sights(&found(then.0, then.1));
            let growth = growth(&seen, &found(now.0, now.1));
            assert_eq!(!growth.is_empty(), grown, "{then:?} to {now:?}");
        }
    }

    /// A count of the object, and what reading its rows with `columns` brought.
    fn looked(count: &str, columns: &str, rows: &str) -> Vec<Answer> {
        let mut all = found(State::Blocked, count);
        let mut read = found(State::Blocked, rows);
        for one in read.iter_mut().flat_map(|answer| &mut answer.evidence) {
            if let Some(query) = &mut one.query {
                query.sql = format!("SELECT {columns}");
            }
        }
        all.append(&mut read);
        all
    }

    #[test]
    fn rows_that_were_read_by_another_query_are_others() {
        let ab = "3 rows, digest ab";
        for (columns, rows, grown) in [
            ("id, phone", ab, false),
            ("id, phone", "3 rows, digest cd", true),
            ("id, phone, fax", "3 rows, digest cd", true),
            ("id, phone, fax", ab, true),
            // They cannot be read any more.
            ("id, phone, fax", "10001", true),
        ] {
            let seen = sights(&looked("3", "id, phone", ab));
            let growth = growth(&seen, &looked("3", columns, rows));
            assert_eq!(!growth.is_empty(), grown, "{columns}: {rows}");
        }
        // Nobody read them then, and the count is compared.
        let seen = sights(&found(State::Blocked, "3"));
        assert_eq!(growth(&seen, &looked("3", "id, phone", ab)), []);
    }

    #[test]
    fn what_nobody_spoke_of_is_growth() {
        let growth = growth(&[], &found(State::Blocked, "1"));
        assert_eq!(growth[0].then, "Nothing was said of `users.phone`.");
        assert_eq!(growth[0].now, "It holds 1.");
    }
}
