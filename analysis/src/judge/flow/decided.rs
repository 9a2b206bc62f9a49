//! Does a condition hold for each row that there was, or for none, by the constants that its column can hold?
//!
//! It is asked only to tell how old is what a down loses: rows that came in between may hold anything.

use super::source::Placed;
use super::{Flow, Relation};
use crate::act::{Filter, NULL};
use crate::judge::run::Run;
use crate::schema::Key;

impl Run<'_> {
    /// Whether the condition on the table at `key` picks none of its rows.
    pub(in crate::judge) fn misses_each(&self, key: &Key, filter: &Filter) -> bool {
        let alone = |id| self.offspring(id).is_empty();
        self.tells_ages
            && self.schema.table(key).is_some_and(|table| alone(table.id))
            && self.truth_of_each(filter, &self.relation_of(key)) == Some(false)
    }

    /// Whether it picks each row of the source.
    pub(super) fn meets_each(&self, filter: &Filter, source: &Placed) -> bool {
        self.tells_ages && self.truth_of_each(filter, &source.relation) == Some(true)
    }

    /// What the condition is for each row, if that is one and the same.
    fn truth_of_each(&self, filter: &Filter, relation: &Relation) -> Option<bool> {
        let column = filter.choice.column.as_ref()?;
        let called = |flow: &&Flow| flow.name.as_ref().is_some_and(|own| self.same(own, column));
        let held = self.constants_before(relation.columns.iter().find(called)?);
        let mut truths = held
            .iter()
            .map(|constant| self.truth(filter, column, constant));
        let first = truths.next()??;
        truths.all(|truth| truth == Some(first)).then_some(first)
    }

    /// The constants that stood in a column when the up began, or that the up put there.
    pub(in crate::judge) fn constants_before(&self, flow: &Flow) -> Vec<String> {
        if let Some(constant) = flow.form.as_ref().and_then(|form| form.constant()) {
            return vec![constant.clone()];
        }
        if !flow.constants.is_empty() || !flow.plain || flow.shifted {
            return flow.constants.clone();
        }
        let mut all = Vec::new();
        for value in &flow.values {
            let met = self.ledger.met.get(&value.home());
            let listed = met.and_then(|met| {
                let column = met.table.columns.of_id(*value)?;
                Some(self.checked_in(&met.table, &column.is))
            });
            match listed {
                Some(listed) if !listed.is_empty() => all.extend(listed),
                _ => return Vec::new(),
            }
        }
        all
    }

    fn truth(&self, filter: &Filter, column: &str, held: &str) -> Option<bool> {
        let [when_true, when_false, when_null] = filter.choice.holds;
        if held == NULL {
            return Some(when_null);
        }
        if let Some((left, asked)) = filter.choice.atom.split_once(" = ")
            && self.same(left, column)
        {
            return is_same(held, asked).map(|same| if same { when_true } else { when_false });
        }
        let mut found = false;
        for alternative in filter.keys.as_ref()? {
            match alternative.as_slice() {
                [(own, asked)] if self.same(own, column) => found |= is_same(held, asked)?,
                _ => return None,
            }
        }
        Some(found)
    }
}

/// Whether one text of letters and digits is another one, by any collation.
pub(in crate::judge) fn is_same(one: &str, other: &str) -> Option<bool> {
    let bare = |text: &str| {
        let text = text.strip_prefix('\'')?.strip_suffix('\'')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:/".contains(c);
        (!text.is_empty() && text.chars().all(plain)).then(|| text.to_owned())
    };
    let whole = |text: &str| text.parse::<i64>().ok();
    match (bare(one).zip(bare(other)), whole(one).zip(whole(other))) {
        (Some((one, other)), _) if one == other => Some(true),
        (Some((one, other)), _) if !one.eq_ignore_ascii_case(&other) => Some(false),
        (_, Some((one, other))) => Some(one == other),
        _ => None,
    }
}
