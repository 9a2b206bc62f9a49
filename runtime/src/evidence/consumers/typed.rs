//! Does a text of SQL use a sequence, type or function of a name that columns often have, too?

use onward_analysis::Object;

use super::look::Look;
use super::mention::{Names, Schema};
use super::words::Word;
use onward_analysis::lex::folded;

/// Words behind which a value stands, so that a name there is no type.
const BEFORE_VALUES: [&str; 48] = [
    "select",
    "distinct",
    "all",
    "where",
    "and",
    "or",
    "not",
    "on",
    "by",
    "set",
    "returning",
    "perform",
    "if",
    "elsif",
    "elseif",
    "when",
    "then",
    "else",
    "case",
    "in",
    "is",
    "like",
    "ilike",
    "between",
    "having",
    "order",
    "group",
    "limit",
    "offset",
    "return",
    "values",
    "insert",
    "into",
    "exists",
    "using",
    "as",
    "end",
    "while",
    "for",
    "foreach",
    "raise",
    "exit",
    "continue",
    "until",
    "call",
    "do",
    "escape",
    "with",
];

/// What takes the name of a sequence or type as a text.
const TAKES_A_NAME: [&str; 6] = [
    "nextval",
    "currval",
    "setval",
    "lastval",
    "to_regclass",
    "to_regtype",
];

impl Names {
    /// Whether `object` is used where a type, sequence or function stands: `'x'::mood`, `nextval('bills')`, `v mood;`, `soundex(a)`.
    pub(super) fn use_by_name(&self, object: &Object, look: &Look<'_>) -> bool {
        let name = folded(self.dialect(), &object.table);
        (0..self.words().len()).any(|at| self.name(at) == Some(&name) && self.is_used(at, look))
    }

    fn is_used(&self, at: usize, look: &Look<'_>) -> bool {
        let begun = match self.schema(at) {
            Schema::Named(schema) if !look.behind(schema) => return false,
            // The column of something.
            Schema::Named(schema) if !look.is_schema(schema) => return false,
            Schema::Named(_) => at - 2,
            Schema::None | Schema::PutTogether => at,
        };
        let before = begun.wrapping_sub(1);
        let is_text =
            |at: usize| matches!(self.words().get(at), Some(Word::Name { is_text: true, .. }));
        if is_text(at) || begun < at && is_text(begun) {
            let called = self.sign(before, '(')
                && TAKES_A_NAME
                    .iter()
                    .any(|name| self.is_keyword(before.wrapping_sub(1), name));
            return called || self.sign(at + 1, ':');
        }
        let in_a_call = self.sign(before, '(')
            && TAKES_A_NAME
                .iter()
                .any(|name| self.is_keyword(before.wrapping_sub(1), name));
        let is_source = ["from", "join"]
            .iter()
            .any(|word| self.is_keyword(before, word));
        let is_next =
            self.is_keyword(before, "for") && self.is_keyword(before.wrapping_sub(1), "value");
        let declared = self.name(before).is_some()
            && !is_text(before)
            && !BEFORE_VALUES
                .iter()
                .any(|word| self.is_keyword(before, word));
        self.sign(before, ':')
            || in_a_call
            || is_source
            || is_next
            || declared
            || self.is_keyword(before, "as") && self.is_in_cast(before)
            || self.sign(at + 1, '(')
            || is_text(at + 1)
    }

    /// Whether the innermost parenthesis around that place is the one of `CAST(`.
    fn is_in_cast(&self, at: usize) -> bool {
        let mut depth = 0_usize;
        let open = (0..at).rev().find(|place| {
            let opens = self.sign(*place, '(');
            if opens && depth == 0 {
                return true;
            }
            depth += usize::from(self.sign(*place, ')'));
            depth -= usize::from(opens);
            false
        });
        open.is_some_and(|open| self.is_keyword(open.wrapping_sub(1), "cast"))
    }

    fn sign(&self, at: usize, sign: char) -> bool {
        self.words().get(at) == Some(&Word::Sign(sign))
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::{Places, Search};
    use super::*;
    use onward_analysis::Dialect;

    use crate::fixture::object;

    fn uses(dialect: Dialect, sql: &str, name: &str) -> bool {
        let places = Places::unknown(dialect);
        let look = places.look(&Search::anywhere(), &object(name), None);
        Names::of(dialect, sql).use_by_name(&object(name), &look)
    }

    #[test]
    fn a_type_is_told_from_a_column() {
        for (sql, used) in [
            ("SELECT 'x'::mood", true),
            ("SELECT CAST(a AS mood)", true),
            ("SELECT mood 'good'", true),
            ("DECLARE m mood; BEGIN END", true),
            ("DECLARE m mood[] := '{}'; BEGIN END", true),
            ("EXECUTE 'SELECT $1::mood'", true),
            ("SELECT to_regtype('mood')", true),
            (
                "SELECT mood FROM people WHERE mood = 'good' ORDER BY mood, p.mood",
                false,
            ),
            (
                "SELECT CAST(mood AS text) AS mood, a->>'mood' FROM people",
                false,
            ),
        ] {
            assert_eq!(uses(Dialect::Postgres, sql, "mood"), used, "{sql}");
        }
    }

    #[test]
    fn a_sequence_is_told_from_a_column() {
        for (sql, used) in [
            ("SELECT nextval('bills')", true),
            ("SELECT nextval('bills'::regclass)", true),
            ("SELECT last_value FROM bills", true),
            ("EXECUTE 'SELECT setval(''bills'', 1)'", true),
            ("SELECT bills, count(bills) FROM orders", false),
        ] {
            assert_eq!(uses(Dialect::Postgres, sql, "bills"), used, "{sql}");
        }
        for sql in [
            "SELECT NEXT VALUE FOR bills",
            "SET NEW.id = NEXTVAL(`bills`)",
        ] {
            assert!(uses(Dialect::MySql, sql, "bills"), "{sql}");
        }
        assert!(uses(Dialect::Postgres, "SELECT soundex(a)", "soundex"));
    }
}
