//! Does a type hold every value of another one?

use crate::Dialect;
use crate::act::{DATE_STYLE, FLOAT_DIGITS};
use crate::judge::flow::Flow;
use crate::judge::run::Run;
use crate::schema::Id;
use crate::types::{self, Cast, Fit, Type};

impl Run<'_> {
    /// Whether a type holds what was computed as `from`: a text that spells values of another type is no longer than those are.
    pub(in crate::judge) fn fits_as(&self, flow: &Flow, from: &str, to: &str) -> Fit {
        let spelt = flow.spells.as_ref();
        match spelt.map(|spelt| self.fits(spelt, to, Cast::Assigned)) {
            // Labels are found by what they are called.
            Some(fit) if matches!(self.type_of(to), Type::Text { .. } | Type::Enum(_)) => fit,
            _ => self.fits(from, to, Cast::Assigned),
        }
    }

    /// The type with its character set.
    pub(super) fn spelled(&self, ty: &str, charset: Option<&str>) -> String {
        match charset {
            Some(charset) if self.dialect == Dialect::MySql => {
                format!("{ty} CHARACTER SET {charset}")
            }
            _ => ty.to_owned(),
        }
    }

    /// Whether every value of one type survives in another.
    pub(crate) fn fits(&self, from: &str, to: &str, cast: Cast) -> Fit {
        // SQLite's casts are not so kind.
        if from == to && self.dialect != Dialect::Sqlite {
            return Fit::Keeps;
        }
        self.fit(&self.type_of(from), &self.type_of(to), cast)
    }

    /// Whether every value of one type survives in another, as the session has it.
    pub(in crate::judge) fn fit(&self, from: &Type, to: &Type, cast: Cast) -> Fit {
        let writes = matches!(to, Type::Text { .. });
        match writes && self.writes_alike(from) {
            true => Fit::Cuts,
            false => types::fit(self.dialect, from, to, cast),
        }
    }

    /// Whether values of a type may come out alike where they become texts, as the session has it.
    pub(in crate::judge) fn writes_alike(&self, ty: &Type) -> bool {
        let setting = match ty {
            Type::Float { .. } => FLOAT_DIGITS,
            Type::Timestamp { zoned: true, .. } => DATE_STYLE,
            _ => return false,
        };
        match self.assigned.get(setting).map(String::as_str) {
            Some("=1") => false,
            None | Some("=default") => self.schema.writes_alike.contains(&setting.to_owned()),
            Some(_) => true,
        }
    }

    /// Those of `values`, which stand in a column of type `from`, that a column of type `to` holds. What fitted there at
    /// the start still does.
    pub(crate) fn fitting(&mut self, values: Vec<Id>, from: &str, to: &str, cast: Cast) -> Vec<Id> {
        match self.fits(from, to, cast) {
            Fit::Keeps | Fit::Refuses => values,
            fit => {
                let (now, held) = (self.type_of(from), self.type_of(to));
                let fits = |value: &Id| {
                    let first = self.first_type(*value);
                    first.is_some_and(|first| {
                        !is_read_anew(&first, &now, &held)
                            && self.fit(&first, &held, cast) == Fit::Keeps
                    })
                };
                // What nobody knows to be lost is not called so.
                if fit == Fit::Unknown && !values.iter().all(fits) {
                    let reason =
                        format!("whether {to} can hold every value of {from} is not known");
                    self.doubt(reason, &values);
                    return values;
                }
                values.into_iter().filter(fits).collect()
            }
        }
    }
}

/// Whether the bytes of a text are taken for one of another character set: MySQL puts something else where they are none.
pub(in crate::judge) fn is_read_anew(first: &Type, now: &Type, to: &Type) -> bool {
    match (first, to) {
        (Type::Text { charset: first, .. }, Type::Text { charset: to, .. }) => {
            matches!(now, Type::Binary { .. }) && first != to
        }
        _ => false,
    }
}
