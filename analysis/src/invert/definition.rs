//! Which statement makes a table as it stands?

use super::Invert;
use super::constraints::current;
use crate::Dialect;
use crate::act::Name;
use crate::lex::Words;
use crate::schema::Table;

impl Invert<'_> {
    /// The table's definition, under that name.
    pub(super) fn definition(&self, table: &Table, name: &Name) -> Option<String> {
        if let Some(text) = &table.text {
            return self.retold(text.trim(), name);
        }
        if table.open || !table.parents.is_empty() || table.columns.is_empty() {
            return None;
        }
        let mut parts: Vec<String> = Vec::new();
        for column in &table.columns {
            parts.push(self.column(&column.is)?);
        }
        for constraint in table.constraints.iter() {
            parts.push(current(self, constraint)?);
        }
        Some(format!(
            "CREATE TABLE {} (\n    {}\n){}",
            self.name(name),
            parts.join(",\n    "),
            self.options(table)
        ))
    }

    /// What stands behind the columns: `WITHOUT ROWID`, `PARTITION BY …`, `DEFAULT CHARSET=utf8mb4`.
    fn options(&self, table: &Table) -> String {
        let text = table.first.as_deref().unwrap_or_default();
        let said = options_of(self.dialect, text);
        if !said.is_empty() || self.dialect != Dialect::MySql {
            return match said {
                "" => String::new(),
                said => format!(" {said}"),
            };
        }
        let charset = table.charset.iter();
        let collation = table.collation.iter();
        let charset = charset.map(|name| format!(" DEFAULT CHARSET={name}"));
        charset
            .chain(collation.map(|name| format!(" COLLATE={name}")))
            .collect()
    }

    /// A CREATE TABLE under the name that the table has now.
    fn retold(&self, text: &str, name: &Name) -> Option<String> {
        let (head, body) = text.split_at(text.find('(')?);
        let called = head
            .split(['.', ' ', '\n', '\t'])
            .rfind(|word| !word.is_empty());
        if called.is_some_and(|called| bare(called) == name.name) {
            return Some(text.to_owned());
        }
        let is_plain = !head.to_ascii_uppercase().contains("VIRTUAL");
        is_plain.then(|| format!("CREATE TABLE {} {body}", self.name(name)))
    }
}

/// What follows the list of columns in a CREATE TABLE, but for a query.
fn options_of(dialect: Dialect, text: &str) -> &str {
    let words = Words::of(dialect, text);
    let mut depth = 0usize;
    for at in 0..words.tokens.len() {
        if words.sign(at, "(") {
            depth += 1;
        } else if words.sign(at, ")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                let queried = (at..words.tokens.len()).any(|at| words.is(at, "select"));
                let said = &text[words.tokens[at].span.end as usize..];
                return if queried { "" } else { said.trim() };
            }
        }
    }
    ""
}

/// A name without its quotes.
pub(super) fn bare(name: &str) -> &str {
    name.trim_matches(['"', '`', '[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;
    use crate::judge::inverse;

    fn down(dialect: Dialect, before: &str, up: &str) -> String {
        let judged = crate::judge::judge(dialect, &Schema::empty(), Some(before), None);
        inverse(dialect, &judged.after, up).unwrap().0
    }

    #[test]
    fn what_stands_behind_the_columns_comes_back() {
        let before = |options: &str| {
            format!(
                "CREATE TABLE t (id int PRIMARY KEY, a varchar(9)) {options}; ALTER TABLE t ADD COLUMN b int;"
            )
        };
        for (dialect, options) in [
            (Dialect::Sqlite, "STRICT, WITHOUT ROWID"),
            (Dialect::Postgres, "WITH (fillfactor = 70)"),
            (
                Dialect::MySql,
                "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='it (is)'",
            ),
        ] {
            let down = down(dialect, &before(options), "DROP TABLE t");
            assert!(down.ends_with(&format!(") {options}")), "{down}");
        }
    }

    /// Run on MariaDB 10.11.
    #[test]
    fn a_key_comes_back_under_its_last_name() {
        let before = "CREATE TABLE t (a int, b int, UNIQUE KEY `u` (a, b), UNIQUE (b), CONSTRAINT k UNIQUE (a)); \
                      ALTER TABLE t RENAME INDEX u TO v, RENAME INDEX b TO c, RENAME KEY k TO l;";
        let down = down(Dialect::MySql, before, "DROP TABLE t");
        for key in ["`v` (a, b)", "`c` (b)", "`l` (a)"] {
            assert!(down.contains(&format!("UNIQUE KEY {key}")), "{down}");
        }
    }

    #[test]
    fn but_for_what_was_altered_there() {
        let before = "CREATE TABLE t (a varchar(9)) DEFAULT CHARSET=latin1; \
                      ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;";
        let down = down(Dialect::MySql, before, "DROP TABLE t");
        assert!(
            down.ends_with(") DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"),
            "{down}"
        );
    }
}
