//! What do the catalogs say of a schema, in the words of the rules?

use std::collections::{BTreeMap, BTreeSet};

use onward_analysis::Dialect;

use crate::database::Database;

/// What there is, and how it is.
pub(crate) type Catalog = BTreeMap<String, String>;

pub(crate) async fn read(database: &mut Database) -> Catalog {
    let queries = match database.dialect() {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
    };
    let mut catalog = Catalog::new();
    let mut queries: Vec<&str> = queries.to_vec();
    let numbered = "SELECT 1 FROM pg_class WHERE relname = 't'".to_owned();
    if database.dialect() == Dialect::Postgres && !database.rows(numbered).await.is_empty() {
        queries.push(NUMBERS);
    }
    for sql in queries {
        for row in database.rows(sql.to_owned()).await {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            let what = cells.next().unwrap_or_default();
            let how = cells.next().unwrap_or_default().to_lowercase();
            let all: &mut String = catalog.entry(what).or_default();
            *all = if all.is_empty() {
                how
            } else {
                format!("{all}; {how}")
            };
        }
    }
    catalog
}

/// What is there in one of them alone or otherwise; apart from it what only follows from that, and may be said or not: what stands in
/// a table that is, and what speaks of a table or column that is called otherwise.
pub(crate) fn differences(was: &Catalog, now: &Catalog) -> (BTreeSet<String>, BTreeSet<String>) {
    let all: BTreeSet<&String> = was.keys().chain(now.keys()).collect();
    let found: BTreeSet<&String> = all
        .into_iter()
        .filter(|what| differs(was, now, what))
        .collect();
    let names = |kind: &str| -> Vec<&str> {
        let of_kind = found
            .iter()
            .filter(|what| !(was.contains_key(**what) && now.contains_key(**what)));
        of_kind
            .filter_map(|what| what.strip_prefix(kind)?.split('`').nth(1))
            .collect()
    };
    let (tables, columns) = (names("the table "), names("the column "));
    let within = |what: &str| {
        tables.iter().any(|table| {
            let parts = [
                format!("`{table}."),
                format!("`{table}("),
                format!("n `{table}`"),
                format!("f `{table}`"),
            ];
            parts.iter().any(|part| what.contains(part.as_str()))
        })
    };
    let follows = |what: &String| {
        let texts = [was.get(what), now.get(what)];
        let speaks = |name: &str| {
            let word = |letter: char| !letter.is_alphanumeric() && letter != '_';
            texts
                .iter()
                .flatten()
                .any(|text| text.split(word).any(|part| part == name))
        };
        let columns = columns.iter().filter_map(|column| column.split_once('.'));
        texts.iter().all(Option::is_some)
            && (tables.iter().any(|table| speaks(table))
                || columns.clone().any(|(_, column)| speaks(column)))
    };
    let (follow, told): (BTreeSet<&String>, BTreeSet<&String>) = found
        .iter()
        .partition(|what| !what.starts_with("the table ") && (within(what) || follows(what)));
    let owned = |all: BTreeSet<&String>| all.into_iter().cloned().collect();
    (owned(told), owned(follow))
}

fn differs(was: &Catalog, now: &Catalog, what: &String) -> bool {
    let (was, now) = (was.get(what), now.get(what));
    match (was, now) {
        // The order of the columns that were and are there.
        (Some(was), Some(now)) if what.starts_with("the order ") => {
            let common = |a: &str, b: &str| -> Vec<String> {
                a.split(' ')
                    .filter(|word| b.split(' ').any(|other| other == *word))
                    .map(str::to_owned)
                    .collect()
            };
            common(was, now) != common(now, was)
        }
        (None, _) | (_, None) if what.starts_with("the order ") => false,
        _ => was != now,
    }
}

/// What a finding speaks of.
pub(crate) fn meant(message: &str) -> Option<String> {
    if let Some(rest) = message.strip_prefix("the columns of `") {
        return Some(format!("the order of `{}`", rest.split('`').next()?));
    }
    if let Some(rest) = message.strip_prefix("the numbers of `") {
        return Some(format!("the numbers of `{}`", rest.split('`').next()?));
    }
    if let Some(rest) = message.strip_prefix("the table `")
        && let Some((table, what)) = rest.split_once("` comes back without its ")
    {
        return Some(format!("the {what} of `{table}`"));
    }
    let kinds = [
        "the table",
        "the column",
        "the primary key",
        "the unique key",
        "the foreign key",
        "the check",
        "the index",
        "the view",
        "the trigger",
        "the type",
        "the sequence",
        "the function",
        "the comments",
        "the grants",
        "the policies",
        "the row security",
    ];
    let starts = kinds
        .iter()
        .filter_map(|kind| message.find(&format!("{kind} ")).map(|at| (at, kind)));
    let (at, kind) = starts.min()?;
    let rest = &message[at + kind.len() + 1..];
    let shown = match rest.strip_prefix("of ") {
        Some(table) => format!("of `{}`", table.split('`').nth(1)?),
        None => {
            let name = rest.split('`').nth(1)?;
            match *kind {
                "the trigger" => format!("`{name}` on `{}`", rest.split('`').nth(3)?),
                "the check" => format!("of `{}`", rest.split('`').nth(3)?),
                "the foreign key" => format!("`{name}` to `{}`", rest.split('`').nth(3)?),
                _ => format!("`{name}`"),
            }
        }
    };
    Some(format!("{kind} {shown}"))
}

const POSTGRES: &[&str] = &[
    "SELECT 'the table `' || relname || '`', '' FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
    "SELECT 'the column `' || c.relname || '.' || a.attname || '`', format_type(a.atttypid, a.atttypmod) || a.attnotnull || \
       CASE WHEN pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NULL \
       THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '-') ELSE 'numbered' END \
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) \
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped",
    "SELECT 'the order of `' || c.relname || '`', string_agg(a.attname, ' ' ORDER BY a.attnum) \
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 1",
    "SELECT CASE k.contype WHEN 'p' THEN 'the primary key' WHEN 'u' THEN 'the unique key' ELSE 'the foreign key' END || ' `' || \
       c.relname || '(' || (SELECT string_agg(a.attname, ', ' ORDER BY n.place) FROM unnest(k.conkey) WITH ORDINALITY n (number, place) \
       JOIN pg_attribute a ON (a.attrelid, a.attnum) = (k.conrelid, n.number)) || ')`' || \
       coalesce(' to `' || f.relname || '`', ''), k.conname || k.confdeltype::text \
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class f ON f.oid = k.confrelid \
     WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f')",
    "SELECT 'the check of `' || c.relname || '`', k.conname || pg_get_constraintdef(k.oid) \
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = 'public'::regnamespace AND k.contype = 'c' ORDER BY 2",
    "SELECT 'the index `' || i.relname || '`', pg_get_indexdef(x.indexrelid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid \
     WHERE i.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid)",
    "SELECT 'the view `' || relname || '`', pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'",
    "SELECT 'the trigger `' || g.tgname || '` on `' || c.relname || '`', pg_get_triggerdef(g.oid) FROM pg_trigger g \
     JOIN pg_class c ON c.oid = g.tgrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT g.tgisinternal",
    "SELECT 'the function `' || proname || '`', prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "SELECT 'the type `' || t.typname || '`', string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder) FROM pg_type t \
     JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace GROUP BY 1",
    "SELECT 'the comments of `' || c.relname || '`', string_agg(coalesce(a.attname, '') || d.description, ' ' ORDER BY a.attname, d.description) \
     FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass \
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 \
     WHERE c.relnamespace = 'public'::regnamespace GROUP BY 1",
    "SELECT 'the grants of `' || c.relname || '`', string_agg(g.privilege_type, ' ' ORDER BY g.privilege_type) FROM pg_class c \
     CROSS JOIN aclexplode(c.relacl) g WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND g.grantee <> c.relowner GROUP BY 1",
    "SELECT 'the policies of `' || c.relname || '`', string_agg(o.polname || pg_get_expr(o.polqual, o.polrelid), ' ' ORDER BY o.polname) \
     FROM pg_policy o JOIN pg_class c ON c.oid = o.polrelid GROUP BY 1",
    "SELECT 'the row security of `' || relname || '`', '' FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity",
];

/// Whether a row has the next number already.
const NUMBERS: &str = "SELECT 'the numbers of `t.id`', ((SELECT coalesce(max(id), 0) FROM t) > \
     coalesce(pg_sequence_last_value(pg_get_serial_sequence('t', 'id')::regclass), 0))::text \
     WHERE pg_get_serial_sequence('t', 'id') IS NOT NULL";

const SQLITE: &[&str] = &[
    "SELECT 'the table `' || name || '`', '' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "SELECT 'the column `' || m.name || '.' || c.name || '`', lower(c.type) || c.\"notnull\" || coalesce(c.dflt_value, '-') \
     FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    "SELECT 'the order of `' || name || '`', (SELECT group_concat(c.name, ' ') FROM (SELECT name FROM pragma_table_info(m.name) ORDER BY cid) c) \
     FROM sqlite_master m WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "SELECT 'the primary key `' || m.name || '(' || group_concat(c.name, ', ') || ')`', '' \
     FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk > 0 GROUP BY m.name",
    "SELECT 'the unique key `' || m.name || '(' || (SELECT group_concat(name, ', ') FROM pragma_index_info(i.name)) || ')`', '' \
     FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table' AND i.origin = 'u'",
    "SELECT 'the foreign key `' || m.name || '(' || group_concat(f.\"from\", ', ') || ')` to `' || f.\"table\" || '`', f.on_delete \
     FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id",
    "SELECT 'the ' || type || ' `' || name || CASE type WHEN 'trigger' THEN '` on `' || tbl_name ELSE '' END || '`', \
       replace(sql, '\"', '') FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('index', 'view', 'trigger')",
];

const MYSQL: &[&str] = &[
    "SELECT CONCAT('the table `', table_name, '`'), '' FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
    "SELECT CONCAT('the column `', c.table_name, '.', c.column_name, '`'), CONCAT(column_type, is_nullable, coalesce(column_default, '-'), extra) \
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) \
     WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
    "SELECT CONCAT('the order of `', c.table_name, '`'), GROUP_CONCAT(c.column_name ORDER BY c.ordinal_position SEPARATOR ' ') \
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) \
     WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' GROUP BY c.table_name",
    "SELECT CONCAT(CASE WHEN index_name = 'PRIMARY' THEN 'the primary key `' WHEN MIN(non_unique) = 0 THEN 'the unique key `' ELSE 'the index `' END, \
       table_name, CASE WHEN MIN(non_unique) = 0 THEN CONCAT('(', GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', '), ')') \
       ELSE CONCAT('.', index_name) END, '`'), \
       CONCAT(index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', ')) \
     FROM information_schema.statistics WHERE table_schema = DATABASE() GROUP BY table_name, index_name",
    "SELECT CONCAT('the foreign key `', k.table_name, '(', GROUP_CONCAT(k.column_name ORDER BY k.ordinal_position SEPARATOR ', '), ')` to `', \
       k.referenced_table_name, '`'), CONCAT(k.constraint_name, r.delete_rule) FROM information_schema.key_column_usage k \
     JOIN information_schema.referential_constraints r ON (r.constraint_schema, r.constraint_name) = (k.constraint_schema, k.constraint_name) \
     WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL GROUP BY k.table_name, k.constraint_name, k.referenced_table_name, r.delete_rule",
    "SELECT CONCAT('the check of `', table_name, '`'), CONCAT(constraint_name, check_clause) FROM information_schema.check_constraints \
     WHERE constraint_schema = DATABASE() ORDER BY 2",
    "SELECT CONCAT('the view `', table_name, '`'), view_definition FROM information_schema.views WHERE table_schema = DATABASE()",
    "SELECT CONCAT('the trigger `', trigger_name, '` on `', event_object_table, '`'), CONCAT(action_timing, event_manipulation, action_statement) \
     FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
];
