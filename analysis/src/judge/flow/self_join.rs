//! What comes of a table that is joined with itself: the very rows, or others of it?

use std::collections::BTreeSet;
use std::sync::Arc;

use super::source::Placed;
use crate::Dialect;
use crate::act::{Branch, From, Join, Update, Value};
use crate::judge::run::Run;
use crate::judge::values::ties::Tied;
use crate::schema::Id;

impl Run<'_> {
    /// `UPDATE t SET a = o.b FROM t o WHERE o.id = t.id` is `UPDATE t SET a = b`, where no two rows have the same id.
    pub(in crate::judge) fn of_itself(&mut self, update: &Update) -> Option<Update> {
        let [only] = update.from.as_slice() else {
            return None;
        };
        let member = update.filter.as_ref()?.member.as_ref()?;
        let From::Table(other) = &only.what else {
            return None;
        };
        let key = self.meet_if_exists(&update.table)?;
        let inner = matches!(only.join, Join::Product | Join::Inner);
        if !member.exact || member.row || !inner || update.limited || self.key(other) != key {
            return None;
        }
        let asked = |name: &String| {
            let mut pairs = member.pairs.iter();
            pairs.any(|(own, of)| self.same(own, name) && self.same(of, name))
        };
        let table = self
            .schema
            .table(&key)
            .filter(|_| self.named(other).is_none())?;
        // A row with no value in what is compared does not meet even itself.
        let required = table.required(self.dialect);
        let same = |(own, of): &(String, String)| {
            let column = table.column(self.dialect, own);
            self.same(own, of) && column.is_some_and(|column| required(&column.is))
        };
        let is_key = |key: &[String]| key.iter().all(asked);
        // MySQL writes a row before it has met the next one, and what a trigger then does it does in turn.
        let apart = self.dialect != Dialect::MySql
            || (self.schema.triggers.is_empty()
                && !update.sets.iter().any(|(name, _)| asked(name)));
        let told = apart
            && member.pairs.iter().all(same)
            && table.telling_keys(self.dialect).any(is_key)
            && self.heirs(table.id).is_empty();
        let others = only.alias.as_ref().unwrap_or(&other.name);
        let mut sets = update.sets.clone();
        for (_, value) in &mut sets {
            value.each_column(&mut |value| {
                if let Value::Column(of, _) = value
                    && of.as_ref().is_some_and(|of| self.same(of, others))
                {
                    *of = None;
                }
            });
        }
        told.then(|| Update {
            sets,
            filter: None,
            from: Vec::new(),
            ..update.clone()
        })
    }
}

impl Run<'_> {
    /// Beside each row of a table stands what other rows of it have, where the table is joined once more and only some of its rows
    /// come out there: that is no copy of the row's own.
    pub(super) fn part_from_others(&mut self, branch: &Branch, sources: &mut [Placed]) {
        if sources.len() < 2 {
            return;
        }
        for at in 0..sources.len() {
            let own = sources[at].relation.sources();
            let mut whole = (0..sources.len()).filter(|other| {
                *other != at && !sources[*other].relation.sources().is_disjoint(&own)
            });
            let beside_itself = whole.any(|other| self.keeps(&branch.from, sources, other));
            if !beside_itself || self.keeps(&branch.from, sources, at) {
                continue;
            }
            let placed = &mut sources[at];
            if placed.relation.open {
                placed.key = None;
            }
            for flow in &mut Arc::make_mut(&mut placed.relation).columns {
                flow.values.retain(|value| !own.contains(&value.home()));
            }
        }
    }

    /// What is told by two columns of one row is not told where another row's stand beside it: one of them may be taken from there.
    pub(super) fn part_from_tags(sources: &mut [Placed]) {
        let ties = |placed: &Placed| {
            placed
                .relation
                .columns
                .iter()
                .any(|flow| !flow.tied.is_empty())
        };
        if sources.len() < 2 || !sources.iter().any(ties) {
            return;
        }
        let tags = |placed: &Placed| -> BTreeSet<Id> {
            let columns = placed.relation.columns.iter();
            columns.filter_map(|flow| flow.tag).collect()
        };
        let tags: Vec<BTreeSet<Id>> = sources.iter().map(tags).collect();
        for (at, placed) in sources.iter_mut().enumerate() {
            if !ties(placed) {
                continue;
            }
            let elsewhere: BTreeSet<Id> = tags
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at)
                .flat_map(|(_, tags)| tags.iter().copied())
                .collect();
            for flow in &mut Arc::make_mut(&mut placed.relation).columns {
                let parted = flow.tied.iter().filter(|tied| tied.is_by(&elsewhere));
                let parted: Vec<Id> = parted.map(Tied::value).collect();
                flow.values.retain(|value| !parted.contains(value));
            }
        }
    }
}
