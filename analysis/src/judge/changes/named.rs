//! Which routines, sequences, types, extensions and views that stood before are not found by their names any more?

use super::{how, key};
use crate::Changed;
use crate::Object;
use crate::act::{Act, Name};
use crate::judge::run::Run;

/// The routines that a direction found and that no one of their names stands for in the end.
pub(crate) fn routines(run: &Run<'_>) -> Vec<Changed> {
    let gone = run.routines.iter();
    let gone = gone.filter(|(object, _)| !run.schema.routines.contains_key(&key(run, object)));
    gone.map(|(object, gone)| Changed {
        object: object.clone(),
        how: how(gone.renamed),
    })
    .collect()
}

/// The sequences, types and extensions that a direction found and that no one of their names stands for in the end.
pub(crate) fn named(run: &Run<'_>) -> Vec<Changed> {
    let stands = |object: &Object| {
        let key = key(run, object);
        run.schema.sequences.contains_key(&key)
            || run.schema.types.contains_key(&key)
            || object.schema.is_none() && run.schema.extensions.contains_key(&object.table)
    };
    let gone = run.other_names.iter().filter(|(object, _)| !stands(object));
    gone.map(|(object, renamed)| Changed {
        object: object.clone(),
        how: how(*renamed),
    })
    .collect()
}

impl Run<'_> {
    /// Notes a sequence, type or extension that stood before and does not under its name from here on.
    pub(in crate::judge) fn note_named(&mut self, act: &Act) {
        let of_extension = |name: &String| Name {
            schema: None,
            name: name.clone(),
        };
        let (name, renamed) = match act {
            Act::CreateSequence { name, .. } | Act::CreateType { name, .. } => {
                return self.note_own_named(name);
            }
            Act::CreateExtension { name, .. } => return self.note_own_named(&of_extension(name)),
            Act::DropSequence { name, .. } | Act::DropType { name, .. } => (name.clone(), false),
            Act::RenameSequence { name, .. } | Act::RenameType { name, .. } => (name.clone(), true),
            Act::DropExtension { name, .. } => (of_extension(name), false),
            _ => return,
        };
        let key = self.key(&name);
        if !self.own_names.contains(&key) {
            let object = self.object_at(&key, &name);
            self.other_names.entry(object).or_insert(renamed);
        }
    }

    fn note_own_named(&mut self, name: &Name) {
        let key = self.key(name);
        let known =
            self.schema.sequences.contains_key(&key) || self.schema.types.contains_key(&key);
        if !known && !self.schema.extensions.contains_key(&name.name) {
            self.own_names.insert(key);
        }
    }

    /// Notes what is done to a view that stood before.
    pub(in crate::judge) fn note_view(&mut self, act: &Act) {
        let (name, renamed) = match act {
            Act::CreateView { name, .. } if !self.schema.views.contains_key(&self.key(name)) => {
                let key = self.key(name);
                self.own_views.insert(key);
                return;
            }
            Act::CreateView {
                if_not_exists: true,
                ..
            } => return,
            Act::CreateView { name, .. } | Act::DropView { name, .. } => (name, false),
            Act::RenameView { name, .. } => (name, true),
            _ => return,
        };
        let key = self.key(name);
        if !self.own_views.contains(&key) {
            let object = self.object_at(&key, name);
            self.views.entry(object).or_insert(renamed);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::judge::judge;
    use crate::{Dialect, Schema};

    #[test]
    fn a_routine_that_code_can_call_is_missed() {
        let routines_of = |dialect, up, down| {
            let judged = judge(dialect, &Schema::unknown(), Some(up), Some(down));
            let routines = judged.down.map(|down| down.routines).unwrap_or_default();
            let shown = routines
                .iter()
                .map(|c| format!("{} {}", c.object, c.how.name()));
            shown.collect::<Vec<_>>()
        };
        let routines = |up, down| routines_of(Dialect::Postgres, up, down);
        let made = "CREATE FUNCTION next() RETURNS int LANGUAGE sql AS 'SELECT 1'";
        assert_eq!(routines(made, "DROP FUNCTION next()"), ["next drop"]);
        assert_eq!(
            routines(made, "ALTER FUNCTION next() RENAME TO following"),
            ["next rename"]
        );
        assert_eq!(
            routines("SELECT 1", "DROP FUNCTION IF EXISTS shop.next()"),
            ["shop.next drop"]
        );
        let anew = format!("DROP FUNCTION next(); {made}");
        assert_eq!(routines(made, &anew), [""; 0]);
        let own = format!("{}; DROP FUNCTION other()", made.replace("next", "other"));
        assert_eq!(routines(made, &own), [""; 0]);
        let fires = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$";
        assert_eq!(routines(fires, "DROP FUNCTION stamp()"), [""; 0]);
        let help =
            "DROP PROCEDURE IF EXISTS help; CREATE PROCEDURE help() SELECT 1; DROP PROCEDURE help";
        let found = |up, down| routines_of(Dialect::MySql, up, down);
        assert_eq!(
            found("SELECT 1", help),
            [""; 0],
            "it was there for a moment"
        );
        assert_eq!(
            found("CREATE PROCEDURE help() SELECT 2", help),
            ["help drop"]
        );
    }

    #[test]
    fn a_sequence_type_or_extension_that_queries_name_is_missed() {
        let named = |up: &str, down: &str| {
            let judged = judge(Dialect::Postgres, &Schema::unknown(), Some(up), Some(down));
            let named = judged.down.map(|down| down.named).unwrap_or_default();
            let shown = named
                .iter()
                .map(|c| format!("{} {}", c.object, c.how.name()));
            shown.collect::<Vec<_>>()
        };
        for (made, down, missed) in [
            ("CREATE SEQUENCE bills", "DROP SEQUENCE bills", "bills drop"),
            (
                "CREATE SEQUENCE bills",
                "ALTER SEQUENCE bills RENAME TO notes",
                "bills rename",
            ),
            (
                "CREATE TYPE mood AS ENUM ('calm')",
                "DROP TYPE mood",
                "mood drop",
            ),
            (
                "CREATE TYPE mood AS ENUM ('calm')",
                "ALTER TYPE mood RENAME TO temper",
                "mood rename",
            ),
            (
                "CREATE DOMAIN mail AS text",
                "DROP DOMAIN mail",
                "mail drop",
            ),
            (
                "CREATE EXTENSION hstore",
                "DROP EXTENSION hstore",
                "hstore drop",
            ),
        ] {
            assert_eq!(named(made, down), [missed], "{down}");
            assert_eq!(named("SELECT 1", down), [missed], "{down}");
            assert_eq!(
                named("SELECT 1", &format!("{made}; {down}")),
                [""; 0],
                "{down}"
            );
            if missed.ends_with("drop") {
                assert_eq!(named(made, &format!("{down}; {made}")), [""; 0], "{down}");
            }
        }
    }
}
