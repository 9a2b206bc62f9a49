//! What does one line of marks say?

use std::ops::Range;

/// `key`, `key = value` or `key(list)`.
pub(super) struct Item {
    pub(super) key: String,
    /// Where the key stands.
    pub(super) at: Range<usize>,
    pub(super) value: Value,
}

pub(super) enum Value {
    /// Nothing but the key.
    Flag,
    /// `= "text"`.
    Text(String),
    /// `= word`.
    Word(String),
    /// `(word, word = "text")`.
    List(Vec<Listed>),
}

/// `word` or `word = "text"`.
pub(super) struct Listed {
    pub(super) word: String,
    pub(super) at: Range<usize>,
    pub(super) text: Option<String>,
}

/// A mistake and where it stands.
pub(super) type Mistake = (Range<usize>, String);

/// Reads the items between `line.start` and `line.end` of `sql`.
pub(super) fn items(sql: &str, line: Range<usize>) -> (Vec<Item>, Vec<Mistake>) {
    let mut reader = Reader {
        sql,
        at: line.start,
        end: line.end,
    };
    let mut items = Vec::new();
    loop {
        reader.space();
        if reader.at == reader.end {
            break;
        }
        match reader.item() {
            Ok(item) => items.push(item),
            // After a mistake nothing tells where the next item begins.
            Err(mistake) => return (items, vec![mistake]),
        }
    }
    if items.is_empty() {
        let message = "the mark is missing: write for instance `-- onward: destructive`".to_owned();
        return (items, vec![(line, message)]);
    }
    (items, Vec::new())
}

struct Reader<'a> {
    sql: &'a str,
    at: usize,
    end: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.sql[self.at..self.end]
    }

    fn space(&mut self) {
        self.at = self.end - self.rest().trim_start().len();
    }

    fn eat(&mut self, sign: char) -> bool {
        self.space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len_utf8();
        }
        found
    }

    fn word(&mut self) -> Option<(String, Range<usize>)> {
        self.space();
        let rest = self.rest();
        let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let length = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        let place = self.at..self.at + length;
        self.at = place.end;
        (length > 0).then(|| (self.sql[place.clone()].to_owned(), place))
    }

    /// Up to the end of the line, with a message.
    fn mistake<T>(&self, message: &str) -> Result<T, Mistake> {
        Err((self.at..self.end.max(self.at), message.to_owned()))
    }

    fn item(&mut self) -> Result<Item, Mistake> {
        let Some((key, at)) = self.word() else {
            return self.mistake("a mark begins with its name: `destructive`, `lossy = \"why\"`");
        };
        let value = if self.eat('=') {
            self.value()?
        } else if self.eat('(') {
            Value::List(self.list()?)
        } else {
            Value::Flag
        };
        self.space();
        if !self.rest().is_empty() && !self.eat(',') {
            return self.mistake(
                "marks on one line are separated by commas; a comment goes on a line of its own",
            );
        }
        Ok(Item { key, at, value })
    }

    fn value(&mut self) -> Result<Value, Mistake> {
        if self.eat('"') {
            return self.text().map(Value::Text);
        }
        match self.word() {
            Some((word, _)) => Ok(Value::Word(word)),
            None => self.mistake("a value is missing: write it in double quotes"),
        }
    }

    /// The rest of a text after its opening quote.
    fn text(&mut self) -> Result<String, Mistake> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((index, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += index + 1;
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    _ => {
                        self.at += index;
                        return self.mistake(
                            "in a reason only `\\\"`, `\\\\` and `\\n` may follow a backslash",
                        );
                    }
                },
                c => text.push(c),
            }
        }
        self.at -= 1;
        self.mistake("this text has no closing double quote on its line")
    }

    /// The rest of a list after its opening parenthesis.
    fn list(&mut self) -> Result<Vec<Listed>, Mistake> {
        const END: &str = "names in parentheses are separated by commas and end with `)`";
        let mut list = Vec::new();
        loop {
            if self.eat(')') {
                return Ok(list);
            }
            let start = self.at;
            let (word, at) = if self.eat('"') {
                (self.text()?, start..self.at)
            } else if let Some(word) = self.word() {
                word
            } else {
                return self.mistake(END);
            };
            let text = match self.eat('=') {
                false => None,
                true if self.eat('"') => Some(self.text()?),
                true => {
                    return self.mistake("a reason stands in double quotes: `rule = \"why\"`");
                }
            };
            list.push(Listed { word, at, text });
            if !self.eat(',') && !self.rest().starts_with(')') {
                return self.mistake(END);
            }
        }
    }
}
