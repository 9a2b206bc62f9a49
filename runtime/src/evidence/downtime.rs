//! Question 6: who waits while it runs, and for how long?

mod holders;
mod neighbours;
mod standing;

use onward_analysis::{Access, Dialect, How, Object, Touch};

use super::ask::{Asked, Asking, Trouble, word};
use super::bounds::{self, Misfits};
use super::engines;
use super::user_data::{elsewhere, in_public};
use super::{home, table};
use crate::session::Row;
use crate::{Answer, Evidence, Policy, Question, State, Step};
use standing::{Missing, Standing};

/// How fast rows are taken to be read and written, in bytes a second: what a plain disk does.
const SPEED: u64 = 50_000_000;

/// What each step locks, how large it is, and which open transactions stand in its way. `all` are the steps of the plan in their
/// order, `steps` those of them that are asked about.
pub(super) async fn answer(
    asking: &mut Asking<'_>,
    policy: &Policy,
    all: &[&Step],
    steps: &[&Step],
) -> sqlx::Result<Answer> {
    let mut evidence = Vec::new();
    let mut seen: Vec<(Object, Access)> = Vec::new();
    for step in steps {
        let earlier = before(all, step);
        if !step.is_understood() {
            let sentence = format!("What {} locks is not known.", step.name());
            evidence.push(Evidence::said(State::Unknown, sentence));
        }
        for touch in step.analysis().map_or(&[][..], |a| &a.touches) {
            let touch = &rewritten(asking.dialect(), step, touch);
            if matches!(touch.access, Access::Read | Access::Create) {
                continue;
            }
            // SQLite's one lock is on the whole file, whatever the table is called.
            let earlier = match asking.dialect() {
                Dialect::Sqlite => &[],
                Dialect::Postgres | Dialect::MySql => earlier,
            };
            let standing = standing::of(earlier, &touch.object);
            let known = |name: &&Object| !seen.contains(&((*name).clone(), touch.access));
            let names: Vec<Object> = standing.names.iter().filter(known).cloned().collect();
            evidence.extend(waiting(asking, policy, (touch, &standing), &names).await?);
            seen.extend(names.into_iter().map(|name| (name, touch.access)));
        }
    }
    for step in steps {
        evidence.extend(failing(asking, policy, before(all, step), step).await?);
        evidence.extend(engines::unheld(asking, step, State::Unknown).await?);
    }
    if seen.is_empty() && evidence.is_empty() {
        evidence.push(Evidence::said(
            State::Clear,
            "It locks nothing that exists.",
        ));
    }
    // What only builds gives up its place in the queue and comes again: nobody waits behind it for somebody else.
    let builds = steps.iter().all(|step| step.only_builds());
    if !seen.is_empty() && !builds {
        let touched: Vec<&Object> = seen.iter().map(|(object, _)| object).collect();
        let (besides, found) = neighbours::locked(asking, steps, &touched).await?;
        evidence.extend(found);
        let all: Vec<&Object> = touched.into_iter().chain(&besides).collect();
        evidence.extend(holders::longest(asking, policy, &all).await?);
    }
    Ok(Answer::of(Question::Downtime, evidence))
}

/// The steps that run before `step`.
fn before<'s, 'p>(all: &'s [&'p Step], step: &Step) -> &'s [&'p Step] {
    let at = all.iter().position(|one| one.version() == step.version());
    all.get(..at.unwrap_or(all.len())).unwrap_or_default()
}

/// How long others wait for what `touch` finds: for each of the `names` that it may have now. What stands under none of them is
/// unknown, unless it is a step of the plan that makes it.
async fn waiting(
    asking: &mut Asking<'_>,
    policy: &Policy,
    (touch, standing): (&Touch, &Standing),
    names: &[Object],
) -> sqlx::Result<Vec<Evidence>> {
    let mut there = Vec::new();
    let mut missing = Vec::new();
    for name in names {
        let touch = Touch {
            object: name.clone(),
            access: touch.access,
        };
        let (found, is_there) = size(asking, policy, &touch, standing.missing).await?;
        if is_there { &mut there } else { &mut missing }.push(found);
    }
    // A name that is taken from another table by an earlier step stands for that one.
    Ok(if there.is_empty() { missing } else { there })
}

/// What a step that loses nothing would fail on: others would wait for nothing. Where the fourth question is asked it says so.
/// What no query tells is not known: a plan of several steps would stop half-way.
async fn failing(
    asking: &mut Asking<'_>,
    policy: &Policy,
    earlier: &[&Step],
    step: &Step,
) -> sqlx::Result<Vec<Evidence>> {
    let mut evidence = Vec::new();
    if policy.asks(step, Question::Reversible) {
        return Ok(evidence);
    }
    for (object, limits) in bounds::of(step, false) {
        let table = Object {
            column: None,
            ..object.clone()
        };
        let standing = standing::of(earlier, &table);
        // What an earlier step of the plan makes holds what is its own; what one renames stands there under another name.
        let own = step.only_builds()
            && (standing.missing != Missing::Unknown || !standing::rename(earlier));
        let mut missing = Vec::new();
        let mut there = Vec::new();
        for name in standing.names {
            let named = Object {
                column: object.column.clone(),
                ..name
            };
            let (misfits, found) = bounds::judge(asking, &named, &limits, "fail on").await?;
            match misfits {
                Misfits::NotThere => missing.push(found),
                Misfits::Counted(_) | Misfits::Unknown => there.push(found),
            }
        }
        if there.is_empty() && !own {
            evidence.append(&mut missing);
        }
        evidence.append(&mut there);
    }
    Ok(evidence)
}

/// SQLite writes a table anew where a column is dropped (<https://www.sqlite.org/lang_altertable.html#altertabdropcol>).
fn rewritten(dialect: Dialect, step: &Step, touch: &Touch) -> Touch {
    let changes = step
        .analysis()
        .map_or(&[][..], |analysis| &analysis.changes);
    let dropped = changes.iter().any(|change| {
        let (object, table) = (&change.object, &touch.object);
        change.how == How::Drop
            && object.column.is_some()
            && (&object.schema, &object.table) == (&table.schema, &table.table)
    });
    let anew = dialect == Dialect::Sqlite && touch.access == Access::Alter && dropped;
    Touch {
        access: if anew { Access::Rewrite } else { touch.access },
        object: touch.object.clone(),
    }
}

/// How large what is touched is; whether the catalog has it here, or cannot be asked.
async fn size(
    asking: &mut Asking<'_>,
    policy: &Policy,
    touch: &Touch,
    missing: Missing,
) -> sqlx::Result<(Evidence, bool)> {
    let object = &touch.object;
    let dialect = asking.dialect();
    let query = match dialect {
        Dialect::Postgres => format!(
            // Partitions hold what their table seems to lack; the rows are those that the last ANALYZE counted.
            "SELECT greatest(pg_total_relation_size(c.oid::regclass), (SELECT sum(pg_total_relation_size(relid))::bigint \
             FROM pg_partition_tree(c.oid::regclass))), nullif(c.reltuples::bigint, -1) FROM pg_class c WHERE c.oid = to_regclass({})::oid",
            word(dialect, &table(dialect, object))
        ),
        Dialect::MySql => format!(
            // A view has no size of its own.
            "SELECT CAST(IF(table_type = 'VIEW', 0, data_length + index_length) AS SIGNED), CAST(table_rows AS SIGNED) \
             FROM information_schema.tables WHERE table_schema = {} AND table_name = {}",
            home(object),
            word(dialect, &object.table)
        ),
        Dialect::Sqlite => {
            "SELECT page_count * page_size, NULL FROM pragma_page_count, pragma_page_size"
                .to_owned()
        }
    };
    let Asked { query, rows } = asking.ask(&query).await?;
    let is_there = rows.as_ref().map_or(true, |rows| !rows.is_empty());
    let size = match (rows, in_public(asking, object).await?) {
        (Ok(_), Some(why)) => Err(Trouble::Because(why)),
        (Ok(rows), None) => match rows.first() {
            Some(row) => Size::read(row)
                .ok_or_else(|| Trouble::Because("the server keeps no statistics of it".to_owned())),
            None => Err(not_listed(asking, object).await?),
        },
        (Err(trouble), _) => Err(trouble),
    };
    let (state, sentence) = match size {
        Ok(size) => weighed(dialect, policy, touch, size),
        Err(Trouble::Missing) => absent(object, missing),
        Err(Trouble::Because(why)) => (
            State::Unknown,
            format!("How large `{object}` is is not known: {why}."),
        ),
    };
    let evidence = Evidence {
        object: Some(object.to_string()),
        state,
        sentence,
        query: Some(query),
    };
    Ok((evidence, is_there))
}

/// Whether somebody may wait for what is not there now.
fn absent(object: &Object, missing: Missing) -> (State, String) {
    match missing {
        Missing::Nowhere => (
            State::Clear,
            format!("`{object}` does not exist, so nobody waits for it."),
        ),
        Missing::Made => (
            State::Clear,
            format!("`{object}` is made by an earlier step of this plan, so nobody waits for it."),
        ),
        Missing::Unknown => (
            State::Unknown,
            format!(
                "How large `{object}` is is not known: it is not there now, and an earlier step of this plan may bring it. Run the \
                 steps before by themselves first."
            ),
        ),
    }
}

/// Why the catalog has no row of `object`: because there is no such table, or because it is not shown.
async fn not_listed(asking: &mut Asking<'_>, object: &Object) -> sqlx::Result<Trouble> {
    if let Some(schema) = elsewhere(asking, object).await?.transpose() {
        return Ok(Trouble::Because(match schema {
            Ok(schema) => format!(
                "it is not where this connection looks, but schema `{schema}` has one of that name"
            ),
            Err(why) => why,
        }));
    }
    // Every role reads the catalogs of PostgreSQL; MySQL shows a user what it has a privilege on.
    if asking.dialect() != Dialect::MySql {
        return Ok(Trouble::Missing);
    }
    let query = format!("SELECT 1 FROM {} LIMIT 0", table(Dialect::MySql, object));
    Ok(match asking.ask(&query).await?.rows {
        Ok(_) => Trouble::Because("the catalog does not list it".to_owned()),
        Err(trouble) => trouble,
    })
}

/// How large a table is, or the file; the rows where the server keeps count of them, roughly.
#[derive(Debug, Clone, Copy)]
struct Size {
    bytes: u64,
    rows: Option<u64>,
}

impl Size {
    /// None where the server tells no size.
    fn read(row: &Row) -> Option<Size> {
        Some(Size {
            bytes: u64::try_from(row.int(0)?).ok()?,
            rows: row.int(1).and_then(|rows| u64::try_from(rows).ok()),
        })
    }

    /// How long reading and writing all of it takes, in whole seconds.
    fn seconds(self) -> u64 {
        self.bytes.div_ceil(SPEED)
    }

    /// Whether the policy bears that others wait until all of it is read or written.
    fn is_borne(self, policy: &Policy) -> bool {
        self.bytes <= policy.bytes
            && self.rows.is_none_or(|rows| rows <= policy.rows)
            && self.seconds() <= policy.patience.as_secs()
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.rows {
            Some(1) => f.write_str("about 1 row, ")?,
            Some(rows) => write!(f, "about {rows} rows, ")?,
            None => {}
        }
        f.write_str(&in_bytes(self.bytes))
    }
}

fn weighed(dialect: Dialect, policy: &Policy, touch: &Touch, size: Size) -> (State, String) {
    let lock = lock(dialect, touch, size);
    let by_size = if size.is_borne(policy) {
        State::Clear
    } else {
        State::Blocked
    };
    let long = match size.seconds() {
        0 | 1 => "less than a second".to_owned(),
        seconds => format!("some {seconds} s"),
    };
    let estimate = format!("{long}, reckoned at {} a second", in_bytes(SPEED));
    match touch.access {
        Access::Alter => (
            State::Clear,
            format!("It takes at most {lock}, for as long as a change of the definition lasts."),
        ),
        Access::Write if dialect != Dialect::Sqlite => (
            by_size,
            format!(
                "It takes {lock}: whoever writes the same rows waits for its end, {estimate} where it writes all."
            ),
        ),
        Access::Build => (
            by_size,
            format!(
                "It takes {lock} while it reads every row: whoever writes waits for its end, {estimate}."
            ),
        ),
        _ => (
            by_size,
            format!(
                "It takes {lock} while it reads or writes every row: everybody else waits for its end, {estimate}."
            ),
        ),
    }
}

/// The lock, as the database calls it, what it is on, and how large that is.
fn lock(dialect: Dialect, touch: &Touch, size: Size) -> String {
    let object = &touch.object;
    match (dialect, touch.access) {
        (Dialect::Sqlite, _) => format!("the write lock of the whole file ({size})"),
        (Dialect::Postgres, Access::Write) => format!("ROW EXCLUSIVE on `{object}` ({size})"),
        (Dialect::Postgres, Access::Build) => {
            format!("at most SHARE ROW EXCLUSIVE on `{object}` ({size})")
        }
        (Dialect::Postgres, _) => format!("ACCESS EXCLUSIVE on `{object}` ({size})"),
        (Dialect::MySql, Access::Write) => format!("row locks in `{object}` ({size})"),
        (Dialect::MySql, _) => format!("an exclusive metadata lock on `{object}` ({size})"),
    }
}

/// `49 kB`, `1.2 GB`.
fn in_bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if size < 1000.0 {
            let digits = usize::from(size < 10.0 && unit != "bytes");
            return format!("{size:.digits$} {unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_people() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (8192, "8.2 kB"),
            (53_248, "53 kB"),
            (1_200_000_000, "1.2 GB"),
            (7_000_000_000_000, "7.0 TB"),
        ] {
            assert_eq!(in_bytes(bytes), text);
        }
    }

    #[test]
    fn a_rewrite_blocks_by_its_size_and_a_change_of_the_definition_never() {
        let touch = |access| Touch {
            object: crate::fixture::object("users"),
            access,
        };
        let policy = Policy::of_tier(onward_analysis::Tier::Production);
        let limit = policy.bytes;
        let state = |dialect, access, bytes| {
            let size = Size { bytes, rows: None };
            weighed(dialect, &policy, &touch(access), size).0
        };
        for dialect in Dialect::ALL {
            assert_eq!(state(dialect, Access::Alter, u64::MAX), State::Clear);
            for access in [Access::Build, Access::Rewrite, Access::Write] {
                assert_eq!(state(dialect, access, limit), State::Clear);
                assert_eq!(state(dialect, access, limit + 1), State::Blocked);
            }
        }
    }
}
