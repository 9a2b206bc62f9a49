//! Which rows and keys of what it reads come out of a query again?

use super::keys::words;
use super::source::Placed;
use super::{Flow, Relation};
use crate::Dialect;
use crate::act::{Branch, Filter, Output, Picks, Value};
use crate::judge::ledger::cuts::Rows;
use crate::judge::run::Run;
use crate::schema::{Id, Key};

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
        let keyed = !relation.keys.is_empty() || has_id_of_open(sources, relation);
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
        let ([placed], Some(column)) = (sources, filter.text.strip_suffix(" is not null")) else {
            return false;
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

    /// Whether the condition asks for rows that lack what none of the table's may lack.
    ///
    /// MySQL takes a day of zeros for NULL. (<https://dev.mysql.com/doc/refman/8.4/en/comparison-operators.html#operator_is-null>)
    pub(in crate::judge) fn meets_none(&self, key: &Key, filter: Option<&Filter>) -> bool {
        let lacking = filter.and_then(|filter| filter.text.strip_suffix(" is null"));
        let Some(name) = lacking.filter(|_| self.dialect != Dialect::MySql) else {
            return false;
        };
        let own = self.schema.table(key).map(|table| {
            let column = table.column(self.dialect, name);
            column.is_some_and(|column| table.required(self.dialect)(&column.is))
        });
        if own != Some(true) {
            return false;
        }
        let is_filled = |flow: &Flow| {
            let own = flow.name.as_deref();
            flow.required
                && flow.not_null
                && !self.may_have_parts(flow)
                && own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        self.relation_of(key).columns.iter().any(is_filled)
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

/// Whether the rows come with the `id` of a table of which nobody has seen what its key is.
fn has_id_of_open(sources: &[Placed], relation: &Relation) -> bool {
    let is_id = |name: &str| name.eq_ignore_ascii_case("id");
    let mut columns = relation.columns.iter();
    matches!(sources, [one] if one.relation.open)
        && columns.any(|flow| flow.plain && !flow.values.is_empty() && flow.read().is_some_and(is_id))
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
