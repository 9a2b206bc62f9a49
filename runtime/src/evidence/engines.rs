//! Which tables of MySQL that a step writes rows to keep no transactions?
//!
//! MyISAM, Aria, MEMORY and CSV take part in no transaction (<https://mariadb.com/kb/en/storage-engines/>): what a statement did to
//! their rows is not undone with the rest, and no transaction keeps others from writing to them between a look and a statement.

use onward_analysis::{Access, Dialect, Effect, Object};

use super::ask::{Asked, Asking, Trouble, word};
use super::home;
use crate::session::Session;
use crate::text::begins_with;
use crate::{Evidence, State, Step};

/// What is to be known of `step` where it writes to such tables, each as evidence of that `state`.
pub(super) async fn unheld(
    asking: &mut Asking<'_>,
    step: &Step,
    state: State,
) -> sqlx::Result<Vec<Evidence>> {
    let Some(query) = query(step) else {
        return Ok(Vec::new());
    };
    let Asked { query, rows } = asking.ask(&query).await?;
    let said = |state, sentence| Evidence {
        query: Some(query.clone()),
        ..Evidence::said(state, sentence)
    };
    Ok(match rows {
        Ok(rows) => {
            let tables = rows
                .iter()
                .filter_map(|row| Some((row.text(0)?, row.text(1)?)));
            let evidence = tables.map(|(table, engine)| {
                let sentence = format!(
                    "`{table}` keeps no transactions ({engine}): where {} fails half-way, what it did to those rows stays, and a row that \
                     somebody writes between the last look and the statement is not seen. Stop who writes to it, or make it InnoDB first.",
                    step.name()
                );
                said(state, sentence)
            });
            evidence.collect()
        }
        Err(Trouble::Missing) => Vec::new(),
        Err(Trouble::Because(why)) => {
            let sentence = format!(
                "Whether the tables that {} writes to keep transactions is not known: {why}.",
                step.name()
            );
            vec![said(State::Unknown, sentence)]
        }
    })
}

/// The tables in which what `step` did stays although its transaction was rolled back: `` `log` (MyISAM) ``. Empty where that cannot be
/// asked any more.
pub(crate) async fn stays(session: &mut dyn Session, step: &Step) -> Vec<String> {
    let Some(query) = query(step) else {
        return Vec::new();
    };
    let rows = session.query(&query, &[]).await.unwrap_or_default();
    let tables = rows
        .iter()
        .filter_map(|row| Some((row.text(0)?, row.text(1)?)));
    tables
        .map(|(table, engine)| format!("`{table}` ({engine})"))
        .collect()
}

/// Asks which of them the catalog has; none where the step writes rows to no table that it found.
fn query(step: &Step) -> Option<String> {
    if step.dialect() != Dialect::MySql {
        return None;
    }
    let places: Vec<String> = written(step)
        .iter()
        .map(|table| {
            format!(
                "(t.table_schema = {} AND t.table_name = {})",
                home(table),
                word(Dialect::MySql, &table.table)
            )
        })
        .collect();
    (!places.is_empty()).then(|| {
        format!(
            "SELECT t.table_name, t.engine FROM information_schema.tables t JOIN information_schema.engines e \
             ON e.engine = t.engine WHERE e.transactions <> 'YES' AND ({}) ORDER BY t.table_name",
            places.join(" OR ")
        )
    })
}

/// The tables that a statement of `step` which a transaction is meant to hold may write rows to.
fn written(step: &Step) -> Vec<&Object> {
    let (Some(analysis), Some(sql)) = (step.analysis(), step.sql()) else {
        return Vec::new();
    };
    let statements = analysis.statements.iter();
    let writes: Vec<String> = statements
        .filter(|statement| statement.effect == Effect::Transactional)
        .map(|statement| statement.span.of(sql))
        .filter(|sql| !begins_with(sql, &["SET", "SELECT", "USE"]))
        .map(str::to_lowercase)
        .collect();
    let touches = analysis.touches.iter();
    touches
        .filter(|touch| !matches!(touch.access, Access::Read | Access::Create))
        .map(|touch| &touch.object)
        .filter(|table| {
            let name = table.table.to_lowercase();
            writes.iter().any(|sql| sql.contains(&name))
        })
        .collect()
}
