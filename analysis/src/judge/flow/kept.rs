//! Which rows and keys of what it reads come out of a query again?

use super::keys::words;
use super::source::Placed;
use super::{Flow, Relation};
use crate::Dialect;
use crate::act::{Branch, Column, Filter, Output, Picks, Value};
use crate::judge::ledger::cuts::Rows;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::types::Type;

impl Run<'_> {
    /// Whether rows are folded together or left out: none are where they are grouped by what is never twice the same.
    pub(in crate::judge) fn folds(&self, branch: &Branch, sources: &[Placed]) -> bool {
        let ([one], Some(grouped), false) = (sources, &branch.grouped, branch.folded) else {
            return branch.may_fold();
        };
        let Relation { columns, keys, .. } = &*one.relation;
        let apart = |at: &usize| {
            let flow = columns.get(*at);
            flow.and_then(|flow| flow.name.as_ref().filter(|_| flow.not_null))
                .is_some_and(|name| grouped.iter().any(|own| self.same(own, name)))
        };
        !keys.iter().any(|key| key.iter().all(apart))
    }

    /// Whether a function that returns any number of rows makes as many of one, or none.
    pub(in crate::judge) fn multiplies(&self, branch: &Branch) -> bool {
        self.dialect == Dialect::Postgres
            && branch.output.iter().any(|output| match output {
                Output::Value { value, .. } => self.yields_rows(value),
                Output::All(_) => false,
            })
    }

    fn yields_rows(&self, value: &Value) -> bool {
        match value {
            Value::Computed { calls, .. } => calls.iter().any(|name| {
                let routine = self.schema.routines.get(&self.key(name));
                routine.is_some_and(|routine| returns_rows(&routine.text))
            }),
            other => other.parts().iter().any(|part| self.yields_rows(part)),
        }
    }

    /// What `SELECT id, x … WHERE x IS NOT NULL` leaves out of x is nothing.
    pub(in crate::judge) fn sparse(
        &self,
        branch: &Branch,
        sources: &[Placed],
        relation: &Relation,
    ) -> Vec<Id> {
        let Some((filter, _)) = branch.filter.as_ref().zip(relation.parts.first()) else {
            return Vec::new();
        };
        let is_met = |flow: &&Flow| {
            let own = flow.read();
            let mut met = filter.met.iter();
            own.is_some_and(|own| met.any(|name| name.eq_ignore_ascii_case(own)))
        };
        let met = || relation.columns.iter().filter(is_met);
        // Without a key nobody can tell whose value it was.
        let keyed = !relation.keys.is_empty() || self.has_id_of_open(sources, relation);
        if !keyed || met().any(|flow| self.may_have_parts(flow)) {
            return Vec::new();
        }
        met()
            .filter(|flow| flow.plain)
            .flat_map(|flow| flow.values.clone())
            .collect()
    }

    /// Whether the condition holds for every row of the sources.
    pub(in crate::judge) fn meets_all(&self, filter: &Filter, sources: &[Placed]) -> bool {
        if filter.picks == Picks::All {
            return true;
        }
        let [placed] = sources else {
            return false;
        };
        let Some(column) = filter.text.strip_suffix(" is not null") else {
            return self.meets_each(filter, placed);
        };
        placed.relation.columns.iter().any(|flow| {
            flow.not_null
                && !self.may_have_parts(flow)
                && flow
                    .name
                    .as_deref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(column))
        })
    }

    /// Whether the condition on rows of the table alone asks for such as lack what none of them may lack.
    pub(in crate::judge) fn meets_none(&self, key: &Key, filter: Option<&Filter>) -> bool {
        let Some(filter) = filter.filter(|filter| !filter.absent.is_empty()) else {
            return false;
        };
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let required = table.required(self.dialect);
        let relation = self.relation_of(key);
        filter.absent.iter().any(|name| {
            let own = table.column(self.dialect, name).map(|column| &*column.is);
            let flow = relation.columns.iter().find(|flow| {
                let named = flow.name.as_deref();
                named.is_some_and(|named| self.same(named, name))
            });
            own.is_some_and(|own| required(own) && !self.is_taken_for_null(own))
                && flow.is_some_and(|flow| {
                    flow.required && flow.not_null && !self.may_have_parts(flow)
                })
                // A variable hides the column.
                && !self.locals.iter().any(|local| self.same(local, name))
        })
    }

    /// Whether MySQL may take a value for NULL: a day of zeros, and the number that it gave last (`sql_auto_is_null`).
    /// (<https://dev.mysql.com/doc/refman/8.4/en/comparison-operators.html#operator_is-null>)
    fn is_taken_for_null(&self, column: &Column) -> bool {
        let ty = column.ty.as_deref().map(|ty| self.type_of(ty));
        self.dialect == Dialect::MySql
            && (column.identity || matches!(ty, None | Some(Type::Date | Type::Timestamp { .. })))
    }

    /// Whether the rows come with the `id` of a table of which nobody has seen what its key is, and which was called so before.
    fn has_id_of_open(&self, sources: &[Placed], relation: &Relation) -> bool {
        let is_id = |name: &str| name.eq_ignore_ascii_case("id");
        let was_id = |value: &Id| {
            let named = self.ledger.name(*value).and_then(|name| name.column);
            named.is_none_or(|name| is_id(&name))
        };
        let mut columns = relation.columns.iter();
        matches!(sources, [one] if one.relation.open)
            && columns.any(|flow| {
                let stands = flow.plain && !flow.values.is_empty();
                stands && flow.read().is_some_and(is_id) && flow.values.iter().all(was_id)
            })
    }

    /// The keys of the one source that come out again.
    pub(in crate::judge) fn kept_keys(
        &self,
        outputs: &[Output],
        source: &Placed,
        relation: &Relation,
    ) -> Vec<Vec<usize>> {
        let now = source.now(self);
        if let [Output::All(_)] = outputs
            && !now.columns.iter().any(|flow| flow.hidden)
        {
            return now.keys.clone();
        }
        let find = |at: &usize| {
            let wanted = &now.columns.get(*at)?.values;
            relation.columns.iter().position(|flow| {
                !wanted.is_empty() && flow.plain && wanted.iter().all(|v| flow.values.contains(v))
            })
        };
        now.keys
            .iter()
            .filter_map(|key| key.iter().map(find).collect::<Option<Vec<usize>>>())
            .collect()
    }
}

/// The rows of the one source each value of which comes out, although equal rows are folded together, or those left out that
/// have none.
pub(in crate::judge) fn appearing(
    branch: &Branch,
    source: &Placed,
    relation: &Relation,
) -> Vec<Rows> {
    let is_asked = |filter: &Filter| {
        let name = filter.text.strip_suffix(" is not null");
        let carried = |flow: &&Flow| !flow.values.is_empty();
        let mut columns = relation.columns.iter().filter(carried);
        name.is_some_and(|name| {
            columns.all(|flow| {
                let own = flow.read();
                flow.plain && own.is_some_and(|own| own.eq_ignore_ascii_case(name))
            })
        })
    };
    let grouped = branch.grouped.as_ref().is_none_or(|grouped| {
        relation.columns.iter().all(|flow| {
            let own = flow.read().unwrap_or_default();
            flow.values.is_empty() || grouped.iter().any(|name| name.eq_ignore_ascii_case(own))
        })
    });
    let whole = !branch.folded
        && grouped
        && branch.filter.as_ref().is_none_or(is_asked)
        && (branch.grouped.is_some() || !branch.aggregates);
    match (whole, source.relation.appear.is_empty()) {
        (false, _) => Vec::new(),
        (true, true) => source.relation.rows.clone(),
        (true, false) => source.relation.appear.clone(),
    }
}

/// Whether a function of PostgreSQL so written returns any number of rows.
fn returns_rows(text: &str) -> bool {
    let words = words(text);
    let mut pairs = words.windows(2);
    pairs.any(|pair| pair[0] == "returns" && ["setof", "table"].contains(&&*pair[1]))
}
