//! Does a down bring back all that its up has put elsewhere or changed, as long as nobody writes in between?
//!
//! What is lost then came since the up, although it is lost with tables and columns that hold data from before it.

use std::collections::BTreeSet;

use super::losses;
use crate::judge::Played;
use crate::judge::Script;
use crate::judge::run::Run;
use crate::schema::{Id, Shared};
use crate::{Age, Loss, LossKind, Object};

/// What is lost where the down follows the up at once; none where that is not told.
pub(in crate::judge) type ThereAndBack = Option<BTreeSet<Object>>;

impl Played {
    /// Plays both directions as one.
    pub(in crate::judge) fn there_and_back(&self, down: &Script) -> ThereAndBack {
        if !self.done.unknowns.is_empty() || self.done.world.saves_perhaps() {
            return None;
        }
        let both = down.play(
            self.done
                .next_session(self.after.clone())
                .of(down.steps.len())
                .for_ages(),
        );
        if both.is_exhausted() || !both.unknowns.is_empty() || both.world.saves_perhaps() {
            return None;
        }
        let lost = losses::losses(&both).into_iter();
        Some(lost.map(|loss| loss.object).collect())
    }

    /// The tables and columns that the up made for older data, all of which is back after the down.
    pub(in crate::judge) fn brought_back<'l>(
        &self,
        lost: impl FnOnce() -> &'l ThereAndBack,
    ) -> Shared<Id, ()> {
        let mut brought_back = Shared::default();
        let made = self.done.ledger.created.keys();
        let carries = |id: &Id| !self.born.contains(id) && !self.is_spread(*id);
        let carriers: Vec<Id> = made.copied().filter(carries).collect();
        if carriers.is_empty() {
            return brought_back;
        }
        let Some(lost) = lost() else {
            return brought_back;
        };
        for carrier in carriers {
            let from = self.from(carrier);
            if !from.is_empty() && !from.iter().any(|object| is_lost(lost, object)) {
                brought_back.add(carrier);
            }
        }
        brought_back
    }

    /// Tells the age of what the down loses with tables and columns that are older than the up, which has changed them.
    pub(in crate::judge) fn tell_age<'l>(
        &self,
        losses: &mut [Loss],
        undone: &Run<'_>,
        lost: impl Fn() -> &'l ThereAndBack,
    ) {
        // A column that has a narrower type again may hold what was cut to it.
        let older = losses
            .iter_mut()
            .filter(|loss| loss.age == Age::Older && loss.kind != LossKind::NarrowType);
        for loss in older {
            let Some(id) = undone.ledger.id_of(&loss.object) else {
                continue;
            };
            let own = self.done.ledger.name(id);
            let Some(own) = own.filter(|_| self.done.ledger.is_touched(id) && !self.is_spread(id))
            else {
                continue;
            };
            let Some(lost) = lost() else { return };
            let mut from = self.from(id);
            from.insert(own);
            if !from.iter().any(|object| is_lost(lost, object)) {
                loss.age = Age::SinceUp;
            }
        }
    }

    /// Whether it stands in a partition that the up made: what rows do is not told.
    fn is_spread(&self, id: Id) -> bool {
        let spread = &self.done.ledger.spread;
        spread.iter().any(|(part, ..)| *part == id.home())
    }

    /// The tables and columns whose data a table or column holds after the up, or something that was computed of it.
    fn from(&self, carrier: Id) -> BTreeSet<Object> {
        let ledger = &self.done.ledger;
        let mut held: BTreeSet<Id> = ledger.rows(carrier).iter().map(|rows| rows.table).collect();
        let mut tables = self.done.schema.tables.values();
        let columns: Vec<Id> = match tables.find(|table| table.id == carrier) {
            Some(table) => table.columns.iter().map(|column| column.id).collect(),
            None => vec![carrier],
        };
        let derived = ledger.derived.iter();
        let derived = derived.filter(|derived| columns.contains(&derived.column));
        held.extend(derived.flat_map(|derived| &derived.from));
        for column in columns {
            held.extend(ledger.values(column));
            held.extend(ledger.ties.told_by(column));
        }
        let names = held.into_iter().filter_map(|id| ledger.name(id));
        names.collect()
    }
}

fn is_lost(lost: &BTreeSet<Object>, object: &Object) -> bool {
    let table = Object {
        column: None,
        ..object.clone()
    };
    lost.contains(object) || lost.contains(&table)
}
