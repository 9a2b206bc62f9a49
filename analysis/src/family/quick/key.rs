//! Which key or constraint does a plain definition make?

use super::condition;
use super::plain::Plain;
use crate::act::{Constraint, Follows, Restriction};
use crate::lex::Kind;
use crate::{Dialect, Span, read};

/// The columns of a key: as they are folded, and as they are written.
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    written: String,
}

/// The words that are a value, or the beginning of one, where a column may stand: to the grammar, or to the server.
const VALUES: [&str; 22] = [
    "BINARY",
    "CURRENT_CATALOG",
    "CURRENT_DATE",
    "CURRENT_ROLE",
    "CURRENT_SCHEMA",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "EXISTS",
    "FALSE",
    "INTERVAL",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "NOT",
    "NULL",
    "SESSION_USER",
    "TRIM",
    "TRUE",
    "USER",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
];

/// Words of the grammar that it takes for a column wherever one may stand. Most tables have one of them.
const COLUMNS: [&str; 6] = ["ID", "NAME", "STATUS", "TYPE", "VALUE", "VERSION"];

/// Whether the word is a column wherever one may stand.
pub(super) fn is_column(word: &str) -> bool {
    read::is_no_keyword(word)
        || COLUMNS
            .iter()
            .any(|column| word.eq_ignore_ascii_case(column))
}

/// Whether the word is a value, or the beginning of one, where a column may stand.
pub(super) fn is_value(word: &str) -> bool {
    VALUES.iter().any(|value| word.eq_ignore_ascii_case(value))
}

/// `(a, b)`; with `ASC` or `DESC` behind them where `sorted`.
pub(super) fn columns(plain: &mut Plain<'_>, sorted: bool) -> Option<Columns> {
    plain.symbol("(")?;
    let mut columns = Columns {
        names: Vec::new(),
        written: String::new(),
    };
    loop {
        let token = plain.token()?;
        let text = plain.shown(token.span);
        if token.kind == Kind::Word && is_value(text) {
            return None;
        }
        if !columns.written.is_empty() {
            columns.written.push_str(", ");
        }
        columns.written.push_str(text);
        columns.names.push(plain.folded(token));
        if sorted {
            plain.eat_any(&["ASC", "DESC"]);
        }
        if !plain.eat_symbol(",") {
            break;
        }
    }
    plain.symbol(")")?;
    Some(columns)
}

/// The words that a constraint, and no column, may begin with.
const HEADS: [&str; 8] = [
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "FOREIGN",
    "CHECK",
    "EXCLUDE",
    "LIKE",
    "PERIOD",
];

/// Those that only MySQL has: elsewhere a column may be called so.
const HEADS_OF_MYSQL: [&str; 4] = ["INDEX", "KEY", "FULLTEXT", "SPATIAL"];

fn sees_head(plain: &Plain<'_>) -> bool {
    let mysql = plain.cursor.dialect == Dialect::MySql;
    plain.cursor.sees_any(&HEADS) || (mysql && plain.cursor.sees_any(&HEADS_OF_MYSQL))
}

/// A table's constraint; none within if a column comes next.
pub(super) fn constraint(plain: &mut Plain<'_>) -> Option<Option<Constraint>> {
    if !sees_head(plain) {
        return Some(None);
    }
    let mut text = String::new();
    let mut name = None;
    if plain.eat("CONSTRAINT") {
        // MySQL's may have no name.
        if sees_head(plain) {
            return None;
        }
        let (ident, span) = plain.ident()?;
        text = format!("CONSTRAINT {} ", plain.shown(span));
        name = Some(ident);
    }
    let rule = if plain.eat("PRIMARY KEY") {
        let columns = columns(plain, false)?;
        text += &format!("PRIMARY KEY ({})", columns.written);
        Restriction::PrimaryKey(columns.names)
    } else if plain.eat("UNIQUE") {
        text += "UNIQUE ";
        if plain.cursor.dialect == Dialect::MySql
            && let Some(kind) = ["KEY", "INDEX"].into_iter().find(|kind| plain.eat(kind))
        {
            let (ident, span) = index_name(plain)?;
            text += &format!("{kind} {} ", plain.shown(span));
            name.get_or_insert(ident);
        }
        let columns = columns(plain, false)?;
        text += &format!("({})", columns.written);
        Restriction::Unique(columns.names)
    } else if plain.eat("FOREIGN KEY") {
        let own = columns(plain, false)?;
        plain.word("REFERENCES")?;
        let referred = referred(plain)?;
        text += &format!(
            "FOREIGN KEY ({}) REFERENCES {}",
            own.written, referred.table
        );
        if !referred.columns.is_empty() {
            text += &format!("({})", referred.columns);
        }
        text += &referred.actions;
        referred.rule(own.names)
    } else if plain.eat("CHECK") {
        text += &condition::check(plain)?;
        Restriction::Check
    } else if name.is_none() && plain.cursor.dialect == Dialect::MySql {
        return index(plain).map(Some);
    } else {
        return None;
    };
    Some(Some(Constraint { name, rule, text }))
}

/// `KEY name (a, b)` of MySQL.
fn index(plain: &mut Plain<'_>) -> Option<Constraint> {
    let heads = ["KEY", "INDEX"];
    let head = heads.into_iter().find(|head| plain.eat(head))?;
    let (name, span) = index_name(plain)?;
    let columns = columns(plain, false)?;
    Some(Constraint {
        name: Some(name),
        rule: Restriction::Index(columns.names),
        text: format!("{head} {} ({})", plain.shown(span), columns.written),
    })
}

/// The name of a key of MySQL, before its columns.
fn index_name(plain: &mut Plain<'_>) -> Option<(String, Span)> {
    (!plain.cursor.sees_any(&["USING", "NULLS"])).then_some(())?;
    plain.ident()
}

/// What a foreign key refers to: a rule in the making, and its parts as they are shown.
pub(super) struct Referred {
    name: crate::act::Name,
    names: Vec<String>,
    on: [Option<(Follows, &'static str)>; 2],
    pub(super) table: String,
    pub(super) columns: String,
    pub(super) actions: String,
}

impl Referred {
    pub(super) fn rule(self, columns: Vec<String>) -> Restriction {
        let [on_delete, on_update] = self
            .on
            .map(|action| action.map_or(Follows::Refuse, |(it, _)| it));
        Restriction::ForeignKey {
            columns,
            table: self.name,
            referred: self.names,
            on_delete,
            on_update,
        }
    }
}

/// What stands behind REFERENCES.
pub(super) fn referred(plain: &mut Plain<'_>) -> Option<Referred> {
    let (name, span): (_, Span) = plain.name()?;
    let columns = match plain.cursor.sees_symbol("(") {
        true => columns(plain, false)?,
        false => Columns {
            names: Vec::new(),
            written: String::new(),
        },
    };
    let mut on = [None, None];
    loop {
        let which = if plain.eat("ON DELETE") {
            0
        } else if plain.eat("ON UPDATE") {
            1
        } else {
            break;
        };
        on[which].is_none().then_some(())?;
        on[which] = Some(action(plain)?);
    }
    let mut actions = String::new();
    for (event, action) in ["DELETE", "UPDATE"].into_iter().zip(on) {
        if let Some((_, words)) = action {
            actions += &format!(" ON {event} {words}");
        }
    }
    // When it is looked after.
    let when = [
        "DEFERRABLE INITIALLY DEFERRED",
        "DEFERRABLE INITIALLY IMMEDIATE",
        "DEFERRABLE",
    ];
    if let Some(when) = when.into_iter().find(|words| plain.eat(words)) {
        actions += &format!(" {when}");
    }
    Some(Referred {
        name,
        names: columns.names,
        on,
        table: plain.shown(span).to_owned(),
        columns: columns.written,
        actions,
    })
}

fn action(plain: &mut Plain<'_>) -> Option<(Follows, &'static str)> {
    let actions = [
        (Follows::Cascade, "CASCADE"),
        (Follows::SetNull, "SET NULL"),
        (Follows::SetDefault, "SET DEFAULT"),
        (Follows::Refuse, "RESTRICT"),
        (Follows::Refuse, "NO ACTION"),
    ];
    actions.into_iter().find(|(_, words)| plain.eat(words))
}
