//! Can an earlier step of the plan make what is not there now?

use onward_analysis::Object;

use super::consumers::Names;
use crate::Step;

/// What leads to other tables than those that a script names.
const ELSEWHERE: [&str; 6] = [
    "extension",
    "schema",
    "search_path",
    "database",
    "attach",
    "use",
];

/// Whether one of `earlier` may make `object`: it is Rust or not understood, or its SQL has the name of the table or column.
pub(super) fn may_bring(earlier: &[&Step], object: &Object) -> bool {
    earlier.iter().any(|step| {
        let Some(sql) = step.sql().filter(|_| step.is_understood()) else {
            return true;
        };
        let names = Names::of(step.dialect(), sql);
        let has = |name: &str| names.has(name);
        has(&object.table)
            || object.column.as_deref().is_some_and(has)
            || ELSEWHERE.into_iter().any(has)
    })
}

#[cfg(test)]
mod tests {
    use onward_analysis::Dialect;

    use super::*;
    use crate::fixture::{forward, judged, object};

    #[test]
    fn only_who_names_it_or_cannot_be_followed_may() {
        let brings = |up: &str, name: &str| {
            let plan = forward(vec![judged(1, Dialect::Postgres, up, "SELECT 1")]);
            may_bring(&plan.steps().iter().collect::<Vec<_>>(), &object(name))
        };
        for up in [
            "CREATE TABLE Nowhere (id int)",
            "ALTER TABLE other RENAME TO nowhere",
            "CREATE EXTENSION postgis",
            "ALTER SCHEMA old RENAME TO new",
            "SET search_path = app; SELECT 1",
            "DO $$ BEGIN EXECUTE current_setting('x'); END $$",
        ] {
            assert!(brings(up, "nowhere"), "{up}");
        }
        assert!(!brings("ALTER TABLE bills ADD COLUMN note text", "nowhere"));
        // A column comes to the heirs of a table, too.
        assert!(brings(
            "ALTER TABLE bills ADD COLUMN note text",
            "heirs.note"
        ));
    }
}
