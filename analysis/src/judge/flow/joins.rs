//! Does every row of a table come through the joins of a query?
//!
//! `FROM a JOIN b ON b.id = a.b_id` leaves no row of `a` out where a foreign key says that each of them has its `b`.

use super::source::Placed;
use crate::act::{From, Join, Of, Source};
use crate::judge::run::Run;
use crate::schema::Table;

impl Run<'_> {
    /// Whether every row of the source at `at` comes through the joins.
    pub(in crate::judge) fn keeps(&self, from: &[Source], sources: &[Placed], at: usize) -> bool {
        // `FROM b JOIN a` is `FROM a JOIN b`.
        let turned = at == 1
            && from[at].join == Join::Inner
            && self.meets(from, sources, &[at], (0, &from[at].on));
        let own = at == 0 || turned || matches!(from[at].join, Join::Right | Join::Full);
        // Those that stand beside each row of it, whatever it is.
        let mut beside = vec![at];
        if turned {
            beside.push(0);
        }
        own && from.iter().enumerate().skip(at + 1).all(|(next, later)| {
            matches!(later.join, Join::Left | Join::Full)
                || (later.join == Join::Inner
                    && self.meets(from, sources, &beside, (next, &later.on))
                    && {
                        beside.push(next);
                        true
                    })
        })
    }

    /// Whether one of the tables `beside` has a partner in the one at `next`, which is joined by `on`, for each of its rows.
    fn meets(
        &self,
        from: &[Source],
        sources: &[Placed],
        beside: &[usize],
        (next, on): (usize, &[(Of, Of)]),
    ) -> bool {
        let Some(parent) = self.whole_table(&from[next], &sources[next]) else {
            return false;
        };
        let is_of = |(of, name): &Of, placed: &Placed, table: &Table| {
            let called = of.as_ref().is_none_or(|of| placed.is_called(self, of));
            called && table.column(self.dialect, name).is_some()
        };
        // Of a name without a qualifier nobody says whose it is, but in USING.
        let plain = |((one, a), (other, b)): &(Of, Of)| {
            (one.is_some() && other.is_some()) || (one.is_none() && other.is_none() && a == b)
        };
        let mut beside = beside.iter();
        !on.is_empty()
            && on.iter().all(plain)
            && beside.any(|at| {
                let Some(table) = self.whole_table(&from[*at], &sources[*at]) else {
                    return false;
                };
                let is_pair = |own: &Of, theirs: &Of| {
                    is_of(own, &sources[*at], table) && is_of(theirs, &sources[next], parent)
                };
                let names = on.iter().map(|(one, other)| match is_pair(one, other) {
                    true => Some((one.1.as_str(), other.1.as_str())),
                    false => is_pair(other, one).then_some((other.1.as_str(), one.1.as_str())),
                });
                let names: Option<Vec<(&str, &str)>> = names.collect();
                names.is_some_and(|names| {
                    self.has_partners(table, parent, &names)
                        || self.finds_all(table, parent, &names)
                })
            })
    }

    /// Whether all that stands in the column, or may stand there, was put into the other one before.
    fn finds_all(&self, table: &Table, others: &Table, names: &[(&str, &str)]) -> bool {
        let [(own, other)] = names else {
            return false;
        };
        let own = table.column(self.dialect, own);
        let other = others.column(self.dialect, other);
        own.zip(other).is_some_and(|(own, other)| {
            let values = self.ledger.values(own.id);
            !values.is_empty()
                && table.required(self.dialect)(&own.is)
                && self.is_one_type(table, &own.is, others, &other.is)
                && (self.is_gathered(table, own.id, other.id, &values)
                    || self.is_sown(table, own, others, other))
        })
    }

    /// The table that a source is, if it is all of it and no more.
    pub(in crate::judge) fn whole_table(&self, source: &Source, placed: &Placed) -> Option<&Table> {
        let From::Table(name) = &source.what else {
            return None;
        };
        let key = placed.key.as_ref()?;
        let table = self.schema.table(key)?;
        let offspring = self.offspring(table.id);
        let mut offspring = offspring.iter().filter_map(|key| self.schema.table(key));
        // An heir's foreign keys are its own.
        let whole = self.named(name).is_none() && !self.hides_rows(key) && !table.open;
        (whole && offspring.all(|heir| heir.partition)).then_some(table)
    }
}
