//! Statements that run others: triggers, blocks, routines and prepared texts.

use onward_analysis::Dialect;

use super::World;

impl World {
    /// Code that does something to rows, and most often a statement that runs it.
    pub(super) fn about_code(&mut self, at: usize) -> String {
        match self.rng.u32(..4) {
            0 | 1 => self.trigger(at),
            2 => self.block(at),
            _ => self.routine(at),
        }
    }

    /// What the code does: to a table, its own or another.
    fn deed(&mut self) -> String {
        let at = self.pick();
        let name = self.tables[at].name.clone();
        let column = self.pick_column(at).unwrap_or(0);
        let column = self.tables[at].columns[column].0.clone();
        [
            format!("DELETE FROM {name}"),
            format!("DELETE FROM {name} WHERE id < 0"),
            format!("UPDATE {name} SET {column} = NULL"),
            format!("UPDATE {name} SET {column} = {column}"),
            format!("INSERT INTO {name} (id) VALUES (-1)"),
        ][self.rng.usize(..5)]
        .clone()
    }

    fn trigger(&mut self, at: usize) -> String {
        let name = self.tables[at].name.clone();
        let trigger = self.fresh('g');
        let event = ["INSERT", "UPDATE", "DELETE"][self.rng.usize(..3)];
        let time = ["BEFORE", "AFTER"][self.rng.usize(..2)];
        let deed = self.deed();
        let fired = [
            format!("INSERT INTO {name} (id) VALUES (-2);\n"),
            format!("UPDATE {name} SET id = id;\n"),
            format!("DELETE FROM {name} WHERE id < 0;\n"),
            String::new(),
        ][self.rng.usize(..4)]
        .clone();
        let made = match self.dialect {
            Dialect::Postgres => {
                let back = match event {
                    "DELETE" => "OLD",
                    _ => "NEW",
                };
                format!(
                    "CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {deed}; RETURN {back}; END $$;\n\
                     CREATE TRIGGER {trigger} {time} {event} ON {name} FOR EACH ROW EXECUTE FUNCTION {trigger}();\n"
                )
            }
            Dialect::Sqlite => {
                format!("CREATE TRIGGER {trigger} {time} {event} ON {name} BEGIN {deed}; END;\n")
            }
            Dialect::MySql => {
                format!("CREATE TRIGGER {trigger} {time} {event} ON {name} FOR EACH ROW {deed};\n")
            }
        };
        let gone = match self.dialect {
            Dialect::Postgres => format!("DROP TRIGGER {trigger} ON {name};\n"),
            Dialect::Sqlite | Dialect::MySql => format!("DROP TRIGGER {trigger};\n"),
        };
        format!("{made}{fired}{gone}")
    }

    /// A deed behind a condition, in a block or a prepared text.
    fn block(&mut self, at: usize) -> String {
        let deed = self.deed();
        let name = self.tables[at].name.clone();
        match self.dialect {
            Dialect::Postgres => {
                let body = [
                    format!("{deed};"),
                    format!("IF EXISTS (SELECT 1 FROM {name}) THEN {deed}; END IF;"),
                    format!("EXECUTE '{deed}';"),
                    format!("FOR i IN 1..2 LOOP {deed}; END LOOP;"),
                ][self.rng.usize(..4)]
                .clone();
                format!("DO $$ BEGIN {body} END $$;\n")
            }
            Dialect::MySql => {
                let text = [
                    format!("SET @s = '{deed}'"),
                    format!("SET @s = IF((SELECT count(*) FROM {name}) > 0, '{deed}', 'SELECT 1')"),
                    format!("SET @s = 'SELECT 1'; SET @t = '{deed}'"),
                ][self.rng.usize(..3)]
                .clone();
                format!("{text};\nPREPARE p FROM @s;\nEXECUTE p;\nDEALLOCATE PREPARE p;\n")
            }
            Dialect::Sqlite => format!("{deed};\n"),
        }
    }

    /// A routine that is made, and called or not.
    fn routine(&mut self, at: usize) -> String {
        let deed = self.deed();
        let routine = self.fresh('p');
        let called = self.rng.bool();
        let (made, call, gone) = match self.dialect {
            Dialect::Postgres => (
                format!("CREATE FUNCTION {routine}() RETURNS void LANGUAGE sql AS $$ {deed} $$;\n"),
                format!("SELECT {routine}();\n"),
                format!("DROP FUNCTION {routine}();\n"),
            ),
            Dialect::MySql => (
                format!("CREATE PROCEDURE {routine}() BEGIN {deed}; END;\n"),
                format!("CALL {routine}();\n"),
                format!("DROP PROCEDURE {routine};\n"),
            ),
            Dialect::Sqlite => return self.trigger(at),
        };
        format!("{made}{}{gone}", if called { call } else { String::new() })
    }
}
