//! Does a column hold the very values of another, or what was made of them, and were two copies made alike?
//!
//! Of `a` and `-a` in one column nobody can tell which is which.

use crate::act::{Kind, Value};
use crate::judge::flow::Flow;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::Id;
use crate::types::Type;

/// One thing that was done to values on their way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Made {
    By(Value),
    /// It is what stands in a column that was set, since a table was changed so often.
    Since(usize),
    /// Something that is not known to the letter.
    Unsaid,
}

/// Whether the same was done to both.
pub(super) fn are_alike(one: &[Made], other: &[Made]) -> bool {
    one == other && !one.contains(&Made::Unsaid)
}

impl Run<'_> {
    /// What an output does to the values that it carries on.
    pub(in crate::judge) fn note_manner(&self, value: &Value, flow: &mut Flow, sources: &[Placed]) {
        if matches!(value, Value::Column(..)) {
            return;
        }
        if flow.values.is_empty() {
            flow.of = self.computed_of(value, sources);
            return;
        }
        // Of a key and the same key further up the first is the lower one.
        if flow.primary && matches!(value, Value::Shifted { .. }) {
            return;
        }
        let made = |flow: &Flow| !flow.made.is_empty();
        let before = || sources.iter().flat_map(|placed| &placed.relation.columns);
        if flow.made.is_empty() && before().any(made) {
            flow.made.push(Made::Unsaid);
        } else if !self.is_spelling(value, sources) {
            flow.made.push(match is_exact(value) {
                true => Made::By(value.clone()),
                false => Made::Unsaid,
            });
        }
    }

    /// What stands in the columns that are read to compute it.
    fn computed_of(&self, value: &Value, sources: &[Placed]) -> Vec<Id> {
        let mut reads = Vec::new();
        value.reads(&mut reads);
        let mut found = Vec::new();
        for (of, name) in reads {
            let is_meant = |placed: &&Placed| of.is_none_or(|of| placed.is_called(self, of));
            let columns = sources.iter().filter(is_meant);
            let mut columns = columns.flat_map(|placed| &placed.relation.columns);
            let named = |flow: &&Flow| flow.name.as_ref().is_some_and(|own| self.same(own, name));
            if let Some(flow) = columns.find(named) {
                found.extend(flow.values.iter().chain(&flow.of));
            }
        }
        found
    }

    /// Whether it is a column whose numbers or texts are only taken for others that are written alike.
    fn is_spelling(&self, value: &Value, sources: &[Placed]) -> bool {
        let Value::Cast(inner, to) = value else {
            return matches!(value, Value::Column(..));
        };
        let from = match &**inner {
            Value::Column(_, name) => {
                let columns = sources.iter().flat_map(|placed| &placed.relation.columns);
                let mut own = columns.filter(|flow| {
                    let called = flow.name.as_ref();
                    called.is_some_and(|called| self.same(called, name))
                });
                own.next().and_then(|flow| flow.ty.clone())
            }
            Value::Cast(_, ty) => Some(ty.clone()),
            _ => None,
        };
        let plain = |ty: &str| {
            matches!(
                self.type_of(ty),
                Type::Int { .. } | Type::Decimal { .. } | Type::Text { .. }
            )
        };
        from.is_some_and(|from| plain(&from)) && plain(to) && self.is_spelling(inner, sources)
    }
}

/// Whether two values that are written so do the same.
fn is_exact(value: &Value) -> bool {
    let itself = match value {
        Value::OneToOne(_, kind) => matches!(
            kind,
            Kind::Scaled(_)
                | Kind::Divided(_)
                | Kind::Json
                | Kind::Jsonb
                | Kind::PartOfJson
                | Kind::Rounded
                | Kind::Signed
                | Kind::Flag
                | Kind::Hex
                | Kind::Base64
                | Kind::Address
                | Kind::Quoted
                | Kind::Folded { .. }
        ),
        Value::Led { .. } | Value::Computed { .. } => false,
        _ => true,
    };
    itself && value.parts().iter().all(is_exact)
}
