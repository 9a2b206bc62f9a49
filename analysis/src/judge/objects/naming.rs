//! Does a text name a column, and as nothing else?

use crate::Dialect;
use crate::invert::is_reserved;
use crate::judge::renaming::text::may_name;
use crate::lex::{Kind, Token, lex};
use crate::schema::same;

/// Where in a text a name is that of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Start,
    /// Within the list of an index, or its condition.
    Parenthesis,
    Check,
    /// `NEW.` or `OLD.`.
    Row,
    /// `UPDATE OF`.
    Of,
}

/// Whether `text` names the column, as nothing else: what a function is called is none, and neither is what SQLite may take for a text.
pub(super) fn names(dialect: Dialect, text: &str, column: &str, after: After) -> bool {
    if !may_name(text, column) {
        return false;
    }
    let mut tokens = lex(text, dialect);
    tokens.retain(|token| token.is_significant());
    let first = |is: &dyn Fn(usize) -> bool| (0..tokens.len()).find(|at| is(*at));
    let start = match after {
        After::Start | After::Row => Some(0),
        After::Parenthesis => first(&|at| tokens[at].is_symbol(text, "(")),
        After::Check => first(&|at| tokens[at].is_word(text, "CHECK")),
        After::Of => first(&|at| tokens[at].is_word(text, "OF")),
    };
    let Some(start) = start else {
        return false;
    };
    let end = match after {
        After::Of => first(&|at| tokens[at].is_word(text, "ON")).unwrap_or(start),
        _ => tokens.len(),
    };
    (start..end).any(|at| {
        let token = tokens[at];
        let shown = token.text(text);
        let named = match token.kind {
            Kind::Word => same(dialect, shown, column) && !is_grammar(text, &tokens, at),
            Kind::Quoted if dialect == Dialect::Sqlite && shown.starts_with('"') => {
                after == After::Row && same(dialect, shown.trim_matches('"'), column)
            }
            Kind::Quoted => same(dialect, shown.trim_matches(['"', '`', '[', ']']), column),
            _ => false,
        };
        let called = tokens.get(at + 1);
        let called = called.is_some_and(|next| next.is_symbol(text, "("));
        let row = || {
            let row = at.checked_sub(2).and_then(|row| tokens.get(row));
            row.is_some_and(|row| row.is_word(text, "NEW") || row.is_word(text, "OLD"))
                && tokens[at - 1].is_symbol(text, ".")
        };
        named && !called && (after != After::Row || row())
    })
}

/// Whether the bare word at `at` is no name: `END`, `x::date`, `CAST(x AS text)`, `date '2020-01-01'`, `extract(year FROM x)`.
fn is_grammar(text: &str, tokens: &[Token], at: usize) -> bool {
    let near = |by: isize| at.checked_add_signed(by).and_then(|at| tokens.get(at));
    let is = |by: isize, words: &[&str]| {
        near(by).is_some_and(|token| words.iter().any(|word| token.is_word(text, word)))
    };
    let of_type = is(-1, &["AS", "AT", "CHARACTER", "DOUBLE", "TIME", "WITH"])
        || is(1, &["PRECISION", "TIME", "VARYING", "ZONE"])
        || near(-1).is_some_and(|token| token.is_symbol(text, "::"))
        || near(1).is_some_and(|token| token.kind == Kind::Text);
    let part = is(1, &["FROM"]) && is(-2, &["EXTRACT"]);
    of_type || part || is_reserved(tokens[at].text(text))
}
