//! What holds a column, so that the server does not drop it?
//!
//! SQLite reads the schema again without the column and refuses where anything names it; PostgreSQL refuses what depends on it
//! unless CASCADE is said; MySQL refuses what foreign keys and expressions need.
//! (<https://sqlite.org/lang_altertable.html>, <https://www.postgresql.org/docs/current/ddl-depend.html>,
//! <https://dev.mysql.com/doc/refman/8.0/en/alter-table.html>)
//!
//! Only what is certain is told: a name that may mean something else holds nothing.

use super::naming::{After, names};
use crate::Dialect;
use crate::act::{Constraint, Restriction};
use crate::judge::Asked;
use crate::judge::refuse::Torn;
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::schema::{Column, Key, Table, same};

impl Run<'_> {
    /// Before the column goes: what is in the way is told where the statement ends, which may take that away, too.
    pub(in crate::judge) fn refuse_held(&mut self, key: &Key, column: &str, cascade: bool) {
        if self.extent == Asked::Verdicts || (cascade && self.dialect == Dialect::Postgres) {
            return;
        }
        let Some(table) = self.schema.table(key) else {
            return;
        };
        if table.column(self.dialect, column).is_none() {
            return;
        }
        self.spend(table.columns.len() / 8);
        let why = match self.dialect {
            Dialect::Sqlite => self.held_by_table(table, column),
            Dialect::Postgres => None,
            Dialect::MySql => self.held_by_own_key(table, column),
        };
        let why = why
            .or_else(|| self.held_by_expression(table, column))
            .or_else(|| self.held_by_child(key, table, column))
            .or_else(|| self.held_by_view(key, column))
            .or_else(|| self.held_by_trigger(table, column))
            .or_else(|| self.held_by_policy(table, column));
        let cut = super::cut::cut(table, column);
        if let Some(why) = why {
            self.torn.push((Torn::Column(why), self.span));
        } else if let Some(why) = cut {
            // A later SQLite may look closer.
            let certain = false;
            self.note(Noted::Fails { why, certain });
        }
    }

    /// Before the column gets another type, which PostgreSQL gives to none that a view shows or another column is computed from.
    pub(in crate::judge) fn refuse_retype(&mut self, key: &Key, column: &str) {
        if self.extent == Asked::Verdicts || self.dialect != Dialect::Postgres {
            return;
        }
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let why = self
            .held_by_expression(table, column)
            .or_else(|| self.held_by_view(key, column))
            .or_else(|| self.held_by_policy(table, column));
        if let Some(why) = why {
            self.torn.push((Torn::Column(why), self.span));
        }
    }

    /// The statement drops a constraint, which may be what is in the way.
    pub(in crate::judge) fn let_go(&mut self) {
        self.torn
            .retain(|(torn, _)| !matches!(torn, Torn::Column(_)));
    }

    /// SQLite drops no column that a key, an index or a condition of its table names, nor the last one.
    fn held_by_table(&self, table: &Table, column: &str) -> Option<String> {
        let dialect = self.dialect;
        let is_it = |name: &String| same(dialect, name, column);
        if !table.open && table.columns.len() == 1 {
            return Some(format!("`{}` has no other column", table.name.name));
        }
        let own = table.column(dialect, column)?;
        let of_column = own.is.constraints.iter();
        let in_key = |rule: &Restriction| match rule {
            Restriction::PrimaryKey(_) => Some("the primary key"),
            Restriction::Unique(_) => Some("a unique key"),
            Restriction::ForeignKey { .. } => Some("a foreign key"),
            _ => None,
        };
        // That of the column itself goes with it where it is a reference or a condition.
        let of_column = of_column.filter(|one| {
            matches!(
                one.rule,
                Restriction::PrimaryKey(_) | Restriction::Unique(_)
            )
        });
        let of_table = table.constraints.iter().filter(|one| match &one.rule {
            Restriction::PrimaryKey(columns)
            | Restriction::Unique(columns)
            | Restriction::ForeignKey { columns, .. } => columns.iter().any(is_it),
            _ => false,
        });
        let mut keys = of_column.chain(of_table);
        if let Some(key) = keys.find_map(|one| in_key(&one.rule)) {
            let table = &table.name.name;
            return Some(format!("`{table}.{column}` is in {key} of `{table}`"));
        }
        let indexes = self.schema.indexes_of(table.id);
        self.spend(indexes.len());
        let (index, _) = indexes.into_iter().find(|(_, index)| {
            index.columns.iter().any(is_it)
                || names(dialect, &index.text, column, After::Parenthesis)
        })?;
        let table = &table.name.name;
        Some(format!(
            "the index `{}` still needs `{table}.{column}`",
            index.name
        ))
    }

    /// MySQL drops no column that a foreign key of its table needs.
    fn held_by_own_key(&self, table: &Table, column: &str) -> Option<String> {
        let mut keys = table.foreign_keys();
        let held = self.foreign_keys
            && keys.any(|(columns, _, _)| columns.iter().any(|own| self.same(own, column)));
        let table = &table.name.name;
        held.then(|| format!("`{table}.{column}` is in a foreign key of `{table}`"))
    }

    /// What another column is computed from stays, and so does what a condition reads that is not the column's own; PostgreSQL's go
    /// along.
    fn held_by_expression(&self, table: &Table, column: &str) -> Option<String> {
        self.spend(table.columns.len() / 8);
        if self.is_exhausted() {
            return None;
        }
        let dialect = self.dialect;
        let reads = |text: &str| names(dialect, text, column, After::Start);
        let shown = &table.name.name;
        let others = || {
            let columns = table.columns.iter();
            columns.filter(|other| !same(dialect, &other.is.name, column))
        };
        let is_computed = |other: &&Column| {
            let by = other.is.generated.as_deref();
            by.is_some_and(reads) && !same(dialect, &other.is.name, column)
        };
        let computed = table.columns.iter().find(is_computed);
        if let Some(other) = computed {
            let other = &other.is.name;
            return Some(format!(
                "`{shown}.{other}` is computed from `{shown}.{column}`"
            ));
        }
        let is_check = |one: &&Constraint| one.rule == Restriction::Check;
        let mut checks = others()
            .flat_map(|other| &other.is.constraints)
            .chain(table.constraints.iter().filter(|one| match dialect {
                Dialect::Sqlite => true,
                // One that is about this column alone goes with it.
                _ => others().any(|other| one.reads(&other.is.name)),
            }))
            .filter(is_check);
        let held = dialect != Dialect::Postgres
            && checks.any(|one| names(dialect, &one.text, column, After::Check));
        held.then(|| format!("a CHECK of `{shown}` reads `{shown}.{column}`"))
    }

    /// PostgreSQL and MySQL drop no column that another table refers to.
    fn held_by_child(&self, key: &Key, table: &Table, column: &str) -> Option<String> {
        if self.dialect == Dialect::Sqlite || !self.foreign_keys {
            return None;
        }
        let primary = table.primary_key().unwrap_or_default();
        let refers = |child: &Table| {
            let mut references = child.references();
            references.any(|(to, referred)| {
                let referred = match referred {
                    [] => primary,
                    referred => referred,
                };
                let is_it = |name: &String| self.same(name, column);
                self.key(to) == *key && referred.iter().any(is_it)
            })
        };
        let children = self.children(key);
        let mut children = children.iter().filter(|child| *child != key);
        let child = children.find(|child| self.schema.table(child).is_some_and(refers))?;
        let table = &table.name.name;
        Some(format!(
            "`{}` still refers to `{table}.{column}`",
            child.name
        ))
    }

    /// SQLite drops no column that a trigger of the table takes from its row, PostgreSQL none that one waits for.
    fn held_by_trigger(&self, table: &Table, column: &str) -> Option<String> {
        let after = match self.dialect {
            Dialect::Sqlite if !self.legacy => After::Row,
            Dialect::Postgres => After::Of,
            _ => return None,
        };
        let triggers = self.schema.triggers_of(table.id);
        let mut triggers = self.each(2, triggers);
        let (_, trigger) =
            triggers.find(|(_, trigger)| names(self.dialect, &trigger.text, column, after))?;
        let (trigger, table) = (&trigger.name.name, &table.name.name);
        Some(format!(
            "the trigger `{trigger}` still needs `{table}.{column}`"
        ))
    }

    /// PostgreSQL neither drops nor retypes a column that a policy of the table reads. Within a query the name may be another
    /// table's.
    fn held_by_policy(&self, table: &Table, column: &str) -> Option<String> {
        let reads = |text: &str| names(self.dialect, text, column, After::Parenthesis);
        let (policy, _) = table.policies_that_ask(reads).next()?;
        let table = &table.name.name;
        Some(format!(
            "the policy `{policy}` still needs `{table}.{column}`"
        ))
    }
}

#[cfg(test)]
mod tests {
    use crate::Dialect::{self, MySql, Postgres, Sqlite};
    use crate::rules::pairs::fails;

    const UP: &str = "CREATE TABLE x (id int);";

    fn of_drop(dialect: Dialect, before: &str) -> Vec<String> {
        let parent = "CREATE TABLE p (x int PRIMARY KEY);";
        let before = format!("{parent} {before}");
        fails(dialect, &before, UP, "ALTER TABLE t DROP COLUMN b;")
    }

    /// Each was run on SQLite 3.40.
    #[test]
    fn sqlite_keeps_a_column_that_something_names() {
        for (before, why) in [
            (
                "CREATE TABLE t (a int, b int PRIMARY KEY);",
                "`t.b` is in the primary key of `t`",
            ),
            (
                "CREATE TABLE t (a int, b int UNIQUE);",
                "`t.b` is in a unique key of `t`",
            ),
            (
                "CREATE TABLE t (a int, b int, UNIQUE (a, b));",
                "`t.b` is in a unique key of `t`",
            ),
            (
                "CREATE TABLE t (a int, b int, FOREIGN KEY (b) REFERENCES p (x));",
                "`t.b` is in a foreign key of `t`",
            ),
            ("CREATE TABLE t (b int);", "`t` has no other column"),
            (
                "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (b);",
                "the index `i` still needs `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a) WHERE b > 0;",
                "the index `i` still needs `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (lower(b));",
                "the index `i` still needs `t.b`",
            ),
            (
                "CREATE TABLE t (a int CHECK (b > 0), b int);",
                "a CHECK of `t` reads `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int, CHECK (b > 0));",
                "a CHECK of `t` reads `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int, g int GENERATED ALWAYS AS (b + 1));",
                "`t.g` is computed from `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT o.b FROM t o;",
                "the view `v` still reads `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int); CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE p SET x = new.b; END;",
                "the trigger `g` still needs `t.b`",
            ),
        ] {
            assert_eq!(
                of_drop(Sqlite, before),
                [format!("the down fails: {why}")],
                "{before}"
            );
        }
        for before in [
            "CREATE TABLE t (a int, b int CHECK (b > 0 AND a > 0));",
            "CREATE TABLE t (a int, b int REFERENCES p (x));",
            "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1));",
            "CREATE TABLE t (a int, b int, CHECK (a > 0));",
            "CREATE TABLE t (a int, b int); CREATE TABLE c (k int REFERENCES t (b));",
            "CREATE TABLE t (a int, b int); CREATE INDEX b ON t (a);",
            "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT * FROM t;",
            "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT \"b\" FROM t;",
            "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a AS b FROM t;",
            "CREATE TABLE t (a int, b int); CREATE TRIGGER g AFTER UPDATE OF b ON t BEGIN UPDATE p SET x = 1; END;",
        ] {
            assert_eq!(of_drop(Sqlite, before), [""; 0], "{before}");
        }
    }

    /// Each was run on PostgreSQL 15.
    #[test]
    fn postgres_keeps_a_column_that_something_depends_on() {
        for (before, why) in [
            (
                "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT b FROM t;",
                "the view `v` still reads `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int); CREATE MATERIALIZED VIEW v AS SELECT t.b, x FROM t JOIN p ON x = a;",
                "the view `v` still reads `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int PRIMARY KEY); CREATE TABLE c (k int REFERENCES t);",
                "`c` still refers to `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int, g int GENERATED ALWAYS AS (b + 1) STORED);",
                "`t.g` is computed from `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; \
                 CREATE TRIGGER g BEFORE UPDATE OF b ON t FOR EACH ROW EXECUTE FUNCTION f();",
                "the trigger `g` still needs `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int); CREATE POLICY y ON t FOR SELECT TO public USING (b = 1);",
                "the policy `y` still needs `t.b`",
            ),
        ] {
            assert_eq!(
                of_drop(Postgres, before),
                [format!("the down fails: {why}")],
                "{before}"
            );
            let cascade = "ALTER TABLE t DROP COLUMN b CASCADE;";
            assert_eq!(fails(Postgres, before, UP, cascade), [""; 0], "{before}");
        }
        for before in [
            "CREATE TABLE t (a int, b int UNIQUE, CHECK (b > a)); CREATE INDEX i ON t (a) WHERE b > 0;",
            "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT b, x FROM p JOIN t ON x = a;",
            "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT p.x AS b FROM p, t;",
            "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE TABLE c (k int REFERENCES t (a));",
            "CREATE TABLE t (a int, b int); CREATE POLICY b ON t USING (a > 1);",
            "CREATE TABLE t (a int, b int); CREATE POLICY y ON t USING (a IN (SELECT b FROM p AS q (b)));",
            "CREATE TABLE t (a int, b int); CREATE POLICY y ON t USING (b > 1); DROP POLICY y ON t;",
        ] {
            assert_eq!(of_drop(Postgres, before), [""; 0], "{before}");
        }
        for (column, condition) in [
            ("text", "current_setting('x')::text = a::text"),
            ("text", "CAST(a AS text) = ''"),
            ("date", "now() > date '2020-01-01'"),
            ("year", "extract(year FROM now()) = a"),
            ("zone", "now() AT TIME ZONE 'UTC' > now()"),
            ("\"end\"", "CASE WHEN a > 1 THEN true ELSE false END"),
        ] {
            let before = format!(
                "CREATE TABLE t (a int, {column} int); CREATE POLICY y ON t USING ({condition});"
            );
            let down = format!("ALTER TABLE t DROP COLUMN {column};");
            assert_eq!(fails(Postgres, &before, UP, &down), [""; 0], "{before}");
        }
        let retype = "ALTER TABLE t ALTER COLUMN b TYPE bigint;";
        let viewed = "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT b FROM t;";
        let told = ["the down fails: the view `v` still reads `t.b`"];
        assert_eq!(fails(Postgres, viewed, UP, retype), told);
        let meanwhile = format!("DROP VIEW v; {retype} CREATE VIEW v AS SELECT b FROM t;");
        assert_eq!(fails(Postgres, viewed, UP, &meanwhile), [""; 0]);
    }

    /// Each was run on MariaDB 10.11.
    #[test]
    fn mysql_keeps_a_column_that_keys_and_expressions_need() {
        for (before, why) in [
            (
                "CREATE TABLE t (a int, b int, CONSTRAINT k FOREIGN KEY (b) REFERENCES p (x));",
                "`t.b` is in a foreign key of `t`",
            ),
            (
                "CREATE TABLE t (a int, b int PRIMARY KEY); CREATE TABLE c (k int, FOREIGN KEY (k) REFERENCES t (b));",
                "`c` still refers to `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int, g int AS (b + 1));",
                "`t.g` is computed from `t.b`",
            ),
            (
                "CREATE TABLE t (a int, b int, CHECK (b > a));",
                "a CHECK of `t` reads `t.b`",
            ),
        ] {
            assert_eq!(
                of_drop(MySql, before),
                [format!("the down fails: {why}")],
                "{before}"
            );
        }
        for before in [
            "CREATE TABLE t (a int, b int, CHECK (b > 0), UNIQUE (b));",
            "SET foreign_key_checks = 0; CREATE TABLE t (a int, b int, g int AS (a + 1));",
            "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT b FROM t;",
        ] {
            assert_eq!(of_drop(MySql, before), [""; 0], "{before}");
        }
        let keyed = "CREATE TABLE p (x int PRIMARY KEY); \
                     CREATE TABLE t (a int, b int, CONSTRAINT k FOREIGN KEY (b) REFERENCES p (x));";
        for down in [
            "ALTER TABLE t DROP COLUMN b, DROP FOREIGN KEY k;",
            "ALTER TABLE t DROP FOREIGN KEY k; ALTER TABLE t DROP COLUMN b;",
            "SET foreign_key_checks = 0; ALTER TABLE t DROP COLUMN b;",
        ] {
            assert_eq!(fails(MySql, keyed, UP, down), [""; 0], "{down}");
        }
    }
}
