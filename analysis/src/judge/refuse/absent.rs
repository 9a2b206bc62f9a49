//! Does a column that must have a value get one in every row?

use super::notes::Noted;
use crate::Dialect;
use crate::act::{Column as Written, Filter, NULL, Picks, Rest, Update, Value};
use crate::judge::flow::targets::Targets;
use crate::judge::flow::{Flow, Relation};
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};
use crate::types::{Cast, Fit, Type};

/// More columns than a table can have: MySQL lets it have the most of the three, 4,096
/// (<https://dev.mysql.com/doc/refman/8.4/en/column-count-limit.html>). An update of more fails, whatever they hold.
const MOST_COLUMNS: usize = 4_096;

impl Run<'_> {
    /// `ADD COLUMN … NOT NULL` without a value for the rows that are there.
    ///
    /// PostgreSQL and SQLite refuse it unless the table is empty; MySQL and MariaDB fill in the type's zero.
    pub(in crate::judge) fn refuse_no_value(&mut self, key: &Key, column: &Written) {
        let filled = column
            .default
            .as_deref()
            .is_some_and(|value| !value.trim().eq_ignore_ascii_case("null"));
        let numbered = column.identity || column.generated.is_some();
        let domain = column
            .ty
            .as_deref()
            .is_some_and(|ty| self.type_named(ty).is_some_and(|ty| ty.base.is_some()));
        if !column.not_null
            || filled
            || numbered
            || domain
            || self.dialect == Dialect::MySql
            || self.is_new(key)
            || self.is_vacant(key)
        {
            return;
        }
        let object = self.object_of_column(key, &column.name);
        let why = "the table has a row, which has no value for it".to_owned();
        self.note(Noted::Refuses { object, why });
    }

    /// A column that must have a value is filled from one that may have none, of the table `from`.
    pub(in crate::judge) fn refuse_nulls(
        &mut self,
        key: &Key,
        target: Id,
        flow: &Flow,
        from: Option<Id>,
    ) {
        let table = self.schema.table(key);
        let numbered = |written| table.is_some_and(|table| table.is_rowid(self.dialect, written));
        let may_be_null = flow.plain && !flow.not_null && !flow.values.is_empty();
        let must = may_be_null
            && self
                .written(key, target)
                .is_some_and(|written| written.not_null && !numbered(written));
        // What MySQL is given for a NULL depends on the statement and the server's mode.
        if !must || self.dialect == Dialect::MySql {
            return;
        }
        // What was copied from a column that must have a value has one, also where the copy's own need not.
        let seen_to = |column| self.filled.contains(&column) || self.ledger.given.contains(&column);
        let mut homes = flow.values.iter().map(|value| value.home());
        let cleared = from.is_some_and(|table| self.cleared.contains(&table))
            || homes.all(|home| self.cleared.contains(&home));
        if cleared || flow.tag.is_some_and(seen_to) {
            return;
        }
        if let Some(object) = self.name_now(key, target) {
            let why = "a row has no value there".to_owned();
            self.note(Noted::Refuses { object, why });
        }
    }

    /// The rows of a table are copied without a column that must have a value, and has none of its own.
    pub(in crate::judge) fn refuse_left_out(
        &mut self,
        table: &Table,
        key: &Key,
        targets: &Targets,
        set: &[Id],
        relation: &Relation,
    ) {
        // MySQL puts the type's zero there, as the mode says.
        if self.dialect == Dialect::MySql || table.open || relation.table.is_none() {
            return;
        }
        let primary = table.primary_key().unwrap_or_default();
        let left_out = table.columns.iter().find(|column| {
            let is = &column.is;
            let filled = is.default.is_some() || is.identity || is.generated.is_some();
            // A row's number, and what a domain says of its own.
            let numbered = primary.contains(&is.name);
            let known = is
                .ty
                .as_deref()
                .is_none_or(|ty| self.type_named(ty).is_none());
            let written = targets.place(column.id).is_some() || set.contains(&column.id);
            is.not_null && !filled && !numbered && known && !written
        });
        if let Some(column) = left_out {
            let object = self.object_of_column(key, &column.is.name);
            let why = "a row is copied, which has no value for it".to_owned();
            self.note(Noted::Refuses { object, why });
        }
    }

    /// PostgreSQL refuses a text that is longer than the column into which it is copied.
    pub(in crate::judge) fn refuse_longer(
        &mut self,
        key: &Key,
        target: Id,
        flow: &Flow,
        relation: &Relation,
    ) {
        // A condition on it may be on its length.
        let mut reads = relation.parts.iter().flat_map(|part| &part.reads);
        let asked = reads.any(|read| flow.read().is_some_and(|own| self.same(read, own)));
        if asked || self.dialect != Dialect::Postgres || !flow.plain || flow.values.is_empty() {
            return;
        }
        let into = self.written(key, target).and_then(|own| own.ty.clone());
        let (Some(from), Some(into)) = (&flow.ty, into) else {
            return;
        };
        let are_texts = [from, &into]
            .iter()
            .all(|ty| matches!(self.type_of(ty), Type::Text { .. }));
        let homes = flow.values.iter().map(|value| value.home());
        let cleared = homes.into_iter().all(|home| self.cleared.contains(&home));
        let refused = are_texts && self.fits(from, &into, Cast::Assigned) == Fit::Cuts;
        if refused
            && !cleared
            && let Some(object) = self.name_now(key, target)
        {
            let why = format!("a value does not fit into {}", into.to_ascii_lowercase());
            self.note(Noted::Refuses { object, why });
        }
    }

    /// A column must have a value from here on.
    pub(in crate::judge) fn refuse_absent(&mut self, key: &Key, column: Id) {
        let defaults = self.written(key, column).is_some_and(|written| {
            let null = |value: &str| value.trim().eq_ignore_ascii_case("null");
            written.default.as_deref().is_some_and(|value| !null(value))
        });
        let has = self.ledger.created.contains(&column) && defaults;
        if !self.absent.contains(&column) && (has || self.is_prepared(key, &[column])) {
            return;
        }
        if let Some(object) = self.name_now(key, column) {
            let why = "a row has no value there".to_owned();
            self.note(Noted::Refuses { object, why });
        }
    }

    /// Which columns of the table at `key` the update does not give a value in each row. Where two do so in turn nobody can
    /// tell what they leave.
    pub(in crate::judge) fn mark_absent(&mut self, key: &Key, update: &Update) {
        if update.sets.len() > MOST_COLUMNS {
            return;
        }
        for (name, value) in &update.sets {
            let Some(column) = self.column(key, name) else {
                continue;
            };
            if !self.filled.contains(&column) && self.leaves_none(key, update, name, value) {
                self.absent.add(column);
            } else {
                self.absent.remove(&column);
            }
        }
    }

    /// A column of the table at `key` is set by `update`: whether rows without a value may stay, or come.
    fn leaves_none(&self, key: &Key, update: &Update, name: &str, value: &Value) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let fetch = update
            .fetches
            .iter()
            .find(|fetch| self.same(&fetch.column, name));
        let finds = fetch.is_some_and(|fetch| {
            let other = self.schema.table(&self.key(&fetch.of));
            let pairs = fetch.pairs.iter();
            let pairs: Vec<_> = pairs.map(|(own, other)| (&**own, &**other)).collect();
            other.is_some_and(|other| {
                fetch.present.is_empty()
                    && self.has_partners(table, other, &pairs)
                    && !self.may_be_null(other, &fetch.value)
            })
        });
        if !update.from.is_empty() || update.absent.iter().any(|own| self.same(own, name)) {
            return !finds;
        }
        let filter = update.filter.as_ref();
        let meets_them = filter.is_none_or(|filter| meets_nulls(filter, name));
        !meets_them || self.may_be_null(table, value)
    }

    /// Whether the value is surely NULL in some rows that the table may have.
    fn may_be_null(&self, table: &Table, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Mapped { pairs, rest, .. } => {
                *rest == Rest::Null || pairs.iter().any(|(_, to)| to == NULL)
            }
            Value::Cast(inner, _) => self.may_be_null(table, inner),
            Value::Column(_, name) => {
                let required = table.required(self.dialect);
                let column = table.column(self.dialect, name);
                column.is_some_and(|column| !required(&column.is) && column.is.generated.is_none())
            }
            _ => false,
        }
    }
}

/// Whether a condition meets all rows that have no value in the column `name`.
fn meets_nulls(filter: &Filter, name: &str) -> bool {
    let text = filter.text.as_str();
    let asks = |part: &str| {
        let part = part.trim_matches(['(', ')']);
        let asked = part.strip_suffix(" is null");
        asked.is_some_and(|asked| asked.eq_ignore_ascii_case(name))
    };
    filter.picks == Picks::All || !text.contains(" and ") && text.split(" or ").any(asks)
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    fn fails(before: &str, down: &str) -> Vec<String> {
        let mut told = told(
            Dialect::Postgres,
            before,
            "CREATE TABLE more (id int);",
            down,
        );
        told.retain(|told| told.starts_with("would_fail"));
        told
    }

    #[test]
    fn an_update_that_leaves_rows_without_a_value_sees_to_nothing() {
        let before = "CREATE TABLE p (id int PRIMARY KEY, name text NOT NULL, note text); \
            CREATE TABLE t (id int PRIMARY KEY, kind text, p int NOT NULL REFERENCES p (id), q int);";
        let down = |set: &str| {
            format!(
                "ALTER TABLE t ADD COLUMN c text; UPDATE t SET c = {set}; \
                 ALTER TABLE t ALTER COLUMN c SET NOT NULL;"
            )
        };
        let told = ["would_fail: the down fails on `t.c` as soon as a row has no value there"];
        for leaves in [
            "'a' WHERE kind = 'a'",
            "kind",
            "NULL",
            "CASE kind WHEN 'a' THEN 'b' END",
            "(SELECT name FROM p WHERE p.id = t.q)",
            "(SELECT note FROM p WHERE p.id = t.p)",
            "(SELECT name FROM p ORDER BY id LIMIT 1)",
            "p.name FROM p WHERE p.id = t.q",
            "CASE WHEN p.name = 'a' THEN 'b' END FROM p WHERE p.id = t.p",
        ] {
            assert_eq!(fails(before, &down(leaves)), told, "{leaves}");
        }
        for gives in [
            "'a'",
            "'a' WHERE c IS NULL",
            "'a' WHERE c = '' OR c IS NULL",
            "coalesce(kind, '')",
            "CASE kind WHEN 'a' THEN 'b' ELSE 'c' END",
            "(SELECT name FROM p WHERE p.id = t.p)",
            "(SELECT count(*) FROM p)",
            "p.name FROM p WHERE p.id = t.p",
            "'a' WHERE kind = 'a'; UPDATE t SET c = 'b' WHERE kind <> 'a' OR kind IS NULL",
        ] {
            assert!(fails(before, &down(gives)).is_empty(), "{gives}");
        }
        let default = "ALTER TABLE t ADD COLUMN c text DEFAULT 'x'; UPDATE t SET c = 'a' WHERE kind = 'a'; \
                       ALTER TABLE t ALTER COLUMN c SET NOT NULL;";
        assert!(
            fails(
                before,
                &default.replace("UPDATE t SET c = 'a' WHERE kind = 'a';", "")
            )
            .is_empty()
        );
    }

    #[test]
    fn a_table_without_a_row_needs_no_value() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, a text);";
        let add = "ALTER TABLE t ADD COLUMN c text NOT NULL;";
        for emptied in ["DELETE FROM t;", "TRUNCATE t;"] {
            let down = format!("{emptied} {add}");
            assert!(fails(before, &down).is_empty(), "{down}");
        }
        let told = [
            "would_fail: the down fails on `t.c` as soon as the table has a row, which has no value for it",
        ];
        for left in [
            "",
            "DELETE FROM t WHERE a IS NULL;",
            "DELETE FROM t; INSERT INTO t VALUES (1, 'x');",
        ] {
            assert_eq!(fails(before, &format!("{left} {add}")), told, "{left}");
        }
    }

    #[test]
    fn a_copy_of_longer_texts_is_refused() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, a varchar(64), b varchar(30));";
        let down = |copied: &str| {
            format!(
                "CREATE TABLE n (id int, a varchar(30)); INSERT INTO n (id, a) SELECT id, {copied};"
            )
        };
        for longer in ["a FROM t", "a FROM t WHERE b = 'x'"] {
            assert_eq!(
                fails(before, &down(longer)),
                [
                    "would_fail: the down fails on `n.a` as soon as a value does not fit into varchar(30)"
                ]
            );
        }
        for fits in [
            "b FROM t",
            "left(a, 30) FROM t",
            "a::varchar(30) FROM t",
            "a FROM t WHERE length(a) <= 30",
        ] {
            assert!(fails(before, &down(fits)).is_empty(), "{fits}");
        }
    }
}
