//! Does a text of SQL name a table, or a column of it?
//!
//! A view's query or a routine's body is searched token by token: a name in a comment is none, one in quotes is one, and
//! one inside a text may be, because a routine can put SQL together out of texts.

mod with;

use std::collections::HashMap;
use std::ops::Range;

use onward_analysis::{Dialect, Object};

use super::look::Look;
use super::words::{Word, words};
use onward_analysis::lex::folded;

/// The names that a text of SQL uses, as far as they can tell whether it uses a table or column.
#[derive(Debug)]
pub(in crate::evidence) struct Names {
    dialect: Dialect,
    words: Vec<Word>,
    /// At which places the tables stand that a name stands for in it, be it their own or an alias.
    aliases: HashMap<String, Vec<usize>>,
    /// The names that a `WITH` gives to queries of its own, and from where to where they stand for these.
    with: Vec<(String, Range<usize>)>,
}

/// What stands before a name.
pub(super) enum Schema<'n> {
    None,
    Named(&'n str),
    /// Something that the text gets elsewhere.
    PutTogether,
}

impl Names {
    /// Reads `sql`.
    pub(in crate::evidence) fn of(dialect: Dialect, sql: &str) -> Names {
        let (words, texts) = words(dialect, sql);
        let mut names = Names {
            dialect,
            words,
            aliases: HashMap::new(),
            with: Vec::new(),
        };
        names.find_with(&texts);
        names.find_aliases();
        names
    }

    /// Reads of `sql`, which defines a table, what generated columns are computed from.
    pub(super) fn of_expressions(dialect: Dialect, sql: &str) -> Names {
        let mut names = Names::of(dialect, sql);
        let mut kept = Vec::new();
        let mut depth = 0;
        for at in 0..names.words.len() {
            let word = &names.words[at];
            let begins = depth == 0
                && *word == Word::Sign('(')
                && at
                    .checked_sub(1)
                    .is_some_and(|before| names.is_keyword(before, "as"));
            depth += usize::from(begins || depth > 0 && *word == Word::Sign('('));
            if depth > 0 {
                kept.push(word.clone());
            }
            depth -= usize::from(depth > 0 && *word == Word::Sign(')'));
        }
        names.words = kept;
        names.with.clear();
        names.find_aliases();
        names
    }

    /// Whether the table or column is named, by a text that looks for its table like `look`. `own` is set where the text belongs to
    /// the table itself, as a trigger's body does: then it need not name the table, and NEW and OLD are rows of it.
    pub(super) fn mention(&self, object: &Object, own: bool, look: &Look<'_>) -> bool {
        let table = folded(self.dialect, &object.table);
        let is_table = |at: usize| self.is_table(at, &table, look);
        let named = (0..self.words.len()).any(is_table);
        match &object.column {
            None => named,
            Some(_) if !named && !own => false,
            Some(column) => {
                let column = folded(self.dialect, column);
                (0..self.words.len()).any(|at| self.is_column(at, &table, &column, own, &is_table))
                    || self.takes_every_column(&table, own, &is_table)
            }
        }
    }

    /// Whether each column of `table` is used as it stands there, without its name.
    pub(super) fn takes_each_column(&self, table: &Object, own: bool, look: &Look<'_>) -> bool {
        let name = folded(self.dialect, &table.table);
        let is_table = |at: usize| self.is_table(at, &name, look);
        let named = (0..self.words.len()).any(is_table);
        (named || own) && self.takes_every_column(&name, own, &is_table)
    }

    /// Whether the name at that place can be `table`, and not one of another schema.
    fn is_table(&self, at: usize, table: &str, look: &Look<'_>) -> bool {
        let (Some(name), Some(Word::Name { is_text, .. })) = (self.name(at), self.words.get(at))
        else {
            return false;
        };
        if name != table {
            return false;
        }
        match self.schema(at) {
            Schema::Named(schema) => look.behind(schema),
            Schema::PutTogether => true,
            Schema::None => *is_text || look.bare() && !self.is_of_with(at, name),
        }
    }

    /// What stands before the name at that place. `'%I.users'` and `schema || '.' || 'users'` put one before it that nobody knows.
    pub(super) fn schema(&self, at: usize) -> Schema<'_> {
        let sign = |at: Option<usize>| match self.words.get(at?)? {
            Word::Sign(sign) => Some((*sign, at?)),
            Word::Name { .. } => None,
        };
        let mut before = sign(at.checked_sub(1));
        let adjoins = before.is_some_and(|(sign, _)| sign == '.');
        if adjoins
            && let Some(schema) = self.qualifier(at)
            && sign(at.checked_sub(3)).is_none_or(|(sign, _)| sign != '%')
        {
            return Schema::Named(schema);
        }
        while let Some(('|' | ',', place)) = before {
            before = sign(place.checked_sub(1));
        }
        match before {
            Some(('.', _)) => Schema::PutTogether,
            _ => Schema::None,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    /// Whether the word `name` is there at all.
    pub(in crate::evidence) fn has(&self, name: &str) -> bool {
        let folded = folded(self.dialect, name);
        self.words
            .iter()
            .any(|word| matches!(word, Word::Name { name, .. } if *name == folded))
    }

    /// Whether `column` stands at that place and can be one of `table`.
    fn is_column(
        &self,
        at: usize,
        table: &str,
        column: &str,
        own: bool,
        is_table: &dyn Fn(usize) -> bool,
    ) -> bool {
        // `AS phone` gives a name, and is none.
        if self.name(at) != Some(column) || self.is_keyword(at.wrapping_sub(1), "as") {
            return false;
        }
        match self.qualifier(at) {
            None => true,
            Some("new" | "old") => own,
            Some(qualifier) if qualifier == table => self.is_row(at - 2, is_table),
            // A name that stands for no table is a variable, and may hold a row of any.
            Some(qualifier) => self
                .aliases
                .get(qualifier)
                .is_none_or(|tables| tables.iter().any(|at| is_table(*at))),
        }
    }

    /// Whether the table's own name at that place, before a column, means the table.
    fn is_row(&self, at: usize, is_table: &dyn Fn(usize) -> bool) -> bool {
        match (
            self.schema(at),
            self.name(at).and_then(|name| self.aliases.get(name)),
        ) {
            (Schema::None, Some(tables)) => tables.iter().any(|at| is_table(*at)),
            _ => is_table(at),
        }
    }

    /// `SELECT *` and `INSERT INTO t VALUES` use columns without their names, and so do `NEW.*` in a trigger and a whole row that is
    /// handed to a function.
    fn takes_every_column(&self, table: &str, own: bool, is_table: &dyn Fn(usize) -> bool) -> bool {
        let stands_for = |name: &str| {
            let tables = self.aliases.get(name);
            tables.is_some_and(|tables| tables.iter().any(|at| is_table(*at)))
        };
        let star = |at: usize| match (self.words.get(at), self.qualifier(at)) {
            (Some(Word::Sign('*')), None) => self.is_list_of_columns(at),
            (Some(Word::Sign('*')), Some("new" | "old")) => own && !self.is_argument(at - 2),
            (Some(Word::Sign('*')), Some(qualifier)) => {
                qualifier == table && self.is_row(at - 2, is_table) || stands_for(qualifier)
            }
            // PostgreSQL's: the row itself, by the name of its table.
            (
                Some(Word::Name {
                    name,
                    is_text: false,
                    ..
                }),
                None,
            ) if self.dialect == Dialect::Postgres => stands_for(name) && self.is_argument(at),
            _ => false,
        };
        let positional = |at: usize| {
            self.is_keyword(at, "into")
                && (at + 1..at + 6).find(|at| is_table(*at)).is_some_and(|at| {
                    self.is_keyword(at + 1, "values") || self.is_keyword(at + 1, "select")
                })
        };
        (0..self.words.len()).any(|at| star(at) || positional(at))
    }

    /// Whether the `*` at that place means columns, and is neither a factor nor what `count(*)` counts.
    fn is_list_of_columns(&self, at: usize) -> bool {
        const BEFORE: [&str; 7] = [
            "select",
            "distinct",
            "all",
            "returning",
            "sql_no_cache",
            "sql_calc_found_rows",
            "straight_join",
        ];
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        match self.words.get(before) {
            Some(Word::Sign(',')) => true,
            // `DISTINCT ON (a, b) *`.
            Some(Word::Sign(')')) => self.opening(before).is_some_and(|open| {
                self.is_keyword(open.wrapping_sub(1), "on")
                    && self.is_keyword(open.wrapping_sub(2), "distinct")
            }),
            _ => BEFORE
                .iter()
                .any(|keyword| self.is_keyword(before, keyword)),
        }
    }

    /// Where the parenthesis opens that closes at that place.
    fn opening(&self, at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        (0..=at).rev().find(|place| {
            match self.words[*place] {
                Word::Sign(')') => depth += 1,
                Word::Sign('(') => depth -= 1,
                _ => {}
            }
            depth == 0
        })
    }

    /// Whether what begins at that place is handed to a function: `to_jsonb(u)`. `VALUES (NEW.*)` is none.
    fn is_argument(&self, at: usize) -> bool {
        const NONE: [&str; 7] = ["values", "select", "in", "on", "from", "row", "using"];
        let Some(called) = at.checked_sub(2) else {
            return false;
        };
        let is_call = self.words.get(at - 1) == Some(&Word::Sign('('))
            && self.name(called).is_some()
            && !NONE.iter().any(|keyword| self.is_keyword(called, keyword));
        // `INSERT INTO users (id)` lists columns.
        let is_list = self.is_keyword(called.wrapping_sub(1), "into");
        let ends = matches!(self.words.get(at + 1), Some(Word::Sign(')' | ',' | '.')));
        is_call && !is_list && ends
    }

    /// Finds what follows FROM, JOIN, INTO and UPDATE, and a comma among them: tables and their aliases.
    fn find_aliases(&mut self) {
        let mut found: HashMap<String, Vec<usize>> = HashMap::new();
        let mut in_from = false;
        for at in 0..self.words.len() {
            let begins = ["from", "join", "into", "update"]
                .iter()
                .any(|keyword| self.is_keyword(at, keyword));
            let ends = [
                "where", "set", "group", "order", "select", "values", "on", "using",
            ]
            .iter()
            .any(|keyword| self.is_keyword(at, keyword));
            in_from = begins || in_from && !ends;
            let listed = in_from && matches!(self.words.get(at), Some(Word::Sign(',' | '(')));
            if !begins && !listed {
                continue;
            }
            let mut last = at + 1;
            while self.words.get(last + 1) == Some(&Word::Sign('.')) {
                last += 2;
            }
            let Some(table) = self.name(last).filter(|_| !self.is_any_keyword(last)) else {
                continue;
            };
            let table = table.to_owned();
            let after = last + 1 + usize::from(self.is_keyword(last + 1, "as"));
            let alias = self.name(after).filter(|_| !self.is_any_keyword(after));
            if let Some(alias) = alias {
                found.entry(alias.to_owned()).or_default().push(last);
            }
            found.entry(table).or_default().push(last);
        }
        self.aliases = found;
    }

    pub(super) fn name(&self, at: usize) -> Option<&str> {
        match self.words.get(at)? {
            Word::Name { name, .. } => Some(name),
            Word::Sign(_) => None,
        }
    }

    /// The name before the point before that place.
    fn qualifier(&self, at: usize) -> Option<&str> {
        let point = at.checked_sub(1)?;
        (self.words.get(point)? == &Word::Sign('.')).then_some(())?;
        self.name(point.checked_sub(1)?)
    }

    pub(super) fn is_keyword(&self, at: usize, keyword: &str) -> bool {
        matches!(self.words.get(at), Some(Word::Name { name, quoted: false, .. }) if name.eq_ignore_ascii_case(keyword))
    }

    /// Whether a word that can follow a table's name stands there, so that it is no alias.
    fn is_any_keyword(&self, at: usize) -> bool {
        const FOLLOWS: [&str; 24] = [
            "where",
            "join",
            "inner",
            "left",
            "right",
            "full",
            "cross",
            "natural",
            "on",
            "using",
            "group",
            "order",
            "having",
            "limit",
            "union",
            "set",
            "values",
            "select",
            "returning",
            "for",
            "straight_join",
            "only",
            "lateral",
            "default",
        ];
        FOLLOWS.iter().any(|keyword| self.is_keyword(at, keyword))
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::{Places, Search};
    use super::*;
    use crate::fixture::object;

    fn mentions(dialect: Dialect, sql: &str, name: &str) -> bool {
        mention(&Names::of(dialect, sql), name, false)
    }

    /// Where the text looks for its tables is not known.
    fn mention(names: &Names, name: &str, own: bool) -> bool {
        let places = Places::unknown(names.dialect);
        let look = places.look(&Search::anywhere(), &object(name), None);
        names.mention(&object(name), own, &look)
    }

    #[test]
    fn a_name_is_one_only_as_a_whole_word_outside_of_comments() {
        for dialect in Dialect::ALL {
            let mentions = |sql| mentions(dialect, sql, "users");
            assert!(mentions("SELECT 1 FROM users"));
            assert!(mentions("SELECT 1 FROM USERS;"));
            assert!(mentions("SELECT 1 FROM shop.users AS u"));
            assert!(mentions("SELECT 1 FROM(users)"));
            assert!(!mentions("SELECT 1 FROM users_old, superusers"));
            assert!(!mentions("SELECT 1 -- users\n/* users */"));
        }
        assert!(mentions(Dialect::MySql, "SELECT 1 FROM `users`", "users"));
        assert!(mentions(Dialect::Sqlite, "SELECT 1 FROM [users]", "users"));
        assert!(mentions(
            Dialect::Postgres,
            "SELECT 1 FROM \"users\"",
            "users"
        ));
        assert!(!mentions(
            Dialect::Postgres,
            "SELECT 1 FROM \"Users\"",
            "users"
        ));
        assert!(mentions(
            Dialect::Postgres,
            "SELECT 1 FROM \"Users\"",
            "Users"
        ));
        assert!(mentions(
            Dialect::Postgres,
            "SELECT 1 FROM \"a\"\"b\"",
            "a\"b"
        ));
        assert!(mentions(Dialect::MySql, "SELECT 1 FROM `sélect`", "sélect"));
    }

    #[test]
    fn a_column_is_named_with_its_table() {
        for dialect in Dialect::ALL {
            let mentions = |sql| mentions(dialect, sql, "users.phone");
            assert!(mentions("SELECT phone FROM users"));
            assert!(mentions("SELECT users.phone FROM users"));
            assert!(mentions("SELECT u.phone FROM users AS u"));
            assert!(mentions(
                "SELECT u.phone FROM orders o JOIN shop.users u ON u.id = o.by"
            ));
            assert!(mentions(
                "FOR r IN SELECT id FROM users LOOP PERFORM send(r.phone)"
            ));
            assert!(!mentions("SELECT email FROM users"));
            assert!(!mentions("SELECT phone FROM orders"));
            assert!(!mentions("SELECT o.phone AS phone FROM users u, orders o"));
            assert!(!mentions("SELECT o.phone FROM users u, orders o"));
            assert!(!mentions(
                "SELECT orders.phone FROM users JOIN orders ON true"
            ));
        }
    }

    #[test]
    fn columns_are_used_without_their_names() {
        for dialect in Dialect::ALL {
            let mentions = |sql| mentions(dialect, sql, "users.phone");
            assert!(mentions("SELECT * FROM users"));
            assert!(mentions("SELECT u.* FROM users u"));
            assert!(mentions("INSERT INTO users VALUES (1, 2)"));
            assert!(mentions("SELECT DISTINCT * FROM users"));
            assert!(mentions("SELECT now(), * FROM users"));
            assert!(mentions("SELECT DISTINCT ON (id, email) * FROM users"));
            assert!(mentions("INSERT INTO users (id) VALUES (1) RETURNING *"));
            assert!(!mentions("SELECT count(*) FROM users"));
            assert!(!mentions("SELECT id * 2, (id) * age FROM users"));
            assert!(!mentions("SELECT o.* FROM users u JOIN orders o ON true"));
            assert!(!mentions("INSERT INTO users (id) VALUES (1)"));
        }
    }

    #[test]
    fn sql_in_a_text_is_searched_too() {
        let sql = "EXECUTE 'SELECT phone FROM users WHERE note = ''x'''";
        assert!(mentions(Dialect::Postgres, sql, "users.phone"));
        let sql = "EXECUTE format($q$ SELECT phone FROM users $q$)";
        assert!(mentions(Dialect::Postgres, sql, "users.phone"));
        let sql = "SET @s = 'SELECT phone FROM users'; PREPARE s FROM @s";
        assert!(mentions(Dialect::MySql, sql, "users.phone"));
    }

    #[test]
    fn a_triggers_body_is_about_its_own_table() {
        let body = "BEGIN NEW.phone = trim(NEW.phone); RETURN NEW; END";
        let names = Names::of(Dialect::Postgres, body);
        assert!(mention(&names, "users.phone", true));
        assert!(!mention(&names, "users.phone", false));
        assert!(!mention(&names, "users.email", true));
    }

    #[test]
    fn a_trigger_takes_the_row_as_it_is() {
        for dialect in Dialect::ALL {
            for (body, all) in [
                ("INSERT INTO past SELECT 'D', now(), OLD.*", true),
                ("INSERT INTO past VALUES (NEW.*)", true),
                // Whatever columns there are.
                ("INSERT INTO log (row) VALUES (hstore(OLD.*))", false),
                ("INSERT INTO log (row) VALUES (to_jsonb(NEW))", false),
            ] {
                let names = Names::of(dialect, body);
                assert_eq!(mention(&names, "users.phone", true), all, "{body}");
                assert!(!mention(&names, "users.phone", false), "{body}");
            }
        }
    }

    #[test]
    fn postgres_hands_a_row_on_by_the_name_of_its_table() {
        let mentions = |sql| mentions(Dialect::Postgres, sql, "users.phone");
        assert!(mentions("SELECT json_agg(u) FROM users u"));
        assert!(mentions("SELECT row_to_json(users) FROM users"));
        assert!(!mentions("SELECT row_to_json(o) FROM users u, orders o"));
        assert!(!mentions("INSERT INTO users (id) SELECT id FROM users"));
        assert!(!mentions("SELECT quote_ident('users') FROM users"));
    }
}
