//! What stands in the tables of a real database, and how are rows written into them?

use std::fmt;

use onward_analysis::{Analysis, Dialect};

use crate::database::Database;

/// A table that may keep rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// With its schema in front, where that is not the default one.
    pub(crate) name: String,
    /// The table that it is a part or an heir of.
    pub(crate) of: Option<String>,
    /// Whether rows stand in itself, and not in its parts alone.
    pub(crate) keeps: bool,
    pub(crate) columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its declared type in lower case; that of an enum lists the labels, as MySQL writes it.
    pub(crate) kind: String,
    /// Whether its values are worked out of others.
    pub(crate) worked_out: bool,
}

impl Table {
    /// Whether one of the verdict's losses is the table's, or that of its column.
    pub(crate) fn is_given_up(&self, analysis: &Analysis, column: Option<&str>) -> bool {
        analysis.losses.iter().any(|loss| {
            let object = match &loss.object.schema {
                Some(schema) => format!("{schema}.{}", loss.object.table),
                None => loss.object.table.clone(),
            };
            let schema = self.name.split_once('.').map(|(schema, _)| schema);
            let whole = loss.object.column.is_none();
            let here = self.name == object || self.of.as_ref() == Some(&object);
            (here && (whole || loss.object.column.as_deref() == column))
                || (whole && schema == Some(&object))
        })
    }
}

/// The rows of one table, in no order.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) table: Table,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl Content {
    /// The rows in those columns, as text and in order; none where no column is meant.
    fn shown(&self, kept: impl Fn(&Table, &Column) -> bool) -> Option<Vec<String>> {
        let columns = self.table.columns.iter().enumerate();
        let kept: Vec<_> = columns
            .filter(|(_, column)| kept(&self.table, column))
            .collect();
        let mut rows: Vec<String> = self
            .rows
            .iter()
            .map(|row| {
                let cells = kept.iter().map(|(at, column)| match &row[*at] {
                    Some(text) => format!("{}={text:?}", column.name),
                    None => format!("{}=NULL", column.name),
                });
                cells.collect::<Vec<_>>().join(" ")
            })
            .collect();
        rows.sort();
        (!kept.is_empty()).then_some(rows)
    }
}

/// What stands in all tables.
#[derive(Debug, Clone)]
pub(crate) struct Dump(pub(crate) Vec<Content>);

impl Dump {
    /// In those columns alone, as text that is the same for the same rows.
    pub(crate) fn of(&self, kept: impl Fn(&Table, &Column) -> bool) -> String {
        let lines = self.0.iter().filter_map(|content| {
            let rows = content.shown(&kept)?;
            Some(format!("{}: {}\n", content.table.name, rows.join("; ")))
        });
        let mut lines: Vec<String> = lines.collect();
        lines.sort();
        lines.concat()
    }

    /// The rows of all tables in those columns, wherever they stand.
    pub(crate) fn rows(&self, kept: impl Fn(&Table, &Column) -> bool) -> Vec<String> {
        let mut rows: Vec<String> = self
            .0
            .iter()
            .filter_map(|content| content.shown(&kept))
            .flatten()
            .collect();
        rows.sort();
        rows
    }

    /// Whether each row, in those columns, stands in the same table of `later` too.
    pub(crate) fn stands_in(&self, later: &Dump, kept: impl Fn(&Table, &Column) -> bool) -> bool {
        self.0.iter().all(|Content { table, rows }| {
            let columns: Vec<usize> = (0..table.columns.len())
                .filter(|&at| kept(table, &table.columns[at]))
                .collect();
            if columns.is_empty() || rows.is_empty() {
                return true;
            }
            let Some(new) = later.0.iter().find(|new| new.table.name == table.name) else {
                return false;
            };
            let place = |at: &usize| {
                let name = &table.columns[*at].name;
                new.table
                    .columns
                    .iter()
                    .position(|column| column.name == *name)
            };
            let Some(places) = columns.iter().map(place).collect::<Option<Vec<_>>>() else {
                return false;
            };
            let part = |row: &Vec<Option<String>>, places: &[usize]| -> Vec<Option<String>> {
                places.iter().map(|&at| row[at].clone()).collect()
            };
            let mut left: Vec<_> = new.rows.iter().map(|row| part(row, &places)).collect();
            rows.iter().all(|row| {
                let row = part(row, &columns);
                let at = left.iter().position(|other| *other == row);
                at.map(|at| left.swap_remove(at)).is_some()
            })
        })
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.of(|_, _| true))
    }
}

/// The tables that are there, those that others refer to first where the database tells.
pub(crate) async fn tables(database: &mut Database) -> Vec<Table> {
    let sql = match database.dialect() {
        // What only shows other tables' values holds none of its own: a full-text index that says `content`, a MERGE table.
        Dialect::Sqlite => {
            // A full-text table takes any value, and what is put there to be found is text.
            "SELECT m.name, c.name, CASE WHEN m.sql LIKE 'CREATE VIRTUAL TABLE % USING fts%' THEN 'text' ELSE lower(c.type) END, \
             CASE WHEN c.hidden IN (2, 3) THEN 'yes' END, 'r', NULL \
             FROM sqlite_master m JOIN pragma_table_list l ON l.name = m.name, pragma_table_xinfo(m.name) c \
             WHERE l.schema = 'main' AND l.type IN ('table', 'virtual') AND m.name NOT LIKE 'sqlite_%' AND c.hidden <> 1 \
             AND NOT (l.type = 'virtual' AND m.sql LIKE '%content=%') ORDER BY m.rowid, c.cid"
        }
        Dialect::Postgres => {
            "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname, a.attname::text, \
             CASE t.typtype WHEN 'e' THEN \
                 (SELECT 'enum(' || string_agg(quote_literal(enumlabel), ',') || ')' FROM pg_enum WHERE enumtypid = t.oid) \
                 ELSE format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), a.atttypmod) END, \
             CASE WHEN a.attgenerated <> '' THEN 'yes' END, c.relkind::text, \
             (SELECT p.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid LIMIT 1) \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             JOIN pg_type t ON t.oid = a.atttypid \
             WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
             ORDER BY c.oid, a.attnum"
        }
        Dialect::MySql => {
            "SELECT c.table_name, c.column_name, lower(c.column_type), \
             CASE WHEN c.generation_expression <> '' THEN 'yes' END, 'r', NULL \
             FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) \
             WHERE t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND t.table_schema = DATABASE() \
             AND NOT t.engine <=> 'MRG_MyISAM' \
             ORDER BY (SELECT count(*) FROM information_schema.referential_constraints r \
                 WHERE r.constraint_schema = DATABASE() AND r.table_name = c.table_name), \
             c.table_name, c.ordinal_position"
        }
    };
    let mut tables: Vec<Table> = Vec::new();
    for row in database.rows(sql.to_owned()).await {
        let [Some(name), Some(column), kind, worked_out, keeps, of] =
            <[_; 6]>::try_from(row).expect("six cells")
        else {
            panic!("a column has a name")
        };
        if tables.last().is_none_or(|last| last.name != name) {
            tables.push(Table {
                name,
                of,
                keeps: keeps.as_deref() == Some("r"),
                columns: Vec::new(),
            });
        }
        if let Some(table) = tables.last_mut() {
            table.columns.push(Column {
                name: column,
                kind: kind.unwrap_or_default(),
                worked_out: worked_out.is_some(),
            });
        }
    }
    tables
}

/// Every row of those tables, asked for at once; none where one of them cannot be read.
pub(crate) async fn dump(database: &mut Database, tables: &[Table]) -> Option<Dump> {
    let dialect = database.dialect();
    let keeping: Vec<&Table> = tables.iter().filter(|table| table.keeps).collect();
    let width = keeping.iter().map(|table| table.columns.len()).max();
    let mut all: Vec<Content> = keeping
        .iter()
        .map(|&table| Content {
            table: table.clone(),
            rows: Vec::new(),
        })
        .collect();
    let Some(width) = width else {
        return Some(Dump(all));
    };
    let selects = keeping.iter().enumerate().map(|(number, table)| {
        let mut cells: Vec<String> = vec![format!("'{number}'")];
        cells.extend(table.columns.iter().map(|column| shown(dialect, column)));
        cells.resize(width + 1, "NULL".to_owned());
        let only = match dialect {
            Dialect::Postgres => "ONLY ",
            Dialect::Sqlite | Dialect::MySql => "",
        };
        format!(
            "SELECT {} FROM {only}{}",
            cells.join(", "),
            quoted(dialect, &table.name)
        )
    });
    // SQLite bounds the parts of one compound query.
    for part in selects.collect::<Vec<_>>().chunks(200) {
        for mut row in database.try_rows(&part.join(" UNION ALL ")).await.ok()? {
            let number = row.remove(0).and_then(|text| text.parse::<usize>().ok());
            let content = &mut all[number.expect("the table's number")];
            row.truncate(content.table.columns.len());
            content.rows.push(row);
        }
    }
    Some(Dump(all))
}

/// The value as text that tells it from every other of its type.
fn shown(dialect: Dialect, column: &Column) -> String {
    let (name, kind) = (dialect.quote(&column.name), &column.kind);
    match dialect {
        Dialect::Sqlite => format!("quote({name})"),
        Dialect::Postgres => format!("{name}::text"),
        Dialect::MySql
            if ["binary", "blob", "bit", "point"]
                .iter()
                .any(|part| kind.contains(part)) =>
        {
            format!("HEX({name})")
        }
        Dialect::MySql if kind.starts_with("float") => format!("CAST({name} + 0e0 AS char)"),
        Dialect::MySql => format!("CAST({name} AS char)"),
    }
}

/// A table's name in SQL; `schema.table` are two names.
pub(crate) fn quoted(dialect: Dialect, name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(|part| dialect.quote(part)).collect();
    parts.join(".")
}

/// An INSERT of these values, each given as SQL, into the columns that are not worked out.
pub(crate) fn insert(dialect: Dialect, table: &Table, values: &[String]) -> String {
    let written: Vec<(&Column, &String)> = table
        .columns
        .iter()
        .zip(values)
        .filter(|(column, _)| !column.worked_out)
        .collect();
    let names: Vec<String> = written
        .iter()
        .map(|(column, _)| dialect.quote(&column.name))
        .collect();
    let values: Vec<&str> = written.iter().map(|(_, value)| value.as_str()).collect();
    let identity = match dialect {
        Dialect::Postgres => " OVERRIDING SYSTEM VALUE",
        Dialect::Sqlite | Dialect::MySql => "",
    };
    format!(
        "INSERT INTO {} ({}){identity} VALUES ({});\n",
        quoted(dialect, &table.name),
        names.join(", "),
        values.join(", ")
    )
}

/// Writes rows, one INSERT in each line; what the schema refuses is left out.
pub(crate) async fn write(database: &mut Database, rows: &str) {
    match database.dialect() {
        Dialect::Sqlite => one_by_one(database, rows).await,
        // One message, in which each row stands for itself.
        Dialect::Postgres => {
            let blocks: Vec<String> = rows
                .lines()
                .map(|row| format!("BEGIN {row} EXCEPTION WHEN OTHERS THEN NULL; END;"))
                .collect();
            let sql = format!("DO $written$ BEGIN {} END $written$", blocks.concat());
            let _ = database.run(&sql).await;
        }
        Dialect::MySql => {
            let sql = format!(
                "BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; START TRANSACTION; {rows} COMMIT; END"
            );
            // MySQL has no blocks outside of routines.
            if database.run(&sql).await.is_err() {
                one_by_one(database, rows).await;
            }
        }
    }
}

async fn one_by_one(database: &mut Database, rows: &str) {
    for row in rows.lines() {
        let _ = database.run(row).await;
    }
}
