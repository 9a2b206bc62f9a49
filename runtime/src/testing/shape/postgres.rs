//! What stands in a PostgreSQL schema, line by line?

use super::column;
use crate::Result;
use crate::session::Session;

/// Not the server's own schemas.
const OURS: &str = "n.nspname !~ '^(pg_|information_schema$)'";

/// Not a part of an extension.
fn apart(catalog: &str, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass AND e.objid = {oid} AND e.deptype = 'e')"
    )
}

pub(super) async fn lines(session: &mut dyn Session) -> Result<Vec<String>> {
    let class = apart("pg_class", "c.oid");
    let of = format!("JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND {class}");
    let routine = apart("pg_proc", "p.oid");
    let kind = apart("pg_type", "t.oid");
    let queries = [
        format!("SELECT 'schema ' || n.nspname FROM pg_namespace n WHERE {OURS}"),
        "SELECT 'extension ' || extname FROM pg_extension".to_owned(),
        format!(
            "SELECT 'table ' || c.oid::regclass || CASE c.relkind WHEN 'p' THEN ' partitioned by ' || \
               pg_get_partkeydef(c.oid) ELSE '' END || coalesce(' ' || pg_get_expr(c.relpartbound, c.oid), '') || \
               CASE c.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END || coalesce(' with ' || c.reloptions::text, '') || \
               CASE WHEN c.relrowsecurity THEN ' with row security' ELSE '' END || \
               CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END || \
               CASE c.relreplident WHEN 'd' THEN '' ELSE ' replica identity ' || c.relreplident::text END \
             FROM pg_class c {of} AND c.relkind IN ('r', 'p', 'f')"
        ),
        format!(
            "SELECT 'inheritance ' || i.inhrelid::regclass || ' from ' || i.inhparent::regclass FROM pg_inherits i \
             JOIN pg_class c ON c.oid = i.inhrelid {of} AND c.relkind IN ('r', 'p', 'f')"
        ),
        format!(
            "SELECT 'column ' || c.oid::regclass || '.' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) || \
               CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || \
               CASE a.attidentity WHEN 'a' THEN ' identity' WHEN 'd' THEN ' identity by default' ELSE '' END || \
               CASE WHEN a.attgenerated <> '' THEN ' generated as ' ELSE ' default ' END || \
               coalesce(pg_get_expr(d.adbin, d.adrelid), '-') || \
               CASE WHEN a.attcollation NOT IN (0, 100) AND a.attcollation <> t.typcollation \
                 THEN ' collate ' || a.attcollation::regcollation ELSE '' END \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid \
             LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) {of} \
             AND c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
        ),
        format!(
            "SELECT 'index ' || pg_get_indexdef(x.indexrelid) || CASE WHEN x.indisvalid THEN '' ELSE ' invalid' END \
             FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid {of} AND c.relkind <> 't'"
        ),
        format!(
            "SELECT 'constraint ' || quote_ident(k.conname) || ' of ' || c.oid::regclass || ': ' || pg_get_constraintdef(k.oid) \
             FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid {of} AND k.contype <> 't'"
        ),
        format!(
            "SELECT CASE c.relkind WHEN 'm' THEN 'materialized ' ELSE '' END || 'view ' || c.oid::regclass || ': ' || \
             pg_get_viewdef(c.oid) FROM pg_class c {of} AND c.relkind IN ('v', 'm')"
        ),
        format!(
            "SELECT 'sequence ' || c.oid::regclass || ' ' || format_type(s.seqtypid, NULL) || ' from ' || s.seqstart || ' by ' || \
             s.seqincrement FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid {of}"
        ),
        format!(
            "SELECT 'trigger ' || pg_get_triggerdef(g.oid) || CASE g.tgenabled WHEN 'O' THEN '' ELSE ' ' || g.tgenabled::text END \
             FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid {of} AND NOT g.tgisinternal"
        ),
        format!(
            "SELECT 'policy ' || quote_ident(o.polname) || ' of ' || c.oid::regclass || ' ' || o.polcmd::text || ' ' || \
               coalesce(pg_get_expr(o.polqual, o.polrelid), '-') || ' ' || coalesce(pg_get_expr(o.polwithcheck, o.polrelid), '-') \
             FROM pg_policy o JOIN pg_class c ON c.oid = o.polrelid {of}"
        ),
        format!(
            "SELECT 'rule ' || pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class {of} \
             AND r.rulename <> '_RETURN'"
        ),
        // Nothing granted is written as nothing until the first grant, and in full after the first revocation.
        format!(
            "SELECT 'grant on ' || c.oid::regclass || ' to ' || CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END \
               || ': ' || g.privilege_type FROM pg_class c CROSS JOIN aclexplode(c.relacl) g {of} \
             AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND g.grantee <> c.relowner"
        ),
        format!(
            "SELECT 'comment on ' || c.oid::regclass || coalesce('.' || quote_ident(a.attname), '') || ': ' || d.description \
             FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass \
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 {of}"
        ),
        format!(
            "SELECT 'type ' || t.oid::regtype || ': ' || string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) \
             FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid JOIN pg_namespace n ON n.oid = t.typnamespace \
             WHERE {OURS} AND {kind} GROUP BY t.oid"
        ),
        format!(
            "SELECT 'domain ' || t.oid::regtype || ' ' || format_type(t.typbasetype, t.typtypmod) || \
               CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END || ' default ' || coalesce(t.typdefault, '-') || \
               coalesce((SELECT string_agg(' ' || pg_get_constraintdef(k.oid), '' ORDER BY k.conname) FROM pg_constraint k \
               WHERE k.contypid = t.oid), '') \
             FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {OURS} AND {kind} AND t.typtype = 'd'"
        ),
        format!(
            "SELECT 'type ' || t.oid::regtype || ' as ' || string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' \
               ORDER BY a.attnum) FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid JOIN pg_attribute a ON a.attrelid = c.oid \
             {of} AND c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped GROUP BY t.oid"
        ),
        format!(
            "SELECT 'routine ' || CASE WHEN p.prokind IN ('f', 'p', 'w') THEN pg_get_functiondef(p.oid) \
               ELSE 'aggregate ' || p.oid::regprocedure END FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
             WHERE {OURS} AND {routine}"
        ),
    ];
    column(session, &queries.join(" UNION ALL ")).await
}
