//! Which key does a foreign key hold, so that PostgreSQL does not drop it?

use super::given::called;
use crate::Dialect;
use crate::act::Restriction;
use crate::judge::Asked;
use crate::judge::refuse::Torn;
use crate::judge::run::Run;
use crate::schema::{Key, Table};

impl Run<'_> {
    /// Before the constraint goes without CASCADE: where a foreign key refers to its columns and no other key is made of them, it
    /// hangs on this one.
    pub(in crate::judge) fn refuse_held_key(&mut self, key: &Key, name: &str) {
        if self.extent == Asked::Verdicts || self.dialect != Dialect::Postgres {
            return;
        }
        if let Some(why) = self.held_key(key, name) {
            self.torn.push((Torn::Column(why), self.span));
        }
    }

    fn held_key(&self, key: &Key, name: &str) -> Option<String> {
        let table = self.schema.table(key).filter(|table| !table.open)?;
        let found = called(table, |own| own == name)?;
        let (columns, is_primary) = match &found.rule {
            Restriction::PrimaryKey(columns) => (columns, true),
            Restriction::Unique(columns) => (columns, false),
            _ => return None,
        };
        let alike = |other: &[String]| {
            other.len() == columns.len() && other.iter().all(|column| columns.contains(column))
        };
        let indexes = self.schema.indexes_of(table.id);
        let indexed = indexes
            .iter()
            .filter(|(_, index)| index.unique && alike(&index.columns));
        let keys = table.keys().filter(|own| alike(own));
        // The index of a key is none of its own here.
        if keys.count() + indexed.count() > 1 {
            return None;
        }
        let refers = |child: &Table| {
            let mut references = child.references();
            references.any(|(to, referred)| {
                self.key(to) == *key && (alike(referred) || (referred.is_empty() && is_primary))
            })
        };
        let children = self.children(key);
        let child = children
            .iter()
            .find(|child| self.schema.table(child).is_some_and(refers))?;
        Some(format!(
            "a foreign key of `{}` still refers to the key `{name}` of `{}`",
            child.name, table.name.name
        ))
    }
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::fails;

    /// Each was run on PostgreSQL 15.
    #[test]
    fn a_key_that_others_refer_to_is_not_dropped() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, a int, b int); \
                      CREATE TABLE c (a int, b int, t int REFERENCES t (id));";
        let up = "ALTER TABLE t ADD CONSTRAINT pair UNIQUE (a, b); \
                  ALTER TABLE c ADD CONSTRAINT of_t FOREIGN KEY (b, a) REFERENCES t (b, a);";
        let fails = |down: &str| fails(Dialect::Postgres, before, up, down);
        let gone = "ALTER TABLE c DROP CONSTRAINT of_t;";
        let drop = "ALTER TABLE t DROP CONSTRAINT pair;";
        let told = "the down fails: a foreign key of `c` still refers to the key `pair` of `t`";
        assert_eq!(fails(&format!("{drop} {gone}")), [told]);
        assert_eq!(
            fails("ALTER TABLE t DROP CONSTRAINT t_pkey;"),
            ["the down fails: a foreign key of `c` still refers to the key `t_pkey` of `t`"]
        );
        for down in [
            format!("{gone} {drop}"),
            "ALTER TABLE t DROP CONSTRAINT pair CASCADE; ALTER TABLE c DROP CONSTRAINT IF EXISTS of_t;".to_owned(),
            format!("DROP TABLE c; {drop}"),
        ] {
            assert!(fails(&down).is_empty(), "{down}");
        }
    }

    #[test]
    fn where_another_key_is_made_of_the_same_columns_it_may_hang_on_that_one() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE UNIQUE INDEX i ON t (a);";
        let up =
            "ALTER TABLE t ADD CONSTRAINT one UNIQUE (a); CREATE TABLE c (a int REFERENCES t (a));";
        let down = "ALTER TABLE t DROP CONSTRAINT one; DROP TABLE c;";
        assert!(fails(Dialect::Postgres, before, up, down).is_empty());
    }
}
