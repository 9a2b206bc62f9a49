//! What is lost in the end?

use std::cell::LazyCell;
use std::collections::HashMap;
use std::ops::Deref;

use super::census::Census;
use super::hits::{Cause, Datum, Hit};
use super::together::Rowmates;
use crate::act::Name;
use crate::judge::ledger::Ledger;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::{Age, Loss, LossKind, Object};

/// Something lost that is no table or column: a schema, a database, a view with rows of its own.
#[derive(Debug, Clone)]
pub(crate) struct Other {
    pub(crate) object: Object,
    pub(crate) age: Age,
    pub(crate) cause: Cause,
}

/// The losses of a direction, in the order of the script.
pub(crate) fn losses(run: &Run<'_>) -> Vec<Loss> {
    let ledger = &run.ledger;
    let mut found: HashMap<Object, (Cause, Age)> = HashMap::new();
    let census = (!ledger.hits.is_empty()).then(|| Census::of(run));
    let mates = LazyCell::new(|| Rowmates::of(ledger));
    for hit in run.each(1, ledger.hits.iter()) {
        let lost = |census| lost(ledger, census, &mates, hit);
        let Some((id, kind)) = census.as_ref().and_then(lost) else {
            continue;
        };
        let Some(object) = ledger.name(id) else {
            continue;
        };
        let own = run.born.contains(&id) && !run.tells_older(id);
        // A column that has a narrower type again may hold what was cut to it.
        let back = kind != LossKind::NarrowType && run.brought_back.contains(&id);
        let recent = hit.recent || own || back;
        let age = if recent { Age::SinceUp } else { Age::Older };
        let cause = Cause { kind, ..hit.cause };
        let first = found.entry(object).or_insert((cause, age));
        if succeeds(cause, first.0) {
            first.0 = cause;
        }
        if age == Age::Older {
            first.1 = age;
        }
    }
    for other in &run.others {
        found
            .entry(other.object.clone())
            .or_insert((other.cause, other.age));
    }
    let mut losses: Vec<Loss> = found
        .into_iter()
        .map(|(object, (cause, age))| Loss {
            object,
            kind: cause.kind,
            age,
            statement: cause.statement,
            span: cause.span,
        })
        .collect();
    losses.sort_by(|a, b| {
        (a.statement, a.span.start, &a.object).cmp(&(b.statement, b.span.start, &b.object))
    });
    losses
}

/// Tables whose rows live on elsewhere while columns of them that nobody has named may not. A table that is rebuilt under
/// its own name is taken to keep what it had.
pub(crate) fn unnamed(run: &Run<'_>) -> Vec<(Object, Cause)> {
    let (ledger, schema) = (&run.ledger, &run.schema);
    let rests = run
        .each(1, ledger.hits.iter())
        .filter_map(|hit| match &hit.datum {
            Datum::Rest { table, within } => Some((*table, *within, hit.cause)),
            _ => None,
        });
    let mut found: Vec<(Object, Cause)> = Vec::new();
    let mut census = None;
    for (table, within, cause) in rests {
        let census = census.get_or_insert_with(|| Census::of(run));
        let Some(object) = ledger.names.get(&table) else {
            continue;
        };
        let name = Name {
            schema: object.schema.clone(),
            name: object.table.clone(),
        };
        let now = schema.tables.get(&Key::of(run.dialect, &name));
        let rebuilt = now.is_some_and(|now| now.id != table);
        let kept = census.has_rows(within, None) || census.has_pieces(within, &[]);
        let rest = census.has_rest(table, within) || census.has_rest_in_pieces(table, within);
        if !rebuilt && kept && !rest {
            found.push((object.clone(), cause));
        }
    }
    found
}

/// Whether `later` says more about the same object: rows deleted first, and then the table.
fn succeeds(later: Cause, before: Cause) -> bool {
    let partial = |kind| matches!(kind, LossKind::Delete | LossKind::Replace);
    !partial(before.kind) || later.kind == LossKind::DropTable
}

/// What is lost by a hit, if it is not in the partitions whole.
fn lost(
    ledger: &Ledger,
    census: &Census<'_>,
    mates: &impl Deref<Target = Rowmates>,
    hit: &Hit,
) -> Option<(Id, LossKind)> {
    let lost = |hit: &Hit| lost_alone(ledger, census, mates, hit);
    if hit.parts.is_empty() {
        return lost(hit);
    }
    let is_rows = |part: &&Hit| matches!(part.datum, Datum::Rows(_));
    let (rows, values): (Vec<&Hit>, Vec<&Hit>) = hit.parts.iter().partition(is_rows);
    let is_lost = |part: &&Hit| lost(part).is_some();
    match hit.datum {
        _ if rows.iter().any(is_lost) => lost(hit),
        Datum::Value { column, .. } if values.iter().any(is_lost) => {
            Some((column, LossKind::OmitColumn))
        }
        _ => None,
    }
}

fn lost_alone(
    ledger: &Ledger,
    census: &Census<'_>,
    mates: &impl Deref<Target = Rowmates>,
    hit: &Hit,
) -> Option<(Id, LossKind)> {
    match &hit.datum {
        Datum::Rows(rows) => {
            if census.has_rows(*rows, None) || census.has_pieces(*rows, &[]) {
                return None;
            }
            if hit
                .picked
                .as_ref()
                .is_some_and(|picked| census.kept_apart(*rows, picked))
            {
                return None;
            }
            let copied = hit.cause.kind == LossKind::DropTable
                && ledger.parts.iter().any(|part| part.of.table == rows.table);
            let kind = if copied {
                LossKind::OmitRows
            } else {
                hit.cause.kind
            };
            Some((rows.table, kind))
        }
        Datum::Value { column, within } => {
            // What it was in the others is told by where those are.
            if hit.alike && within.is_some_and(|rows| census.has_others(rows, *column)) {
                return None;
            }
            let is_told = || match hit.with_rows {
                true => mates.is_told(census, hit),
                false => census.tells_whose(*column, *within),
            };
            if census.has_value(*column, *within, None) && is_told() {
                return None;
            }
            if !hit.with_rows {
                let picked = within.zip(hit.picked.as_ref());
                let kept = match picked {
                    Some((rows, by)) => {
                        census.kept_beside_key(rows, by) || census.is_moved(*column, rows, by)
                    }
                    None => within.is_some_and(|rows| {
                        census.is_moved_in_pieces(*column, rows) || census.is_split(*column, rows)
                    }),
                };
                return (!kept).then_some((*column, hit.cause.kind));
            }
            let rows = (*within)?;
            let kept = || {
                let stands =
                    census.has_rows(rows, None) || census.is_rebuilt_without(rows, *column);
                stands.then_some((*column, LossKind::OmitColumn))
            };
            if ledger.parts.is_empty() {
                return kept();
            }
            if census.is_joined_by(*column, rows) {
                return None;
            }
            let together = || mates.is_told(census, hit);
            let mates = mates.with(hit);
            if let Some(picked) = hit.picked.as_ref().filter(|p| census.kept_apart(rows, p)) {
                let kept = census.keeps_apart(rows, picked, *column, mates);
                return (!kept).then_some((*column, LossKind::OmitColumn));
            }
            if census.has_told_pieces(rows, *column, mates) && together() {
                return None;
            }
            match census.has_pieces(rows, &[]) {
                true => Some((*column, LossKind::OmitColumn)),
                false => kept(),
            }
        }
        Datum::Rest { .. } => None,
    }
}
