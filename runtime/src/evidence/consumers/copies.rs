//! Does a text of SQL take whole rows of a table to where one value more has no place?
//!
//! A column that a table gets is in each row that is copied by `*`. What the row is copied into has as many columns as before, and so
//! have the variables, the other half of a UNION, and the columns that a view or function says it has.

use std::ops::Range;

use onward_analysis::{Changed, Dialect, How, Object};

use super::mention::{Names, Word, folded};
use crate::session::Row;

impl Names {
    /// Whether the text fails once the rows of `table` have one value more. `own` is set where it belongs to the table, as a trigger
    /// does; `returns` where it is a function with columns of its own.
    pub(super) fn copies_rows(
        &self,
        table: &str,
        own: bool,
        returns: Option<Returns>,
        beside: &impl Beside,
    ) -> bool {
        let statements = self.statements();
        let fetches = (0..self.words.len()).any(|at| self.is_keyword(at, "fetch"));
        statements.iter().enumerate().any(|(index, range)| {
            let is_last = index + 1 == statements.len();
            let insert = self.insert(range.clone());
            if let Some(insert) = &insert
                && insert.target == table
            {
                return self.is_too_little(insert, range, beside);
            }
            let stars: Vec<usize> = range
                .clone()
                .filter(|at| self.is_star_of(*at, range, table, own))
                .collect();
            stars.iter().any(|star| {
                let copied = insert
                    .as_ref()
                    .is_some_and(|insert| self.is_too_much(insert, *star, range, beside));
                copied
                    || self.is_beside_others(*star, &stars, range)
                    || self.is_in_variables(*star, range, insert.is_some(), fetches)
                    || self.is_in_a_list_of_names(*star, range)
                    || returns.is_some_and(|returns| self.returned(*star, range, returns, is_last))
            })
        })
    }

    /// Whether the text is a view that has the columns of `table` as they are whenever it is read, and no others said.
    pub(super) fn shows_rows(&self, table: &str) -> bool {
        let range = 0..self.words.len();
        let is_view = (0..4).any(|at| self.is_keyword(at, "view"));
        let mut stars = range
            .clone()
            .filter(|at| self.is_star_of(*at, &range, table, false));
        is_view && stars.any(|at| self.opened(&range, at).is_none())
    }

    /// Whether a `*` stands there that takes the columns of `table`: where it says of none, one that its query reads from.
    fn is_star_of(&self, at: usize, range: &Range<usize>, table: &str, own: bool) -> bool {
        if !self.may_be_star_of(at, table, own) {
            return false;
        }
        let is_qualified = self.words.get(at.wrapping_sub(1)) == Some(&Word::Sign('.'));
        is_qualified || self.read_by(at, range).any(|name| name == table)
    }

    /// The names behind the FROM of the query that the `*` there belongs to.
    fn read_by<'w>(&'w self, at: usize, range: &'w Range<usize>) -> impl Iterator<Item = &'w str> {
        const ENDS: [&str; 8] = [
            "where",
            "group",
            "order",
            "limit",
            "union",
            "intersect",
            "except",
            "having",
        ];
        let home = self.opened(range, at);
        (at..range.end)
            .filter(move |place| self.opened(range, *place) == home)
            .skip_while(|place| !self.is_keyword(*place, "from"))
            .take_while(|place| {
                self.words[*place] != Word::Sign(')')
                    && !ENDS.iter().any(|word| self.is_keyword(*place, word))
            })
            .filter_map(|place| self.name(place))
    }

    fn statements(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = 0;
        for (at, word) in self.words.iter().enumerate() {
            if *word == Word::Sign(';') {
                found.push(start..at);
                start = at + 1;
            }
        }
        found.push(start..self.words.len());
        found.retain(|range| !range.is_empty());
        found
    }

    /// What a statement writes rows into, if it does.
    fn insert(&self, range: Range<usize>) -> Option<Insert> {
        const BETWEEN: [&str; 9] = [
            "into",
            "ignore",
            "or",
            "replace",
            "abort",
            "fail",
            "low_priority",
            "high_priority",
            "delayed",
        ];
        let begins = |at: &usize| self.is_keyword(*at, "insert") || self.is_keyword(*at, "replace");
        range.clone().filter(begins).find_map(|begin| {
            let mut at = begin + 1;
            while BETWEEN.iter().any(|word| self.is_keyword(at, word)) {
                at += 1;
            }
            self.name(at)?;
            while self.words.get(at + 1) == Some(&Word::Sign('.')) {
                at += 2;
            }
            let target = self.name(at).filter(|_| range.contains(&at))?;
            let opens = self.words.get(at + 1) == Some(&Word::Sign('('));
            let query = ["select", "values", "with"];
            let lists = opens && !query.iter().any(|word| self.is_keyword(at + 2, word));
            Some(Insert {
                target: target.to_owned(),
                at,
                lists,
            })
        })
    }

    /// Whether a table gets fewer values than it has columns then. PostgreSQL puts the default where no value is given.
    fn is_too_little(&self, insert: &Insert, range: &Range<usize>, beside: &impl Beside) -> bool {
        let grows = range.clone().any(|at| {
            self.words[at] == Word::Sign('*')
                && self.read_by(at, range).any(|name| beside.grows(name))
        });
        !insert.lists && !grows && self.dialect != Dialect::Postgres
    }

    /// Whether the rows that the star stands for are put into a table that has no column for the value.
    fn is_too_much(
        &self,
        insert: &Insert,
        star: usize,
        range: &Range<usize>,
        beside: &impl Beside,
    ) -> bool {
        if star < insert.at {
            return false;
        }
        let is_read = match self.opened(range, star) {
            None => true,
            Some(open) => {
                // `VALUES (OLD.*)`, `INSERT INTO past (SELECT …)`; what stands in FROM is read only by another star.
                let of_insert = open == insert.at + 1 || self.is_keyword(open - 1, "values");
                of_insert
                    || range.clone().any(|at| {
                        self.is_list_of_columns(at)
                            && self.words.get(at) == Some(&Word::Sign('*'))
                            && self.opened(range, at).is_none()
                    })
            }
        };
        let is_last = self.words.get(star + 1) != Some(&Word::Sign(','));
        is_read && (insert.lists || !is_last || !beside.has_room(&insert.target))
    }

    /// Whether another query, with columns of its own, stands beside it in a UNION.
    fn is_beside_others(&self, star: usize, stars: &[usize], range: &Range<usize>) -> bool {
        const SETS: [&str; 3] = ["union", "intersect", "except"];
        let home = self.opened(range, star);
        let in_home = |at: &usize| self.opened(range, *at) == home;
        let sets = range
            .clone()
            .filter(|at| SETS.iter().any(|word| self.is_keyword(*at, word)));
        let sets = sets.filter(in_home).count();
        sets > 0 && stars.iter().filter(|at| in_home(at)).count() != sets + 1
    }

    /// Whether MySQL puts the row into variables, each of which is written down.
    fn is_in_variables(
        &self,
        star: usize,
        range: &Range<usize>,
        inserts: bool,
        fetches: bool,
    ) -> bool {
        let has = |keyword: &str| range.clone().any(|at| self.is_keyword(at, keyword));
        self.dialect == Dialect::MySql
            && self.opened(range, star).is_none()
            && (fetches && has("cursor") || !inserts && has("into") && !has("outfile"))
    }

    /// Whether a view of SQLite says how its columns are called: `CREATE VIEW v (a, b) AS SELECT *`.
    fn is_in_a_list_of_names(&self, star: usize, range: &Range<usize>) -> bool {
        let view = range
            .clone()
            .take(4)
            .find(|at| self.is_keyword(*at, "view"));
        let Some(view) = view.filter(|_| self.opened(range, star).is_none()) else {
            return false;
        };
        let queried = range.clone().find(|at| self.is_keyword(*at, "as"));
        let named = (view..queried.unwrap_or(view)).any(|at| self.words[at] == Word::Sign('('));
        self.dialect == Dialect::Sqlite && named
    }

    /// Whether a function gives the rows back, whose columns it says.
    fn returned(&self, star: usize, range: &Range<usize>, returns: Returns, is_last: bool) -> bool {
        let begins = match returns {
            Returns::Query => range
                .clone()
                .any(|at| self.is_keyword(at, "return") && self.is_keyword(at + 1, "query")),
            Returns::Last => is_last && self.insert(range.clone()).is_none(),
        };
        begins && self.opened(range, star).is_none()
    }

    /// Where the parenthesis opens within the statement that `at` stands in; none where it stands in none.
    fn opened(&self, range: &Range<usize>, at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        (range.start..at)
            .rev()
            .find(|place| match self.words[*place] {
                Word::Sign(')') => {
                    depth += 1;
                    false
                }
                Word::Sign('(') if depth == 0 => true,
                Word::Sign('(') => {
                    depth -= 1;
                    false
                }
                _ => false,
            })
    }
}

/// What becomes of the other tables that a text names.
pub(super) trait Beside {
    /// Whether the table takes rows that have the value.
    fn has_room(&self, table: &str) -> bool;
    /// Whether the rows of the table or view have one value more, too.
    fn grows(&self, table: &str) -> bool;
}

/// How a function of PostgreSQL gives rows back whose columns it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    /// By RETURN QUERY.
    Query,
    /// By its last statement.
    Last,
}

impl Returns {
    /// As the catalog's query calls it.
    pub(super) fn named(name: &str) -> Option<Returns> {
        match name {
            "query" => Some(Returns::Query),
            "last" => Some(Returns::Last),
            _ => None,
        }
    }
}

/// The views through which the rows of tables are seen with each column that they have: SQLite reads `*` anew each time.
#[derive(Debug)]
pub(super) struct Widened {
    dialect: Dialect,
    /// Each view with the table.
    views: Vec<(String, String)>,
}

impl Widened {
    /// Those among `rows` of a catalog, over the tables that get columns by `changes`.
    pub(super) fn of(dialect: Dialect, rows: &[Row], changes: &[Changed]) -> Widened {
        let mut views: Vec<(String, String)> = Vec::new();
        let added = changes.iter().filter(|change| change.how == How::Add);
        for table in added.map(|change| folded(dialect, &change.object.table)) {
            if dialect != Dialect::Sqlite || views.iter().any(|(_, of)| *of == table) {
                continue;
            }
            let read = rows.iter().filter(|row| row.text(0) == Some("view"));
            let mut read: Vec<(String, Names)> = read
                .filter_map(|row| Some((row.text(1)?, Names::of(dialect, row.text(3)?))))
                .map(|(name, names)| (folded(dialect, name), names))
                .collect();
            let mut seen = vec![table.clone()];
            while let Some(at) = read
                .iter()
                .position(|(_, names)| seen.iter().any(|seen| names.shows_rows(seen)))
            {
                let (name, _) = read.swap_remove(at);
                seen.push(name.clone());
                views.push((name, table.clone()));
            }
        }
        Widened { dialect, views }
    }

    /// The table whose rows `name` shows: its own, or that of a view.
    pub(super) fn shown_by<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n str> {
        let tables = self.views.iter().filter(move |(view, _)| view == name);
        tables.map(|(_, of)| of.as_str()).chain([name])
    }

    /// The table of `object`, and the views that show its rows as they are.
    pub(super) fn tables(&self, object: &Object) -> Vec<String> {
        let table = folded(self.dialect, &object.table);
        let views = self.views.iter().filter(|(_, of)| *of == table);
        let mut all: Vec<String> = views.map(|(view, _)| view.clone()).collect();
        all.push(table);
        all
    }
}

/// Where a statement puts rows.
#[derive(Debug)]
struct Insert {
    target: String,
    /// Where the target stands.
    at: usize,
    /// Whether it lists columns.
    lists: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `wide` has room for the value, and so have the rows of `more`.
    struct World;

    impl Beside for World {
        fn has_room(&self, table: &str) -> bool {
            table == "wide"
        }

        fn grows(&self, table: &str) -> bool {
            table == "more"
        }
    }

    /// Whether the text fails once `users` has one column more.
    fn copies(dialect: Dialect, sql: &str, own: bool) -> bool {
        Names::of(dialect, sql).copies_rows("users", own, None, &World)
    }

    #[test]
    fn a_row_is_copied_to_where_it_has_no_room() {
        for dialect in Dialect::ALL {
            for (sql, fails) in [
                ("INSERT INTO past SELECT OLD.*", true),
                ("INSERT INTO past VALUES (OLD.*)", true),
                ("INSERT INTO past SELECT 'D', now(), OLD.*", true),
                (
                    "BEGIN INSERT INTO past SELECT * FROM users; RETURN NEW; END",
                    true,
                ),
                (
                    "INSERT INTO shop.past (id, phone) SELECT * FROM users u",
                    true,
                ),
                (
                    "INSERT INTO past SELECT q.id FROM (SELECT * FROM users) q",
                    false,
                ),
                (
                    "INSERT INTO past SELECT * FROM (SELECT * FROM users) q",
                    true,
                ),
                ("INSERT INTO past SELECT id, phone FROM users", false),
                ("INSERT INTO past (id) SELECT count(*) FROM users", false),
                ("INSERT INTO past SELECT * FROM orders", false),
                ("INSERT INTO wide SELECT OLD.*", false),
                ("INSERT INTO wide SELECT OLD.*, now()", true),
                ("INSERT INTO past (row) VALUES (hstore(OLD.*))", false),
                (
                    "IF OLD.* IS DISTINCT FROM NEW.* THEN NEW.at = now(); END IF",
                    false,
                ),
                (
                    "INSERT INTO past (id) VALUES (1); SELECT * FROM users",
                    false,
                ),
            ] {
                assert_eq!(copies(dialect, sql, true), fails, "{dialect}: {sql}");
            }
        }
    }

    #[test]
    fn a_row_is_written_by_the_places_of_its_values() {
        for (dialect, fails) in [
            (Dialect::Postgres, false),
            (Dialect::MySql, true),
            (Dialect::Sqlite, true),
        ] {
            for sql in [
                "INSERT INTO users VALUES (1, 'x')",
                "INSERT OR IGNORE INTO users SELECT * FROM staging",
            ] {
                assert_eq!(copies(dialect, sql, false), fails, "{dialect}: {sql}");
            }
            assert!(!copies(
                dialect,
                "INSERT INTO users SELECT * FROM more",
                false
            ));
            let listed = "INSERT INTO users (id, phone) VALUES (1, 'x')";
            assert!(!copies(dialect, listed, false));
        }
        assert!(copies(
            Dialect::MySql,
            "INSERT IGNORE users VALUES (1)",
            false
        ));
    }

    #[test]
    fn the_other_half_of_a_union_has_its_own_columns() {
        for dialect in Dialect::ALL {
            for (sql, fails) in [
                (
                    "SELECT * FROM users UNION ALL SELECT * FROM old_users",
                    true,
                ),
                ("SELECT * FROM users UNION SELECT * FROM users u", false),
                ("SELECT id FROM users UNION SELECT id FROM old_users", false),
                (
                    "SELECT id FROM (SELECT * FROM users) q UNION SELECT 1",
                    false,
                ),
            ] {
                assert_eq!(copies(dialect, sql, false), fails, "{dialect}: {sql}");
            }
        }
    }

    #[test]
    fn the_columns_are_written_down() {
        let view = "CREATE VIEW v (a, b) AS SELECT * FROM users";
        assert!(copies(Dialect::Sqlite, view, false));
        let open = "CREATE VIEW v AS SELECT * FROM users";
        assert!(!copies(Dialect::Sqlite, open, false));
        assert!(Names::of(Dialect::Sqlite, open).shows_rows("users"));
        for (sql, fails) in [
            ("SELECT * INTO a, b FROM users LIMIT 1", true),
            (
                "DECLARE c CURSOR FOR SELECT * FROM users; OPEN c; FETCH c INTO a, b",
                true,
            ),
            (
                "DECLARE c CURSOR FOR SELECT id FROM users; OPEN c; FETCH c INTO a",
                false,
            ),
            ("SELECT id INTO a FROM users", false),
        ] {
            assert_eq!(copies(Dialect::MySql, sql, false), fails, "{sql}");
        }
        let returns = |sql, returns| {
            let names = Names::of(Dialect::Postgres, sql);
            names.copies_rows("users", false, Some(returns), &World)
        };
        let query = "BEGIN RETURN QUERY SELECT * FROM users; END";
        assert!(returns(query, Returns::Query));
        let listed = "BEGIN RETURN QUERY SELECT id FROM users; END";
        assert!(!returns(listed, Returns::Query));
        assert!(returns("SELECT 1; SELECT u.* FROM users u", Returns::Last));
        assert!(!returns("SELECT * FROM users; SELECT 1", Returns::Last));
    }
}
