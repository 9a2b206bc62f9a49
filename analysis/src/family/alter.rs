//! What does each action of an ALTER TABLE change, where the grammar rejects one of them?

use super::column::{names, on_delete};
use super::cursor::{Cursor, whole};
use super::{column, each_span, is_unknown};
use crate::act::{Act, Change, Constraint, Name, Restriction, Step, Value};
use crate::lex::Token;
use crate::{Dialect, Span, read};

/// Reads the actions one by one, so that one which is not understood hides no other.
pub(super) fn alter_table(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.eat("ALTER").then_some(())?;
    cursor.eat_any(&["ONLINE", "OFFLINE", "IGNORE"]);
    cursor.eat("FOREIGN");
    cursor.eat("TABLE").then_some(())?;
    let if_exists = cursor.if_exists();
    cursor.eat("ONLY");
    let start = cursor.at;
    let table = cursor.name()?;
    let name = &cursor.tokens[start..cursor.at];
    cursor.eat_symbol("*");
    let head = [&cursor.tokens[..1], table_word(cursor)?, name].concat();
    let mut steps = Vec::new();
    for action in actions(cursor) {
        steps.extend(one(cursor, &head, &table, if_exists, &action));
    }
    // Every other change names the table as it was called before, wherever the rename stands.
    steps.sort_by_key(Step::renames_table);
    if steps.is_empty() {
        steps = cursor.step(Act::Inert);
    }
    Some(steps)
}

/// The word `TABLE` of the head, as a slice.
fn table_word<'a>(cursor: Cursor<'a>) -> Option<&'a [Token]> {
    let at = cursor
        .tokens
        .iter()
        .position(|token| token.is_word(cursor.sql, "TABLE"))?;
    cursor.tokens.get(at..=at)
}

/// The actions; those of MySQL that list names separated by commas stay together.
fn actions(cursor: Cursor<'_>) -> Vec<Vec<Token>> {
    let mut actions: Vec<Vec<Token>> = Vec::new();
    for item in cursor.list() {
        let lists = actions.last().is_some_and(|last| {
            let last = Cursor::new(cursor.dialect, cursor.sql, last);
            last.sees_any(&[
                "DROP PARTITION",
                "TRUNCATE PARTITION",
                "ORDER BY",
                "REBUILD PARTITION",
            ])
        });
        match actions.last_mut() {
            Some(last) if lists && item.len() <= 2 => last.extend(item),
            _ => actions.push(item.to_vec()),
        }
    }
    actions
}

fn one(
    cursor: Cursor<'_>,
    head: &[Token],
    table: &Name,
    if_exists: bool,
    action: &[Token],
) -> Vec<Step> {
    if let Some(mut steps) = alone(cursor, head, action)
        && !steps.iter().any(is_unknown)
    {
        for step in &mut steps {
            if let Act::AlterTable {
                if_exists: missing, ..
            } = &mut step.act
            {
                *missing = if_exists;
            }
        }
        return steps;
    }
    let own = Cursor::new(cursor.dialect, cursor.sql, action);
    let changes = changes(own)
        .unwrap_or_else(|| vec![Change::Unknown("this change is not understood".to_owned())]);
    let span = whole(action);
    changes
        .into_iter()
        .map(|change| Step {
            act: Act::AlterTable {
                table: table.clone(),
                if_exists,
                change,
            },
            span,
        })
        .collect()
}

/// What the grammar makes of one action, right behind the head: were the others blanked, the text would be as long as
/// the statement for each of them.
fn alone(cursor: Cursor<'_>, head: &[Token], action: &[Token]) -> Option<Vec<Step>> {
    let mut text = super::plain(cursor.sql, head);
    text.push(' ');
    let (whole, moved) = (whole(action), u32::try_from(text.len()).ok()?);
    text.push_str(&super::plain(cursor.sql, action));
    let mut steps = read::read(cursor.dialect, &text, 0)?;
    each_span(&mut steps, &mut |span| {
        *span = match span
            .start
            .checked_sub(moved)
            .zip(span.end.checked_sub(moved))
        {
            Some((start, end)) => Span {
                start: whole.start + start,
                end: whole.start + end,
            },
            None => whole,
        };
    });
    Some(steps)
}

fn changes(mut cursor: Cursor<'_>) -> Option<Vec<Change>> {
    let mut added = cursor;
    if added.eat("ADD") {
        if let Some(constraint) = constraint(added) {
            return Some(vec![Change::AddConstraint(constraint)]);
        }
        if added.eat("PARTITION") {
            return Some(vec![Change::AddPartitions(partitions(added))]);
        }
        added.eat("COLUMN");
        let if_not_exists = added.if_not_exists();
        let definitions = match added.parentheses() {
            Some(within) => Cursor::new(cursor.dialect, cursor.sql, within).list(),
            None => vec![added.rest()],
        };
        let add = |definition: &[Token]| {
            let definition = Cursor::new(cursor.dialect, cursor.sql, definition);
            if let Some(constraint) = constraint(definition) {
                return Some(Change::AddConstraint(constraint));
            }
            Some(Change::AddColumn {
                column: column::column(definition)?,
                if_not_exists,
            })
        };
        return definitions.into_iter().map(add).collect();
    }
    if cursor.eat("DROP PARTITION") {
        cursor.if_exists();
        return Some(vec![Change::DropPartitions(partition_names(cursor))]);
    }
    if cursor.eat("TRUNCATE PARTITION") {
        return Some(vec![Change::TruncatePartitions(partition_names(cursor))]);
    }
    change(cursor).map(|change| vec![change])
}

/// The names of a list of partitions.
fn partition_names(cursor: Cursor<'_>) -> Vec<String> {
    let name = |item: &[Token]| Cursor::new(cursor.dialect, cursor.sql, item).ident();
    cursor.rest().chunks(1).filter_map(name).collect()
}

/// The names in `(PARTITION a VALUES …, PARTITION b …)`.
fn partitions(mut cursor: Cursor<'_>) -> Vec<String> {
    cursor.if_not_exists();
    let within = cursor.parentheses().unwrap_or(&[]);
    let items = Cursor::new(cursor.dialect, cursor.sql, within).list();
    let name = |item: &[Token]| {
        let mut item = Cursor::new(cursor.dialect, cursor.sql, item);
        item.eat("PARTITION");
        item.ident()
    };
    items.into_iter().filter_map(name).collect()
}

/// Actions that change neither data nor anything that the model holds.
const INERT: [&str; 61] = [
    "ALGORITHM",
    "LOCK",
    "FORCE",
    "ORDER BY",
    "ENABLE KEYS",
    "DISABLE KEYS",
    "ROW_FORMAT",
    "COMMENT",
    "AUTO_INCREMENT",
    "DEFAULT CHARSET",
    "DEFAULT CHARACTER SET",
    "DEFAULT COLLATE",
    "CHARSET",
    "CHARACTER SET",
    "COLLATE",
    "STATS_PERSISTENT",
    "STATS_AUTO_RECALC",
    "STATS_SAMPLE_PAGES",
    "KEY_BLOCK_SIZE",
    "PACK_KEYS",
    "CHECKSUM",
    "AVG_ROW_LENGTH",
    "MAX_ROWS",
    "MIN_ROWS",
    "PAGE_COMPRESSED",
    "PAGE_CHECKSUM",
    "TRANSACTIONAL",
    "COMPRESSION",
    "ENCRYPTION",
    "ENCRYPTED",
    "DELAY_KEY_WRITE",
    "INSERT_METHOD",
    "TABLESPACE",
    "WAIT",
    "NOWAIT",
    "WITH VALIDATION",
    "WITHOUT VALIDATION",
    "ALTER INDEX",
    "ALTER KEY",
    "ALTER CHECK",
    "ALTER CONSTRAINT",
    "ANALYZE PARTITION",
    "CHECK PARTITION",
    "OPTIMIZE PARTITION",
    "REBUILD PARTITION",
    "VALIDATE CONSTRAINT",
    "OWNER TO",
    "CLUSTER ON",
    "SET WITHOUT",
    "SET TABLESPACE",
    "SET LOGGED",
    "SET UNLOGGED",
    "SET ACCESS METHOD",
    "RESET",
    "REPLICA IDENTITY",
    "ENABLE TRIGGER",
    "DISABLE TRIGGER",
    "ENABLE RULE",
    "ENABLE ALWAYS",
    "ENABLE REPLICA",
    "OPTIONS",
];

fn change(mut cursor: Cursor<'_>) -> Option<Change> {
    if cursor.sees_any(&INERT) {
        return Some(Change::Inert);
    }
    if cursor.eat("ENGINE") {
        cursor.eat_symbol("=");
        return Some(Change::Volatile(
            cursor.sees("MEMORY") || cursor.sees("HEAP"),
        ));
    }
    if cursor.eat_any(&["CONVERT TO CHARACTER SET", "CONVERT TO CHARSET"]) {
        let charset = cursor
            .peek()?
            .text(cursor.sql)
            .trim_matches('\'')
            .to_lowercase();
        return Some(Change::ConvertCharset(charset));
    }
    if cursor.eat("SET SCHEMA") {
        return Some(Change::SetSchema(cursor.ident()?));
    }
    if cursor.sees("SET") {
        return Some(Change::Inert);
    }
    if cursor.eat_any(&["ENABLE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY"]) {
        return Some(Change::RowSecurity(true));
    }
    if cursor.eat("DISABLE ROW LEVEL SECURITY") {
        return Some(Change::RowSecurity(false));
    }
    if cursor.eat_any(&[
        "NO FORCE ROW LEVEL SECURITY",
        "DISABLE RULE",
        "OF",
        "NOT OF",
    ]) {
        return Some(Change::Inert);
    }
    if cursor.eat("ATTACH PARTITION") {
        return Some(Change::AttachPartition(cursor.name()?));
    }
    if cursor.eat("DETACH PARTITION") {
        return Some(Change::DetachPartition(cursor.name()?));
    }
    let inherits = cursor.sees("INHERIT");
    if cursor.eat("INHERIT") || cursor.eat("NO INHERIT") {
        return Some(Change::Inherit {
            parent: cursor.name()?,
            on: inherits,
        });
    }
    let reorganised = [
        "REORGANIZE PARTITION",
        "COALESCE PARTITION",
        "REMOVE PARTITIONING",
        "PARTITION BY",
    ];
    if cursor.sees_any(&reorganised) {
        return Some(Change::ReorganizePartitions);
    }
    if cursor.eat("EXCHANGE PARTITION") {
        let partition = cursor.ident()?;
        cursor.eat("WITH TABLE").then_some(())?;
        return Some(Change::ExchangePartition {
            partition,
            with: cursor.name()?,
        });
    }
    if cursor.eat("RENAME") {
        return rename(cursor);
    }
    if cursor.eat("DROP") {
        return drop(cursor);
    }
    if cursor.eat("MODIFY") {
        cursor.eat("COLUMN");
        let if_exists = cursor.if_exists();
        let column = column::column(cursor)?;
        return Some(Change::Redefine {
            from: column.name.clone(),
            if_exists,
            column,
        });
    }
    if cursor.eat("CHANGE") {
        cursor.eat("COLUMN");
        let if_exists = cursor.if_exists();
        let from = cursor.ident()?;
        return Some(Change::Redefine {
            from,
            if_exists,
            column: column::column(cursor)?,
        });
    }
    cursor.eat("ALTER").then_some(())?;
    cursor.eat("COLUMN");
    cursor.if_exists();
    let name = cursor.ident()?;
    alter_column(cursor, name)
}

fn rename(mut cursor: Cursor<'_>) -> Option<Change> {
    if cursor.eat_any(&["INDEX", "KEY"]) {
        let from = cursor.ident()?;
        cursor.eat("TO").then_some(())?;
        return Some(Change::RenameIndex {
            from,
            to: cursor.ident()?,
        });
    }
    if cursor.eat("CONSTRAINT") {
        let from = cursor.ident()?;
        cursor.eat("TO").then_some(())?;
        return Some(Change::RenameConstraint {
            from,
            to: cursor.ident()?,
        });
    }
    if cursor.eat_any(&["TO", "AS"]) || cursor.rest().len() == 1 {
        return Some(Change::Rename(cursor.name()?));
    }
    cursor.eat("COLUMN");
    cursor.if_exists();
    let from = cursor.ident()?;
    cursor.eat("TO").then_some(())?;
    Some(Change::RenameColumn {
        from,
        to: cursor.ident()?,
    })
}

fn drop(mut cursor: Cursor<'_>) -> Option<Change> {
    let cascade = cursor
        .rest()
        .last()
        .is_some_and(|token| token.is_word(cursor.sql, "CASCADE"));
    if cursor.eat("PRIMARY KEY") {
        return Some(Change::DropPrimaryKey);
    }
    if cursor.eat("FOREIGN KEY") {
        cursor.if_exists();
        return Some(Change::DropForeignKey(cursor.ident()?));
    }
    if cursor.dialect == Dialect::MySql && cursor.eat_any(&["INDEX", "KEY"]) {
        cursor.if_exists();
        return Some(Change::DropIndex(cursor.ident()?));
    }
    if cursor.eat("CONSTRAINT") || (cursor.dialect == Dialect::MySql && cursor.eat("CHECK")) {
        let if_exists = cursor.if_exists();
        return Some(Change::DropConstraint {
            name: cursor.ident()?,
            if_exists,
            cascade,
        });
    }
    cursor.eat("COLUMN");
    let if_exists = cursor.if_exists();
    let name = cursor.ident()?;
    cursor.eat_any(&["CASCADE", "RESTRICT"]);
    cursor.is_done().then_some(Change::DropColumn {
        name,
        if_exists,
        cascade,
    })
}

fn alter_column(mut cursor: Cursor<'_>, column: String) -> Option<Change> {
    let inert = [
        "SET STATISTICS",
        "SET STORAGE",
        "SET COMPRESSION",
        "SET VISIBLE",
        "SET INVISIBLE",
        "RESET",
        "RESTART",
        "SET GENERATED",
        "SET INCREMENT",
        "SET START",
        "SET CACHE",
        "SET MAXVALUE",
        "SET MINVALUE",
        "SET SEQUENCE",
        "SET EXPRESSION",
        "OPTIONS",
    ];
    if cursor.sees_any(&inert) {
        return Some(Change::Inert);
    }
    if cursor.eat("DROP EXPRESSION") {
        return Some(Change::DropExpression(column));
    }
    if cursor.eat("DROP IDENTITY") {
        return Some(Change::Identity { column, on: false });
    }
    if cursor.eat("ADD GENERATED") {
        return Some(Change::Identity { column, on: true });
    }
    if cursor.eat("DROP DEFAULT") {
        return Some(Change::SetDefault {
            column,
            default: None,
        });
    }
    if cursor.eat("SET DEFAULT") {
        let default = whole(cursor.rest()).of(cursor.sql).to_owned();
        return Some(Change::SetDefault {
            column,
            default: Some(default),
        });
    }
    if cursor.eat("SET NOT NULL") {
        return Some(Change::SetNotNull(column));
    }
    if cursor.eat("DROP NOT NULL") {
        return Some(Change::DropNotNull(column));
    }
    cursor.eat("SET DATA");
    if cursor.eat("TYPE") {
        let start = cursor.at;
        let using = cursor.skip_to(&["USING"]);
        let ty = whole(&cursor.tokens[start..cursor.at])
            .of(cursor.sql)
            .to_owned();
        return Some(Change::SetType {
            column,
            ty,
            // What it computes the grammar could not read.
            using: using.then(|| Value::Computed {
                reads: Vec::new(),
                calls: Vec::new(),
            }),
        });
    }
    cursor.sees_symbol("(").then_some(Change::Inert)
}

/// A constraint or key, if the words that come next are one.
pub(super) fn constraint(mut cursor: Cursor<'_>) -> Option<Constraint> {
    let text = whole(cursor.rest()).of(cursor.sql).to_owned();
    let mut name = None;
    if cursor.eat("CONSTRAINT") {
        let unnamed = cursor.sees_any(&["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK"]);
        name = if unnamed { None } else { cursor.ident() };
    }
    let rule = if cursor.eat("PRIMARY KEY") {
        key(&mut cursor, &mut name, Restriction::PrimaryKey)?
    } else if cursor.eat("UNIQUE") {
        cursor.eat_any(&["NULLS NOT DISTINCT", "NULLS DISTINCT", "INDEX", "KEY"]);
        key(&mut cursor, &mut name, Restriction::Unique)?
    } else if cursor.eat("FOREIGN KEY") {
        cursor.if_not_exists();
        foreign_key(&mut cursor, &mut name)?
    } else if cursor.eat("CHECK") {
        cursor.sees_symbol("(").then_some(Restriction::Check)?
    } else if cursor.eat("EXCLUDE") {
        Restriction::Exclude
    } else if cursor.dialect == Dialect::MySql {
        let key_word = cursor.eat_any(&["FULLTEXT", "SPATIAL"]) | cursor.eat_any(&["INDEX", "KEY"]);
        key_word.then_some(())?;
        cursor.if_not_exists();
        key(&mut cursor, &mut name, Restriction::Index)?
    } else {
        return None;
    };
    Some(Constraint { name, rule, text })
}

fn key(
    cursor: &mut Cursor<'_>,
    name: &mut Option<String>,
    rule: fn(Vec<String>) -> Restriction,
) -> Option<Restriction> {
    if cursor.eat("USING INDEX") {
        return Some(Restriction::UsingIndex(cursor.ident()?));
    }
    if !cursor.sees_symbol("(") && !cursor.sees("USING") {
        *name = cursor.ident();
    }
    if cursor.eat("USING") {
        cursor.ident();
    }
    cursor.sees_symbol("(").then_some(())?;
    Some(rule(names(cursor)))
}

fn foreign_key(cursor: &mut Cursor<'_>, name: &mut Option<String>) -> Option<Restriction> {
    if !cursor.sees_symbol("(") {
        *name = cursor.ident();
    }
    let columns = names(cursor);
    cursor.eat("REFERENCES").then_some(())?;
    let table = cursor.name()?;
    let referred = names(cursor);
    Some(Restriction::ForeignKey {
        columns,
        table,
        referred,
        on_delete: on_delete(cursor),
    })
}
