//! Which indexes does MySQL keep of what a table is written with, which does it make for a foreign key, and which may go?
//!
//! A foreign key needs an index that begins with its columns. Where there is none MySQL makes one, called like the constraint or
//! like its first column. It stays when the foreign key goes, and goes when another index serves in its place, which has to stay then:
//! <https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html>.

use std::sync::Arc;

use crate::Dialect;
use crate::act::{Constraint, Engine, Restriction};
use crate::judge::refuse::Torn;
use crate::judge::run::Run;
use crate::schema::{Id, Index, Key, Origin, Table, covers_rows, same};

impl Run<'_> {
    /// The indexes that come with a constraint or key of a table.
    pub(crate) fn index_of_constraint(
        &mut self,
        table: &Key,
        constraint: &Constraint,
        from: Origin,
    ) {
        if self.dialect != Dialect::MySql || self.is_exhausted() {
            return;
        }
        match &constraint.rule {
            Restriction::Index(columns) => {
                let text = constraint.text.clone();
                self.own_index(table, constraint.name.as_deref(), columns, text, from);
            }
            Restriction::ForeignKey { columns, .. } => {
                let known = self.schema.table(table);
                let served = known.is_none_or(|known| self.is_served(known, columns));
                if !served {
                    let text = format!("INDEX ({})", self.list(columns));
                    let name = constraint.name.as_deref();
                    self.own_index(table, name, columns, text, Origin::ForeignKey);
                }
            }
            Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => {
                if let Some(id) = self.schema.table(table).map(|table| table.id) {
                    self.give_way(id, columns);
                }
            }
            Restriction::Check | Restriction::Exclude | Restriction::UsingIndex(_) => {}
        }
    }

    /// Those that MySQL made for foreign keys go where an index over `columns` serves in their place.
    pub(crate) fn give_way(&mut self, table: Id, columns: &[String]) {
        for (key, _) in self.giving_way(table, columns) {
            self.schema.remove_index(&key);
        }
    }

    /// The same, to be looked at.
    pub(crate) fn giving_way(&self, table: Id, columns: &[String]) -> Vec<(Key, Arc<Index>)> {
        if self.dialect != Dialect::MySql || self.is_exhausted() {
            return Vec::new();
        }
        let mut indexes = self.schema.indexes_of(table);
        self.spend(4 * indexes.len());
        indexes.retain(|(_, index)| {
            index.origin == Origin::ForeignKey && begins(columns, &index.columns)
        });
        indexes
    }

    /// Whether an index of the table begins with `columns`.
    pub(crate) fn is_served(&self, table: &Table, columns: &[String]) -> bool {
        let indexes = self.schema.indexes_of(table.id);
        self.spend(4 * indexes.len());
        table.open
            || table.keys().any(|key| begins(key, columns))
            || indexes
                .iter()
                .any(|(_, index)| begins(&index.columns, columns))
    }

    /// An index or unique key of the table goes, which is called `name`. What nobody named is called like its first column.
    pub(in crate::judge) fn drop_key(&mut self, table: &Key, name: &str, if_exists: bool) {
        let index = self.schema.remove_index(&self.index_key(table, name));
        if index.is_none() && !if_exists {
            self.missing_key(table, name);
        }
        if let Some(index) = index.filter(|index| covers_rows(&index.text)) {
            self.tear(table, index.columns.clone());
        }
        let is_called = |own: Option<&String>| own.is_some_and(|own| self.same(own, name));
        let is_it = |one: &&Constraint| match &one.rule {
            Restriction::Unique(columns) => is_called(one.name.as_ref().or(columns.first())),
            _ => false,
        };
        let known = self.schema.table(table);
        let found = known.and_then(|known| known.all_constraints().find(is_it).cloned());
        let Some(found) = found else {
            return;
        };
        if let Restriction::Unique(columns) = &found.rule {
            self.tear(table, columns.clone());
        }
        if let Some(known) = self.schema.table_mut(table) {
            known.retain_constraints(|one| *one != found);
        }
    }

    /// A unique key of MySQL that is written in the table's definition gets another name.
    pub(in crate::judge) fn rename_key(&mut self, table: &Key, from: &str, to: &str) {
        let dialect = self.dialect;
        let Some(known) = self.schema.table_mut(table) else {
            return;
        };
        let is_it = |one: &Constraint| match &one.rule {
            Restriction::Unique(columns) => {
                let called = one.name.as_ref().or(columns.first());
                called.is_some_and(|called| same(dialect, called, from))
            }
            _ => false,
        };
        if dialect != Dialect::MySql || !known.constraints.iter().any(is_it) {
            return;
        }
        let own = Arc::make_mut(&mut known.constraints).iter_mut();
        for one in own.filter(|one| is_it(one)) {
            let list = one.text.find('(').map_or("", |at| &one.text[at..]);
            one.text = format!("UNIQUE KEY `{}` {list}", to.replace('`', "``"));
            one.name = Some(to.to_owned());
        }
    }

    /// The primary key of the table goes.
    pub(in crate::judge) fn tear_primary_key(&mut self, table: &Key) {
        let columns = self.schema.table(table).and_then(Table::primary_key);
        if let Some(columns) = columns.map(<[String]>::to_vec) {
            self.tear(table, columns);
        }
    }

    /// What is made of the columns goes, which may serve a foreign key; the rest of the statement may put another one there.
    fn tear(&mut self, table: &Key, columns: Vec<String>) {
        if self.dialect == Dialect::MySql && self.foreign_keys {
            self.torn
                .push((Torn::Key(table.clone(), columns), self.span));
        }
    }

    /// The foreign key that an index over `columns` of the table at `key` served, and that nothing serves now: the server
    /// refuses that, on both sides of it.
    pub(in crate::judge) fn depends_on_key(&self, key: &Key, columns: &[String]) -> Option<String> {
        let table = self.schema.table(key)?;
        if table.engine != Engine::Transactional {
            return None;
        }
        let served = |needed: &[String]| begins(columns, needed) && !self.is_served(table, needed);
        let name = &table.name.name;
        if table.foreign_keys().any(|(needed, ..)| served(needed)) {
            return Some(format!("a foreign key of `{name}` still needs the index"));
        }
        let children = self.children(key);
        let home = key.schema.as_deref();
        let child = children.iter().find_map(|child| {
            let child = self.schema.table(child)?;
            let mut references = child.references();
            let refers = references
                .any(|(to, referred)| key.is_of(self.dialect, to, home) && served(referred));
            refers.then_some(&child.name.name)
        })?;
        Some(format!(
            "`{child}` refers to `{name}`, and its foreign key still needs the index"
        ))
    }

    fn own_index(
        &mut self,
        table: &Key,
        name: Option<&str>,
        columns: &[String],
        text: String,
        origin: Origin,
    ) {
        let Some(known) = self.schema.table(table) else {
            return;
        };
        let (id, shown) = (known.id, known.name.clone());
        // What nobody named is called like its first column.
        let Some(name) = name.or(columns.first().map(String::as_str)) else {
            return;
        };
        let key = self.index_key(table, name);
        if self.schema.indexes.contains_key(&key) {
            return;
        }
        self.give_way(id, columns);
        let quoted = |name: &str| self.dialect.quote(name);
        let of_schema = shown.schema.as_deref().map(|schema| quoted(schema) + ".");
        let of_schema = of_schema.unwrap_or_default();
        let text = match origin {
            Origin::ForeignKey => format!("INDEX {} ({})", quoted(name), self.list(columns)),
            Origin::Statement | Origin::Table => text,
        };
        let index = Index {
            table: id,
            unique: false,
            columns: columns.to_vec(),
            text: format!("ALTER TABLE {of_schema}{} ADD {text}", quoted(&shown.name)),
            origin,
        };
        self.schema.add_index(key, Arc::new(index));
    }

    pub(in crate::judge) fn list(&self, columns: &[String]) -> String {
        let quoted: Vec<String> = columns
            .iter()
            .map(|column| self.dialect.quote(column))
            .collect();
        quoted.join(", ")
    }
}

/// Whether `all` begins with the columns of `first`.
fn begins(all: &[String], first: &[String]) -> bool {
    let mut pairs = first.iter().zip(all);
    all.len() >= first.len() && !first.is_empty() && pairs.all(|(a, b)| same(Dialect::MySql, a, b))
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    #[test]
    fn an_index_that_a_foreign_key_needs_stays() {
        let before = "CREATE TABLE p (id int PRIMARY KEY, a int, b int, KEY pa (a), UNIQUE pb (b)); \
            CREATE TABLE c (id int PRIMARY KEY, pid int, x int, CONSTRAINT f FOREIGN KEY (pid) REFERENCES p (id));";
        let fails = |up: &str, down: &str| {
            let mut told = told(Dialect::MySql, before, up, down);
            told.retain(|told| told.starts_with("cannot_run"));
            told
        };
        let own = "cannot_run: the down fails: a foreign key of `c` still needs the index";
        let other = "cannot_run: the down fails: `c` refers to `p`, and its foreign key still needs the index";
        let index = "CREATE INDEX i ON c (pid);";
        for (up, down, told) in [
            ("CREATE INDEX j ON c (x);", "DROP INDEX f ON c;", own),
            (index, "DROP INDEX i ON c;", own),
            (index, "ALTER TABLE c DROP INDEX i;", own),
            (
                index,
                "ALTER TABLE c RENAME INDEX i TO j; DROP INDEX j ON c;",
                own,
            ),
            (
                "ALTER TABLE c ADD UNIQUE u (pid);",
                "ALTER TABLE c DROP INDEX u;",
                own,
            ),
            (
                "ALTER TABLE c ADD UNIQUE (pid);",
                "DROP INDEX pid ON c;",
                own,
            ),
            (index, "ALTER TABLE p DROP PRIMARY KEY;", other),
            (
                "ALTER TABLE c ADD FOREIGN KEY (x) REFERENCES p (a);",
                "DROP INDEX pa ON p;",
                other,
            ),
            (
                "ALTER TABLE c ADD FOREIGN KEY (x) REFERENCES p (b);",
                "DROP INDEX pb ON p;",
                other,
            ),
        ] {
            assert_eq!(fails(up, down), [told], "{up} {down}");
        }
        for (up, down) in [
            (index, "ALTER TABLE c DROP INDEX i, DROP FOREIGN KEY f;"),
            (
                index,
                "ALTER TABLE c DROP FOREIGN KEY f; DROP INDEX i ON c;",
            ),
            (index, "ALTER TABLE c DROP INDEX i, ADD INDEX j (pid, x);"),
            (index, "CREATE INDEX j ON c (pid, x); DROP INDEX i ON c;"),
            (index, "SET foreign_key_checks = 0; DROP INDEX i ON c;"),
            (
                index,
                "ALTER TABLE p DROP PRIMARY KEY, ADD PRIMARY KEY (id, a);",
            ),
            ("CREATE INDEX i ON c (x, pid);", "DROP INDEX i ON c;"),
            (
                "CREATE INDEX i ON p (a);",
                "DROP INDEX pa ON p; DROP INDEX i ON p;",
            ),
        ] {
            assert!(fails(up, down).is_empty(), "{up} {down}");
        }
    }
}
