//! Which trigger does a plain statement make or drop?

use super::plain::Plain;
use crate::act::{Act, Body, Event, Fires, Step, Timing, Trigger};
use crate::read;

/// `t AFTER INSERT OR UPDATE ON u FOR EACH ROW EXECUTE FUNCTION f()` of PostgreSQL, behind its first two words.
pub(super) fn create(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    let (name, _) = plain.name()?;
    let timing = if plain.eat("BEFORE") {
        Timing::Before
    } else {
        plain.word("AFTER")?;
        Timing::After
    };
    let mut on = vec![event(plain)?];
    while plain.eat("OR") {
        on.push(event(plain)?);
    }
    plain.word("ON")?;
    let (table, _) = plain.name()?;
    plain.word("FOR EACH")?;
    let each_row = plain.eat("ROW");
    if !each_row {
        plain.word("STATEMENT")?;
    }
    plain.word("EXECUTE")?;
    plain.eat_any(&["FUNCTION", "PROCEDURE"]).then_some(())?;
    let (routine, _) = plain.name()?;
    plain.symbol("(")?;
    plain.symbol(")")?;
    let text = read::text_of(plain.cursor.sql, plain.cursor.tokens).into_owned();
    Some(plain.cursor.step(Act::CreateTrigger(Trigger {
        name,
        table: Some(table),
        on,
        of: Vec::new(),
        timing,
        each_row,
        fires: Fires::Normally,
        when: None,
        body: Body::Routine(routine),
        or_replace: false,
        if_not_exists: false,
        text,
    })))
}

fn event(plain: &mut Plain<'_>) -> Option<Event> {
    let events = [
        ("INSERT", Event::Insert),
        ("UPDATE", Event::Update),
        ("DELETE", Event::Delete),
        ("TRUNCATE", Event::Truncate),
    ];
    let (_, event) = events.into_iter().find(|(word, _)| plain.eat(word))?;
    Some(event)
}

/// `t ON u`, behind its first two words.
pub(super) fn drop(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    let if_exists = plain.if_exists()?;
    let (name, _) = plain.name()?;
    let table = match plain.eat("ON") {
        true => Some(plain.name()?.0),
        false => None,
    };
    plain.cascade();
    Some(plain.cursor.step(Act::DropTrigger {
        name,
        table,
        if_exists,
    }))
}
