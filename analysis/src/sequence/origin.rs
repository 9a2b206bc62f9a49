//! Since which migration has a column had the type that a narrowing takes from it?

use super::Member;
use crate::built::Built;
use crate::schema::{Id, Key, Schema};
use crate::{Checked, Dialect, Finding, Loss, LossKind, Object, Side};

/// Of how many columns it is told.
const MOST: usize = 3;

/// Adds to what is said of a narrowed column its type and who gave it: `before` holds the schemas before each of `members`, whose
/// last one was `checked`, and `after` what stands after its up.
pub(super) fn tell(checked: &mut Checked, before: &[Built], after: &Built, members: &[Member]) {
    let history: Vec<&Built> = before.iter().collect();
    let with_up: Vec<&Built> = before.iter().chain([after]).collect();
    for (side, analyses, history) in [
        (Side::Up, &checked.up, history),
        (Side::Down, &checked.down, with_up),
    ] {
        let Some(analysis) = analyses.first() else {
            continue;
        };
        let narrowed = |loss: &&Loss| loss.kind == LossKind::NarrowType;
        let losses = analysis.losses.iter().filter(narrowed).take(MOST);
        let told: Vec<String> = losses
            .filter_map(|loss| origin(&loss.object, analysis.dialect, &history, members))
            .collect();
        let about = |one: &&mut Finding| one.side == side && ADMITTING.contains(&one.rule);
        if let Some(finding) = checked.findings.iter_mut().find(about) {
            finding.help.splice(0..0, told);
        }
    }
}

/// The rules that are answered by admitting a loss.
const ADMITTING: [&str; 3] = [
    "unmarked_lossy_up",
    "unmarked_destructive_down",
    "destructive_reason_missing",
];

/// The type of `object` in the last schema of `history`, and since when it has it; none where no migration tells.
fn origin(
    object: &Object,
    dialect: Dialect,
    history: &[&Built],
    members: &[Member],
) -> Option<String> {
    let (last, earlier) = history.split_last()?;
    let schema = last.schema(dialect);
    let key = Key::of_object(dialect, object);
    let table = schema.table(&key)?;
    let column = table.column(dialect, object.column.as_deref()?)?;
    let ty = column.is.ty.as_deref()?;
    let has_it =
        |built: &&Built| type_of(&built.schema(dialect), &key, column.id).as_deref() == Some(ty);
    // Who ran on the last schema without it gave it.
    let giver = earlier.iter().rposition(|built| !has_it(built))?;
    let member = members.get(giver)?;
    let is_own = giver + 1 == members.len();
    let since = match is_own {
        true => "the up".to_owned(),
        false => member.shown(),
    };
    let ty = ty.to_ascii_lowercase();
    Some(format!("`{object}` is {ty} since {since}"))
}

/// The type of `column`, which is looked for in the table that is called `key` first: most tables keep their names.
fn type_of(schema: &Schema, key: &Key, column: Id) -> Option<String> {
    let named = schema.table(key);
    let mut columns = named
        .into_iter()
        .chain(schema.tables.values().map(|table| &**table))
        .flat_map(|table| &table.columns);
    columns.find(|one| one.id == column)?.is.ty.clone()
}
