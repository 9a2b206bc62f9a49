//! Does a text of SQL name a table, or a column of it?
//!
//! A view's query or a routine's body is searched token by token: a name in a comment is none, one in quotes is one, and
//! one inside a text may be, because a routine can put SQL together out of texts.

use std::collections::{HashMap, HashSet};

use onward_analysis::lex::{Kind, lex};
use onward_analysis::{Dialect, Object};

/// How deep texts inside texts are searched.
const DEPTH: u32 = 3;

/// The names that a text of SQL uses, as far as they can tell whether it uses a table or column.
#[derive(Debug)]
pub(in crate::evidence) struct Names {
    dialect: Dialect,
    words: Vec<Word>,
    /// Which tables a name stands for in it, be it their own or an alias.
    aliases: HashMap<String, HashSet<String>>,
}

/// One token that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// A name or a keyword, folded as the database compares names; what stands in quotes is never a keyword. What is all of a text,
    /// `quote_ident('users')`, is a name to the one that is called, and no value.
    Name {
        name: String,
        quoted: bool,
        is_text: bool,
    },
    /// `.`, `*`, `(` and the like.
    Sign(char),
}

impl Names {
    /// Reads `sql`.
    pub(in crate::evidence) fn of(dialect: Dialect, sql: &str) -> Names {
        let mut words = Vec::new();
        read(dialect, sql, DEPTH, &mut words);
        let mut names = Names {
            dialect,
            words,
            aliases: HashMap::new(),
        };
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
        names
    }

    /// Whether the table or column is named. `own` is set where the text belongs to the table itself, as a trigger's body
    /// does: then it need not name the table, and NEW and OLD are rows of it.
    pub(super) fn mention(&self, object: &Object, own: bool) -> bool {
        let table = folded(self.dialect, &object.table);
        let named = self.has(&table);
        match &object.column {
            None => named,
            Some(_) if !named && !own => false,
            Some(column) => {
                let column = folded(self.dialect, column);
                (0..self.words.len()).any(|at| self.is_column(at, &table, &column, own))
                    || self.takes_every_column(&table, own)
            }
        }
    }

    /// Whether the word `name` is there at all.
    pub(in crate::evidence) fn has(&self, name: &str) -> bool {
        let folded = folded(self.dialect, name);
        self.words
            .iter()
            .any(|word| matches!(word, Word::Name { name, .. } if *name == folded))
    }

    /// Whether `column` stands at that place and can be one of `table`.
    fn is_column(&self, at: usize, table: &str, column: &str, own: bool) -> bool {
        // `AS phone` gives a name, and is none.
        if self.name(at) != Some(column) || self.is_keyword(at.wrapping_sub(1), "as") {
            return false;
        }
        match self.qualifier(at) {
            None => true,
            Some("new" | "old") => own,
            Some(qualifier) if qualifier == table => true,
            // A name that stands for no table is a variable, and may hold a row of any.
            Some(qualifier) => self
                .aliases
                .get(qualifier)
                .is_none_or(|tables| tables.contains(table)),
        }
    }

    /// `SELECT *` and `INSERT INTO t VALUES` use columns without their names, and so do `NEW.*` in a trigger and a whole row that is
    /// handed to a function.
    fn takes_every_column(&self, table: &str, own: bool) -> bool {
        let star = |at: usize| match (self.words.get(at), self.qualifier(at)) {
            (Some(Word::Sign('*')), None) => self.is_list_of_columns(at),
            (Some(Word::Sign('*')), Some("new" | "old")) => own && !self.is_argument(at - 2),
            (Some(Word::Sign('*')), Some(qualifier)) => {
                qualifier == table || self.stands_for(qualifier, table)
            }
            // PostgreSQL's: the row itself, by the name of its table.
            (
                Some(Word::Name {
                    name,
                    is_text: false,
                    ..
                }),
                None,
            ) if self.dialect == Dialect::Postgres => {
                self.stands_for(name, table) && self.is_argument(at)
            }
            _ => false,
        };
        let positional = |at: usize| {
            self.is_keyword(at, "into")
                && (at + 1..at + 6)
                    .find_map(|at| self.name(at).filter(|name| *name == table).map(|_| at))
                    .is_some_and(|at| {
                        self.is_keyword(at + 1, "values") || self.is_keyword(at + 1, "select")
                    })
        };
        (0..self.words.len()).any(|at| star(at) || positional(at))
    }

    /// Whether a name, which may be a table's own or an alias, is given to `table`.
    fn stands_for(&self, name: &str, table: &str) -> bool {
        let tables = self.aliases.get(name);
        tables.is_some_and(|tables| tables.contains(table))
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
        let mut found: HashMap<String, HashSet<String>> = HashMap::new();
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
                found
                    .entry(alias.to_owned())
                    .or_default()
                    .insert(table.clone());
            }
            found.entry(table.clone()).or_default().insert(table);
        }
        self.aliases = found;
    }

    fn name(&self, at: usize) -> Option<&str> {
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

    fn is_keyword(&self, at: usize, keyword: &str) -> bool {
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

/// A name as the database compares it. MySQL's names of tables may be told apart by case; to take them for one another
/// errs on the safe side.
fn folded(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => name.to_owned(),
        Dialect::MySql | Dialect::Sqlite => name.to_lowercase(),
    }
}

fn read(dialect: Dialect, sql: &str, depth: u32, words: &mut Vec<Word>) {
    for token in lex(sql, dialect) {
        let text = token.text(sql);
        match token.kind {
            Kind::Word => words.push(Word::Name {
                name: text.to_lowercase(),
                quoted: false,
                is_text: false,
            }),
            Kind::Quoted => words.push(Word::Name {
                name: folded(dialect, &unquoted(text)),
                quoted: true,
                is_text: false,
            }),
            // SQL that is put together out of texts; a text with a double quote is a name where MySQL's mode says so.
            Kind::Text | Kind::Dollar | Kind::Broken if depth > 0 => {
                let inner = inside(text);
                if inner.len() < text.len() {
                    let begun = words.len();
                    read(dialect, &inner, depth - 1, words);
                    if let [Word::Name { is_text, .. }] = &mut words[begun..] {
                        *is_text = true;
                    }
                }
            }
            Kind::Symbol | Kind::Terminator => words.extend(text.chars().next().map(Word::Sign)),
            _ => {}
        }
    }
}

/// The name in quotes: the doubled ones are single again.
fn unquoted(text: &str) -> String {
    let start = text.find(['"', '`', '[']).unwrap_or(0);
    let quoted = &text[start..];
    let Some(quote) = quoted.chars().next() else {
        return String::new();
    };
    let end = if quote == '[' { ']' } else { quote };
    let inner = quoted.strip_prefix(quote).unwrap_or(quoted);
    let inner = inner.strip_suffix(end).unwrap_or(inner);
    inner.replace(&format!("{end}{end}"), &end.to_string())
}

/// What stands between the quotes of a text.
fn inside(text: &str) -> String {
    if let Some(rest) = text.strip_prefix('$')
        && let Some(at) = rest.find('$')
    {
        let tag = &text[..at + 2];
        let inner = &text[tag.len()..];
        return inner.strip_suffix(tag).unwrap_or(inner).to_owned();
    }
    let Some(start) = text.find(['\'', '"']) else {
        return text.to_owned();
    };
    let quote = if text[start..].starts_with('\'') {
        "'"
    } else {
        "\""
    };
    let inner = &text[start + 1..];
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&quote.repeat(2), quote)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::object;

    fn mentions(dialect: Dialect, sql: &str, name: &str) -> bool {
        Names::of(dialect, sql).mention(&object(name), false)
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
        assert!(names.mention(&object("users.phone"), true));
        assert!(!names.mention(&object("users.phone"), false));
        assert!(!names.mention(&object("users.email"), true));
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
                assert_eq!(names.mention(&object("users.phone"), true), all, "{body}");
                assert!(!names.mention(&object("users.phone"), false), "{body}");
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
