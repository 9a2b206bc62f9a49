//! Where does a server of MySQL's kind list the foreign keys that refer to a table, those of other databases too?
//!
//! MySQL 8 keeps them in the tables of its data dictionary, which `key_column_usage` reads. MariaDB has no such tables: there
//! `key_column_usage` opens each table of each database, unless the database that has the key is given. InnoDB, which alone
//! knows foreign keys there, has a list of its own, for whoever has the privilege PROCESS
//! (<https://mariadb.com/kb/en/information-schema-innodb_sys_foreign-table/>).

use onward_analysis::{Dialect, Object};

use super::ask::word;
use super::home;

/// What stands behind FROM: the columns of `information_schema.key_column_usage`, of the keys that refer to `tables`, and on
/// MySQL of others too.
pub(super) fn referring(mariadb: bool, tables: &[&Object]) -> String {
    if !mariadb {
        return "information_schema.key_column_usage".to_owned();
    }
    let asked: Vec<String> = tables.iter().map(|table| asked(table)).collect();
    format!(
        "(SELECT substr(k.id, locate('/', k.id) + 1) AS constraint_name, {} AS table_schema, {} AS table_name, \
         c.for_col_name AS column_name, t.home AS referenced_table_schema, t.name AS referenced_table_name, \
         c.ref_col_name AS referenced_column_name FROM ({}) AS t \
         JOIN information_schema.innodb_sys_foreign k ON k.ref_name = left(concat({}, '/', {}), {LONGEST}) \
         JOIN information_schema.innodb_sys_foreign_cols c ON c.id = k.id) AS referring",
        decoded("substring_index(k.for_name, '/', 1)"),
        decoded("substring_index(k.for_name, '/', -1)"),
        asked.join(" UNION ALL "),
        encoded("t.home"),
        encoded("t.name"),
    )
}

/// What InnoDB's list has room for: a longer name ends there.
const LONGEST: u8 = 193;

fn asked(table: &Object) -> String {
    let name = word(Dialect::MySql, &table.table);
    format!("SELECT {} AS home, {name} AS name", home(table))
}

/// InnoDB writes the names of databases and tables as it names their files, `a$b` as `a@0024b`
/// (<https://mariadb.com/kb/en/identifier-to-file-name-mapping/>).
fn encoded(name: &str) -> String {
    format!("CONVERT(CAST(CONVERT({name} USING filename) AS BINARY) USING utf8mb4)")
}

fn decoded(name: &str) -> String {
    format!("CONVERT(CONVERT(CAST({name} AS BINARY) USING filename) USING utf8mb4)")
}
