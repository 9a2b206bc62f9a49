//! Which objects does a statement drop?

use sqlparser::ast::{ObjectName, ObjectType};

use super::Reader;
use crate::act::{Act, Name, Step};

impl Reader<'_> {
    pub(super) fn drop(
        &self,
        kind: ObjectType,
        names: &[ObjectName],
        if_exists: bool,
        cascade: bool,
        table: Option<&ObjectName>,
        steps: &mut Vec<Step>,
    ) {
        for syntax in names {
            let name = self.name(syntax);
            let act = match kind {
                ObjectType::Table => Act::DropTable {
                    name,
                    temporary: false,
                    if_exists,
                    cascade,
                },
                ObjectType::View | ObjectType::MaterializedView => Act::DropView {
                    name,
                    materialized: kind == ObjectType::MaterializedView,
                    if_exists,
                    cascade,
                },
                ObjectType::Index => Act::DropIndex {
                    name,
                    table: table.map(|table| self.name(table)),
                    if_exists,
                    cascade,
                },
                ObjectType::Schema => self.drop_schema(name, if_exists, cascade),
                ObjectType::Database => Act::DropDatabase {
                    name: name.name,
                    if_exists,
                },
                ObjectType::Sequence => Act::DropSequence {
                    name,
                    if_exists,
                    cascade,
                },
                ObjectType::Type => Act::DropType {
                    name,
                    if_exists,
                    cascade,
                },
                ObjectType::Collation if cascade => {
                    Act::Unknown("columns that are sorted by it are dropped with it".into())
                }
                ObjectType::Role | ObjectType::User | ObjectType::Collation => Act::Inert,
                ObjectType::Stage | ObjectType::Stream | ObjectType::Warehouse => {
                    Act::Unknown("it drops what this database does not have".into())
                }
            };
            steps.push(Step {
                act,
                span: self.place_of_name(syntax),
            });
        }
    }

    /// MySQL's `DROP TEMPORARY TABLE`.
    pub(super) fn drop_temporary(&self, names: &[ObjectName], steps: &mut Vec<Step>) {
        steps.extend(names.iter().map(|name| Step {
            act: Act::DropTable {
                name: self.name(name),
                temporary: true,
                if_exists: true,
                cascade: false,
            },
            span: self.place_of_name(name),
        }));
    }

    /// A schema is a database in MySQL.
    fn drop_schema(&self, name: Name, if_exists: bool, cascade: bool) -> Act {
        match self.dialect {
            crate::Dialect::MySql => Act::DropDatabase {
                name: name.name,
                if_exists,
            },
            _ => Act::DropSchema {
                name: name.name,
                if_exists,
                cascade,
            },
        }
    }
}
