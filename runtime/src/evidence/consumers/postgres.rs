//! Where does PostgreSQL say what refers to a table?
//!
//! `pg_depend` knows views, policies, triggers and foreign keys, but not what a routine's body names
//! (<https://www.postgresql.org/docs/current/ddl-depend.html>), so bodies are searched. The catalogs can be read by every
//! role; the jobs of pg_cron only by those they belong to.

use onward_analysis::{Dialect, Object};

use super::{Reads, Source};
use crate::evidence::ask::word;
use crate::evidence::table;

pub(super) fn sources(tables: &[Object]) -> Vec<Source> {
    let dialect = Dialect::Postgres;
    let quoted = tables
        .iter()
        .map(|object| word(dialect, &table(dialect, object)));
    let found: Vec<String> = quoted
        .map(|name| format!("to_regclass({name})::oid"))
        .collect();
    let shown = tables
        .iter()
        .map(|object| word(dialect, &object.to_string()));
    let shown: Vec<String> = shown.collect();
    let these = format!(
        "unnest(ARRAY[{}], ARRAY[{}]) AS o (rel, name)",
        found.join(", "),
        shown.join(", ")
    );
    vec![
        Source {
            what: "view, foreign key, policy or trigger of another",
            sql: dependencies(&these),
            bound: true,
            follows: true,
            ..Source::of(Reads::Ties)
        },
        Source {
            what: "generated column",
            sql: format!(
                "SELECT 'generated column', a.attname::text, o.name, pg_get_expr(d.adbin, d.adrelid) FROM {these} \
                 JOIN pg_attribute a ON a.attrelid = o.rel AND a.attgenerated <> '' \
                 JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)"
            ),
            bound: true,
            follows: true,
            ..Source::of(Reads::Texts)
        },
        Source {
            what: "routine",
            sql: routines(&these),
            copies: true,
            ..Source::of(Reads::Texts)
        },
        Source {
            what: "publication",
            sql: format!(
                "SELECT 'publication', p.pubname::text, NULL, o.name, c.name FROM {these} JOIN pg_class r ON r.oid = o.rel \
                 JOIN pg_namespace n ON n.oid = r.relnamespace JOIN pg_publication_tables p \
                 ON p.schemaname = n.nspname AND p.tablename = r.relname CROSS JOIN LATERAL \
                 jsonb_array_elements_text(coalesce(pg_catalog.to_jsonb(p) -> 'attnames'::text, (SELECT pg_catalog.jsonb_agg(attname) \
                 FROM pg_attribute WHERE attrelid = o.rel AND attnum > 0 AND NOT attisdropped))) AS c (name)"
            ),
            bound: true,
            ..Source::of(Reads::Ties)
        },
        Source {
            what: "replication slot that sends every table",
            // What pgoutput sends, a publication says.
            sql: format!(
                "SELECT 'replication slot', s.slot_name::text || ' (' || s.plugin::text || ')', NULL, o.name, '*' \
                 FROM {these} CROSS JOIN pg_replication_slots s WHERE s.slot_type = 'logical' \
                 AND s.database = current_database() AND s.plugin <> 'pgoutput' AND o.rel IS NOT NULL"
            ),
            bound: true,
            ..Source::of(Reads::Ties)
        },
        Source {
            // What another server publishes is written here by the names of table and columns.
            what: "subscription",
            sql: format!(
                "SELECT 'subscription', s.subname::text, NULL, o.name, '*' FROM {these} \
                 JOIN pg_subscription_rel r ON r.srrelid = o.rel JOIN pg_subscription s ON s.oid = r.srsubid"
            ),
            bound: true,
            ..Source::of(Reads::Ties)
        },
        Source {
            what: "job of pg_cron",
            sql: "SELECT 'scheduled job', coalesce(jobname::text, jobid::text), NULL, command FROM cron.job \
                  WHERE active AND database = current_database()"
                .to_owned(),
            // One database of the server has the jobs of all (<https://github.com/citusdata/pg_cron#setting-up-pg_cron>).
            instead: Some("SELECT nullif(current_setting('cron.database_name', true), '')"),
            ..Source::of(Reads::Texts)
        },
    ]
}

/// What `pg_depend` ties to a table, to a column of it, or to the type of its rows. What belongs to the table itself goes
/// with it, and is none; nor are its indexes and sequences.
fn dependencies(these: &str) -> String {
    format!(
        "SELECT DISTINCT CASE WHEN v.relkind = 'm' THEN 'materialized view' WHEN v.oid IS NOT NULL THEN 'view' \
         WHEN k.oid IS NOT NULL THEN 'foreign key' ELSE i.type END, coalesce(v.oid::regclass::text, \
         coalesce(k.conname, p.polname, t.tgname)::text || ' on ' || b.name, f.oid::regprocedure::text, i.identity), b.name, o.name, \
         a.attname::text, h.nspname::text FROM {these} JOIN pg_class c ON c.oid = o.rel JOIN pg_depend d \
         ON d.refclassid = 'pg_class'::regclass::oid AND d.refobjid = o.rel \
         OR d.refclassid = 'pg_type'::regclass::oid AND d.refobjid = c.reltype \
         LEFT JOIN pg_attribute a ON d.refclassid = 'pg_class'::regclass::oid AND a.attrelid = o.rel \
         AND a.attnum = d.refobjsubid AND d.refobjsubid > 0 \
         LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass::oid AND w.oid = d.objid \
         LEFT JOIN pg_class v ON v.oid = w.ev_class \
         LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass::oid AND k.oid = d.objid \
         LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass::oid AND p.oid = d.objid \
         LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass::oid AND t.oid = d.objid AND NOT t.tgisinternal \
         LEFT JOIN pg_proc f ON d.classid = 'pg_proc'::regclass::oid AND f.oid = d.objid \
         CROSS JOIN LATERAL (SELECT coalesce(k.conrelid, p.polrelid, t.tgrelid)) AS r (oid) \
         CROSS JOIN LATERAL (SELECT r.oid::regclass::text) AS b (name) \
         LEFT JOIN pg_class y ON y.oid = coalesce(v.oid, r.oid) \
         LEFT JOIN pg_namespace h ON h.oid = coalesce(y.relnamespace, f.pronamespace) \
         CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) i \
         WHERE v.oid <> o.rel OR k.contype = 'f' AND k.conrelid <> o.rel OR p.oid IS NOT NULL OR t.oid IS NOT NULL \
         OR d.classid = 'pg_proc'::regclass::oid \
         OR d.classid = 'pg_class'::regclass::oid AND d.refclassid = 'pg_type'::regclass::oid AND d.deptype = 'n'"
    )
}

/// The bodies of routines. What a trigger of the table runs, and what takes or gives a row of it, is about it without
/// naming it. Then how many columns it says that it gives back, and of how many tables triggers run it.
fn routines(these: &str) -> String {
    // Of a schema with thousands of routines, those that surely mean its own tables need not be read.
    let elsewhere = format!(
        "(p.proconfig IS NULL AND strpos(lower(p.prosrc), 'search_path') = 0 AND EXISTS (SELECT FROM {these} WHERE o.rel IS NOT NULL) \
         AND NOT EXISTS (SELECT FROM {these} LEFT JOIN pg_class c ON c.oid = o.rel LEFT JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE o.rel IS NULL OR n.oid = p.pronamespace OR strpos(lower(p.prosrc), lower(n.nspname::text)) > 0 \
         OR strpos(lower(p.prosrc), lower(c.relname::text)) > 0 AND NOT EXISTS (SELECT FROM pg_class s WHERE s.relnamespace = p.pronamespace \
         AND s.relname = c.relname)))"
    );
    format!(
        "SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.oid::regprocedure::text, o.name, p.prosrc, h.nspname::text, \
         (SELECT substr(c, 13) FROM pg_catalog.unnest(p.proconfig) AS c WHERE c LIKE 'search\\_path=%'), \
         (SELECT nullif(count(*), 0) FROM pg_catalog.unnest(p.proargmodes) AS m WHERE m = 't'), \
         (SELECT pg_catalog.count(DISTINCT t.tgrelid) FROM pg_trigger t WHERE t.tgfoid = p.oid \
         AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = t.tgrelid)) \
         FROM pg_proc p JOIN pg_namespace h ON h.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('c', 'internal') \
         LEFT JOIN {these} ON EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid AND t.tgrelid = o.rel) \
         OR EXISTS (SELECT FROM pg_class c WHERE c.oid = o.rel \
         AND c.reltype = ANY (pg_catalog.array_append(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.prorettype))) \
         WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace::oid, 'information_schema'::regnamespace::oid) \
         AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass::oid AND e.objid = p.oid AND e.deptype = 'e') \
         AND (o.rel IS NOT NULL OR NOT {elsewhere})"
    )
}
