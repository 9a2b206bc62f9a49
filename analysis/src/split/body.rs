//! Does a `;` stand inside the body of a trigger, routine or event?

use crate::Dialect;
use crate::lex::{Kind, Token};

/// Follows the blocks of one statement, token by token.
pub(super) struct Bodies {
    dialect: Dialect,
    shape: Shape,
    blocks: Vec<Block>,
}

/// What kind of statement it is, as far as bodies go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Its first words do not tell yet.
    Head,
    /// It has no body.
    Plain,
    /// `CREATE TRIGGER` of SQLite, before its `BEGIN`.
    Trigger,
    /// The same after `BEGIN`: it ends at the `END` that follows a `;`.
    TriggerBody,
    /// A routine of PostgreSQL, whose body may be `BEGIN ATOMIC … END`.
    Atomic,
    /// A rule of PostgreSQL, whose actions may stand in parentheses.
    Rule,
    /// A routine, trigger or event of MySQL, or a bare block of MariaDB.
    Routine,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// `BEGIN`, `IF`, `LOOP`, `WHILE`, `FOR` or `CASE` as a statement: holds statements, ends after a `;`.
    Statements,
    /// `REPEAT … UNTIL condition END REPEAT`.
    Repeat,
    /// `CASE` within an expression.
    Case,
    /// An open parenthesis.
    Parenthesis,
}

/// How many tokens the words before `PROCEDURE` may take; `DEFINER = name@host` is among them.
const LONGEST_HEAD: usize = 24;

impl Bodies {
    pub(super) fn new(dialect: Dialect) -> Bodies {
        Bodies {
            dialect,
            shape: Shape::Head,
            blocks: Vec::new(),
        }
    }

    /// Makes ready for the next statement; says whether the one before it ended inside a body.
    pub(super) fn reset(&mut self, sql: &str, tokens: &[Token]) -> bool {
        let open = self.is_inside(sql, tokens);
        self.shape = Shape::Head;
        self.blocks.clear();
        open
    }

    /// Whether what follows `tokens` still belongs to the statement, whatever terminator comes.
    pub(super) fn is_inside(&self, sql: &str, tokens: &[Token]) -> bool {
        match (self.shape, tokens) {
            (Shape::TriggerBody, [.., before, last]) => {
                !(last.is_word(sql, "END") && before.kind == Kind::Terminator)
            }
            _ => !self.blocks.is_empty(),
        }
    }

    /// Takes in the last of `tokens`.
    pub(super) fn read(&mut self, sql: &str, tokens: &[Token]) {
        if self.shape == Shape::Plain {
            return;
        }
        let Some((&last, before)) = tokens.split_last() else {
            return;
        };
        let step = Step { sql, last, before };
        match self.shape {
            Shape::Head => self.head(&step),
            Shape::Plain | Shape::TriggerBody => {}
            Shape::Trigger => {
                if step.is("BEGIN") {
                    self.shape = Shape::TriggerBody;
                }
            }
            Shape::Atomic => self.atomic(&step),
            Shape::Rule => self.rule(&step),
            Shape::Routine => self.routine(&step),
        }
    }

    fn head(&mut self, step: &Step<'_>) {
        self.shape = if step.before.is_empty() {
            let block = ["IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"];
            match self.dialect {
                Dialect::MySql if step.is_any(&block) => {
                    self.shape = Shape::Routine;
                    return self.routine(step);
                }
                Dialect::MySql if step.is_any(&["ALTER", "BEGIN"]) => Shape::Head,
                _ if step.is("CREATE") => Shape::Head,
                _ => Shape::Plain,
            }
        } else if step.before.len() > LONGEST_HEAD {
            Shape::Plain
        } else {
            self.head_word(step)
        };
    }

    fn head_word(&mut self, step: &Step<'_>) -> Shape {
        let first = |word| step.before[0].is_word(step.sql, word);
        if first("BEGIN") {
            // `BEGIN NOT ATOMIC` of MariaDB; any other `BEGIN` begins a transaction.
            if step.is("NOT") {
                self.blocks.push(Block::Statements);
                return Shape::Routine;
            }
            return Shape::Plain;
        }
        if step.is_any(&[
            "TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE", "SERVER", "SEQUENCE",
        ]) {
            return Shape::Plain;
        }
        match self.dialect {
            Dialect::Sqlite if step.is("TRIGGER") => Shape::Trigger,
            Dialect::Postgres if step.is_any(&["FUNCTION", "PROCEDURE"]) => Shape::Atomic,
            Dialect::Postgres if step.is("RULE") => Shape::Rule,
            Dialect::MySql if step.is("EVENT") => Shape::Routine,
            Dialect::MySql if first("CREATE") => {
                if step.is_any(&["PROCEDURE", "FUNCTION", "TRIGGER", "PACKAGE"]) {
                    Shape::Routine
                } else {
                    Shape::Head
                }
            }
            _ => Shape::Head,
        }
    }

    fn atomic(&mut self, step: &Step<'_>) {
        if step.is("ATOMIC") && step.follows("BEGIN") {
            self.blocks.push(Block::Statements);
        } else if !self.blocks.is_empty() && step.is("CASE") {
            self.blocks.push(Block::Case);
        } else if step.is("END")
            && (step.ends_statements() || step.follows("ATOMIC") || self.top() == Some(Block::Case))
        {
            self.blocks.pop();
        }
    }

    fn rule(&mut self, step: &Step<'_>) {
        if step.last.is_symbol(step.sql, "(") {
            self.blocks.push(Block::Parenthesis);
        } else if step.last.is_symbol(step.sql, ")") {
            self.blocks.pop();
        }
    }

    fn routine(&mut self, step: &Step<'_>) {
        let ended = step.follows("END");
        if step.is("BEGIN") && !step.is_operand() {
            self.blocks.push(Block::Statements);
        } else if step.is("CASE") && !ended {
            let statement = self.begins_statement(step);
            let block = if statement {
                Block::Statements
            } else {
                Block::Case
            };
            self.blocks.push(block);
        } else if step.is("REPEAT") {
            if !ended && self.begins_statement(step) {
                self.blocks.push(Block::Repeat);
            } else if ended && self.top() == Some(Block::Repeat) {
                self.blocks.pop();
            }
        } else if step.is_any(&["IF", "LOOP", "WHILE", "FOR"])
            && !ended
            && self.begins_statement(step)
        {
            self.blocks.push(Block::Statements);
        } else if step.is("END") {
            let closes = match self.top() {
                Some(Block::Case) => !step.is_operand(),
                Some(Block::Statements) => step.ends_statements() || step.follows("BEGIN"),
                _ => false,
            };
            if closes {
                self.blocks.pop();
            }
        }
    }

    fn top(&self) -> Option<Block> {
        self.blocks.last().copied()
    }

    /// Whether the last token is where a statement begins.
    fn begins_statement(&self, step: &Step<'_>) -> bool {
        let Some(&before) = step.before.last() else {
            return true;
        };
        let word = |words: &[&str]| words.iter().any(|word| before.is_word(step.sql, word));
        if word(&["THEN", "ELSE"]) {
            // Within an expression a value follows, and `IF(…)` is a function.
            return self.top() != Some(Block::Case);
        }
        // Without a block the body is one statement, after the routine's head.
        let after_head = || {
            before.kind == Kind::Text
                || before.is_symbol(step.sql, ")")
                || word(&["ROW", "DETERMINISTIC", "DATA", "SQL", "INVOKER", "DEFINER"])
                || step.before.iter().rev().nth(1).is_some_and(|token| {
                    token.is_word(step.sql, "FOLLOWS") || token.is_word(step.sql, "PRECEDES")
                })
        };
        step.ends_statements()
            || before.is_symbol(step.sql, ":")
            || word(&["BEGIN", "LOOP", "REPEAT", "DO", "ATOMIC"])
            || (self.blocks.is_empty() && after_head())
    }
}

/// The last token and those before it.
struct Step<'a> {
    sql: &'a str,
    last: Token,
    before: &'a [Token],
}

impl Step<'_> {
    fn is(&self, word: &str) -> bool {
        self.last.is_word(self.sql, word)
    }

    fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    fn follows(&self, word: &str) -> bool {
        let before = self.before.last();
        before.is_some_and(|token| token.is_word(self.sql, word))
    }

    /// Whether a statement ends right before the last token.
    fn ends_statements(&self) -> bool {
        let before = self.before.last();
        before.is_some_and(|token| token.is_symbol(self.sql, ";"))
    }

    /// Whether the last token is a name: a keyword that is none.
    fn is_operand(&self) -> bool {
        let before = self.before.last();
        before.is_some_and(|token| {
            [".", ",", "(", "="]
                .iter()
                .any(|sign| token.is_symbol(self.sql, sign))
        })
    }
}
