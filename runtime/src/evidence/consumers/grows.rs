//! Does something that puts whole rows somewhere fail once a table has one column more?
//!
//! A column that a table gets is in each row that is copied by `*`, and PostgreSQL alone lets an INSERT without a list of columns give
//! fewer values than there are. Where the catalogs tell how many columns there are on both sides, and they fit now and not then, the
//! copy fails for sure. Whatever else takes rows as they are is told and stands in nobody's way.

use onward_analysis::uses::copies::{Copy, copies};
use onward_analysis::{Dialect, Object};

use super::Programs;
use super::grown::{Added, Sizes, Writer, sizes};
use super::look::{Places, Search};
use super::mention::Names;
use super::own::{Consumer, Own, table_of};
use super::runs::{self, Runnable};
use super::source::search;
use crate::evidence::ask::{Asked, Asking};
use crate::session::Row;
use crate::{Evidence, State, Step};

/// A text that copies rows, and what the catalog says of it.
struct Text<'r> {
    is: Runnable<'r>,
    search: Search,
    /// The table that grows which it belongs to.
    on: Option<&'r Object>,
    copies: Vec<Copy>,
    /// The tables that grow of which it takes each column, in whichever way.
    takes: Vec<&'r Object>,
}

impl Writer for Text<'_> {
    fn search(&self) -> &Search {
        &self.search
    }

    fn on(&self) -> Option<&Object> {
        self.on
    }

    fn copies(&self) -> impl Iterator<Item = &Copy> {
        self.copies.iter()
    }
}

/// What is found of the columns that `steps` add. What other steps of the `plan` add has room for them.
pub(super) async fn answer(
    asking: &mut Asking<'_>,
    steps: &[&Step],
    plan: &[Step],
    (own, programs): (&Own, &Programs<'_>),
) -> sqlx::Result<Vec<Evidence>> {
    if steps.iter().all(|step| step.adds().is_empty()) {
        return Ok(Vec::new());
    }
    let all: Vec<&Step> = plan.iter().collect();
    let Some(added) = Added::find(asking, &all).await? else {
        return Ok(Vec::new());
    };
    let tables = super::tables_of(added.objects.iter());
    let sources = super::sources(asking, &tables);
    let mut evidence = Vec::new();
    for source in sources.iter().filter(|source| source.copies) {
        let sql = source.narrower.as_ref().unwrap_or(&source.sql);
        let Asked { query, rows } = asking.ask(sql).await?;
        let rows = match rows {
            Ok(rows) => rows,
            Err(why) => {
                let sentence = format!(
                    "Whether a {} copies whole rows is not known: {why}. That is not held against a column that is added.",
                    source.what
                );
                evidence.push(Evidence {
                    query: Some(query),
                    ..Evidence::said(State::Clear, sentence)
                });
                continue;
            }
        };
        let dialect = asking.dialect();
        let texts = rows
            .iter()
            .filter_map(|row| text(dialect, row, &tables, own, &added.places));
        let texts: Vec<Text<'_>> = texts.collect();
        let sizes = match sizes(asking, &texts).await? {
            Ok(sizes) => sizes,
            Err(why) => {
                let sentence = format!(
                    "How many columns there are where a {} copies rows is not known: {why}. That is not held against a column that is added.",
                    source.what
                );
                evidence.push(Evidence::said(State::Clear, sentence));
                Sizes::new()
            }
        };
        for text in &texts {
            let Some(mut found) = judge(&added, &sizes, text) else {
                continue;
            };
            found.query = Some(query.clone());
            if found.state == State::Blocked
                && let Some(why) = runs::why_not(asking, programs, &text.is).await?
            {
                found.state = State::Clear;
                found.sentence = format!("{} That is in nobody's way: {why}.", found.sentence);
            }
            evidence.push(found);
        }
    }
    if evidence.is_empty() {
        let names: Vec<String> = added
            .objects
            .iter()
            .map(|object| format!("`{object}`"))
            .collect();
        evidence.push(Evidence::said(
            State::Clear,
            format!(
                "Nothing is seen that copies whole rows to where {} has no place.",
                names.join(", ")
            ),
        ));
    }
    Ok(evidence)
}

/// A row of a source that copies rows, or takes those of one of `tables` as they are.
fn text<'r>(
    dialect: Dialect,
    row: &'r Row,
    tables: &'r [Object],
    own: &Own,
    places: &Places,
) -> Option<Text<'r>> {
    let (kind, name, sql) = (row.text(0)?, row.text(1)?, row.text(3)?);
    let one = Consumer {
        kind,
        name,
        on: row.text(2),
        home: row.text(4),
    };
    if own.deals_with(&one) {
        return None;
    }
    let names = Names::of(dialect, sql);
    let search = search(dialect, one.home, row.text(5), Some(&names));
    let belongs = |table: &Object| one.on.is_some_and(|on| own.same(on, &table_of(table)));
    let takes = tables.iter().filter(|table| {
        let home = places.home(table);
        names.takes_each_column(
            table,
            belongs(table),
            &places.look(&search, table, home.as_deref()),
        )
    });
    let copies = copies(
        dialect,
        sql,
        row.int(6).and_then(|count| usize::try_from(count).ok()),
    );
    let takes: Vec<&Object> = takes.collect();
    // Whose `OLD` it is where triggers of several tables run it, nobody can tell.
    let is_of_one = row.int(7).is_none_or(|tables| tables <= 1);
    (!copies.is_empty() || !takes.is_empty()).then(|| Text {
        is: Runnable {
            kind,
            name,
            home: one.home,
        },
        search,
        on: tables.iter().find(|table| belongs(table) && is_of_one),
        copies,
        takes,
    })
}

/// What is to be said of `text` where these columns come.
fn judge(added: &Added, sizes: &Sizes, text: &Text<'_>) -> Option<Evidence> {
    let broken = text
        .copies
        .iter()
        .find_map(|copy| added.breaks(sizes, text, copy));
    let (state, object, says) = match (broken, text.takes.first()) {
        (Some(object), _) if added.sure => (
            State::Blocked,
            object,
            format!(
                "fails once `{object}` is there: it puts whole rows where each value needs a column, and the numbers differ then"
            ),
        ),
        (Some(object), _) => (State::Clear, object, told()),
        (None, Some(table)) => {
            let mut objects = added.objects.iter();
            (
                State::Clear,
                objects.find(|one| table_of(one) == table_of(table))?,
                told(),
            )
        }
        (None, None) => return None,
    };
    Some(Evidence {
        object: Some(object.to_string()),
        ..Evidence::said(
            state,
            format!("The {} `{}` {says}.", text.is.kind, text.is.name),
        )
    })
}

fn told() -> String {
    "takes each column as it stands in the table. Look whether it has room for one more".to_owned()
}
