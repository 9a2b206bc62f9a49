//! How does the text of an index or a constraint read, once what it speaks of is called something else?

use crate::Dialect;
use crate::act::Name;
use crate::lex::{Kind, Token, lex};
use crate::schema::{Key, same};

/// `text` with the table `from` called `to`, where a table stands in it.
pub(in crate::judge) fn table_in(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    let tokens = significant(dialect, text);
    replaced(dialect, text, &tokens, to, |at| {
        is(dialect, text, tokens[at], from) && is_table(text, &tokens, at)
    })
}

/// `text` with the column `from` of its own table called `to`.
pub(in crate::judge) fn column_in(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    let tokens = significant(dialect, text);
    let first = tokens.iter().position(|token| token.is_symbol(text, "("));
    let refers = tokens
        .iter()
        .position(|token| token.is_word(text, "REFERENCES"));
    replaced(dialect, text, &tokens, to, |at| {
        let called = tokens
            .get(at + 1)
            .is_some_and(|next| next.is_symbol(text, "("));
        is(dialect, text, tokens[at], from)
            && first.is_some_and(|first| first < at)
            && refers.is_none_or(|refers| at < refers)
            // A function's name is no column, but for MySQL's key on the first characters.
            && (!called || dialect == Dialect::MySql)
    })
}

/// The text of a trigger of SQLite with the table `from` called `to`.
pub(in crate::judge) fn table_in_body(text: &str, from: &str, to: &str) -> String {
    let dialect = Dialect::Sqlite;
    let tokens = significant(dialect, text);
    let words = [
        "INTO", "FROM", "JOIN", "UPDATE", "IGNORE", "REPLACE", "ABORT", "FAIL", "ROLLBACK",
    ];
    replaced(dialect, text, &tokens, to, |at| {
        let before = at.checked_sub(1).map(|before| tokens[before]);
        let next = tokens.get(at + 1);
        let stands = before.is_some_and(|word| words.iter().any(|one| word.is_word(text, one)));
        let qualifies = next.is_some_and(|dot| dot.is_symbol(text, "."));
        is(dialect, text, tokens[at], from) && (stands || qualifies || is_table(text, &tokens, at))
    })
}

/// The text of a trigger of SQLite with the column `from` of `NEW` and `OLD` called `to`, where it is one of the trigger's own
/// table, and whether the name stands elsewhere too.
pub(in crate::judge) fn row_column_in(text: &str, from: &str, to: Option<&str>) -> (String, bool) {
    let dialect = Dialect::Sqlite;
    let tokens = significant(dialect, text);
    let of_row = |at: usize| {
        let row = at.checked_sub(2).map(|row| tokens[row]);
        tokens[at.saturating_sub(1)].is_symbol(text, ".")
            && row.is_some_and(|row| row.is_word(text, "NEW") || row.is_word(text, "OLD"))
    };
    let mut rest = false;
    let renamed = replaced(dialect, text, &tokens, to.unwrap_or(from), |at| {
        let named = is(dialect, text, tokens[at], from);
        rest |= named && !of_row(at);
        named && of_row(at) && to.is_some()
    });
    (renamed, rest)
}

/// `text` with the column `from` of `table` called `to`, where foreign keys refer to it.
pub(in crate::judge) fn referred_in(
    dialect: Dialect,
    text: &str,
    table: &str,
    from: &str,
    to: &str,
) -> String {
    if !may_name(text, table) || !may_name(text, from) {
        return text.to_owned();
    }
    let tokens = significant(dialect, text);
    let mut within = false;
    replaced(dialect, text, &tokens, to, |at| {
        if tokens[at].is_symbol(text, "(") {
            let before = at.checked_sub(1);
            within = before.is_some_and(|before| {
                is(dialect, text, tokens[before], table) && is_table(text, &tokens, before)
            });
        }
        within &= !tokens[at].is_symbol(text, ")");
        within && is(dialect, text, tokens[at], from)
    })
}

/// `text` with the index `from` called `to`.
pub(in crate::judge) fn index_in(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    let tokens = significant(dialect, text);
    let first = tokens.iter().position(|token| token.is_symbol(text, "("));
    let mut done = false;
    replaced(dialect, text, &tokens, to, |at| {
        let is_it = !done
            && is(dialect, text, tokens[at], from)
            && first.is_none_or(|first| at < first)
            && !is_table(text, &tokens, at);
        done |= is_it;
        is_it
    })
}

/// `text`, in which types of PostgreSQL stand, with the one at `from` called `to`. What opens a list of attributes is no type.
pub(in crate::judge) fn type_in(text: &str, from: &Key, to: &Name) -> String {
    moved(text, from, to, |tokens, first, _| {
        let before = first.checked_sub(1).map(|before| tokens[before]);
        !before.is_some_and(|it| it.is_symbol(text, "(") || it.is_symbol(text, ","))
    })
}

/// `text` with the function of PostgreSQL at `from` called `to`, where it is called.
pub(in crate::judge) fn call_in(text: &str, from: &Key, to: &Name) -> String {
    moved(text, from, to, |tokens, _, at| {
        tokens
            .get(at + 1)
            .is_some_and(|next| next.is_symbol(text, "("))
    })
}

/// `text` with what stands at `from` called `to`, where the tokens from the first to the last of its name are `meant`.
fn moved(
    text: &str,
    from: &Key,
    to: &Name,
    meant: impl Fn(&[Token], usize, usize) -> bool,
) -> String {
    let dialect = Dialect::Postgres;
    let tokens = significant(dialect, text);
    let mut new = String::with_capacity(text.len());
    let mut done = 0;
    for (at, token) in tokens.iter().enumerate() {
        // The server calls the type of an array so.
        let array = format!("_{}", from.name);
        let own = is(dialect, text, *token, &from.name);
        if !own && !is(dialect, text, *token, &array) {
            continue;
        }
        let qualified = at >= 2 && tokens[at - 1].is_symbol(text, ".");
        let (first, home) = match qualified {
            true => (at - 2, from.schema.as_deref().unwrap_or("public")),
            false => (at, ""),
        };
        let in_place = match qualified {
            true => is(dialect, text, tokens[first], home),
            false => from.schema.is_none(),
        };
        if !in_place || !meant(&tokens, first, at) {
            continue;
        }
        new.push_str(
            text.get(done..tokens[first].span.start as usize)
                .unwrap_or_default(),
        );
        if let Some(schema) = &to.schema {
            new.push_str(&shown(schema));
            new.push('.');
        }
        match own {
            true => new.push_str(&shown(&to.name)),
            false => new.push_str(&shown(&format!("_{}", to.name))),
        }
        done = token.span.end as usize;
    }
    new.push_str(text.get(done..).unwrap_or_default());
    new
}

/// A name of PostgreSQL, in quotes where it needs them.
pub(in crate::judge) fn shown(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    match name.starts_with(|c: char| !c.is_ascii_digit()) && name.chars().all(plain) {
        true => name.to_owned(),
        false => Dialect::Postgres.quote(name),
    }
}

/// Whether `name` may stand in the text. Most texts are told apart so without a look at their words.
pub(crate) fn may_name(text: &str, name: &str) -> bool {
    // Other letters may become these in lower case.
    if !text.is_ascii() || !name.is_ascii() {
        return true;
    }
    let name = name.as_bytes();
    let Some(first) = name.first() else {
        return true;
    };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut parts = text.as_bytes().windows(name.len());
    parts.any(|part| (part[0] == lower || part[0] == upper) && part.eq_ignore_ascii_case(name))
}

/// How much work it is to read the text anew.
pub(in crate::judge) fn cost(text: &str) -> usize {
    2 + text.len() / 2
}

fn significant(dialect: Dialect, text: &str) -> Vec<Token> {
    let mut tokens = lex(text, dialect);
    tokens.retain(|token| token.is_significant());
    tokens
}

/// Whether a token is the name `name`, quoted or not.
fn is(dialect: Dialect, text: &str, token: Token, name: &str) -> bool {
    let shown = token.text(text);
    match token.kind {
        Kind::Word if dialect == Dialect::Postgres => folds_to(shown, name),
        Kind::Word => same(dialect, shown, name),
        Kind::Quoted => same(dialect, shown.trim_matches(['"', '`', '[', ']']), name),
        _ => false,
    }
}

/// Whether a word of PostgreSQL is `name` in lower case.
fn folds_to(word: &str, name: &str) -> bool {
    match word.is_ascii() {
        true => {
            let lower = word.bytes().map(|byte| byte.to_ascii_lowercase());
            word.len() == name.len() && lower.eq(name.bytes())
        }
        false => word.to_lowercase() == name,
    }
}

/// Whether the name at `at` stands where a table does, with its schema before it or not.
fn is_table(text: &str, tokens: &[Token], at: usize) -> bool {
    let before = |at: usize| at.checked_sub(1).map(|before| tokens[before]);
    let mut first = at;
    while before(first).is_some_and(|dot| dot.is_symbol(text, ".")) && first >= 2 {
        first -= 2;
    }
    let words = ["ON", "TABLE", "ONLY", "REFERENCES"];
    before(first).is_some_and(|word| words.iter().any(|one| word.is_word(text, one)))
}

/// `text` with `name` in the place of those tokens.
fn replaced(
    dialect: Dialect,
    text: &str,
    tokens: &[Token],
    name: &str,
    mut which: impl FnMut(usize) -> bool,
) -> String {
    let mut new = String::with_capacity(text.len());
    let mut done = 0;
    for (at, token) in tokens.iter().enumerate() {
        if which(at) {
            new.push_str(
                text.get(done..token.span.start as usize)
                    .unwrap_or_default(),
            );
            new.push_str(&dialect.quote(name));
            done = token.span.end as usize;
        }
    }
    new.push_str(text.get(done..).unwrap_or_default());
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_table_is_renamed() {
        let told = |text| table_in(Dialect::Postgres, text, "t", "u");
        assert_eq!(
            told("CREATE INDEX t ON t (t)"),
            "CREATE INDEX t ON \"u\" (t)"
        );
        assert_eq!(
            told("create index i on a.t using btree (t)"),
            "create index i on a.\"u\" using btree (t)"
        );
        assert_eq!(
            told("FOREIGN KEY (t) REFERENCES T (t) ON DELETE CASCADE"),
            "FOREIGN KEY (t) REFERENCES \"u\" (t) ON DELETE CASCADE"
        );
        assert_eq!(
            told("FOREIGN KEY (t) REFERENCES \"T\" (t)"),
            "FOREIGN KEY (t) REFERENCES \"T\" (t)"
        );
    }

    #[test]
    fn only_the_column_is_renamed() {
        let told = |text| column_in(Dialect::Postgres, text, "t", "u");
        assert_eq!(
            told("CREATE INDEX t ON t (t, lower(t), t(a)) WHERE t > 0"),
            "CREATE INDEX t ON t (\"u\", lower(\"u\"), t(a)) WHERE \"u\" > 0"
        );
        assert_eq!(
            told("CONSTRAINT t FOREIGN KEY (t) REFERENCES t (t)"),
            "CONSTRAINT t FOREIGN KEY (\"u\") REFERENCES t (t)"
        );
        assert_eq!(
            column_in(Dialect::MySql, "INDEX t (`t`(10))", "t", "u"),
            "INDEX t (`u`(10))"
        );
    }

    #[test]
    fn only_the_column_that_is_referred_to_is_renamed() {
        let told = |text| referred_in(Dialect::Postgres, text, "p", "t", "u");
        assert_eq!(
            told("CREATE TABLE c (t int REFERENCES p (t), b int REFERENCES q (t))"),
            "CREATE TABLE c (t int REFERENCES p (\"u\"), b int REFERENCES q (t))"
        );
        assert_eq!(
            told("FOREIGN KEY (t, a) REFERENCES s.p(a, t) ON DELETE CASCADE"),
            "FOREIGN KEY (t, a) REFERENCES s.p(a, \"u\") ON DELETE CASCADE"
        );
    }

    #[test]
    fn a_name_that_may_stand_in_a_text_is_never_missed() {
        assert!(may_name("CREATE INDEX i ON t (Abc)", "aBC"));
        assert!(may_name("CREATE INDEX i ON t (\"abc\")", "abc"));
        assert!(!may_name("CREATE INDEX i ON t (ab)", "abc"));
        assert!(!may_name("", "a"));
        assert!(may_name("CREATE INDEX i ON t (\u{212a})", "k"));
        assert!(may_name("CREATE INDEX i ON t (k)", "\u{212a}"));
    }

    #[test]
    fn triggers_name_tables_where_they_write_and_read() {
        let told = |text| table_in_body(text, "t", "u");
        assert_eq!(
            told(
                "CREATE TRIGGER t AFTER UPDATE ON t BEGIN UPDATE OR IGNORE T SET t = new.t WHERE t.a; DELETE FROM \"t\"; END"
            ),
            "CREATE TRIGGER t AFTER UPDATE ON \"u\" BEGIN UPDATE OR IGNORE \"u\" SET t = new.t WHERE \"u\".a; DELETE FROM \"u\"; END"
        );
    }

    #[test]
    fn triggers_name_columns_of_their_row() {
        let told = |text, to| row_column_in(text, "a", to);
        let text = "CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO l VALUES (new.a); END";
        let new = "CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO l VALUES (new.\"b\"); END";
        assert_eq!(told(text, Some("b")), (new.to_owned(), false));
        assert_eq!(told(text, None), (text.to_owned(), false));
        assert!(
            told(
                "CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN DELETE FROM l; END",
                Some("b")
            )
            .1
        );
    }

    #[test]
    fn only_the_index_is_renamed() {
        let told = |text| index_in(Dialect::MySql, text, "t", "u");
        assert_eq!(told("CREATE INDEX t ON t (t)"), "CREATE INDEX `u` ON t (t)");
        assert_eq!(
            told("ALTER TABLE t ADD INDEX `t` (t)"),
            "ALTER TABLE t ADD INDEX `u` (t)"
        );
    }
}
