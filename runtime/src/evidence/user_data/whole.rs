//! What does an object hold that is neither a table nor a column: a schema, a sequence?

use onward_analysis::{Loss, LossKind, Object};

use super::What;
use super::count::rows_query;
use super::found::{Found, Unit, unknown};
use crate::evidence::ask::{Asked, Asking, Trouble, word};
use crate::evidence::{Amount, table};
use crate::{Evidence, State};

/// A schema is lost with its tables: it holds what they hold.
pub(super) async fn schema(
    asking: &mut Asking<'_>,
    loss: &Loss,
) -> sqlx::Result<(Amount, Evidence)> {
    let dialect = asking.dialect();
    let object = &loss.object;
    let list = format!(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = {} AND table_type = 'BASE TABLE' \
         ORDER BY table_name",
        word(dialect, &object.table)
    );
    let Asked { query, rows } = asking.ask(&list).await?;
    let tables: Vec<String> = match rows {
        Ok(rows) => rows
            .iter()
            .filter_map(|row| row.text(0).map(str::to_owned))
            .collect(),
        Err(Trouble::Missing) => Vec::new(),
        Err(Trouble::Because(why)) => {
            let (amount, state, sentence) = unknown(object, &why);
            return Ok((
                amount,
                Evidence {
                    object: Some(object.to_string()),
                    state,
                    sentence,
                    query: Some(query),
                },
            ));
        }
    };
    for name in &tables {
        let table = Object {
            schema: Some(object.table.clone()),
            table: name.clone(),
            column: None,
        };
        let inner = Loss {
            object: table,
            kind: LossKind::DropTable,
            ..loss.clone()
        };
        let asked = asking.ask(&rows_query(dialect, &inner.object)).await?;
        let found = Found {
            loss: &inner,
            what: What::Rows,
            first: true,
            unit: Unit::Row,
        };
        let (amount, found) = found.judge(asking, asked).await?;
        if amount != Amount::Nothing {
            return Ok((amount, found));
        }
    }
    let sentence = match tables.len() {
        0 => format!("`{object}` has no table that this role can see."),
        count => format!("Not one of the {count} tables of `{object}` holds a row."),
    };
    // A schema that shows nothing may hide from a role without privileges on it.
    let state = if tables.is_empty() {
        State::Unknown
    } else {
        State::Clear
    };
    let amount = if tables.is_empty() {
        Amount::Unknown
    } else {
        Amount::Nothing
    };
    Ok((
        amount,
        Evidence {
            object: Some(object.to_string()),
            state,
            sentence,
            query: Some(query),
        },
    ))
}

/// A sequence that was never asked for a number has none to lose.
pub(super) async fn position(
    asking: &mut Asking<'_>,
    loss: &Loss,
    first: bool,
) -> sqlx::Result<(Amount, Evidence)> {
    let object = &loss.object;
    let query = format!(
        "SELECT CASE WHEN is_called THEN 1 ELSE 0 END, last_value FROM {}",
        table(asking.dialect(), object)
    );
    let Asked { query, rows } = asking.ask(&query).await?;
    let (amount, state, sentence) = match rows {
        Ok(rows) => match rows
            .first()
            .and_then(|row| Some((row.int(0)?, row.int(1)?)))
        {
            Some((0, _)) => (
                Amount::Nothing,
                State::Clear,
                format!("No number was ever taken from `{object}`."),
            ),
            Some((_, last)) => (
                Amount::Some(format!("the position {last}")),
                State::Blocked,
                format!(
                    "`{object}` stands at {last}; made anew it would give out the same numbers again."
                ),
            ),
            None => unknown(object, "the database gave no position"),
        },
        Err(Trouble::Missing) if first => (
            Amount::Nothing,
            State::Clear,
            format!("`{object}` does not exist, so it holds nothing."),
        ),
        Err(Trouble::Missing) => unknown(object, "it does not exist now"),
        Err(Trouble::Because(why)) => unknown(object, &why),
    };
    Ok((
        amount,
        Evidence {
            object: Some(object.to_string()),
            state,
            sentence,
            query: Some(query),
        },
    ))
}
