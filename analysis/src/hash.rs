//! Is this still the SQL that was released, and is the set applied here the set compiled in?

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Version;

/// The hash of a script, over LF-normalised bytes so that a checkout with CRLF is the same script.
///
/// The leading `1:` names the way it is computed; another way would get another number.
#[must_use]
pub fn sql_hash(sql: &str) -> String {
    let mut hasher = Sha256::new();
    let mut lines = sql.split("\r\n");
    if let Some(first) = lines.next() {
        hasher.update(first);
    }
    for line in lines {
        hasher.update("\n");
        hasher.update(line);
    }
    // Digit by digit: formatting is slow where nothing is optimised, as in a macro of a development build.
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(66);
    text.push_str("1:");
    for byte in hasher.finalize() {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS[usize::from(digit)]));
        }
    }
    text
}

/// The digest of a set of migrations: the wrapping sum of its members' digests, lane by lane.
///
/// A sum, so that sets combine in any order without being read: a crate's total is computed when it is compiled, and
/// starting with nothing to do costs the same for ten migrations and for ten thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest(pub [u64; 4]);

impl Digest {
    /// The digest of the empty set.
    pub const EMPTY: Digest = Digest([0; 4]);

    /// The digest of one migration: its version and the hashes of what it runs.
    #[must_use]
    pub fn of(version: Version, up_hash: &str, down_hash: Option<&str>) -> Digest {
        let mut hasher = Sha256::new();
        for part in [
            version.to_string().as_str(),
            up_hash,
            down_hash.unwrap_or(""),
        ] {
            hasher.update(part);
            hasher.update([0]);
        }
        let bytes = hasher.finalize();
        let mut lanes = [0; 4];
        for (lane, chunk) in lanes.iter_mut().zip(bytes.chunks_exact(8)) {
            *lane = chunk
                .iter()
                .fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        }
        Digest(lanes)
    }

    /// The digest of both sets together.
    #[must_use]
    pub const fn plus(self, other: Digest) -> Digest {
        let (a, b) = (self.0, other.0);
        Digest([
            a[0].wrapping_add(b[0]),
            a[1].wrapping_add(b[1]),
            a[2].wrapping_add(b[2]),
            a[3].wrapping_add(b[3]),
        ])
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|lane| write!(f, "{lane:016x}"))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Digest, String> {
        text.parse()
    }
}

impl std::str::FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Digest, String> {
        let wrong = || format!("`{text}` is not a digest: 64 hexadecimal digits");
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut lanes = [0; 4];
        for (index, lane) in lanes.iter_mut().enumerate() {
            let digits = &text[index * 16..(index + 1) * 16];
            *lane = u64::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Digest(lanes))
    }
}
