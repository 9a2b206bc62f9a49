//! Which migration comes before which?

use serde::{Deserialize, Serialize};

/// A migration's place in the order: a number of up to 18 digits, such as `20261122_01`.
///
/// Underscores only group digits; `20261122_01` and `2026112201` are the same version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(i64);

impl Version {
    /// The version of that number.
    ///
    /// ```
    /// use onward_analysis::Version;
    /// assert_eq!(Version::new(2026112201), "20261122_01".parse().unwrap());
    /// ```
    #[must_use]
    pub const fn new(number: i64) -> Version {
        Version(number)
    }

    /// The number, as the history stores it.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no version: not digits grouped by underscores, or too many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseVersionError(String);

impl std::fmt::Display for ParseVersionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "`{}` is not a version: write up to 18 digits, grouped by `_` if you like, such as 20261122_01",
            self.0
        )
    }
}

impl std::error::Error for ParseVersionError {}

impl std::str::FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Version, ParseVersionError> {
        let digits: String = text.chars().filter(|c| *c != '_').collect();
        let valid = !digits.is_empty()
            && digits.trim_start_matches('0').len() <= 18
            && digits.bytes().all(|b| b.is_ascii_digit());
        match digits.parse() {
            Ok(number) if valid => Ok(Version(number)),
            _ => Err(ParseVersionError(text.to_owned())),
        }
    }
}
