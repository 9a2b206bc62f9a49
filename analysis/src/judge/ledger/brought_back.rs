//! Does a down bring back all that its up has put elsewhere, as long as nobody writes in between?
//!
//! What is lost then of the up's tables and columns came since the up, although they hold data from before it.

use std::collections::BTreeSet;

use super::losses;
use crate::Object;
use crate::judge::Played;
use crate::judge::Script;
use crate::schema::{Id, Shared};

impl Played {
    /// The tables and columns that the up made for older data, all of which is back after the down.
    pub(in crate::judge) fn brought_back(&self, down: &Script) -> Shared<Id, ()> {
        let mut brought_back = Shared::default();
        let made = self.done.ledger.created.keys();
        // What rows stand in a partition is not told.
        let spread = &self.done.ledger.spread;
        let is_spread = |id: &Id| spread.iter().any(|(part, ..)| *part == id.home());
        let carries = |id: &Id| !self.born.contains(id) && !is_spread(id);
        let carriers: Vec<Id> = made.copied().filter(carries).collect();
        if carriers.is_empty() || !self.done.unknowns.is_empty() || self.done.world.saves_perhaps()
        {
            return brought_back;
        }
        let both = down.play(
            self.done
                .next_session(self.after.clone())
                .of(down.steps.len()),
        );
        if both.is_exhausted() || !both.unknowns.is_empty() || both.world.saves_perhaps() {
            return brought_back;
        }
        let lost = losses::losses(&both).into_iter();
        let lost: BTreeSet<Object> = lost.map(|loss| loss.object).collect();
        let is_lost = |object: &Object| {
            let table = Object {
                column: None,
                ..object.clone()
            };
            lost.contains(object) || lost.contains(&table)
        };
        for carrier in carriers {
            let from = self.from(carrier);
            if !from.is_empty() && !from.iter().any(is_lost) {
                brought_back.add(carrier);
            }
        }
        brought_back
    }

    /// The tables and columns whose data a table or column that the up made holds.
    fn from(&self, carrier: Id) -> BTreeSet<Object> {
        let ledger = &self.done.ledger;
        let mut held: BTreeSet<Id> = ledger.rows(carrier).iter().map(|rows| rows.table).collect();
        let mut tables = self.done.schema.tables.values();
        let columns = match tables.find(|table| table.id == carrier) {
            Some(table) => table.columns.iter().map(|column| column.id).collect(),
            None => vec![carrier],
        };
        for column in columns {
            held.extend(ledger.values(column));
        }
        let names = held.into_iter().filter_map(|id| ledger.name(id));
        names.collect()
    }
}
