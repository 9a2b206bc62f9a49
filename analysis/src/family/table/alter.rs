//! What does each action of an ALTER TABLE change, where the grammar rejects one of them?

use super::change::change;
use super::column;
use super::constraint::constraint;
use crate::act::{Act, Change, Delete, Name, Step, in_order};
use crate::family::cursor::{Cursor, whole};
use crate::family::spans::each_span;
use crate::family::{is_unknown, meaning, slip};
use crate::lex::Token;
use crate::{Dialect, Span, read};

/// Reads the actions one by one, so that one which is not understood hides no other.
pub(in crate::family) fn alter_table(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.eat("ALTER").then_some(())?;
    cursor.eat_any(&["ONLINE", "OFFLINE"]);
    let ignores = cursor.eat("IGNORE");
    cursor.eat("FOREIGN");
    cursor.eat("TABLE").then_some(())?;
    let if_exists = cursor.if_exists();
    cursor.eat("ONLY");
    let start = cursor.at;
    let table = cursor.name()?;
    let name = &cursor.tokens[start..cursor.at];
    cursor.eat_symbol("*");
    // How long MariaDB waits for the table.
    if cursor.eat("WAIT") {
        cursor.next();
    } else {
        cursor.eat("NOWAIT");
    }
    let head = [&cursor.tokens[..1], table_word(cursor)?, name].concat();
    let mut steps = Vec::new();
    for action in actions(cursor) {
        if ignores {
            steps.extend(doubles(cursor, &table, &action));
        }
        steps.extend(one(cursor, &head, &table, if_exists, &action));
        steps.extend(parted(cursor, &table, if_exists, &action));
    }
    in_order(cursor.dialect, &mut steps);
    if steps.is_empty() {
        steps = cursor.step(Act::Inert);
    }
    Some(steps)
}

/// The rows that `ALTER IGNORE TABLE` takes out so that a new key fits: all but one of those that are the same in it.
fn doubles(cursor: Cursor<'_>, table: &Name, action: &[Token]) -> Option<Step> {
    let own = Cursor::new(cursor.dialect, cursor.sql, action);
    // Rows that are the same in a new key, or in an old one whose texts are compared otherwise since, and those that
    // no partition takes.
    let words = ["UNIQUE", "PRIMARY", "PARTITION", "CONVERT", "COLLATE"];
    let keys = !own.sees("DROP") && words.iter().any(|word| own.holds(word));
    keys.then(|| Step {
        act: Act::Delete(Box::new(Delete {
            table: table.clone(),
            alias: None,
            filter: None,
            using: Vec::new(),
            limited: true,
            returning: None,
        })),
        span: whole(action),
    })
}

/// `ADD COLUMN z int PARTITION BY …`: no comma stands before the partitions that MySQL's table gets.
fn parted(cursor: Cursor<'_>, table: &Name, if_exists: bool, action: &[Token]) -> Option<Step> {
    let mut own = Cursor::new(cursor.dialect, cursor.sql, action);
    own.next()?;
    let behind = cursor.dialect == Dialect::MySql && own.skip_to(&["PARTITION BY"]);
    behind.then(|| Step {
        act: Act::AlterTable {
            table: table.clone(),
            if_exists,
            change: Change::ReorganizePartitions,
        },
        span: whole(action),
    })
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
                "REORGANIZE PARTITION",
                "OPTIMIZE PARTITION",
                "ANALYZE PARTITION",
                "CHECK PARTITION",
            ])
        });
        match actions.last_mut() {
            Some(last) if lists && is_name(cursor, item) => last.extend(item),
            _ => actions.push(item.to_vec()),
        }
    }
    actions
}

/// Whether an item is one more name of a list, with what may follow the last.
fn is_name(cursor: Cursor<'_>, item: &[Token]) -> bool {
    let mut item = Cursor::new(cursor.dialect, cursor.sql, item);
    item.ident().is_some() && (item.rest().len() <= 1 || item.sees("INTO"))
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
    let changes = changes(own).unwrap_or_else(|| {
        let slip = slip::of_action(cursor.sql, action).map(meaning);
        let reason = slip.unwrap_or_else(|| "this change is not understood".to_owned());
        vec![Change::Unknown(reason)]
    });
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
    let mut text = crate::family::plain(cursor.sql, head);
    text.push(' ');
    let (whole, moved) = (whole(action), u32::try_from(text.len()).ok()?);
    text.push_str(&crate::family::plain(cursor.sql, action));
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

/// `ADD CONSTRAINT name NOT NULL column`, which PostgreSQL has since 18. Behind `NOT VALID` the rows that are there may still hold NULL:
/// <https://www.postgresql.org/docs/18/sql-altertable.html>.
fn named_not_null(mut cursor: Cursor<'_>) -> Option<Change> {
    cursor.ident()?;
    let not_null = cursor.dialect == Dialect::Postgres && cursor.eat("NOT NULL");
    not_null.then_some(())?;
    let column = cursor.ident()?;
    Some(match cursor.skip_to(&["NOT VALID"]) {
        true => Change::Inert,
        false => Change::SetNotNull(column),
    })
}

fn changes(mut cursor: Cursor<'_>) -> Option<Vec<Change>> {
    let mut added = cursor;
    if added.eat("ADD") {
        if let Some(constraint) = constraint(added) {
            return Some(vec![Change::AddConstraint(constraint)]);
        }
        if added.eat("CONSTRAINT") {
            return Some(vec![named_not_null(added)?]);
        }
        if added.eat("PARTITION") {
            return Some(vec![partitions(added)]);
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
            let (column, place) = column::placed(definition)?;
            Some(Change::AddColumn {
                column,
                if_not_exists,
                place,
            })
        };
        return definitions.into_iter().map(add).collect();
    }
    if cursor.eat("DROP PARTITION") {
        cursor.if_exists();
        return Some(vec![Change::DropPartitions(partition_names(cursor))]);
    }
    // Until a file is put in its place, there are no rows.
    if cursor.eat("DISCARD TABLESPACE") {
        return Some(vec![Change::TruncatePartitions(Vec::new())]);
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

/// `(PARTITION a VALUES …, PARTITION b …)`: rows are spread anew over partitions that say nothing of their values, and those
/// of a history become older rows when they are replaced.
fn partitions(mut cursor: Cursor<'_>) -> Change {
    cursor.if_not_exists();
    let within = cursor.parentheses().unwrap_or(&[]);
    let items = Cursor::new(cursor.dialect, cursor.sql, within).list();
    let name = |item: &[Token]| {
        let mut item = Cursor::new(cursor.dialect, cursor.sql, item);
        item.eat("PARTITION");
        let name = item.ident()?;
        item.eat("VALUES").then_some(name)
    };
    let names: Option<Vec<String>> = items.into_iter().map(name).collect();
    match names {
        Some(names) if !names.is_empty() => Change::AddPartitions(names),
        _ => Change::ReorganizePartitions,
    }
}
