//! At which byte is the line and column that the parser tells?

use sqlparser::tokenizer::Location;

/// The places of a text, found once: a statement of a megabyte has a hundred thousand names.
pub(super) struct Places {
    /// Which character each line begins with.
    lines: Vec<usize>,
    /// The byte of each character; empty where each is one byte.
    characters: Vec<u32>,
    length: usize,
}

impl Places {
    pub(super) fn of(text: &str) -> Places {
        let byte = |at| u32::try_from(at).unwrap_or(u32::MAX);
        let mut lines = vec![0];
        let characters = if text.is_ascii() {
            let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            lines.extend(ends.map(|(at, _)| at + 1));
            Vec::new()
        } else {
            let ends = text.chars().enumerate().filter(|(_, c)| *c == '\n');
            lines.extend(ends.map(|(at, _)| at + 1));
            text.char_indices().map(|(at, _)| byte(at)).collect()
        };
        Places {
            lines,
            characters,
            length: text.len(),
        }
    }

    /// None where the parser does not tell.
    pub(super) fn offset(&self, at: Location) -> Option<u32> {
        let line = usize::try_from(at.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(at.column).ok()?.checked_sub(1)?;
        let character = self.lines.get(line)? + column;
        if !self.characters.is_empty()
            && let Some(byte) = self.characters.get(character)
        {
            return Some(*byte);
        }
        let end = if self.characters.is_empty() {
            character
        } else {
            self.length
        };
        u32::try_from(end.min(self.length)).ok()
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
                assert_eq!(
                    places.offset(at),
                    u32::try_from(byte).ok(),
                    "{text:?} {at:?}"
                );
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
