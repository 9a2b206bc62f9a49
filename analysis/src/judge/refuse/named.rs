//! Is the name free that something gets, and is there what goes?

use super::notes::Noted;
use crate::Dialect;
use crate::act::{Act, Body, Constraint, Name, Routine, Trigger};
use crate::judge::Asked;
use crate::judge::run::Run;
use crate::schema::Key;

impl Run<'_> {
    /// What is no table gets a name that is taken, or goes and is not there, as far as the migrations tell.
    pub(in crate::judge) fn refuse_named(&mut self, act: &Act) {
        // What is not understood may have dropped it, or made it.
        if self.extent == Asked::Verdicts
            || !self.schema.is_complete()
            || self.settings.doubts_path()
        {
            return;
        }
        match act {
            Act::CreateView {
                name,
                materialized,
                or_replace,
                if_not_exists,
                temporary: false,
                ..
            } => {
                let key = self.key_made(name);
                let stands = self.schema.views.get(&key);
                let replaces =
                    *or_replace && stands.is_some_and(|view| !view.materialized && !materialized);
                let is_table = self.schema.tables.contains_key(&key);
                if !if_not_exists && (is_table || (stands.is_some() && !replaces)) {
                    self.exists(name);
                }
            }
            Act::CreateType { name, .. } => {
                let key = self.key_made(name);
                // Each table is a type, too.
                let is_taken = self.schema.types.contains_key(&key) || self.is_relation(&key);
                if self.dialect == Dialect::Postgres && is_taken {
                    self.exists(name);
                }
            }
            Act::CreateSequence {
                name,
                if_not_exists: false,
                ..
            } => {
                let key = self.key_made(name);
                if self.schema.sequences.contains_key(&key) || self.is_relation(&key) {
                    self.exists(name);
                }
            }
            Act::CreateRoutine(routine) => self.refuse_same_routine(routine),
            Act::CreateTrigger(trigger) => {
                self.refuse_same_trigger(trigger);
                self.refuse_no_function(trigger);
            }
            Act::DropType {
                name,
                if_exists: false,
                ..
            } => {
                let key = self.key(name);
                let is_there = self.schema.types.contains_key(&key) || self.is_relation(&key);
                self.miss(name, is_there);
            }
            Act::AddLabel {
                name,
                label,
                if_not_exists,
            } => self.refuse_label(name, label, *if_not_exists),
            Act::RenameType { name, .. } => {
                let key = self.key(name);
                let is_there = self.schema.types.contains_key(&key) || self.is_relation(&key);
                self.miss(name, is_there);
            }
            Act::DropRoutine {
                name,
                if_exists: false,
                ..
            } => {
                let key = self.key(name);
                let is_there = self.schema.routines.contains_key(&key);
                self.miss(name, is_there);
            }
            _ => {}
        }
    }

    /// An enum gets a label that it has, or there is no such enum.
    fn refuse_label(&mut self, name: &Name, label: &str, if_not_exists: bool) {
        let ty = self.schema.types.get(&self.key(name));
        let labels = ty.and_then(|ty| ty.labels.as_ref());
        let has = labels.is_some_and(|labels| labels.iter().any(|own| own == label));
        if has && !if_not_exists {
            let why = format!("`{}` has the label {label} already", name.name);
            return self.refuse_always(why);
        }
        let is_there = ty.is_some();
        self.miss(name, is_there);
    }

    /// A table, view or, on PostgreSQL, index is called so.
    fn is_relation(&self, key: &Key) -> bool {
        let index = self.dialect == Dialect::Postgres && self.schema.indexes.contains_key(key);
        index || self.schema.tables.contains_key(key) || self.schema.views.contains_key(key)
    }

    /// What goes is not there, nor what an extension may have made.
    fn miss(&mut self, name: &Name, is_there: bool) {
        if !is_there && self.schema.extensions.is_empty() {
            self.missing(name);
        }
    }

    /// A routine of that name and, on PostgreSQL, of those parameters is there, and is not replaced.
    fn refuse_same_routine(&mut self, routine: &Routine) {
        let key = self.key_made(&routine.name);
        let Some(other) = self.schema.routines.get(&key) else {
            return;
        };
        let same = match (heading(&routine.text), heading(&other.text)) {
            (Some((_, own)), Some((_, other))) if self.dialect == Dialect::Postgres => own == other,
            // MySQL tells a function from a procedure of the same name.
            (Some((own, _)), Some((other, _))) => {
                let is_function = |head: &str| head.contains("function");
                is_function(&own) == is_function(&other) && !own.contains("if not exists")
            }
            _ => false,
        };
        if !same || other.is_one_of_several() {
            return;
        }
        if !routine.or_replace {
            return self.exists(&routine.name);
        }
        let returned = |text: &str| super::returned::returned(self.dialect, text);
        let types = returned(&routine.text).zip(returned(&other.text));
        if self.dialect == Dialect::Postgres
            && types.is_some_and(|(own, other)| own.differs(&other))
        {
            let why = format!(
                "`{}` returns another type, which `OR REPLACE` does not change",
                routine.name.name
            );
            self.refuse_always(why);
        }
    }

    /// A trigger of PostgreSQL calls a function that is not there; others may have made it.
    fn refuse_no_function(&mut self, trigger: &Trigger) {
        let Body::Routine(called) = &trigger.body else {
            return;
        };
        let own = [
            "suppress_redundant_updates_trigger",
            "tsvector_update_trigger",
            "tsvector_update_trigger_column",
        ];
        let key = self.key(called);
        let mut routines = self.each(1, self.schema.routines.keys());
        let is_there = own.contains(&&*key.name) || routines.any(|other| other.name == key.name);
        drop(routines);
        if !is_there && self.schema.extensions.is_empty() {
            let why = format!("`{}` is not there when it runs", called.name);
            let certain = false;
            self.note(Noted::Fails { why, certain });
        }
    }

    /// A trigger of that name fires for the table already.
    fn refuse_same_trigger(&mut self, trigger: &Trigger) {
        let table = trigger.table.as_ref().map(|table| self.key(table));
        let table = table.and_then(|key| self.schema.table(&key));
        let Some(table) = table.filter(|_| !trigger.or_replace && !trigger.if_not_exists) else {
            return;
        };
        let key = (Some(table.id), trigger.name.name.to_lowercase());
        if self.schema.triggers.contains_key(&key) {
            self.exists(&trigger.name);
        }
    }

    /// A constraint of PostgreSQL's table at `key` gets a name that another one has.
    pub(in crate::judge) fn refuse_same_constraint(&mut self, key: &Key, constraint: &Constraint) {
        let table = self.schema.table(key).filter(|table| !table.open);
        let (Some(table), Some(name)) = (table, &constraint.name) else {
            return;
        };
        // What the server called one that has no name of its own depends on what was there then.
        let has = |own: &Constraint| own.name.as_ref() == Some(name);
        if self.dialect == Dialect::Postgres
            && self.extent != Asked::Verdicts
            && self.schema.is_complete()
            && table.all_constraints().any(has)
        {
            let why = format!("`{}` has a constraint `{name}` already", table.name.name);
            self.refuse_always(why);
        }
    }
}

/// What stands before a routine's parameters, and these, in small letters and single blanks.
fn heading(text: &str) -> Option<(String, String)> {
    let (head, rest) = text.split_once('(')?;
    let mut depth = 1;
    let end = rest.char_indices().find_map(|(at, letter)| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })?;
    let plain = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").to_lowercase()
    };
    Some((plain(head), plain(&rest[..end])))
}

#[cfg(test)]
mod tests {
    use crate::Dialect::{self, MySql, Postgres, Sqlite};
    use crate::rules::pairs::told;

    const BEFORE: &str =
        "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE VIEW v AS SELECT 1 AS one;";

    fn fails(dialect: Dialect, more: &str, down: &str) -> Vec<String> {
        let before = format!("{BEFORE} {more}");
        let mut told = told(dialect, &before, "CREATE TABLE more (id int);", down);
        told.retain(|told| told.starts_with("cannot_run"));
        told
    }

    fn assert_taken(dialect: Dialect, more: &str, down: &str, name: &str) {
        let told = [format!(
            "cannot_run: the down fails: `{name}` is there already"
        )];
        assert_eq!(fails(dialect, more, down), told, "{dialect}: {down}");
    }

    fn assert_runs(dialect: Dialect, more: &str, down: &str) {
        let none: [String; 0] = [];
        assert_eq!(fails(dialect, more, down), none, "{dialect}: {down}");
    }

    #[test]
    fn a_view_gets_no_name_that_is_taken() {
        for dialect in Dialect::ALL {
            assert_taken(dialect, "", "CREATE VIEW v AS SELECT 2 AS one;", "v");
            assert_taken(dialect, "", "CREATE VIEW t AS SELECT 2 AS one;", "t");
            assert_runs(
                dialect,
                "",
                "DROP VIEW v; CREATE VIEW v AS SELECT 2 AS one;",
            );
            assert_runs(
                dialect,
                "",
                "DROP TABLE t; CREATE VIEW t AS SELECT 2 AS one;",
            );
        }
        for dialect in Dialect::ALL {
            assert_taken(dialect, "", "CREATE TABLE v (id int);", "v");
        }
        for dialect in [Postgres, MySql] {
            assert_runs(dialect, "", "CREATE OR REPLACE VIEW v AS SELECT 2 AS one;");
            assert_taken(
                dialect,
                "",
                "CREATE OR REPLACE VIEW t AS SELECT 2 AS one;",
                "t",
            );
        }
        assert_runs(Sqlite, "", "CREATE VIEW IF NOT EXISTS v AS SELECT 2;");
        assert_runs(Postgres, "", "CREATE TEMP VIEW v AS SELECT 2 AS one;");
        assert_runs(
            Postgres,
            "CREATE VIEW w AS SELECT one FROM v; CREATE MATERIALIZED VIEW x AS SELECT one FROM w;",
            "DROP VIEW v CASCADE; CREATE VIEW w AS SELECT 1 AS one; CREATE VIEW x AS SELECT 1 AS one;",
        );
        assert_runs(
            Postgres,
            "CREATE SCHEMA s;",
            "CREATE VIEW s.v AS SELECT 2 AS one; SET search_path = s; CREATE VIEW t AS SELECT 1 AS x;",
        );
    }

    #[test]
    fn types_labels_and_sequences_are_known_by_name() {
        let kind = "CREATE TYPE kind AS ENUM ('a', 'b'); CREATE SEQUENCE s;";
        assert_taken(Postgres, kind, "CREATE TYPE kind AS ENUM ('a');", "kind");
        assert_taken(Postgres, kind, "CREATE TYPE t AS ENUM ('a');", "t");
        assert_taken(Postgres, kind, "CREATE SEQUENCE s;", "s");
        assert_runs(Postgres, kind, "CREATE SEQUENCE IF NOT EXISTS s;");
        assert_runs(
            Postgres,
            kind,
            "DROP TYPE kind; CREATE TYPE kind AS ENUM ('a');",
        );
        assert_runs(
            Postgres,
            kind,
            "ALTER TYPE kind RENAME TO old; CREATE TYPE kind AS ENUM ('a');",
        );
        assert_eq!(
            fails(Postgres, kind, "ALTER TYPE kind ADD VALUE 'b';"),
            ["cannot_run: the down fails: `kind` has the label b already"]
        );
        assert_runs(Postgres, kind, "ALTER TYPE kind ADD VALUE 'c';");
        assert_runs(
            Postgres,
            kind,
            "ALTER TYPE kind ADD VALUE IF NOT EXISTS 'b';",
        );
        for down in [
            "DROP TYPE nope;",
            "ALTER TYPE nope RENAME TO other;",
            "ALTER TYPE nope ADD VALUE 'x';",
        ] {
            assert_eq!(
                fails(Postgres, kind, down),
                ["cannot_run: the down fails: `nope` is not there when it runs"]
            );
        }
        assert_runs(Postgres, kind, "DROP TYPE IF EXISTS nope;");
        assert_runs(Postgres, "CREATE EXTENSION hstore;", "DROP TYPE nope;");
    }

    #[test]
    fn a_routine_is_told_by_its_parameters() {
        let f = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';";
        assert_taken(
            Postgres,
            f,
            "CREATE FUNCTION f( a  INT ) RETURNS int LANGUAGE sql AS 'SELECT 2';",
            "f",
        );
        for down in [
            "CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 2';",
            "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 2';",
            "DROP FUNCTION f(int); CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 2';",
            "DROP FUNCTION IF EXISTS nope(int);",
        ] {
            assert_runs(Postgres, f, down);
        }
        let p = "CREATE PROCEDURE p() SELECT 1;";
        assert_taken(MySql, p, "CREATE PROCEDURE p(IN a int) SELECT 2;", "p");
        assert_runs(
            MySql,
            p,
            "DROP PROCEDURE IF EXISTS p; CREATE PROCEDURE p() SELECT 2;",
        );
        assert_runs(MySql, p, "CREATE FUNCTION p() RETURNS int RETURN 1;");
        for (dialect, down) in [
            (Postgres, "DROP FUNCTION nope(int);"),
            (MySql, "DROP PROCEDURE nope;"),
        ] {
            assert_eq!(
                fails(dialect, p, down),
                ["cannot_run: the down fails: `nope` is not there when it runs"]
            );
        }
    }

    #[test]
    fn a_trigger_is_told_by_its_table() {
        let trigger = "CREATE TRIGGER g AFTER DELETE ON t BEGIN SELECT 1; END;";
        assert_taken(Sqlite, trigger, trigger, "g");
        assert_runs(Sqlite, trigger, &format!("DROP TRIGGER g; {trigger}"));
        assert_runs(
            Sqlite,
            trigger,
            &format!("DROP TABLE t; CREATE TABLE t (id int); {trigger}"),
        );
    }

    #[test]
    fn a_constraint_is_told_by_its_table() {
        let more = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0); CREATE TABLE u (a int UNIQUE);";
        assert_eq!(
            fails(
                Postgres,
                more,
                "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1);"
            ),
            ["cannot_run: the down fails: `t` has a constraint `c` already"]
        );
        // The key that nobody named was called `p_pkey1`, as `p_pkey` was taken.
        assert_runs(
            Postgres,
            "CREATE TABLE p (a int NOT NULL); ALTER TABLE p ADD CONSTRAINT p_pkey UNIQUE (a); ALTER TABLE p ADD PRIMARY KEY (a);",
            "ALTER TABLE p DROP CONSTRAINT p_pkey; ALTER TABLE p ADD CONSTRAINT p_pkey UNIQUE (a);",
        );
        for down in [
            "ALTER TABLE u ADD CONSTRAINT c CHECK (a > 1);",
            "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1);",
            "ALTER TABLE t DROP CONSTRAINT c; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1);",
            "ALTER TABLE t RENAME CONSTRAINT c TO d; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1);",
        ] {
            assert_runs(Postgres, more, down);
        }
    }
}
