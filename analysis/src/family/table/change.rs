//! What does one action of an ALTER TABLE change, by its leading words?

use super::beside;
use super::column;
use crate::Dialect;
use crate::act::{Change, Charset, Engine, Fires, Turn, Value};
use crate::family::cursor::{Cursor, whole};
use crate::family::session;

/// Options of a table or of an ALTER TABLE that change no data, each with a value behind it.
pub(in crate::family) const INERT_OPTIONS: [&str; 19] = [
    "ALGORITHM",
    "LOCK",
    "ROW_FORMAT",
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
];

/// Actions that change neither data nor anything that the model holds.
const INERT: [&str; 34] = [
    "FORCE",
    "ORDER BY",
    "ENABLE KEYS",
    "DISABLE KEYS",
    "COMMENT",
    "AUTO_INCREMENT",
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
    "REPAIR PARTITION",
    "VALIDATE CONSTRAINT",
    "CLUSTER ON",
    "SET WITHOUT",
    "SET TABLESPACE",
    "SET LOGGED",
    "SET UNLOGGED",
    "SET ACCESS METHOD",
    "RESET",
    "REPLICA IDENTITY",
    "ENABLE RULE",
    "ENABLE ALWAYS RULE",
    "ENABLE REPLICA RULE",
    "OPTIONS",
];

pub(in crate::family) fn change(mut cursor: Cursor<'_>) -> Option<Change> {
    if cursor.dialect == Dialect::Postgres && cursor.sees("ALTER CONSTRAINT") {
        return Some(Change::AlterConstraint);
    }
    if cursor.sees_any(&INERT) || cursor.sees_any(&INERT_OPTIONS) {
        return Some(Change::Inert);
    }
    if cursor.eat("ENGINE") {
        cursor.eat_symbol("=");
        let engine = cursor.peek()?.text(cursor.sql);
        // The tables whose rows it shows from here on.
        (!cursor.holds("UNION")).then_some(())?;
        return Some(Change::Engine(Engine::called(engine)));
    }
    if cursor.dialect == Dialect::MySql && cursor.eat("UNION") {
        return Some(Change::Members(beside::listed(&mut cursor)?));
    }
    if cursor.eat_any(&["CONVERT TO CHARACTER SET", "CONVERT TO CHARSET"]) {
        return Some(Change::ConvertCharset(charset(cursor)?));
    }
    let mut default = cursor;
    default.eat("DEFAULT");
    if default.eat_any(&["CHARSET", "CHARACTER SET"]) {
        return Some(Change::DefaultCharset(charset(default)?));
    }
    if default.eat("COLLATE") {
        let collation = named(&mut default)?;
        // It begins with the name of its character set.
        let (charset, _) = collation.split_once('_').unwrap_or((&collation, ""));
        return Some(Change::DefaultCharset(Charset {
            name: charset.to_owned(),
            collation: Some(collation),
        }));
    }
    if cursor.eat("OWNER TO") {
        let other = !session::is_own_role(cursor);
        return Some(Change::OwnerTo { other });
    }
    if cursor.eat("SET SCHEMA") {
        return Some(Change::SetSchema(cursor.ident()?));
    }
    if cursor.sees("SET") {
        return Some(Change::Inert);
    }
    if cursor.eat("ENABLE ROW LEVEL SECURITY") {
        return Some(Change::RowSecurity(true));
    }
    if cursor.eat("FORCE ROW LEVEL SECURITY") {
        return Some(Change::ForceRowSecurity(true));
    }
    if cursor.eat("DISABLE ROW LEVEL SECURITY") {
        return Some(Change::RowSecurity(false));
    }
    if cursor.eat("NO FORCE ROW LEVEL SECURITY") {
        return Some(Change::ForceRowSecurity(false));
    }
    if cursor.eat("DISABLE RULE") {
        return Some(Change::Inert);
    }
    if cursor.eat("NOT OF") {
        return Some(Change::Of(None));
    }
    if cursor.eat("OF") {
        return Some(Change::Of(Some(cursor.name()?)));
    }
    let fires = [
        ("DISABLE TRIGGER", Fires::Never),
        ("ENABLE TRIGGER", Fires::Normally),
        ("ENABLE ALWAYS TRIGGER", Fires::Always),
        ("ENABLE REPLICA TRIGGER", Fires::Always),
    ];
    if let Some((_, fires)) = fires.into_iter().find(|(words, _)| cursor.eat(words)) {
        let name = (!cursor.eat_any(&["ALL", "USER"])).then(|| cursor.ident());
        return Some(Change::Triggers {
            name: name.flatten(),
            fires,
        });
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
    // MariaDB's way to make a table of a partition, and a partition of a table.
    if cursor.eat("CONVERT PARTITION") {
        cursor.ident()?;
        cursor.eat("TO TABLE").then_some(())?;
        return Some(Change::PartitionToTable(cursor.name()?));
    }
    if cursor.eat("CONVERT TABLE") {
        return Some(Change::TableToPartition(cursor.name()?));
    }
    if cursor.eat("DROP SYSTEM VERSIONING") {
        return Some(Change::DropHistory);
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
        let (column, place) = column::placed(cursor)?;
        return Some(Change::Redefine {
            from: column.name.clone(),
            if_exists,
            column,
            place,
        });
    }
    if cursor.eat("CHANGE") {
        cursor.eat("COLUMN");
        let if_exists = cursor.if_exists();
        let from = cursor.ident()?;
        let (column, place) = column::placed(cursor)?;
        return Some(Change::Redefine {
            from,
            if_exists,
            column,
            place,
        });
    }
    cursor.eat("ALTER").then_some(())?;
    cursor.eat("COLUMN");
    cursor.if_exists();
    let name = cursor.ident()?;
    alter_column(cursor, name)
}

/// A character set, and the collation behind it.
fn charset(mut cursor: Cursor<'_>) -> Option<Charset> {
    let name = named(&mut cursor)?;
    cursor.eat_symbol(",");
    cursor.eat("DEFAULT");
    let collates = cursor.eat("COLLATE");
    Some(Charset {
        name,
        collation: collates.then(|| named(&mut cursor)).flatten(),
    })
}

/// The name of a character set or collation.
fn named(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.eat_symbol("=");
    let name = cursor.next()?.text(cursor.sql);
    Some(name.trim_matches(['\'', '"', '`']).to_lowercase())
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
        let if_exists = cursor.if_exists();
        let name = cursor.ident()?;
        return Some(Change::DropIndex { name, if_exists });
    }
    if cursor.eat("CONSTRAINT") || (cursor.dialect == Dialect::MySql && cursor.eat("CHECK")) {
        let if_exists = cursor.if_exists();
        let name = cursor.ident()?;
        cursor.eat_any(&["CASCADE", "RESTRICT"]);
        return cursor.is_done().then_some(Change::DropConstraint {
            name,
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
    // `SET (n_distinct = …)` is about what the planner believes.
    let mut options = cursor;
    let options = cursor.dialect == Dialect::Postgres
        && options.eat("SET")
        && options.parentheses().is_some()
        && options.is_done();
    if options || cursor.sees_any(&inert) {
        return Some(Change::Inert);
    }
    if cursor.eat_any(&["SET VISIBLE", "SET INVISIBLE"]) {
        let hidden = cursor
            .tokens
            .iter()
            .any(|token| token.is_word(cursor.sql, "INVISIBLE"));
        return Some(Change::SetHidden { column, hidden });
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
        return cursor.is_done().then_some(Change::SetNotNull(column));
    }
    if cursor.eat("DROP NOT NULL") {
        return cursor.is_done().then_some(Change::DropNotNull(column));
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
                surely: false,
                formula: None,
            }),
            turn: Turn::Only,
        });
    }
    cursor.sees_symbol("(").then_some(Change::Inert)
}
