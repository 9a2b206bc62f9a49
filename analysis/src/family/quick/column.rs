//! What does the plain definition of a column say?

use std::borrow::Cow;
use std::cmp::Ordering;

use super::condition;
use super::key::referred;
use super::plain::Plain;
use super::value::{stamp, value};
use crate::act::{Column, Constraint, Restriction};
use crate::lex::Kind;
use crate::{Dialect, Span, read};

/// What a type's name takes behind it.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    Nothing,
    /// `(n)`
    Length,
    /// `(n)` or `(n, m)`
    Digits,
    /// `(n)`, and `WITH TIME ZONE` or `WITHOUT TIME ZONE`
    Zone,
}

/// The types that the grammar knows by one word, and what it calls them.
const TYPES: [(&str, Takes); 39] = [
    ("BIGINT", Takes::Length),
    ("BINARY", Takes::Length),
    ("BLOB", Takes::Length),
    ("BOOL", Takes::Nothing),
    ("BOOLEAN", Takes::Nothing),
    ("BYTEA", Takes::Nothing),
    ("CHAR", Takes::Length),
    ("DATE", Takes::Nothing),
    ("DATETIME", Takes::Length),
    ("DECIMAL", Takes::Digits),
    ("FLOAT", Takes::Digits),
    ("FLOAT4", Takes::Nothing),
    ("FLOAT8", Takes::Nothing),
    ("INT", Takes::Length),
    ("INT2", Takes::Length),
    ("INT4", Takes::Length),
    ("INT8", Takes::Length),
    ("INTEGER", Takes::Length),
    ("JSON", Takes::Nothing),
    ("JSONB", Takes::Nothing),
    ("LONGBLOB", Takes::Nothing),
    ("LONGTEXT", Takes::Nothing),
    ("MEDIUMBLOB", Takes::Nothing),
    ("MEDIUMINT", Takes::Length),
    ("MEDIUMTEXT", Takes::Nothing),
    ("NUMERIC", Takes::Digits),
    ("REAL", Takes::Nothing),
    ("REGCLASS", Takes::Nothing),
    ("SMALLINT", Takes::Length),
    ("TEXT", Takes::Nothing),
    ("TIME", Takes::Zone),
    ("TIMESTAMP", Takes::Zone),
    ("TIMESTAMPTZ", Takes::Length),
    ("TINYBLOB", Takes::Nothing),
    ("TINYINT", Takes::Length),
    ("TINYTEXT", Takes::Nothing),
    ("UUID", Takes::Nothing),
    ("VARBINARY", Takes::Length),
    ("VARCHAR", Takes::Length),
];

/// Those of them that MySQL has without a sign too.
const WHOLE: [&str; 6] = [
    "BIGINT",
    "INT",
    "INTEGER",
    "MEDIUMINT",
    "SMALLINT",
    "TINYINT",
];

/// The column that is defined next, and where its name stands.
pub(super) fn column(plain: &mut Plain<'_>) -> Option<(Column, Span)> {
    // Read as a constraint, or as MariaDB's `SYSTEM VERSIONING`.
    if plain.cursor.sees_any(&["SYSTEM", "PERIOD", "CONSTRAINT"]) {
        return None;
    }
    let (name, span) = plain.ident()?;
    let ty = ty(plain)?;
    let serial = ty
        .as_bytes()
        .windows("serial".len())
        .any(|part| part.eq_ignore_ascii_case(b"serial"));
    let mut text = [plain.shown(span), " ", &ty].concat();
    let mut column = Column {
        name,
        ty: Some(ty),
        identity: serial,
        not_null: serial,
        ..Column::default()
    };
    while let Some(shown) = option(plain, &mut column)? {
        text.push(' ');
        text.push_str(&shown);
    }
    column.text = text;
    Some((column, span))
}

/// A type as the grammar shows it.
pub(super) fn ty(plain: &mut Plain<'_>) -> Option<String> {
    let postgres = plain.cursor.dialect == Dialect::Postgres;
    let word = plain.cursor.peek()?;
    let written = plain.shown(word.span);
    match word.kind {
        Kind::Word => read::is_plain(written).then_some(())?,
        Kind::Quoted if postgres => return quoted_type(plain),
        _ => return None,
    }
    plain.cursor.next();
    let is = |word: &str| written.eq_ignore_ascii_case(word);
    let mut shown = match TYPES.binary_search_by(|(name, _)| in_upper_case(name, written)) {
        Ok(at) => {
            let (name, takes) = TYPES[at];
            let mut shown = name.to_owned();
            if takes != Takes::Nothing {
                length(plain, takes == Takes::Digits, &mut shown)?;
            }
            if takes == Takes::Zone {
                let zones = ["WITH TIME ZONE", "WITHOUT TIME ZONE"];
                if let Some(zone) = zones.into_iter().find(|zone| plain.eat(zone)) {
                    shown.push(' ');
                    shown.push_str(zone);
                }
            }
            if WHOLE.contains(&name) && plain.eat("UNSIGNED") {
                shown.push_str(" UNSIGNED");
            }
            shown
        }
        Err(_) if is("CHARACTER") && plain.eat("VARYING") => {
            let mut shown = "CHARACTER VARYING".to_owned();
            length(plain, false, &mut shown)?;
            shown
        }
        Err(_) if is("DOUBLE") && plain.eat("PRECISION") => "DOUBLE PRECISION".to_owned(),
        // A type of the migrations' own, or one that the grammar does not know.
        Err(_) if read::is_no_keyword(written) && postgres => written.to_owned(),
        Err(_) => return None,
    };
    if postgres && plain.eat_symbol("[") {
        plain.symbol("]")?;
        shown.push_str("[]");
    }
    Some(shown)
}

/// How `name` stands to the word `written`, as if that were in upper case.
fn in_upper_case(name: &str, written: &str) -> Ordering {
    let upper = written.bytes().map(|byte| byte.to_ascii_uppercase());
    name.bytes().cmp(upper)
}

/// A type of the migrations' own whose name is quoted.
fn quoted_type(plain: &mut Plain<'_>) -> Option<String> {
    let token = plain.token()?;
    let next = |symbol| plain.cursor.sees_symbol(symbol);
    // With a schema, a length or as an array it is for the grammar.
    let more = next(".") || next("(") || next("[");
    (!more).then(|| plain.shown(token.span).to_owned())
}

/// Shows `(n)`, or `(n,m)` where `two`; nothing where none is there.
fn length(plain: &mut Plain<'_>, two: bool, shown: &mut String) -> Option<()> {
    if !plain.eat_symbol("(") {
        return Some(());
    }
    shown.push('(');
    shown.push_str(plain.number()?);
    if two && plain.eat_symbol(",") {
        shown.push(',');
        shown.push_str(plain.number()?);
    }
    plain.symbol(")")?;
    shown.push(')');
    Some(())
}

/// What is said of the column next, as the grammar shows it; none within where its definition ends.
fn option(plain: &mut Plain<'_>, column: &mut Column) -> Option<Option<Cow<'static, str>>> {
    if plain.is_done() || plain.cursor.sees_symbol(",") || plain.cursor.sees_symbol(")") {
        return Some(None);
    }
    if plain.eat("CONSTRAINT") {
        return named(plain, column);
    }
    if plain.eat("NOT NULL") {
        column.not_null = true;
        return Some(Some("NOT NULL".into()));
    }
    if plain.eat("NULL") {
        return Some(Some("NULL".into()));
    }
    // Of two of them both are computed.
    if column.default.is_none() && plain.eat("DEFAULT") {
        let value = value(plain)?;
        let text = ["DEFAULT ", &value].concat();
        column.default = Some(value);
        return Some(Some(text.into()));
    }
    // Behind a default it would be a part of that.
    if column.default.is_none() && plain.eat("COLLATE") {
        let (name, span) = plain.name()?;
        column.collate(plain.cursor.dialect, name.name.to_ascii_lowercase());
        return Some(Some(["COLLATE ", plain.shown(span)].concat().into()));
    }
    if plain.cursor.dialect == Dialect::MySql && plain.eat("ON UPDATE") {
        column.on_update = true;
        return Some(Some(["ON UPDATE ", &stamp(plain)?].concat().into()));
    }
    let numbers = match plain.cursor.dialect {
        Dialect::Sqlite => "AUTOINCREMENT",
        Dialect::MySql => "AUTO_INCREMENT",
        Dialect::Postgres => "",
    };
    if !numbers.is_empty() && plain.eat(numbers) {
        column.identity = true;
        return Some(Some(numbers.into()));
    }
    let own = || vec![column.name.clone()];
    let (rule, text) = if plain.eat("PRIMARY KEY") {
        let integer = column.ty.as_deref() == Some("INTEGER");
        column.not_null |= plain.cursor.dialect != Dialect::Sqlite || integer;
        (Restriction::PrimaryKey(own()), "PRIMARY KEY".to_owned())
    } else if plain.eat("UNIQUE") {
        (Restriction::Unique(own()), "UNIQUE".to_owned())
    } else if plain.eat("REFERENCES") {
        let referred = referred(plain)?;
        let columns = match referred.columns.as_str() {
            "" => String::new(),
            columns => format!(" ({columns})"),
        };
        let text = format!("REFERENCES {}{columns}{}", referred.table, referred.actions);
        (referred.rule(own()), text)
    } else if plain.eat("CHECK") {
        (Restriction::Check, condition::check(plain)?)
    } else {
        return None;
    };
    column.constraints.push(Constraint {
        name: None,
        rule,
        text: text.clone(),
    });
    Some(Some(text.into()))
}

/// What is said under a name, behind `CONSTRAINT`.
fn named(plain: &mut Plain<'_>, column: &mut Column) -> Option<Option<Cow<'static, str>>> {
    let (name, span) = plain.ident()?;
    let known = column.constraints.len();
    (!plain.cursor.sees("CONSTRAINT")).then_some(())?;
    let shown = option(plain, column)??;
    for constraint in column.constraints.iter_mut().skip(known) {
        constraint.name = Some(name.clone());
    }
    Some(Some(
        format!("CONSTRAINT {} {shown}", plain.shown(span)).into(),
    ))
}
