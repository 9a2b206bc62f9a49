//! Where does the next token end?

use super::{Kind, Token};
use crate::{Dialect, Span};

pub(super) fn scan(sql: &str, dialect: Dialect) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(sql.len() / 4);
    each(sql, dialect, |token| tokens.push(token));
    tokens
}

pub(super) fn each(sql: &str, dialect: Dialect, take: impl FnMut(Token)) {
    let mut lexer = Lexer {
        bytes: sql.as_bytes(),
        dialect,
        at: 0,
        take,
        before: None,
        executable: false,
        delimiter: b";",
        statement: Place::Start,
        closes: [0; 3],
    };
    while lexer.at < lexer.bytes.len() {
        lexer.step();
    }
}

/// The longest delimiter that the mysql client takes; also what keeps looking for it cheap.
const LONGEST_DELIMITER: usize = 15;

/// How far a template's end is looked for; what is longer is no template.
const LONGEST_TEMPLATE: usize = 256;

struct Lexer<'a, Take> {
    bytes: &'a [u8],
    dialect: Dialect,
    at: usize,
    take: Take,
    /// What the token before is.
    before: Option<Kind>,
    /// Whether an executable comment is open.
    executable: bool,
    delimiter: &'a [u8],
    statement: Place,
    /// The next `}` and `%}` and `}}` that are known of, so that none is looked for twice.
    closes: [usize; 3],
}

/// How much of a statement has been read, as far as it decides on what follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing: a `DELIMITER` here is the client's.
    Start,
    /// Something.
    Inside,
    /// `COPY`.
    Copy,
    /// `COPY … FROM`.
    CopyFrom,
    /// `COPY … FROM stdin`: after the terminator comes data.
    CopyFromStdin,
}

impl<Take: FnMut(Token)> Lexer<'_, Take> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    fn is(&self, dialect: Dialect) -> bool {
        self.dialect == dialect
    }

    /// Ends the token that began at `self.at` before byte `end`.
    fn push(&mut self, kind: Kind, end: usize) {
        let end = end.clamp(self.at + 1, self.bytes.len());
        let span = Span {
            start: offset(self.at),
            end: offset(end),
        };
        self.at = end;
        let token = Token { kind, span };
        (self.take)(token);
        self.before = Some(kind);
        if token.is_significant() && self.statement == Place::Start && kind != Kind::Terminator {
            self.statement = Place::Inside;
        }
    }

    /// Ends a token of `kind` at `end`, or at the end of the script if it is never closed.
    fn push_closed(&mut self, kind: Kind, end: Option<usize>) {
        match end {
            Some(end) => self.push(kind, end),
            None => self.push(Kind::Broken, self.bytes.len()),
        }
    }

    fn step(&mut self) {
        let byte = self.peek(0);
        if byte.is_ascii_whitespace() || byte == 0x0b {
            let length = self
                .rest()
                .iter()
                .take_while(|b| b.is_ascii_whitespace() || **b == 0x0b);
            return self.push(Kind::Space, self.at + length.count());
        }
        if self.at == 0 && self.rest().starts_with("\u{feff}".as_bytes()) {
            return self.push(Kind::Space, '\u{feff}'.len_utf8());
        }
        let may_end = self.delimiter.first() == Some(&byte) && !self.executable;
        if may_end && self.rest().starts_with(self.delimiter) {
            return self.terminator();
        }
        match byte {
            b'-' if self.peek(1) == b'-' && self.dashes_are_a_comment() => self.line_comment(),
            b'#' if self.is(Dialect::MySql) => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'*' if self.executable && self.peek(1) == b'/' => {
                self.executable = false;
                self.push(Kind::Executable, self.at + 2);
            }
            b'\'' => self.string(1, self.is(Dialect::MySql)),
            b'"' if self.is(Dialect::MySql) => self.string(1, true),
            b'"' => self.quoted(1),
            b'`' if !self.is(Dialect::Postgres) => self.quoted(1),
            b'[' if self.is(Dialect::Sqlite) => {
                let end = find(self.bytes, self.at + 1, b']');
                self.push_closed(Kind::Quoted, end);
            }
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_ascii_digit() && !self.follows_a_name() => self.number(),
            b'\\' if self.is(Dialect::Postgres) => {
                let end = self.line_end(self.at);
                self.push(Kind::Command, end);
                self.statement = Place::Start;
            }
            b'{' | b'#' | b'$' if self.template() => {}
            b'$' if self.is(Dialect::Postgres) => self.dollar(),
            b'$' if self.is(Dialect::Sqlite) => self.parameter(1),
            b'?' if !self.is(Dialect::Postgres) => self.parameter(1),
            b'@' if !self.is(Dialect::Postgres) => self.variable(),
            b':' if !self.is(Dialect::MySql) => self.colon(),
            _ if starts_word(byte) || (byte == b'$' && self.is(Dialect::MySql)) => self.word(),
            _ => self.symbol(),
        }
    }

    fn terminator(&mut self) {
        let copies = self.statement == Place::CopyFromStdin;
        self.push(Kind::Terminator, self.at + self.delimiter.len());
        self.statement = Place::Start;
        if copies && self.at < self.bytes.len() {
            let end = self.data_end();
            let kind = if end.is_some() {
                Kind::Data
            } else {
                Kind::Broken
            };
            self.push(kind, end.unwrap_or(self.bytes.len()));
            self.statement = Place::Start;
        }
    }

    /// Where the data of a `COPY … FROM stdin;` ends: after the line `\.`, or at the end of the script where nothing
    /// but white space follows.
    fn data_end(&self) -> Option<usize> {
        let mut line = self.line_end(self.at);
        if self.rest().iter().all(u8::is_ascii_whitespace) {
            return Some(self.bytes.len());
        }
        while line < self.bytes.len() {
            let end = self.line_end(line + 1);
            if self.bytes[line..end].trim_ascii() == b"\\." {
                return Some(end);
            }
            line = end;
        }
        None
    }

    /// MySQL takes `--` for a comment only before white space or a control character.
    fn dashes_are_a_comment(&self) -> bool {
        !self.is(Dialect::MySql)
            || self
                .bytes
                .get(self.at + 2)
                .is_none_or(|b| b.is_ascii_whitespace() || b.is_ascii_control())
    }

    fn line_comment(&mut self) {
        let end = self.line_end(self.at);
        self.push(Kind::Comment, end);
    }

    /// The place of the line feed that ends the line of `from`, or the end of the script.
    fn line_end(&self, from: usize) -> usize {
        let from = from.min(self.bytes.len());
        let length = self.bytes[from..].iter().position(|b| *b == b'\n');
        length.map_or(self.bytes.len(), |length| from + length)
    }

    fn block_comment(&mut self) {
        if self.is(Dialect::MySql)
            && (self.peek(2) == b'!' || (self.peek(2) == b'M' && self.peek(3) == b'!'))
        {
            let head = if self.peek(2) == b'!' { 3 } else { 4 };
            let version = self.rest()[head..].iter().take(6);
            let digits = version.take_while(|b| b.is_ascii_digit()).count();
            self.executable = true;
            return self.push(Kind::Executable, self.at + head + digits);
        }
        let nests = self.is(Dialect::Postgres);
        let mut depth = 1;
        let mut at = self.at + 2;
        while at < self.bytes.len() {
            match &self.bytes[at..] {
                [b'*', b'/', ..] => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        return self.push(Kind::Comment, at);
                    }
                }
                [b'/', b'*', ..] if nests => {
                    depth += 1;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        // SQLite takes the end of the script for the end of the comment.
        let kind = if self.is(Dialect::Sqlite) {
            Kind::Comment
        } else {
            Kind::Broken
        };
        self.push(kind, at);
    }

    /// A string whose opening quote ends `prefix` bytes from here.
    fn string(&mut self, prefix: usize, backslash: bool) {
        let open = self.at + prefix;
        let end = close(self.bytes, open, self.bytes[open - 1], backslash);
        self.push_closed(Kind::Text, end);
    }

    /// A quoted identifier whose opening quote ends `prefix` bytes from here.
    fn quoted(&mut self, prefix: usize) {
        let open = self.at + prefix;
        let end = close(self.bytes, open, self.bytes[open - 1], false);
        self.push_closed(Kind::Quoted, end);
    }

    /// Whether a name ends right here, so that a dot is its qualifier's and not a decimal point.
    fn follows_a_name(&self) -> bool {
        matches!(self.before, Some(Kind::Word | Kind::Quoted))
    }

    fn number(&mut self) {
        let start = self.at;
        let mut at = start;
        let digits = |mut at: usize, is: fn(&u8) -> bool| {
            while self.bytes.get(at).is_some_and(|b| is(b) || *b == b'_') {
                at += 1;
            }
            at
        };
        let radix =
            self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X' | b'b' | b'B' | b'o' | b'O');
        if radix && self.peek(2).is_ascii_hexdigit() {
            at = digits(start + 2, u8::is_ascii_hexdigit);
        } else {
            at = digits(at, u8::is_ascii_digit);
            let whole = at;
            if self.bytes.get(at) == Some(&b'.') && self.bytes.get(at + 1) != Some(&b'.') {
                at = digits(at + 1, u8::is_ascii_digit);
            }
            if matches!(self.bytes.get(at), Some(b'e' | b'E')) {
                let signed = matches!(self.bytes.get(at + 1), Some(b'+' | b'-'));
                let exponent = at + 1 + usize::from(signed);
                if self.bytes.get(exponent).is_some_and(u8::is_ascii_digit) {
                    at = digits(exponent, u8::is_ascii_digit);
                }
            }
            // `2fa_code` is a name on MySQL.
            let name = self.is(Dialect::MySql) && at == whole;
            if name && self.bytes.get(at).is_some_and(|b| starts_word(*b)) {
                return self.word();
            }
        }
        self.push(Kind::Number, at);
    }

    /// Reads a template if one stands here.
    fn template(&mut self) -> bool {
        let (which, close): (usize, &[u8]) = match (self.peek(0), self.peek(1)) {
            (b'$' | b'#', b'{') => (0, b"}"),
            (b'{', b'%') => (1, b"%}"),
            (b'{', b'{') => (2, b"}}"),
            _ => return false,
        };
        let inside = self.at + 2;
        if self.closes[which] < inside {
            let rest = self.bytes[inside..].windows(close.len());
            let found = rest.into_iter().position(|part| part == close);
            self.closes[which] = found.map_or(usize::MAX, |length| inside + length);
        }
        let end = self.closes[which].saturating_add(close.len());
        let found = end <= self.bytes.len() && end - self.at <= LONGEST_TEMPLATE;
        if found {
            self.push(Kind::Template, end);
        }
        found
    }

    /// `$1`, `$$ … $$`, `$tag$ … $tag$` or a lone dollar of PostgreSQL.
    fn dollar(&mut self) {
        if self.peek(1).is_ascii_digit() {
            return self.parameter(1);
        }
        let tag = self.rest()[1..]
            .iter()
            .take_while(|b| continues_word(**b) && **b != b'$')
            .count();
        if self.peek(1 + tag) != b'$' {
            return self.symbol();
        }
        let mark = &self.bytes[self.at..self.at + tag + 2];
        let body = self.at + mark.len();
        let end = find_bytes(self.bytes, body, mark);
        self.push_closed(Kind::Dollar, end);
    }

    fn parameter(&mut self, prefix: usize) {
        let from = (self.at + prefix).min(self.bytes.len());
        let name = self.bytes[from..]
            .iter()
            .take_while(|b| continues_word(**b));
        let end = from + name.count();
        self.push(Kind::Parameter, end);
    }

    /// `@name`, `@@name`, `@'name'` of MySQL; `@name` of SQLite.
    fn variable(&mut self) {
        match self.peek(1) {
            quote @ (b'\'' | b'"' | b'`') if self.is(Dialect::MySql) => {
                let end = close(self.bytes, self.at + 2, quote, quote != b'`');
                self.push_closed(Kind::Parameter, end);
            }
            b'@' => self.parameter(2),
            _ => self.parameter(1),
        }
    }

    /// `::`, `:=`, `:name` or, for psql, `:'name'`.
    fn colon(&mut self) {
        match self.peek(1) {
            b':' | b'=' => self.push(Kind::Symbol, self.at + 2),
            quote @ (b'\'' | b'"') if self.is(Dialect::Postgres) => {
                let end = close(self.bytes, self.at + 2, quote, false);
                self.push_closed(Kind::Parameter, end);
            }
            byte if starts_word(byte) => self.parameter(1),
            _ => self.push(Kind::Symbol, self.at + 1),
        }
    }

    fn word(&mut self) {
        if self.prefixed() {
            return;
        }
        let behind = &self.bytes[self.at + 1..];
        let length = behind.iter().position(|byte| !continues_word(*byte));
        let mut end = self.at + 1 + length.unwrap_or(behind.len());
        if self.delimiter != b";" {
            let mut within = self.at + 1..end;
            let delimiter = within.find(|at| self.bytes[*at..].starts_with(self.delimiter));
            end = delimiter.unwrap_or(end);
        }
        let word = &self.bytes[self.at..end];
        let is = |other: &str| word.eq_ignore_ascii_case(other.as_bytes());
        if self.is(Dialect::MySql) && self.statement == Place::Start && is("delimiter") {
            return self.delimiter(end);
        }
        if self.is(Dialect::Postgres) {
            self.statement = match self.statement {
                Place::Start if is("copy") => Place::Copy,
                Place::Copy if is("from") => Place::CopyFrom,
                Place::CopyFrom if is("stdin") => Place::CopyFromStdin,
                place => place,
            };
        }
        self.push(Kind::Word, end);
    }

    /// Reads a string or identifier with a prefix, such as `E'…'` or `U&"…"`, if one stands here.
    fn prefixed(&mut self) -> bool {
        if !matches!(self.peek(1), b'\'' | b'&') {
            return false;
        }
        let postgres = self.is(Dialect::Postgres);
        match (self.peek(0), self.peek(1), self.peek(2)) {
            (b'e' | b'E', b'\'', _) if postgres => self.string(2, true),
            (b'x' | b'X', b'\'', _) => self.string(2, false),
            (b'b' | b'B', b'\'', _) if !self.is(Dialect::Sqlite) => self.string(2, false),
            (b'n' | b'N', b'\'', _) if !self.is(Dialect::Sqlite) => self.string(2, !postgres),
            (b'u' | b'U', b'&', b'\'') if postgres => self.string(3, false),
            (b'u' | b'U', b'&', b'"') if postgres => self.quoted(3),
            _ => return false,
        }
        true
    }

    /// Takes the client's `DELIMITER` line, whose first word ends at `word`.
    fn delimiter(&mut self, word: usize) {
        let line = self.line_end(word);
        let bytes = self.bytes;
        let delimiter = bytes[word..line].trim_ascii();
        let length = delimiter.iter().take_while(|b| b.is_ascii_graphic());
        let length = length.take(LONGEST_DELIMITER).count();
        if length > 0 {
            self.delimiter = &delimiter[..length];
        }
        self.push(Kind::Command, line);
        self.statement = Place::Start;
    }

    fn symbol(&mut self) {
        let pair = matches!(
            (self.peek(0), self.peek(1)),
            (b'<', b'=' | b'>')
                | (b'>' | b'!' | b':', b'=')
                | (b'|', b'|')
                | (b'&', b'&')
                | (b'-', b'>')
                | (b'=', b'>')
                | (b'.', b'.')
                | (b'=', b'=')
        );
        self.push(Kind::Symbol, self.at + 1 + usize::from(pair));
    }
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    const CONTINUES: [bool; 256] = {
        let mut continues = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            let ascii = byte as u8;
            continues[byte] =
                ascii.is_ascii_alphanumeric() || ascii == b'_' || ascii == b'$' || byte >= 0x80;
            byte += 1;
        }
        continues
    };
    CONTINUES[usize::from(byte)]
}

/// One past the quote that closes the one before `from`; a doubled quote does not.
fn close(bytes: &[u8], from: usize, quote: u8, backslash: bool) -> Option<usize> {
    let mut at = from;
    while at < bytes.len() {
        if bytes[at] == b'\\' && backslash {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return Some(at + 1);
        }
    }
    None
}

/// One past the first `byte` from `from` on.
fn find(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter().position(|b| *b == byte).map(|n| from + n + 1)
}

/// One past the first `mark` from `from` on, where `mark` begins and ends with `$` and holds no other.
fn find_bytes(bytes: &[u8], from: usize, mark: &[u8]) -> Option<usize> {
    let mut at = from;
    while let Some(after) = find(bytes, at, b'$') {
        if bytes[after - 1..].starts_with(mark) {
            return Some(after - 1 + mark.len());
        }
        at = after;
    }
    None
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
