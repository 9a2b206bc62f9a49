//! When do two names mean the same thing?

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use crate::act::Name;
use crate::{Dialect, Object};

/// Among so many names one is looked for by going through them.
const FEW: usize = 16;

/// A name as it is looked up. Many maps hold it, so its clones share the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    /// None for the default schema.
    pub(crate) schema: Option<Part>,
    pub(crate) name: Part,
}

/// A part of a key.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// How the text begins, as a number of the same order: most are told apart by it, without a look at the text itself.
    head: u64,
    text: Arc<str>,
}

/// How many bytes the head tells.
const HEAD: usize = 8;

impl Ord for Part {
    fn cmp(&self, other: &Part) -> Ordering {
        let lengths = (self.text.len(), other.text.len());
        self.head.cmp(&other.head).then_with(|| match lengths {
            (0..=HEAD, 0..=HEAD) => lengths.0.cmp(&lengths.1),
            _ if Arc::ptr_eq(&self.text, &other.text) => Ordering::Equal,
            _ => self.text.cmp(&other.text),
        })
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Part) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Part {}

impl Hash for Part {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Part {
        let mut head = [0; HEAD];
        head.iter_mut()
            .zip(text.bytes())
            .for_each(|(place, byte)| *place = byte);
        Part {
            head: u64::from_be_bytes(head),
            text: text.into(),
        }
    }
}

impl From<String> for Part {
    fn from(text: String) -> Part {
        text.as_str().into()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Deref for Part {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl Key {
    /// The key of a name, without regard to any search path.
    pub(crate) fn of(dialect: Dialect, name: &Name) -> Key {
        Key::at(dialect, name.schema.as_deref(), &name.name)
    }

    /// That of the table that an object is or stands in.
    pub(crate) fn of_object(dialect: Dialect, object: &Object) -> Key {
        Key::at(dialect, object.schema.as_deref(), &object.table)
    }

    /// The same of a name in two parts.
    pub(crate) fn at(dialect: Dialect, schema: Option<&str>, name: &str) -> Key {
        let schema = schema.filter(|schema| Some(*schema) != default_schema(dialect));
        let schema = schema.map(|schema| fold(dialect, schema));
        Key {
            schema: schema.filter(|schema| Some(&**schema) != default_schema(dialect)),
            name: fold(dialect, name),
        }
    }

    /// How what stands at it is written, wherever a connection looks.
    pub(crate) fn written(&self) -> Name {
        Name {
            schema: self.schema.as_deref().map(str::to_owned),
            name: self.name.to_string(),
        }
    }

    /// The key of the same name in another schema.
    pub(crate) fn within(&self, dialect: Dialect, schema: &str) -> Key {
        let schema = fold(dialect, schema);
        let is_default = Some(&*schema) == default_schema(dialect);
        Key {
            schema: (!is_default).then_some(schema),
            name: self.name.clone(),
        }
    }

    /// Whether it is the key of `name`, where a name without a schema is looked up in `home`.
    pub(crate) fn is_of(&self, dialect: Dialect, name: &Name, home: Option<&str>) -> bool {
        let schema = match name.schema.as_deref() {
            None => return self.schema.as_deref() == home && same(dialect, &self.name, &name.name),
            Some(schema) => Some(schema).filter(|schema| {
                default_schema(dialect).is_none_or(|default| !same(dialect, schema, default))
            }),
        };
        let in_schema = match (self.schema.as_deref(), schema) {
            (Some(own), Some(other)) => same(dialect, own, other),
            (own, other) => own == other,
        };
        in_schema && same(dialect, &self.name, &name.name)
    }
}

/// A part of a name as it is compared.
fn fold(dialect: Dialect, text: &str) -> Part {
    match dialect {
        Dialect::Postgres => text.into(),
        Dialect::MySql | Dialect::Sqlite if is_lower(text) => text.into(),
        Dialect::MySql | Dialect::Sqlite => text.to_lowercase().into(),
    }
}

/// Whether two column names are the same one.
pub(crate) fn same(dialect: Dialect, a: &str, b: &str) -> bool {
    match dialect {
        Dialect::Postgres => a == b,
        Dialect::MySql | Dialect::Sqlite if a.is_ascii() && b.is_ascii() => {
            a.eq_ignore_ascii_case(b)
        }
        Dialect::MySql | Dialect::Sqlite => a.to_lowercase() == b.to_lowercase(),
    }
}

/// The first of the names that one before it means as well.
pub(crate) fn twin<'n>(dialect: Dialect, names: &[&'n str]) -> Option<&'n str> {
    let mut numbered = names.iter().enumerate();
    let twin = if names.len() <= FEW {
        let is_twin = |(at, name): &(usize, &&str)| {
            let mut earlier = names.iter().take(*at);
            earlier.any(|other| same(dialect, other, name))
        };
        numbered.find(is_twin)
    } else {
        let mut seen = HashSet::new();
        numbered.find(|(_, name)| !seen.insert(fold(dialect, name)))
    };
    twin.map(|(_, name)| *name)
}

/// Names, to be looked for among. Most are few, and gone through.
pub(crate) struct NameSet<'n> {
    dialect: Dialect,
    names: &'n [String],
    /// The names as they are compared, if they are many.
    folded: HashSet<Part>,
}

impl<'n> NameSet<'n> {
    pub(crate) fn of(dialect: Dialect, names: &'n [String]) -> NameSet<'n> {
        let many = names.iter().filter(|_| names.len() > FEW);
        NameSet {
            dialect,
            names,
            folded: many.map(|name| fold(dialect, name)).collect(),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        match self.folded.is_empty() {
            true => self.names.iter().any(|own| same(self.dialect, own, name)),
            false => self.folded.contains(&fold(self.dialect, name)),
        }
    }
}

/// The schema that has no place in a key.
fn default_schema(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => Some("public"),
        Dialect::Sqlite => Some("main"),
        Dialect::MySql => None,
    }
}

/// Whether it is in lower case for certain.
pub(super) fn is_lower(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Names that are alike up to the place where the head ends.
    fn name() -> impl Strategy<Value = String> {
        "(a|aaaaaaa|aaaaaaaa)?(a|b|é|\\x00|B){0,3}"
    }

    proptest! {
        #[test]
        fn parts_are_in_the_order_of_their_texts(a in name(), b in name()) {
            let parts = (Part::from(&*a), Part::from(&*b));
            prop_assert_eq!(parts.0.cmp(&parts.1), a.cmp(&b));
            prop_assert_eq!(parts.0 == parts.1, a == b);
        }

        #[test]
        fn a_twin_is_found_among_few_and_many(
            names in prop::collection::vec("[abAB]{1,3}", 0..2 * FEW),
        ) {
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            for dialect in Dialect::ALL {
                let folded = names.iter().map(|name| fold(dialect, name)).collect::<Vec<_>>();
                let expected = (0..names.len()).find(|at| folded[..*at].contains(&folded[*at]));
                prop_assert_eq!(twin(dialect, &names), expected.map(|at| names[at]));
            }
        }
    }
}
