//! Which tables and columns are there after the down, and empty, because the up took what was in them?

use crate::judge::pair::{Fact, Pair};
use crate::schema::{Column, Id, Table};

impl Pair<'_> {
    pub(in crate::judge) fn emptied(&self, earlier: &Table, table: &Table, facts: &mut Vec<Fact>) {
        if earlier.id != table.id && !self.lives_between(earlier.id) {
            match self.vacant(table.id) {
                Some(by_down) => {
                    facts.push(Fact::Emptied {
                        what: format!("the table `{}`", earlier.name.name),
                        by_down,
                    });
                    return;
                }
                // What nobody knows the columns of is written to as a whole.
                None if earlier.open || table.open => return,
                None => {}
            }
        }
        let mut near = 0;
        for (at, column) in earlier.columns.iter().enumerate() {
            if table.columns.get(at).is_some_and(|now| now == column) {
                continue;
            }
            let now = table.column_near(self.dialect, &column.is.name, &mut near);
            if let Some(by_down) = now.and_then(|now| self.emptied_column(column, now)) {
                facts.push(Fact::Emptied {
                    what: format!("the column `{}.{}`", table.name.name, column.is.name),
                    by_down,
                });
            }
        }
    }

    /// Whether a column is in the place of another and holds nothing of it, and whether the down made it.
    fn emptied_column(&self, earlier: &Column, now: &Column) -> Option<bool> {
        let computed = [earlier, now]
            .iter()
            .any(|column| column.is.generated.is_some());
        if now.id == earlier.id || computed || now.is.identity || self.lives_between(earlier.id) {
            return None;
        }
        self.vacant(now.id)
    }

    /// Whether what has that id was made by one of the two directions and never written to, and whether the down made it.
    fn vacant(&self, id: Id) -> Option<bool> {
        let by_down = self.made_by_down.contains(&id);
        let made = by_down || self.made.contains(&id);
        let written = [self.up, self.down]
            .iter()
            .any(|run| run.filled.contains(&id) || run.poured.contains(&id));
        (made && !written).then_some(by_down)
    }
}
