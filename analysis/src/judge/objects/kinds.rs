//! What becomes of types, and of the columns that have them?

use std::sync::Arc;

use crate::act::{Act, Column, Name};
use crate::family;
use crate::judge::refuse::Torn;
use crate::judge::run::Run;
use crate::schema::{Id, Type};

impl Run<'_> {
    pub(in crate::judge) fn type_act(&mut self, act: &Act) {
        match act {
            Act::CreateType {
                name,
                labels,
                base,
                text,
            } => {
                let key = self.key(name);
                let since = self.schema.fresh();
                let ty = Type {
                    since,
                    labelled: since,
                    name: name.clone(),
                    labels: labels.clone(),
                    base: base.clone(),
                    text: text.clone(),
                    changed: false,
                };
                self.schema.guarded |= labels.is_none();
                self.schema.types.insert(key, Arc::new(ty));
            }
            Act::DropType { name, cascade, .. } => {
                if *cascade {
                    self.drop_type_with_all(name);
                } else {
                    self.torn.push((Torn::Type(name.clone()), self.span));
                }
                let key = self.key(name);
                self.schema.types.remove(&key);
            }
            Act::RenameType { name, to } => self.rename_type(name, to),
            Act::AddLabel { name, label, .. } => {
                let key = self.key(name);
                let labels = self
                    .schema
                    .types
                    .get(&key)
                    .and_then(|ty| ty.labels.as_ref());
                self.spend(labels.map_or(0, Vec::len) / 8);
                if let Some(ty) = self.schema.types.get_mut(&key)
                    && let Some(labels) = &mut Arc::make_mut(ty).labels
                    && !labels.contains(label)
                {
                    labels.push(label.clone());
                }
            }
            Act::RenameLabel { name, from, to } => {
                let key = self.key(name);
                let since = self.schema.fresh();
                if let Some(ty) = self.schema.types.get_mut(&key).map(Arc::make_mut)
                    && let Some(labels) = &mut ty.labels
                {
                    // What it held is written otherwise from here on.
                    ty.labelled = since;
                    for label in labels.iter_mut().filter(|label| *label == from) {
                        label.clone_from(to);
                    }
                }
                self.spell_otherwise(since);
            }
            Act::ChangeAttribute(name) => self.change_attributes(name),
            Act::DropAttribute {
                name, attribute, ..
            } => {
                self.change_attributes(name);
                let found = self.drop_attribute(name, attribute);
                if !found && !self.schema.is_complete() {
                    self.unknown(format!(
                        "which columns hold the attribute {attribute} is not known"
                    ));
                }
            }
            _ => {}
        }
    }

    /// What columns of the type hold is written otherwise than before.
    fn spell_otherwise(&mut self, labelled: Id) {
        let tables = self.each(1, self.schema.tables.values());
        let columns = tables.flat_map(|table| &table.columns);
        let of_type = columns.filter(|column| {
            let ty = column.is.ty.as_deref().and_then(|ty| self.type_named(ty));
            ty.is_some_and(|ty| ty.labelled == labelled)
        });
        let columns: Vec<Id> = of_type.map(|column| column.id).collect();
        for column in columns {
            self.ledger.forget_constants_of(column);
        }
    }

    fn change_attributes(&mut self, ty: &Name) {
        let key = self.key(ty);
        if let Some(ty) = self.schema.types.get_mut(&key) {
            Arc::make_mut(ty).changed = true;
        }
    }

    /// What a composite type is made of, where that is known.
    pub(in crate::judge) fn attributes(&self, ty: &Name) -> Vec<Column> {
        let ty = self.schema.types.get(&self.key(ty));
        ty.map_or_else(Vec::new, |ty| family::attributes(self.dialect, &ty.text))
    }
}
