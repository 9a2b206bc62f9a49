//! Statements that only one database reads so: engines, invisible columns and duplicates of MySQL, affinities and
//! conflicts of SQLite. PostgreSQL has a file of its own.

use onward_analysis::Dialect;

use super::across::keyed;
use super::{Table, World, define, names};

impl World {
    /// What the database at hand does in its own way.
    pub(super) fn own(&mut self, at: usize) -> String {
        match (self.dialect, self.rng.u32(..7)) {
            (Dialect::Postgres, _) => self.of_postgres(at),
            (_, 0) => self.take_back(at),
            (_, 1) => self.duplicate(at),
            (_, 2) => self.swallow(at),
            (_, 3) => self.fire(at),
            (Dialect::MySql, 4) => self.hide(at),
            (Dialect::MySql, 5) => self.delete_by_copy(at),
            (Dialect::MySql, _) => self.write_out(at),
            (Dialect::Sqlite, _) => self.loosen(at),
        }
    }

    /// What a transaction did is taken back, or stays for the engine.
    fn take_back(&mut self, at: usize) -> String {
        let name = self.tables[at].name.clone();
        let engine = match self.dialect {
            Dialect::MySql => ["", "MyISAM", "Aria", "InnoDB"][self.rng.usize(..4)],
            _ => "",
        };
        let engine = match engine {
            "" => String::new(),
            engine => format!("ALTER TABLE {name} ENGINE = {engine};\n"),
        };
        let (begin, end) = [
            ("BEGIN", "ROLLBACK"),
            ("BEGIN", "COMMIT"),
            ("BEGIN;\nSAVEPOINT s", "ROLLBACK TO s;\nCOMMIT"),
        ][self.rng.usize(..3)];
        let rows = ["", " WHERE id > 0"][self.rng.usize(..2)];
        format!("{engine}{begin};\nDELETE FROM {name}{rows};\n{end};\n")
    }

    /// A row that may be in the way of a new one is changed, set to what it is, or left alone.
    fn duplicate(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let source = self.tables[at].clone();
        let mut target = source.clone();
        target.name = self.fresh('t');
        let column = target.columns[column].0.clone();
        let (head, new) = match self.dialect {
            Dialect::MySql => ("ON DUPLICATE KEY UPDATE", "VALUES(id)"),
            _ => ("ON CONFLICT (id) DO UPDATE SET", "excluded.id"),
        };
        let set = [
            format!("{column} = NULL"),
            format!("{column} = {}.{column}", target.name),
            format!("id = {new}"),
        ][self.rng.usize(..3)]
        .clone();
        let columns = names(&source);
        let sql = format!(
            "{}INSERT INTO {2} ({columns}) SELECT DISTINCT {columns} FROM {1} WHERE id > 1;\n\
             INSERT INTO {2} (id) SELECT id FROM {1} WHERE id > 1 {head} {set};\n",
            keyed(&target),
            source.name,
            target.name,
        );
        self.tables.push(target);
        sql
    }

    /// A key over less than the rows differ in swallows all but one of them.
    fn swallow(&mut self, at: usize) -> String {
        let mut copy = self.tables[at].clone();
        let old = std::mem::replace(&mut copy.name, self.fresh('t'));
        let text = |(_, kind): &&(String, &'static str)| {
            let kind = kind.to_lowercase();
            kind.contains("char") || kind.contains("text")
        };
        let Some((column, _)) = copy.columns.iter().find(text).cloned() else {
            return self.add_column(at);
        };
        // All tokens begin so.
        let length = 5;
        let index = self.fresh('i');
        let (key, verb) = match self.dialect {
            Dialect::MySql => (format!("{column}({length})"), "INSERT IGNORE INTO"),
            _ => (
                format!("substr({column}, 1, {length})"),
                "INSERT OR IGNORE INTO",
            ),
        };
        let columns = names(&copy);
        let sql = format!(
            "{}CREATE UNIQUE INDEX {index} ON {1} ({key});\n{verb} {1} ({columns}) SELECT {columns} FROM {old};\nDROP TABLE {old};\n",
            define(&copy, &copy.name),
            copy.name
        );
        self.tables[at] = copy;
        sql
    }

    /// A trigger on rows that go, which REPLACE, TRUNCATE and DELETE fire or do not.
    fn fire(&mut self, at: usize) -> String {
        let log = self.tables[self.rng.usize(..self.tables.len())]
            .name
            .clone();
        let mut target = self.tables[at].clone();
        let source = std::mem::replace(&mut target.name, self.fresh('t'));
        if log == target.name {
            return self.add_column(at);
        }
        let (trigger, columns) = (self.fresh('g'), names(&target));
        let body = format!("DELETE FROM {log} WHERE id > 1");
        let body = match self.dialect {
            Dialect::MySql => format!("FOR EACH ROW {body}"),
            _ => format!("BEGIN {body}; END"),
        };
        let event = ["DELETE", "UPDATE", "INSERT"][self.rng.usize(..3)];
        let write = ["REPLACE INTO", "INSERT INTO"][self.rng.usize(..2)];
        let sql = format!(
            "{}INSERT INTO {1} ({columns}) SELECT {columns} FROM {source} WHERE id > 1;\n\
             CREATE TRIGGER {trigger} AFTER {event} ON {1} {body};\n\
             {write} {1} (id) SELECT id{2} FROM {source} WHERE id > 1;\nDROP TRIGGER {trigger};\n",
            keyed(&target),
            target.name,
            if write == "INSERT INTO" { " + 1" } else { "" },
        );
        self.tables.push(target);
        sql
    }

    /// A column that no star means, in a copy that is made by one or by names.
    fn hide(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let mut copy = self.tables[at].clone();
        let old = std::mem::replace(&mut copy.name, self.fresh('t'));
        let (hidden, kind) = copy.columns[column].clone();
        let listed = match self.rng.bool() {
            true => names(&copy),
            false => {
                copy.columns.remove(column);
                "*".to_owned()
            }
        };
        let sql = format!(
            "ALTER TABLE {old} MODIFY {hidden} {kind} INVISIBLE;\nCREATE TABLE {} AS SELECT {listed} FROM {old};\nDROP TABLE {old};\n",
            copy.name
        );
        self.tables[at] = copy;
        sql
    }

    /// Rows are copied by a condition and deleted by a join with the copy, or with what the copy lacks.
    fn delete_by_copy(&mut self, at: usize) -> String {
        let old = self.tables[at].clone();
        let copy = Table {
            name: self.fresh('t'),
            columns: old.columns.clone(),
        };
        let (columns, name) = (names(&old), &old.name);
        let joined = [
            format!(
                "DELETE {name} FROM {name} JOIN {0} ON {0}.id = {name}.id",
                copy.name
            ),
            format!(
                "DELETE FROM {name} USING {name} JOIN {} USING (id)",
                copy.name
            ),
            format!("DELETE x FROM {name} x, {} y WHERE y.id = x.id", copy.name),
            format!(
                "DELETE {name} FROM {name} LEFT JOIN {0} ON {0}.id = {name}.id",
                copy.name
            ),
            format!(
                "DELETE {name}, {0} FROM {name} JOIN {0} ON {0}.id = {name}.id",
                copy.name
            ),
        ][self.rng.usize(..5)]
        .clone();
        let sql = format!(
            "{}INSERT INTO {} ({columns}) SELECT {columns} FROM {name} WHERE id > 0;\n{joined};\n",
            define(&copy, &copy.name),
            copy.name,
        );
        self.tables.push(copy);
        sql
    }

    /// Numbers are written out into a text that has room for them, or not.
    fn write_out(&mut self, at: usize) -> String {
        let mut copy = self.tables[at].clone();
        let old = std::mem::replace(&mut copy.name, self.fresh('t'));
        let number = |(_, kind): &(String, &'static str)| *kind == "int" || *kind == "bigint";
        let Some(column) = copy.columns.iter().skip(1).position(number) else {
            return self.add_column(at);
        };
        let columns = names(&copy);
        let name = copy.columns[column + 1].0.clone();
        copy.columns[column + 1].1 = ["varchar(40)", "varchar(4)"][self.rng.usize(..2)];
        let cast = columns.replacen(&name, &format!("CAST({name} AS CHAR)"), 1);
        let sql = format!(
            "{}INSERT INTO {} ({columns}) SELECT {cast} FROM {old};\nDROP TABLE {old};\n",
            define(&copy, &copy.name),
            copy.name
        );
        self.tables[at] = copy;
        sql
    }

    /// A table is rebuilt with a type that takes whatever the old one held.
    fn loosen(&mut self, at: usize) -> String {
        let mut table = self.tables[at].clone();
        for (_, kind) in table.columns.iter_mut().skip(1) {
            *kind = match *kind {
                "INTEGER" => ["TEXT", "BIGINT", "DATETIME", ""][self.rng.usize(..4)],
                "DATETIME" | "BIGINT" => ["TEXT", "INTEGER"][self.rng.usize(..2)],
                _ => ["TEXT", "VARCHAR(4)", "BLOB", ""][self.rng.usize(..4)],
            };
        }
        let (scratch, name) = (self.fresh('t'), table.name.clone());
        let columns = names(&table);
        let sql = format!(
            "{}INSERT INTO {scratch} ({columns}) SELECT {columns} FROM {name};\nDROP TABLE {name};\nALTER TABLE {scratch} RENAME TO {name};\n",
            define(&table, &scratch)
        );
        self.tables[at] = table;
        sql
    }
}
