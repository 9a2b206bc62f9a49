//! Which pairs are worth running? A seeded generator of schemas, ups and downs that a database accepts.

mod across;
mod code;
mod labelled;
mod mutate;
mod own;
mod postgres;
mod rows;

use fastrand::Rng;
use onward_analysis::Dialect;

/// A generated migration and what stood before it.
pub(crate) struct Case {
    pub(crate) before: String,
    pub(crate) up: String,
    pub(crate) down: String,
    /// Whether a person wrote it, or what it was made of.
    pub(crate) by_hand: bool,
}

/// The schema as the generator has made it so far.
#[derive(Clone)]
struct Table {
    name: String,
    columns: Vec<(String, &'static str)>,
}

/// The case of that seed: one third is made from nothing, the rest are neighbours of pairs that were written by hand.
pub(crate) fn case(dialect: Dialect, seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    match seed % 3 {
        0 => made(dialect, rng),
        _ => neighbour(dialect, &mut rng),
    }
}

/// A written pair, as it stands or changed in a place or two.
fn neighbour(dialect: Dialect, rng: &mut Rng) -> Case {
    let mut written = labelled::cases(dialect);
    let mut case = written.swap_remove(rng.usize(..written.len()));
    for _ in 0..[0, 1, 1, 1, 2][rng.usize(..5)] {
        mutate::mutate(&mut case, &written, rng);
    }
    case
}

fn made(dialect: Dialect, rng: Rng) -> Case {
    let mut world = World {
        dialect,
        rng,
        tables: Vec::new(),
        made: 0,
    };
    let before: Vec<String> = (0..world.rng.usize(1..=3))
        .map(|_| world.create_table())
        .collect();
    let start = world.tables.clone();
    let up = world.script();
    // Half of the downs try to undo their up by setting the tables back; the others do as they please.
    let down = if world.rng.bool() {
        world.toward(&start)
    } else {
        world.script()
    };
    Case {
        before: before.join(""),
        up,
        down,
        by_hand: false,
    }
}

struct World {
    dialect: Dialect,
    rng: Rng,
    tables: Vec<Table>,
    made: usize,
}

impl World {
    fn script(&mut self) -> String {
        (0..self.rng.usize(1..=3))
            .map(|_| self.statement())
            .collect()
    }

    fn fresh(&mut self, letter: char) -> String {
        self.made += 1;
        format!("{letter}{}", self.made)
    }

    fn a_type(&mut self) -> &'static str {
        let types: &[&str] = match self.dialect {
            Dialect::Sqlite => &["TEXT", "INTEGER", "VARCHAR(40)"],
            Dialect::Postgres => &["text", "bigint", "varchar(40)", "integer"],
            Dialect::MySql => &["varchar(60)", "bigint", "varchar(40)", "int", "text"],
        };
        types[self.rng.usize(..types.len())]
    }

    fn create_table(&mut self) -> String {
        let name = self.fresh('t');
        let mut columns = vec![(
            "id".to_owned(),
            if self.dialect == Dialect::Sqlite {
                "INTEGER"
            } else {
                "bigint"
            },
        )];
        for _ in 0..self.rng.usize(1..=3) {
            let column = self.fresh('c');
            columns.push((column, self.a_type()));
        }
        let table = Table { name, columns };
        let sql = define(&table, &table.name);
        self.tables.push(table);
        sql
    }

    fn pick(&mut self) -> usize {
        self.rng.usize(..self.tables.len())
    }

    /// A column of the table beside its key.
    fn pick_column(&mut self, table: usize) -> Option<usize> {
        let count = self.tables[table].columns.len();
        (count > 1).then(|| self.rng.usize(1..count))
    }

    fn statement(&mut self) -> String {
        if self.tables.is_empty() {
            return self.create_table();
        }
        let at = self.pick();
        let name = self.tables[at].name.clone();
        match self.rng.u32(..49) {
            19..27 => self.about_rows(at),
            27..33 => self.about_code(at),
            33..43 => self.across(at),
            43..49 => self.own(at),
            0 | 1 => self.create_table(),
            2 => self.add_column(at),
            3 => self.drop_column(at),
            4 => self.rename_column(at),
            5 => {
                let new = self.fresh('t');
                self.tables[at].name.clone_from(&new);
                format!("ALTER TABLE {name} RENAME TO {new};\n")
            }
            6 => {
                self.tables.remove(at);
                format!("DROP TABLE {name};\n")
            }
            7 => self.copy_table(at),
            8 => self.rebuild(at),
            9 => self.move_column(at),
            10 => match self.rng.bool() {
                true => format!("DELETE FROM {name};\n"),
                false => format!("DELETE FROM {name} WHERE id > 0;\n"),
            },
            11 if self.dialect != Dialect::Sqlite => format!("TRUNCATE TABLE {name};\n"),
            12 => self.overwrite(at),
            13 => {
                let index = self.fresh('i');
                format!("CREATE INDEX {index} ON {name} (id);\n")
            }
            14 => {
                let view = self.fresh('v');
                format!("CREATE VIEW {view} AS SELECT id FROM {name};\nDROP VIEW {view};\n")
            }
            15 => self.change_type(at),
            16 => self.insert_constant(at),
            17 => self.archive(at),
            18 => self.swap(at),
            _ => self.add_column(at),
        }
    }

    fn add_column(&mut self, at: usize) -> String {
        let (column, kind) = (self.fresh('c'), self.a_type());
        let sql = format!(
            "ALTER TABLE {} ADD COLUMN {column} {kind};\n",
            self.tables[at].name
        );
        self.tables[at].columns.push((column, kind));
        sql
    }

    fn drop_column(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let (column, _) = self.tables[at].columns.remove(column);
        format!(
            "ALTER TABLE {} DROP COLUMN {column};\n",
            self.tables[at].name
        )
    }

    fn rename_column(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let new = self.fresh('c');
        let old = std::mem::replace(&mut self.tables[at].columns[column].0, new.clone());
        format!(
            "ALTER TABLE {} RENAME COLUMN {old} TO {new};\n",
            self.tables[at].name
        )
    }

    /// A copy, whole or not, after which the original may go.
    fn copy_table(&mut self, at: usize) -> String {
        let mut copy = self.tables[at].clone();
        let old = copy.name.clone();
        copy.name = self.fresh('t');
        if copy.columns.len() > 2 && self.rng.bool() {
            let left_out = self.rng.usize(1..copy.columns.len());
            copy.columns.remove(left_out);
        }
        let filter = ["", "", " WHERE id < 0", " WHERE 1 = 1"][self.rng.usize(..4)];
        let names = names(&copy);
        let mut sql = match self.rng.bool() {
            true => format!(
                "CREATE TABLE {} AS SELECT {names} FROM {old}{filter};\n",
                copy.name
            ),
            false => format!(
                "{}INSERT INTO {} ({names}) SELECT {names} FROM {old}{filter};\n",
                define(&copy, &copy.name),
                copy.name
            ),
        };
        if self.rng.bool() {
            sql += &format!("DROP TABLE {old};\n");
            self.tables.remove(at);
        }
        self.tables.push(copy);
        sql
    }

    /// Create new, copy, drop old, rename; sometimes a column is left out, or rows are.
    fn rebuild(&mut self, at: usize) -> String {
        let mut table = self.tables[at].clone();
        if table.columns.len() > 2 && self.rng.u8(..3) == 0 {
            let left_out = self.rng.usize(1..table.columns.len());
            table.columns.remove(left_out);
        }
        let scratch = self.fresh('t');
        let filter = ["", "", "", " WHERE id < 0"][self.rng.usize(..4)];
        let (name, columns) = (table.name.clone(), names(&table));
        let sql = format!(
            "{}INSERT INTO {scratch} ({columns}) SELECT {columns} FROM {name}{filter};\nDROP TABLE {name};\nALTER TABLE {scratch} RENAME TO {name};\n",
            define(&table, &scratch)
        );
        self.tables[at] = table;
        sql
    }

    /// A new column takes the values of an old one, which then goes.
    fn move_column(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let name = self.tables[at].name.clone();
        let new = self.fresh('c');
        let (old, kind) =
            std::mem::replace(&mut self.tables[at].columns[column], (new.clone(), ""));
        self.tables[at].columns[column].1 = kind;
        let filter = ["", "", " WHERE id < 0"][self.rng.usize(..3)];
        format!(
            "ALTER TABLE {name} ADD COLUMN {new} {kind};\nUPDATE {name} SET {new} = {old}{filter};\nALTER TABLE {name} DROP COLUMN {old};\n"
        )
    }

    fn overwrite(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let (column, name) = (
            self.tables[at].columns[column].0.clone(),
            self.tables[at].name.clone(),
        );
        format!("UPDATE {name} SET {column} = NULL;\n")
    }

    /// Wider or narrower by a change that the tokens can show: 40 characters hold them, 4 do not.
    fn change_type(&mut self, at: usize) -> String {
        let Some(column) = self.pick_column(at) else {
            return self.add_column(at);
        };
        let (column, kind) = self.tables[at].columns[column].clone();
        let name = self.tables[at].name.clone();
        let wide = self.rng.bool();
        match (self.dialect, kind) {
            (Dialect::MySql, "varchar(60)" | "varchar(40)") => {
                format!(
                    "ALTER TABLE {name} MODIFY {column} varchar({});\n",
                    if wide { 200 } else { 4 }
                )
            }
            (Dialect::MySql, "int" | "bigint") => {
                format!(
                    "ALTER TABLE {name} MODIFY {column} {};\n",
                    if wide { "bigint" } else { "tinyint" }
                )
            }
            (Dialect::Postgres, "text" | "varchar(40)") if wide => {
                format!("ALTER TABLE {name} ALTER COLUMN {column} TYPE text;\n")
            }
            (Dialect::Postgres, "text" | "varchar(40)") => {
                format!(
                    "ALTER TABLE {name} ALTER COLUMN {column} TYPE varchar(4) USING left({column}, 4);\n"
                )
            }
            (Dialect::Postgres, "integer" | "bigint") => {
                format!("ALTER TABLE {name} ALTER COLUMN {column} TYPE bigint;\n")
            }
            _ => self.add_column(at),
        }
    }

    fn insert_constant(&mut self, at: usize) -> String {
        format!(
            "INSERT INTO {} (id) VALUES (-{});\n",
            self.tables[at].name,
            self.made + 1
        )
    }

    /// Rows go to a table of their own and are then deleted; sometimes a value stays behind.
    fn archive(&mut self, at: usize) -> String {
        let mut keep = self.tables[at].clone();
        let name = std::mem::replace(&mut keep.name, self.fresh('t'));
        if keep.columns.len() > 2 && self.rng.bool() {
            keep.columns.pop();
        }
        let columns = names(&keep);
        let sql = format!(
            "{}INSERT INTO {} SELECT {columns} FROM {name};\nDELETE FROM {name};\n",
            define(&keep, &keep.name),
            keep.name
        );
        self.tables.push(keep);
        sql
    }

    /// The original steps aside, a copy takes its name.
    fn swap(&mut self, at: usize) -> String {
        let table = self.tables[at].clone();
        let (aside, columns) = (self.fresh('t'), names(&table));
        let copied = self.rng.bool();
        let mut sql = format!(
            "ALTER TABLE {} RENAME TO {aside};\n{}",
            table.name,
            define(&table, &table.name)
        );
        if copied {
            sql += &format!(
                "INSERT INTO {} ({columns}) SELECT {columns} FROM {aside};\n",
                table.name
            );
        }
        sql + &format!("DROP TABLE {aside};\n")
    }

    /// Statements that bring the tables back to what `start` was, by name.
    fn toward(&mut self, start: &[Table]) -> String {
        let mut sql = String::new();
        for table in std::mem::take(&mut self.tables) {
            match start.iter().find(|old| old.name == table.name) {
                None => sql += &format!("DROP TABLE {};\n", table.name),
                Some(old) => {
                    for (column, kind) in old.columns.iter().filter(|c| !table.columns.contains(c))
                    {
                        sql += &format!("ALTER TABLE {} ADD COLUMN {column} {kind};\n", table.name);
                    }
                    for (column, _) in table.columns.iter().filter(|c| !old.columns.contains(c)) {
                        sql += &format!("ALTER TABLE {} DROP COLUMN {column};\n", table.name);
                    }
                    self.tables.push(old.clone());
                }
            }
        }
        for old in start
            .iter()
            .filter(|old| !self.tables.iter().any(|table| table.name == old.name))
        {
            sql += &define(old, &old.name);
        }
        if sql.is_empty() {
            "SELECT 1;\n".to_owned()
        } else {
            sql
        }
    }
}

fn define(table: &Table, name: &str) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|(column, kind)| format!("{column} {kind}"))
        .collect();
    format!("CREATE TABLE {name} ({});\n", columns.join(", "))
}

fn names(table: &Table) -> String {
    let names: Vec<&str> = table
        .columns
        .iter()
        .map(|(column, _)| column.as_str())
        .collect();
    names.join(", ")
}
