//! Which rows of a table does a deletion pick?

use std::sync::Arc;

use crate::Dialect;
use crate::act::{Delete, Filter, Member, Name};
use crate::judge::flow::portion::Portion;
use crate::judge::flow::source::Placed;
use crate::judge::flow::{Flow, Relation};
use crate::judge::ledger::Part;
use crate::judge::run::Run;
use crate::schema::{Key, Table};
use crate::types::Type;

impl Run<'_> {
    /// The rows of the table that a statement deletes or overwrites, for the triggers that are fired for each: none where
    /// those of other tables go with them.
    pub(in crate::judge) fn going(&mut self, key: &Key, by: Option<&Portion>) -> Option<Relation> {
        if self.and_heirs(key).len() > 1 {
            return None;
        }
        let relation = self.relation_of(key);
        Some(match by {
            None => relation,
            Some(by) => Relation {
                rows: Vec::new(),
                parts: vec![by.clone()],
                ..relation
            },
        })
    }

    /// Which rows of the table go.
    pub(super) fn picked_by(
        &mut self,
        key: &Key,
        delete: &Delete,
        filter: Option<&Filter>,
    ) -> Portion {
        let placed = Placed {
            name: None,
            key: Some(key.clone()),
            relation: Arc::new(self.relation_of(key)),
        };
        // Of the rows that the condition meets LIMIT leaves some, which are kept as well where all of them are. Those that
        // PostgreSQL hides may not have been copied.
        let told =
            !delete.limited || (self.dialect != Dialect::Postgres && delete.returning.is_none());
        match filter.filter(|filter| delete.using.is_empty() && filter.is_repeatable()) {
            Some(filter) if filter.tables.is_empty() && !filter.asks_row() && told => {
                self.portion(&placed, filter)
            }
            filter => {
                let of_others = Filter::of_others();
                let filter = filter.or(delete.filter.as_ref()).unwrap_or(&of_others);
                // Those that are handed on must be the very ones.
                let any = delete.returning.is_none();
                let mut filter = filter.clone();
                if delete.limited || self.reaches_others(key) {
                    filter.asked = None;
                }
                self.part_by_member(&placed, &filter, any)
            }
        }
    }

    /// The condition by which the rows of the table were copied that `member` picks: where the copy's keys, and no others, stand
    /// in what it asks.
    pub(in crate::judge) fn as_copied(&mut self, key: &Key, member: &Member) -> Option<String> {
        let (copy, portion) = match self.named(&member.of).cloned() {
            Some(relation) => match relation.parts.as_slice() {
                [part] => (relation.columns.clone(), part.clone()),
                _ => return None,
            },
            None if member.row => return None,
            None => self.filled_once(&member.of)?,
        };
        let table = self.schema.table(key)?;
        let placed = self.relation_of(key);
        // What another collation takes for equal are other rows too.
        let alike = |own: &str, flow: &Flow| {
            let column = placed.columns.iter().find(|column| {
                let name = column.name.as_deref();
                name.is_some_and(|name| self.same(name, own))
            });
            let number = flow.ty.as_deref().map(|ty| self.type_of(ty));
            let number = matches!(number, Some(Type::Int { .. }));
            let is_same = |column: &Flow| {
                column.collation == flow.collation && column.charset == flow.charset
            };
            (number && self.dialect != Dialect::Sqlite) || column.is_some_and(is_same)
        };
        let carried = |(own, other): &(String, String)| {
            let column = table.column(self.dialect, own);
            let named = |flow: &&Flow| flow.name.as_deref().is_some_and(|n| self.same(n, other));
            let flow = copy.iter().find(named);
            column.zip(flow).is_some_and(|(column, flow)| {
                let values = self.ledger.values(column.id);
                values == flow.values
                    && !values.is_empty()
                    && flow.plain
                    && !flow.shifted
                    && !self.ledger.is_shifted(column.id)
                    && column.is.ty == flow.ty
                    && alike(own, flow)
                    && !self.ledger.is_disturbed(table.id, own)
            })
        };
        if !member.pairs.iter().all(carried) {
            return None;
        }
        let asked = |name: &String| member.pairs.iter().any(|(own, _)| self.same(own, name));
        let heirs = self.heirs(table.id);
        let unique = heirs.is_empty() && table.plain_keys().any(|key| key.iter().all(asked));
        let told = unique || portion.reads.iter().all(asked);
        (portion.from == Some(table.id) && told).then_some(portion.filter)
    }

    /// What stands in a table that one statement of the direction has filled with rows which a condition picked.
    pub(in crate::judge) fn filled_once(&mut self, copy: &Name) -> Option<(Vec<Flow>, Portion)> {
        let key = self.meet_if_exists(copy)?;
        let copy = self.schema.table(&key)?;
        let portion = self.only_part(copy)?.portion.clone();
        let mut columns = copy.columns.iter();
        let disturbed = columns.any(|column| self.ledger.is_disturbed(copy.id, &column.is.name));
        (!disturbed).then(|| (self.relation_of(&key).columns, portion))
    }

    /// The one part of other rows that came into a table, and all that did.
    pub(in crate::judge) fn only_part(&self, table: &Table) -> Option<&Part> {
        let mut parts = self.ledger.parts.iter().filter(|part| part.at == table.id);
        let part = parts.next().filter(|_| parts.next().is_none())?;
        let once =
            self.fillings.get(&table.id) == Some(&1) && self.ledger.created.contains(&table.id);
        // What is filled by itself is read with it.
        (once && self.offspring(table.id).is_empty()).then_some(part)
    }
}
