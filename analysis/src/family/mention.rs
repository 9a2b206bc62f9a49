//! Which names stand in a statement of PostgreSQL?

use super::cursor::Cursor;
use super::literal::{dollar, string};
use super::significant;
use crate::Dialect;
use crate::act::{Act, Name};
use crate::lex::{Kind, Token};

/// A name that stands in a statement, or in a body that runs with it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mention {
    pub(crate) name: Name,
    /// Whether it is called as a function.
    pub(crate) calls: bool,
}

/// Which names are asked for.
#[derive(Clone, Copy)]
pub(crate) enum Names<'n> {
    All,
    /// Those before parentheses or with something that qualifies them, and of those only such as may be known, by their last
    /// part.
    CalledOrQualified(&'n dyn Fn(&str) -> bool),
}

impl Names<'_> {
    /// Whether the name that begins with the unquoted word before `rest` is none that is asked for.
    fn leave_out(self, sql: &str, word: Token, rest: &[Token]) -> bool {
        let Names::CalledOrQualified(may_be_known) = self else {
            return false;
        };
        match rest {
            [open, ..] if open.is_symbol(sql, "(") => !may_be_known(word.text(sql)),
            [dot, last, ..] if dot.is_symbol(sql, ".") => {
                last.kind == Kind::Word && !may_be_known(last.text(sql))
            }
            _ => true,
        }
    }
}

/// The names in the statement that `tokens` of `sql` are, each once.
pub(crate) fn mentions(sql: &str, tokens: &[Token], asked: Names<'_>) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut bodies = mentioned(sql, tokens, asked, &mut found);
    while let Some(body) = bodies.pop() {
        let tokens = significant(Dialect::Postgres, &body);
        bodies.extend(mentioned(&body, &tokens, asked, &mut found));
    }
    found.sort();
    found.dedup();
    found
}

/// The names in a text, and in the texts within it.
pub(crate) fn mentions_in(text: &str) -> Vec<Mention> {
    mentions(text, &significant(Dialect::Postgres, text), Names::All)
}

/// Notes the names in a text; the texts within it.
fn mentioned(
    sql: &str,
    tokens: &[Token],
    asked: Names<'_>,
    found: &mut Vec<Mention>,
) -> Vec<String> {
    let mut bodies = Vec::new();
    let mut cursor = Cursor::new(Dialect::Postgres, sql, tokens);
    while let Some(token) = cursor.peek() {
        let rest = cursor.rest().get(1..).unwrap_or(&[]);
        if token.kind == Kind::Word && asked.leave_out(sql, token, rest) {
            cursor.pass(1);
            continue;
        }
        match cursor.name() {
            Some(name) => found.push(Mention {
                name,
                calls: cursor.sees_symbol("("),
            }),
            None => {
                let before = cursor.at.checked_sub(1).and_then(|at| tokens.get(at));
                let body = match token.kind {
                    Kind::Dollar => dollar(token.text(sql)).is_some(),
                    Kind::Text => before
                        .is_some_and(|word| word.is_word(sql, "AS") || word.is_word(sql, "DO")),
                    _ => false,
                };
                bodies.extend(body.then(|| string(cursor.dialect, sql, token)).flatten());
                cursor.pass(1);
            }
        }
    }
    bodies
}

/// Whether the statement has constraints or indexes computed again for rows that are there.
pub(crate) fn builds_anew(sql: &str, tokens: &[Token]) -> bool {
    let cursor = Cursor::new(Dialect::Postgres, sql, tokens);
    cursor.sees_any(&["REINDEX", "ANALYZE", "VACUUM", "CLUSTER"])
        || (cursor.sees("ALTER TABLE") && cursor.holds("VALIDATE"))
        || (cursor.sees("ALTER DOMAIN") && (cursor.holds("ADD") || cursor.holds("VALIDATE")))
}

/// `CREATE OPERATOR sign (FUNCTION = name, …)`, of which the first two words have been read.
pub(super) fn operator(mut cursor: Cursor<'_>) -> Option<Act> {
    if cursor.sees_any(&["CLASS", "FAMILY"]) {
        return None;
    }
    let mut sign = String::new();
    while let Some(token) = cursor.peek().filter(|_| !cursor.sees_symbol("(")) {
        if token.kind != Kind::Word && token.kind != Kind::Quoted {
            sign.push_str(token.text(cursor.sql));
        }
        cursor.pass(1);
    }
    let sign = sign.trim_start_matches('.').to_owned();
    let options = Cursor::new(cursor.dialect, cursor.sql, cursor.parentheses()?).list();
    let function = |option: &[_]| {
        let mut option = Cursor::new(cursor.dialect, cursor.sql, option);
        option.eat_any(&["FUNCTION", "PROCEDURE"]).then_some(())?;
        option.eat_symbol("=").then_some(())?;
        option.name()
    };
    let function = options.into_iter().find_map(function)?;
    Some(Act::CreateOperator { sign, function })
}
