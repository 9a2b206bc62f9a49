//! What is a column or an index of a table called?

use crate::act::Name;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::{Dialect, Object};

impl Run<'_> {
    pub(in crate::judge) fn object_of_column(&self, key: &Key, name: &str) -> Object {
        let table = self.schema.table(key).map(|table| table.name.clone());
        let table = table.unwrap_or_else(|| Name::plain(&*key.name));
        Object {
            column: Some(name.to_owned()),
            ..self.object_at(key, &table)
        }
    }

    /// What the column is called now.
    pub(crate) fn name_now(&self, key: &Key, column: Id) -> Option<Object> {
        let name = self.written(key, column)?.name.clone();
        Some(self.object_of_column(key, &name))
    }

    /// The name that PostgreSQL gives to an index that has none: <https://www.postgresql.org/docs/15/sql-createindex.html>.
    pub(crate) fn unnamed_index(&mut self, table: &Key, columns: &[String]) -> Key {
        let name = crate::judge::objects::given::index_name(&table.name, columns);
        let (key, tried) = self.schema.free_index(self.index_key(table, &name));
        self.spend(tried);
        key
    }

    /// The key of an index: MySQL's live in their table, the others' in the schema.
    pub(crate) fn index_key(&self, table: &Key, name: &str) -> Key {
        let named = Key::of(self.dialect, &Name::plain(name));
        match self.dialect {
            Dialect::MySql => Key {
                schema: Some(table.name.clone()),
                name: named.name,
            },
            _ => Key {
                schema: table.schema.clone(),
                name: named.name,
            },
        }
    }
}

pub(in crate::judge) fn fold(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => name.to_owned(),
        Dialect::MySql | Dialect::Sqlite => name.to_lowercase(),
    }
}
