//! Question 3: does anything but the application refer to what changes?
//!
//! Each database is asked once for each kind of thing that can refer to a table: what its catalog ties to the table, and
//! what is only text, which is searched. What the plan itself removes or rewrites is none; what somebody declared is one.

pub(super) mod grown;
mod grows;
mod look;
mod mention;
#[cfg_attr(
    not(feature = "mysql"),
    allow(dead_code, reason = "one driver of three")
)]
mod mysql;
mod others;
mod own;
#[cfg_attr(
    not(feature = "postgres"),
    allow(dead_code, reason = "one driver of three")
)]
mod postgres;
mod runs;
mod source;
#[cfg_attr(
    not(feature = "sqlite"),
    allow(dead_code, reason = "one driver of three")
)]
mod sqlite;
mod target;
mod typed;
mod words;

use onward_analysis::{Changed, Consumer, Dialect, How, LossKind, Object, Verdict};

use super::ask::{Asked, Asking, Trouble};
use super::named;
use super::user_data::{elsewhere, in_public};
use crate::history::Tables;
use crate::{Answer, Evidence, Question, State, Step};
use look::Places;
pub(super) use mention::Names;
use own::Own;
use source::{Known, Reads, Source};

/// The programs whose code is known: the one that asks, and those on the list.
pub(super) struct Programs<'c> {
    pub(super) own: &'c crate::instances::Own,
    pub(super) list: &'c Tables,
}

/// What the catalogs of the database, and those who declared it, say of who refers to what `steps` change. What any step of
/// the `plan` removes is no consumer.
pub(super) async fn answer(
    asking: &mut Asking<'_>,
    steps: &[&Step],
    plan: &[Step],
    (declared, programs): (&[Consumer], &Programs<'_>),
) -> sqlx::Result<Answer> {
    let mut evidence = not_known(steps);
    evidence.extend(named::missing(asking, steps).await?);
    let changes = changes(steps);
    if changes.is_empty() {
        let own = Own::of(asking.dialect(), plan);
        evidence.extend(others::answer(asking, steps, &own).await?);
        evidence.extend(grows::answer(asking, steps, plan, (&own, programs)).await?);
        evidence.sort_by_key(|one| std::cmp::Reverse(one.state));
        if evidence.is_empty() {
            evidence.push(Evidence::said(
                State::Clear,
                "No table, column or view is dropped, renamed or given another type, so nothing can miss it.",
            ));
        }
        return Ok(Answer::of(Question::Consumers, evidence));
    }
    evidence.extend(
        declared
            .iter()
            .filter_map(|consumer| said(consumer, &changes)),
    );
    let places = Places::find(
        asking,
        &tables_of(changes.iter().map(|change| &change.object)),
    )
    .await?;
    let changes = places.as_shown(changes);
    let tables = tables_of(changes.iter().map(|change| &change.object));
    let own = Own::of(asking.dialect(), plan);
    let sources = sources(asking, &tables);
    let lacking = (asking.dialect() == Dialect::MySql).then(|| mysql::lacking(&tables));
    let known = Known {
        changes: &changes,
        own: &own,
        places: &places,
        by_name: false,
    };
    for source in &sources {
        evidence.extend(source.ask(asking, &known).await?);
    }
    if let Some(lacking) = lacking {
        evidence.push(privileges(asking, &lacking).await?);
    }
    for table in &tables {
        let said = match elsewhere(asking, table).await? {
            Ok(None) => match in_public(asking, table).await? {
                None => continue,
                Some(why) => format!("Who refers to `{table}` is not known: {why}."),
            },
            Ok(Some(schema)) => format!(
                "`{table}` is not where this connection looks, but schema `{schema}` has one of that name."
            ),
            Err(why) => format!("Whether another schema has `{table}` is not known: {why}."),
        };
        evidence.push(Evidence::said(State::Unknown, said));
    }
    evidence.extend(others::answer(asking, steps, &own).await?);
    evidence.extend(grows::answer(asking, steps, plan, (&own, programs)).await?);
    evidence.sort_by_key(|one| std::cmp::Reverse(one.state));
    Ok(Answer::of(Question::Consumers, evidence))
}

/// Who can refer to `tables`, each kind of them.
fn sources(asking: &Asking<'_>, tables: &[Object]) -> Vec<Source> {
    match asking.dialect() {
        Dialect::Postgres => postgres::sources(tables),
        Dialect::MySql => mysql::sources(tables, asking.is_mariadb()),
        Dialect::Sqlite => sqlite::sources(tables),
    }
}

/// That `consumer` uses something that changes, if it does.
fn said(consumer: &Consumer, changes: &[Changed]) -> Option<Evidence> {
    let mut objects = changes.iter().map(|change| &change.object);
    let object = objects.find(|object| consumer.refers_to(object).is_some())?;
    Some(Evidence {
        object: Some(object.to_string()),
        ..Evidence::said(State::Blocked, format!("Somebody declared it: {consumer}."))
    })
}

/// MySQL shows a user only what it may use.
async fn privileges(asking: &mut Asking<'_>, lacking: &str) -> sqlx::Result<Evidence> {
    let Asked { query, rows } = asking.ask(lacking).await?;
    let (state, sentence) = match rows
        .map(|rows| rows.first().and_then(|row| row.text(0).map(str::to_owned)))
    {
        Ok(None) => (
            State::Clear,
            "This user is shown every view, trigger, event and routine of the database.".to_owned(),
        ),
        Ok(Some(privileges)) => (
            State::Unknown,
            format!(
                "This user has no {privileges} on the whole database, so it may not be shown all that refers to it: grant it."
            ),
        ),
        Err(Trouble::Missing) => (
            State::Unknown,
            "This server has no list of privileges.".to_owned(),
        ),
        Err(Trouble::Because(why)) => (
            State::Unknown,
            format!("What this user is shown is not known: {why}."),
        ),
    };
    Ok(Evidence {
        object: None,
        state,
        sentence,
        query: Some(query),
    })
}

/// What the steps change, each object once.
fn changes(steps: &[&Step]) -> Vec<Changed> {
    let mut changes: Vec<Changed> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let later = steps.get(index + 1..).unwrap_or_default();
        let met_later = later.iter().any(|step| meets(step));
        let structural = step.losses().iter().filter_map(|loss| {
            let how = match loss.kind {
                LossKind::DropTable
                | LossKind::DropColumn
                | LossKind::DropType
                | LossKind::DropView
                | LossKind::OmitColumn => How::Drop,
                LossKind::NarrowType => How::Retype,
                _ => return None,
            };
            Some(Changed {
                object: loss.object.clone(),
                how,
            })
        });
        for mut change in step.referred_to().cloned().chain(structural) {
            // A later step may drop or retype what this one renames, and the database knows it by the name of now.
            if met_later && change.how == How::Rename {
                change.how = How::Drop;
            }
            if !changes.iter().any(|known| known.object == change.object) {
                changes.push(change);
            }
        }
    }
    changes
}

/// Whether a step takes a table, a column or a view, or makes another of it, or may.
fn meets(step: &Step) -> bool {
    let met = |change: &Changed| matches!(change.how, How::Drop | How::Retype | How::Replace);
    step.verdict() != Verdict::Lossless || step.changes().iter().any(met)
}

/// The tables and views that are `objects`, or whose columns are.
fn tables_of<'o>(objects: impl Iterator<Item = &'o Object>) -> Vec<Object> {
    let mut tables: Vec<Object> = Vec::new();
    for object in objects {
        let table = Object {
            column: None,
            ..object.clone()
        };
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    tables
}

/// What a step changes that nobody understood, or that holds tables which are not listed.
fn not_known(steps: &[&Step]) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for step in steps {
        let unknown = !step.is_understood() && step.asserted().is_none();
        if let Some(sentence) = step.declared_to_change().filter(|_| unknown) {
            evidence.push(Evidence::said(State::Clear, sentence));
        } else if unknown {
            let sentence = format!(
                "What {} changes is not known, so nor is who refers to it.",
                step.name()
            );
            evidence.push(Evidence::said(State::Unknown, sentence));
        }
        for loss in step.losses() {
            if matches!(loss.kind, LossKind::DropSchema | LossKind::DropDatabase) {
                let sentence = format!(
                    "Who refers to what stands in `{}` is not known.",
                    loss.object
                );
                evidence.push(Evidence::said(State::Unknown, sentence));
            }
        }
    }
    evidence
}
