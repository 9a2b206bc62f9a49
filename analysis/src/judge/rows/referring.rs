//! What do foreign keys change in the rows that refer to changed ones?

use crate::Dialect;
use crate::act::{Event, Follows, Restriction};
use crate::judge::run::Run;
use crate::schema::{Key, Table};

impl Run<'_> {
    /// What foreign keys do to the tables that refer to changed columns: each by its name, and whether its values are lost.
    pub(in crate::judge) fn follow(&mut self, parent: &Key, changed: &[(String, bool)]) {
        if !self.foreign_keys || changed.is_empty() {
            return;
        }
        let Some(table) = self.schema.table(parent) else {
            return;
        };
        let primary: Vec<String> = table
            .primary_key()
            .map(<[String]>::to_vec)
            .unwrap_or_default();
        for child in self.children(parent) {
            self.register(&child);
            let (mut lost, mut moved) = (Vec::new(), Vec::new());
            let constraints = self
                .schema
                .table(&child)
                .into_iter()
                .flat_map(Table::all_constraints);
            for constraint in constraints {
                let Restriction::ForeignKey {
                    columns,
                    table,
                    referred,
                    on_update,
                    ..
                } = &constraint.rule
                else {
                    continue;
                };
                if Key::of(self.dialect, table).name != parent.name {
                    continue;
                }
                let referred = if referred.is_empty() {
                    &primary
                } else {
                    referred
                };
                let both = || columns.iter().zip(referred);
                let pairs: Vec<_> = both()
                    .map(|(own, to)| (own.as_str(), to.as_str()))
                    .collect();
                // A row that refers to nothing keeps what another one moves to.
                let proven = self.is_proven(&child, parent, &pairs);
                for (own, theirs) in both() {
                    let change = changed.iter().find(|(name, _)| self.same(name, theirs));
                    match (change, on_update) {
                        (Some((_, false)), Follows::Cascade) if proven => moved.push(own.clone()),
                        (Some(_), Follows::Cascade) => lost.push(own.clone()),
                        (Some(_), Follows::SetNull | Follows::SetDefault) => {
                            lost.extend(columns.iter().cloned());
                        }
                        _ => {}
                    }
                }
            }
            if !(lost.is_empty() && moved.is_empty()) {
                self.fire_for_change(&child);
            }
            for name in moved {
                if let Some(id) = self.schema.table(&child).map(|table| table.id) {
                    self.ledger.disturb(id, &name);
                }
                if let Some(column) = self.column(&child, &name) {
                    self.ledger.shift(column);
                }
            }
            for name in lost {
                if let Some(column) = self.column(&child, &name) {
                    self.lose_values(&child, column);
                }
            }
        }
    }

    /// Whether the columns of `child` hold nothing but what stands in those of `parent`.
    fn is_proven(&self, child: &Key, parent: &Key, pairs: &[(&str, &str)]) -> bool {
        let tables = [child, parent].map(|key| self.schema.table(key));
        let [Some(child), Some(parent)] = tables else {
            return false;
        };
        self.refers(child, parent, pairs)
    }

    /// A foreign key changes rows of the table; MySQL fires no triggers for that.
    pub(in crate::judge) fn fire_for_change(&mut self, key: &Key) {
        if self.dialect == Dialect::MySql {
            return;
        }
        let row = self.before(key, Event::Update);
        self.lose_set(key, &row);
        self.after(key, Event::Update);
    }
}
