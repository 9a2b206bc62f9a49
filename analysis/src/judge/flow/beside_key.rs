//! Of which one table does a query with joins take rows, each with its key?
//!
//! `SELECT s.* FROM s JOIN (SELECT email, min(id) AS first FROM s GROUP BY email) AS k …` takes some rows of `s`, perhaps one of them
//! more than once: nobody can tell which by the condition, but their keys do.

use super::Flow;
use super::portion::Portion;
use super::source::Placed;
use crate::act::{Branch, Output, Value};
use crate::judge::run::Run;
use crate::schema::Id;

impl Run<'_> {
    /// The rows of a source that come out of a query with a key, and what comes out of them beside it: of that source of which
    /// most does.
    pub(super) fn part_beside_key(
        &mut self,
        branch: &Branch,
        sources: &[Placed],
        out: &[Flow],
    ) -> Option<Portion> {
        let mut found: Option<(&Placed, Vec<Id>)> = None;
        for placed in sources {
            if let Some(values) = self.beside_key(branch, sources, placed, out)
                && found
                    .as_ref()
                    .is_none_or(|(_, most)| most.len() < values.len())
            {
                found = Some((placed, values));
            }
        }
        let (placed, values) = found?;
        let rows = placed.relation.rows.clone();
        Some(Portion {
            values: Some(values),
            joined: true,
            ..self.some_of(rows, placed.relation.table)
        })
    }

    /// What comes out of a query of the source, if a key of its is among that, and no other row's.
    fn beside_key(
        &mut self,
        branch: &Branch,
        sources: &[Placed],
        placed: &Placed,
        out: &[Flow],
    ) -> Option<Vec<Id>> {
        let name = placed.name.as_deref()?;
        let id = placed.relation.table?;
        let table = self.schema.table(placed.key.as_ref()?)?;
        // Two sources of one name are told apart by nothing.
        let called = |other: &&Placed| other.is_called(self, name);
        let plain = table.id == id && !table.open && sources.iter().filter(called).count() == 1;
        let keys: Vec<Vec<String>> = table.plain_keys().map(<[String]>::to_vec).collect();
        if !plain || keys.is_empty() {
            return None;
        }
        let own = |of: Option<&String>| of.is_some_and(|of| placed.is_called(self, of));
        let from_it = |output: &&Output| match output {
            Output::All(of) => own(of.as_ref()),
            Output::Value { value, .. } => {
                matches!(value, Value::Column(of, _) if own(of.as_ref()))
            }
        };
        let outputs: Vec<Output> = branch.output.iter().filter(from_it).cloned().collect();
        let columns = self.project(&outputs, sources).columns;
        // What comes out twice may be another row's in the one column, and be lost in the other.
        let once = |value: &Id| {
            let holds = |flow: &&Flow| flow.values.contains(value);
            out.iter().filter(holds).count() == 1
        };
        let comes = |column: &String| {
            let is = |flow: &&Flow| flow.read().is_some_and(|read| self.same(read, column));
            let flow = columns.iter().find(is);
            flow.is_some_and(|flow| flow.plain && flow.values.iter().all(once))
        };
        let keyed = keys.iter().any(|key| key.iter().all(comes));
        let values = columns.iter().flat_map(|flow| &flow.values);
        keyed.then(|| values.copied().filter(once).collect())
    }
}
