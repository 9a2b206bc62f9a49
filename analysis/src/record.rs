//! What does a compiled migration carry with it? The record that the macros bake in and the history stores.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Analysis, Dialect, Digest, Object, Tier, Verdict, Version};

/// One migration as it was compiled: its SQL, the verdicts on it and its marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its place in the order.
    pub version: Version,
    /// `add_phone_number`, from the type's, function's or file's name.
    pub name: String,
    /// The doc comment: why the migration was written. Empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// The crate that declares it.
    pub catalog: String,
    /// Where it is declared.
    pub place: Place,
    /// The way forward.
    pub up: Script,
    /// The way back.
    pub down: Down,
    /// What the author admits.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub marks: Marks,
    /// The environments that it runs in; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// The environments that its down may run in; empty means wherever the gate opens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub down_in: Vec<String>,
    /// What must hold for it to be compiled, each as it is written in a `#[cfg(…)]` on it or around it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub conditions: BTreeSet<String>,
    /// What the author says of transactions: `transaction = false`, or nothing, and the SQL decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<bool>,
}

impl Record {
    /// The digest of this migration: its version and what it runs in both directions.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest_at(self.version)
    }

    /// What it would be under another version.
    pub(crate) fn digest_at(&self, version: Version) -> Digest {
        let down = match &self.down {
            Down::Script(script) => Some(script.hash.as_str()),
            Down::Irreversible { .. } => None,
        };
        Digest::of(version, &self.up.hash, down)
    }
}

/// Where a migration is declared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// The path, relative to the crate's manifest.
    pub file: String,
    /// The line, from 1; 0 where the compiler does not tell.
    pub line: u32,
}

/// One direction of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// The SQL; none for a migration written in Rust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// The file that the SQL stands in, relative to the crate's manifest; none where it is inline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// [`sql_hash`](crate::sql_hash) of the SQL, or of the function's path for one written in Rust.
    pub hash: String,
    /// The verdict, one for each dialect that it was checked for. Empty for Rust: unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analyses: Vec<Analysis>,
}

impl Script {
    /// The analysis for `dialect`, where the script was checked for it.
    #[must_use]
    pub fn analysis(&self, dialect: Dialect) -> Option<&Analysis> {
        self.analyses
            .iter()
            .find(|analysis| analysis.dialect == dialect)
    }

    /// The verdict for `dialect`; unknown where it was never checked for it.
    #[must_use]
    pub fn verdict(&self, dialect: Dialect) -> Verdict {
        self.analysis(dialect)
            .map_or(Verdict::Unknown, |analysis| analysis.verdict)
    }
}

/// The way back, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "there is a down or there is none")]
pub enum Down {
    /// It can be reverted by this.
    Script(Script),
    /// It cannot be reverted.
    Irreversible {
        /// The author's reason.
        reason: String,
    },
}

/// A mark's reason; none where the bare flag was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(pub Option<String>);

/// What the author of a migration admits about it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    /// The down loses data.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub destructive: Option<Reason>,
    /// The up loses data; the down rebuilds only the shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lossy: Option<String>,
    /// There is no down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
    /// What Onward cannot understand loses nothing: asserted, not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assert_lossless: Option<String>,
    /// The tables and columns whose data an up takes that Onward cannot understand, all of them: declared, not verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<Object>,
    /// The tables, columns and views that such an up drops, renames or retypes beyond those that it takes, all of them: declared,
    /// not verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Object>,
    /// The rules whose findings are as the author wants them, each with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub allow: BTreeMap<String, String>,
}

/// A mark that stands, be it with a reason or bare: a bare one is `null` in JSON, which is not the same as none.
fn present<'de, D: serde::Deserializer<'de>>(json: D) -> Result<Option<Reason>, D::Error> {
    Reason::deserialize(json).map(Some)
}

impl Marks {
    /// Whether nothing is admitted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Marks::default()
    }
}

/// Whether an environment list (`only`, `down_in`) admits an environment of that name and tier.
///
/// A list names environments, or tiers, which stand for every environment of theirs; an empty list admits all.
#[must_use]
pub fn admits(list: &[String], name: &str, tier: Tier) -> bool {
    list.is_empty()
        || list
            .iter()
            .any(|entry| entry == name || entry == tier.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_mark_survives_being_stored() {
        for reason in [None, Some("numbers typed in since".to_owned())] {
            let marks = Marks {
                destructive: Some(Reason(reason)),
                ..Marks::default()
            };
            let json = serde_json::to_string(&marks).unwrap();
            assert_eq!(serde_json::from_str::<Marks>(&json).unwrap(), marks);
        }
    }
}
