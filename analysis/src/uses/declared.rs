//! What does `uses!("users.phone_number")` name?

use std::collections::BTreeSet;

use super::Found;
use crate::Object;

/// A declaration, or why it is none, as a whole sentence.
pub type Declared = Result<Found, String>;

/// `table` is all of a table, `table.column` one column; a schema stands in front, `schema.table.column` or
/// `schema.table.*`.
///
/// # Errors
/// A sentence that says what to write.
pub fn declared(text: &str) -> Declared {
    let parts: Vec<&str> = text.split('.').collect();
    let is_name = |part: &&str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "\"'`()[];,".contains(c))
    };
    if !parts.iter().all(is_name) || parts[..parts.len() - 1].contains(&"*") {
        return Err(format!(
            "`{text}` names no table or column: write `table`, `table.column` or `schema.table.column`, without quotes"
        ));
    }
    let (schema, table, column) = match parts.as_slice() {
        [table] => (None, table, "*"),
        [table, column] => (None, table, *column),
        [schema, table, column] => (Some((*schema).to_owned()), table, *column),
        _ => {
            return Err(format!(
                "`{text}` has more than three parts: write `table`, `table.column` or `schema.table.column`"
            ));
        }
    };
    let every = column == "*";
    Ok(Found {
        schema,
        table: (*table).to_owned(),
        columns: (!every)
            .then(|| column.to_owned())
            .into_iter()
            .collect::<BTreeSet<_>>(),
        every,
        // What the code does with it is not said, so it may write.
        writes: true,
    })
}

impl Object {
    /// What a declaration names: `table`, `table.column`, `schema.table.column` or `schema.table.*`.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn named(text: &str) -> Result<Object, String> {
        let found = declared(text)?;
        Ok(Object {
            schema: found.schema,
            table: found.table,
            column: found.columns.into_iter().next(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_a_column_and_a_schema_are_named() {
        let shown = |text| {
            let found = declared(text).unwrap();
            let columns: Vec<String> = found.columns.into_iter().collect();
            (found.schema, found.table, columns.join(","), found.every)
        };
        let none = None::<String>;
        assert_eq!(
            shown("users"),
            (none.clone(), "users".to_owned(), String::new(), true)
        );
        assert_eq!(
            shown("users.*"),
            (none.clone(), "users".to_owned(), String::new(), true)
        );
        assert_eq!(
            shown("users.phone"),
            (none, "users".to_owned(), "phone".to_owned(), false)
        );
        let schema = Some("app".to_owned());
        assert_eq!(
            shown("app.users.phone"),
            (schema, "users".to_owned(), "phone".to_owned(), false)
        );
    }

    #[test]
    fn what_names_nothing_says_what_to_write() {
        for text in ["", "users.", "SELECT 1", "\"users\"", "*.users", "a.b.c.d"] {
            let error = declared(text).unwrap_err();
            assert!(error.contains("write `table`"), "{error}");
        }
    }
}
