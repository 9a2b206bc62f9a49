//! Which migration comes before which?

use serde::{Deserialize, Serialize};

/// A migration's place in the order: a number of up to 18 digits, such as `20261122_01`.
///
/// Underscores only group digits; `20261122_01` and `2026112201` are the same version.
///
/// Versions are in the order of their numbers, but for dates with a time, of which some tools write more digits than
/// others: diesel's `2025-10-28-175920-0000` comes before its `2025-11-15-232503`, as it does in diesel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// The most digits that a version has.
const DIGITS: u32 = 18;

impl Version {
    /// What the order goes by: a date with a time as if it had all its digits, then the number itself.
    fn place(self) -> (i64, i64) {
        let digits = self.0.checked_ilog10().unwrap_or(0) + 1;
        let lacking = DIGITS.saturating_sub(digits);
        let whole = match digits {
            14..=DIGITS => self.0 * 10_i64.pow(lacking),
            _ => self.0,
        };
        // Also with a mistyped month or day, which would else be the first of all.
        let is_date = (1900..2200).contains(&(whole / 10_i64.pow(14)));
        (if is_date { whole } else { self.0 }, self.0)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> std::cmp::Ordering {
        self.place().cmp(&other.place())
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_any_length_are_in_the_order_of_time() {
        let versions = [
            0,
            7,
            2026112201,
            20240306113550,
            202403061135500,
            20240306170000,
            20241216100000,
            20241812144402,
            20250102000000,
            20251028175920,
            202510281759200000,
            202510281759200001,
            20251115232503,
        ];
        assert!(versions.map(Version::new).is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn other_numbers_are_in_their_own_order() {
        let versions = [
            -1,
            9,
            10,
            1700000000,
            99999999999999,
            1545432369123456,
            999999999999999999,
        ];
        assert!(versions.map(Version::new).is_sorted_by(|a, b| a < b));
    }
}
