//! What do values become that MySQL's `UNION ALL` puts into one column?

use crate::judge::flow::{Flow, Relation};
use crate::judge::run::Run;
use crate::judge::values::tags::NULL;
use crate::types::mysql::{DEFAULT, together, withstands};
use crate::types::{Cast, Fit, Length, Type};

impl Run<'_> {
    /// Each column of two queries gets one type. (<https://mariadb.com/kb/en/union/>)
    pub(super) fn put_together(&mut self, one: &mut Relation, other: &mut Relation) {
        for (one, other) in one.columns.iter_mut().zip(&mut other.columns) {
            if one.ty == other.ty && one.charset == other.charset {
                // Labels become texts even beside the same ones.
                for flow in [one, other] {
                    self.become_text(flow);
                }
                continue;
            }
            let types = [&*one, other].map(|flow| self.type_with_charset(flow));
            match &types {
                [Some(a), Some(b)] => {
                    let common = together(a, b);
                    let charset = common_charset(one, other);
                    for flow in [one, other] {
                        self.become_one(flow, common.as_deref(), charset.clone());
                    }
                }
                [Some(own), None] => self.stand_beside(one, own, other),
                [None, Some(own)] => self.stand_beside(other, own, one),
                [None, None] => {}
            }
        }
    }

    fn become_text(&self, flow: &mut Flow) {
        let ty = flow.ty.as_deref().map(|ty| self.type_of(ty));
        if matches!(ty, Some(Type::Enum(_) | Type::Set(_))) {
            let own = std::mem::take(flow);
            *flow = self.as_text(own);
        }
    }

    fn type_with_charset(&self, flow: &Flow) -> Option<Type> {
        let ty = flow.ty.as_deref()?;
        Some(self.type_of(&self.spelled(ty, flow.charset.as_deref())))
    }

    fn become_one(&mut self, flow: &mut Flow, common: Option<&str>, charset: Option<String>) {
        let values = std::mem::take(&mut flow.values);
        let from = flow.ty.take();
        if let (Some(common), Some(from)) = (common, from) {
            // Of two character sets the server takes the one that holds the other's, or refuses.
            let own = flow.charset.as_deref();
            let [from, to] = [&*from, common].map(|ty| self.spelled(ty, own));
            flow.values = self.fitting(values, &from, &to, Cast::Assigned);
            flow.ty = Some(common.to_owned());
        }
        flow.charset = charset;
    }

    /// Values of a known type beside others of which no type is told.
    fn stand_beside(&self, flow: &mut Flow, own: &Type, other: &Flow) {
        let beside = |constant: &String| {
            let common = literal(constant).and_then(|literal| together(own, &literal));
            let fits = |common: String| self.fit(own, &self.type_of(&common), Cast::Assigned);
            constant == NULL || common.is_some_and(|common| fits(common) == Fit::Keeps)
        };
        let constants = &other.constants;
        // The type of a column that nobody told is taken for the same.
        let keeps = withstands(own)
            || other.plain
            || (!constants.is_empty() && constants.iter().all(beside));
        if !keeps {
            flow.values.clear();
        }
    }
}

/// The type of a whole number or text as it is written.
fn literal(constant: &str) -> Option<Type> {
    if constant.starts_with('\'') {
        return Some(Type::Text {
            length: Length::Characters(constant.len() as u64),
            fixed: false,
            charset: None,
        });
    }
    let number: i64 = constant.parse().ok()?;
    Some(Type::Int {
        min: i128::from(number).min(-1),
        max: i128::from(number).max(0),
    })
}

/// The character set of texts of both, where it is told.
fn common_charset(one: &Flow, other: &Flow) -> Option<String> {
    let sets = [one, other].map(|flow| flow.charset.as_deref().unwrap_or(DEFAULT));
    match sets {
        [a, b] if a == b => one.charset.clone(),
        _ => sets.contains(&"utf8mb4").then(|| "utf8mb4".to_owned()),
    }
}
