//! Which lists does the server refuse: of columns, of values, or of a type that none of the old values can become by itself?

use super::queried::is_whole;
use crate::Dialect;
use crate::act::{Branch, Column as Written, From, Insert, NewTable, Output, Rows};
use crate::judge::run::Run;
use crate::schema::{self, Key};
use crate::types::Type;

impl Run<'_> {
    /// A column that the new table would have twice.
    pub(in crate::judge) fn refuse_twins(&mut self, new: &NewTable) {
        // PostgreSQL 18's `CONSTRAINT name NOT NULL column` reads like a column.
        let columns = new.columns.iter().filter(|one| one.name != "constraint");
        let names: Vec<&str> = columns.map(|column| &*column.name).collect();
        if let (Some(column), Some(table)) = (schema::twin(self.dialect, &names), &new.name) {
            let table = &table.name;
            self.refuse_always(format!("`{table}` would have two columns `{column}`"));
        }
    }

    /// Rows that have more or fewer values than columns.
    pub(in crate::judge) fn refuse_uneven(&mut self, key: &Key, insert: &Insert) {
        let lengths: Vec<usize> = match &insert.rows {
            Rows::Values(rows) => rows.iter().map(Vec::len).collect(),
            Rows::Query(query) => {
                let first = query.branches.first();
                let within = &query.with;
                let length = first.and_then(|first| self.length(first, within.is_empty()));
                length.into_iter().collect()
            }
            Rows::Outside => return,
        };
        // `DEFAULT VALUES`, and MySQL's `VALUES ()`. What a trigger does is another statement's.
        let Some(first) = lengths.first().copied() else {
            return;
        };
        if lengths.contains(&0) || !self.firing.is_empty() {
            return;
        }
        if lengths.iter().any(|length| *length != first) {
            return self.refuse_always("the rows of `VALUES` differ in length".to_owned());
        }
        let named = insert.columns.len();
        if named > 0 {
            if named != first {
                self.refuse_always(format!("it names {named} columns and gives {first} values"));
            }
            return;
        }
        let Some(table) = self.schema.table(key).filter(|table| !table.open) else {
            return;
        };
        let counts = |column: &Written| match self.dialect {
            Dialect::Postgres => true,
            Dialect::MySql => !column.hidden,
            Dialect::Sqlite => column.generated.is_none(),
        };
        let has = table.columns.iter();
        let has = has.filter(|column| counts(&column.is)).count();
        // PostgreSQL fills the rest with defaults.
        let fits = first == has || (first < has && self.dialect == Dialect::Postgres);
        if !fits && table.history.is_none() && table.of.is_none() {
            let name = table.name.name.clone();
            self.refuse_always(format!(
                "`{name}` has {has} columns, and it gives {first} values"
            ));
        }
    }

    /// How many values a query gives, where that is known of each `*` in it: `alone` is one without WITH.
    fn length(&self, branch: &Branch, alone: bool) -> Option<usize> {
        let lengths = branch.output.iter().map(|output| match output {
            Output::All(_) => self.shown_by(branch).filter(|_| alone),
            // `(expression).*` of PostgreSQL reads like one value without a name.
            Output::Value { name, .. } => {
                (name.is_some() || self.dialect != Dialect::Postgres).then_some(1)
            }
        });
        lengths.sum()
    }

    /// How many columns `*` stands for, where the query reads one table of which all is known.
    fn shown_by(&self, branch: &Branch) -> Option<usize> {
        let [source] = branch.from.as_slice() else {
            return None;
        };
        let From::Table(name) = &source.what else {
            return None;
        };
        let table = self.schema.table(&self.key(name));
        let table = table.filter(|table| self.schema.is_complete() && is_whole(table))?;
        let columns = table.columns.iter();
        Some(columns.filter(|column| !column.is.hidden).count())
    }

    /// PostgreSQL: a column's type changes to one of which it has no cast that it would use by itself.
    pub(in crate::judge) fn refuse_cast(&mut self, column: &str, was: &str, ty: &str) {
        if self.dialect != Dialect::Postgres || !self.schema.casts.is_empty() {
            return;
        }
        if is_explicit(&self.type_of(was), &self.type_of(ty)) {
            self.refuse_always(format!(
                "`{column}` is not cast from {was} to {ty} without `USING`"
            ));
        }
    }
}

/// Whether only `USING` casts the one to the other: PostgreSQL's own casts are
/// <https://www.postgresql.org/docs/15/catalog-pg-cast.html>, and of texts there are none.
fn is_explicit(from: &Type, to: &Type) -> bool {
    let (from, to) = (Kind::of(from), Kind::of(to));
    match (from, to) {
        (Some(Kind::Text), Some(to)) => to != Kind::Text,
        (Some(from), Some(to)) => ![from, Kind::Text, Kind::Json].contains(&to),
        (None, _) | (_, None) => false,
    }
}

/// Types between which PostgreSQL casts by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Bool,
    Time,
    Uuid,
    Json,
}

impl Kind {
    fn of(ty: &Type) -> Option<Kind> {
        Some(match ty {
            Type::Text { .. } => Kind::Text,
            Type::Int { .. } | Type::Decimal { .. } | Type::Float { .. } => Kind::Number,
            Type::Bool => Kind::Bool,
            Type::Date | Type::Timestamp { .. } => Kind::Time,
            Type::Named(name) if name == "uuid" => Kind::Uuid,
            Type::Json | Type::JsonValue => Kind::Json,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::Dialect::{self, MySql, Postgres, Sqlite};
    use crate::rules::pairs::told;

    const BEFORE: &str = "CREATE TABLE t (id int PRIMARY KEY, a varchar(9), b int); CREATE TABLE o (id int PRIMARY KEY);";

    fn fails(dialect: Dialect, down: &str) -> Vec<String> {
        let mut told = told(dialect, BEFORE, "CREATE TABLE more (id int);", down);
        told.retain(|told| told.starts_with("cannot_run"));
        told
    }

    #[test]
    fn as_many_values_come_as_there_are_columns() {
        for dialect in Dialect::ALL {
            for (down, why) in [
                (
                    "INSERT INTO t (id, a) VALUES (1);",
                    "it names 2 columns and gives 1 values",
                ),
                (
                    "INSERT INTO t (id) VALUES (1, 2);",
                    "it names 1 columns and gives 2 values",
                ),
                (
                    "INSERT INTO o VALUES (1, 2);",
                    "`o` has 1 columns, and it gives 2 values",
                ),
                (
                    "INSERT INTO o (id) SELECT id, b FROM t;",
                    "it names 1 columns and gives 2 values",
                ),
                (
                    "INSERT INTO t (id, a) SELECT id FROM o WHERE id > 1;",
                    "it names 2 columns and gives 1 values",
                ),
                (
                    "INSERT INTO o SELECT id, b FROM t;",
                    "`o` has 1 columns, and it gives 2 values",
                ),
                (
                    "INSERT INTO o SELECT * FROM t;",
                    "`o` has 1 columns, and it gives 3 values",
                ),
                (
                    "INSERT INTO t (id, a) SELECT t.* FROM t;",
                    "it names 2 columns and gives 3 values",
                ),
                (
                    "INSERT INTO t (id, a) VALUES (1, 'x'), (2);",
                    "the rows of `VALUES` differ in length",
                ),
            ] {
                assert_eq!(
                    fails(dialect, down),
                    [format!("cannot_run: the down fails: {why}")]
                );
            }
            for down in [
                "INSERT INTO t VALUES (1, 'x', 2);",
                "INSERT INTO t (id, a) VALUES (1, 'x'), (2, 'y');",
                "INSERT INTO t (id, a) SELECT 1, 'x';",
                "INSERT INTO t (id, b) SELECT id, id AS b FROM o;",
                "INSERT INTO t (id, a, b) SELECT * FROM t;",
                "INSERT INTO t SELECT * FROM t WHERE id > 1;",
                "INSERT INTO o (id) SELECT * FROM o;",
                "INSERT INTO t SELECT p.*, b AS c FROM (SELECT id, a FROM t) p, t;",
                "INSERT INTO o WITH t AS (SELECT 1 AS n) SELECT * FROM t;",
                "WITH t AS (SELECT 1 AS n) INSERT INTO o SELECT * FROM t;",
            ] {
                assert!(fails(dialect, down).is_empty(), "{down}");
            }
            let fewer = "INSERT INTO t VALUES (1, 'x');";
            assert_eq!(fails(dialect, fewer).is_empty(), dialect == Postgres);
            let fewer = "INSERT INTO t SELECT id FROM o;";
            assert_eq!(fails(dialect, fewer).is_empty(), dialect == Postgres);
        }
        let row = "CREATE TYPE pair AS (x int, y int); INSERT INTO t (id, b) SELECT (ROW(id, 2)::pair).* FROM o;";
        assert!(fails(Postgres, row).is_empty());
        assert!(fails(MySql, "INSERT INTO t () VALUES ();").is_empty());
        let computed = "CREATE TABLE n (a int, b int GENERATED ALWAYS AS (a + 1) STORED);";
        let one = format!("{computed} INSERT INTO n VALUES (1);");
        assert!(fails(Sqlite, &one).is_empty());
        assert_eq!(fails(MySql, &one).len(), 1);
        let log = "CREATE TABLE log (id int, a varchar(9), b int, at timestamptz); \
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (OLD.*, now()); RETURN OLD; END $$; \
            CREATE TRIGGER l BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION f(); DELETE FROM t WHERE id = 1;";
        assert!(fails(Postgres, log).is_empty());
    }

    #[test]
    fn a_column_stands_once() {
        for dialect in Dialect::ALL {
            for down in [
                "CREATE TABLE n (id int, id int);",
                "CREATE TABLE n (id int, a int, ID text);",
            ] {
                assert_eq!(fails(dialect, down).len(), 1, "{down}");
            }
            assert!(fails(dialect, "CREATE TABLE n (id int, id2 int);").is_empty());
        }
        let told = "cannot_run: the down fails: `t.b` is there already";
        for dialect in [Postgres, Sqlite] {
            assert_eq!(
                fails(dialect, "ALTER TABLE t RENAME COLUMN a TO b;"),
                [told]
            );
        }
        let named =
            "CREATE TABLE n (a int, b int, CONSTRAINT x NOT NULL a, CONSTRAINT y NOT NULL b);";
        assert!(fails(Postgres, named).is_empty());
        assert!(fails(Postgres, "CREATE TABLE n (id int, \"ID\" int);").is_empty());
        assert!(fails(Sqlite, "ALTER TABLE t RENAME COLUMN a TO A;").is_empty());
    }

    #[test]
    fn no_statement_ends_with_a_comma() {
        for dialect in Dialect::ALL {
            assert_eq!(
                fails(dialect, "ALTER TABLE t ADD COLUMN c varchar(9),;"),
                ["cannot_run: the down fails: a comma stands at the end of the statement"]
            );
        }
    }

    #[test]
    fn what_is_not_there_is_neither_renamed_nor_changed() {
        for down in [
            "ALTER TABLE t RENAME CONSTRAINT nope TO x;",
            "ALTER TABLE t ALTER COLUMN nope SET NOT NULL;",
            "ALTER TABLE t ALTER COLUMN nope DROP NOT NULL;",
            "ALTER TABLE t ALTER COLUMN nope SET DEFAULT 1;",
            "ALTER TABLE t ALTER COLUMN nope DROP DEFAULT;",
            "DROP VIEW nope;",
        ] {
            assert_eq!(fails(Postgres, down).len(), 1, "{down}");
        }
        for down in [
            "ALTER TABLE t RENAME CONSTRAINT t_pkey TO x;",
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
            "DROP VIEW IF EXISTS nope;",
            "CREATE VIEW v AS SELECT 1; CREATE OR REPLACE VIEW v AS SELECT 2;",
            "CREATE VIEW v AS SELECT 1; DROP VIEW v; CREATE VIEW v AS SELECT 2;",
        ] {
            assert!(fails(Postgres, down).is_empty(), "{down}");
        }
    }

    #[test]
    fn a_type_without_a_cast_needs_using() {
        for (change, why) in [
            (
                "a TYPE int",
                "`a` is not cast from varchar(9) to int without `USING`",
            ),
            (
                "a TYPE uuid",
                "`a` is not cast from varchar(9) to uuid without `USING`",
            ),
            (
                "b TYPE boolean",
                "`b` is not cast from int to boolean without `USING`",
            ),
            (
                "b TYPE timestamp",
                "`b` is not cast from int to timestamp without `USING`",
            ),
        ] {
            let down = format!("ALTER TABLE t ALTER COLUMN {change};");
            let mut told = fails(Postgres, &down);
            told.iter_mut().for_each(|told| *told = told.to_lowercase());
            assert_eq!(
                told,
                [format!("cannot_run: the down fails: {why}").to_lowercase()]
            );
        }
        for change in [
            "a TYPE int USING a::int",
            "b TYPE text",
            "b TYPE bigint",
            "b TYPE numeric",
            "a TYPE text",
        ] {
            let down = format!("ALTER TABLE t ALTER COLUMN {change};");
            assert!(fails(Postgres, &down).is_empty(), "{change}");
        }
    }
}
