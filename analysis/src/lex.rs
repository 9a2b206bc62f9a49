//! What are the tokens of a script, and where exactly does each stand?
//!
//! The tokens tile the script: each begins where the one before it ends. Nothing is refused; what is never closed
//! becomes a [`Kind::Broken`] token that reaches to the end. The time taken is linear in the script's length.

mod scan;
mod words;

pub use words::{Words, folded, unquoted};

use crate::{Dialect, Span};

/// A token and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "whoever reads tokens must answer for each"
)]
pub enum Kind {
    /// White space.
    Space,
    /// A comment that the server ignores.
    Comment,
    /// `/*!50003` or the `*/` that ends it: what stands between them runs on MySQL or MariaDB.
    Executable,
    /// A keyword or a plain identifier.
    Word,
    /// A quoted identifier, with its quotes.
    Quoted,
    /// A number.
    Number,
    /// A string or bit string, with its prefix and quotes.
    Text,
    /// A dollar-quoted string of PostgreSQL, with its tags.
    Dollar,
    /// A placeholder or variable: `?`, `$1`, `:name`, `@name`.
    Parameter,
    /// Text that a template engine would replace, such as `{{ name }}` or `${name}`.
    Template,
    /// A line that only a client understands: psql's `\connect`, mysql's `DELIMITER //`.
    Command,
    /// The lines after `COPY … FROM stdin;`.
    Data,
    /// An operator or another sign.
    Symbol,
    /// The end of a statement: `;`, or what `DELIMITER` says. It may stand inside the body of a routine.
    Terminator,
    /// A string, quoted identifier or comment that is never closed.
    Broken,
}

impl Token {
    /// Its text in the script that it was read from.
    #[must_use]
    pub fn text(self, sql: &str) -> &str {
        self.span.of(sql)
    }

    /// Whether it is the unquoted word `word`, in any case.
    #[must_use]
    pub fn is_word(self, sql: &str, word: &str) -> bool {
        self.kind == Kind::Word
            && self.length() == word.len()
            && self.text(sql).eq_ignore_ascii_case(word)
    }

    /// Whether it is the sign `symbol`.
    #[must_use]
    pub fn is_symbol(self, sql: &str, symbol: &str) -> bool {
        matches!(self.kind, Kind::Symbol | Kind::Terminator)
            && self.length() == symbol.len()
            && self.text(sql) == symbol
    }

    /// How many bytes it takes: that alone tells most tokens from a word that is asked for.
    fn length(self) -> usize {
        (self.span.end - self.span.start) as usize
    }

    /// Whether the server sees it.
    #[must_use]
    pub fn is_significant(self) -> bool {
        !matches!(
            self.kind,
            Kind::Space | Kind::Comment | Kind::Executable | Kind::Data
        )
    }
}

/// Whether these `tokens` of `sql` begin with `words`, which single spaces part.
#[cfg(feature = "parse")]
#[inline]
pub(crate) fn begin_with(sql: &str, tokens: &[Token], words: &str) -> bool {
    // Most are told apart by their first letter, or by where the first word ends.
    let letter = |text: &[u8], at: usize| text.get(at).map(u8::to_ascii_uppercase);
    let Some(first) = tokens.first() else {
        return false;
    };
    letter(sql.as_bytes(), first.span.start as usize) == letter(words.as_bytes(), 0)
        && matches!(words.as_bytes().get(first.length()), None | Some(b' '))
        && begin_with_all(sql, tokens, words)
}

#[cfg(feature = "parse")]
fn begin_with_all(sql: &str, tokens: &[Token], words: &str) -> bool {
    let mut words = words.as_bytes();
    for token in tokens {
        let text = sql
            .as_bytes()
            .get(token.span.start as usize..token.span.end as usize);
        let text = text.unwrap_or_default();
        let same = words
            .get(..text.len())
            .is_some_and(|word| word.eq_ignore_ascii_case(text));
        if token.kind != Kind::Word || !same {
            return false;
        }
        match words.get(text.len()) {
            None => return true,
            Some(b' ') => words = &words[text.len() + 1..],
            Some(_) => return false,
        }
    }
    false
}

/// Hands over the tokens of `sql` one by one.
#[cfg(feature = "parse")]
pub(crate) fn each(sql: &str, dialect: Dialect, take: impl FnMut(Token)) {
    scan::each(sql, dialect, take);
}

/// Reads the tokens of `sql`.
#[must_use]
pub fn lex(sql: &str, dialect: Dialect) -> Vec<Token> {
    scan::scan(sql, dialect)
}

/// What a name of PostgreSQL with escapes means, `U&"d\0061t\+000061"`; none where it is none, or a broken one.
/// (<https://www.postgresql.org/docs/15/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS-ESCAPE>)
#[cfg(feature = "parse")]
pub(crate) fn unescaped(text: &str) -> Option<String> {
    let text = text
        .strip_prefix("U&")
        .or_else(|| text.strip_prefix("u&"))?;
    let mut rest = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut name = String::new();
    while let Some(at) = rest.find(['\\', '"']) {
        name.push_str(&rest[..at]);
        let (escape, behind) = rest[at..].split_at(1);
        if let Some(after) = behind.strip_prefix(escape) {
            name.push_str(escape);
            rest = after;
            continue;
        }
        let (digits, length) = match behind.strip_prefix('+') {
            Some(digits) => (digits, 6),
            None => (behind, 4),
        };
        let code = u32::from_str_radix(digits.get(..length)?, 16).ok()?;
        name.push(char::from_u32(code)?);
        rest = &digits[length..];
    }
    name.push_str(rest);
    Some(name)
}

#[cfg(all(test, feature = "parse"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The significant tokens, as text after a letter for their kind.
    fn shown(sql: &str, dialect: Dialect) -> Vec<String> {
        let tokens = lex(sql, dialect);
        let significant = tokens.iter().filter(|token| token.is_significant());
        significant
            .map(|token| format!("{:?} {}", token.kind, token.text(sql)))
            .collect()
    }

    #[track_caller]
    fn assert_tokens(dialect: Dialect, sql: &str, expected: &[&str]) {
        assert_eq!(shown(sql, dialect), expected, "{sql}");
    }

    #[test]
    fn quotes_are_read_as_the_dialect_reads_them() {
        let (s, p, m) = (Dialect::Sqlite, Dialect::Postgres, Dialect::MySql);
        assert_tokens(
            s,
            "[a b] `c``d` \"e\"",
            &["Quoted [a b]", "Quoted `c``d`", "Quoted \"e\""],
        );
        assert_tokens(
            p,
            "\"a\"\"b\" U&\"c\"",
            &["Quoted \"a\"\"b\"", "Quoted U&\"c\""],
        );
        assert_tokens(m, r#""it\"s" `b`"#, &[r#"Text "it\"s""#, "Quoted `b`"]);
        assert_tokens(
            m,
            r"'a\'b' N'c' x'00'",
            &[r"Text 'a\'b'", "Text N'c'", "Text x'00'"],
        );
        assert_tokens(
            p,
            r"'a\' E'b\'c' b'1'",
            &[r"Text 'a\'", r"Text E'b\'c'", "Text b'1'"],
        );
        assert_tokens(s, "'it''s' x'ff'", &["Text 'it''s'", "Text x'ff'"]);
        assert_tokens(p, "a[1]", &["Word a", "Symbol [", "Number 1", "Symbol ]"]);
    }

    #[test]
    fn comments_are_read_as_the_dialect_reads_them() {
        assert_tokens(Dialect::Postgres, "/* a /* b */ c */ x", &["Word x"]);
        assert_tokens(
            Dialect::Sqlite,
            "/* a /* b */ c */",
            &["Word c", "Symbol *", "Symbol /"],
        );
        assert_tokens(Dialect::Sqlite, "a /* open", &["Word a"]);
        assert_tokens(
            Dialect::Postgres,
            "a /* open",
            &["Word a", "Broken /* open"],
        );
        let runs = ["Symbol -", "Symbol -", "Word DROP"];
        assert_tokens(Dialect::MySql, "--DROP", &runs);
        assert_tokens(Dialect::MySql, "-- DROP\n--\na # b", &["Word a"]);
        assert_tokens(Dialect::Sqlite, "--DROP", &[]);
    }

    #[test]
    fn executable_comments_are_sql() {
        let drop = ["Word DROP", "Word TABLE", "Word t"];
        assert_tokens(Dialect::MySql, "/*!50003 DROP TABLE t */", &drop);
        assert_tokens(Dialect::MySql, "/*M!100100 DROP /* old */ TABLE t*/", &drop);
        assert_tokens(Dialect::Postgres, "/*! DROP TABLE t */", &[]);
    }

    #[test]
    fn dollar_quotes_hide_what_they_hold() {
        let body = "Dollar $b$ ; $$ ' $b$";
        assert_tokens(
            Dialect::Postgres,
            "DO $b$ ; $$ ' $b$;",
            &["Word DO", body, "Terminator ;"],
        );
        assert_tokens(Dialect::Postgres, "$1 a$b$", &["Parameter $1", "Word a$b$"]);
        assert_tokens(Dialect::Postgres, "$$ open", &["Broken $$ open"]);
        assert_tokens(Dialect::MySql, "a$$b", &["Word a$$b"]);
    }

    #[test]
    fn numbers_and_names() {
        let m = Dialect::MySql;
        assert_tokens(
            m,
            "2fa 1e5 0xFF 1.5",
            &["Word 2fa", "Number 1e5", "Number 0xFF", "Number 1.5"],
        );
        assert_tokens(m, "a.1", &["Word a", "Symbol .", "Number 1"]);
        let p = Dialect::Postgres;
        assert_tokens(p, "1..10", &["Number 1", "Symbol ..", "Number 10"]);
        assert_tokens(p, ".5::int", &["Number .5", "Symbol ::", "Word int"]);
        assert_tokens(p, "naïve", &["Word naïve"]);
    }

    #[test]
    fn parameters_and_templates() {
        assert_tokens(
            Dialect::MySql,
            "@a @@b.c",
            &["Parameter @a", "Parameter @@b", "Symbol .", "Word c"],
        );
        assert_tokens(
            Dialect::Sqlite,
            "?1 :a $b",
            &["Parameter ?1", "Parameter :a", "Parameter $b"],
        );
        assert_tokens(
            Dialect::Postgres,
            ":'v' a::b",
            &["Parameter :'v'", "Word a", "Symbol ::", "Word b"],
        );
        assert_tokens(
            Dialect::Postgres,
            "{{ .S }}.t ${u}",
            &["Template {{ .S }}", "Symbol .", "Word t", "Template ${u}"],
        );
    }

    #[test]
    fn clients_have_lines_of_their_own() {
        assert_tokens(
            Dialect::Postgres,
            "\\connect db\nx",
            &["Command \\connect db", "Word x"],
        );
        assert_tokens(
            Dialect::MySql,
            "DELIMITER $$\na; END$$\ndelimiter ;\nb;",
            &[
                "Command DELIMITER $$",
                "Word a",
                "Symbol ;",
                "Word END",
                "Terminator $$",
                "Command delimiter ;",
                "Word b",
                "Terminator ;",
            ],
        );
        assert_tokens(Dialect::MySql, "a delimiter", &["Word a", "Word delimiter"]);
    }

    #[test]
    fn copied_data_is_no_sql() {
        let copy = "COPY public.t (a) FROM stdin;\n1\tit's\n\\.\nx";
        let expected = [
            "Word COPY",
            "Word public",
            "Symbol .",
            "Word t",
            "Symbol (",
            "Word a",
            "Symbol )",
            "Word FROM",
            "Word stdin",
            "Terminator ;",
            "Word x",
        ];
        assert_tokens(Dialect::Postgres, copy, &expected);
        let open = shown("COPY t FROM stdin;\n1\n", Dialect::Postgres);
        assert_eq!(open.last().map(String::as_str), Some("Broken \n1\n"));
    }

    fn fragment() -> impl Strategy<Value = String> {
        let signs = prop::sample::select(vec![
            "'",
            "\"",
            "`",
            "[",
            "]",
            "$$",
            "$a$",
            "/*",
            "*/",
            "/*!",
            "--",
            "-- ",
            "#",
            "\n",
            ";",
            "{{",
            "}}",
            "${",
            "}",
            "\\",
            "\\.",
            "DELIMITER //\n",
            "//",
            "COPY t FROM stdin;",
            "CREATE TRIGGER",
            "CREATE PROCEDURE",
            "BEGIN",
            "CASE",
            "END",
            "IF",
            "REPEAT",
            "U&'",
            "E'",
            "@",
            ":",
            "1e",
            "0x",
            "é",
            "\u{feff}",
            " ",
        ]);
        prop_oneof![signs.prop_map(str::to_owned), ".{0,6}"]
    }

    fn script() -> impl Strategy<Value = String> {
        prop::collection::vec(fragment(), 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn tokens_tile_any_script(sql in script()) {
            for dialect in Dialect::ALL {
                let mut at = 0;
                for token in lex(&sql, dialect) {
                    prop_assert_eq!(token.span.start, at);
                    prop_assert!(token.span.end > at);
                    prop_assert!(!token.text(&sql).is_empty(), "splits a character");
                    at = token.span.end;
                }
                prop_assert_eq!(at as usize, sql.len());
            }
        }

        #[test]
        fn any_script_can_be_split(sql in script()) {
            for dialect in Dialect::ALL {
                let mut at = 0;
                for piece in crate::split::split(&sql, dialect) {
                    prop_assert!(piece.span.start >= at && piece.span.end > piece.span.start);
                    prop_assert_eq!(piece.plain(&sql).len(), piece.span.of(&sql).len());
                    at = piece.span.end;
                }
            }
        }
    }
}
