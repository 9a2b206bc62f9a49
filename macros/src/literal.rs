//! What does a string literal say, and where in the source does each part of it stand?

use onward_analysis::snippet::Location;
use proc_macro2::Span;

/// A string literal.
#[derive(Clone)]
pub(crate) struct Text {
    /// What it says.
    pub(crate) value: String,
    /// The literal in the source.
    pub(crate) span: Span,
    /// The literal as it is written, quotes and escapes included.
    source: String,
    /// Where runs of bytes that are the same in value and source begin: (in the value, in the source).
    runs: Vec<(usize, usize)>,
}

impl Text {
    /// Reads a literal token; none where it is no string.
    pub(crate) fn read(literal: &proc_macro2::Literal) -> Option<Text> {
        let source = literal.to_string();
        let (value, runs) = decode(&source)?;
        Some(Text {
            value,
            span: literal.span(),
            source,
            runs,
        })
    }

    /// The file, line and column of the byte `offset` of the value; none where the compiler does not know the literal
    /// as it is written (a fragment of `macro_rules!`, rust-analyzer).
    pub(crate) fn location(&self, offset: usize) -> Option<Location> {
        if !proc_macro::is_available() {
            return None;
        }
        let span = self.span.unwrap();
        if span.source_text()? != self.source {
            return None;
        }
        let (line, column) = self.line_column(span.line(), span.column(), offset);
        Some(Location {
            file: span.file(),
            line: u32::try_from(line).ok()?,
            column: u32::try_from(column).ok()?,
        })
    }

    /// The line and column of a byte of the value, where the literal begins at `line` and `column`.
    fn line_column(&self, line: usize, column: usize, offset: usize) -> (usize, usize) {
        let before = &self.source[..self.in_source(offset)];
        match before.rfind('\n') {
            Some(newline) => (
                line + before.matches('\n').count(),
                before[newline + 1..].chars().count() + 1,
            ),
            None => (line, column + before.chars().count()),
        }
    }

    fn in_source(&self, offset: usize) -> usize {
        let run = self
            .runs
            .partition_point(|(value, _)| *value <= offset)
            .saturating_sub(1);
        let Some((value, source)) = self.runs.get(run) else {
            return 0;
        };
        let mut at = (source + offset.saturating_sub(*value)).min(self.source.len());
        while !self.source.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// The value of a string literal and its runs; none for a number, a byte string, a C string.
fn decode(source: &str) -> Option<(String, Vec<(usize, usize)>)> {
    if let Some(raw) = source.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let start = 1 + hashes + 1;
        let end = source.len().checked_sub(hashes + 1)?;
        return Some((source.get(start..end)?.to_owned(), vec![(0, start)]));
    }
    let inner = source.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = String::with_capacity(inner.len());
    let mut runs = vec![(0, 1)];
    let mut rest = inner;
    while let Some(backslash) = rest.find('\\') {
        value.push_str(&rest[..backslash]);
        let escape = &rest[backslash..];
        let (decoded, length) = unescape(escape)?;
        // An escape is a run of its own: its character points at the backslash.
        runs.push((value.len(), source.len() - 1 - escape.len()));
        value.extend(decoded);
        rest = &escape[length..];
        runs.push((value.len(), source.len() - 1 - rest.len()));
    }
    value.push_str(rest);
    Some((value, runs))
}

/// The character that an escape stands for (none for a line's continuation) and its length in the source.
fn unescape(escape: &str) -> Option<(Option<char>, usize)> {
    let kind = escape[1..].chars().next()?;
    let simple = |c| Some((Some(c), 2));
    match kind {
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        '0' => simple('\0'),
        '\\' | '\'' | '"' => simple(kind),
        'x' => {
            let code = u8::from_str_radix(escape.get(2..4)?, 16).ok()?;
            Some((Some(char::from(code)), 4))
        }
        'u' => {
            let close = escape.find('}')?;
            let digits = escape.get(3..close)?.replace('_', "");
            let c = char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?;
            Some((Some(c), close + 1))
        }
        '\n' | '\r' => {
            let rest = escape[1..].trim_start_matches([' ', '\t', '\n', '\r']);
            Some((None, escape.len() - rest.len()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Text {
        let (value, runs) = decode(source).unwrap();
        Text {
            value,
            span: Span::call_site(),
            source: source.to_owned(),
            runs,
        }
    }

    /// Where `needle` of the value stands, the literal beginning in line 10, column 5.
    fn place(source: &str, needle: &str) -> (usize, usize) {
        let text = text(source);
        let offset = text.value.find(needle).unwrap();
        text.line_column(10, 5, offset)
    }

    #[test]
    fn says_what_rust_says() {
        for (source, value) in [
            (r#""a\tb\\\"\x41\u{1_F600}\0""#, "a\tb\\\"A\u{1F600}\0"),
            ("\"a\\\n     b\"", "ab"),
            ("r\"a\\n\"", "a\\n"),
            ("r##\"a\"#b\"##", "a\"#b"),
            ("\"\"", ""),
        ] {
            assert_eq!(text(source).value, value, "{source}");
        }
        for other in ["1", "b\"a\"", "c\"a\"", "br\"a\"", "'a'"] {
            assert!(decode(other).is_none(), "{other}");
        }
    }

    #[test]
    fn places_go_through_quotes_escapes_and_continuations() {
        assert_eq!(place("\"DROP x\"", "DROP"), (10, 6));
        assert_eq!(place("\"a\\n\\tDROP x\"", "DROP"), (10, 11));
        assert_eq!(place("\"a;\\\n   DROP x\"", "DROP"), (11, 4));
        assert_eq!(place("r#\"a;\n DROP x\"#", "DROP"), (11, 2));
        assert_eq!(place("\"é\\u{e9}é DROP x\"", "DROP"), (10, 15));
        assert_eq!(place("\"a\\nb\"", "\n"), (10, 7));
    }
}
