//! Question 2: does running code depend on what changes?
//!
//! The list of instances says which processes run and what their code uses. The server's own list of its clients says
//! whether anybody is missing on it.

pub(super) mod clients;
mod judge;
mod marks;
mod rows;
mod said;
mod views;

use onward_analysis::{Age, Changed, Dialect, How, Limit, Object};

use super::ask::{Asked, Asking, Trouble, word};
use super::named;
use crate::history::Tables;
use crate::instances::{self, Own, Registered};
use crate::{Answer, Direction, Evidence, Question, State, Step};
use judge::{Change, Stance, stance};
use said::{Group, grouped};
use views::Views;

/// Whose code uses what `steps` of the `plan` change: this process's, and that of each instance on the list.
pub(super) async fn answer(
    asking: &mut Asking<'_>,
    list: &Tables,
    own: &Own,
    steps: &[&Step],
    plan: &[Step],
) -> sqlx::Result<Answer> {
    let mut evidence = Vec::new();
    for step in steps.iter().filter(|step| !step.is_understood()) {
        evidence.push(not_understood(step));
    }
    evidence.extend(named::missing(asking, steps).await?);
    let mut changes: Vec<Change<'_>> = steps.iter().copied().flat_map(changes).collect();
    let adds = steps.iter().any(|step| !step.adds().is_empty());
    if changes.is_empty() {
        if adds {
            evidence.extend(of_additions(asking, list, own, (steps, plan)).await?);
        }
        if evidence.is_empty() {
            evidence.push(Evidence::said(State::Clear, finds_all(steps)));
        }
        return Ok(Answer::of(Question::RunningCode, evidence));
    }
    let views = Views::find(asking).await?;
    for change in &mut changes {
        match views.over(asking, change.object()).await? {
            Ok(views) => change.views = views,
            Err(unknown) => evidence.push(unknown),
        }
    }
    evidence.extend(views.trouble);
    let (brought, not_known) = brought(asking, steps).await?;
    evidence.extend(not_known);
    changes.extend(brought.iter().map(|(step, changed)| Change {
        step,
        changed,
        since_up: false,
        is_table: false,
        views: Vec::new(),
    }));
    evidence.extend(this_process(own, &changes));
    let Asked { mut query, rows } = asking.ask(&instances::read(list)).await?;
    match rows {
        Ok(rows) => {
            let others = instances::listed(asking.dialect(), &rows);
            query.value = said::listed(&others);
            let own_id = own.identity.id();
            evidence.extend(clients::unlisted(asking, &others, own).await?);
            let others: Vec<Registered> = others.into_iter().filter(|r| r.id != own_id).collect();
            let mut found = judged(&others, &changes);
            if adds {
                found.extend(rows::too_few(asking, own, &others, steps, plan).await?);
            }
            if found.is_empty() {
                found.push(Evidence::said(
                    State::Clear,
                    said::nobody(&others, &own.program),
                ));
            }
            for one in &mut found {
                one.query = Some(query.clone());
            }
            evidence.extend(found);
        }
        Err(trouble) => evidence.push(Evidence {
            object: None,
            state: State::Unknown,
            sentence: unlisted(&trouble),
            query: Some(query),
        }),
    }
    evidence.sort_by_key(|one| std::cmp::Reverse(one.state));
    Ok(Answer::of(Question::RunningCode, evidence))
}

/// Whose code fails where `steps` only add columns. Who is not on the list, and what nobody says, stands in no addition's way.
async fn of_additions(
    asking: &mut Asking<'_>,
    list: &Tables,
    own: &Own,
    (steps, plan): (&[&Step], &[Step]),
) -> sqlx::Result<Vec<Evidence>> {
    let Asked { mut query, rows } = asking.ask(&instances::read(list)).await?;
    let unlisted = rows.as_ref().err().map(unlisted);
    let others = instances::listed(asking.dialect(), rows.as_deref().unwrap_or_default());
    if unlisted.is_none() {
        query.value = said::listed(&others);
    }
    let own_id = own.identity.id();
    let others: Vec<Registered> = others.into_iter().filter(|r| r.id != own_id).collect();
    let mut found = rows::too_few(asking, own, &others, steps, plan).await?;
    let sentence = match unlisted {
        Some(why) => Some(format!(
            "{why} That is not held against a column that is added."
        )),
        None if found.is_empty() => Some(
            "A column is added, and no query of what runs is known to fail with it.".to_owned(),
        ),
        None => None,
    };
    found.extend(sentence.map(|sentence| Evidence::said(State::Clear, sentence)));
    for one in &mut found {
        one.query = Some(query.clone());
    }
    Ok(found)
}

/// The functions and types that go with the extensions which `steps` drop, each with its step, and what is not known of it.
pub(super) async fn brought<'s>(
    asking: &mut Asking<'_>,
    steps: &[&'s Step],
) -> sqlx::Result<(Vec<(&'s Step, Changed)>, Vec<Evidence>)> {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for step in steps
        .iter()
        .filter(|step| step.dialect() == Dialect::Postgres)
    {
        let named = step.analysis().map_or(&[][..], |analysis| &analysis.named);
        for changed in named.iter().filter(|changed| changed.how == How::Drop) {
            let Asked { query, rows } = asking.ask(&members(&changed.object)).await?;
            match rows {
                Ok(rows) => found.extend(rows.iter().filter_map(|row| {
                    let object = Object {
                        schema: None,
                        table: row.text(0)?.to_owned(),
                        column: None,
                    };
                    let how = How::Drop;
                    Some((*step, Changed { object, how }))
                })),
                Err(trouble) => unknown.push(Evidence {
                    object: Some(changed.object.to_string()),
                    state: State::Unknown,
                    sentence: format!(
                        "What goes with `{}` is not known: {trouble}.",
                        changed.object
                    ),
                    query: Some(query),
                }),
            }
        }
    }
    Ok((found, unknown))
}

/// The functions and types of an extension of that name; none where it is something else. A function that PostgreSQL has under the
/// same name (`max` beside citext's) is likely to be meant by whoever calls it, so only the others tell.
fn members(object: &Object) -> String {
    format!(
        "SELECT DISTINCT coalesce(p.proname, t.typname)::text FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_depend d \
         ON d.refclassid = 'pg_extension'::regclass::oid AND d.refobjid = e.oid AND d.deptype = 'e' \
         LEFT JOIN pg_catalog.pg_proc p ON d.classid = 'pg_proc'::regclass::oid AND p.oid = d.objid \
         LEFT JOIN pg_catalog.pg_type t ON d.classid = 'pg_type'::regclass::oid AND t.oid = d.objid AND t.typname !~ '^_' \
         WHERE e.extname = {} AND coalesce(p.oid, t.oid) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_proc own \
         WHERE own.proname = p.proname AND own.pronamespace = 'pg_catalog'::regnamespace::oid)",
        word(Dialect::Postgres, &object.table)
    )
}

/// What is said of a step that nobody can follow.
fn not_understood(step: &Step) -> Evidence {
    let name = step.name();
    if let Some(sentence) = step.declared_to_change() {
        return Evidence::said(State::Clear, sentence);
    }
    match step.asserted() {
        Some(why) => Evidence::said(
            State::Clear,
            format!(
                "What {name} does besides is not known. Its author says, and nothing verifies: {why}."
            ),
        ),
        None => Evidence::said(
            State::Unknown,
            format!("What {name} changes is not known, so neither is whose code uses it."),
        ),
    }
}

/// That code finds what it uses; and what it may be refused to write, which is not held against what it does.
fn finds_all(steps: &[&Step]) -> String {
    let bounds = steps.iter().filter_map(|step| step.analysis());
    let bounds = bounds.flat_map(|analysis| &analysis.bounds);
    let keys = bounds.filter_map(|bound| match &bound.limit {
        Limit::Unique(columns) | Limit::UniqueWithNull(columns) => Some(format!(
            " From then on it is refused a row of `{}` that is the same as another in {}.",
            bound.object,
            columns.join(", ")
        )),
        _ => None,
    });
    let refused: String = keys.collect();
    format!("It drops, renames and retypes nothing, so code that runs finds what it uses.{refused}")
}

/// What a step leaves other than it was.
fn changes(step: &Step) -> Vec<Change<'_>> {
    let Some(analysis) = step.analysis() else {
        return Vec::new();
    };
    let since_up = |changed: &Changed| {
        step.direction() == Direction::Down
            && analysis
                .losses
                .iter()
                .any(|loss| loss.object == changed.object && loss.age == Age::SinceUp)
    };
    let is_table = |changed: &Changed| {
        analysis
            .touches
            .iter()
            .any(|touch| touch.object.table == changed.object.table)
    };
    step.felt()
        .map(|changed| Change {
            step,
            changed,
            since_up: since_up(changed),
            is_table: is_table(changed),
            views: Vec::new(),
        })
        .collect()
}

/// What the process that asks does with what changes.
fn this_process(own: &Own, changes: &[Change<'_>]) -> Vec<Evidence> {
    let identity = &own.identity;
    let called = format!("{} build {}", identity.application, identity.build);
    let found = changes.iter().filter_map(|change| {
        let (state, sentence) = match stance(&own.program, change) {
            Stance::Clear => return None,
            Stance::Uses(what) => (
                State::Blocked,
                format!("The program that asks ({called}) itself uses {what}: its code fails without it."),
            ),
            Stance::May(why) => (
                State::Unknown,
                format!("The program that asks ({called}) may use {}: {why}.", change.shown()),
            ),
        };
        Some(evidence(change, state, sentence))
    });
    found.collect()
}

/// What the instances on the list do with what changes.
fn judged(others: &[Registered], changes: &[Change<'_>]) -> Vec<Evidence> {
    let mut found = Vec::new();
    for change in changes {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for one in others {
            let stance = match &one.program {
                Some(program) => stance(program, change),
                None => Stance::May(
                    "it runs a newer Onward, whose list this one does not read".to_owned(),
                ),
            };
            grouped(&mut groups, one, stance);
        }
        for group in groups {
            if let Some((state, sentence)) = group.sentence(&change.shown()) {
                found.push(evidence(change, state, sentence));
            }
        }
    }
    found
}

fn evidence(change: &Change<'_>, state: State, sentence: String) -> Evidence {
    Evidence {
        object: Some(change.object().to_string()),
        state,
        sentence,
        query: None,
    }
}

/// Why nobody can tell who runs.
fn unlisted(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Missing => "No process has registered on this database yet, so nobody can tell which run. Start one \
                             with this version of Onward: it makes the list."
            .to_owned(),
        Trouble::Because(why) => format!("Which instances run is not known: {why}."),
    }
}
