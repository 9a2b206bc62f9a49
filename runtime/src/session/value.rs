//! What can be asked of a database, and given to it?

use std::str::Utf8Error;

use sqlx::{ColumnIndex, Decode, TypeInfo as _, ValueRef as _};

/// Stands for what cannot be read.
const ILLEGIBLE: &str = "\u{fffd}";

/// A value in or out of an engine's query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing. As a parameter it is a text that is NULL.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// What should be a text and is none: SQLite, and a database of PostgreSQL without an encoding, keep any bytes. As a parameter it is
    /// NULL.
    Illegible,
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(Vec<Value>);

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, value) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match value {
                Value::Null => write!(f, "{comma}NULL")?,
                Value::Int(number) => write!(f, "{comma}{number}")?,
                Value::Text(text) => write!(f, "{comma}{text}")?,
                Value::Illegible => write!(f, "{comma}{ILLEGIBLE}")?,
            }
        }
        Ok(())
    }
}

impl Row {
    /// The number in `column`, from 0; a text of digits counts as one.
    pub(crate) fn int(&self, column: usize) -> Option<i64> {
        match self.0.get(column)? {
            Value::Int(number) => Some(*number),
            Value::Text(text) => text.parse().ok(),
            Value::Null | Value::Illegible => None,
        }
    }

    /// The text in `column`, from 0.
    pub(crate) fn text(&self, column: usize) -> Option<&str> {
        match self.0.get(column)? {
            Value::Text(text) => Some(text),
            Value::Int(_) | Value::Null | Value::Illegible => None,
        }
    }

    /// The same, and what cannot be read as a sign that something stands there: never as nothing.
    pub(crate) fn shown(&self, column: usize) -> &str {
        match self.0.get(column) {
            Some(Value::Illegible) => ILLEGIBLE,
            _ => self.text(column).unwrap_or_default(),
        }
    }

    /// The row, where all of it can be read.
    ///
    /// # Errors
    /// Where a text in it is none.
    pub(super) fn legible(self) -> sqlx::Result<Row> {
        let illegible = self.0.iter().position(|value| *value == Value::Illegible);
        match illegible {
            None => Ok(self),
            Some(column) => Err(sqlx::Error::ColumnDecode {
                index: column.to_string(),
                source: "it is no UTF-8".into(),
            }),
        }
    }

    /// Reads a driver's row.
    pub(super) fn read<'r, R>(row: &'r R) -> sqlx::Result<Row>
    where
        R: sqlx::Row,
        usize: ColumnIndex<R>,
        i64: Decode<'r, R::Database>,
        String: Decode<'r, R::Database>,
    {
        let mut values = Vec::with_capacity(row.len());
        for column in 0..row.len() {
            let raw = row.try_get_raw(column)?;
            let value = if raw.is_null() {
                Value::Null
            } else if is_int(raw.type_info().name()) {
                Value::Int(row.try_get_unchecked(column)?)
            } else {
                match row.try_get_unchecked(column) {
                    Ok(text) => Value::Text(text),
                    Err(sqlx::Error::ColumnDecode { source, .. }) if source.is::<Utf8Error>() => {
                        Value::Illegible
                    }
                    Err(error) => return Err(error),
                }
            };
            values.push(value);
        }
        Ok(Row(values))
    }
}

/// Whether a driver's type of that name is a whole number.
fn is_int(name: &str) -> bool {
    let name = name.strip_suffix(" UNSIGNED").unwrap_or(name);
    matches!(
        name,
        "INTEGER"
            | "INT"
            | "TINYINT"
            | "SMALLINT"
            | "MEDIUMINT"
            | "BIGINT"
            | "INT2"
            | "INT4"
            | "INT8"
    )
}
