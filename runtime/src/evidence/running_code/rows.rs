//! Does a program write or read whole rows that fit the tables as they are, and will not once a column is added?
//!
//! `INSERT INTO users VALUES (?, ?)` is refused by SQLite and MySQL from then on, and `INSERT INTO past SELECT * FROM users` by each
//! database. `SELECT *` fails where sqlx has prepared it, or is read from the wrong places. Only what surely fails is held against a
//! column that is added, the most frequent migration there is; and that nobody can count the columns.

use onward_analysis::uses::copies::{Copy, Target};
use onward_analysis::{Dialect, Object};

use super::judge::{Stance, leads_back_to};
use super::said::{Group, grouped};
use crate::evidence::ask::Asking;
use crate::evidence::consumers::grown::{Added, Search, Sizes, Writer, sizes};
use crate::instances::{Own, Program, Registered};
use crate::{Evidence, State, Step};

/// What the programs put somewhere, as far as what is added can matter to it.
struct Written<'p> {
    search: Search,
    copies: Vec<&'p Copy>,
}

impl Writer for Written<'_> {
    fn search(&self) -> &Search {
        &self.search
    }

    fn on(&self) -> Option<&Object> {
        None
    }

    fn copies(&self) -> impl Iterator<Item = &Copy> {
        self.copies.iter().copied()
    }
}

/// What of `own` and of the `others` fails once the columns are there that `plan` adds. `steps` are those that are asked about.
pub(super) async fn too_few(
    asking: &mut Asking<'_>,
    own: &Own,
    others: &[Registered],
    steps: &[&Step],
    plan: &[Step],
) -> sqlx::Result<Vec<Evidence>> {
    let programs = others.iter().filter_map(|one| one.program.as_ref());
    let mut tables = steps.iter().flat_map(|step| step.adds());
    let older = |program: &&Program| {
        let mut adding = steps.iter().filter(|step| !step.adds().is_empty());
        adding.any(|step| !leads_back_to(step, program))
    };
    let programs = programs.chain([&own.program]).filter(older);
    let copies = programs.flat_map(copies_of);
    let named = |copy: &&Copy, object: &Object| {
        let mut all = copy.tables();
        all.any(|table| table.name.eq_ignore_ascii_case(&object.table))
    };
    let copies: Vec<&Copy> = copies.collect();
    if !tables.any(|object| copies.iter().any(|copy| named(copy, object))) {
        return Ok(Vec::new());
    }
    let all: Vec<&Step> = plan.iter().collect();
    let Some(added) = Added::find(asking, &all).await?.filter(|added| added.sure) else {
        return Ok(Vec::new());
    };
    let search = here(asking).await?;
    let written = Written { search, copies };
    let sizes = match sizes(asking, std::slice::from_ref(&written)).await? {
        Ok(sizes) => sizes,
        Err(why) => {
            let sentence = format!(
                "How many columns there are where running code takes all of them without naming them is not known: {why}. So neither \
                 is whether its queries still work once a column is added."
            );
            return Ok(vec![Evidence::said(State::Unknown, sentence)]);
        }
    };
    let judge = Judge {
        added: &added,
        sizes: &sizes,
        written: &written,
        steps,
    };
    Ok(judge.all(own, others))
}

fn copies_of(program: &Program) -> impl Iterator<Item = &Copy> {
    let copies = program.code.iter().flat_map(|code| &code.uses.copies);
    copies.map(|copied| &copied.copy)
}

/// Where this connection looks, as the programs are taken to do.
async fn here(asking: &mut Asking<'_>) -> sqlx::Result<Search> {
    let sql = match asking.dialect() {
        Dialect::Postgres => "SELECT pg_catalog.unnest(current_schemas(false))::text",
        Dialect::MySql => "SELECT DATABASE()",
        Dialect::Sqlite => "SELECT 'main'",
    };
    let rows = asking.ask(sql).await?.rows.unwrap_or_default();
    let schemas = rows.iter().filter_map(|row| row.text(0));
    Ok(Search {
        schemas: schemas.map(str::to_owned).collect(),
        beyond: false,
    })
}

struct Judge<'j> {
    added: &'j Added,
    sizes: &'j Sizes,
    written: &'j Written<'j>,
    steps: &'j [&'j Step],
}

impl Judge<'_> {
    fn all(&self, own: &Own, others: &[Registered]) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        if let Some((object, what)) = self.fails(&own.program) {
            let identity = &own.identity;
            let sentence = format!(
                "The program that asks ({} build {}) itself uses {what}.",
                identity.application, identity.build
            );
            evidence.push(about(object, State::Blocked, sentence));
        }
        for object in &self.added.objects {
            let mut groups: Vec<Group<'_>> = Vec::new();
            for one in others {
                let fails = one.program.as_ref().and_then(|of| self.fails(of));
                if let Some((_, what)) = fails.filter(|(which, _)| *which == object) {
                    grouped(&mut groups, one, Stance::Uses(what));
                }
            }
            let shown = format!("`{object}`");
            let said = groups.iter().filter_map(|group| group.sentence(&shown));
            evidence.extend(said.map(|(state, sentence)| about(object, state, sentence)));
        }
        evidence
    }

    /// The column with which `program` fails, and at which query of it. What was compiled for the schema that the step leaves behind
    /// has room for it.
    fn fails(&self, program: &Program) -> Option<(&Object, String)> {
        let mut copies = program.code.iter().flat_map(|code| &code.uses.copies);
        copies.find_map(|copied| {
            let object = self.added.breaks(self.sizes, self.written, &copied.copy)?;
            let mut steps = self.steps.iter();
            let adds = |step: &&&Step| {
                let mut names = step.adds().iter();
                names.any(|one| (&one.table, &one.column) == (&object.table, &object.column))
            };
            let step = steps.find(adds)?;
            (!leads_back_to(step, program)).then(|| {
                let at = &copied.at;
                let of_rows = matches!(copied.copy.into, Target::Program { .. });
                let fails = match step.dialect() {
                    _ if !of_rows => format!("and that query fails once `{object}` is there"),
                    Dialect::MySql => {
                        format!("and reads others from their places once `{object}` is there")
                    }
                    Dialect::Postgres => format!(
                        "and once `{object}` is there, PostgreSQL refuses that query on each connection that has prepared it: \
                         \"cached plan must not change result type\""
                    ),
                    Dialect::Sqlite => format!(
                        "and once `{object}` is there, that query ends each connection that has prepared it: sqlx keeps the columns \
                         which it gave back then"
                    ),
                };
                let what = format!("all columns without naming them ({at}), {fails}");
                (object, what)
            })
        })
    }
}

fn about(object: &Object, state: State, sentence: String) -> Evidence {
    Evidence {
        object: Some(object.to_string()),
        ..Evidence::said(state, sentence)
    }
}
