//! Where does MySQL or MariaDB say what refers to a table?
//!
//! In `information_schema`, which shows a user only what the user has a privilege on, and hides the text of what belongs to
//! somebody else (<https://dev.mysql.com/doc/refman/8.0/en/information-schema-introduction.html#information-schema-privileges>).
//! So the privileges are asked for, too: without them, what is not seen may still be there.

use onward_analysis::{Dialect, Object};

use super::{Reads, Source};
use crate::evidence::ask::word;
use crate::evidence::foreign_keys::referring;
use crate::evidence::{SCAN, home};

pub(super) fn sources(tables: &[Object], mariadb: bool) -> Vec<Source> {
    let names: Vec<String> = tables
        .iter()
        .map(|object| word(Dialect::MySql, &object.table))
        .collect();
    let names = names.join(", ");
    let mut homes: Vec<String> = Vec::new();
    for object in tables {
        let home = home(object);
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    let here = homes.join(", ");
    // What stands in another database must name this one.
    let about = |schema: &str, text: &str| {
        let named = homes
            .iter()
            .map(|home| format!("instr({text}, {home}) > 0"));
        let named: Vec<String> = named.collect();
        format!(
            "({schema} IN ({here}) OR {} OR {text} IS NULL AND {schema} IN ({here}))",
            named.join(" OR ")
        )
    };
    let only = |schema: &str| format!("{schema} IN ({here})");
    let shown = |schema: &str, name: &str| {
        format!("IF({schema} = DATABASE(), {name}, concat({schema}, '.', {name}))")
    };
    let keys = |from: &str, among: &str| {
        format!(
            "SELECT 'foreign key', concat(constraint_name, ' on ', {}), {}, {}, referenced_column_name, table_schema FROM {from} \
             WHERE referenced_table_schema IN ({here}) AND referenced_table_name IN ({names}) \
             AND NOT (table_schema = referenced_table_schema AND table_name = referenced_table_name){among}",
            shown("table_schema", "table_name"),
            shown("table_schema", "table_name"),
            shown("referenced_table_schema", "referenced_table_name"),
        )
    };
    let views = |among: &str| {
        format!(
            "SELECT 'view', {}, NULL, nullif(view_definition, ''), table_schema FROM information_schema.views WHERE {among}",
            shown("table_schema", "table_name")
        )
    };
    let triggers = |among: &str| {
        format!(
            "SELECT 'trigger', {}, {}, action_statement, trigger_schema FROM information_schema.triggers WHERE {among}",
            shown("trigger_schema", "trigger_name"),
            shown("event_object_schema", "event_object_table")
        )
    };
    let all: Vec<&Object> = tables.iter().collect();
    vec![
        Source {
            what: "foreign key of another table",
            sql: keys(&referring(mariadb, &all), ""),
            // Without PROCESS those of the same database are still shown.
            narrower: mariadb.then(|| {
                keys(
                    "information_schema.key_column_usage",
                    &format!(" AND table_schema IN ({here})"),
                )
            }),
            follows: true,
            ..Source::of(Reads::Ties)
        },
        Source {
            what: "generated column",
            sql: format!(
                "SELECT 'generated column', column_name, {}, generation_expression, table_schema FROM information_schema.columns \
                 WHERE table_schema IN ({here}) AND table_name IN ({names}) AND generation_expression <> ''",
                shown("table_schema", "table_name")
            ),
            ..Source::of(Reads::Texts)
        },
        Source {
            what: "view",
            sql: views(&about("table_schema", "view_definition")),
            narrower: Some(views(&only("table_schema"))),
            patience: Some(SCAN),
            ..Source::of(Reads::Texts)
        },
        Source {
            what: "trigger",
            copies: true,
            sql: triggers(&about("trigger_schema", "action_statement")),
            narrower: Some(triggers(&only("trigger_schema"))),
            patience: Some(SCAN),
            ..Source::of(Reads::Texts)
        },
        Source {
            what: "routine",
            copies: true,
            sql: format!(
                "SELECT lower(routine_type), {}, NULL, routine_definition, routine_schema FROM information_schema.routines WHERE {}",
                shown("routine_schema", "routine_name"),
                about("routine_schema", "routine_definition")
            ),
            ..Source::of(Reads::Texts)
        },
        Source {
            what: "event",
            copies: true,
            sql: format!(
                "SELECT 'event', {}, NULL, event_definition, event_schema FROM information_schema.events WHERE {}",
                shown("event_schema", "event_name"),
                about("event_schema", "event_definition")
            ),
            ..Source::of(Reads::Texts)
        },
    ]
}

/// The columns that take their default from a sequence. MariaDB drops it all the same, and the next row is refused.
pub(super) fn defaults(sequences: &[Object]) -> Source {
    let homes: Vec<String> = sequences.iter().map(home).collect();
    Source {
        what: "default of a column",
        sql: format!(
            "SELECT 'default of column', column_name, IF(table_schema = DATABASE(), table_name, concat(table_schema, '.', table_name)), \
             column_default, table_schema FROM information_schema.columns \
             WHERE table_schema IN ({}) AND column_default LIKE '%nextval(%'",
            homes.join(", ")
        ),
        ..Source::of(Reads::Texts)
    }
}

/// The privileges without which something could be there and not be seen, of those that this user lacks; no row where none
/// is lacking.
pub(super) fn lacking(tables: &[Object]) -> String {
    let home = tables.first().map_or("DATABASE()".to_owned(), home);
    let mine = "grantee = concat('''', substring_index(current_user(), '@', 1), '''@''', \
                substring_index(current_user(), '@', -1), '''')";
    let needed = ["SHOW VIEW", "TRIGGER", "EVENT", "EXECUTE"];
    let needed: Vec<String> = needed
        .iter()
        .map(|privilege| format!("SELECT '{privilege}' AS p"))
        .collect();
    format!(
        "SELECT group_concat(n.p ORDER BY n.p SEPARATOR ', ') FROM ({}) AS n WHERE n.p NOT IN \
         (SELECT privilege_type FROM information_schema.user_privileges WHERE {mine} UNION ALL \
         SELECT privilege_type FROM information_schema.schema_privileges WHERE {mine} AND {home} LIKE table_schema)",
        needed.join(" UNION ALL ")
    )
}
