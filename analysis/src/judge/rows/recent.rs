//! Does an UPDATE overwrite nothing but values that no row could hold before the up?
//!
//! `ALTER TYPE status ADD VALUE 'refunded'` and back: `UPDATE orders SET status = 'paid' WHERE status = 'refunded'`.

use crate::Dialect;
use crate::act::{NULL, Update};
use crate::judge::flow::decided::is_same;
use crate::judge::ledger::hits::Datum;
use crate::judge::nothing;
use crate::judge::run::Run;
use crate::judge::values::meaning::type_name;
use crate::schema::{Column, Id, Key, Schema, Table};
use crate::types::{Affinity, Type};

impl Run<'_> {
    /// The columns among those that it sets in which the condition picks only such values.
    pub(super) fn set_since_up(&self, key: &Key, update: &Update) -> Vec<Id> {
        let filter = update.filter.as_ref();
        let keys = filter.and_then(|filter| filter.keys.as_ref());
        let (Some((before, done)), Some(keys)) = (self.earlier, keys) else {
            return Vec::new();
        };
        let same = |was: &&Table, now: &Table| was.id == now.id;
        let now = self.schema.table(key);
        let Some((was, now)) = before
            .table(key)
            .zip(now)
            .filter(|(was, now)| same(was, now))
        else {
            return Vec::new();
        };
        let is_new = |name: &String| {
            let own = now.column(self.dialect, name)?;
            let picked = |row: &Vec<(String, String)>| {
                let mut row = row.iter();
                let found = row.find(|(column, _)| self.same(column, name));
                found.map(|(_, constant)| constant.clone())
            };
            let picked: Vec<String> = keys.iter().map(picked).collect::<Option<_>>()?;
            let old = was
                .columns
                .of_id(own.id)
                .filter(|old| old.is.name == own.is.name)?;
            // Else it may have been the up that put them there.
            let same_type = old.is.ty == own.is.ty || !done.is_shifted(own.id);
            let stood =
                same_type && done.values(own.id) == [own.id] && !done.is_disturbed(now.id, name);
            let could = |constant: &String| {
                let before = self.could_hold(before, was, old, own, constant);
                before.unwrap_or(true)
            };
            (stood && !picked.iter().any(could)).then_some(own.id)
        };
        update
            .sets
            .iter()
            .filter_map(|(name, _)| is_new(name))
            .collect()
    }

    /// What was destroyed of those columns by the hits behind the first `from` came since the up.
    pub(super) fn call_recent(&mut self, from: usize, columns: &[Id]) {
        for hit in self.ledger.hits.iter_mut().skip(from) {
            hit.recent |=
                matches!(&hit.datum, Datum::Value { column, .. } if columns.contains(column));
        }
    }

    /// Whether the column could hold the constant before; none where that is not known.
    fn could_hold(
        &self,
        before: &Schema,
        was: &Table,
        old: &Column,
        now: &Column,
        constant: &str,
    ) -> Option<bool> {
        let (first, ty) = (old.is.ty.as_deref()?, now.is.ty.as_deref()?);
        let Type::Enum(labels) = self.type_of(ty) else {
            let checks = was.all_constraints().next().is_some();
            let earlier = checks.then(|| Run::new(self.dialect, before.clone(), nothing()))?;
            let listed = earlier.checked_in(was, &old.is);
            // A number is written in several ways, and so is whatever a column makes of a text in quotes.
            let text = matches!(
                self.type_of(ty),
                Type::Text { .. } | Type::Affinity(Affinity::Text)
            );
            let other = |own: &String| {
                (text || !own.starts_with('\''))
                    .then(|| is_same(own, constant))
                    .flatten()
                    == Some(false)
            };
            let holds = !listed.iter().all(|own| own == NULL || other(own));
            return (!listed.is_empty()).then_some(holds);
        };
        let first = match self.dialect {
            Dialect::Postgres => {
                // A type that is made anew may have got the old one's rows by any way.
                let key = self.key(&type_name(first));
                let (was, is) = (before.types.get(&key)?, self.schema.types.get(&key)?);
                (was.labelled == is.labelled).then(|| was.labels.clone())??
            }
            _ => match self.type_of(first) {
                Type::Enum(labels) => labels,
                _ => return None,
            },
        };
        let label = constant.strip_prefix('\'')?.strip_suffix('\'')?;
        // What was no label stood there as an empty text. (<https://mariadb.com/kb/en/enum/>)
        if self.dialect == Dialect::MySql && label.trim_end_matches(' ').is_empty() {
            return Some(true);
        }
        let is = |own: &String| own.eq_ignore_ascii_case(label);
        let grown = first.iter().all(|own| labels.contains(own)) && labels.iter().any(is);
        grown.then(|| first.iter().any(is))
    }
}
