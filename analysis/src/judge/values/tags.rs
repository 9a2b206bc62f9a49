//! Which constants are told apart in the column that they are put into?
//!
//! `1` and `'1'` are not in one of numbers, `'2020-01-01'` and `'2020-1-1'` not in one of days: only plain texts in a column of
//! text count, and whole numbers in one of them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::Dialect;
use crate::act;
pub(in crate::judge) use crate::act::NULL;
use crate::act::plain_text;
use crate::judge::run::Run;
use crate::schema::Table;
use crate::types::{Affinity, Length, Type};

/// A constant of which is known how a column holds it.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Tag<'c> {
    Text(Cow<'c, str>),
    Number(i128),
    Truth(bool),
    Null,
}

/// Reads a plain `'…'`, a whole number, true, false or NULL.
fn tag(constant: &str) -> Option<Tag<'_>> {
    if constant.starts_with('\'') {
        return plain_text(constant).map(|text| Tag::Text(text.into()));
    }
    match constant.to_ascii_lowercase().as_str() {
        NULL => Some(Tag::Null),
        "true" => Some(Tag::Truth(true)),
        "false" => Some(Tag::Truth(false)),
        number => {
            let digits = number.strip_prefix('-').unwrap_or(number);
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit())
                && (number == "0" || !digits.starts_with('0'));
            let number = number.parse().ok().filter(|_| plain);
            number.map(Tag::Number)
        }
    }
}

/// Whether no two of the constants are the same, where all are of one kind.
pub(in crate::judge) fn all_differ(dialect: Dialect, constants: &[String]) -> bool {
    if constants.len() < 2 {
        return true;
    }
    let Some(tags) = compared(dialect, constants) else {
        return false;
    };
    let mut seen = HashSet::new();
    are_of_one_kind(&tags) && tags.iter().all(|tag| seen.insert(tag))
}

/// Whether none of the one constants is one of the others, where all are of one kind.
pub(in crate::judge) fn differ(dialect: Dialect, own: &[String], more: &[String]) -> bool {
    if own.is_empty() || more.is_empty() {
        return false;
    }
    let all = own.iter().chain(more);
    let Some(tags) = compared(dialect, all) else {
        return false;
    };
    let (own, more) = tags.split_at(own.len());
    let own: HashSet<&Tag<'_>> = own.iter().collect();
    are_of_one_kind(&tags) && !more.iter().any(|tag| own.contains(tag))
}

/// Which of the constants are the same, by a number for each; none where they are not of one kind, or one is not understood.
pub(in crate::judge) fn classes<'c>(
    dialect: Dialect,
    constants: impl IntoIterator<Item = &'c String>,
) -> Option<Vec<usize>> {
    let tags = compared(dialect, constants).filter(|tags| are_of_one_kind(tags))?;
    let mut met: HashMap<&Tag<'_>, usize> = HashMap::new();
    let class = tags.iter().map(|tag| {
        let next = met.len();
        *met.entry(tag).or_insert(next)
    });
    Some(class.collect())
}

/// The constants as they are held against each other; none where one of them is not understood.
fn compared<'c>(
    dialect: Dialect,
    constants: impl IntoIterator<Item = &'c String>,
) -> Option<Vec<Tag<'c>>> {
    let held = |constant: &'c String| {
        Some(match (tag(constant)?, dialect) {
            (Tag::Text(text), Dialect::MySql) => {
                Tag::Text(text.trim_end().to_ascii_lowercase().into())
            }
            // `char(n)` compares without the blanks at the end, and a cast to `varchar(n)` takes those off that are too many.
            (Tag::Text(Cow::Borrowed(text)), Dialect::Postgres) => {
                Tag::Text(text.trim_end_matches(' ').into())
            }
            (tag, _) => tag,
        })
    };
    constants.into_iter().map(held).collect()
}

fn are_of_one_kind(tags: &[Tag<'_>]) -> bool {
    // MySQL's true is 1, and so is SQLite's.
    let kind = |tag: &Tag<'_>| match tag {
        Tag::Text(_) => Some(0),
        Tag::Number(_) => Some(1),
        Tag::Truth(_) => Some(2),
        Tag::Null => None,
    };
    let mut kinds = tags.iter().filter_map(kind);
    let first = kinds.next();
    kinds.all(|kind| Some(kind) == first)
}

impl Run<'_> {
    /// Whether a column of this type holds each of the constants as it is.
    pub(in crate::judge) fn suits(&self, ty: &str, constants: &[String]) -> bool {
        if constants.is_empty() {
            return true;
        }
        let held = self.type_of(ty);
        let labels: HashSet<&str> = match &held {
            Type::Enum(labels) => labels.iter().map(String::as_str).collect(),
            _ => HashSet::new(),
        };
        let suits = |constant: &String| self.holds(ty, &held, &labels, constant);
        constants.iter().all(suits)
    }

    /// The same of one constant, where the type is read, and its labels are known.
    fn holds(&self, ty: &str, held: &Type, labels: &HashSet<&str>, constant: &str) -> bool {
        match (tag(constant), held) {
            (Some(Tag::Null), _) => true,
            (Some(Tag::Text(text)), Type::Text { length, fixed, .. }) => {
                let citext = ty.to_ascii_lowercase().contains("citext");
                let count = text.len() as u64;
                let room = match *length {
                    Length::Any => true,
                    Length::Characters(most) | Length::Stretched(most) => count <= most,
                    // No character of these takes more than four.
                    Length::Bytes(most) => count * 4 <= most,
                };
                // It is filled with blanks.
                room && !citext && !(*fixed && text.ends_with(' '))
            }
            (Some(Tag::Text(text)), Type::Enum(_)) => {
                self.dialect == Dialect::Postgres || labels.contains(&*text)
            }
            (Some(Tag::Text(_)), Type::Affinity(affinity)) => {
                matches!(affinity, Affinity::Text | Affinity::Blob | Affinity::Any)
            }
            (Some(Tag::Number(number)), Type::Int { min, max }) => (*min..=*max).contains(&number),
            (
                Some(Tag::Number(number)),
                Type::Decimal {
                    precision,
                    scale,
                    signed,
                },
            ) => {
                let digits = number
                    .unsigned_abs()
                    .checked_ilog10()
                    .map_or(1, |log| log + 1);
                let room = |most: u32| i64::from(digits) + i64::from(*scale) <= i64::from(most);
                precision.is_none_or(room) && (*signed || number >= 0)
            }
            (Some(Tag::Number(number)), Type::Affinity(affinity)) => {
                let kept = !matches!(affinity, Affinity::Real | Affinity::Text);
                kept && number <= i128::from(i64::MAX)
            }
            (Some(Tag::Truth(_)), Type::Bool | Type::Int { .. }) => true,
            (Some(Tag::Truth(_)), Type::Affinity(affinity)) => {
                !matches!(affinity, Affinity::Real | Affinity::Text)
            }
            _ => false,
        }
    }

    /// Whether the column holds each of the constants as it is.
    pub(in crate::judge) fn takes(
        &self,
        table: &Table,
        column: &act::Column,
        constants: &[String],
    ) -> bool {
        let declared = self.declared(table, column);
        let is_null = |constant: &String| tag(constant) == Some(Tag::Null);
        if constants.iter().any(is_null) {
            self.spend((table.columns.len() + table.constraints.len()) / 4);
            // MySQL may put the time of the day there.
            let now = declared.map(|ty| self.type_of(ty));
            let stamped =
                self.dialect == Dialect::MySql && matches!(now, Some(Type::Timestamp { .. }));
            if table.open || stamped || table.required(self.dialect)(column) {
                return false;
            }
        }
        match declared {
            Some(ty) => self.suits(ty, constants),
            // A table that is made of the query has a column as wide as that.
            None => {
                let made = self.dialect != Dialect::MySql || !self.ledger.has_poured(table.id);
                let takes = |constant: &String| {
                    is_null(constant) || (made && !table.open && tag(constant).is_some())
                };
                constants.iter().all(takes)
            }
        }
    }

    /// What a column gets that the statement does not name.
    pub(in crate::judge) fn by_default(&self, table: &Table, column: &act::Column) -> Vec<String> {
        let of_own = |ty: &str| self.type_named(ty).is_some_and(|own| own.base.is_some());
        match (column.default.as_deref(), self.declared(table, column)) {
            (Some(default), _) if default.trim().eq_ignore_ascii_case(NULL) => {
                vec![NULL.to_owned()]
            }
            (Some(default), _) => vec![default.trim().to_owned()],
            // A domain may have a default of its own.
            (None, Some(ty)) if of_own(ty) => Vec::new(),
            (None, _) => vec![NULL.to_owned()],
        }
    }
}
