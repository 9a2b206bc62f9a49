//! Which line and column is a byte of a long text on, without reading the text from its start each time?

use std::sync::OnceLock;

/// The index of a text, made when it is first asked.
#[derive(Debug, Default)]
pub(crate) struct Lines(OnceLock<Index>);

#[derive(Debug)]
struct Index {
    /// Where each line begins.
    lines: Vec<usize>,
    /// How many characters begin before each block of bytes: a line may be as long as the text.
    blocks: Vec<usize>,
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The bytes that are counted one by one at most.
const BLOCK: usize = 1024;

impl Lines {
    /// The line and column, both from 1 and in characters, of the byte `offset` of `text`, which is always the same text.
    pub(crate) fn place(&self, text: &str, offset: usize) -> (u32, u32) {
        let index = self.0.get_or_init(|| Index::of(text));
        let offset = offset.clamp(index.lines[0], text.len());
        let line = index.lines.partition_point(|start| *start <= offset);
        let start = index.lines[line - 1];
        let column = index.characters(text, offset) - index.characters(text, start) + 1;
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        (number(line), number(column))
    }
}

impl Index {
    fn of(text: &str) -> Index {
        let bytes = text.as_bytes();
        // No editor counts a byte order mark as a column.
        let first = text.len() - text.trim_start_matches(BYTE_ORDER_MARK).len();
        let breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let mut blocks = vec![0];
        for block in bytes.chunks(BLOCK) {
            blocks.push(blocks[blocks.len() - 1] + characters(block));
        }
        Index {
            lines: std::iter::once(first)
                .chain(breaks.map(|(at, _)| at + 1))
                .collect(),
            blocks,
        }
    }

    /// How many characters begin before the byte `offset`.
    fn characters(&self, text: &str, offset: usize) -> usize {
        let block = offset / BLOCK;
        self.blocks[block] + characters(&text.as_bytes()[block * BLOCK..offset])
    }
}

fn characters(bytes: &[u8]) -> usize {
    // All bytes of a character but its first one begin with the bits 10.
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use onward_analysis::snippet::line_column;

    #[test]
    fn every_place_is_the_one_that_counting_finds() {
        let long = "é".repeat(700);
        for text in [
            "",
            "a",
            "\n",
            "a\r\nbé\n\n€c",
            &format!("x\n{long}\n{long}y"),
        ] {
            let lines = Lines::default();
            for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
                assert_eq!(
                    lines.place(text, offset),
                    line_column(text, offset),
                    "{offset}"
                );
            }
        }
        assert_eq!(Lines::default().place("a\nb", 99), (2, 2));
    }
}
