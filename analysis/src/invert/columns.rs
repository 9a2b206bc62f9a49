//! How does a column come back that was dropped?

use super::constraints::{columns, named};
use super::definition::bare;
use super::objects::again;
use super::{Answer, Invert};
use crate::Dialect;
use crate::act::{Column, Constraint, Decoration, Name, Restriction};
use crate::judge::renaming::text::may_name;
use crate::schema::covers_rows;

impl Invert<'_> {
    /// A dropped column, of the shape that it had; where it is required, with a value for the rows that stand.
    pub(super) fn add_again(&self, name: &Name, column: &Column) -> Answer {
        let table = self.name(name);
        let add = |rest: &str| -> Option<String> {
            Some(format!(
                "ALTER TABLE {table} ADD COLUMN {}{rest}",
                self.column(column)?
            ))
        };
        // No one value meets these on every row.
        let is_key = |constraint: &Constraint| {
            matches!(
                constraint.rule,
                Restriction::PrimaryKey(_)
                    | Restriction::Unique(_)
                    | Restriction::ForeignKey { .. }
            )
        };
        let keyed = column.constraints.iter().any(is_key);
        if self.is_required(column) && self.is_told_apart(name, column) {
            return None;
        }
        match self.dialect {
            // SQLite adds no column with a key, nor a required one; and what a rebuild puts there it cannot tell apart.
            Dialect::Sqlite if keyed => None,
            Dialect::Sqlite if self.is_required(column) => {
                self.rebuild(self.table(name)?, Some((column, self.neutral(column)?)))
            }
            Dialect::Postgres if self.is_required(column) && keyed => None,
            Dialect::Postgres if self.is_required(column) => {
                let mut sql = vec![
                    add(&format!(" DEFAULT {}", self.neutral(column)?))?,
                    format!(
                        "ALTER TABLE {table} ALTER COLUMN {} DROP DEFAULT",
                        self.ident(&column.name)
                    ),
                ];
                sql.extend(self.went_with(name, column)?);
                Some(sql)
            }
            // MySQL puts the type's own zero there.
            _ => {
                let mut sql = vec![add(&self.place_unless_last(name, &column.name))?];
                if let Some(sequence) = self.own_sequence(self.table(name)?, column) {
                    sql.insert(0, format!("CREATE SEQUENCE IF NOT EXISTS {sequence}"));
                    sql.push(format!(
                        "ALTER SEQUENCE {sequence} OWNED BY {table}.{}",
                        self.ident(&column.name)
                    ));
                }
                sql.extend(self.went_with(name, column)?);
                Some(sql)
            }
        }
    }

    /// Whether a key of the table or the column asks for more than one and the same value in every row: a parent, or another one in
    /// each. One that the up dropped before comes back behind the column.
    fn is_told_apart(&self, name: &Name, column: &Column) -> bool {
        let is_it = |other: &String| crate::schema::same(self.dialect, other, &column.name);
        let now = self.table(name);
        let found = now.and_then(|table| {
            let mut tables = self.before.tables.values();
            tables.find(|found| found.id == table.id)
        });
        let tables = now.into_iter().chain(found.map(|table| &**table));
        let schemas = [&self.run.schema, self.before];
        let refers = |rule: &Restriction| matches!(rule, Restriction::ForeignKey { .. });
        column.constraints.iter().any(|own| refers(&own.rule))
            || tables.zip(schemas).any(|(table, schema)| {
                let mut keys = table.constraints.iter();
                let mut indexes = schema.indexes_of(table.id).into_iter();
                keys.any(|one| match &one.rule {
                    Restriction::ForeignKey { columns, .. } => columns.iter().any(is_it),
                    Restriction::Unique(columns) | Restriction::PrimaryKey(columns) => {
                        columns.iter().all(is_it)
                    }
                    _ => false,
                }) || indexes.any(|(_, index)| {
                    let own = index.unique && !index.columns.is_empty();
                    own && index.columns.iter().all(is_it) && covers_rows(&index.text)
                })
            })
    }

    /// The indexes that go with a column, and the constraints: MySQL keeps an index that has other columns besides.
    pub(super) fn went_with(&self, name: &Name, column: &Column) -> Answer {
        let table = self.table(name)?;
        let is_it = |other: &String| crate::schema::same(self.dialect, other, &column.name);
        let mut sql: Vec<String> = Vec::new();
        for (key, index) in self.run.schema.indexes_of(table.id) {
            if index.columns.iter().any(is_it) {
                if self.dialect == Dialect::MySql && index.columns.len() > 1 {
                    return None;
                }
                sql.extend(self.index(&key.name, &index)?);
            }
        }
        if self.dialect == Dialect::Sqlite {
            return Some(sql);
        }
        let beside = table.columns.iter().filter(|other| !is_it(&other.is.name));
        let beside = beside.flat_map(|other| &other.is.constraints);
        let asks = |rule: &Restriction| matches!(rule, Restriction::Check | Restriction::Exclude);
        let checks = beside.filter(|constraint| asks(&constraint.rule));
        for constraint in table.constraints.iter().chain(checks) {
            let checks = asks(&constraint.rule) && constraint.reads(&column.name);
            let includes = constraint.includes(&column.name);
            // MySQL takes the column out of its keys.
            if self.dialect == Dialect::MySql && !checks {
                continue;
            }
            if checks || includes || columns(constraint).iter().any(is_it) {
                let alter = format!("ALTER TABLE {} ADD", self.name(name));
                sql.push(match &constraint.name {
                    Some(called) => format!("{alter} {}", named(self, constraint, called)),
                    None => format!("{alter} {}", constraint.text),
                });
            }
        }
        sql.extend(self.decorations(table, Some(&column.name)));
        Some(sql)
    }

    /// What CASCADE took along with a column.
    pub(super) fn fell_with(&self, name: &Name, column: &str) -> Answer {
        let (key, table) = (self.run.key(name), self.table(name)?);
        let (fallen, schema) = (self.run.falls_with(&key, column), &self.run.schema);
        let mut sql = Vec::new();
        for other in &fallen.columns {
            sql.extend(self.add_again(name, self.known(name, other)?)?);
            sql.extend(self.fell_with(name, other)?);
        }
        let views = fallen.views.iter();
        sql.extend(
            views
                .filter_map(|key| schema.views.get(key))
                .flat_map(|view| again(view)),
        );
        let policies = table.decorations.iter();
        let policies = policies.filter(|((kind, policy), _)| {
            *kind == Decoration::Policy && fallen.policies.contains(policy)
        });
        sql.extend(policies.map(|(_, text)| text.to_string()));
        let triggers = fallen.triggers.iter();
        let triggers = triggers.filter_map(|key| schema.triggers.get(key));
        sql.extend(triggers.map(|trigger| trigger.text.to_string()));
        Some(sql)
    }

    /// Whether a row must say what stands in the column.
    pub(super) fn is_required(&self, column: &Column) -> bool {
        column.not_null
            && column.default.is_none()
            && column.generated.is_none()
            && !column.identity
    }

    /// A value that says nothing: an empty text, zero, false.
    pub(super) fn neutral(&self, column: &Column) -> Option<String> {
        let ty = column.ty.as_deref().unwrap_or("").to_lowercase();
        let name = ty.split('(').next().unwrap_or("").trim();
        let value = match name {
            _ if ty.ends_with("[]") => "'{}'",
            "json" | "jsonb" => "'{}'",
            "bytea" => "'\\x'",
            "uuid" => "'00000000-0000-0000-0000-000000000000'",
            "bool" | "boolean" if self.dialect == Dialect::Postgres => "false",
            "date" => "'1970-01-01'",
            "interval" => "'0'",
            "point" => "'(0,0)'",
            _ if name.ends_with("multirange") => "'{}'",
            _ if name.ends_with("range") => "'empty'",
            "blob" => "X''",
            name if name.starts_with("timestamp") || name == "datetime" => "'1970-01-01 00:00:00'",
            name if name.starts_with("time") => "'00:00:00'",
            name if [
                "int", "serial", "bool", "real", "float", "double", "num", "dec",
            ]
            .iter()
            .any(|part| name.contains(part)) =>
            {
                "0"
            }
            name if name.contains("char") || name.contains("text") || name.is_empty() => "''",
            _ => {
                let of = Name::plain(name);
                let labels = self
                    .run
                    .schema
                    .types
                    .get(&self.run.key(&of))?
                    .labels
                    .clone()?;
                return Some(super::enums::quoted(labels.first()?));
            }
        };
        Some(value.to_owned())
    }

    /// The same without the keys that its text makes: a column that is changed where it stands has them already, or they come
    /// back by themselves.
    pub(super) fn column_as_it_stands(&self, column: &Column) -> Option<String> {
        let mut text = self.column(column)?;
        let is_key = |rule: &Restriction| {
            matches!(rule, Restriction::PrimaryKey(_) | Restriction::Unique(_))
        };
        let is_outside = |text: &str, at: usize| text[..at].matches('\'').count().is_multiple_of(2);
        for key in column.constraints.iter().filter(|c| is_key(&c.rule)) {
            let own = format!(" {}", key.text);
            let at = text.rfind(&own).filter(|at| is_outside(&text, *at));
            if let Some(at) = at.filter(|_| !key.text.is_empty()) {
                text.replace_range(at..at + own.len(), "");
            }
        }
        Some(text)
    }

    /// A column's definition, under the name that it has now.
    pub(super) fn column(&self, column: &Column) -> Option<String> {
        let text = column.text.trim();
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '`'));
        let end = match quote {
            Some(quote) => text[1..].find(quote).map_or(text.len(), |at| at + 2),
            None => text.find(char::is_whitespace).unwrap_or(text.len()),
        };
        let (called, rest) = text.split_at(end);
        if crate::schema::same(self.dialect, bare(called), &column.name) {
            return Some(text.to_owned());
        }
        if !text.is_empty() {
            return Some(format!("{}{rest}", self.ident(&column.name)));
        }
        let rest = column.rest.as_deref().unwrap_or_default();
        let is_told = !column.on_update || rest.to_ascii_lowercase().contains("on update");
        if column.identity || !is_told || column.generated.is_some() {
            return None;
        }
        let mut text = self.ident(&column.name);
        match &column.ty {
            Some(ty) => {
                text.push(' ');
                text.push_str(ty);
            }
            // It came with a query, which does not say; SQLite alone has columns without a type.
            None if self.dialect == Dialect::Sqlite => {}
            None => return None,
        }
        if self.dialect == Dialect::MySql && self.run.type_of(column.ty.as_deref()?).is_written() {
            // That of the server, which nobody tells here.
            if column.charset.as_deref() == Some(crate::types::mysql::DEFAULT) {
                return None;
            }
            let charset = column.charset.iter();
            let collation = column.collation.iter().filter(|name| *name != "default");
            let charset = charset.map(|name| format!(" CHARACTER SET {name}"));
            let said = charset.chain(collation.map(|name| format!(" COLLATE {name}")));
            text.extend(said);
        }
        if let Dialect::Postgres | Dialect::Sqlite = self.dialect {
            text.extend([" ", rest].into_iter().filter(|_| !rest.is_empty()));
        }
        if column.not_null {
            text.push_str(" NOT NULL");
        }
        if let Some(default) = &column.default {
            text.push_str(" DEFAULT ");
            text.push_str(default);
        }
        if self.dialect == Dialect::MySql {
            text.extend([" ", rest].into_iter().filter(|_| !rest.is_empty()));
            text.push_str(if column.hidden { " INVISIBLE" } else { "" });
        }
        for constraint in &column.constraints {
            text.push(' ');
            if let (Dialect::Postgres, Some(name)) = (self.dialect, &constraint.name)
                && !may_name(&constraint.text, name)
            {
                text.push_str(&format!("CONSTRAINT {} ", self.ident(name)));
            }
            text.push_str(&constraint.text);
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use crate::judge::{inverse, judge};
    use crate::{Dialect, Schema};

    /// On PostgreSQL 15 a 0 in every row was refused by the foreign key, and by the unique one.
    #[test]
    fn a_required_column_with_a_key_does_not_come_back_by_itself() {
        let parent = "CREATE TABLE p (id int PRIMARY KEY);";
        for (columns, comes_back) in [
            ("a int NOT NULL, FOREIGN KEY (a) REFERENCES p (id)", false),
            ("a int NOT NULL, UNIQUE (a)", false),
            ("a int NOT NULL, b int, UNIQUE (a, b)", true),
            ("a int, FOREIGN KEY (a) REFERENCES p (id)", true),
            ("a int NOT NULL", true),
        ] {
            let before = format!("{parent} CREATE TABLE t (id int PRIMARY KEY, {columns});");
            let before = judge(Dialect::Postgres, &Schema::empty(), Some(&before), None).after;
            let down = inverse(Dialect::Postgres, &before, "ALTER TABLE t DROP COLUMN a");
            assert_eq!(down.is_ok(), comes_back, "{columns}: {down:?}");
        }
    }

    /// Run on PostgreSQL 15 and MariaDB 10.11.
    #[test]
    fn what_goes_with_a_column_comes_back_behind_it() {
        let cascade = "ALTER TABLE t DROP COLUMN a CASCADE";
        let plain = "ALTER TABLE t DROP COLUMN a";
        for (dialect, columns, more, up, told) in [
            (
                Dialect::Postgres,
                "id int, a int, b int, EXCLUDE USING btree (a WITH =, b WITH =)",
                "",
                plain,
                vec!["EXCLUDE USING btree (a WITH =, b WITH =)"],
            ),
            (
                Dialect::Postgres,
                "id int, a int, CONSTRAINT k PRIMARY KEY (id) INCLUDE (a)",
                "",
                plain,
                vec!["CONSTRAINT k PRIMARY KEY (id) INCLUDE (a)"],
            ),
            (
                Dialect::Postgres,
                "id int, a int, b int GENERATED ALWAYS AS (a * 2) STORED",
                "CREATE VIEW v AS SELECT b FROM t; CREATE VIEW w AS SELECT * FROM v;",
                cascade,
                vec![
                    "ADD COLUMN b INT GENERATED ALWAYS AS (a * 2) STORED",
                    "CREATE VIEW v",
                    "CREATE VIEW w",
                ],
            ),
            (
                Dialect::Postgres,
                "id int, a int",
                "CREATE VIEW v AS SELECT id, a FROM t; CREATE VIEW w AS SELECT * FROM v; CREATE VIEW x AS SELECT a FROM t, w;",
                cascade,
                vec!["CREATE VIEW v", "CREATE VIEW w", "CREATE VIEW x"],
            ),
            (
                Dialect::Postgres,
                "id int, a int",
                "CREATE POLICY y ON t USING (a > 1); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'; \
                 CREATE TRIGGER g BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f();",
                cascade,
                vec![
                    "CREATE POLICY y ON t USING (a > 1)",
                    "CREATE TRIGGER g BEFORE UPDATE OF a",
                ],
            ),
            (
                Dialect::MySql,
                "id int, a int, CONSTRAINT k CHECK (a > 1), UNIQUE u (a)",
                "",
                plain,
                vec!["CONSTRAINT k CHECK (a > 1)"],
            ),
        ] {
            let before = format!("CREATE TABLE t ({columns}); {more}");
            let before = judge(dialect, &Schema::empty(), Some(&before), None).after;
            let down = inverse(dialect, &before, up).unwrap().0.replace('`', "");
            let mut from = 0;
            for part in told {
                let at = down[from..].find(part);
                from += at.unwrap_or_else(|| panic!("{down} without {part}"));
            }
        }
    }

    /// On MariaDB 10.11 the first of two statements was refused.
    #[test]
    fn a_primary_key_of_mysql_changes_at_once() {
        let before = "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, a int);";
        let before = judge(Dialect::MySql, &Schema::empty(), Some(before), None).after;
        let up = "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)";
        let down = inverse(Dialect::MySql, &before, up).unwrap().0;
        assert_eq!(down, "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id)");
    }

    #[test]
    fn what_a_column_says_besides_comes_back_after_a_change() {
        for (dialect, columns, change, told) in [
            (
                Dialect::Postgres,
                "a text COLLATE pg_catalog.\"C\" DEFAULT 'x'",
                "ALTER TABLE t ALTER a DROP DEFAULT",
                "TEXT COLLATE pg_catalog.\"C\"",
            ),
            (
                Dialect::Postgres,
                "a text COLLATE \"C\"",
                "ALTER TABLE t ALTER a TYPE varchar(9), ALTER a SET NOT NULL",
                "VARCHAR(9) NOT NULL",
            ),
            (
                Dialect::MySql,
                "a varchar(9) COLLATE utf8mb4_bin DEFAULT 'x' COMMENT 'x, y'",
                "ALTER TABLE t ALTER a DROP DEFAULT",
                "VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'x, y'",
            ),
            (
                Dialect::MySql,
                "a timestamp(3) DEFAULT now(3) ON UPDATE now(3) INVISIBLE",
                "ALTER TABLE t ALTER a DROP DEFAULT",
                "TIMESTAMP(3) ON UPDATE now(3) INVISIBLE",
            ),
            (
                Dialect::MySql,
                "a varchar(9) COLLATE latin1_bin",
                "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
                "VARCHAR(9)",
            ),
            (
                Dialect::MySql,
                "a varchar(9) CHARACTER SET latin1",
                "ALTER TABLE t DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                "VARCHAR(9) CHARACTER SET latin1",
            ),
        ] {
            let before = format!("CREATE TABLE t (id int, {columns}); {change};");
            let before = judge(dialect, &Schema::empty(), Some(&before), None).after;
            let down = inverse(dialect, &before, "ALTER TABLE t DROP COLUMN a")
                .unwrap()
                .0;
            let down = down.replace('`', "");
            let column = format!("ADD COLUMN a {told}");
            assert!(
                down.to_lowercase().contains(&column.to_lowercase()),
                "{down} without {column}"
            );
        }
        let before =
            "CREATE TABLE t (id int, a varchar(9)); ALTER TABLE t DEFAULT CHARACTER SET utf8mb4;";
        let before = judge(Dialect::MySql, &Schema::empty(), Some(before), None).after;
        let down = inverse(Dialect::MySql, &before, "ALTER TABLE t DROP COLUMN a");
        assert!(down.is_err(), "what the server wrote it in is not known");
    }

    /// Run on PostgreSQL 15: what went before the column comes back behind it, and meets the one value.
    #[test]
    fn a_key_that_went_first_is_minded() {
        let parent = "CREATE TABLE p (id int PRIMARY KEY);";
        for (key, drop, comes_back) in [
            (
                "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES p (id)",
                "ALTER TABLE t DROP CONSTRAINT k",
                false,
            ),
            ("CREATE UNIQUE INDEX k ON t (a)", "DROP INDEX k", false),
            ("CREATE UNIQUE INDEX k ON t (a, id)", "DROP INDEX k", true),
            ("CREATE INDEX k ON t (a)", "DROP INDEX k", true),
        ] {
            let table = "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL)";
            let before = format!("{parent} {table}; {key};");
            let before = judge(Dialect::Postgres, &Schema::empty(), Some(&before), None).after;
            let up = format!("{drop}; ALTER TABLE t DROP COLUMN a;");
            let down = inverse(Dialect::Postgres, &before, &up);
            assert_eq!(down.is_ok(), comes_back, "{key}: {down:?}");
        }
    }
}
