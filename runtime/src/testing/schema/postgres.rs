//! What does PostgreSQL's catalog say of tables and their rules?

use onward_analysis::Dialect;

use super::{Column, Reference, Table, list, text};
use crate::Result;
use crate::session::Session;

/// Tables that keep rows, partitions apart; not those of an extension, nor ours.
const OURS: &str = "c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema$)' AND c.relname !~ '^_onward_' \
                    AND c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_depend d \
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

pub(super) async fn tables(session: &mut dyn Session) -> Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    let sql = format!(
        "SELECT n.nspname::text, c.relname::text, \
           (SELECT coalesce(json_agg(p.name), '[]')::text FROM (SELECT i.inhrelid::regclass::text AS name FROM pg_inherits i \
            WHERE i.inhparent = c.oid AND c.relkind = 'p') p), \
           (SELECT coalesce(json_agg(pg_get_partition_constraintdef(i.inhrelid)), '[]')::text FROM pg_inherits i \
            WHERE i.inhparent = c.oid AND c.relkind = 'p') \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE {OURS} AND NOT c.relispartition ORDER BY 1, 2"
    );
    for row in session.query(&sql, &[]).await? {
        let schema = text(&row, 0);
        let schema = (schema != "public").then_some(schema);
        let mut table = Table::new(Dialect::Postgres, schema.as_deref(), &text(&row, 1));
        table.partitions = list(&row, 2);
        // What a partition takes is a condition like any other.
        table.checks = list(&row, 3);
        tables.push(table);
    }
    columns(session, &mut tables).await?;
    checks(session, &mut tables).await?;
    references(session, &mut tables).await?;
    keys(session, &mut tables).await?;
    Ok(tables)
}

fn find<'t>(tables: &'t mut [Table], schema: &str, name: &str) -> Option<&'t mut Table> {
    let wanted = match schema {
        "public" => name.to_owned(),
        schema => format!("{schema}.{name}"),
    };
    tables.iter_mut().find(|table| table.name == wanted)
}

async fn columns(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let sql = format!(
        "SELECT n.nspname::text, c.relname::text, a.attname::text, \
           format_type(coalesce(nullif(t.typbasetype, 0), t.oid), \
             CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END)::text, \
           (a.attnotnull OR t.typnotnull)::text, a.attgenerated::text, \
           (a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid), '') ~ '^nextval[(]')::text, \
           (SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')::text FROM pg_enum e WHERE e.enumtypid \
             IN (t.oid, t.typbasetype, t.typelem)), \
           (SELECT coalesce(json_agg(pg_get_constraintdef(k.oid)), '[]')::text FROM pg_constraint k WHERE k.contypid = t.oid \
             AND k.contype = 'c') \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) \
         WHERE {OURS} AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2, a.attnum"
    );
    for row in session.query(&sql, &[]).await? {
        let Some(table) = find(tables, &text(&row, 0), &text(&row, 1)) else {
            continue;
        };
        let name = text(&row, 2);
        // A domain's condition speaks of VALUE.
        for check in list(&row, 8) {
            table.checks.push(check.replace("VALUE", &name));
        }
        table.columns.push(Column {
            name,
            ty: text(&row, 3).to_lowercase(),
            nullable: row.text(4) != Some("true"),
            generated: !text(&row, 5).is_empty(),
            given: row.text(6) == Some("true"),
            labels: list(&row, 7),
        });
    }
    Ok(())
}

async fn checks(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let sql = format!(
        "SELECT n.nspname::text, c.relname::text, pg_get_constraintdef(k.oid) FROM pg_constraint k \
         JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND k.contype = 'c'"
    );
    for row in session.query(&sql, &[]).await? {
        if let Some(table) = find(tables, &text(&row, 0), &text(&row, 1)) {
            table.checks.push(text(&row, 2));
        }
    }
    Ok(())
}

async fn references(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let names = |relation: &str, keys: &str| {
        format!(
            "(SELECT json_agg(a.attname ORDER BY u.place)::text FROM unnest({keys}) WITH ORDINALITY AS u(attnum, place) \
             JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = u.attnum)"
        )
    };
    let sql = format!(
        "SELECT n.nspname::text, c.relname::text, {}, pn.nspname::text, p.relname::text, {} FROM pg_constraint k \
         JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace \
         WHERE {OURS} AND k.contype = 'f' AND k.conparentid = 0 ORDER BY cardinality(k.conkey) DESC, k.oid",
        names("k.conrelid", "k.conkey"),
        names("k.confrelid", "k.confkey"),
    );
    for row in session.query(&sql, &[]).await? {
        if let Some(table) = find(tables, &text(&row, 0), &text(&row, 1)) {
            let quote = |column| Dialect::Postgres.quote(&text(&row, column));
            table.references.push(Reference {
                columns: list(&row, 2),
                parent: format!("{}.{}", quote(3), quote(4)),
                parent_columns: list(&row, 5),
            });
        }
    }
    Ok(())
}

async fn keys(session: &mut dyn Session, tables: &mut [Table]) -> Result<()> {
    let sql = format!(
        "SELECT n.nspname::text, c.relname::text, (SELECT json_agg(a.attname)::text FROM unnest(i.indkey) AS u(attnum) \
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum) \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE {OURS} AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY i.indexrelid"
    );
    for row in session.query(&sql, &[]).await? {
        if let Some(table) = find(tables, &text(&row, 0), &text(&row, 1)) {
            table.keys.push(list(&row, 2));
        }
    }
    Ok(())
}
