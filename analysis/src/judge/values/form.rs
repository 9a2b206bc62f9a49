//! Of what were all values of a column made, and does an expression turn that back?
//!
//! `UPDATE t SET ref = 'T-' || ref` and then `SET ref = substr(ref, 3)`. It is asked only to tell how old is what a down loses: values
//! that came in between may be of another form, and those are lost.

use super::one_to_one::is_whole;
use crate::act::{Kind, Undo, Value};
use crate::judge::flow::Flow;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::types::{Cast, Fit, Type};

/// What was done to each value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Made {
    /// It was set to the one constant.
    Constant(String),
    /// So many characters were put before it.
    Led(u32),
    Times(i64),
    /// It was divided by a power of ten.
    Parted(u32),
    /// A day became its midnight.
    Midnight,
    /// MySQL wrote it as such a text.
    Written(Kind),
}

/// How each value of a column was made of one of another type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Form {
    made: Made,
    ty: Option<String>,
}

impl Form {
    pub(super) fn of_constant(constant: String) -> Form {
        Form {
            made: Made::Constant(constant),
            ty: None,
        }
    }

    /// The constant that each value is.
    pub(in crate::judge) fn constant(&self) -> Option<&String> {
        match &self.made {
            Made::Constant(constant) => Some(constant),
            _ => None,
        }
    }
}

impl Run<'_> {
    /// The form of what a value is, of which `flow` is told.
    pub(super) fn form_of(
        &mut self,
        value: &Value,
        flow: &Flow,
        sources: &[Placed],
    ) -> Option<Form> {
        if let Value::Constant(constant) = value {
            return Some(Form::of_constant(constant.clone()));
        }
        // Rounding leaves whole numbers as they are, and nothing else is told of what it makes of others.
        let value = match value {
            Value::OneToOne(whole, Kind::Rounded) => whole,
            value => value,
        };
        let (of, made) = match value {
            Value::Column(..) => return flow.form.clone(),
            Value::Led { value, by } => match &**value {
                Value::OneToOne(of, _) => (of, Made::Led(*by)),
                _ => return None,
            },
            Value::OneToOne(of, Kind::Scaled(by)) => (of, Made::Times(*by)),
            Value::OneToOne(of, Kind::Divided(zeros)) => (of, Made::Parted(*zeros)),
            Value::OneToOne(of, kind @ (Kind::Hex | Kind::Base64 | Kind::Address)) => {
                (of, Made::Written(*kind))
            }
            _ => return None,
        };
        if flow.values.is_empty() || !matches!(**of, Value::Column(..)) {
            return None;
        }
        let of = self.flow(of, sources);
        let ty = match made {
            // What is read again are the bytes of those characters.
            Made::Written(_) => of.ty.map(|ty| self.spelled(&ty, of.charset.as_deref())),
            _ => of.ty,
        };
        (of.plain && of.form.is_none()).then_some(Form { made, ty })
    }

    /// The form that `flow` has in the column of the table at `key`.
    pub(super) fn form_within(&self, key: &Key, column: Id, flow: &Flow) -> Option<Form> {
        let ty = self.written(key, column).and_then(|own| own.ty.as_deref());
        let [from, to] = [flow.ty.as_deref(), ty].map(|ty| ty.map(|ty| self.type_of(ty)));
        let is_midnight =
            from == Some(Type::Date) && matches!(to, Some(Type::Timestamp { zoned: false, .. }));
        match flow.plain && is_midnight {
            true => Some(Form {
                made: Made::Midnight,
                ty: flow.ty.clone(),
            }),
            false => {
                // MySQL cuts what there is no room for.
                let holds = |form: &Form| match form.constant().zip(ty) {
                    Some((constant, ty)) => self.suits(ty, std::slice::from_ref(constant)),
                    None => true,
                };
                flow.form.clone().filter(holds)
            }
        }
    }

    /// What stood there before the form was made, where `how` turns it back.
    pub(super) fn undone(&mut self, value: &Value, how: Undo, sources: &[Placed]) -> Flow {
        let flow = self.flow(value, sources);
        let turns_back = |form: &Form| match (&form.made, how) {
            (Made::Led(by), Undo::Cut(first)) => *by == first,
            // Of what was no whole number the fraction is cut off with the hundredths.
            (Made::Times(by), Undo::Quotient(divisor)) => {
                let ty = form.ty.as_deref().map(|ty| self.type_of(ty));
                *by == divisor && ty.as_ref().is_some_and(is_whole)
            }
            (Made::Times(by), Undo::Parted(zeros)) => is_power(*by, zeros),
            (Made::Parted(zeros), Undo::Times(by)) => is_power(by, *zeros),
            (Made::Midnight, Undo::Day) => true,
            (Made::Written(kind), Undo::Read(by)) if *kind == by => {
                let ty = form.ty.as_deref().map(|ty| self.type_of(ty));
                // Of a number the digits were written, by which its bytes are not found again.
                match kind {
                    Kind::Address => matches!(ty, Some(Type::Int { .. })),
                    _ => match ty {
                        Some(Type::Text { charset, .. }) => {
                            charset.is_none_or(|set| set.starts_with("utf8"))
                        }
                        ty => matches!(ty, Some(Type::Binary { .. })),
                    },
                }
            }
            _ => false,
        };
        match flow.form.filter(|form| self.tells_ages && turns_back(form)) {
            Some(form) => Flow {
                values: flow.values,
                ty: form.ty,
                not_null: flow.not_null,
                ..Flow::default()
            },
            None => Flow::default(),
        }
    }

    /// The same for an operation that is one-to-one whatever it was made of; none where it turns nothing back.
    pub(super) fn turned_back(&mut self, value: &Value, sources: &[Placed]) -> Option<Flow> {
        if !self.tells_ages {
            return None;
        }
        let (of, how) = match value {
            Value::OneToOne(of, Kind::Scaled(by)) => (of, Undo::Times(*by)),
            Value::OneToOne(of, Kind::Divided(zeros)) => (of, Undo::Parted(*zeros)),
            Value::Cast(of, ty) if self.type_of(ty) == Type::Date => (of, Undo::Day),
            // Rounding leaves whole numbers as they are, and so does a cast to what holds them.
            Value::OneToOne(of, Kind::Rounded) => {
                let flow = self.turned_back(of, sources)?;
                let whole = flow.ty.as_deref().map(|ty| self.type_of(ty));
                return whole.as_ref().is_some_and(is_whole).then_some(flow);
            }
            Value::Cast(of, ty) => {
                let flow = self.turned_back(of, sources)?;
                let from = flow.ty.as_deref();
                let fit = from.map(|from| self.fits(from, ty, Cast::Explicit));
                return matches!(fit, None | Some(Fit::Keeps | Fit::Refuses)).then_some(flow);
            }
            _ => return None,
        };
        let flow = self.undone(of, how, sources);
        (!flow.values.is_empty()).then_some(flow)
    }

    /// The column holds values of the form from here on.
    pub(super) fn settle_form(&mut self, column: Id, form: Option<Form>) {
        if let Some(form) = form {
            self.ledger.forms.insert(column, form);
        }
    }
}

fn is_power(number: i64, zeros: u32) -> bool {
    10_i64.checked_pow(zeros) == Some(number)
}
