//! Which tables and columns does a query use?
//!
//! It is told from the tokens. A table is what stands where only a table can; every other name is taken for a column of
//! each table that it could belong to. So what is told is never too little: a name in no known place is a column of all
//! tables around it, and what is no query at all is unread.

use std::collections::BTreeSet;

use super::resolve::{Scope, Scopes};
use crate::Dialect;
use crate::lex::{Kind, Token};
use crate::split::{Piece, split};

/// What a query uses of one table, view or function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The schema, where it is named and not the default one.
    pub schema: Option<String>,
    /// The name.
    pub table: String,
    /// The columns that are named.
    pub columns: BTreeSet<String>,
    /// Whether every column is used.
    pub every: bool,
    /// Whether rows are written.
    pub writes: bool,
}

/// What was found out about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a text is read or it is not")]
pub enum Read {
    /// It uses these.
    Uses(Vec<Found>),
    /// It may use anything that one of its words names.
    Unread {
        /// Why, as a clause.
        reason: &'static str,
        /// The words, in small letters.
        words: BTreeSet<String>,
    },
}

/// What `sql` uses, by the rules of `dialect`.
#[must_use]
pub fn read(dialect: Dialect, sql: &str) -> Read {
    let mut scopes = Scopes::default();
    for piece in split(sql, dialect) {
        if let Some(reason) = unreadable(&piece, sql) {
            return unread(sql, dialect, reason);
        }
        Reader::of(dialect, sql, &piece.tokens, &mut scopes).read();
    }
    Read::Uses(scopes.found(dialect))
}

/// Every word of a text that cannot be read.
fn unread(sql: &str, dialect: Dialect, reason: &'static str) -> Read {
    let pieces = split(sql, dialect);
    let texts = pieces.iter().flat_map(|piece| &piece.tokens);
    // A string may be SQL that is run from there.
    let words = texts.flat_map(|token| token.text(sql).split(|c: char| !is_in_name(c)));
    Read::Unread {
        reason,
        words: words
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect(),
    }
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Why a statement cannot be read, as a clause; none where it can.
fn unreadable(piece: &Piece, sql: &str) -> Option<&'static str> {
    if piece.broken.is_some() {
        return Some("a quote or comment in it is never closed");
    }
    let known = |token: &&Token| !matches!(token.kind, Kind::Symbol);
    let first = piece.tokens.iter().find(known)?;
    let begins = |words: &[&str]| words.iter().any(|word| first.is_word(sql, word));
    if piece.tokens.iter().any(|t| t.kind == Kind::Template) {
        return Some("a template stands in it");
    }
    (!begins(&QUERIES) && !begins(&INERT)).then_some("it is no SELECT, INSERT, UPDATE or DELETE")
}

/// What queries begin with.
const QUERIES: [&str; 8] = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "REPLACE", "MERGE",
];

/// What uses no table.
const INERT: [&str; 14] = [
    "BEGIN",
    "START",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "END",
    "SET",
    "RESET",
    "LISTEN",
    "UNLISTEN",
    "NOTIFY",
    "PRAGMA",
    "SHOW",
];

/// What ends a list of tables.
const ENDS_FROM: [&str; 16] = [
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "WINDOW",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "RETURNING",
    "SET",
    "VALUES",
    "FOR",
    "WHEN",
];

/// What stands behind a table and is not its alias.
const NO_ALIAS: [&str; 12] = [
    "ON", "USING", "JOIN", "LEFT", "RIGHT", "INNER", "OUTER", "FULL", "CROSS", "NATURAL", "SELECT",
    "DEFAULT",
];

/// What joins a table in another way than a plain JOIN, and what may stand behind that.
const JOINS: [&str; 7] = [
    "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL",
];
const JOINED: [&str; 6] = ["JOIN", "OUTER", "LEFT", "RIGHT", "FULL", "INNER"];

/// Words that are never a name unless they are quoted, in any of the three.
const RESERVED: [&str; 36] = [
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "NULL",
    "IS",
    "IN",
    "AS",
    "ON",
    "GROUP",
    "ORDER",
    "HAVING",
    "DISTINCT",
    "UNION",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "JOIN",
    "USING",
    "INTO",
    "VALUES",
    "SET",
    "RETURNING",
    "EXISTS",
    "BETWEEN",
    "LIMIT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "EXCEPT",
    "INTERSECT",
    "TRUE",
    "FALSE",
];

/// What is expected next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Anything.
    Any,
    /// A table.
    Table,
    /// Perhaps the alias of what was read.
    Alias,
}

/// One pair of parentheses, or the whole.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// The query that its words belong to.
    scope: Scope,
    /// The first query in it: what an INSERT … SELECT says behind the SELECT is about the INSERT's table.
    first: Scope,
    /// Where its names of `WITH` are kept.
    base: Scope,
    /// Whether it is a query by itself, and not an expression.
    is_query: bool,
    /// Whether a comma leads to the next table.
    in_from: bool,
    next: Next,
    /// Whether the tables that follow are written.
    writes: bool,
    /// The name that a `WITH` gives to what comes next, as an index of a token.
    naming: Option<usize>,
    /// Whether names of `WITH` are being read.
    in_with: bool,
}

struct Reader<'r> {
    dialect: Dialect,
    sql: &'r str,
    tokens: &'r [Token],
    scopes: &'r mut Scopes,
    at: usize,
    frames: Vec<Frame>,
}

impl<'r> Reader<'r> {
    fn of(
        dialect: Dialect,
        sql: &'r str,
        tokens: &'r [Token],
        scopes: &'r mut Scopes,
    ) -> Reader<'r> {
        let base = scopes.open(None);
        let scope = scopes.open(Some(base));
        let frame = Frame {
            scope,
            first: scope,
            base,
            is_query: true,
            in_from: false,
            next: Next::Any,
            writes: false,
            naming: None,
            in_with: false,
        };
        Reader {
            dialect,
            sql,
            tokens,
            scopes,
            at: 0,
            frames: vec![frame],
        }
    }

    fn read(mut self) {
        while self.at < self.tokens.len() {
            self.token();
        }
    }

    fn frame(&mut self) -> &mut Frame {
        // The whole is never closed: a `)` too many is passed over.
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is_word(self.sql, word))
    }

    fn is_one_of(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(at, word))
    }

    fn is_symbol(&self, at: usize, symbol: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is_symbol(self.sql, symbol))
    }

    fn follows(&self, words: &[&str]) -> bool {
        self.at > 0 && self.is_one_of(self.at - 1, words)
    }

    fn token(&mut self) {
        let token = self.tokens[self.at];
        if token.is_symbol(self.sql, "(") {
            self.open();
        } else if token.is_symbol(self.sql, ")") {
            self.close();
        } else if token.is_symbol(self.sql, ",") {
            let frame = self.frame();
            if frame.in_from {
                frame.next = Next::Table;
            }
        } else if token.is_symbol(self.sql, "*") {
            self.star();
        } else if token.kind == Kind::Word && self.keyword() {
            // Read.
        } else if matches!(token.kind, Kind::Word | Kind::Quoted) {
            self.name();
            return;
        } else if token.kind == Kind::Text {
            self.text(token);
        }
        self.at += 1;
    }

    fn open(&mut self) {
        let outer = *self.frame();
        let begins = [
            "SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE",
        ];
        let mut frame = outer;
        frame.naming = None;
        frame.in_with = false;
        if self.is_one_of(self.at + 1, &begins) {
            // A table in FROM sees what stands beside it only behind LATERAL; that it may is the careful reading.
            let above = if outer.in_with {
                outer.base
            } else {
                outer.scope
            };
            frame.base = self.scopes.open(Some(above));
            frame.scope = self.scopes.open(Some(frame.base));
            frame.first = frame.scope;
            frame.is_query = true;
            frame.in_from = false;
            frame.next = Next::Any;
            frame.writes = false;
        } else if outer.next != Next::Table {
            frame.is_query = false;
            frame.in_from = false;
            frame.next = Next::Any;
        }
        self.frames.push(frame);
    }

    fn close(&mut self) {
        if self.frames.len() == 1 {
            return;
        }
        self.frames.pop();
        let naming = self.frame().naming.take();
        let base = self.frame().base;
        if self.is_with_body() {
            if let Some(token) = naming {
                let name = self.text_of(token);
                self.scopes.with(base, name);
            }
        } else {
            self.frame().naming = naming;
        }
        let frame = self.frame();
        if frame.next == Next::Table {
            frame.next = Next::Alias;
            let scope = frame.scope;
            self.scopes.derived(scope);
        }
    }

    /// Whether the parenthesis that closes here was the body of a `WITH`, and not its list of columns.
    fn is_with_body(&self) -> bool {
        let is_list = self.is_word(self.at + 1, "AS");
        self.frames.last().is_some_and(|frame| frame.in_with) && !is_list
    }

    fn star(&mut self) {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let is_wildcard = match before {
            None => false,
            Some(token) if token.kind == Kind::Word => {
                let modifiers = [
                    "ALL",
                    "SQL_NO_CACHE",
                    "HIGH_PRIORITY",
                    "STRAIGHT_JOIN",
                    "SQL_CALC_FOUND_ROWS",
                ];
                is_reserved(token.text(self.sql)) || self.follows(&modifiers)
            }
            // `count(*)` reads no column.
            Some(token) => token.is_symbol(self.sql, ","),
        };
        if is_wildcard {
            let scope = self.frame().scope;
            self.scopes.star(scope, None);
        }
    }

    /// Whether the word is one that says how to read on.
    fn keyword(&mut self) -> bool {
        let (at, sql, token) = (self.at, self.sql, self.tokens[self.at]);
        let is = |words: &[&str]| words.iter().any(|word| token.is_word(sql, word));
        let Frame {
            is_query: query,
            in_from,
            in_with,
            next,
            ..
        } = *self.frame();
        if is(&["SELECT"]) {
            self.select();
        } else if is(&["WITH"]) && query && self.names_a_query() {
            self.frame().in_with = true;
            if self.is_word(at + 1, "RECURSIVE") {
                self.at += 1;
            }
            self.frame().naming = Some(self.at + 1);
            self.at += 1;
        } else if is(&["FROM"]) && query && !self.follows(&["DISTINCT"]) {
            self.tables();
        } else if is(&["JOIN"]) || (is(&["STRAIGHT_JOIN"]) && in_from) {
            if at > 0 && self.is_joined_naturally() {
                let scope = self.frame().scope;
                self.scopes.star(scope, None);
            }
            self.tables();
        } else if is(&["INTO"]) && query {
            self.frame().next = Next::Table;
        } else if is(&["USING"]) && query && !self.is_symbol(at + 1, "(") {
            self.frame().writes = false;
            self.tables();
        } else if is(&["INSERT", "REPLACE"]) && query && !self.is_symbol(at + 1, "(") {
            self.insert();
        } else if is(&["UPDATE"]) && query && !self.follows(&["DO", "KEY", "FOR", "THEN", "ON"]) {
            self.begin();
            // `UPDATE OR IGNORE t`.
            self.at += 2 * usize::from(self.is_word(at + 1, "OR"));
            self.frame().writes = true;
            self.tables();
        } else if is(&["DELETE", "MERGE"]) && query && !self.follows(&["THEN"]) {
            self.begin();
            self.frame().writes = true;
        } else if is(&[
            "ONLY",
            "LATERAL",
            "LOW_PRIORITY",
            "IGNORE",
            "QUICK",
            "DELAYED",
            "HIGH_PRIORITY",
        ]) && next == Next::Table
        {
            // It stands in front of the table.
        } else if is(&JOINS) && self.is_one_of(at + 1, &JOINED) {
            self.frame().next = Next::Any;
        } else if is(&ENDS_FROM) {
            self.ends_from();
            // What is no reserved word may be a column.
            return self.dialect == Dialect::Postgres || is(&RESERVED);
        } else if is(&["ON"]) && self.is_one_of(at + 1, &["CONFLICT", "DUPLICATE"]) {
            self.back_to_insert();
        } else if is(&["DO"]) && self.is_one_of(at + 1, &["NOTHING", "UPDATE"]) {
            self.at += usize::from(self.is_word(at + 1, "NOTHING"));
        } else if is(&["BY"]) && self.follows(&["GROUP", "ORDER", "PARTITION"])
            || is(&["ALL"]) && self.follows(&["UNION", "EXCEPT", "INTERSECT", "SELECT"])
            || is(&["ASC", "DESC"]) && self.follows_a_value()
            || is(&["MATERIALIZED"]) && in_with
            || is(&["AS"]) && next == Next::Alias
        {
            // It says no more than what stands beside it.
        } else if is(&["AS", "COLLATE", "OF", "OVER"]) {
            self.at += self.passes(at + 1);
        } else {
            return false;
        }
        true
    }

    /// Whether a value stands in front, so that this is none.
    fn follows_a_value(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.is_some_and(|token| match token.kind {
            Kind::Word => !is_reserved(token.text(self.sql)) && !self.follows(&["BY"]),
            Kind::Symbol => token.is_symbol(self.sql, ")"),
            _ => true,
        })
    }

    /// How many tokens the name behind a word takes that says that it is none of a column.
    fn passes(&self, at: usize) -> usize {
        let token = self.tokens.get(at);
        usize::from(token.is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Quoted)))
    }

    fn begin(&mut self) {
        let frame = self.frame();
        frame.in_with = false;
        frame.naming = None;
        frame.in_from = false;
        frame.next = Next::Any;
    }

    /// Each SELECT has tables of its own: those of a UNION's other half, or of the INSERT in front, are none of its.
    fn select(&mut self) {
        self.begin();
        let (base, at) = (self.frame().base, self.at);
        let is_first = at == 0 || self.is_symbol(at - 1, "(");
        let scope = if is_first {
            self.frame().scope
        } else {
            self.scopes.open(Some(base))
        };
        let frame = self.frame();
        frame.scope = scope;
        frame.writes = false;
    }

    /// `WITH name AS (` or `WITH name (columns) AS (`.
    fn names_a_query(&self) -> bool {
        let name = self.at + 1 + usize::from(self.is_word(self.at + 1, "RECURSIVE"));
        !self.is_word(name, "ORDINALITY")
            && (self.is_word(name + 1, "AS") || self.is_symbol(name + 1, "("))
    }

    fn tables(&mut self) {
        let frame = self.frame();
        frame.in_from = true;
        frame.next = Next::Table;
    }

    fn is_joined_naturally(&self) -> bool {
        let start = self.at.saturating_sub(3);
        (start..self.at).any(|at| self.is_word(at, "NATURAL"))
    }

    fn insert(&mut self) {
        if self.follows(&["THEN"]) {
            // MERGE's own: without a list of columns it is about all of them.
            if !self.is_symbol(self.at + 1, "(") {
                let scope = self.frame().scope;
                self.scopes.star(scope, None);
            }
            return;
        }
        self.begin();
        let frame = self.frame();
        frame.writes = true;
        frame.next = Next::Table;
        // `OR IGNORE`, `OR REPLACE`.
        if self.is_word(self.at + 1, "OR") {
            self.at += 2;
        }
    }

    fn ends_from(&mut self) {
        if self.is_word(self.at, "RETURNING") {
            self.back_to_insert();
        }
        let frame = self.frame();
        frame.in_from = false;
        frame.writes = false;
        frame.next = Next::Any;
    }

    fn back_to_insert(&mut self) {
        let frame = self.frame();
        frame.scope = frame.first;
        frame.in_from = false;
        frame.next = Next::Any;
    }

    /// A name, with whatever stands in front of it: `schema.table.column`.
    fn name(&mut self) {
        let begun = self.at;
        let mut parts = vec![self.text_of(begun)];
        let mut at = begun + 1;
        let mut star = false;
        while self.is_symbol(at, ".") {
            match self.tokens.get(at + 1) {
                Some(token) if matches!(token.kind, Kind::Word | Kind::Quoted) => {
                    parts.push(self.text_of(at + 1));
                }
                Some(token) if token.is_symbol(self.sql, "*") => star = true,
                _ => break,
            }
            at += 2;
        }
        self.at = at;
        let called = self.is_symbol(at, "(");
        if begun > 0 && (self.is_symbol(begun - 1, "::") || self.is_symbol(begun - 1, ":")) {
            // A type.
            return;
        }
        let frame = *self.frame();
        if frame.in_with && frame.is_query && (called || self.is_word(at, "AS")) {
            self.frame().naming = Some(begun);
            self.at += usize::from(self.is_word(at, "AS"));
            return;
        }
        match frame.next {
            Next::Table => self.table(parts, called && !frame.writes),
            Next::Alias if parts.len() == 1 && !self.is_one_of(begun, &NO_ALIAS) => {
                self.frame().next = Next::Any;
                self.scopes.alias(frame.scope, parts.swap_remove(0));
            }
            _ if called && !self.is_one_of(begun, &RESERVED) => {
                self.scopes.function(parts);
                self.frame().next = Next::Any;
            }
            _ => {
                self.frame().next = Next::Any;
                self.column(begun, parts, star);
            }
        }
    }

    fn table(&mut self, mut parts: Vec<String>, called: bool) {
        let frame = *self.frame();
        self.frame().next = Next::Alias;
        if called {
            self.scopes.function(parts);
            self.scopes.derived(frame.scope);
            return;
        }
        let table = parts.pop().unwrap_or_default();
        let schema = parts.pop().filter(|schema| !self.is_default(schema));
        let is_insert = frame.writes && !frame.in_from;
        let found = Found {
            every: is_insert && !self.is_listed(),
            schema,
            table,
            columns: BTreeSet::new(),
            writes: frame.writes,
        };
        self.scopes.table(frame.scope, found);
    }

    /// Whether a list of columns follows the table of an INSERT, behind its alias perhaps.
    fn is_listed(&self) -> bool {
        let mut at = self.at;
        if self.is_word(at, "AS") {
            at += 2;
        } else if self.is_word(at + 1, "USING") {
            at += 1;
        }
        let query = ["SELECT", "WITH", "VALUES"];
        let list = self.is_symbol(at, "(") && !self.is_one_of(at + 1, &query);
        list || self.is_one_of(at, &["SET", "USING"])
    }

    fn is_default(&self, schema: &str) -> bool {
        match self.dialect {
            Dialect::Postgres => schema == "public",
            Dialect::Sqlite => schema.eq_ignore_ascii_case("main"),
            Dialect::MySql => false,
        }
    }

    fn column(&mut self, begun: usize, mut parts: Vec<String>, star: bool) {
        let scope = self.frame().scope;
        if star {
            self.scopes.star(scope, parts.pop());
            return;
        }
        let plain = parts.len() == 1 && self.tokens[begun].kind == Kind::Word;
        // A placeholder of another database looks like a name in MySQL.
        if plain && (is_reserved(&parts[0]) || parts[0].starts_with('$')) {
            return;
        }
        let column = parts.pop().unwrap_or_default();
        self.scopes.column(scope, parts.pop(), column);
    }

    /// A sequence or table that is named by a string: `nextval('orders_id_seq')`, `'orders'::regclass`.
    fn text(&mut self, token: Token) {
        let cast = self.is_symbol(self.at + 1, "::") && self.is_word(self.at + 2, "regclass");
        let functions = ["nextval", "currval", "setval", "to_regclass"];
        let called = self.at > 1
            && self.is_symbol(self.at - 1, "(")
            && self.is_one_of(self.at - 2, &functions);
        if cast || called {
            let name = token.text(self.sql).trim_matches(['\'', '"']);
            let parts = name
                .split('.')
                .map(|part| part.trim_matches('"').to_owned());
            self.scopes.function(parts.collect());
        }
    }

    /// A name as the dialect folds it.
    fn text_of(&self, at: usize) -> String {
        let Some(token) = self.tokens.get(at) else {
            return String::new();
        };
        let text = token.text(self.sql);
        match (token.kind, self.dialect) {
            (Kind::Quoted, _) => unquoted(text),
            (_, Dialect::Postgres) => text.to_lowercase(),
            (_, Dialect::MySql | Dialect::Sqlite) => text.to_owned(),
        }
    }
}

fn is_reserved(word: &str) -> bool {
    RESERVED
        .iter()
        .any(|reserved| reserved.eq_ignore_ascii_case(word))
}

fn unquoted(text: &str) -> String {
    let inner = match text.strip_prefix("U&").unwrap_or(text) {
        bracketed if bracketed.starts_with('[') => {
            return bracketed.trim_matches(['[', ']']).to_owned();
        }
        quoted => quoted,
    };
    let quote = inner.chars().next().unwrap_or('"');
    let twice: String = [quote, quote].iter().collect();
    let inner = inner.strip_prefix(quote).unwrap_or(inner);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&twice, &quote.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a query uses: `users(id name)`, with `*` for every column and `!` for one that is written.
    fn uses(dialect: Dialect, sql: &str) -> String {
        let Read::Uses(found) = read(dialect, sql) else {
            return "unread".to_owned();
        };
        let mut shown: Vec<String> = found
            .into_iter()
            .map(|found| {
                let mut columns: Vec<String> = found.columns.into_iter().collect();
                columns.extend(found.every.then(|| "*".to_owned()));
                let schema = found.schema.map(|s| s + ".").unwrap_or_default();
                let mark = if found.writes { "!" } else { "" };
                format!("{schema}{}{mark}({})", found.table, columns.join(" "))
            })
            .collect();
        shown.sort();
        shown.join(" ")
    }

    #[track_caller]
    fn assert_uses(sql: &str, expected: &str) {
        for dialect in Dialect::ALL {
            assert_eq!(uses(dialect, sql), expected, "{dialect:?}: {sql}");
        }
    }

    #[test]
    fn plain_queries() {
        assert_uses(
            "SELECT id, name FROM users WHERE email = ?",
            "users(email id name)",
        );
        assert_uses("SELECT * FROM users", "users(*)");
        assert_uses("SELECT count(*) FROM users", "count() users()");
        assert_uses("SELECT price * 2 FROM goods", "goods(price)");
        assert_uses(
            "INSERT INTO users (id, name) VALUES (?, ?)",
            "users!(id name)",
        );
        assert_uses("INSERT INTO users VALUES (?, ?)", "users!(*)");
        assert_uses("INSERT INTO users SELECT a FROM old", "old(a) users!(*)");
        assert_uses("UPDATE users SET name = ? WHERE id = ?", "users!(id name)");
        assert_uses("DELETE FROM users WHERE id = ?", "users!(id)");
        assert_uses("SELECT 1", "");
        assert_uses("SELECT a FROM t WHERE b = $1", "t(a b)");
        assert_uses("BEGIN; SELECT a FROM t; COMMIT", "t(a)");
    }

    #[test]
    fn a_qualified_column_is_that_tables_alone() {
        assert_uses(
            "SELECT u.name, o.total FROM users u LEFT JOIN orders AS o ON o.user_id = u.id",
            "orders(total user_id) users(id name)",
        );
        assert_uses(
            "SELECT u.*, total FROM users u, orders o WHERE u.id = o.user_id ORDER BY o.at DESC",
            "orders(at total user_id) users(id total *)",
        );
        assert_uses("SELECT users.id FROM users", "users(id)");
        assert_uses("SELECT id FROM app.users", "app.users(id)");
        assert_uses("SELECT a.b.c FROM a.b", "a.b(c)");
    }

    #[test]
    fn a_sub_query_sees_what_is_around_it_and_not_the_other_way() {
        assert_uses(
            "SELECT name FROM users WHERE id IN (SELECT user_id FROM orders WHERE paid)",
            "orders(paid user_id) users(id name paid user_id)",
        );
        assert_uses(
            "SELECT n.total FROM (SELECT sum(x) AS total FROM goods) AS n WHERE n.total > 1",
            "goods(x) sum()",
        );
        assert_uses(
            "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)",
            "t(a id) u(t_id)",
        );
    }

    #[test]
    fn each_half_of_a_union_has_its_own_tables() {
        assert_uses("SELECT a FROM t UNION ALL SELECT b FROM u", "t(a) u(b)");
    }

    #[test]
    fn a_name_of_with_is_no_table_but_its_query_is_read() {
        assert_uses(
            "WITH late AS (SELECT id FROM orders WHERE due < ?) SELECT late.id, name FROM late JOIN users ON uid = late.id",
            "orders(due id) users(name uid)",
        );
        assert_uses(
            "WITH users AS (SELECT * FROM users) SELECT * FROM users",
            "users(*)",
        );
        assert_uses(
            "WITH a (x) AS (SELECT id FROM t), b AS (SELECT x FROM a) SELECT * FROM b",
            "t(id)",
        );
        let nested = "SELECT n FROM (SELECT 1) AS users WHERE EXISTS (SELECT secret FROM users)";
        assert_uses(nested, "users(secret)");
    }

    #[test]
    fn what_an_insert_says_behind_its_select_is_about_its_own_table() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let sql = "INSERT INTO t (a) SELECT b FROM u ON CONFLICT (a) DO UPDATE SET c = excluded.c RETURNING d";
            let shown = uses(dialect, sql);
            assert!(
                shown.starts_with("t!(a c d") || shown.contains(" c d"),
                "{shown}"
            );
            assert!(shown.ends_with("u(b)"), "{shown}");
        }
        let sql = "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE b = VALUES(b)";
        assert!(
            uses(Dialect::MySql, sql).starts_with("t!("),
            "{}",
            uses(Dialect::MySql, sql)
        );
        assert!(uses(Dialect::MySql, sql).contains(" a b"));
    }

    #[test]
    fn from_within_an_expression_is_no_list_of_tables() {
        let sql = "SELECT extract(year FROM born), a IS DISTINCT FROM b FROM users";
        assert_eq!(
            uses(Dialect::Postgres, sql),
            "extract() users(a b born year)"
        );
    }

    #[test]
    fn what_each_database_has_besides() {
        let (s, p, m) = (Dialect::Sqlite, Dialect::Postgres, Dialect::MySql);
        assert_eq!(
            uses(p, "SELECT to_jsonb(u) FROM users u"),
            "to_jsonb() users(u *)"
        );
        assert_eq!(uses(p, "SELECT \"Name\" FROM \"Users\""), "Users(Name)");
        assert_eq!(uses(p, "SELECT NAME FROM PUBLIC.USERS"), "users(name)");
        assert_eq!(uses(p, "SELECT id::text FROM t"), "t(id)");
        assert_eq!(
            uses(
                p,
                "UPDATE t SET a = n.a FROM unnest($1::int[]) AS n(a) WHERE t.id = n.id"
            ),
            "t!(a id) unnest()"
        );
        assert_eq!(
            uses(p, "DELETE FROM a USING b WHERE a.id = b.id"),
            "a!(id) b(id)"
        );
        assert_eq!(
            uses(
                p,
                "WITH gone AS (DELETE FROM t WHERE x RETURNING y) INSERT INTO log (z) SELECT y FROM gone"
            ),
            "log!(z) t!(x y)"
        );
        assert_eq!(
            uses(p, "SELECT nextval('orders_id_seq')"),
            "nextval() orders_id_seq()"
        );
        assert_eq!(uses(p, "SELECT a FROM t NATURAL JOIN u"), "t(a *) u(a *)");
        assert_eq!(uses(s, "INSERT OR REPLACE INTO t (a) VALUES (1)"), "t!(a)");
        assert_eq!(uses(s, "UPDATE OR IGNORE t SET a = 1"), "t!(a)");
        assert_eq!(uses(s, "SELECT [a b], `c` FROM t"), "t(a b c)");
        assert_eq!(
            uses(s, "SELECT offset FROM t LIMIT 1 OFFSET 2"),
            "t(OFFSET offset)"
        );
        assert_eq!(uses(m, "REPLACE INTO t (a) VALUES (1)"), "t!(a)");
        assert_eq!(uses(m, "UPDATE t, u SET t.a = u.b"), "t!(a) u!(b)");
        assert_eq!(
            uses(m, "DELETE t FROM t JOIN u ON t.id = u.id"),
            "t!(id t) u!(id t)"
        );
    }

    #[test]
    fn what_is_no_query_is_unread_with_all_its_words() {
        for (sql, word) in [
            ("CALL tidy('users')", "users"),
            ("EXECUTE 'SELECT 1 FROM users'", "users"),
            ("SELECT 'a FROM users", "users"),
        ] {
            for dialect in Dialect::ALL {
                let Read::Unread { words, .. } = read(dialect, sql) else {
                    panic!("{dialect:?} reads {sql}");
                };
                assert!(words.contains(word), "{words:?}");
            }
        }
    }
}
