//! Which known word was probably meant by a misspelt one?

/// The one of `known` that differs from `word` by the fewest typing mistakes, if those are few for its length.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    closest(word, known.iter().copied(), |other| other.len().max(3) / 3)
}

/// The one of the names `known` in a database that `word` is a slip of. Such names have much in common that are meant to differ,
/// so that only two mistakes are seen through, and one in a short name.
#[cfg(feature = "parse")]
pub(crate) fn slip_of<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let others = known.filter(|other| *other != word && other.len() <= LONGEST);
    closest(word, others.take(MOST), |other| (other.len() / 4).min(2))
}

/// The length of a database's longest names.
#[cfg(feature = "parse")]
const LONGEST: usize = 64;

/// In how many names a slip is sought at most.
#[cfg(feature = "parse")]
const MOST: usize = 10_000;

fn closest<'a>(
    word: &str,
    known: impl Iterator<Item = &'a str>,
    allowed: impl Fn(&str) -> usize,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .map(|other| (distance(&word, other), other))
        .filter(|(distance, other)| *distance <= allowed(other))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(all(test, feature = "parse"))]
mod tests {
    use super::{nearest, slip_of};

    #[test]
    fn a_typing_mistake_is_seen_through() {
        let known = ["destructive", "lossy", "irreversible", "only"];
        assert_eq!(nearest("destrutive", &known), Some("destructive"));
        assert_eq!(nearest("Lossy", &known), Some("lossy"));
        assert_eq!(nearest("losys", &known), Some("lossy"));
        assert_eq!(nearest("irreversable", &known), Some("irreversible"));
        assert_eq!(nearest("banana", &known), None);
        assert_eq!(nearest("", &known), None);
    }

    #[test]
    fn names_that_are_meant_to_differ_are_no_slips() {
        let known = ["id", "phone_number", "fax", "phone", "Kind"];
        let slip = |word| slip_of(word, known.into_iter());
        assert_eq!(slip("phone_nmuber"), Some("phone_number"));
        assert_eq!(slip("phon"), Some("phone"));
        assert_eq!(slip("Kind"), None, "it is no slip of itself");
        for other in ["nid", "tax", "phone_numbers_old", "phones_n", ""] {
            assert_eq!(slip(other), None, "{other}");
        }
    }
}
