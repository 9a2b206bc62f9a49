//! What does an expression yield for given values of the columns that it reads?
//!
//! Only what each database computes alike is computed here; of all else nothing is said.

use super::NULL;

/// A value that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Datum {
    Null,
    Truth(bool),
    Number(i64),
    Text(String),
    /// What the clock says, of which no more is known than that it is not NULL.
    Moment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Equal,
    Less,
    And,
    Or,
    Plus,
    Minus,
    Times,
    Joined,
    BitAnd,
    BitOr,
    Left,
    Right,
}

/// An expression, as far as it can be computed without the database.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Formula {
    Column(Option<String>, String),
    Datum(Datum),
    Not(Box<Formula>),
    Two(Box<Formula>, Sign, Box<Formula>),
    /// `x IS NULL`, `x IS TRUE`.
    Is(Box<Formula>, Datum),
    /// Each condition and what is yielded where it is the first that holds.
    Case(Vec<(Formula, Formula)>, Box<Formula>),
    Coalesce(Vec<Formula>),
    /// A text, in which the second stands for the first.
    Replace(Box<Formula>, String, String),
    Cast(Box<Formula>, String),
    /// Which of these it is, from 1: `(ARRAY['a', 'b'])[x]`.
    Element(Vec<Formula>, Box<Formula>),
    /// The place of it among these: `array_position(ARRAY['a', 'b'], x)`.
    Place(Vec<Formula>, Box<Formula>),
}

/// What the session and the database say of values.
pub(crate) trait Terms {
    /// What stands in the column.
    fn column(&self, of: Option<&str>, name: &str) -> Option<Datum>;
    /// What a value becomes that is cast to the type.
    fn cast(&self, datum: Datum, ty: &str) -> Option<Datum>;
    /// How a truth value is written: SQLite has 1 and 0.
    fn truth(&self, is: bool) -> Datum;
}

/// What stands in quotes, where that is a plain text.
pub(crate) fn plain_text(constant: &str) -> Option<&str> {
    let text = constant.strip_prefix('\'')?.strip_suffix('\'')?;
    let plain = |byte| (b' '..=b'~').contains(&byte) && byte != b'\'' && byte != b'\\';
    text.bytes().all(plain).then_some(text)
}

impl Datum {
    /// That of a constant as it is written: a plain text, a whole number, a truth value or NULL.
    pub(crate) fn of(constant: &str) -> Option<Datum> {
        if constant.starts_with('\'') {
            return plain_text(constant).map(|text| Datum::Text(text.to_owned()));
        }
        match constant.to_ascii_lowercase().as_str() {
            NULL => Some(Datum::Null),
            "true" => Some(Datum::Truth(true)),
            "false" => Some(Datum::Truth(false)),
            number => number.parse().ok().map(Datum::Number),
        }
    }

    /// The constant as it is written.
    pub(crate) fn spelled(&self) -> String {
        match self {
            Datum::Null => NULL.to_owned(),
            Datum::Truth(is) => is.to_string(),
            Datum::Number(number) => number.to_string(),
            Datum::Text(text) => format!("'{text}'"),
            Datum::Moment => "now".to_owned(),
        }
    }

    /// What it says as a condition; the inner none stands for NULL.
    fn holds(&self, by_number: bool) -> Option<Option<bool>> {
        match self {
            Datum::Null => Some(None),
            Datum::Truth(is) => Some(Some(*is)),
            Datum::Number(number) if by_number => Some(Some(*number != 0)),
            _ => None,
        }
    }
}

impl Formula {
    /// The columns that it reads.
    pub(crate) fn columns<'f>(&'f self, found: &mut Vec<(Option<&'f str>, &'f str)>) {
        match self {
            Formula::Column(of, name) => found.push((of.as_deref(), name)),
            Formula::Datum(_) => {}
            Formula::Not(of)
            | Formula::Is(of, _)
            | Formula::Replace(of, ..)
            | Formula::Cast(of, _) => of.columns(found),
            Formula::Two(left, _, right) => {
                left.columns(found);
                right.columns(found);
            }
            Formula::Case(pairs, rest) => {
                for (condition, result) in pairs {
                    condition.columns(found);
                    result.columns(found);
                }
                rest.columns(found);
            }
            Formula::Coalesce(parts) => parts.iter().for_each(|part| part.columns(found)),
            Formula::Element(parts, of) | Formula::Place(parts, of) => {
                parts.iter().for_each(|part| part.columns(found));
                of.columns(found);
            }
        }
    }

    /// What it yields; none where that is not known.
    pub(crate) fn value(&self, terms: &impl Terms) -> Option<Datum> {
        let truth = |is: Option<bool>| is.map_or(Datum::Null, |is| terms.truth(is));
        Some(match self {
            Formula::Column(of, name) => terms.column(of.as_deref(), name)?,
            Formula::Datum(Datum::Truth(is)) => terms.truth(*is),
            Formula::Datum(datum) => datum.clone(),
            Formula::Not(of) => truth(of.holds(terms)?.map(|is| !is)),
            Formula::Two(left, sign @ (Sign::And | Sign::Or), right) => {
                let decides = *sign == Sign::Or;
                let both = [left.holds(terms)?, right.holds(terms)?];
                truth(match both {
                    _ if both.contains(&Some(decides)) => Some(decides),
                    _ if both.contains(&None) => None,
                    _ => Some(!decides),
                })
            }
            Formula::Two(left, sign, right) => match (left.value(terms)?, right.value(terms)?) {
                (Datum::Null, _) | (_, Datum::Null) => Datum::Null,
                (left, right) => two(left, *sign, right, terms)?,
            },
            Formula::Is(of, Datum::Null) => terms.truth(of.value(terms)? == Datum::Null),
            Formula::Is(of, Datum::Truth(wanted)) => terms.truth(of.holds(terms)? == Some(*wanted)),
            Formula::Is(..) => return None,
            Formula::Case(pairs, rest) => {
                for (condition, result) in pairs {
                    if condition.holds(terms)? == Some(true) {
                        return result.value(terms);
                    }
                }
                rest.value(terms)?
            }
            Formula::Coalesce(parts) => {
                for part in parts {
                    let datum = part.value(terms)?;
                    if datum != Datum::Null {
                        return Some(datum);
                    }
                }
                Datum::Null
            }
            Formula::Replace(of, from, to) => match of.value(terms)? {
                Datum::Null => Datum::Null,
                Datum::Text(text) if !from.is_empty() => Datum::Text(text.replace(from, to)),
                _ => return None,
            },
            Formula::Cast(of, ty) => match of.value(terms)? {
                Datum::Null => Datum::Null,
                datum => terms.cast(datum, ty)?,
            },
            Formula::Element(parts, of) => match of.value(terms)? {
                Datum::Null => Datum::Null,
                Datum::Number(at) => {
                    let at = at.checked_sub(1).and_then(|at| usize::try_from(at).ok());
                    match at.and_then(|at| parts.get(at)) {
                        Some(part) => part.value(terms)?,
                        None => Datum::Null,
                    }
                }
                _ => return None,
            },
            Formula::Place(parts, of) => {
                let of = of.value(terms)?;
                for (place, part) in (1..).zip(parts) {
                    let part = part.value(terms)?;
                    if std::mem::discriminant(&part) != std::mem::discriminant(&of) {
                        return None;
                    }
                    if part == of {
                        return Some(Datum::Number(place));
                    }
                }
                Datum::Null
            }
        })
    }

    fn holds(&self, terms: &impl Terms) -> Option<Option<bool>> {
        let by_number = terms.truth(true) == Datum::Number(1);
        self.value(terms)?.holds(by_number)
    }
}

/// What the sign makes of two values of which none is NULL.
fn two(left: Datum, sign: Sign, right: Datum, terms: &impl Terms) -> Option<Datum> {
    use Datum::{Number, Text, Truth};
    Some(match (left, sign, right) {
        (Number(a), Sign::Equal, Number(b)) => terms.truth(a == b),
        (Truth(a), Sign::Equal, Truth(b)) => terms.truth(a == b),
        (Text(a), Sign::Equal, Text(b)) => terms.truth(a == b),
        (Number(a), Sign::Less, Number(b)) => terms.truth(a < b),
        (Number(a), Sign::Plus, Number(b)) => Number(a.checked_add(b)?),
        (Number(a), Sign::Minus, Number(b)) => Number(a.checked_sub(b)?),
        (Number(a), Sign::Times, Number(b)) => Number(a.checked_mul(b)?),
        (Number(a), Sign::BitAnd, Number(b)) => Number(a & b),
        (Number(a), Sign::BitOr, Number(b)) => Number(a | b),
        // A smallint has no room for more.
        (Number(a), Sign::Left, Number(b @ 0..=15)) if (0..=0x7fff_i64 >> b).contains(&a) => {
            Number(a << b)
        }
        (Number(a), Sign::Right, Number(b @ 0..=15)) if a >= 0 => Number(a >> b),
        (Text(a), Sign::Joined, Text(b)) => Text(a + &b),
        (Number(a), Sign::Joined, Text(b)) => Text(a.to_string() + &b),
        (Text(a), Sign::Joined, Number(b)) => Text(a + &b.to_string()),
        _ => return None,
    })
}
