//! Whose tables, functions and operators answer when PostgreSQL's catalogs are asked?
//!
//! A role may put other schemas before `pg_catalog`, temporary tables come before it unless it is named, and `public` may have a
//! function of the same name that fits better: then not the server answers, but whoever made it, with the rights of the one who asks
//! (<https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058>). So while a question is asked the catalogs come first, and what is
//! called in it has the types that they know. Where the migration itself looks for its tables stays as it is.

use onward_analysis::{Access, Dialect, Object};

use super::ask::{Asked, Asking, word};
use crate::{Evidence, State, Step};

/// Puts the catalogs before what the connection looks through, until the transaction or savepoint ends. Tables of the application are
/// found where they were.
pub(super) const CATALOGS_FIRST: &str = "SELECT pg_catalog.set_config('search_path', pg_catalog.concat('pg_catalog, ', \
     pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.quote_ident(s) FROM pg_catalog.unnest(pg_catalog.current_schemas(true)) AS s), \
     ', ')), true)";

/// What `steps` name without a schema and call like a catalog. A question about it would be about the catalog.
pub(super) async fn named_like_catalogs(
    asking: &mut Asking<'_>,
    steps: &[&Step],
) -> sqlx::Result<Vec<Evidence>> {
    let dialect = asking.dialect();
    let mut evidence = Vec::new();
    if dialect != Dialect::Postgres {
        return Ok(evidence);
    }
    let mut names: Vec<&str> = steps.iter().flat_map(|step| named(step)).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let is_catalog = format!(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace::oid AND relname = {}",
            word(dialect, name)
        );
        let Asked { query, rows } = asking.ask(&is_catalog).await?;
        let none = rows.is_ok_and(|rows| rows.first().and_then(|row| row.int(0)) == Some(0));
        if !none {
            let sentence = format!(
                "PostgreSQL calls one of its own catalogs `{name}`, so which table the migration means depends on who runs it. Name its schema there."
            );
            evidence.push(Evidence {
                object: Some(name.to_owned()),
                state: State::Unknown,
                sentence,
                query: Some(query),
            });
        }
    }
    Ok(evidence)
}

/// The tables without a schema that `step` changes and that can be catalogs by their names.
fn named(step: &Step) -> impl Iterator<Item = &str> {
    let touched = step
        .analysis()
        .into_iter()
        .flat_map(|analysis| &analysis.touches)
        .filter(|touch| touch.access != Access::Read)
        .map(|touch| &touch.object);
    let lost = step.losses().iter().map(|loss| &loss.object);
    let bare = |object: &&Object| object.schema.is_none() && object.table.starts_with("pg_");
    touched
        .chain(lost)
        .chain(step.declared())
        .filter(bare)
        .map(|object| object.table.as_str())
}
