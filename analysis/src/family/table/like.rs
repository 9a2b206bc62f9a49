//! What does a table of PostgreSQL take over that is made LIKE another?

use crate::act::{Act, Copied, Step};
use crate::family::cursor::Cursor;

/// Writes down at each LIKE what the statement says that it takes.
pub(in crate::family) fn include(cursor: Cursor<'_>, mut steps: Vec<Step>) -> Vec<Step> {
    for step in &mut steps {
        if let Act::CreateTable(table) = &mut step.act {
            for (like, copied) in table.like.iter_mut().zip(copied(cursor)) {
                like.copied = copied;
            }
        }
    }
    steps
}

/// What each LIKE takes, in the order in which they are written.
pub(in crate::family) fn copied(mut cursor: Cursor<'_>) -> Vec<Copied> {
    let mut all = Vec::new();
    while !cursor.is_done() {
        if cursor.eat("LIKE") {
            all.push(Copied::NOTHING);
        } else if let Some(last) = all.last_mut() {
            match () {
                () if cursor.eat("INCLUDING") => option(&mut cursor, last, true),
                () if cursor.eat("EXCLUDING") => option(&mut cursor, last, false),
                () => cursor.pass(1),
            }
        } else {
            cursor.pass(1);
        }
    }
    all
}

fn option(cursor: &mut Cursor<'_>, copied: &mut Copied, takes: bool) {
    let Copied {
        defaults,
        identity,
        generated,
        keys,
        checks,
    } = copied;
    let named = [
        ("DEFAULTS", defaults),
        ("IDENTITY", identity),
        ("GENERATED", generated),
        ("INDEXES", keys),
        ("CONSTRAINTS", checks),
    ];
    let all = cursor.sees("ALL");
    for (word, option) in named {
        if all || cursor.sees(word) {
            *option = takes;
        }
    }
    cursor.next();
}
