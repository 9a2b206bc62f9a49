//! How is a place in SQL shown to a person?

use crate::Span;

/// Where a text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// The line and column, both from 1 and in characters, of the byte `offset` of `text`. A byte order mark is no character.
#[must_use]
pub fn line_column(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let before = before.trim_start_matches('\u{feff}');
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[start..].chars().count() + 1;
    (
        u32::try_from(line).unwrap_or(u32::MAX),
        u32::try_from(column).unwrap_or(u32::MAX),
    )
}

/// The line of `text` on which `span` begins, with a caret under what the span covers of it, headed by `at` where the
/// place is known. Ends without a newline.
///
/// ```text
///  --> migrations/2_phone.down.sql:1:19
///   |
/// 1 | ALTER TABLE users DROP COLUMN phone_number
///   |                   ^^^^^^^^^^^^^^^^^^^^^^^^
/// ```
#[must_use]
pub fn draw(text: &str, span: Span, at: Option<&Location>) -> String {
    let start = boundary(text, span.start as usize);
    // Only what can be shown is looked at: a line may be as long as the file, and have a finding every few bytes.
    let shown = |c: &char| *c != '\n';
    let left = text[..start].chars().rev().take_while(shown).take(LEFT + 1);
    let line_start = start - left.map(char::len_utf8).sum::<usize>();
    let right = text[start..].chars().take_while(shown).take(WIDTH + 1);
    let line_end = start + right.map(char::len_utf8).sum::<usize>();
    let end = boundary(text, (span.end as usize).min(line_end)).max(start);

    let before = plain(&text[line_start..start]);
    let marked = plain(&text[start..end]);
    let after = plain(text[end..line_end].trim_end());
    let before = match before.char_indices().rev().nth(LEFT - 1) {
        Some((cut, _)) if cut > 0 => format!("…{}", &before[cut..]),
        _ => before,
    };
    let line = crop(&format!("{before}{marked}{after}"), WIDTH);
    let indent = before.chars().count();
    let carets = marked
        .chars()
        .count()
        .clamp(1, WIDTH.saturating_sub(indent).max(1));

    let number = at.map_or(String::new(), |at| at.line.to_string());
    let gutter = " ".repeat(number.len().max(1));
    let number = if number.is_empty() {
        gutter.clone()
    } else {
        number
    };
    let mut drawn = String::new();
    if let Some(at) = at {
        drawn.push_str(&format!(
            "{gutter}--> {}:{}:{}\n",
            at.file, at.line, at.column
        ));
    }
    drawn.push_str(&format!(
        "{gutter} |\n{number} | {line}\n{gutter} | {}{}",
        " ".repeat(indent),
        "^".repeat(carets)
    ));
    drawn
}

/// How many characters of a line are shown, and how many of them before the caret.
const WIDTH: usize = 110;
const LEFT: usize = 60;

/// The greatest character boundary of `text` up to `offset`.
fn boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// `text` in characters of one column each.
fn plain(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '\t' => [' '; 4].to_vec(),
            c if c.is_control() => vec!['\u{FFFD}'],
            c => vec![c],
        })
        .collect()
}

fn crop(line: &str, width: usize) -> String {
    match line.char_indices().nth(width) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, part: &str) -> Span {
        let start = text.find(part).unwrap();
        Span {
            start: u32::try_from(start).unwrap(),
            end: u32::try_from(start + part.len()).unwrap(),
        }
    }

    fn at(line: u32, column: u32) -> Location {
        Location {
            file: "a.sql".into(),
            line,
            column,
        }
    }

    #[test]
    fn the_caret_stands_under_the_part() {
        let text = "SELECT 1;\n\tDROP TABLE é; -- gone";
        let drawn = draw(text, span(text, "DROP TABLE é"), Some(&at(12, 2)));
        assert_eq!(
            drawn,
            "  --> a.sql:12:2\n   |\n12 |     DROP TABLE é; -- gone\n   |     ^^^^^^^^^^^^"
        );
    }

    #[test]
    fn a_part_of_many_lines_is_marked_on_its_first() {
        let text = "UPDATE t\nSET a = 1";
        let drawn = draw(text, span(text, text), None);
        assert_eq!(drawn, "  |\n  | UPDATE t\n  | ^^^^^^^^");
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides() {
        let text = format!("{}DROP TABLE t{}", "a ".repeat(500), " b".repeat(500));
        let drawn = draw(&text, span(&text, "DROP TABLE t"), None);
        let lines: Vec<&str> = drawn.lines().collect();
        let caret = lines[2].chars().position(|c| c == '^').unwrap();
        let shown: String = lines[1].chars().skip(caret).take(12).collect();
        assert_eq!(shown, "DROP TABLE t");
        assert!(lines[1].chars().count() < 130, "{}", lines[1]);
    }

    #[test]
    fn a_span_that_does_not_fit_is_no_panic() {
        for (start, end) in [(0, 900), (900, 901), (2, 1), (1, 1)] {
            assert!(!draw("é", Span { start, end }, None).is_empty());
        }
    }
}
