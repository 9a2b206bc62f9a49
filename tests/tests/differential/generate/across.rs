//! Statements that carry values from one table or column to another by more than one step.

use onward_analysis::Dialect;

use super::{Table, World, define, names};

impl World {
    /// A few statements that belong together.
    pub(super) fn across(&mut self, at: usize) -> String {
        match self.rng.u32(..11) {
            0 => self.update_from(at),
            1 => self.complement(at),
            2 => self.delete_what_was_copied(at),
            3 => self.replace(at),
            4 => self.merge(at),
            5 => self.partitions(at),
            6 => self.inherit(at),
            7 => self.generated(at),
            8 => self.cast(at),
            9 => self.rotate(at),
            _ => self.delete_joined(at),
        }
    }

    /// A column goes to a copy of its table by the key, and leaves its own.
    fn update_from(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let from = self.tables[at].clone();
        let (column, kind) = from.columns[column].clone();
        let to = Table {
            name: self.fresh('t'),
            columns: vec![from.columns[0].clone(), (column.clone(), kind)],
        };
        let keyed = keyed(&to);
        let rows = ["", " WHERE id > 0"][self.rng.usize(..2)];
        let fill = format!(
            "INSERT INTO {0} (id) SELECT DISTINCT id FROM {1} WHERE id IS NOT NULL;\n",
            to.name, from.name
        );
        let carry = match self.dialect {
            Dialect::MySql => format!(
                "UPDATE {0} JOIN {1} ON {1}.id = {0}.id SET {0}.{column} = {1}.{column};\n",
                to.name, from.name
            ),
            _ => format!(
                "UPDATE {0} SET {column} = {1}.{column} FROM {1} WHERE {1}.id = {0}.id;\n",
                to.name, from.name
            ),
        };
        let gone = match self.rng.bool() {
            true => format!("DELETE FROM {}{rows};\n", from.name),
            false => String::new(),
        };
        self.tables.push(to);
        format!("{keyed}{fill}{carry}{gone}")
    }

    /// Two copies by conditions that leave nothing between them, or something.
    fn complement(&mut self, at: usize) -> String {
        let mut copy = self.tables[at].clone();
        let old = std::mem::replace(&mut copy.name, self.fresh('t'));
        let columns = names(&copy);
        let (one, other) = [
            ("id > 0", "NOT (id > 0)"),
            ("id > 0", "id <= 0 OR id IS NULL"),
            ("id > 0", "id < 0 OR id IS NULL"),
            ("id IS NULL", "id IS NOT NULL"),
            ("id > 0", "id > 0"),
        ][self.rng.usize(..5)];
        self.tables[at] = copy.clone();
        let insert = format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {old}",
            copy.name
        );
        format!(
            "{}{insert} WHERE {one};\n{insert} WHERE {other};\nDROP TABLE {old};\n",
            define(&copy, &copy.name)
        )
    }

    /// Rows are copied by a condition, and deleted by one that means the same, or not.
    fn delete_what_was_copied(&mut self, at: usize) -> String {
        let old = self.tables[at].clone();
        let copy = Table {
            name: self.fresh('t'),
            columns: old.columns.clone(),
        };
        let columns = names(&old);
        let (copied, deleted) = [
            ("id > 0".to_owned(), "id > 0".to_owned()),
            ("id > 0".to_owned(), "id <= 0".to_owned()),
            (
                "id > 0".to_owned(),
                format!("id IN (SELECT id FROM {})", copy.name),
            ),
            ("id IS NOT NULL".to_owned(), "id IS NULL".to_owned()),
        ][self.rng.usize(..4)]
        .clone();
        let sql = format!(
            "{}INSERT INTO {} ({columns}) SELECT {columns} FROM {2} WHERE {copied};\nDELETE FROM {2} WHERE {deleted};\n",
            define(&copy, &copy.name),
            copy.name,
            old.name
        );
        self.tables.push(copy);
        sql
    }

    /// Rows with a key take the place of others.
    fn replace(&mut self, at: usize) -> String {
        let source = self.tables[at].clone();
        let target = Table {
            name: self.fresh('t'),
            columns: source.columns.clone(),
        };
        let (keyed, columns) = (keyed(&target), names(&source));
        let verb = match (self.dialect, self.rng.bool()) {
            (Dialect::Postgres, _) => return self.merge(at),
            (Dialect::MySql, true) => "REPLACE INTO",
            (Dialect::MySql, false) => "INSERT IGNORE INTO",
            (Dialect::Sqlite, true) => "INSERT OR REPLACE INTO",
            (Dialect::Sqlite, false) => "INSERT OR IGNORE INTO",
        };
        let sql = format!(
            "{keyed}{verb} {0} ({columns}) SELECT {columns} FROM {1};\n{verb} {0} (id) VALUES (-7);\nDROP TABLE {1};\n",
            target.name, source.name
        );
        self.tables[at] = target;
        sql
    }

    fn merge(&mut self, at: usize) -> String {
        if self.dialect != Dialect::Postgres {
            return self.complement(at);
        }
        let name = self.tables[at].name.clone();
        let column = self.pick_column(at).unwrap_or(0);
        let column = self.tables[at].columns[column].0.clone();
        let matched = [
            "WHEN MATCHED THEN DELETE".to_owned(),
            format!("WHEN MATCHED THEN UPDATE SET {column} = NULL"),
            "WHEN MATCHED AND x.id < 0 THEN DELETE".to_owned(),
            "WHEN MATCHED THEN DO NOTHING".to_owned(),
            "WHEN NOT MATCHED THEN INSERT (id) VALUES (-4)".to_owned(),
        ][self.rng.usize(..5)]
        .clone();
        format!(
            "MERGE INTO {name} USING (SELECT DISTINCT id FROM {name}) x ON {name}.id = x.id {matched};\n"
        )
    }

    /// Parts that are cut off, put back, emptied or dropped.
    fn partitions(&mut self, at: usize) -> String {
        let source = self.tables[at].clone();
        let (name, columns) = (self.fresh('t'), names(&source));
        let body: Vec<String> = source
            .columns
            .iter()
            .map(|(column, kind)| format!("{column} {kind}"))
            .collect();
        let body = body.join(", ");
        let fill = format!(
            "INSERT INTO {name} ({columns}) SELECT {columns} FROM {};\n",
            source.name
        );
        match self.dialect {
            Dialect::Postgres => {
                let (low, rest) = (self.fresh('t'), self.fresh('t'));
                let end = [
                    format!("ALTER TABLE {name} DETACH PARTITION {low};\n"),
                    format!("ALTER TABLE {name} DETACH PARTITION {low};\nDROP TABLE {low};\n"),
                    format!("DROP TABLE {low};\n"),
                    format!("TRUNCATE {low};\n"),
                    format!("ALTER TABLE {name} DETACH PARTITION {rest};\nDROP TABLE {name};\n"),
                    format!("DROP TABLE {name};\n"),
                    format!("DELETE FROM {rest};\n"),
                ][self.rng.usize(..7)]
                .clone();
                let emptied = ["", "DELETE FROM "][self.rng.usize(..2)];
                let emptied = match emptied {
                    "" => String::new(),
                    delete => format!("{delete}{};\n", source.name),
                };
                format!(
                    "CREATE TABLE {name} ({body}) PARTITION BY RANGE (id);\n\
                     CREATE TABLE {low} PARTITION OF {name} FOR VALUES FROM (MINVALUE) TO (0);\n\
                     CREATE TABLE {rest} PARTITION OF {name} DEFAULT;\n{fill}{emptied}{end}"
                )
            }
            Dialect::MySql => {
                let end = [
                    format!("ALTER TABLE {name} DROP PARTITION p0;\n"),
                    format!("ALTER TABLE {name} TRUNCATE PARTITION p1;\n"),
                    format!("ALTER TABLE {name} REMOVE PARTITIONING;\n"),
                    format!("ALTER TABLE {name} REORGANIZE PARTITION p0, p1 INTO (PARTITION p VALUES LESS THAN MAXVALUE);\n"),
                    format!("ALTER TABLE {name} PARTITION BY HASH (id) PARTITIONS 3;\nALTER TABLE {name} COALESCE PARTITION 2;\n"),
                ][self.rng.usize(..5)]
                .clone();
                self.tables[at] = Table {
                    name: name.clone(),
                    columns: source.columns.clone(),
                };
                format!(
                    "CREATE TABLE {name} ({body}) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (0), PARTITION p1 VALUES LESS THAN MAXVALUE);\n{fill}DROP TABLE {};\n{end}",
                    source.name
                )
            }
            Dialect::Sqlite => self.complement(at),
        }
    }

    /// A child has its parent's columns, and rows of its own.
    fn inherit(&mut self, at: usize) -> String {
        if self.dialect != Dialect::Postgres {
            return self.update_from(at);
        }
        let parent = self.tables[at].clone();
        let child = self.fresh('t');
        let end = [
            format!("DELETE FROM ONLY {};\n", parent.name),
            format!("DELETE FROM {};\n", parent.name),
            format!("DROP TABLE {child};\n"),
            format!("TRUNCATE ONLY {};\n", parent.name),
            format!(
                "ALTER TABLE {child} NO INHERIT {0};\nDELETE FROM {0};\n",
                parent.name
            ),
        ][self.rng.usize(..5)]
        .clone();
        format!(
            "CREATE TABLE {child} () INHERITS ({0});\n{end}",
            parent.name
        )
    }

    /// A column that is worked out of another, and outlives it or not.
    fn generated(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let name = self.tables[at].name.clone();
        let (column, kind) = self.tables[at].columns[column].clone();
        let new = self.fresh('c');
        let stored = if self.dialect == Dialect::Sqlite {
            "VIRTUAL"
        } else {
            "STORED"
        };
        let add = format!(
            "ALTER TABLE {name} ADD COLUMN {new} {kind} GENERATED ALWAYS AS ({column}) {stored};\n"
        );
        let end = match (self.dialect, self.rng.u8(..3)) {
            (Dialect::Postgres, 0) => {
                self.tables[at].columns.retain(|(name, _)| *name != column);
                self.tables[at].columns.push((new.clone(), kind));
                format!(
                    "ALTER TABLE {name} ALTER COLUMN {new} DROP EXPRESSION;\nALTER TABLE {name} DROP COLUMN {column};\n"
                )
            }
            (Dialect::MySql, 0) => {
                self.tables[at].columns.retain(|(name, _)| *name != column);
                self.tables[at].columns.push((new.clone(), kind));
                format!(
                    "ALTER TABLE {name} MODIFY {new} {kind};\nALTER TABLE {name} DROP COLUMN {column};\n"
                )
            }
            _ => format!("ALTER TABLE {name} DROP COLUMN {new};\n"),
        };
        format!("{add}{end}")
    }

    /// A cast there and sometimes back, before or after values were overwritten.
    fn cast(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let table = self.tables[at].clone();
        let (name, (column, kind)) = (table.name, table.columns[column].clone());
        let overwrite = format!("UPDATE {name} SET {column} = NULL WHERE id > 0;\n");
        let change = match self.dialect {
            Dialect::Postgres => {
                let using = [
                    format!("{column}::text"),
                    format!("left({column}::text, 2)"),
                    format!("{column}::text::varchar(60)::text"),
                    "NULL".to_owned(),
                    "id::text".to_owned(),
                    format!("CASE WHEN id > 0 THEN {column}::text END"),
                ][self.rng.usize(..6)]
                .clone();
                format!("ALTER TABLE {name} ALTER COLUMN {column} TYPE text USING {using};\n")
            }
            Dialect::MySql => {
                let to = [
                    "text",
                    "varchar(90)",
                    "int",
                    "enum('a','b')",
                    "varbinary(90)",
                    "date",
                ][self.rng.usize(..6)];
                format!("ALTER TABLE {name} MODIFY {column} {to};\n")
            }
            Dialect::Sqlite => {
                let to = ["TEXT", "INTEGER", "BLOB"][self.rng.usize(..3)];
                format!("UPDATE {name} SET {column} = CAST({column} AS {to});\n")
            }
        };
        let back = match (self.dialect, self.rng.bool()) {
            (Dialect::MySql, true) => format!("ALTER TABLE {name} MODIFY {column} {kind};\n"),
            _ => String::new(),
        };
        match self.rng.u8(..3) {
            0 => format!("{overwrite}{change}{back}"),
            1 => format!("{change}{back}{overwrite}"),
            _ => format!("{change}{back}"),
        }
    }

    /// Three names go round, and the one in the middle goes.
    fn rotate(&mut self, at: usize) -> String {
        let table = self.tables[at].clone();
        let (second, third) = (self.fresh('t'), self.fresh('t'));
        let make = format!(
            "CREATE TABLE {second} AS SELECT {} FROM {};\n",
            names(&table),
            table.name
        );
        let last = [&table.name, &second][self.rng.usize(..2)].clone();
        let wipe = match self.rng.bool() {
            true => format!("DELETE FROM {second};\n"),
            false => String::new(),
        };
        self.tables[at].name = if last == table.name {
            second.clone()
        } else {
            table.name.clone()
        };
        format!(
            "{make}{wipe}ALTER TABLE {0} RENAME TO {third};\nALTER TABLE {second} RENAME TO {0};\nALTER TABLE {third} RENAME TO {second};\nDROP TABLE {last};\n",
            table.name
        )
    }

    /// Rows are deleted by what stands beside them.
    fn delete_joined(&mut self, at: usize) -> String {
        let name = self.tables[at].name.clone();
        let other = "(SELECT 5 AS id) x";
        match self.dialect {
            Dialect::Postgres => {
                format!("DELETE FROM {name} USING {other} WHERE {name}.id <> x.id;\n")
            }
            Dialect::MySql => {
                format!("DELETE {name} FROM {name} JOIN {other} ON {name}.id <> x.id;\n")
            }
            Dialect::Sqlite => format!(
                "DELETE FROM {name} WHERE EXISTS (SELECT 1 FROM {other} WHERE x.id <> {name}.id);\n"
            ),
        }
    }
}

/// The table with its `id` as the key.
pub(super) fn keyed(table: &Table) -> String {
    define(table, &table.name)
        .replacen("INTEGER", "INTEGER PRIMARY KEY", 1)
        .replacen("bigint", "bigint PRIMARY KEY", 1)
}
