//! Statements about rows: upserts, moves, joins, cascades, and what only looks like them.

use onward_analysis::Dialect;

use super::across::keyed;
use super::{Table, World, define, names};

impl World {
    /// One statement, or a few that belong together, about the rows of the table at `at`.
    pub(super) fn about_rows(&mut self, at: usize) -> String {
        let name = self.tables[at].name.clone();
        match self.rng.u32(..12) {
            0 => self.select_shape(at),
            1 => self.union(at),
            2 => self.temporary(at),
            3 => self.children(at),
            4 => self.swap_columns(at),
            5 => self.conditional(at),
            6 => self.joined(at),
            7 => self.moved_by_returning(at),
            8 => self.upsert(at),
            9 => self.like(at),
            10 => format!("DELETE FROM {name} WHERE id IN (SELECT id FROM {name} WHERE id < 0);\n"),
            _ => self.through_a_view(at),
        }
    }

    /// A copy through a query that may fold or cut rows, after which the original goes.
    fn select_shape(&mut self, at: usize) -> String {
        let mut copy = self.tables[at].clone();
        let old = std::mem::replace(&mut copy.name, self.fresh('t'));
        let columns = names(&copy);
        let tail = [
            "",
            " ORDER BY id",
            " LIMIT 2",
            " GROUP BY 1 = 1",
            " OFFSET 0",
        ][self.rng.usize(..3)];
        self.tables[at] = copy.clone();
        format!(
            "CREATE TABLE {} AS SELECT {columns} FROM {old}{tail};\nDROP TABLE {old};\n",
            copy.name
        )
    }

    /// Two halves of a table put together again.
    fn union(&mut self, at: usize) -> String {
        let mut copy = self.tables[at].clone();
        let old = std::mem::replace(&mut copy.name, self.fresh('t'));
        let columns = names(&copy);
        let (low, high) = [("id < 5", "id >= 5"), ("1 = 1", "1 = 1")][self.rng.usize(..2)];
        self.tables[at] = copy.clone();
        format!(
            "{}INSERT INTO {} ({columns}) SELECT {columns} FROM {old} WHERE {low} UNION ALL SELECT {columns} FROM {old} WHERE {high};\nDROP TABLE {old};\n",
            define(&copy, &copy.name),
            copy.name
        )
    }

    /// Rows pass through a table that is gone at the end.
    fn temporary(&mut self, at: usize) -> String {
        let table = self.tables[at].clone();
        let (scratch, columns) = (self.fresh('t'), names(&table));
        let back = match self.rng.bool() {
            true => format!(
                "INSERT INTO {} ({columns}) SELECT {columns} FROM {scratch};\n",
                table.name
            ),
            false => String::new(),
        };
        format!(
            "CREATE TEMPORARY TABLE {scratch} AS SELECT {columns} FROM {0};\nDELETE FROM {0};\n{back}DROP TABLE {scratch};\n",
            table.name
        )
    }

    /// A parent with children that go when it goes, where the database says so.
    fn children(&mut self, at: usize) -> String {
        let parent = Table {
            name: self.fresh('t'),
            columns: self.tables[at].columns[..1].to_vec(),
        };
        let child = Table {
            name: self.fresh('t'),
            columns: vec![parent.columns[0].clone(), (self.fresh('c'), "integer")],
        };
        let action = ["CASCADE", "SET NULL", "RESTRICT"][self.rng.usize(..3)];
        let sql = format!(
            "CREATE TABLE {0} (id {1} PRIMARY KEY);\n\
             CREATE TABLE {2} (id {1} PRIMARY KEY, {3} {1}, FOREIGN KEY ({3}) REFERENCES {0} (id) ON DELETE {action});\n\
             INSERT INTO {0} SELECT id FROM {4};\nINSERT INTO {2} SELECT id, id FROM {4};\nDELETE FROM {0} WHERE id > 0;\n",
            parent.name, parent.columns[0].1, child.name, child.columns[1].0, self.tables[at].name,
        );
        self.tables.push(child);
        self.tables.push(parent);
        sql
    }

    /// Two columns of one type trade their values, as far as the database lets them.
    fn swap_columns(&mut self, at: usize) -> String {
        let table = &self.tables[at];
        let pair = table
            .columns
            .iter()
            .enumerate()
            .skip(1)
            .find_map(|(index, (column, kind))| {
                let twin = table.columns[index + 1..]
                    .iter()
                    .find(|(_, other)| other == kind)?;
                Some((column.clone(), twin.0.clone()))
            });
        match pair {
            Some((a, b)) => format!("UPDATE {} SET {a} = {b}, {b} = {a};\n", table.name),
            None => self.add_column(at),
        }
    }

    /// A value is kept, or not, by a condition.
    fn conditional(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let (name, column) = (
            self.tables[at].name.clone(),
            self.tables[at].columns[column].0.clone(),
        );
        let value = [
            format!("CASE WHEN id > 0 THEN NULL ELSE {column} END"),
            column.clone(),
            format!("NULLIF({column}, {column})"),
        ][self.rng.usize(..3)]
        .clone();
        format!("UPDATE {name} SET {column} = {value};\n")
    }

    /// A copy by a join, which may leave rows behind.
    fn joined(&mut self, at: usize) -> String {
        let mut copy = self.tables[at].clone();
        let old = std::mem::replace(&mut copy.name, self.fresh('t'));
        let other = self.pick();
        let other = self.tables[other].name.clone();
        let kind = ["JOIN", "LEFT JOIN"][self.rng.usize(..2)];
        let columns: Vec<String> = copy
            .columns
            .iter()
            .map(|(column, _)| format!("o.{column}"))
            .collect();
        self.tables[at] = copy.clone();
        let sql = format!(
            "CREATE TABLE {} AS SELECT {} FROM {old} o {kind} {other} x ON x.id = o.id + 1;\nDROP TABLE {old};\n",
            copy.name,
            columns.join(", ")
        );
        if other == old {
            self.select_shape(at)
        } else {
            sql
        }
    }

    fn moved_by_returning(&mut self, at: usize) -> String {
        if self.dialect != Dialect::Postgres {
            return self.conditional(at);
        }
        let mut keep = self.tables[at].clone();
        let name = std::mem::replace(&mut keep.name, self.fresh('t'));
        if keep.columns.len() > 2 && self.rng.bool() {
            keep.columns.pop();
        }
        let columns = names(&keep);
        let sql = format!(
            "{}WITH gone AS (DELETE FROM {name} RETURNING {columns}) INSERT INTO {} ({columns}) SELECT {columns} FROM gone;\n",
            define(&keep, &keep.name),
            keep.name
        );
        self.tables.push(keep);
        sql
    }

    /// Rows of one table are written over those of another by their key.
    fn upsert(&mut self, at: usize) -> String {
        let source = self.tables[at].clone();
        let target = Table {
            name: self.fresh('t'),
            columns: source.columns.clone(),
        };
        let columns = names(&source);
        let keyed = keyed(&target);
        let tail = match (self.dialect, self.rng.u8(..3)) {
            (Dialect::MySql, 0) => " ON DUPLICATE KEY UPDATE id = id".to_owned(),
            (Dialect::MySql, _) => format!(
                " ON DUPLICATE KEY UPDATE {0} = VALUES({0})",
                source.columns[source.columns.len() - 1].0
            ),
            (_, 0) => " ON CONFLICT (id) DO NOTHING".to_owned(),
            (_, _) => format!(
                " ON CONFLICT (id) DO UPDATE SET {0} = excluded.{0}",
                source.columns[source.columns.len() - 1].0
            ),
        };
        let insert = format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {} WHERE 1 = 1",
            target.name, source.name
        );
        self.tables.push(target);
        format!("{keyed}{insert}{tail};\n{insert}{tail};\n")
    }

    /// A table made like another, filled or not.
    fn like(&mut self, at: usize) -> String {
        let old = self.tables[at].clone();
        let copy = Table {
            name: self.fresh('t'),
            columns: old.columns.clone(),
        };
        let make = match self.dialect {
            Dialect::Sqlite => define(&copy, &copy.name),
            Dialect::Postgres => format!(
                "CREATE TABLE {} (LIKE {} INCLUDING ALL);\n",
                copy.name, old.name
            ),
            Dialect::MySql => format!("CREATE TABLE {} LIKE {};\n", copy.name, old.name),
        };
        let filled = match self.rng.u8(..3) {
            0 => String::new(),
            1 => format!("INSERT INTO {} SELECT * FROM {};\n", copy.name, old.name),
            _ => format!(
                "INSERT INTO {0} ({1}) SELECT {1} FROM {2};\n",
                copy.name,
                names(&old),
                old.name
            ),
        };
        self.tables[at] = copy;
        format!("{make}{filled}DROP TABLE {};\n", old.name)
    }

    /// A copy taken from a view, whole or not.
    fn through_a_view(&mut self, at: usize) -> String {
        let mut copy = self.tables[at].clone();
        let old = std::mem::replace(&mut copy.name, self.fresh('t'));
        let (view, columns) = (self.fresh('v'), names(&copy));
        let filter = ["", " WHERE id < 0"][self.rng.usize(..2)];
        self.tables[at] = copy.clone();
        format!(
            "CREATE VIEW {view} AS SELECT {columns} FROM {old}{filter};\nCREATE TABLE {} AS SELECT {columns} FROM {view};\nDROP VIEW {view};\nDROP TABLE {old};\n",
            copy.name
        )
    }
}
