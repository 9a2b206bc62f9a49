//! Question 3: does anything but the application refer to what changes?
//!
//! Each database is asked once for each kind of thing that can refer to a table: what its catalog ties to the table, and
//! what is only text, which is searched. What the plan itself removes or rewrites is none; what somebody declared is one.

mod mention;
#[cfg_attr(
    not(feature = "mysql"),
    allow(dead_code, reason = "one driver of three")
)]
mod mysql;
mod own;
#[cfg_attr(
    not(feature = "postgres"),
    allow(dead_code, reason = "one driver of three")
)]
mod postgres;
#[cfg_attr(
    not(feature = "sqlite"),
    allow(dead_code, reason = "one driver of three")
)]
mod sqlite;

use onward_analysis::{Changed, Consumer, Dialect, How, LossKind, Object, Verdict};

use super::ask::{Asked, Asking, Trouble};
use super::user_data::elsewhere;
use crate::session::Row;
use crate::{Answer, Evidence, Question, State, Step};
pub(super) use mention::Names;
use own::Own;

/// How many consumers are named in one sentence.
const NAMED: usize = 10;

/// What the catalogs of the database, and those who declared it, say of who refers to what `steps` change. What any step of
/// the `plan` removes is no consumer.
pub(super) async fn answer(
    asking: &mut Asking<'_>,
    steps: &[&Step],
    plan: &[Step],
    declared: &[Consumer],
) -> sqlx::Result<Answer> {
    let mut evidence = not_known(steps);
    let changes = changes(steps);
    if changes.is_empty() {
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
    let tables = tables(&changes);
    let own = Own::of(asking.dialect(), plan);
    let (sources, lacking) = match asking.dialect() {
        Dialect::Postgres => (postgres::sources(&tables), None),
        Dialect::MySql => (
            mysql::sources(&tables, asking.is_mariadb()),
            Some(mysql::lacking(&tables)),
        ),
        Dialect::Sqlite => (sqlite::sources(&tables), None),
    };
    for source in &sources {
        evidence.extend(source.ask(asking, &changes, &own).await?);
    }
    if let Some(lacking) = lacking {
        evidence.push(privileges(asking, &lacking).await?);
    }
    for table in &tables {
        let said = match elsewhere(asking, table).await? {
            Ok(None) => continue,
            Ok(Some(schema)) => format!(
                "`{table}` is not where this connection looks, but schema `{schema}` has one of that name."
            ),
            Err(why) => format!("Whether another schema has `{table}` is not known: {why}."),
        };
        evidence.push(Evidence::said(State::Unknown, said));
    }
    evidence.sort_by_key(|one| std::cmp::Reverse(one.state));
    Ok(Answer::of(Question::Consumers, evidence))
}

/// That `consumer` uses something that changes, if it does.
fn said(consumer: &Consumer, changes: &[Changed]) -> Option<Evidence> {
    let mut objects = changes.iter().map(|change| &change.object);
    let object = objects.find(|object| consumer.refers_to(object).is_some())?;
    Some(Evidence {
        object: Some(object.to_string()),
        ..Evidence::said(
            State::Blocked,
            format!("Declared in onward.toml: {consumer}."),
        )
    })
}

/// One query for one kind of consumer.
#[derive(Debug)]
struct Source {
    /// The kind, as a noun.
    what: &'static str,
    /// Selects the kind, the name and the table that it belongs to, if any; then what `reads` says.
    sql: String,
    /// What finds some of them where `sql` may not be asked.
    narrower: Option<String>,
    reads: Reads,
    /// Whether it is tied to the table itself, so that another table of its name is none to it.
    bound: bool,
    /// Whether the database has it follow when what it refers to is renamed.
    follows: bool,
    /// Where it may be missing altogether: what gives the database that has it instead, NULL where there is none.
    instead: Option<&'static str>,
}

/// What stands in the columns after the third.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// The table that it refers to and the column, NULL for none and `*` for each.
    Ties,
    /// Its text, NULL where it is hidden.
    Texts,
    /// The definition of a table, in which only the expressions of generated columns count.
    Expressions,
}

impl Source {
    fn of(reads: Reads) -> Source {
        Source {
            what: "",
            sql: String::new(),
            narrower: None,
            reads,
            bound: false,
            follows: false,
            instead: None,
        }
    }

    /// What it says; none where there can be no such consumer.
    async fn ask(
        &self,
        asking: &mut Asking<'_>,
        changes: &[Changed],
        own: &Own,
    ) -> sqlx::Result<Option<Evidence>> {
        let mut asked = asking.ask(&self.sql).await?;
        let mut hidden = None;
        if let (Err(Trouble::Because(why)), Some(narrower)) = (&asked.rows, &self.narrower) {
            hidden = Some(why.clone());
            asked = asking.ask(narrower).await?;
        }
        let Asked { mut query, rows } = asked;
        let unknown = |why: &str| {
            let sentence = format!("Whether a {} refers to it is not known: {why}.", self.what);
            (State::Unknown, sentence)
        };
        let (state, sentence) = match (rows, hidden) {
            (Ok(rows), hidden) => {
                let (state, sentence, value) = self.judge(asking.dialect(), &rows, changes, own);
                query.value = value;
                match hidden {
                    Some(why) if state == State::Clear => unknown(&why),
                    _ => (state, sentence),
                }
            }
            (Err(Trouble::Missing), _) => match self.instead {
                Some(instead) => return self.elsewhere(asking, instead).await,
                None => (
                    State::Unknown,
                    format!("This server has no list of each {}.", self.what),
                ),
            },
            (Err(Trouble::Because(why)), _) => unknown(&why),
        };
        Ok(Some(Evidence {
            object: None,
            state,
            sentence,
            query: Some(query),
        }))
    }

    /// What is missing here another database may have, which this connection cannot look into.
    async fn elsewhere(
        &self,
        asking: &mut Asking<'_>,
        instead: &str,
    ) -> sqlx::Result<Option<Evidence>> {
        let Asked { query, rows } = asking.ask(instead).await?;
        let database = rows.map(|rows| rows.first().and_then(|row| row.text(0).map(str::to_owned)));
        let sentence = match database {
            Ok(None) | Err(Trouble::Missing) => return Ok(None),
            Ok(Some(database)) => format!(
                "Each {} stands in database `{database}`, where this connection cannot see whether one refers to it.",
                self.what
            ),
            Err(Trouble::Because(why)) => {
                format!("Whether a {} refers to it is not known: {why}.", self.what)
            }
        };
        Ok(Some(Evidence {
            query: Some(query),
            ..Evidence::said(State::Unknown, sentence)
        }))
    }

    /// What the rows say: the state, a sentence, and the value to show instead of texts that fill a screen.
    fn judge(
        &self,
        dialect: Dialect,
        rows: &[Row],
        changes: &[Changed],
        own: &Own,
    ) -> (State, String, String) {
        let mut found: Vec<(&Object, Vec<String>)> = Vec::new();
        let mut hidden: Vec<String> = Vec::new();
        for row in rows {
            let (kind, name) = (row.text(0).unwrap_or(""), row.text(1).unwrap_or(""));
            let on = row.text(2);
            if own.deals_with(kind, name, on) {
                continue;
            }
            let text = match (self.reads, row.text(3)) {
                (Reads::Ties, _) => None,
                (Reads::Texts, Some(text)) => Some(Names::of(dialect, text)),
                (Reads::Expressions, Some(text)) => Some(Names::of_expressions(dialect, text)),
                (_, None) => {
                    hidden.push(format!("{kind} `{name}`"));
                    continue;
                }
            };
            for change in changes.iter().filter(|change| self.minds(change.how)) {
                let object = &change.object;
                let belongs = on.is_some_and(|on| own.same(on, &own::table_of(object)));
                // What belongs to a table goes, or stays, with it.
                let part = belongs && object.column.is_none();
                let refers = match &text {
                    Some(names) => names.mention(object, belongs),
                    None => tied(row, object, own),
                };
                if !refers || part {
                    continue;
                }
                let who = format!("the {kind} `{name}`");
                match found.iter_mut().find(|(known, _)| *known == object) {
                    Some((_, list)) if list.contains(&who) => {}
                    Some((_, list)) => list.push(who),
                    None => found.push((object, vec![who])),
                }
            }
        }
        let said: Vec<String> = found
            .iter()
            .map(|(object, who)| listed(object, who))
            .collect();
        match (found.is_empty(), hidden.is_empty()) {
            (false, _) => (
                State::Blocked,
                said.join(" "),
                found
                    .iter()
                    .map(|(_, who)| who.join(", "))
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
            (true, false) => (
                State::Unknown,
                format!(
                    "This role is not shown the text of the {}.",
                    hidden.join(", the ")
                ),
                "NULL".to_owned(),
            ),
            (true, true) => (
                State::Clear,
                format!("No {} refers to it.", self.what),
                format!(
                    "{}, none of which refers to it",
                    crate::text::counted(rows.len(), "row", "rows")
                ),
            ),
        }
    }

    /// Whether a change of that kind is felt there.
    fn minds(&self, how: How) -> bool {
        match how {
            How::Rename | How::Require => !self.follows,
            How::Replace => self.bound,
            _ => true,
        }
    }
}

/// Whether a row of ties is about `object`.
fn tied(row: &Row, object: &Object, own: &Own) -> bool {
    let table = row
        .text(3)
        .is_some_and(|table| own.same(table, &own::table_of(object)));
    table
        && match (&object.column, row.text(4)) {
            (None, _) | (_, Some("*")) => true,
            (Some(column), Some(named)) => own.same(column, named),
            (Some(_), None) => false,
        }
}

/// `` `users` is referred to by the view `a`, the trigger `b` and 3 more. ``
fn listed(object: &Object, who: &[String]) -> String {
    let (shown, more) = who.split_at(who.len().min(NAMED));
    let more = (!more.is_empty()).then(|| format!("{} more", more.len()));
    let all: Vec<&str> = shown.iter().chain(&more).map(String::as_str).collect();
    let list = match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => all.concat(),
    };
    format!("`{object}` is referred to by {list}.")
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
    for step in steps {
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
        let listed = step
            .analysis()
            .map_or(&[][..], |analysis| &analysis.changes);
        for mut change in listed.iter().cloned().chain(structural) {
            // A later step may drop what this one renames, and the database knows it by the name of now.
            if steps.len() > 1 && change.how == How::Rename {
                change.how = How::Drop;
            }
            if !changes.iter().any(|known| known.object == change.object) {
                changes.push(change);
            }
        }
    }
    changes
}

/// The tables and views that are changed, or whose columns are.
fn tables(changes: &[Changed]) -> Vec<Object> {
    let mut tables: Vec<Object> = Vec::new();
    for change in changes {
        let table = Object {
            column: None,
            ..change.object.clone()
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
        if step.verdict() == Verdict::Unknown {
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
