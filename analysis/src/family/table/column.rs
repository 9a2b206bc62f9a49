//! What does the definition of a column say, where the grammar rejects it?

use crate::Dialect;
use crate::act::{Column, Constraint, Follows, Place, Restriction};
use crate::family::cursor::{Cursor, ident, whole};
use crate::lex::Token;

/// Words that end a column's type.
const AFTER_TYPE: [&str; 25] = [
    "CONSTRAINT",
    "PRIMARY",
    "NOT",
    "NULL",
    "UNIQUE",
    "CHECK",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "GENERATED",
    "AS",
    "ON",
    "KEY",
    "AUTOINCREMENT",
    "AUTO_INCREMENT",
    "COMMENT",
    "CHARSET",
    "CHARACTER SET",
    "VIRTUAL",
    "STORED",
    "PERSISTENT",
    "INVISIBLE",
    "STORAGE",
    "COMPRESSION",
    "DEFERRABLE",
];

/// Those of them that end it in SQLite, where any other word is one of the type's.
pub(in crate::family) fn after_type_of_sqlite() -> &'static [&'static str] {
    AFTER_TYPE.get(..12).unwrap_or(&AFTER_TYPE)
}

/// The column that an action of ALTER TABLE defines to its end, and where MySQL is told to put it:
/// <https://mariadb.com/kb/en/alter-table/#add-column>.
pub(in crate::family) fn placed(cursor: Cursor<'_>) -> Option<(Column, Option<Place>)> {
    let (definition, place) = match cursor.rest() {
        // In front of it stand a name and a type at least.
        [definition @ .., after, before]
            if definition.len() > 1 && after.is_word(cursor.sql, "AFTER") =>
        {
            let before = ident(cursor.dialect, cursor.sql, *before)?;
            (definition, Some(Place::After(before)))
        }
        [definition @ .., first] if definition.len() > 1 && first.is_word(cursor.sql, "FIRST") => {
            (definition, Some(Place::First))
        }
        definition => (definition, None),
    };
    let definition = Cursor::new(cursor.dialect, cursor.sql, definition);
    Some((column(definition)?, place))
}

/// The column that `cursor` defines to its end.
pub(in crate::family) fn column(mut cursor: Cursor<'_>) -> Option<Column> {
    let text = whole(cursor.rest()).of(cursor.sql).to_owned();
    let name = cursor.ident()?;
    let start = cursor.at;
    if !cursor.skip_to(&AFTER_TYPE) {
        cursor.at = cursor.tokens.len();
    }
    let ty = &cursor.tokens[start..cursor.at];
    if ty.is_empty() && cursor.dialect != Dialect::Sqlite {
        return None;
    }
    let mut column = Column {
        name,
        ty: (!ty.is_empty()).then(|| whole(ty).of(cursor.sql).to_owned()),
        text,
        ..Column::default()
    };
    let serial = column
        .ty
        .as_deref()
        .is_some_and(|ty| ty.to_lowercase().contains("serial"));
    column.identity = serial && cursor.dialect != Dialect::Sqlite;
    while !cursor.is_done() {
        option(&mut cursor, &mut column);
    }
    Some(column)
}

fn option(cursor: &mut Cursor<'_>, column: &mut Column) {
    if cursor.eat("NOT NULL") {
        column.not_null = true;
    } else if cursor.eat("DEFAULT") {
        let start = cursor.at;
        cursor.skip();
        if !cursor.skip_to(&AFTER_TYPE) {
            cursor.at = cursor.tokens.len();
        }
        column.default = Some(
            whole(&cursor.tokens[start..cursor.at])
                .of(cursor.sql)
                .to_owned(),
        );
    } else if cursor.eat_any(&["AUTO_INCREMENT", "AUTOINCREMENT"]) || cursor.eat("AS IDENTITY") {
        column.identity = true;
    } else if cursor.eat("INVISIBLE") {
        column.hidden = true;
    } else if cursor.eat("AS") {
        let start = cursor.at;
        cursor.skip();
        column.generated = Some(
            whole(&cursor.tokens[start..cursor.at])
                .of(cursor.sql)
                .to_owned(),
        );
    } else if cursor.eat("ON UPDATE") {
        let references = cursor.sees_any(&["CASCADE", "RESTRICT", "SET", "NO"]);
        column.on_update |= !references;
    } else if cursor.eat_any(&["CHARACTER SET", "CHARSET"]) {
        column.charset = cursor.ident().map(|name| name.to_lowercase());
    } else if cursor.eat("COLLATE") {
        let name = cursor.ident().unwrap_or_default().to_lowercase();
        column.collate(cursor.dialect, name);
    } else if let Some(constraint) = inline(cursor, &column.name) {
        column.not_null |= matches!(constraint.rule, Restriction::PrimaryKey(_));
        column.constraints.push(constraint);
    } else {
        cursor.skip();
    }
}

/// A constraint written at the column `name`.
fn inline(cursor: &mut Cursor<'_>, name: &str) -> Option<Constraint> {
    let start = cursor.at;
    let mut after = *cursor;
    let label = after.eat("CONSTRAINT").then(|| after.ident()).flatten();
    let column = || vec![name.to_owned()];
    let rule = if after.eat("PRIMARY KEY") {
        Restriction::PrimaryKey(column())
    } else if after.eat("UNIQUE") {
        after.eat("KEY");
        Restriction::Unique(column())
    } else if after.eat("CHECK") {
        after.parentheses()?;
        Restriction::Check
    } else if after.eat("REFERENCES") {
        let table = after.name()?;
        let referred = names(&mut after);
        let (on_delete, on_update) = follows(&mut after);
        Restriction::ForeignKey {
            columns: column(),
            table,
            referred,
            on_delete,
            on_update,
        }
    } else {
        return None;
    };
    *cursor = after;
    Some(Constraint {
        name: label,
        rule,
        text: whole(&cursor.tokens[start..cursor.at])
            .of(cursor.sql)
            .to_owned(),
    })
}

/// The plain columns of a list in parentheses, if one comes next.
pub(in crate::family) fn names(cursor: &mut Cursor<'_>) -> Vec<String> {
    let within = cursor.parentheses().unwrap_or(&[]);
    let items = Cursor::new(cursor.dialect, cursor.sql, within).list();
    let name = |item: &[Token]| Cursor::new(cursor.dialect, cursor.sql, item).ident();
    items.into_iter().filter_map(name).collect()
}

/// What `ON DELETE` and `ON UPDATE` say; they, `MATCH` and when it is checked may stand in any order.
pub(in crate::family) fn follows(cursor: &mut Cursor<'_>) -> (Follows, Follows) {
    let (mut on_delete, mut on_update) = (Follows::Refuse, Follows::Refuse);
    loop {
        if cursor.eat("ON DELETE") {
            on_delete = action(cursor);
        } else if cursor.eat("ON UPDATE") {
            on_update = action(cursor);
        } else if cursor.eat("MATCH") {
            cursor.next();
        } else if !cursor.eat_any(&CHECKED) {
            return (on_delete, on_update);
        }
    }
}

/// When a constraint is checked.
const CHECKED: [&str; 5] = [
    "NOT DEFERRABLE",
    "DEFERRABLE",
    "INITIALLY DEFERRED",
    "INITIALLY IMMEDIATE",
    "NOT VALID",
];

fn action(cursor: &mut Cursor<'_>) -> Follows {
    if cursor.eat("CASCADE") {
        Follows::Cascade
    } else if cursor.eat("SET NULL") {
        Follows::SetNull
    } else if cursor.eat("SET DEFAULT") {
        Follows::SetDefault
    } else {
        cursor.eat_any(&["RESTRICT", "NO ACTION"]);
        Follows::Refuse
    }
}
