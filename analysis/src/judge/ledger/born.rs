//! What did the up make that holds nothing from before it?

use super::census;
use crate::judge::ledger::{self, cuts::Rows};
use crate::judge::run::Run;
use crate::schema::{Id, Shared, Table};
use crate::{Loss, LossKind};
use std::collections::HashMap;

/// The tables and columns that the up made and that hold nothing which was there before and is nowhere else.
pub(in crate::judge) fn born(run: &Run<'_>, losses: &[Loss]) -> Shared<Id, ()> {
    let ledger = &run.ledger;
    let mut born = ledger.created.clone();
    // What is computed of something that is gone is all that is left of it.
    let is_gone = |id: &Id| {
        let object = ledger.name(*id);
        let mut gone = losses
            .iter()
            .filter(|loss| loss.kind != LossKind::NarrowType);
        gone.any(|loss| Some(&loss.object) == object.as_ref())
    };
    for derived in &ledger.derived {
        if derived.from.iter().any(is_gone) {
            born.remove(&derived.column);
            born.remove(&derived.column.home());
        }
    }
    let tables = || run.schema.tables.values().filter(|_| run.schema.unsettled);
    let by_id: HashMap<Id, &Table> = tables().map(|table| (table.id, &**table)).collect();
    for partition in tables().filter(|table| table.attached) {
        if ledger.created.contains(&partition.id) {
            continue;
        }
        for parent in partition.parents.iter().filter_map(|id| by_id.get(id)) {
            born.remove(&parent.id);
            for column in &parent.columns {
                born.remove(&column.id);
            }
        }
    }
    if !ledger.has_copies() && ledger.spread.is_empty() && ledger.parts.is_empty() {
        return born;
    }
    let census = census::Census::of(run);
    for (part, whole, rows) in &ledger.spread {
        let only_here = |rows: &Rows| !census.has_rows(*rows, Some(*whole));
        if rows.iter().any(only_here) {
            born.remove(part);
            let mut tables = run.schema.tables.values();
            let part = tables.find(|table| table.id == *part);
            for column in part.iter().flat_map(|part| &part.columns) {
                born.remove(&column.id);
            }
        }
    }
    for column in tell_alone(run) {
        born.remove(&column);
    }
    // What it made stands in tables that it did not find so.
    let tables = run.tables.apart(&run.schema.tables);
    for table in tables.filter_map(|(_, _, table)| table) {
        let is_new = ledger.created.contains(&table.id);
        let mut older = is_new
            && ledger
                .rows(table.id)
                .iter()
                .any(|rows| !census.has_rows(*rows, Some(table.id)));
        for column in table
            .columns
            .iter()
            .filter(|column| ledger.created.contains(&column.id))
        {
            let only_here = |apart: Id| {
                ledger.values(column.id).iter().any(|value| {
                    // Where the rows have gone, their column is no second place.
                    let within = ledger.rows_of(table.id, value.home());
                    let within = within.filter(|_| is_new);
                    // What a look-up tells has its own age.
                    !ledger.lookups.tells(column.id, *value)
                        && !census.has_value(*value, within, Some(apart))
                })
            };
            if only_here(column.id) {
                born.remove(&column.id);
            }
            older |= only_here(table.id);
        }
        // Some rows of a table, the others of which may be all that is left there.
        let parts = ledger.parts.iter().filter(|part| part.at == table.id);
        let elsewhere = |part: &&ledger::Part| {
            let mut all = run.each(1, run.schema.tables.values());
            all.any(|other| other.id != table.id && ledger.holds_rows(other, part.of))
        };
        for part in parts.filter(|part| !elsewhere(part)) {
            older = true;
            let is_of = |column: &&crate::schema::Column| {
                let values = ledger.values(column.id);
                values.iter().any(|value| value.home() == part.of.table)
            };
            for column in table.columns.iter().filter(is_of) {
                born.remove(&column.id);
            }
        }
        if older {
            born.remove(&table.id);
        }
    }
    born
}

/// The columns without which nothing tells what stood elsewhere before.
fn tell_alone(run: &Run<'_>) -> Vec<Id> {
    let ledger = &run.ledger;
    let left = ledger.ties.left();
    let tables = || run.each(1, run.schema.tables.values());
    let by_itself = |value: Id| {
        tables().filter(|table| !table.transient).any(|table| {
            let holds = |column: Id| ledger.values(column).contains(&value);
            let tied = |column: Id| {
                left.iter()
                    .any(|(at, tied)| (*at, tied.value()) == (column, value))
            };
            let mut columns = table.columns.iter().map(|column| column.id);
            columns.any(|column| holds(column) && !tied(column))
        })
    };
    let alone = left.iter().filter(|(_, tied)| !by_itself(tied.value()));
    alone.flat_map(|(_, tied)| tied.by()).copied().collect()
}
