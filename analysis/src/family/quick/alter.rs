//! What does a plain ALTER TABLE change?

use super::column;
use super::key;
use super::plain::Plain;
use super::value;
use crate::act::{Act, Change, Column, Step, Turn, Value, in_order};
use crate::{Dialect, Span, read};

pub(super) fn alter_table(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    let if_exists = plain.if_exists()?;
    let only = plain.eat("ONLY");
    let (table, _) = plain.name()?;
    // Most change one thing.
    let mut steps = Vec::with_capacity(1);
    loop {
        let (change, span) = change(plain)?;
        // What inherits from the table keeps its column.
        if only && matches!(change, Change::DropColumn { .. } | Change::SetNotNull(_)) {
            return None;
        }
        steps.push(Step {
            act: Act::AlterTable {
                table: table.clone(),
                if_exists,
                change,
            },
            span,
        });
        if !plain.eat_symbol(",") {
            break;
        }
    }
    in_order(plain.cursor.dialect, &mut steps);
    Some(steps)
}

fn change(plain: &mut Plain<'_>) -> Option<(Change, Span)> {
    let whole = plain.cursor.whole();
    let dialect = plain.cursor.dialect;
    if plain.eat("ADD COLUMN") {
        let if_not_exists = plain.if_not_exists()?;
        (!if_not_exists || dialect == Dialect::Postgres).then_some(())?;
        return add_column(plain, if_not_exists);
    }
    if plain.eat("ADD") {
        return match key::constraint(plain)? {
            Some(constraint) => Some((Change::AddConstraint(constraint), whole)),
            None if plain.cursor.sees_any(&["IF", "PARTITION", "PROJECTION"]) => None,
            None => add_column(plain, false),
        };
    }
    if plain.eat("DROP") {
        return drop(plain);
    }
    if plain.eat("RENAME TO") {
        return Some((Change::Rename(plain.name()?.0), whole));
    }
    if plain.eat("RENAME COLUMN") {
        let (from, to, span) = renamed(plain)?;
        return Some((Change::RenameColumn { from, to }, span));
    }
    if dialect == Dialect::Postgres && plain.eat("RENAME CONSTRAINT") {
        let (from, to, _) = renamed(plain)?;
        return Some((Change::RenameConstraint { from, to }, whole));
    }
    if dialect == Dialect::Postgres && plain.eat("ENABLE ROW LEVEL SECURITY") {
        return Some((Change::RowSecurity(true), whole));
    }
    if dialect == Dialect::MySql && plain.eat_any(&["MODIFY COLUMN", "MODIFY"]) {
        let (column, span) = column::column(plain)?;
        return Some((redefined(column.name.clone(), column), span));
    }
    if dialect == Dialect::MySql && plain.eat_any(&["CHANGE COLUMN", "CHANGE"]) {
        let (from, span) = plain.ident()?;
        return Some((redefined(from, column::column(plain)?.0), span));
    }
    if !plain.eat("ALTER COLUMN") {
        plain.word("ALTER")?;
        (!plain.cursor.sees_any(&["SORTKEY", "CONSTRAINT", "INDEX"])).then_some(())?;
    }
    alter_column(plain)
}

/// `a TO b`, and where the first stands.
fn renamed(plain: &mut Plain<'_>) -> Option<(String, String, Span)> {
    let (from, span) = plain.ident()?;
    plain.word("TO")?;
    let (to, _) = plain.ident()?;
    Some((from, to, span))
}

fn redefined(from: String, column: Column) -> Change {
    Change::Redefine {
        from,
        if_exists: false,
        column,
        place: None,
    }
}

/// What goes, behind `DROP`.
fn drop(plain: &mut Plain<'_>) -> Option<(Change, Span)> {
    if plain.eat("CONSTRAINT") {
        let if_exists = plain.if_exists()?;
        let (name, span) = plain.ident()?;
        let change = Change::DropConstraint {
            name,
            if_exists,
            cascade: plain.cascade(),
        };
        return Some((change, span));
    }
    if plain.cursor.dialect == Dialect::MySql {
        if plain.eat("PRIMARY KEY") {
            return Some((Change::DropPrimaryKey, plain.cursor.whole()));
        }
        if plain.eat("FOREIGN KEY") {
            let (name, span) = plain.ident()?;
            return Some((Change::DropForeignKey(name), span));
        }
        if plain.eat("INDEX") {
            let (name, span) = plain.ident()?;
            let if_exists = false;
            return Some((Change::DropIndex { name, if_exists }, span));
        }
    }
    if !plain.eat("COLUMN") {
        let others = [
            "PARTITION",
            "PRIMARY",
            "FOREIGN",
            "INDEX",
            "KEY",
            "PROJECTION",
            "CLUSTERING",
        ];
        (!plain.cursor.sees_any(&others)).then_some(())?;
    }
    let if_exists = plain.if_exists()?;
    let (name, span) = plain.ident()?;
    let change = Change::DropColumn {
        name,
        if_exists,
        cascade: plain.cascade(),
    };
    Some((change, span))
}

fn alter_column(plain: &mut Plain<'_>) -> Option<(Change, Span)> {
    let (column, span) = plain.ident()?;
    let change = if plain.eat("SET NOT NULL") {
        Change::SetNotNull(column)
    } else if plain.eat("DROP NOT NULL") {
        Change::DropNotNull(column)
    } else if plain.eat("DROP DEFAULT") {
        Change::SetDefault {
            column,
            default: None,
        }
    } else if plain.eat("SET DEFAULT") {
        Change::SetDefault {
            column,
            default: Some(value::value(plain)?),
        }
    } else if plain.cursor.dialect == Dialect::Postgres && plain.eat_any(&["TYPE", "SET DATA TYPE"])
    {
        Change::SetType {
            ty: column::ty(plain)?,
            using: match plain.eat("USING") {
                true => Some(itself(plain, &column)?),
                false => None,
            },
            turn: Turn::Only,
            column,
        }
    } else {
        return None;
    };
    Some((change, span))
}

/// `column` or `column::type`.
fn itself(plain: &mut Plain<'_>, column: &str) -> Option<Value> {
    let (name, span) = plain.ident()?;
    let word = plain.shown(span);
    let is_value = key::is_value(word) || word.eq_ignore_ascii_case("DEFAULT");
    (name == column && !is_value).then_some(())?;
    let value = Value::Column(None, name);
    if plain.eat_symbol("::") {
        return Some(Value::Cast(Box::new(value), column::ty(plain)?));
    }
    // A sign or word behind it makes it a longer expression.
    (plain.is_done() || plain.cursor.sees_symbol(",")).then_some(value)
}

fn add_column(plain: &mut Plain<'_>, if_not_exists: bool) -> Option<(Change, Span)> {
    let (column, span) = column::column(plain)?;
    // What computes a value for the rows that are there is looked at more closely.
    let is_harmless = |name: &str| read::is_harmless(plain.cursor.dialect, name);
    let default = column.default.as_deref().unwrap_or_default();
    let called = default.trim_start_matches('(').split_once('(');
    called
        .is_none_or(|(name, _)| is_harmless(name))
        .then_some(())?;
    let change = Change::AddColumn {
        column,
        if_not_exists,
        place: None,
    };
    Some((change, span))
}
