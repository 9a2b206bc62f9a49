//! At which byte is the line and column that the grammar's lexer tells?

use sqlparser::tokenizer::{Location, TokenWithSpan};

/// Places each token by its byte: column 1 of line 1 is the first byte of `text`.
pub(super) fn by_byte(tokens: &mut [TokenWithSpan], text: &str) {
    let places = Places::of(text);
    for token in tokens {
        token.span.start = places.byte(token.span.start);
        token.span.end = places.byte(token.span.end);
    }
}

/// The places of a text, found once: a statement of a megabyte has a hundred thousand names.
struct Places {
    /// Which character each line begins with.
    lines: Vec<usize>,
    /// The byte of each character; empty where each is one byte.
    characters: Vec<usize>,
    length: usize,
}

impl Places {
    fn of(text: &str) -> Places {
        let mut lines = vec![0];
        let characters = if text.is_ascii() {
            let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            lines.extend(ends.map(|(at, _)| at + 1));
            Vec::new()
        } else {
            let ends = text.chars().enumerate().filter(|(_, c)| *c == '\n');
            lines.extend(ends.map(|(at, _)| at + 1));
            text.char_indices().map(|(at, _)| at).collect()
        };
        Places {
            lines,
            characters,
            length: text.len(),
        }
    }

    /// A place that is not told stays so.
    fn byte(&self, at: Location) -> Location {
        match self.offset(at) {
            Some(offset) => Location::new(1, offset as u64 + 1),
            None => at,
        }
    }

    fn offset(&self, at: Location) -> Option<usize> {
        let line = usize::try_from(at.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(at.column).ok()?.checked_sub(1)?;
        let character = self.lines.get(line)? + column;
        let byte = if self.characters.is_empty() {
            character
        } else {
            self.characters
                .get(character)
                .copied()
                .unwrap_or(self.length)
        };
        Some(byte.min(self.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_become_bytes() {
        for text in ["ab\ncd", "äb\ncé", ""] {
            let places = Places::of(text);
            let mut at = Location { line: 1, column: 1 };
            for (byte, c) in text.char_indices().chain([(text.len(), ' ')]) {
                assert_eq!(places.offset(at), Some(byte), "{text:?} {at:?}");
                if c == '\n' {
                    at = Location {
                        line: at.line + 1,
                        column: 1,
                    };
                } else {
                    at.column += 1;
                }
            }
            assert_eq!(places.offset(Location { line: 0, column: 0 }), None);
        }
    }
}
