//! Which labels of an enum or a set does MySQL find again in another one, by whatever collation?

use std::collections::{HashMap, HashSet};

use super::{holds_all_characters, is_unicode};
use crate::types::Type;

/// Whether a label is blank: beside it stands the blank of a value that was no label, which is not strict's number 0.
pub(super) fn has_blank(labels: &[String]) -> bool {
    labels
        .iter()
        .any(|label| label.trim_end_matches(' ').is_empty())
}

/// Labels are compared as the usual collations do, whatever their case; blanks at their end are cut when they are declared.
pub(super) fn holds_labels(old: &[String], new: &[String]) -> bool {
    let plain = |label: &String| label.trim_end_matches(' ').to_lowercase();
    let new: HashSet<String> = new.iter().map(plain).collect();
    old.iter().all(|label| new.contains(&plain(label)))
}

/// Whether the labels of one column may be told apart no longer in another one, or not be found there, because of the collation
/// of either; none is the server's own. A value is looked up by the collation of the column that it comes into, and the first
/// label that is the same by it is taken.
pub(crate) fn loses_labels(
    (from, of): (&Type, Option<&str>),
    (to, by): (&Type, Option<&str>),
) -> bool {
    let (Type::Enum(old) | Type::Set(old), Type::Enum(new) | Type::Set(new)) = (from, to) else {
        return false;
    };
    if of != by && by.is_some_and(|by| lacks_letters(by, old)) {
        return true;
    }
    if by.is_some_and(is_exact) {
        let plain = |label: &String| label.trim_end_matches(' ').to_owned();
        let new: HashSet<String> = new.iter().map(plain).collect();
        return !old.iter().all(|label| new.contains(&plain(label)));
    }
    of != by && are_alike(old)
}

/// Whether labels have letters that the character set of a collation may not have: they are declared with question marks there.
fn lacks_letters(collation: &str, labels: &[String]) -> bool {
    let charset = collation.split('_').next().unwrap_or_default();
    // MariaDB names some collations without the set of Unicode that they are of.
    let unicode = is_unicode(charset) || charset.starts_with("uca");
    let far = |letter: char| letter > '\u{ffff}' && !holds_all_characters(charset);
    let lacks = |letter: char| !letter.is_ascii() && (!unicode || far(letter));
    labels.iter().any(|label| label.chars().any(lacks))
}

/// Whether a collation tells all letters apart.
fn is_exact(collation: &str) -> bool {
    collation == "binary" || collation.ends_with("_bin")
}

/// Whether some collation may take two of the labels for the same.
fn are_alike(labels: &[String]) -> bool {
    let mut whose: HashMap<String, usize> = HashMap::new();
    labels.iter().enumerate().any(|(at, label)| {
        let mut readings = READINGS.iter().map(|reading| folded(label, *reading));
        readings.any(|key| *whose.entry(key).or_insert(at) != at)
    })
}

/// Collations differ in what stands for a letter that is not in English: `ü` is `u`, `ue` or `y`.
#[derive(Clone, Copy)]
enum Reading {
    Short,
    Long,
    Swedish,
}

const READINGS: [Reading; 3] = [Reading::Short, Reading::Long, Reading::Swedish];

/// A label without case, accents and blanks at its end.
fn folded(label: &str, reading: Reading) -> String {
    let mut key = String::new();
    for letter in label.trim_end_matches(' ').chars() {
        if letter.is_ascii() {
            key.push(letter.to_ascii_lowercase());
            continue;
        }
        for letter in letter.to_lowercase() {
            push_base(&mut key, letter, reading);
        }
    }
    key
}

fn push_base(key: &mut String, letter: char, reading: Reading) {
    let of = |short: &'static str, long: &'static str| match reading {
        Reading::Long => long,
        Reading::Short | Reading::Swedish => short,
    };
    let base = match letter {
        'ß' => of("s", "ss"),
        'æ' => of("a", "ae"),
        'œ' => of("o", "oe"),
        'þ' => of("t", "th"),
        'ä' => of("a", "ae"),
        'ö' | 'ø' => of("o", "oe"),
        'ü' if matches!(reading, Reading::Swedish) => "y",
        'ü' => of("u", "ue"),
        'å' => of("a", "aa"),
        'à'..='ã' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='õ' | 'ō' | 'ŏ' | 'ő' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù'..='û' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'й' | 'ѝ' => "и",
        'ё' | 'ѐ' => "е",
        'ї' => "і",
        'ў' => "у",
        'ά' => "α",
        'έ' => "ε",
        'ή' => "η",
        'ί' | 'ϊ' | 'ΐ' => "ι",
        'ό' => "ο",
        'ύ' | 'ϋ' | 'ΰ' => "υ",
        'ώ' => "ω",
        'ς' => "σ",
        // Marks that are put above the letter before, and what takes no room.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{ad}' => "",
        // Whole families that are one letter in two alphabets or widths, and what lies beyond the first plane.
        '\u{1e00}'..='\u{1fff}' => "\u{1e00}",
        '\u{3040}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9d}' => "\u{3040}",
        '\u{ff01}'..='\u{ff5e}' => "\u{ff01}",
        '\u{10000}'.. => "\u{10000}",
        other => return key.push(other),
    };
    key.push_str(base);
}
