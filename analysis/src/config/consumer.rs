//! Who uses the database and is no part of any program that Onward knows?

use serde::{Deserialize, Serialize};

use crate::Object;

/// A job, export or pipeline that refers to tables or columns: `nightly billing export reads users.phone_number`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Consumer {
    /// What people call it.
    pub name: String,
    /// What it does with the objects: `reads`, `writes` or `uses`.
    pub verb: String,
    /// The tables and columns, named as losses are: `users`, `users.phone_number`, `audit.events.at`.
    pub objects: Vec<String>,
}

/// What a consumer can be said to do.
const VERBS: [&str; 3] = ["reads", "writes", "uses"];

impl Consumer {
    /// Reads `NAME reads OBJECT, OBJECT`; `writes` and `uses` do as well.
    ///
    /// ```
    /// let export = onward_analysis::Consumer::parse("nightly export reads users.phone_number, users.email");
    /// assert_eq!(export.unwrap().objects, ["users.phone_number", "users.email"]);
    /// ```
    ///
    /// # Errors
    /// A sentence that says how a consumer is written, where the text is none.
    pub fn parse(text: &str) -> Result<Consumer, String> {
        const GRAMMAR: &str =
            "a consumer is written as \"NAME reads TABLE.COLUMN\"; `writes` and `uses` do as well";
        // The last verb counts: a name may hold one ("the tool that reads mail reads users").
        let words: Vec<&str> = text.split_whitespace().collect();
        let verb = words.iter().rposition(|word| VERBS.contains(word));
        let Some(verb) = verb.filter(|verb| *verb > 0) else {
            return Err(GRAMMAR.to_owned());
        };
        let listed = words[verb + 1..].join(" ");
        let objects: Vec<String> = listed
            .split(',')
            .map(|object| object.trim().to_owned())
            .collect();
        match objects.iter().find(|object| !is_object(object)) {
            Some(object) if object.is_empty() => Err(GRAMMAR.to_owned()),
            Some(object) => Err(format!(
                "`{object}` is no table or column: write TABLE, TABLE.COLUMN or SCHEMA.TABLE.COLUMN, several with commas"
            )),
            None => Ok(Consumer {
                name: words[..verb].join(" "),
                verb: words[verb].to_owned(),
                objects,
            }),
        }
    }

    /// The first of its objects that is `object`, lies in it (a column of a table that goes) or holds it (a table of which
    /// a column goes: which columns it uses is not said, so it may be that one). Upper and lower case are the same here.
    #[must_use]
    pub fn refers_to(&self, object: &Object) -> Option<&str> {
        let changed = object.to_string();
        let objects = self.objects.iter().map(String::as_str);
        objects
            .into_iter()
            .find(|own| holds(own, &changed) || holds(&changed, own))
    }
}

/// Whether `inner` is `outer` or a part of it: `users` holds `users.phone_number`, not `users_old`.
fn holds(outer: &str, inner: &str) -> bool {
    let (outer, inner) = (outer.to_lowercase(), inner.to_lowercase());
    inner
        .strip_prefix(&outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_object(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_name = |part: &&str| !part.is_empty() && !part.contains(char::is_whitespace);
    parts.len() <= 3 && parts.iter().all(is_name)
}

impl std::fmt::Display for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.name, self.verb, self.objects.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(schema: Option<&str>, table: &str, column: Option<&str>) -> Object {
        Object {
            schema: schema.map(str::to_owned),
            table: table.to_owned(),
            column: column.map(str::to_owned),
        }
    }

    #[test]
    fn it_is_read_as_it_is_shown() {
        for text in [
            "nightly billing export reads users.phone_number",
            "crm writes users, orders.note",
            "the tool that reads mail uses audit.events.at",
        ] {
            assert_eq!(Consumer::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_consumer_is_told_how_one_is_written() {
        for (text, says) in [
            ("nightly export", "NAME reads TABLE.COLUMN"),
            ("reads users", "NAME reads TABLE.COLUMN"),
            ("export reads", "NAME reads TABLE.COLUMN"),
            ("export reads users,", "NAME reads TABLE.COLUMN"),
            ("export reads users and orders", "no table or column"),
            ("export reads a.b.c.d", "no table or column"),
        ] {
            let error = Consumer::parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn it_refers_to_what_it_names_and_to_what_holds_or_lies_in_that() {
        let refers = |own: &str, changed: &Object| {
            let consumer = Consumer::parse(&format!("export reads {own}")).unwrap();
            consumer.refers_to(changed).is_some()
        };
        let users = object(None, "users", None);
        let phone = object(None, "users", Some("phone_number"));
        let event = object(Some("audit"), "events", Some("at"));
        assert!(refers("users.phone_number", &phone));
        assert!(refers("Users.Phone_Number", &phone));
        assert!(refers("users.phone_number", &users));
        assert!(refers("users", &phone));
        assert!(refers("audit.events", &event));
        assert!(!refers("users.email", &phone));
        assert!(!refers("users_old", &users));
        assert!(!refers("users", &object(None, "users_old", None)));
    }
}
