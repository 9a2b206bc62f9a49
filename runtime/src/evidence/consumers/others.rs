//! Who uses a sequence, type or extension that goes, or gets another name?
//!
//! What depends on one PostgreSQL itself knows, and refuses to drop it: so only a CASCADE is asked about. Bodies are text, and so is
//! everything in MariaDB, which asks nobody before it drops a sequence.

use onward_analysis::{Changed, Dialect, How, Object};

use super::look::Places;
use super::own::Own;
use super::source::{Known, Reads, Source};
use super::{mysql, postgres, tables_of};
use crate::evidence::ask::{Asking, word};
use crate::evidence::running_code::brought;
use crate::evidence::table;
use crate::{Evidence, State, Step};

/// What is found of those that `steps` change.
pub(super) async fn answer(
    asking: &mut Asking<'_>,
    steps: &[&Step],
    own: &Own,
) -> sqlx::Result<Vec<Evidence>> {
    let dialect = asking.dialect();
    let named = steps.iter().filter_map(|step| step.analysis());
    let named: Vec<Changed> = named.flat_map(|analysis| analysis.named.clone()).collect();
    if named.is_empty() || dialect == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let objects = tables_of(named.iter().map(|changed| &changed.object));
    let places = Places::find(asking, &objects).await?;
    let mut changes = places.as_shown(named);
    let objects = tables_of(changes.iter().map(|changed| &changed.object));
    let mut evidence = Vec::new();
    let mut sources = Vec::new();
    if dialect == Dialect::Postgres {
        let (members, unknown) = brought(asking, steps).await?;
        evidence.extend(unknown);
        let cascade: Vec<Object> = objects
            .iter()
            .filter(|object| steps.iter().any(|step| cascades(step, object)))
            .cloned()
            .collect();
        match cascade.is_empty() {
            true => evidence.extend(refused(&changes)),
            false => sources.push(dependants(&cascade)),
        }
        sources.extend(
            postgres::sources(&objects)
                .into_iter()
                .filter(|source| source.reads == Reads::Texts && !source.bound),
        );
        changes.extend(members.into_iter().map(|(_, changed)| changed));
    } else {
        sources.push(mysql::defaults(&objects));
        let texts = mysql::sources(&objects, asking.is_mariadb());
        sources.extend(
            texts
                .into_iter()
                .filter(|source| source.reads == Reads::Texts),
        );
    }
    let known = Known {
        changes: &changes,
        own,
        places: &places,
        by_name: true,
    };
    for source in &sources {
        evidence.extend(source.ask(asking, &known).await?);
    }
    Ok(evidence)
}

/// Whether a statement of `step` drops `object` with all that depends on it.
fn cascades(step: &Step, object: &Object) -> bool {
    let sql = step.sql().unwrap_or("");
    let statements = step
        .analysis()
        .map_or(&[][..], |analysis| &analysis.statements);
    statements.iter().any(|statement| {
        let names = super::Names::of(step.dialect(), statement.span.of(sql));
        ["drop", "cascade", &object.table]
            .iter()
            .all(|word| names.has(word))
    })
}

fn refused(changes: &[Changed]) -> Option<Evidence> {
    let dropped = changes.iter().filter(|changed| changed.how == How::Drop);
    let names: Vec<String> = dropped
        .map(|changed| format!("`{}`", changed.object))
        .collect();
    (!names.is_empty()).then(|| {
        let sentence = format!(
            "PostgreSQL refuses to drop {} while a column, default, view or signature depends on it.",
            names.join(", ")
        );
        Evidence::said(State::Clear, sentence)
    })
}

/// What `pg_depend` ties to a sequence, a type, an array of it, or what belongs to an extension.
fn dependants(objects: &[Object]) -> Source {
    let dialect = Dialect::Postgres;
    let words = |words: Vec<String>| -> Vec<String> {
        words.iter().map(|name| word(dialect, name)).collect()
    };
    let quoted = words(
        objects
            .iter()
            .map(|object| table(dialect, object))
            .collect(),
    )
    .join(", ");
    let bare = words(objects.iter().map(|object| object.table.clone()).collect()).join(", ");
    let shown = words(objects.iter().map(ToString::to_string).collect()).join(", ");
    Source {
        what: "column, default, view or routine that would go with it, or lose its type or default,",
        sql: format!(
            "WITH o AS (SELECT * FROM unnest(ARRAY[{quoted}], ARRAY[{bare}], ARRAY[{shown}]) AS o (quoted, bare, name)), \
             u AS (SELECT o.name, 'pg_class'::regclass::oid AS class, to_regclass(o.quoted)::oid AS oid FROM o \
             UNION ALL SELECT o.name, 'pg_type'::regclass::oid, t.oid FROM o JOIN pg_type b ON b.oid = to_regtype(o.quoted)::oid \
             JOIN pg_type t ON t.oid IN (b.oid, b.typarray) \
             UNION ALL SELECT o.name, m.classid, m.objid FROM o JOIN pg_extension e ON e.extname = o.bare \
             JOIN pg_depend m ON m.refclassid = 'pg_extension'::regclass::oid AND m.refobjid = e.oid AND m.deptype = 'e') \
             SELECT DISTINCT CASE WHEN v.oid IS NOT NULL THEN 'view' WHEN f.oid IS NOT NULL THEN 'function' \
             WHEN x.adrelid IS NOT NULL THEN 'default of column' WHEN a.attrelid IS NOT NULL THEN 'column' ELSE i.type END, \
             coalesce(v.oid::regclass::text, f.oid::regprocedure::text, a.attname::text || ' on ' || a.attrelid::regclass::text, i.identity), \
             a.attrelid::regclass::text, u.name, NULL, h.nspname::text \
             FROM u JOIN pg_depend d ON d.refclassid = u.class AND d.refobjid = u.oid AND d.deptype = 'n' \
             LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass::oid AND w.oid = d.objid \
             LEFT JOIN pg_class v ON v.oid = w.ev_class \
             LEFT JOIN pg_proc f ON d.classid = 'pg_proc'::regclass::oid AND f.oid = d.objid \
             LEFT JOIN pg_attrdef x ON d.classid = 'pg_attrdef'::regclass::oid AND x.oid = d.objid \
             LEFT JOIN pg_attribute a ON x.oid IS NOT NULL AND (a.attrelid, a.attnum) = (x.adrelid, x.adnum) \
             OR d.classid = 'pg_class'::regclass::oid AND d.objsubid > 0 AND (a.attrelid, a.attnum) = (d.objid, d.objsubid) \
             LEFT JOIN pg_class y ON y.oid = coalesce(v.oid, a.attrelid) \
             LEFT JOIN pg_namespace h ON h.oid = coalesce(y.relnamespace, f.pronamespace) \
             CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) i \
             WHERE NOT EXISTS (SELECT FROM u AS own WHERE own.class = d.classid AND own.oid = d.objid)"
        ),
        bound: true,
        follows: true,
        ..Source::of(Reads::Ties)
    }
}
