//! Is what a trigger, routine or event does ever done?
//!
//! A trigger or event that is switched off does nothing, and a function for triggers is run by them alone. A routine is run by whoever
//! calls it: another text of the database, a job, or a program, which says so. Where that cannot be told, it is run.

use onward_analysis::Dialect;

use super::Programs;
use crate::evidence::SCAN;
use crate::evidence::ask::{Asking, Trouble, word};
use crate::evidence::consumers::Names;
use crate::instances::{self, Program};

/// What may be run.
pub(super) struct Runnable<'r> {
    pub(super) kind: &'r str,
    /// As the catalog shows it.
    pub(super) name: &'r str,
    /// Its schema.
    pub(super) home: Option<&'r str>,
}

/// Why nothing is known to run it, as a clause; none where something does, or may.
pub(super) async fn why_not(
    asking: &mut Asking<'_>,
    programs: &Programs<'_>,
    it: &Runnable<'_>,
) -> sqlx::Result<Option<&'static str>> {
    let dialect = asking.dialect();
    let Some(query) = callers(dialect, it) else {
        return Ok(None);
    };
    let rows = asking.ask_within(SCAN, &query).await?.rows;
    let row = rows.ok().and_then(|rows| rows.into_iter().next());
    let Some((row, 0)) = row.and_then(|row| row.int(0).map(|callers| (row, callers))) else {
        return Ok(None);
    };
    if row.int(1) == Some(1) {
        return Ok(Some("what runs it is switched off, or not there"));
    }
    let name = row.text(2).unwrap_or(it.name);
    let by_nobody = !by_job(asking, name).await? && !by_program(asking, programs, name).await?;
    Ok(by_nobody.then_some("nothing is known to call it"))
}

/// How many call it; whether these are all that can; and its name without a schema. None for what runs by itself.
fn callers(dialect: Dialect, it: &Runnable<'_>) -> Option<String> {
    let home = it.home.unwrap_or_default();
    let bare = it.name.strip_prefix(&format!("{home}.")).unwrap_or(it.name);
    let (home, name) = (word(dialect, home), word(dialect, bare));
    match (dialect, it.kind) {
        (Dialect::Postgres, _) => Some(format!(
            "SELECT CASE p.prorettype WHEN 'pg_catalog.trigger'::regtype::oid \
             THEN (SELECT count(*) FROM pg_trigger t WHERE t.tgfoid = p.oid AND t.tgenabled <> 'D') \
             WHEN 'pg_catalog.event_trigger'::regtype::oid \
             THEN (SELECT count(*) FROM pg_event_trigger e WHERE e.evtfoid = p.oid AND e.evtenabled <> 'D') \
             ELSE (SELECT count(*) FROM pg_depend d WHERE d.refclassid = 'pg_proc'::regclass::oid AND d.refobjid = p.oid AND d.deptype = 'n') \
             + (SELECT count(*) FROM pg_proc q JOIN pg_language l ON l.oid = q.prolang AND l.lanname NOT IN ('c', 'internal') \
             WHERE q.oid <> p.oid AND strpos(lower(q.prosrc), lower(p.proname::text)) > 0) END, \
             (p.prorettype IN ('pg_catalog.trigger'::regtype::oid, 'pg_catalog.event_trigger'::regtype::oid))::int::bigint, p.proname::text \
             FROM pg_proc p WHERE p.oid = to_regprocedure({})::oid",
            word(dialect, it.name)
        )),
        (Dialect::MySql, "event") => Some(format!(
            "SELECT count(*), 1, NULL FROM information_schema.events WHERE event_schema = {home} AND event_name = {name} \
             AND status = 'ENABLED'"
        )),
        (Dialect::MySql, "procedure" | "function") => {
            let among = |list: &str, text: &str, but: &str| {
                format!(
                    "(SELECT count(*) FROM information_schema.{list} \
                     WHERE ({text} IS NULL OR instr(lower({text}), lower({name})) > 0){but})"
                )
            };
            let itself = format!(" AND NOT (routine_schema = {home} AND routine_name = {name})");
            let all = [
                among("routines", "routine_definition", &itself),
                among("triggers", "action_statement", ""),
                among("events", "event_definition", ""),
                among("views", "view_definition", ""),
            ];
            Some(format!("SELECT {}, 0, {name}", all.join(" + ")))
        }
        (Dialect::MySql | Dialect::Sqlite, _) => None,
    }
}

/// Whether a job of pg_cron names it, or may.
async fn by_job(asking: &mut Asking<'_>, name: &str) -> sqlx::Result<bool> {
    if asking.dialect() != Dialect::Postgres {
        return Ok(false);
    }
    let sql = "SELECT command FROM cron.job WHERE active";
    Ok(match asking.ask(sql).await?.rows {
        Ok(rows) => {
            let mut commands = rows.iter().filter_map(|row| row.text(0));
            commands.any(|sql| Names::of(Dialect::Postgres, sql).has(name))
        }
        Err(Trouble::Missing) => false,
        Err(Trouble::Because(_)) => true,
    })
}

/// Whether the code of a program calls it, or may.
async fn by_program(
    asking: &mut Asking<'_>,
    programs: &Programs<'_>,
    name: &str,
) -> sqlx::Result<bool> {
    let listed = match asking.ask(&instances::read(programs.list)).await?.rows {
        Ok(rows) => instances::listed(asking.dialect(), &rows),
        Err(Trouble::Missing) => Vec::new(),
        Err(Trouble::Because(_)) => return Ok(true),
    };
    let calls = |program: Option<&Program>| program.is_none_or(|program| may_call(program, name));
    Ok(calls(Some(&programs.own.program)) || listed.iter().any(|one| calls(one.program.as_ref())))
}

fn may_call(program: &Program, name: &str) -> bool {
    let same = |one: &str| one.to_lowercase() == name.to_lowercase();
    let uses = program.code.iter().map(|code| &code.uses);
    let tables = uses.clone().flat_map(|uses| &uses.tables);
    let mut unread = uses.flat_map(|uses| &uses.unread);
    program.code.is_empty()
        || !program.silent().is_empty()
        || tables.into_iter().any(|table| same(&table.table))
        || unread.any(|one| one.words.is_empty() || one.words.iter().any(|word| same(word)))
}
