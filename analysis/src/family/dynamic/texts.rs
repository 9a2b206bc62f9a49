//! Which texts may an expression have as its value?

use crate::Dialect;
use crate::act::HOLE;
use crate::family::Script;
use crate::family::cursor::Cursor;
use crate::family::literal::string;
use crate::lex::{Kind, Token};

/// The texts that a variable or prepared statement may hold; none where they are not known.
pub(in crate::family) type Texts = Option<Vec<String>>;

/// More texts than this are no choice but a program.
pub(in crate::family) const MOST: usize = 16;

/// A longer text is no statement that a person wrote; put together from itself again and again, it would fill memory.
pub(in crate::family) const LONGEST: usize = 1 << 16;

/// Stands for the name of the database in a text that is put together from it; no such character is in SQL.
pub(in crate::family) const DATABASE: &str = "\u{1}";

impl Script<'_> {
    /// Every text that an expression may have as its value; none where that is not known.
    pub(in crate::family) fn texts(&self, value: &[Token]) -> Texts {
        let texts = self.texts_of(Cursor::new(self.dialect, self.sql, value), 0)?;
        (texts.len() <= MOST).then_some(texts)
    }

    /// Those of a part of an expression.
    pub(in crate::family) fn texts_within(&self, value: &[Token], depth: u32) -> Texts {
        self.texts_of(Cursor::new(self.dialect, self.sql, value), depth + 1)
    }

    fn texts_of(&self, mut cursor: Cursor<'_>, depth: u32) -> Texts {
        if depth > 16 {
            return None;
        }
        let inner = |tokens: &[Token]| {
            self.texts_of(Cursor::new(self.dialect, self.sql, tokens), depth + 1)
        };
        if let Some(texts) = self.assembled(cursor, depth) {
            return texts;
        }
        let first = cursor.peek()?;
        let is_whole = |cursor: &Cursor<'_>| cursor.is_done();
        if cursor.sees_symbol("(") {
            let within = cursor.parentheses()?;
            return if is_whole(&cursor) {
                inner(within)
            } else {
                None
            };
        }
        if cursor.eat("SELECT") {
            return self.texts_of_query(cursor, depth);
        }
        if self.is_looked_up(cursor) {
            return Some(vec![HOLE.to_owned()]);
        }
        if cursor.eat("NULL") {
            return is_whole(&cursor).then(Vec::new);
        }
        if cursor.eat("CASE") {
            return self.cases(cursor, depth);
        }
        if cursor.eat_any(&["IF", "IFNULL", "COALESCE", "CONCAT"]) {
            let mut within = Cursor::new(self.dialect, self.sql, cursor.parentheses()?);
            if !is_whole(&cursor) {
                return None;
            }
            let joined = first.is_word(self.sql, "CONCAT");
            if first.is_word(self.sql, "IF") {
                within.skip_to_comma();
            }
            let parts: Option<Vec<Vec<String>>> = within.list().into_iter().map(inner).collect();
            let parts = parts?;
            return if joined {
                join(&parts)
            } else {
                Some(parts.concat())
            };
        }
        if cursor.eat_any(&["DATABASE", "SCHEMA"]) {
            let here = cursor.parentheses().is_some_and(<[Token]>::is_empty) && cursor.is_done();
            return here.then(|| vec![DATABASE.to_owned()]);
        }
        if first.kind == Kind::Word {
            let name = first.text(self.sql).to_lowercase();
            let known = match self.dialect {
                Dialect::Postgres => self.dynamic.variables.get(&name),
                _ => self.dynamic.arguments.get(&name),
            };
            cursor.next();
            return if is_whole(&cursor) {
                known?.clone()
            } else {
                None
            };
        }
        if first.kind == Kind::Parameter {
            let known = self
                .dynamic
                .variables
                .get(&first.text(self.sql).to_lowercase());
            cursor.next();
            return if is_whole(&cursor) {
                known?.clone()
            } else {
                None
            };
        }
        // Literals side by side, or joined by `||` in PostgreSQL, are one.
        let mut text = String::new();
        while let Some(token) = cursor.next() {
            text.push_str(&string(self.dialect, self.sql, token)?);
            let bars = cursor.eat_symbol("||");
            if bars && (self.dialect == Dialect::MySql || cursor.is_done()) {
                return None;
            }
        }
        Some(vec![text])
    }

    /// What a query puts out, whose first word has been read: a name where it reads one from the catalogs of MySQL.
    pub(in crate::family) fn texts_of_query(&self, mut cursor: Cursor<'_>, depth: u32) -> Texts {
        let over = self.dialect == Dialect::MySql && cursor.holds("INFORMATION_SCHEMA");
        let outer = self.dynamic.catalog.replace(over);
        let start = cursor.at;
        cursor.skip_to(&["AS", "INTO", "FROM", "WHERE", "LIMIT"]);
        let texts = self.texts_within(&cursor.tokens[start..cursor.at], depth);
        self.dynamic.catalog.set(outer);
        texts
    }

    /// `k.CONSTRAINT_NAME` in a query over the catalogs, where no variable of the body is called so.
    fn is_looked_up(&self, mut cursor: Cursor<'_>) -> bool {
        if !self.dynamic.catalog.get() {
            return false;
        }
        let Some(mut name) = cursor.ident() else {
            return false;
        };
        let alone = cursor.is_done();
        while cursor.eat_symbol(".") {
            let Some(next) = cursor.ident() else {
                return false;
            };
            name = next;
        }
        name.make_ascii_lowercase();
        let ours = alone && self.dynamic.arguments.contains_key(&name);
        cursor.is_done() && !ours && ["constraint_name", "index_name"].contains(&name.as_str())
    }

    /// The texts of the branches of a `CASE … END`, whose first word has been read.
    fn cases(&self, mut cursor: Cursor<'_>, depth: u32) -> Texts {
        let mut texts = Vec::new();
        while cursor.skip_to(&["THEN", "ELSE", "END"]) {
            if cursor.eat("END") {
                return cursor.is_done().then_some(texts);
            }
            cursor.pass(1);
            let start = cursor.at;
            cursor.skip_to(&["WHEN", "ELSE", "END"]);
            let branch = Cursor::new(self.dialect, self.sql, &cursor.tokens[start..cursor.at]);
            texts.extend(self.texts_of(branch, depth + 1)?);
        }
        None
    }
}

impl Cursor<'_> {
    /// Takes everything up to the first comma outside of parentheses, and the comma.
    fn skip_to_comma(&mut self) {
        while !self.is_done() && !self.eat_symbol(",") {
            self.skip();
        }
    }
}

/// Every way to put one of each of `parts` behind the other.
pub(in crate::family) fn join(parts: &[Vec<String>]) -> Texts {
    let mut texts = vec![String::new()];
    for part in parts {
        texts = texts
            .iter()
            .flat_map(|head| part.iter().map(move |tail| format!("{head}{tail}")))
            .collect();
        if texts.len() > MOST || texts.iter().any(|text| text.len() > LONGEST) {
            return None;
        }
    }
    Some(texts)
}
