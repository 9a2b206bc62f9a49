//! Statements that PostgreSQL alone has: rows that one statement moves, branches of blocks, partitions that are tables,
//! functions that run because a row is written.

use super::across::keyed;
use super::{Table, World, names};

impl World {
    /// What PostgreSQL does in its own way.
    pub(super) fn of_postgres(&mut self, at: usize) -> String {
        match self.rng.u32(..9) {
            0 => self.move_by_keys(at),
            1 => self.move_some(at),
            2 => self.delete_by_keys(at),
            3 => self.batches(at),
            4 => self.branches(at),
            5 => self.attach(at),
            6 => self.silence(at),
            7 => self.compute(at),
            _ => self.back_up(at),
        }
    }

    fn one_of<const N: usize>(&mut self, choices: [&str; N]) -> String {
        choices[self.rng.usize(..N)].to_owned()
    }

    /// A table like the one at `at`, with a key, and the statements that make it and give the other a key too.
    fn beside(&mut self, at: usize) -> (String, Table) {
        let copy = Table {
            name: self.fresh('t'),
            columns: self.tables[at].columns.clone(),
        };
        let name = self.tables[at].name.clone();
        let key = match self.rng.u32(..4) {
            0 => String::new(),
            _ => format!("ALTER TABLE {name} ADD PRIMARY KEY (id);\n"),
        };
        let made = format!("{key}{}", keyed(&copy));
        self.tables.push(copy.clone());
        (made, copy)
    }

    /// All columns, or some of them.
    fn some_columns(&mut self, table: &Table) -> String {
        match self.rng.u32(..3) {
            0 => "id".to_owned(),
            _ => names(table),
        }
    }

    fn move_by_keys(&mut self, at: usize) -> String {
        let (made, copy) = self.beside(at);
        let (name, copy_name) = (self.tables[at].name.clone(), copy.name.clone());
        let columns = self.some_columns(&copy);
        let filter = self.one_of(["", " WHERE id > 0", " WHERE id > 1"]);
        let conflict = self.one_of(["", " ON CONFLICT DO NOTHING"]);
        let returned = self.one_of(["id", "*", "id + 1 AS id"]);
        let deleted = [
            "WHERE id IN (SELECT id FROM m)".to_owned(),
            format!("USING m WHERE m.id = {name}.id"),
            format!("WHERE EXISTS (SELECT 1 FROM m WHERE m.id = {name}.id)"),
            "WHERE id NOT IN (SELECT id FROM m)".to_owned(),
        ][self.rng.usize(..4)]
        .clone();
        format!(
            "{made}WITH m AS (INSERT INTO {copy_name} ({columns}) SELECT {columns} FROM {name}{filter}{conflict} RETURNING {returned}) DELETE FROM {name} {deleted};\n"
        )
    }

    fn move_some(&mut self, at: usize) -> String {
        let (made, copy) = self.beside(at);
        let name = self.tables[at].name.clone();
        let columns = self.some_columns(&copy);
        let rest = self.one_of(["", " WHERE id > 1", " LIMIT 1"]);
        format!(
            "{made}WITH m AS (DELETE FROM {name} WHERE id IN (SELECT id FROM {name} ORDER BY id LIMIT 2) RETURNING *) INSERT INTO {} ({columns}) SELECT {columns} FROM m{rest};\n",
            copy.name
        )
    }

    fn delete_by_keys(&mut self, at: usize) -> String {
        let (made, copy) = self.beside(at);
        let (name, copy_name) = (self.tables[at].name.clone(), copy.name.clone());
        let columns = names(&copy);
        let meanwhile = [
            String::new(),
            String::new(),
            format!("UPDATE {copy_name} SET id = id + 1;\n"),
            format!("UPDATE {name} SET id = id + 1;\n"),
            format!("DELETE FROM {copy_name} WHERE id > 1;\n"),
        ][self.rng.usize(..5)]
        .clone();
        let deleted = [
            format!("AS d USING {copy_name} AS k WHERE k.id = d.id"),
            format!("AS d WHERE EXISTS (SELECT 1 FROM {copy_name} AS k WHERE k.id = d.id)"),
            format!("WHERE id IN (SELECT id FROM {copy_name}) AND id > 0"),
            format!("AS d USING {copy_name} AS k WHERE k.id = d.id OR d.id > 1"),
        ][self.rng.usize(..4)]
        .clone();
        format!(
            "{made}INSERT INTO {copy_name} ({columns}) SELECT {columns} FROM {name} WHERE id > 0;\n{meanwhile}DELETE FROM {name} {deleted};\n"
        )
    }

    fn batches(&mut self, at: usize) -> String {
        let (made, copy) = self.beside(at);
        let name = self.tables[at].name.clone();
        let columns = self.some_columns(&copy);
        let times = self.one_of(["EXIT WHEN NOT FOUND;", "EXIT;"]);
        format!(
            "{made}DO $$ BEGIN LOOP WITH m AS (DELETE FROM {name} WHERE id IN (SELECT id FROM {name} LIMIT 1) RETURNING *) INSERT INTO {} ({columns}) SELECT {columns} FROM m; {times} END LOOP; END $$;\n",
            copy.name
        )
    }

    fn branches(&mut self, at: usize) -> String {
        let (made, copy) = self.beside(at);
        let name = self.tables[at].name.clone();
        let columns = names(&copy);
        let copies = format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {name};",
            copy.name
        );
        let other = [
            copies.clone(),
            "NULL;".to_owned(),
            "RAISE EXCEPTION 'no';".to_owned(),
            format!("DELETE FROM {};", copy.name),
        ][self.rng.usize(..4)]
        .clone();
        let asked = self.one_of(["id > 0", "id > 1000"]);
        format!(
            "{made}DO $$ BEGIN IF EXISTS (SELECT 1 FROM {name} WHERE {asked}) THEN {copies} ELSE {other} END IF; DELETE FROM {name}; END $$;\n"
        )
    }

    /// The table becomes a partition of another one, and something happens to that.
    fn attach(&mut self, at: usize) -> String {
        let table = self.tables[at].clone();
        let name = &table.name;
        let whole = self.fresh('t');
        let made =
            super::define(&table, &whole).replacen(");\n", ") PARTITION BY RANGE (id);\n", 1);
        let attach = format!("ALTER TABLE {whole} ATTACH PARTITION {name} DEFAULT;\n");
        let detach = format!("ALTER TABLE {whole} DETACH PARTITION {name};\n");
        let drop = format!("DROP TABLE {whole};\n");
        let (then, gone) = [
            (format!("{detach}{drop}"), false),
            (drop.clone(), true),
            (format!("TRUNCATE {whole};\n{detach}{drop}"), false),
            (
                format!("DELETE FROM {whole} WHERE id > 1;\n{detach}{drop}"),
                false,
            ),
            (format!("{detach}{attach}{drop}"), true),
        ][self.rng.usize(..5)]
        .clone();
        if gone {
            self.tables.remove(at);
        }
        format!("{made}{attach}{then}")
    }

    /// A trigger that takes something, and is switched off or not.
    fn silence(&mut self, at: usize) -> String {
        let name = self.tables[at].name.clone();
        let other = self.pick();
        let other = self.tables[other].name.clone();
        let trigger = self.fresh('g');
        let off = [
            format!("ALTER TABLE {name} DISABLE TRIGGER {trigger};\n"),
            format!("ALTER TABLE {name} DISABLE TRIGGER USER;\nALTER TABLE {name} ENABLE TRIGGER {trigger};\n"),
            "SET session_replication_role = replica;\n".to_owned(),
            format!("ALTER TABLE {name} ENABLE ALWAYS TRIGGER {trigger};\nSET session_replication_role = replica;\n"),
        ][self.rng.usize(..4)]
        .clone();
        format!(
            "CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM {other}; RETURN NULL; END $$;\n\
             CREATE TRIGGER {trigger} AFTER UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {trigger}();\n{off}\
             UPDATE {name} SET id = id;\nSET session_replication_role = DEFAULT;\nDROP TRIGGER {trigger} ON {name};\n"
        )
    }

    /// A function that takes something runs because a row is written.
    fn compute(&mut self, at: usize) -> String {
        let name = self.tables[at].name.clone();
        let (function, table) = (self.fresh('p'), self.fresh('d'));
        let column = self.one_of(["DEFAULT p()", "CHECK (p() = 1)", "DEFAULT 1"]);
        let column = column.replace("p()", &format!("{function}()"));
        let row = self.one_of([
            "(id) VALUES (1)",
            "(id, n) VALUES (1, 2)",
            "VALUES (1, DEFAULT)",
        ]);
        format!(
            "CREATE FUNCTION {function}() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM {name}; RETURN 1; END $$;\n\
             CREATE TABLE {table} (id int, n int {column});\nINSERT INTO {table} {row};\nDROP TABLE {table};\nDROP FUNCTION {function}();\n"
        )
    }

    /// Values are kept by the key of their rows before they are overwritten.
    fn back_up(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let name = self.tables[at].name.clone();
        let column = self.tables[at].columns[column].clone();
        let kept = Table {
            name: self.fresh('t'),
            columns: vec![self.tables[at].columns[0].clone(), column.clone()],
        };
        let filters = ["", " WHERE id > 0", " WHERE id > 1"];
        let (copied, set) = (self.one_of(filters), self.one_of(filters));
        let sql = format!(
            "ALTER TABLE {name} ADD PRIMARY KEY (id);\n{}INSERT INTO {} SELECT id, {} FROM {name}{copied};\nUPDATE {name} SET {} = NULL{set};\n",
            keyed(&kept),
            kept.name,
            column.0,
            column.0
        );
        self.tables.push(kept);
        sql
    }
}
