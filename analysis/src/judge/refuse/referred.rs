//! What does the server refuse because of the rows that refer to others?

use super::notes::Noted;
use crate::Dialect;
use crate::act::{Body, Constraint, Filter, Follows, Name, Restriction, Trigger};
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};

impl Run<'_> {
    /// A foreign key of the table at `own` refers to a table that is not there. PostgreSQL refuses it, and MySQL where the session
    /// looks after foreign keys.
    pub(in crate::judge) fn miss_parent(&mut self, own: &Key, constraint: &Constraint) {
        let Restriction::ForeignKey { table, .. } = &constraint.rule else {
            return;
        };
        self.refer_later(own, constraint);
        let parent = self.key(table);
        if self.dialect == Dialect::Sqlite || !self.foreign_keys || parent == *own {
            return;
        }
        if !self.schema.is_complete() {
            if self.dialect == Dialect::Postgres && !self.schema.tables.contains_key(&parent) {
                let object = self.object_named(table);
                self.note(Noted::Needs { object });
            }
            return;
        }
        if let Some(parent) = self.meet_if_exists(table) {
            return self.miss_key(&parent, constraint);
        }
        if self.dialect == Dialect::Postgres {
            self.missing(table);
            self.schema.foreign = true;
        } else {
            let why = format!("`{}` is not there when it runs", table.name);
            let certain = false;
            self.note(Noted::Fails { why, certain });
        }
    }

    /// PostgreSQL refuses a foreign key to columns that no key of the table at `parent` is made of.
    fn miss_key(&mut self, parent: &Key, constraint: &Constraint) {
        let Restriction::ForeignKey { referred, .. } = &constraint.rule else {
            return;
        };
        let known = self.schema.table(parent).filter(|table| !table.open);
        let Some(table) = known.filter(|_| self.dialect == Dialect::Postgres) else {
            return;
        };
        let alike = |key: &[String]| {
            let named = |name: &String| referred.iter().any(|other| self.same(other, name));
            key.len() == referred.len() && key.iter().all(named)
        };
        let is_told = |other: &Constraint| !matches!(other.rule, Restriction::UsingIndex(_));
        let indexes = self.schema.indexes_of(table.id);
        let found = match referred.as_slice() {
            [] => table.primary_key().is_some(),
            _ => {
                table.keys().any(alike)
                    || indexes.iter().any(|(_, i)| i.unique && alike(&i.columns))
            }
        };
        if !found && table.parents.is_empty() && table.all_constraints().all(is_told) {
            let name = table.name.name.clone();
            self.refuse_always(format!(
                "`{name}` has no key of the columns that are referred to"
            ));
        }
    }

    /// PostgreSQL drops no function that a trigger runs.
    pub(in crate::judge) fn refuse_run_by_trigger(&mut self, name: &Name) {
        let key = self.key(name);
        let known = self.schema.routines.get(&key);
        if self.dialect != Dialect::Postgres || known.is_none_or(|known| known.is_one_of_several())
        {
            return;
        }
        let runs = |trigger: &Trigger| match &trigger.body {
            Body::Routine(run) => self.key(run) == key,
            _ => false,
        };
        let mut triggers = self.each(1, self.schema.triggers.iter());
        let found = triggers.find(|(_, trigger)| runs(trigger));
        let why = found.map(|(_, trigger)| {
            let (function, trigger) = (&name.name, &trigger.name.name);
            format!("the trigger `{trigger}` still runs `{function}`")
        });
        drop(triggers);
        if let Some(why) = why {
            self.refuse_always(why);
        }
    }

    /// Rows of the table at `parent` go, which others refer to that do not go with them.
    ///
    /// PostgreSQL and MySQL refuse it at once; Onward checks on SQLite before it commits.
    pub(in crate::judge) fn refuse_referred(&mut self, parent: &Key, filter: Option<&Filter>) {
        // Whoever asks other tables asked whether they refer to it.
        let asked = filter.is_some_and(|f| !f.tables.is_empty() || f.member.is_some());
        let refuses = self.foreign_keys || self.dialect == Dialect::Sqlite;
        if asked || !refuses || self.is_made_here(parent) {
            return;
        }
        let mut children = Vec::new();
        for child in self.children(parent) {
            let Some(table) = self.schema.tables.get(&child).cloned() else {
                continue;
            };
            let goes = self.cleared.contains(&table.id) && self.dialect != Dialect::Sqlite;
            if child == *parent || goes || self.ledger.created.contains(&table.id) {
                continue;
            }
            let enforced = self.dialect == Dialect::Sqlite || self.enforces(&table, parent);
            if enforced && self.holds_rows_of(&table, parent) {
                children.push((table.id, table.name.name.clone()));
            }
        }
        if !children.is_empty() {
            let parent = parent.clone();
            self.note(Noted::Uproots { parent, children });
        }
    }

    /// Whether a foreign key of the table holds the rows of `parent`, and this direction has not seen to what refers to them.
    fn holds_rows_of(&self, table: &Table, parent: &Key) -> bool {
        let home = parent.schema.as_deref();
        let mut constraints = table.all_constraints();
        constraints.any(|constraint| {
            let Restriction::ForeignKey {
                columns,
                table: referred,
                on_delete: Follows::Refuse,
                ..
            } = &constraint.rule
            else {
                return false;
            };
            let seen_to = |name: &String| {
                let column = table.column(self.dialect, name);
                column.is_none_or(|column| {
                    self.filled.contains(&column.id) || self.ledger.created.contains(&column.id)
                })
            };
            let at_once = !constraint
                .text
                .to_ascii_lowercase()
                .contains("initially deferred");
            parent.is_of(self.dialect, referred, home) && at_once && !columns.iter().any(seen_to)
        })
    }

    /// Whether at the end nothing of the table `child` can refer to what went of `parent`.
    pub(in crate::judge) fn has_let_go(&self, parent: &Key, child: Id) -> bool {
        let mut tables = self.schema.tables.values();
        let stays = tables.find(|table| table.id == child);
        self.cleared.contains(&child)
            || self.schema.table(parent).is_none()
            || stays.is_none_or(|table| !self.holds_rows_of(table, parent))
    }

    fn is_made_here(&self, key: &Key) -> bool {
        let table = self.schema.table(key);
        table.is_none_or(|table| self.ledger.created.contains(&table.id))
    }
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    fn told_of(dialect: Dialect, rule: &str, before: &str, up: &str, down: &str) -> Vec<String> {
        let mut told = told(dialect, before, up, down);
        told.retain(|told| told.starts_with(rule));
        told
    }

    #[test]
    fn rows_that_others_refer_to_are_not_deleted() {
        let before = |follows: &str| {
            format!(
                "CREATE TABLE roles (id int PRIMARY KEY, name varchar(9)); \
                 CREATE TABLE users (id int PRIMARY KEY, role int, FOREIGN KEY (role) REFERENCES roles (id){follows});"
            )
        };
        let up = "INSERT INTO roles (id, name) VALUES (9, 'guest');";
        let down = "DELETE FROM roles WHERE id = 9;";
        let told = [
            "would_fail: the down fails on `roles` as soon as `users` has a row that refers to one which goes",
        ];
        for dialect in Dialect::ALL {
            let fails = |follows: &str, down: &str| {
                told_of(dialect, "would_fail", &before(follows), up, down)
            };
            assert_eq!(fails("", down), told, "{dialect:?}");
            for follows in [" ON DELETE CASCADE", " ON DELETE SET NULL"] {
                assert!(fails(follows, down).is_empty());
            }
            for prepared in [
                "UPDATE users SET role = NULL WHERE role = 9; DELETE FROM roles WHERE id = 9;",
                "DELETE FROM users WHERE role = 9; DELETE FROM roles WHERE id = 9;",
                "DELETE FROM roles WHERE id = 9 AND id NOT IN (SELECT role FROM users);",
            ] {
                assert!(fails("", prepared).is_empty(), "{prepared}");
            }
            // SQLite is asked at the end.
            let late = "DELETE FROM roles WHERE id = 9; DELETE FROM users WHERE role = 9;";
            assert_eq!(fails("", late).is_empty(), dialect == Dialect::Sqlite);
        }
    }

    #[test]
    fn a_foreign_key_needs_its_table() {
        let before =
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p int);";
        let up = "DROP TABLE p;";
        let missing =
            |dialect: Dialect, down: &str| told_of(dialect, "cannot_run", before, up, down);
        let told = ["cannot_run: the down fails: `p` is not there when it runs"];
        let parent = "CREATE TABLE p (id int PRIMARY KEY);";
        for child in [
            "CREATE TABLE c (p int, FOREIGN KEY (p) REFERENCES p (id));",
            "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES p (id);",
        ] {
            for dialect in [Dialect::Postgres, Dialect::MySql] {
                assert_eq!(missing(dialect, &format!("{child} {parent}")), told);
                assert!(missing(dialect, &format!("{parent} {child}")).is_empty());
            }
        }
        let late = "CREATE TABLE c (p int REFERENCES p (id)); CREATE TABLE p (id int PRIMARY KEY);";
        assert!(missing(Dialect::Sqlite, late).is_empty());
        let own = "CREATE TABLE p (id int PRIMARY KEY, up int REFERENCES p (id));";
        assert!(missing(Dialect::Postgres, own).is_empty());
        let off = format!(
            "SET foreign_key_checks = 0; {} {parent}",
            "CREATE TABLE c (p int, FOREIGN KEY (p) REFERENCES p (id));"
        );
        assert!(missing(Dialect::MySql, &off).is_empty());
    }

    #[test]
    fn what_postgres_always_refuses_is_told() {
        let before = "CREATE TABLE p (a int, b int, c int UNIQUE, PRIMARY KEY (a, b)); CREATE TABLE t (id int PRIMARY KEY, c int); \
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; \
            CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();";
        let up = "CREATE TABLE more (id int);";
        for (down, why) in [
            (
                "ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES p (a)",
                "`p` has no key of the columns that are referred to",
            ),
            (
                "ALTER TABLE p ALTER COLUMN a DROP NOT NULL",
                "`p.a` is in the primary key",
            ),
            (
                "ALTER TABLE t ALTER COLUMN c TYPE bigserial",
                "there is no type `bigserial` outside of a new column",
            ),
            ("DROP FUNCTION f()", "the trigger `tr` still runs `f`"),
            ("DROP INDEX t_c_idx", "`t_c_idx` is not there when it runs"),
        ] {
            assert_eq!(
                told_of(Dialect::Postgres, "cannot_run", before, up, down),
                [format!("cannot_run: the down fails: {why}")]
            );
        }
        for down in [
            "ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES p (c)",
            "ALTER TABLE t ADD FOREIGN KEY (id, c) REFERENCES p (b, a)",
            "ALTER TABLE p ADD COLUMN d bigserial",
            "DROP TRIGGER tr ON t; DROP FUNCTION f()",
            "DROP TABLE t; DROP FUNCTION f()",
            "DROP FUNCTION f() CASCADE",
            "CREATE INDEX ON t (c); DROP INDEX t_c_idx",
        ] {
            let told = told_of(Dialect::Postgres, "cannot_run", before, up, down);
            assert!(told.is_empty(), "{down}: {told:?}");
        }
    }

    #[test]
    fn a_key_made_of_an_index_is_one_of_its_columns() {
        let before =
            "CREATE TABLE t (a int NOT NULL, b int NOT NULL, CONSTRAINT k PRIMARY KEY (a, b));";
        let up = "CREATE UNIQUE INDEX fewer ON t (a); ALTER TABLE t DROP CONSTRAINT k; \
                  ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX fewer;";
        let down = "CREATE UNIQUE INDEX more ON t (a, b); ALTER TABLE t DROP CONSTRAINT k; \
                    ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX more;";
        assert_eq!(
            told(Dialect::Postgres, before, up, down),
            Vec::<String>::new()
        );
        let fails = "would_fail: the down fails on `t(a)` as soon as two rows are alike there";
        assert!(told(Dialect::Postgres, before, down, up).contains(&fails.to_owned()));
    }
}
