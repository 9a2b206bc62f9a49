//! Can the text that an EXECUTE runs be read off the script?
//!
//! It can where all of it stands there: a literal, a variable that was set to literals right before, or a choice between them. What
//! comes from elsewhere (a table, a function, an earlier migration) is somebody else's text, of which nothing is known.

use std::collections::{HashMap, HashSet};

use onward_analysis::Dialect;
use onward_analysis::lex::{Kind, Token, lex};

/// A statement that begins so does all of it or nothing. `CALL`, `BEGIN NOT ATOMIC` and MariaDB's `SET STATEMENT … FOR` need not.
const WHOLE: [&str; 11] = [
    "ALTER", "CREATE", "DELETE", "DO", "DROP", "INSERT", "RENAME", "REPLACE", "SELECT", "TRUNCATE",
    "UPDATE",
];

/// What MySQL computes itself in a condition, and the keywords that a bracket may follow.
const CALLED: [&str; 18] = [
    "AND", "COALESCE", "COUNT", "DATABASE", "EXISTS", "IF", "IFNULL", "IN", "ISNULL", "LOWER",
    "MAX", "MIN", "NOT", "OR", "SCHEMA", "SUM", "UPPER", "WHERE",
];

/// Whether each of the `statements` of a script that reads like `execute` runs one statement whose text stands in the script.
pub(super) fn is_written(execute: &str, statements: &[&str]) -> bool {
    let mut known = Known::default();
    let mut found = false;
    for sql in statements {
        let tokens = significant(sql);
        if *sql == execute {
            found = true;
            if !known.executes(sql, &tokens) {
                return false;
            }
        }
        known.pass(sql, &tokens);
    }
    found
}

fn significant(sql: &str) -> Vec<Token> {
    let mut tokens = lex(sql, Dialect::MySql);
    tokens.retain(|token| token.is_significant());
    tokens
}

/// A text that stands in the script.
#[derive(Debug, Clone, Copy)]
struct Text {
    /// Whether it begins with a whole word that says that it does all or nothing.
    is_whole: bool,
}

/// What is known before a statement.
#[derive(Default)]
struct Known {
    variables: HashMap<String, Text>,
    /// The names of statements that were prepared from a text that is known to be whole.
    prepared: HashSet<String>,
}

impl Known {
    /// Whether the EXECUTE runs such a text.
    fn executes(&self, sql: &str, tokens: &[Token]) -> bool {
        let mut reader = self.reader(sql, tokens);
        if !reader.word("EXECUTE") {
            return false;
        }
        if reader.word("IMMEDIATE") {
            let text = reader.text();
            return text.is_some_and(|text| text.is_whole)
                && (reader.is_at_end() || reader.word("USING"));
        }
        let name = reader.next().map(|token| folded(sql, token));
        name.is_some_and(|name| self.prepared.contains(&name))
    }

    /// Takes in what a statement tells. Any other could set a variable or prepare a text out of sight: in a trigger, a function, a block.
    fn pass(&mut self, sql: &str, tokens: &[Token]) {
        let begins = |word: &str| tokens.first().is_some_and(|token| token.is_word(sql, word));
        if begins("SET") {
            if self.set(sql, tokens).is_none() {
                self.variables.clear();
            }
        } else if begins("PREPARE") {
            self.prepare(sql, tokens);
        } else if begins("EXECUTE") {
            self.variables.clear();
        } else if !begins("DEALLOCATE") {
            *self = Known::default();
        }
    }

    /// `SET @a = …, @b = …`; none where one of them is not known.
    fn set(&mut self, sql: &str, tokens: &[Token]) -> Option<()> {
        let mut rest = &tokens[1..];
        loop {
            let mut reader = self.reader(sql, rest);
            let name = reader.next().filter(|it| it.kind == Kind::Parameter)?;
            if !reader.symbol("=") && !reader.symbol(":=") {
                return None;
            }
            let text = reader.text()?;
            let ends = reader.is_at_end();
            if !ends && !reader.symbol(",") {
                return None;
            }
            rest = reader.rest;
            self.variables.insert(folded(sql, name), text);
            if ends {
                return Some(());
            }
        }
    }

    /// `PREPARE p FROM …`
    fn prepare(&mut self, sql: &str, tokens: &[Token]) {
        let mut reader = self.reader(sql, &tokens[1..]);
        let Some(name) = reader.next().map(|token| folded(sql, token)) else {
            return;
        };
        let text = match reader.word("FROM") {
            true => reader.text(),
            false => None,
        };
        match text.is_some_and(|text| text.is_whole) && reader.is_at_end() {
            true => self.prepared.insert(name),
            false => self.prepared.remove(&name),
        };
    }

    fn reader<'v, 's>(&'v self, sql: &'s str, rest: &'s [Token]) -> Reader<'v, 's> {
        Reader {
            sql,
            rest,
            variables: &self.variables,
        }
    }
}

/// Names of variables and prepared statements are the same in any case.
fn folded(sql: &str, token: Token) -> String {
    token.text(sql).trim_matches('`').to_lowercase()
}

/// Reads an expression token by token. What it does not know is no text.
struct Reader<'v, 's> {
    sql: &'s str,
    rest: &'s [Token],
    variables: &'v HashMap<String, Text>,
}

impl Reader<'_, '_> {
    fn text(&mut self) -> Option<Text> {
        if self.symbol("(") {
            let text = match self.word("SELECT") {
                true => self.selected()?,
                false => self.text()?,
            };
            return self.symbol(")").then_some(text);
        }
        if self.called("IF") {
            self.condition()?;
            let then = self.argument()?;
            let other = self.argument()?;
            let is_whole = then.is_whole && other.is_whole;
            return self.symbol(")").then_some(Text { is_whole });
        }
        if self.called("CONCAT") {
            let first = self.text()?;
            while self.symbol(",") {
                self.text()?;
            }
            return self.symbol(")").then_some(first);
        }
        let token = self.next()?;
        match token.kind {
            Kind::Text => literal(token.text(self.sql)),
            Kind::Parameter => self.variables.get(&folded(self.sql, token)).copied(),
            _ => None,
        }
    }

    fn argument(&mut self) -> Option<Text> {
        match self.symbol(",") {
            true => self.text(),
            false => None,
        }
    }

    /// `SELECT …`, be it of MySQL's own schema, up to the bracket that closes it.
    fn selected(&mut self) -> Option<Text> {
        let text = self.text()?;
        if self.rest.first()?.is_word(self.sql, "FROM") {
            self.condition()?;
        }
        Some(text)
    }

    /// Goes to the comma or bracket that ends a condition; none where it reads or calls what is not MySQL's own, or sets a variable.
    fn condition(&mut self) -> Option<()> {
        // Whether each open bracket has come to its FROM: a comma behind that is a join.
        let mut reads = vec![false];
        let mut before: Option<Token> = None;
        loop {
            let token = *self.rest.first()?;
            let is = |symbol: &str| token.is_symbol(self.sql, symbol);
            if reads.len() == 1 && (is(")") || is(",") && !reads[0]) {
                return Some(());
            }
            self.rest = &self.rest[1..];
            if is("(") {
                let may = before.is_none_or(|word| match word.kind {
                    Kind::Word => CALLED.iter().any(|known| word.is_word(self.sql, known)),
                    kind => kind == Kind::Symbol,
                });
                if !may {
                    return None;
                }
                reads.push(false);
            } else if is(")") {
                reads.pop();
            } else if token.is_word(self.sql, "FROM") {
                *reads.last_mut()? = true;
                self.own_table()?;
            } else if token.is_word(self.sql, "JOIN") {
                self.own_table()?;
            } else if is(":=")
                || is(",") && *reads.last()?
                || ["INTO", "UNION", "TABLE"]
                    .iter()
                    .any(|word| token.is_word(self.sql, word))
            {
                return None;
            }
            before = Some(token);
        }
    }

    /// `information_schema.x`
    fn own_table(&mut self) -> Option<()> {
        let schema = folded(self.sql, self.next()?);
        let own = schema == "information_schema" && self.symbol(".");
        self.next().filter(|_| own).map(|_| ())
    }

    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn word(&mut self, word: &str) -> bool {
        self.take(|token, sql| token.is_word(sql, word))
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.take(|token, sql| token.is_symbol(sql, symbol))
    }

    /// The function's name and the bracket behind it.
    fn called(&mut self, name: &str) -> bool {
        self.word(name) && self.symbol("(")
    }

    fn take(&mut self, is: impl Fn(Token, &str) -> bool) -> bool {
        let taken = self.rest.first().is_some_and(|token| is(*token, self.sql));
        self.rest = &self.rest[usize::from(taken)..];
        taken
    }
}

/// A string without a prefix: `x'…'` and the like spell it in another way.
fn literal(text: &str) -> Option<Text> {
    let inside = text.strip_prefix(['\'', '"'])?.trim_start();
    let length = inside.find(|c: char| c.is_ascii_whitespace());
    let first = length.map_or("", |length| &inside[..length]);
    Some(Text {
        is_whole: WHOLE.iter().any(|word| first.eq_ignore_ascii_case(word)),
    })
}

#[cfg(test)]
mod tests {
    use onward_analysis::split::split;

    use super::*;

    fn is_written(execute: &str, script: &str) -> bool {
        let pieces = split(script, Dialect::MySql);
        let statements: Vec<&str> = pieces.iter().map(|piece| piece.span.of(script)).collect();
        super::is_written(execute, &statements)
    }

    /// Whether the text is known where this stands before `PREPARE p FROM @s; EXECUTE p`.
    fn is_known(before: &str) -> bool {
        is_written(
            "EXECUTE p",
            &format!("{before}; PREPARE p FROM @s; EXECUTE p; DEALLOCATE PREPARE p"),
        )
    }

    #[test]
    fn what_stands_in_the_script_is_known() {
        for set in [
            "SET @s = 'ALTER TABLE t ADD x int'",
            "SET @S := \"ALTER TABLE t COMMENT 'it''s'\"",
            "SET @s = 'ALTER TABLE t COMMENT \\'from todo\\''",
            "-- it's FROM todo\nSET @s = 'SELECT 1'",
            "SET @t = 't'; SET @s = CONCAT('DROP TABLE ', @t, ' ')",
            "SET @t = 't', @s = CONCAT('DROP TABLE ', @t)",
            "SET @s = IF(1 > 0, 'ALTER TABLE t ADD x int', 'SELECT 1')",
            "SET @s = (SELECT IF(count(*) > 0, 'SELECT 1', 'DROP TABLE t') FROM information_schema.tables WHERE table_name IN ('a', 'b'))",
            "SET @db = DATABASE(); SET @t = 't'; SET @s = (SELECT IF((SELECT COUNT(*) FROM `INFORMATION_SCHEMA`.COLUMNS \
             WHERE (table_name = @t) AND (table_schema = @db)) > 0, 'SELECT 1', CONCAT('ALTER TABLE ', @t, ' ADD x int')))",
            "SET @s = IF(NOT EXISTS(SELECT 1 FROM/**/information_schema.columns WHERE table_schema = DATABASE()), 'SELECT 1', 'DO 0 ')",
        ] {
            assert!(is_known(set), "{set}");
        }
        assert!(is_written(
            "EXECUTE p",
            "PREPARE p FROM 'DROP TABLE t'; EXECUTE p"
        ));
        let at_once = "EXECUTE IMMEDIATE 'DROP TABLE t'";
        assert!(is_written(at_once, at_once));
    }

    #[test]
    fn what_comes_from_elsewhere_is_not() {
        for set in [
            // A variable or a statement of an earlier migration.
            "SELECT 1",
            "-- it's\nSELECT `sql` INTO @s FROM todo; -- it's",
            "SELECT \"it's\", s INTO @x, @s FROM todo WHERE x = \"it's\"",
            "SELECT 'it\\'s', s INTO @x, @s FROM todo WHERE x = 'it\\'s'",
            "SET @s = (SELECT t.s FROM information_schema.tables i, todo t)",
            "SET @s = (SELECT s FROM/**/todo)",
            "SET @s = 'SELECT 1'; UPDATE todo SET done = 1 WHERE (@s := s) IS NOT NULL",
            "SET @s = 'SELECT 1'; INSERT INTO with_trigger VALUES (1)",
            "SET @s = 'SELECT 1', @x = (@s := next_text())",
            "SET @s = next_text()",
            "SET @s = CONCAT('ALTER ', next_text())",
            "SET @s = CONCAT('ALTER TABLE ', @t)",
            "SET @s = IF(next_text() = '', 'SELECT 1', 'DROP TABLE t')",
            "SET @s = IF((@s := 'x') = '', 'SELECT 1', 'DROP TABLE t')",
            "SET @s = IF((SELECT count(*) FROM todo) > 0, 'SELECT 1', 'DROP TABLE t')",
            "SET @s = IF((SELECT count(*) FROM information_schema.tables i, todo t) > 0, 'SELECT 1', 'DROP TABLE t')",
            "SET @s = IF((SELECT count(*) FROM information_schema.tables JOIN todo) > 0, 'SELECT 1', 'DROP TABLE t')",
            "SET @s = (SELECT IF(1, 'SELECT 1', 'DROP TABLE t') FROM information_schema.tables i, todo t)",
            "SET @s = (SELECT table_comment FROM information_schema.tables)",
            "/*!50000 SELECT s INTO @s FROM todo */",
            "CREATE PROCEDURE f() BEGIN SET @s = 'SELECT 1'; END",
            // A procedure, in other letters.
            "SET @s = CONCAT('CA', 'LL half()')",
            "SET @s = '\\C\\A\\L\\L half()'",
            "SET @s = x'43414c4c2068616c662829'",
            "SET @s = 'SET STATEMENT max_statement_time = 1 FOR CALL half()'",
            "SET @s = IF(1, 'SELECT 1', 'CALL half()')",
        ] {
            assert!(!is_known(set), "{set}");
        }
        for script in [
            "EXECUTE p",
            "EXECUTE p; PREPARE p FROM 'DROP TABLE t'; EXECUTE p",
            "PREPARE p FROM 'DROP TABLE t'; PREPARE p FROM @s; EXECUTE p",
            "CREATE PROCEDURE f() BEGIN PREPARE p FROM 'SELECT 1'; END; EXECUTE p",
        ] {
            assert!(!is_written("EXECUTE p", script), "{script}");
        }
        let at_once = "EXECUTE IMMEDIATE @s";
        assert!(!is_written(at_once, at_once));
    }
}
