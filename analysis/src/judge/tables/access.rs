//! Does a change of a table read or write each of its rows, or its definition alone?
//!
//! PostgreSQL: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES>. What is not known to be quick is
//! taken to be slow.

use crate::act::{Change, Column, Restriction};
use crate::judge::run::Run;
use crate::schema::Key;
use crate::types::{Length, Type};
use crate::{Access, Dialect};

impl Run<'_> {
    /// What `change` does to the table at `key`.
    pub(in crate::judge) fn access(&self, key: &Key, change: &Change) -> Access {
        let postgres = self.dialect == Dialect::Postgres;
        if let Change::AddConstraint(constraint) = change
            && let (true, Restriction::ForeignKey { .. }) = (postgres, &constraint.rule)
            && !is_not_valid(&constraint.text)
        {
            return Access::Build;
        }
        let slow = match change {
            Change::SetType {
                column, ty, using, ..
            } => using.is_some() || !postgres || !self.only_widens(key, column, ty),
            Change::Redefine { .. } | Change::ConvertCharset(_) | Change::Engine(_) => true,
            // Each row is looked at, and everybody else kept out until that is done.
            Change::SetNotNull(_) => true,
            Change::AddConstraint(constraint) => match constraint.rule {
                Restriction::Index(_) | Restriction::UsingIndex(_) => false,
                _ => !is_not_valid(&constraint.text),
            },
            Change::AddColumn { column, .. } => postgres && fills(column),
            _ => false,
        };
        if slow { Access::Rewrite } else { Access::Alter }
    }

    /// Whether a text of PostgreSQL may be longer from now on, and no more.
    fn only_widens(&self, key: &Key, column: &str, ty: &str) -> bool {
        let table = self.schema.table(key);
        let was = table
            .and_then(|table| table.column(self.dialect, column))
            .and_then(|column| column.is.ty.as_deref());
        let Some(was) = was else { return false };
        match (self.type_of(was), self.type_of(ty)) {
            (
                Type::Text {
                    length: before,
                    fixed: false,
                    ..
                },
                Type::Text {
                    length: now,
                    fixed: false,
                    ..
                },
            ) => match (before, now) {
                (_, Length::Any) => true,
                (Length::Characters(before), Length::Characters(now)) => before <= now,
                _ => false,
            },
            _ => false,
        }
    }
}

/// Whether the rows that are there are not looked at.
fn is_not_valid(constraint: &str) -> bool {
    constraint.to_ascii_uppercase().contains("NOT VALID")
}

/// What building an index does: PostgreSQL keeps writers out until it has read each row, unless it is built CONCURRENTLY.
pub(in crate::judge) fn of_index(dialect: Dialect, text: &str) -> Access {
    let concurrent = text.to_ascii_uppercase().contains("CONCURRENTLY");
    if dialect == Dialect::Postgres && !concurrent {
        Access::Build
    } else {
        Access::Alter
    }
}

/// Whether PostgreSQL writes a value into each row for a new column: where it is computed for each, not once for all.
fn fills(column: &Column) -> bool {
    let default = column.default.as_deref().unwrap_or("");
    let computed = default.split("::").next().unwrap_or("");
    let once = ["now(", "transaction_timestamp(", "statement_timestamp("];
    let once = once
        .iter()
        .any(|call| computed.to_ascii_lowercase().contains(call));
    column.identity || column.generated.is_some() || computed.contains('(') && !once
}

#[cfg(test)]
mod tests {
    use crate::judge::judge;
    use crate::{Access, Dialect, Schema};

    fn access(dialect: Dialect, sql: &str) -> Access {
        let before = "CREATE TABLE t (a varchar(20), b int)";
        let schema = judge(dialect, &Schema::empty(), Some(before), None).after;
        let judged = judge(dialect, &schema, Some(sql), None);
        let touches = judged.up.map(|up| up.touches).unwrap_or_default();
        touches.first().map_or(Access::Read, |touch| touch.access)
    }

    #[test]
    fn what_reads_each_row_is_told_from_what_changes_the_definition() {
        let p = Dialect::Postgres;
        for sql in [
            "ALTER TABLE t ALTER b TYPE bigint",
            "ALTER TABLE t ALTER a TYPE varchar(10)",
            "ALTER TABLE t ALTER a SET NOT NULL",
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (b > 0)",
            "ALTER TABLE t ADD COLUMN id uuid DEFAULT gen_random_uuid()",
        ] {
            assert_eq!(access(p, sql), Access::Rewrite, "{sql}");
        }
        for sql in [
            "CREATE INDEX i ON t (a)",
            "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES o (id)",
        ] {
            assert_eq!(access(p, sql), Access::Build, "{sql}");
        }
        for sql in [
            "ALTER TABLE t ALTER a TYPE varchar(40)",
            "ALTER TABLE t ALTER a TYPE text",
            "ALTER TABLE t DROP COLUMN a",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (b > 0) NOT VALID",
            "ALTER TABLE t ADD COLUMN at timestamptz DEFAULT now()",
            "ALTER TABLE t ADD COLUMN plan text NOT NULL DEFAULT 'free'",
            "CREATE INDEX CONCURRENTLY i ON t (a)",
        ] {
            assert_eq!(access(p, sql), Access::Alter, "{sql}");
        }
        let m = Dialect::MySql;
        let modify = "ALTER TABLE t MODIFY a varchar(10)";
        assert_eq!(access(m, modify), Access::Rewrite);
        let drop = "ALTER TABLE t DROP COLUMN a";
        assert_eq!(access(m, drop), Access::Alter);
    }
}
