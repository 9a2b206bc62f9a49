//! What does `USING` put into a column that gets another type?

use std::sync::Arc;

use crate::act::{Turn, Value};
use crate::judge::flow::Relation;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::types::{Cast, Fit, Type};

impl Run<'_> {
    /// The constants of which the column holds one in each row, as far as they are known or the server refuses all else.
    pub(super) fn held_before(
        &mut self,
        key: &Key,
        column: Id,
        name: &str,
        using: Option<&Value>,
    ) -> Vec<String> {
        let constants = self.ledger.constants(column);
        let Some(value) = using.filter(|_| constants.is_empty()) else {
            return constants;
        };
        let named = self.named_by_case(key, column, value);
        if !named.is_empty() {
            let why = format!("a value of `{name}` that no WHEN names becomes NULL");
            self.refuse_rows(key, column, why);
        }
        named
    }

    /// What `USING value` makes of the column's own values.
    pub(super) fn fit_using(
        &mut self,
        key: &Key,
        column: Id,
        value: &Value,
        ty: &str,
        (mut rows, constants): (Relation, Vec<String>),
    ) -> Fit {
        let own = self.ledger.values(column);
        // Whatever the column is, what does not come out of it at all is lost.
        if !reads_column(value) {
            return Fit::Cuts;
        }
        let was = self
            .written(key, column)
            .and_then(|written| written.ty.clone());
        let (value, told) = match was {
            None => through_text(value, |ty| self.holds_anything(ty)),
            Some(_) => (value, Vec::new()),
        };
        if was.is_none() && told.is_empty() && matches!(value, Value::Cast(..)) {
            return Fit::Unknown;
        }
        let fit = self.fit_through(&told, ty);
        // Nobody knows whether the values are such as get lost on the way.
        if fit > Fit::Refuses {
            return Fit::Unknown;
        }
        // The column's values may already be gone: what matters here is the way that they take.
        let marker = if own.is_empty() {
            vec![column]
        } else {
            own.clone()
        };
        if let Some(flow) = rows
            .columns
            .iter_mut()
            .find(|flow| flow.tag == Some(column))
        {
            flow.values.clone_from(&marker);
            flow.constants = constants;
        }
        let flow = self.flow(value, &[placed(key, rows)]);
        let kept = marker.iter().all(|value| flow.values.contains(value));
        if !kept {
            return Fit::Cuts;
        }
        if self.takes_rounded(&flow, ty) {
            return Fit::Cuts;
        }
        if flow.is_made() {
            self.ledger.grown.add(column);
        }
        if self.suits(ty, &flow.constants) {
            self.ledger.set_constants(column, flow.constants.clone());
        }
        match (&flow.ty, flow.plain) {
            (Some(from), _) => self.fits_as(&flow, from, ty),
            (None, _) => fit,
        }
    }

    /// What the columns of a table are computed of that get other types by one statement.
    pub(super) fn rows_before(&mut self, key: &Key, turn: Turn) -> Relation {
        let table = self.schema.table(key).map(|table| table.id);
        let known = self.retyped.iter().find(|(id, _)| Some(*id) == table);
        if let Some((_, rows)) = known.filter(|_| turn == Turn::Later) {
            return rows.clone();
        }
        let rows = self.relation_of(key);
        if let Some(table) = table.filter(|_| turn == Turn::First) {
            self.retyped.retain(|(id, _)| *id != table);
            self.retyped.push((table, rows.clone()));
        }
        rows
    }

    /// What `USING value` puts into the column that others hold, where nothing of its own stays there.
    pub(super) fn of_others(
        &mut self,
        key: &Key,
        column: Id,
        value: &Value,
        ty: &str,
        rows: &Relation,
    ) -> Vec<Id> {
        let own = self.ledger.values(column);
        let flow = self.flow(value, &[placed(key, rows.clone())]);
        if own.iter().any(|own| flow.values.contains(own)) || self.takes_rounded(&flow, ty) {
            return Vec::new();
        }
        match flow.ty {
            Some(from) => self.fitting(flow.values, &from, ty, Cast::Assigned),
            None => Vec::new(),
        }
    }

    /// What becomes of a value of the first type on its way through the others into a column of type `ty`.
    fn fit_through(&self, types: &[&str], ty: &str) -> Fit {
        let casts = types
            .windows(2)
            .map(|pair| (pair[0], pair[1], Cast::Explicit));
        let last = types.last().map(|last| (*last, ty, Cast::Assigned));
        let fit = |(from, to, cast)| match (self.fits(from, to, cast), self.type_of(to)) {
            // What is no label of it is refused.
            (Fit::Keeps, Type::Enum(_)) => Fit::Refuses,
            (fit, _) => fit,
        };
        casts.chain(last).map(fit).max().unwrap_or(Fit::Keeps)
    }
}

/// What is cast, and the types that it is cast to, from the inside out, if the first one holds anything: then it does not
/// matter which type the value had.
fn through_text(value: &Value, holds: impl Fn(&str) -> bool) -> (&Value, Vec<&str>) {
    let (mut inner, mut types) = (value, Vec::new());
    while let Value::Cast(cast, ty) = inner {
        types.push(ty.as_str());
        inner = cast;
    }
    types.reverse();
    match types.first() {
        Some(first) if holds(first) => (inner, types),
        _ => (value, Vec::new()),
    }
}

/// Whether the value comes out of a column at all.
fn reads_column(value: &Value) -> bool {
    match value {
        Value::Column(..) => true,
        Value::Computed { formula, .. } => formula.is_some(),
        other => other.parts().iter().any(reads_column),
    }
}

/// The rows of a table, under its name.
fn placed(key: &Key, rows: Relation) -> Placed {
    Placed {
        name: Some(key.name.to_string()),
        key: Some(key.clone()),
        relation: Arc::new(rows),
    }
}

/// Whether it reads a column that is called otherwise.
pub(super) fn reads_other(value: &Value, name: &str) -> bool {
    match value {
        Value::Column(_, own) => own != name,
        other => other.parts().iter().any(|part| reads_other(part, name)),
    }
}
