//! What does a statement say of an event trigger?
//!
//! <https://www.postgresql.org/docs/15/sql-createeventtrigger.html>

use super::super::cursor::{Cursor, whole};
use crate::act::{Act, Body, Fires, Name, OfEvent, Timing, Trigger};

pub(super) fn event_trigger(mut cursor: Cursor<'_>) -> Option<Act> {
    let text = cursor.text();
    let (name, what) = if cursor.eat("CREATE EVENT TRIGGER") {
        let name = cursor.ident()?;
        let made = made(cursor, &name, text)?;
        (name, OfEvent::Made(Box::new(made)))
    } else if cursor.eat("ALTER EVENT TRIGGER") {
        let name = cursor.ident()?;
        match altered(cursor) {
            Some(what) => (name, what),
            // Whose it is changes nothing.
            None => return Some(Act::Outside),
        }
    } else {
        return None;
    };
    let what = Box::new(what);
    Some(Act::EventTrigger { name, what })
}

fn made(mut cursor: Cursor<'_>, name: &str, text: String) -> Option<Trigger> {
    cursor.eat("ON").then_some(())?;
    let event = cursor.ident()?;
    let start = cursor.at;
    cursor.skip_to(&["EXECUTE"]);
    let tags = cursor.tokens.get(start..cursor.at)?;
    cursor.eat("EXECUTE").then_some(())?;
    cursor.eat_any(&["FUNCTION", "PROCEDURE"]);
    Some(Trigger {
        name: Name::plain(name.to_owned()),
        table: None,
        on: Vec::new(),
        of: Vec::new(),
        timing: match event.as_str() {
            "ddl_command_start" => Timing::Before,
            _ => Timing::After,
        },
        each_row: false,
        fires: Fires::Normally,
        when: (!tags.is_empty()).then(|| whole(tags).of(cursor.sql).to_owned()),
        body: Body::Routine(cursor.name()?),
        or_replace: false,
        if_not_exists: false,
        text,
    })
}

fn altered(mut cursor: Cursor<'_>) -> Option<OfEvent> {
    Some(if cursor.eat("DISABLE") {
        OfEvent::Fires(Fires::Never)
    } else if cursor.eat_any(&["ENABLE ALWAYS", "ENABLE REPLICA"]) {
        OfEvent::Fires(Fires::Always)
    } else if cursor.eat("RENAME TO") {
        OfEvent::Called(cursor.ident()?)
    } else {
        cursor.eat("ENABLE").then_some(())?;
        OfEvent::Fires(Fires::Normally)
    })
}
