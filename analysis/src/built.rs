//! What have the migrations of a catalog built so far?

use crate::check::{Code, check};
use crate::judge::judge;
use crate::{Checked, Dialect, Schema, Subject};

/// The schemas that migrations have built one after the other, one for each database.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    schemas: Vec<(Dialect, Schema)>,
    /// What stands in a database that the migrations so far were not checked for.
    elsewhere: Schema,
}

impl Built {
    /// Nothing yet, in a database where others may have built.
    pub(crate) fn open() -> Built {
        Built {
            schemas: Vec::new(),
            elsewhere: Schema::unknown(),
        }
    }

    /// Nothing yet, in a database where nobody else builds.
    pub(crate) fn empty() -> Built {
        Built {
            schemas: Vec::new(),
            elsewhere: Schema::empty(),
        }
    }

    /// Checks the migration that comes next, and moves on to what stands after its up.
    pub(crate) fn check(&mut self, subject: &Subject<'_>, dialects: &[Dialect]) -> Checked {
        let mut schemas: Vec<Schema> = dialects.iter().map(|one| self.schema(*one)).collect();
        let checked = check(subject, dialects, &mut schemas);
        self.elsewhere = Schema::unknown();
        self.schemas = dialects.iter().copied().zip(schemas).collect();
        checked
    }

    /// Passes a migration that need not have run: behind `#[cfg]`, or in some environments only. What it leaves alone is
    /// known all the same.
    pub(crate) fn perhaps(&mut self, up: Code<'_>, dialects: &[Dialect]) {
        let up = match up {
            Code::Sql(sql) => Some(sql),
            Code::Rust | Code::Missing => None,
        };
        let changes = |dialect: &Dialect| {
            let before = self.schema(*dialect);
            !before.is_same(&judge(*dialect, &before, up, None).after)
        };
        if dialects.is_empty() || dialects.iter().any(changes) {
            self.forget();
        }
    }

    /// Passes a migration of which nothing is known.
    pub(crate) fn forget(&mut self) {
        *self = Built::open();
    }

    /// What stands in a database of `dialect`.
    pub(crate) fn schema(&self, dialect: Dialect) -> Schema {
        let known = self.schemas.iter().find(|(known, _)| *known == dialect);
        known.map_or(&self.elsewhere, |(_, schema)| schema).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Style;
    use crate::{Marks, Verdict};

    const ONE: [Dialect; 1] = [Dialect::Postgres];

    fn up(sql: &str) -> Subject<'_> {
        const NONE: &Marks = &Marks {
            destructive: None,
            lossy: None,
            irreversible: None,
            assert_lossless: None,
            takes: Vec::new(),
            changes: Vec::new(),
            allow: std::collections::BTreeMap::new(),
        };
        Subject {
            up: Code::Sql(sql),
            down: None,
            marks: NONE,
            style: Style::Attribute,
        }
    }

    /// The verdict on an up that widens a column where its type is known.
    fn widens(mut built: Built, dialect: Dialect) -> Verdict {
        let wider = up("ALTER TABLE t ALTER a TYPE varchar(30)");
        built.check(&wider, &[dialect]).up[0].verdict
    }

    fn with_table() -> Built {
        let mut built = Built::open();
        let _ = built.check(&up("CREATE TABLE t (a varchar(20))"), &ONE);
        built
    }

    #[test]
    fn what_need_not_have_run_is_relied_on_only_where_it_changes_nothing() {
        assert_ne!(widens(Built::open(), ONE[0]), Verdict::Lossless);
        assert_eq!(widens(with_table(), ONE[0]), Verdict::Lossless);
        let after = |sql| {
            let mut built = with_table();
            built.perhaps(Code::Sql(sql), &ONE);
            widens(built, ONE[0])
        };
        assert_eq!(after("INSERT INTO t VALUES ('a')"), Verdict::Lossless);
        assert_ne!(after("ALTER TABLE t ALTER a TYPE text"), Verdict::Lossless);
        assert_ne!(after("SELECT * FROM nowhere("), Verdict::Lossless);
        let mut built = with_table();
        built.perhaps(Code::Rust, &ONE);
        assert_ne!(widens(built, ONE[0]), Verdict::Lossless);
    }

    #[test]
    fn rust_may_have_done_anything() {
        let mut built = with_table();
        let rust = Subject {
            up: Code::Rust,
            ..up("")
        };
        let _ = built.check(&rust, &ONE);
        assert_ne!(widens(built, ONE[0]), Verdict::Lossless);
    }

    #[test]
    fn a_database_that_a_migration_was_not_checked_for_is_unknown_from_there_on() {
        let mut built = with_table();
        let _ = built.check(&up("SELECT 1"), &[Dialect::MySql]);
        assert_ne!(widens(built, ONE[0]), Verdict::Lossless);
    }
}
