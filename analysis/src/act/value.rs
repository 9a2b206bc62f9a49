//! What does a value carry on of the columns that it is computed from?

use std::sync::Arc;

use super::{Formula, Name};

/// What `CASE` yields where no condition holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rest {
    Null,
    /// The value itself.
    Same,
    Constant(String),
}

/// A value, as far as it can carry data on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Column(Option<String>, String),
    /// The same in every run, in one spelling.
    Constant(String),
    Null,
    Default,
    /// One-to-one in the inner value, where that is of a kind: `NOT x`, `x * 2`.
    OneToOne(Box<Value>, Kind),
    /// The same, where so many characters are put before it: `'a' || x`.
    Led {
        value: Box<Value>,
        by: u32,
    },
    /// A column, of whose values something is taken away that may have been put there: `substr(x, 2)`.
    Undone(Box<Value>, Undo),
    /// A constant is added, or taken away where it is negative.
    Shifted {
        value: Box<Value>,
        by: f64,
    },
    /// `CASE column WHEN constant THEN constant … ELSE rest END`.
    Mapped {
        value: Box<Value>,
        pairs: Vec<(String, String)>,
        rest: Rest,
    },
    /// Several values side by side, each of which can be told again: `ARRAY[a, b]`, `jsonb_build_array(a, b)`.
    Together(Vec<Value>),
    /// The same, each under a name: `jsonb_build_object('a', a)`.
    Object {
        keys: Vec<String>,
        parts: Vec<Value>,
    },
    /// The same, each in its place: `ROW(a, b)`.
    Row(Vec<Value>),
    /// What stands under a name: `x->>'a'` as text, `(x).a` as it is.
    Part {
        value: Box<Value>,
        key: String,
        as_text: bool,
    },
    Cast(Box<Value>, String),
    /// `excluded.x`, `VALUES(x)`: the row that was to be inserted.
    Excluded(String),
    /// What PostgreSQL's clock says, which is never NULL: `now()`.
    Now,
    /// Anything else: the columns that it reads outside of its sub-queries, and the functions it calls that may do anything.
    Computed {
        reads: Vec<(Option<String>, String)>,
        calls: Vec<Name>,
        /// Whether none of those is skipped, as in a branch of `CASE`.
        surely: bool,
        /// How it is computed, where that is known.
        formula: Option<Arc<Formula>>,
    },
}

/// What may turn back what was done to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undo {
    /// So many characters are cut off at the beginning.
    Cut(u32),
    /// A whole number is divided, and the fraction cut off.
    Quotient(i64),
    /// It is divided by a power of ten.
    Parted(u32),
    Times(i64),
    /// The time is cut off a moment.
    Day,
    /// What MySQL wrote as such a text is read again.
    Read(Kind),
}

/// How NULL is written among constants.
pub(crate) const NULL: &str = "null";

/// What a value must be for an operation to be one-to-one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    /// Anything, where a moment gets a zone or loses it: `x AT TIME ZONE 'UTC'`.
    Zoned,
    /// A whole number: `x * 2`.
    Whole,
    /// A number that can be multiplied without rounding: `x * 100`.
    Scaled(i64),
    /// A whole number, which is divided by a power of ten that has so many zeros: `x / 100.0`.
    Divided(u32),
    /// Something that `to_json` keeps as it is: it leaves out where an array begins to count.
    Json,
    /// Something that `to_jsonb` keeps as it is: of JSON that is text it would sort the keys.
    Jsonb,
    /// Something that is told from NULL where it is a part of JSON, as the null of JSON is not, and that stands there exactly.
    PartOfJson,
    /// What MySQL puts so many characters before or behind: `CONCAT('a', x)`.
    Longer(u32),
    /// The same where it is a time of day: `CONCAT(x, ' 00:00:00')`.
    AtTime,
    /// A whole number that MySQL puts zeros before, so that it has so many digits: `LPAD(x, 10, '0')`.
    Padded(u32),
    /// A number that has no fraction: `ROUND(x * 100)`.
    Rounded,
    /// A number without rounding: `x + 1`.
    Number,
    /// One that can be negative: `-x`.
    Signed,
    /// Something that `||` puts behind another and not into it: `'a' || x`.
    Joined,
    /// A truth value or NULL: `NOT x`.
    Flag,
    /// A whole number, of which a moment is made: `to_timestamp(x)`.
    Epoch,
    /// A time with a day: `x + interval '2 hours'`.
    Moment,
    /// One without a zone: `x + interval '2 days'`.
    Day,
    /// A whole number of less than 33 bits, of which a time is made: `make_interval(mins => x)`.
    Lasting,
    /// A text, and nothing that is written as one: `reverse(x)`, of which a number is not made again.
    Written,
    /// Bytes, a text or a whole number whose digits MySQL writes: `HEX(x)`.
    Hex,
    /// Bytes, a text or a whole number, of which MySQL writes six bits a letter: `TO_BASE64(x)`.
    Base64,
    /// A number of 32 bits that MySQL writes as an address: `INET_NTOA(x)`.
    Address,
    /// A day, or a moment where the `clock` stands there too, that MySQL writes with so many characters: `DATE_FORMAT(x, '%Y-%m-%d')`.
    Stamped {
        length: u32,
        clock: bool,
    },
    /// A text that is put in quotes: `JSON_QUOTE(x)`.
    Quoted,
    /// A text that is cut into pieces: `string_to_array(x, ',')`.
    Split,
    /// An array that is not NULL, behind which members are put: `x || ARRAY['a']`.
    Appended,
    /// A text whose letters become small, or `upper`: `lower(x)`.
    Folded {
        upper: bool,
    },
}

impl Value {
    /// What it is made of.
    pub(crate) fn parts(&self) -> &[Value] {
        match self {
            Value::OneToOne(inner, _)
            | Value::Led { value: inner, .. }
            | Value::Undone(inner, _)
            | Value::Shifted { value: inner, .. }
            | Value::Mapped { value: inner, .. }
            | Value::Part { value: inner, .. }
            | Value::Cast(inner, _) => std::slice::from_ref(inner),
            Value::Together(parts) | Value::Object { parts, .. } | Value::Row(parts) => parts,
            _ => &[],
        }
    }

    /// Whether it is the same in every run, whatever it is cast to.
    pub(crate) fn is_constant(&self) -> bool {
        let mut value = self;
        while let Value::Cast(inner, _) = value {
            value = inner;
        }
        matches!(value, Value::Constant(_))
    }

    /// A constant as SQL, with the cast around it if there is one.
    pub(crate) fn spelled(&self) -> Option<String> {
        match self {
            Value::Constant(text) => Some(text.clone()),
            Value::Cast(inner, ty) => match &**inner {
                Value::Constant(text) => Some(format!("CAST({text} AS {ty})")),
                _ => None,
            },
            _ => None,
        }
    }

    /// One of which nothing is known.
    pub(crate) fn computed() -> Value {
        Value::Computed {
            reads: Vec::new(),
            calls: Vec::new(),
            surely: true,
            formula: None,
        }
    }

    /// The value with the columns that `is_new` knows as those of the row that was to be inserted.
    pub(crate) fn excluding(mut self, is_new: &impl Fn(Option<&str>, &str) -> bool) -> Value {
        self.each_column(&mut |value| {
            if let Value::Column(of, name) = value
                && is_new(of.as_deref(), name)
            {
                *value = Value::Excluded(std::mem::take(name));
            }
        });
        self
    }

    /// Every column that the value carries on.
    pub(crate) fn each_column(&mut self, change: &mut impl FnMut(&mut Value)) {
        match self {
            Value::Column(..) => change(self),
            Value::OneToOne(inner, _)
            | Value::Led { value: inner, .. }
            | Value::Undone(inner, _)
            | Value::Shifted { value: inner, .. }
            | Value::Mapped { value: inner, .. }
            | Value::Part { value: inner, .. }
            | Value::Cast(inner, _) => inner.each_column(change),
            Value::Together(parts) | Value::Object { parts, .. } | Value::Row(parts) => {
                for part in parts {
                    part.each_column(change);
                }
            }
            _ => {}
        }
    }

    /// The columns that are read for it, each with the table that it is said to be of.
    pub(crate) fn reads<'v>(&'v self, found: &mut Vec<(Option<&'v str>, &'v str)>) {
        match self {
            Value::Column(of, name) => found.push((of.as_deref(), name)),
            Value::Computed { reads, .. } => {
                found.extend(
                    reads
                        .iter()
                        .map(|(of, name)| (of.as_deref(), name.as_str())),
                );
            }
            other => other.parts().iter().for_each(|part| part.reads(found)),
        }
    }
}
