//! What does a `CASE` over constants leave of a column?

use std::slice;

use super::meaning::is_deterministic;
use super::tags::{NULL, all_differ, differ};
use crate::Dialect;
use crate::act::{Datum, Rest};
use crate::judge::flow::Flow;
use crate::judge::run::Run;
use crate::types::Type;

impl Run<'_> {
    /// What a `CASE` over constants leaves of a column: all of it, where no two of its values come out as one.
    pub(super) fn mapped(&self, mut flow: Flow, pairs: &[(String, String)], rest: &Rest) -> Flow {
        let no_null = self.dialect == Dialect::Sqlite && flow.not_null;
        let frees_null =
            flow.not_null && is_for_null(pairs, rest) && self.tells_one_value(&flow, pairs);
        let folds = flow.ty.as_deref().is_some_and(|ty| self.folds_case(ty));
        let ty = flow.ty.as_deref().map(|ty| self.type_of(ty));
        let is_text = matches!(ty, None | Some(Type::Text { .. }));
        let counts = !matches!(
            ty,
            None | Some(
                Type::Text { .. }
                    | Type::Binary { .. }
                    | Type::Json
                    | Type::JsonValue
                    | Type::Enum(_)
                    | Type::Set(_)
            )
        );
        if flow.not_null && *rest == Rest::Same && fills_alone(self.dialect, ty.as_ref(), pairs) {
            return flow;
        }
        let domain = match ty {
            _ if flow.plain && !flow.constants.is_empty() => {
                Some(std::mem::take(&mut flow.constants))
            }
            Some(Type::Enum(labels)) => {
                Some(labels.iter().map(|label| format!("'{label}'")).collect())
            }
            Some(Type::Bool) => Some(vec!["true".to_owned(), "false".to_owned()]),
            _ => None,
        };
        // Where 'A' is compared as 'a', both come out as what 'a' becomes.
        let exact = match self.dialect {
            Dialect::Postgres => !folds && flow.collation.as_deref().is_none_or(is_deterministic),
            Dialect::Sqlite => flow
                .collation
                .as_deref()
                .is_none_or(|name| name == "binary"),
            Dialect::MySql => {
                let collation = flow.collation.as_deref();
                let bytes = !is_text || collation.is_some_and(|name| name.ends_with("_bin"));
                // MySQL takes 'a' for 0 where it holds it against a number.
                let is_number = |key: &str| key != NULL && !key.starts_with('\'');
                bytes && (counts || !pairs.iter().any(|(key, _)| is_number(key)))
            }
        };
        flow.plain = false;
        flow.spells = None;
        flow.constants.clear();
        self.spend(pairs.len() * domain.as_ref().map_or(0, Vec::len) / 4);
        let told = match domain {
            _ if self.is_exhausted() => false,
            None => {
                flow.not_null &= *rest != Rest::Null && pairs.iter().all(|(_, to)| to != NULL);
                flow.emptied = frees_null;
                frees_null || is_permutation(pairs, rest)
            }
            // `'A'`, `'t'` and `1` may be other ways to say `'a'` and true.
            Some(domain) if !pairs.iter().all(|(key, _)| self.is_clear(key, &domain)) => false,
            Some(domain) => {
                let outcomes = outcomes(domain, flow.not_null, pairs, rest);
                let told = all_differ(self.dialect, &outcomes);
                let empties = outcomes.iter().any(|outcome| outcome == NULL);
                flow.emptied = empties && no_null;
                flow.not_null = !empties;
                flow.constants = outcomes;
                told
            }
        };
        if !exact || !told {
            flow.values.clear();
        }
        flow.grown |= !is_permutation(pairs, rest);
        if *rest != Rest::Same {
            flow.ty = Some(self.type_of_results(pairs, rest).to_owned());
        }
        flow
    }

    /// Whether each of the constants is equal to no more than one value of the column.
    fn tells_one_value(&self, flow: &Flow, pairs: &[(String, String)]) -> bool {
        let ty = flow.ty.as_deref().map(|ty| self.type_of(ty));
        let number = |key: &String| key.parse::<i64>().is_ok();
        let is_moment = |letter: char| letter.is_ascii_digit() || " -:.'".contains(letter);
        let moment = |key: &String| key.starts_with('\'') && key.chars().all(is_moment);
        let mut keys = pairs.iter().map(|(key, _)| key);
        match (self.dialect, ty) {
            (Dialect::MySql, Some(Type::Int { .. } | Type::Decimal { .. })) => keys.all(number),
            // A moment of the session's zone may be two.
            (Dialect::MySql, Some(Type::Date | Type::Timestamp { zoned: false, .. })) => {
                keys.all(moment)
            }
            _ => self.is_one_value(flow),
        }
    }

    /// The type that a `CASE` of constants yields.
    fn type_of_results(&self, pairs: &[(String, String)], rest: &Rest) -> &'static str {
        let other = match rest {
            Rest::Constant(constant) => Some(constant),
            Rest::Null | Rest::Same => None,
        };
        let results = || pairs.iter().map(|(_, to)| to).chain(other);
        let told = || results().filter_map(|result| Datum::of(result));
        let is_all = |is: fn(&Datum) -> bool| {
            told().count() == results().count() && told().all(|datum| is(&datum))
        };
        match self.dialect {
            Dialect::Postgres if is_all(|datum| matches!(datum, Datum::Null | Datum::Truth(_))) => {
                "boolean"
            }
            Dialect::Postgres
                if is_all(|datum| matches!(datum, Datum::Null | Datum::Number(_))) =>
            {
                "integer"
            }
            // Constants are read as whatever they are cast to.
            _ => "text",
        }
    }

    /// Whether a constant is just one of those that a column holds, or none of them.
    fn is_clear(&self, key: &String, domain: &[String]) -> bool {
        key == NULL || domain.contains(key) || differ(self.dialect, slice::from_ref(key), domain)
    }
}

/// Whether a `CASE` says only what NULL becomes, in a constant that makes no other type of the rest.
fn fills_alone(dialect: Dialect, ty: Option<&Type>, pairs: &[(String, String)]) -> bool {
    let alike = |constant: &str| match (dialect, ty) {
        (Dialect::Postgres | Dialect::Sqlite, _) => true,
        (_, Some(Type::Text { .. })) => constant.starts_with('\''),
        (_, Some(Type::Int { .. })) => constant.parse::<i64>().is_ok(),
        _ => false,
    };
    let mut pairs = pairs.iter();
    pairs.all(|(key, constant)| key == NULL && alike(constant))
}

/// Whether a `CASE` puts values of a column in each other's place, whatever else may be there.
fn is_permutation(pairs: &[(String, String)], rest: &Rest) -> bool {
    let (mut from, mut to): (Vec<_>, Vec<_>) = pairs.iter().cloned().unzip();
    from.sort();
    to.sort();
    let distinct = from.windows(2).all(|pair| pair[0] != pair[1]);
    distinct && from == to && *rest == Rest::Same
}

/// Whether NULL comes out for one constant, and all else as it is.
fn is_for_null(pairs: &[(String, String)], rest: &Rest) -> bool {
    matches!(pairs, [(_, to)] if to == NULL) && *rest == Rest::Same
}

/// Whether one constant comes out for NULL, and another one for all else.
pub(super) fn tells_null(pairs: &[(String, String)], rest: &Rest) -> bool {
    match (pairs, rest) {
        ([(from, null)], Rest::Constant(other)) => from == NULL && null != other,
        _ => false,
    }
}

/// What a `CASE` yields for each value of a column: of those in `domain`, and NULL.
fn outcomes(
    domain: Vec<String>,
    not_null: bool,
    pairs: &[(String, String)],
    rest: &Rest,
) -> Vec<String> {
    let null = (!not_null && !domain.iter().any(|one| one == NULL)).then(|| NULL.to_owned());
    let outcome = |value: String| {
        let pair = pairs.iter().find(|(key, _)| *key == value);
        match (pair, rest) {
            (Some((_, result)), _) | (None, Rest::Constant(result)) => result.clone(),
            (None, Rest::Same) => value,
            (None, Rest::Null) => NULL.to_owned(),
        }
    };
    domain.into_iter().chain(null).map(outcome).collect()
}
