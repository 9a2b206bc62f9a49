//! Which tables belong to one session only, and how is a table named among them?

use crate::Object;
use crate::act::Name;
use crate::judge::run::Run;
use crate::schema::Key;

/// The schema of temporary tables; no user can type its name.
pub(crate) const TEMPORARY: &str = "\u{0}temporary";

impl Run<'_> {
    /// What stands at `key` and is written as `name`, which may leave the schema to a search path.
    pub(crate) fn object_at(&self, key: &Key, name: &Name) -> Object {
        let schema = match &key.schema {
            Some(schema) if **schema == *TEMPORARY => None,
            Some(schema) => Some(name.schema.clone().unwrap_or_else(|| schema.to_string())),
            None => None,
        };
        Object {
            schema,
            table: name.name.clone(),
            column: None,
        }
    }
}

pub(crate) fn is_temporary(name: &Name) -> bool {
    name.schema.as_deref().is_some_and(|schema| {
        matches!(
            schema.to_ascii_lowercase().as_str(),
            "temp" | "temporary" | "pg_temp"
        )
    })
}

pub(crate) fn temporary_key(key: &Key) -> Key {
    Key {
        schema: Some(TEMPORARY.into()),
        name: key.name.clone(),
    }
}
