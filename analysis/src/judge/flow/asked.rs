//! Which rows does a condition pick that asks other tables, and does it pick the same ones when it is asked again?

use crate::Dialect;
use crate::act::{Filter, Follows};
use crate::judge::flow::portion::Portion;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{Key, Table};

impl Run<'_> {
    /// The rows of the source, told by what the tables hold that are asked.
    pub(in crate::judge) fn portion_by_asking(
        &mut self,
        placed: &Placed,
        filter: &Filter,
    ) -> Option<Portion> {
        let asked = filter.asked.as_ref()?;
        // What a variable holds, or a setting, may be another thing the next time.
        if !self.assigned.is_empty() || filter.clock.is_some() || filter.volatile {
            return None;
        }
        let own = placed.key.clone()?;
        let mut states = Vec::new();
        for name in &asked.tables {
            if self.named(name).is_some() {
                return None;
            }
            let key = self.meet_if_exists(name)?;
            if key == own {
                return None;
            }
            states.push(self.state(&key)?);
        }
        let name = own.name.clone();
        let table = self.schema.table(&own).filter(|table| !table.open)?;
        self.state(&own)?;
        let filter = format!("\u{0}{name} {} of {states:?}", asked.text);
        let columns = table.columns.iter().map(|own| own.is.name.clone());
        let of = self.ledger.rows(table.id);
        Some(Portion::told_by(
            filter,
            of,
            Some(table.id),
            columns.collect(),
        ))
    }

    /// What the table holds, in words that are others once that is another thing; none where it may be changed unseen.
    fn state(&self, key: &Key) -> Option<String> {
        let table = self.schema.table(key)?;
        let plain = self.offspring(table.id).is_empty()
            && table.parents.is_empty()
            && table.members.is_empty()
            && !table.foreign
            && !self.hides_rows(key)
            && !self.ledger.is_any_disturbed(table.id);
        let rows = self.ledger.rows(table.id);
        let filled = self.fillings.get(&table.id);
        let changes = self.ledger.changes(table.id);
        // A name without a qualifier is that of the table's own column as soon as it has one.
        let columns = table.columns.iter().map(|own| (own.id, &own.is.name));
        let columns: Vec<_> = columns.collect();
        plain.then(|| format!("{:?} {rows:?} {filled:?} {changes} {columns:?}", table.id))
    }

    /// Whether a row that is deleted may change what is asked about the next one: by a trigger, or with the rows that refer to it.
    /// PostgreSQL asks what was there before the statement.
    pub(in crate::judge) fn reaches_others(&mut self, key: &Key) -> bool {
        if self.dialect == Dialect::Postgres {
            return false;
        }
        let refers = self.children(key).iter().any(|child| {
            let table = self.schema.table(child);
            let follows = |table: &Table| {
                let mut keys = table.foreign_keys();
                keys.any(|(_, _, follows)| follows != Follows::Refuse)
            };
            table.is_none_or(follows)
        });
        refers || self.may_fire(key)
    }
}
