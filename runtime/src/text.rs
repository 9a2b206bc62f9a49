//! How are small things said in a message, and read in a text?

use std::time::SystemTime;

use onward_analysis::nearest::nearest;

/// `1 row`, `3 rows`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `text` in one line, with nothing in it that a terminal obeys: names and reasons are somebody else's words.
pub(crate) fn visible(text: &str) -> String {
    // What turns the line round, joins or hides letters, or ends a line without being a control character.
    let unseen = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() || unseen(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// How many letters an abbreviation has at least: `dev`, `prod`.
const SHORTEST: usize = 3;

/// What a `name` that is none of the `known` ones should have been.
pub(crate) fn meant(name: &str, known: &[String]) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let short = name.to_lowercase();
    let is_short = |other: &&&str| short.len() >= SHORTEST && other.starts_with(&short);
    match nearest(name, &known).or_else(|| known.iter().find(is_short).copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are `{}`.", known.join("`, `")),
    }
}

/// `add` as `Add`.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// A moment as RFC 3339 in UTC, to the second: `2026-11-22T03:12:09Z`.
pub(crate) fn moment(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Moments in JSON.
pub(crate) mod time {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, json: S) -> Result<S::Ok, S::Error> {
        json.serialize_str(&super::moment(*time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(json: D) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(json)?;
        humantime::parse_rfc3339(&text).map_err(D::Error::custom)
    }
}

/// [`time`] to the millisecond, where it is compared with the journal's times.
pub(crate) mod exact_time {
    use std::time::SystemTime;

    use serde::Serializer;

    pub(crate) use super::time::deserialize;

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, json: S) -> Result<S::Ok, S::Error> {
        json.collect_str(&humantime::format_rfc3339_millis(*time))
    }
}

/// Whether the first word of `sql` is one of `words`.
pub(crate) fn begins_with(sql: &str, words: &[&str]) -> bool {
    let first: &str = sql
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .next()
        .unwrap_or("");
    words.iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// `text` with each line moved in by `indent`.
pub(crate) fn indented(text: &str, indent: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| match line.trim_end() {
            "" => String::new(),
            line => format!("{indent}{line}"),
        })
        .collect();
    lines.join("\n")
}

/// The beginning of a text that is long, up to a blank; all of it where it is not.
pub(crate) fn glance(text: &str) -> String {
    const ENOUGH: usize = 160;
    let Some((end, _)) = text.char_indices().nth(ENOUGH) else {
        return text.to_owned();
    };
    let cut = text[..end].rfind(' ').unwrap_or(end);
    format!("{} …", &text[..cut])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_short_is_meant_too() {
        let known = ["staging", "production", "development"].map(str::to_owned);
        for (name, meant) in [
            ("dev", "development"),
            ("PROD", "production"),
            ("stagign", "staging"),
        ] {
            assert_eq!(
                super::meant(name, &known),
                format!("did you mean `{meant}`?")
            );
        }
        for name in ["", "st", "preview"] {
            assert!(
                super::meant(name, &known).starts_with("there are"),
                "{name}"
            );
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        let name = "v\n     CLEAR  fake \u{1b}[31m\u{202e}";
        assert_eq!(
            super::visible(name),
            "v\\n     CLEAR  fake \\u{1b}[31m\\u{202e}"
        );
        assert_eq!(super::visible("größer `a\"b`"), "größer `a\"b`");
    }

    #[test]
    fn a_long_text_is_cut_at_a_blank() {
        assert_eq!(glance("SELECT 1"), "SELECT 1");
        let long = format!("SELECT {}, ß{}", "a".repeat(140), "b".repeat(30));
        assert_eq!(glance(&long), format!("SELECT {}, …", "a".repeat(140)));
        let whole = "ß".repeat(161);
        assert_eq!(glance(&whole), format!("{} …", "ß".repeat(160)));
    }
}
