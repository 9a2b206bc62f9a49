//! Does an expression only ask what stands in the catalog?
//!
//! MySQL's migrations say "if it is not there yet" by `SET @s = (SELECT IF(EXISTS(SELECT 1 FROM information_schema.columns …), …))`.
//! Such a question touches no data whatever the answer is, and to build a syntax tree of it takes longer than all else that the
//! statement asks for.

use super::cursor::Cursor;
use crate::Dialect;
use crate::lex::Kind;

/// What stands before parentheses and does nothing but compute.
const COMPUTES: [&str; 13] = [
    "AND", "COALESCE", "CONCAT", "COUNT", "DATABASE", "EXISTS", "FROM", "IF", "IFNULL", "IN",
    "NOT", "OR", "SCHEMA",
];

/// What may hide more than is looked at here.
const MORE: [&str; 7] = [
    "INTO",
    "JOIN",
    "LOCK",
    "PROCEDURE",
    "TABLE",
    "UPDATE",
    "WITH",
];

/// Whether the expression asks for nothing: every table of its queries is one of `information_schema`.
pub(super) fn is_idle(mut cursor: Cursor<'_>) -> bool {
    if cursor.dialect != Dialect::MySql {
        return false;
    }
    let (mut open, mut asks) = (0usize, false);
    while let Some(token) = cursor.peek() {
        match token.kind {
            Kind::Word if cursor.eat("FROM INFORMATION_SCHEMA") => {
                asks = true;
                let one = cursor.eat_symbol(".") && cursor.ident().is_some();
                let mut alias = cursor;
                alias.eat("AS");
                alias.ident();
                if !one || cursor.sees_symbol(",") || alias.sees_symbol(",") {
                    return false;
                }
                continue;
            }
            Kind::Word if cursor.sees("FROM") || cursor.sees_any(&MORE) => return false,
            Kind::Word => {
                let computes = cursor.sees_any(&COMPUTES);
                cursor.next();
                let query = token.is_word(cursor.sql, "SELECT");
                if cursor.sees_symbol("(") && !computes && !query {
                    return false;
                }
                continue;
            }
            Kind::Text | Kind::Number => {}
            Kind::Symbol => match token.text(cursor.sql) {
                "(" => open += 1,
                ")" if open == 0 => return false,
                ")" => open -= 1,
                "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" | "," | "." | "*" | "+" | "-" => {}
                _ => return false,
            },
            _ => return false,
        }
        cursor.next();
    }
    asks && open == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::Act;
    use crate::family::significant;
    use crate::read;

    fn idle(sql: &str) -> bool {
        let tokens = significant(Dialect::MySql, sql);
        is_idle(Cursor::new(Dialect::MySql, sql, &tokens))
    }

    #[test]
    fn a_question_to_the_catalog_is_idle_and_the_grammar_finds_nothing_else_in_it() {
        for sql in [
            "(SELECT IF(NOT EXISTS(SELECT 1 FROM INFORMATION_SCHEMA.COLUMNS WHERE table_name = 't' AND table_schema = DATABASE()), \
             'ALTER TABLE t ADD c int', 'SELECT 1'))",
            "IF((SELECT true FROM information_schema.TABLE_CONSTRAINTS WHERE CONSTRAINT_NAME = 'k') = true, 'DROP TABLE t', 'SELECT 1')",
            "(SELECT COUNT(*) > 0 FROM information_schema.statistics AS s WHERE s.index_name IN ('a', 'b'))",
            "(SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = (SELECT DATABASE()))",
        ] {
            assert!(idle(sql), "{sql}");
            let tokens = significant(Dialect::MySql, sql);
            let steps = read::read_expression(Dialect::MySql, sql, &tokens).unwrap_or_default();
            let quiet = |act: &Act| matches!(act, Act::Select(query) if query.calls.is_empty());
            assert!(steps.iter().all(|step| quiet(&step.act)), "{sql}");
            assert_eq!(steps.len(), 1, "{sql}");
        }
    }

    #[test]
    fn what_asks_or_does_more_is_not() {
        for sql in [
            "(SELECT COUNT(*) FROM t)",
            "(SELECT f() FROM information_schema.columns)",
            "(SELECT 1 FROM information_schema.columns, t)",
            "(SELECT 1 FROM information_schema.columns AS c, t)",
            "(SELECT 1 FROM information_schema.columns JOIN t ON true)",
            "(SELECT 1 FROM information_schema.columns WHERE a IN (SELECT a FROM t))",
            "(SELECT `f`(1) FROM information_schema.columns)",
            "(SELECT 1 FROM information_schema.columns INTO @a)",
            "(SELECT @a := 1 FROM information_schema.columns)",
            "(SELECT 1 FROM information_schema.columns",
            "1 + 1",
        ] {
            assert!(!idle(sql), "{sql}");
        }
    }
}
