//! What does one list of a catalog say of who refers to what changes?

use std::time::Duration;

use onward_analysis::{Changed, Dialect, How, Object};

use super::look::{Places, Search};
use super::mention::Names;
use super::own::{self, Consumer, Own};
use crate::evidence::ask::{Asked, Asking, Trouble};
use crate::session::Row;
use crate::{Evidence, State};

/// How many consumers are named in one sentence.
const NAMED: usize = 10;

/// One query for one kind of consumer.
#[derive(Debug)]
pub(super) struct Source {
    /// The kind, as a noun.
    pub(super) what: &'static str,
    /// Selects the kind, the name and the table that it belongs to, if any; then what `reads` says, and the schema that it stands in.
    pub(super) sql: String,
    /// What finds some of them where `sql` may not be asked, or takes too long.
    pub(super) narrower: Option<String>,
    /// How long `sql` may take where it has to look at every table of the server; none where it takes what any query may.
    pub(super) patience: Option<Duration>,
    pub(super) reads: Reads,
    /// Whether it is tied to the table itself, so that another table of its name is none to it.
    pub(super) bound: bool,
    /// Whether the database has it follow when what it refers to is renamed.
    pub(super) follows: bool,
    /// Whether it can copy rows from table to table, and is run again and again.
    pub(super) copies: bool,
    /// Where it may be missing altogether: what gives the database that has it instead, NULL where there is none.
    pub(super) instead: Option<&'static str>,
}

/// What stands in the columns after the third.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// The table that it refers to and the column, NULL for none and `*` for each.
    Ties,
    /// Its text, NULL where it is hidden; after its schema, where the text itself says that it looks, too.
    Texts,
    /// The definition of a table, in which only the expressions of generated columns count.
    Expressions,
}

/// What is known of the plan, and of the schemas that it is about.
#[derive(Debug)]
pub(super) struct Known<'p> {
    pub(super) changes: &'p [Changed],
    pub(super) own: &'p Own,
    pub(super) places: &'p Places,
    /// Whether sequences, types and extensions change, which are often called like a column.
    pub(super) by_name: bool,
}

impl Source {
    pub(super) fn of(reads: Reads) -> Source {
        Source {
            what: "",
            sql: String::new(),
            narrower: None,
            patience: None,
            reads,
            bound: false,
            follows: false,
            copies: false,
            instead: None,
        }
    }

    /// What it says; none where there can be no such consumer.
    pub(super) async fn ask(
        &self,
        asking: &mut Asking<'_>,
        plan: &Known<'_>,
    ) -> sqlx::Result<Option<Evidence>> {
        let mut asked = match self.patience {
            Some(patience) => asking.ask_within(patience, &self.sql).await?,
            None => asking.ask(&self.sql).await?,
        };
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
                let (state, sentence, value) = self.judge(asking.dialect(), &rows, plan);
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
    fn judge(&self, dialect: Dialect, rows: &[Row], plan: &Known<'_>) -> (State, String, String) {
        let mut found: Vec<(&Object, Vec<String>)> = Vec::new();
        let mut hidden: Vec<String> = Vec::new();
        for row in rows {
            let (kind, name) = (row.text(0).unwrap_or(""), row.text(1).unwrap_or(""));
            let on = row.text(2);
            let home = row.text(if self.reads == Reads::Ties { 5 } else { 4 });
            let one = Consumer {
                kind,
                name,
                on,
                home,
            };
            if plan.own.deals_with(&one) {
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
            let search = search(dialect, home, row.text(5), text.as_ref());
            for change in plan.changes.iter().filter(|change| self.minds(change.how)) {
                let object = &change.object;
                let belongs = on.is_some_and(|on| plan.own.same(on, &own::table_of(object)));
                // What belongs to a table goes, or stays, with it.
                let part = belongs && object.column.is_none();
                let refers = match &text {
                    Some(names) => {
                        let home = plan.places.home(object);
                        let look = plan.places.look(&search, object, home.as_deref());
                        match plan.by_name {
                            true => names.use_by_name(object, &look),
                            false => names.mention(object, belongs, &look),
                        }
                    }
                    None => tied(row, object, plan.own),
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

/// Where a text that stands in schema `home` looks for a table without a schema. MySQL looks in the text's own schema alone. PostgreSQL
/// looks where a routine sets it, else where its caller looks; one that stands beside a table of its own means that one.
pub(super) fn search(
    dialect: Dialect,
    home: Option<&str>,
    set: Option<&str>,
    text: Option<&Names>,
) -> Search {
    let Some(home) = home.filter(|_| dialect != Dialect::Sqlite) else {
        return Search::anywhere();
    };
    let own = |beyond| Search {
        schemas: vec![home.to_owned()],
        beyond,
    };
    match (dialect, set) {
        (Dialect::MySql, _) => own(false),
        // It sets another path when it runs.
        _ if text.is_some_and(|names| names.has("search_path")) => Search::anywhere(),
        (_, Some(set)) => Search {
            schemas: set
                .split(',')
                .map(|schema| schema.trim().trim_matches('"').replace("\"\"", "\""))
                .collect(),
            beyond: false,
        },
        (_, None) => own(true),
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
