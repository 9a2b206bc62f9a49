//! What does the text of one statement ask for?

mod again;
mod aggregates;
mod alter;
mod asked;
mod bars;
mod blanks;
mod body;
mod called;
mod cast;
mod children;
mod choice;
mod clock;
mod ddl;
mod delete;
mod depth;
mod dml;
mod drop;
mod fetch;
mod filter;
mod formula;
mod frame;
mod from;
mod grammar;
mod inert;
mod insert;
mod inspect;
mod joined;
mod longer;
mod made;
mod mapped;
mod member;
mod merge;
mod operator;
mod packed;
mod partnerless;
mod places;
mod pure;
mod query;
mod server;
mod spans;
mod stamped;
mod statement;
mod tokens;
mod undone;
mod update;
mod value;
mod variables;
mod volatile;

pub(crate) use depth::Depth;
pub(crate) use insert::names_twice;
pub(crate) use inspect::SKIPPING;
pub(crate) use pure::is_harmless;
pub(crate) use query::tables;
pub(crate) use server::is_followed;
pub(crate) use tokens::{is_decimal, is_no_keyword, is_plain, is_plain_string, is_plainly_quoted};

use std::borrow::Cow;
use std::cell::Cell;

use sqlparser::ast::{Ident, ObjectName, Statement};

use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, TokenWithSpan, Tokenizer};

use self::grammar::grammar;
use crate::act::{Act, Frame, Name, Step};
use crate::lex::{Token, lex};
use crate::split::plain;
use crate::{Dialect, Span};

/// Up to so many tokens, or bytes where the tokens are not known, a text is read on the stack that there is.
const SHORT: usize = 4096;

/// The acts of the one statement that `tokens` of `sql` are; none where the grammar rejects it.
pub(crate) fn read_tokens(dialect: Dialect, sql: &str, tokens: &[Token]) -> Option<Vec<Step>> {
    let base = tokens.first()?.span.start;
    let text = text_of(sql, tokens);
    let translated = tokens::translate(dialect, sql, tokens);
    read_translated(dialect, &text, base, Depth::of(sql, tokens), translated)
}

/// The acts of `SELECT` before the expression that `tokens` of `sql` are; none where the grammar rejects it. Their places
/// mean nothing.
pub(crate) fn read_expression(dialect: Dialect, sql: &str, tokens: &[Token]) -> Option<Vec<Step>> {
    const HEAD: &str = "SELECT ";
    let text = HEAD.to_owned() + &text_of(sql, tokens);
    let translated = tokens::translate(dialect, sql, tokens);
    let translated = translated.map(|tokens| tokens::behind(HEAD, tokens));
    read_translated(dialect, &text, 0, Depth::of(sql, tokens), translated)
}

/// What the one statement that `tokens` of `sql` are names; none where that is long or deep, or the grammar rejects it.
pub(crate) fn frame_of(dialect: Dialect, sql: &str, tokens: &[Token]) -> Option<Frame> {
    let base = tokens.first()?.span.start;
    if tokens.len() > SHORT || Depth::of(sql, tokens) != Depth::Shallow {
        return None;
    }
    let text = text_of(sql, tokens);
    let translated = tokens::translate(dialect, sql, tokens);
    let translated = translated.or_else(|| lexed(dialect, &text).ok())?;
    let statements = parsed(dialect, translated).ok()?;
    let [statement] = statements.as_slice() else {
        return None;
    };
    let reader = Reader::of(dialect, &text, base);
    Some(reader.frame(statement))
}

/// Reads `text` by the tokens that it was `translated` into, if it was.
fn read_translated(
    dialect: Dialect,
    text: &str,
    base: u32,
    depth: Depth,
    translated: Option<Vec<TokenWithSpan>>,
) -> Option<Vec<Step>> {
    match translated {
        Some(tokens) => on_a_stack_for(text, tokens.len(), depth, || {
            read_here(dialect, text, base, tokens)
        }),
        None => on_a_stack_for(text, text.len(), depth, || {
            read_here(dialect, text, base, lexed(dialect, text).ok()?)
        }),
    }
}

/// The text of `tokens` with everything between them blanked; as it stands where nothing is.
pub(crate) fn text_of<'s>(sql: &'s str, tokens: &[Token]) -> Cow<'s, str> {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return Cow::Borrowed("");
    };
    let whole = Span {
        start: first.span.start,
        end: last.span.end,
    };
    let blank = |byte: u8| matches!(byte, b' ' | b'\n' | b'\r');
    let mut gaps = tokens.windows(2).map(|pair| {
        let (start, end) = (pair[0].span.end as usize, pair[1].span.start as usize);
        sql.as_bytes().get(start..end).unwrap_or_default()
    });
    match gaps.all(|gap| gap.iter().copied().all(blank)) {
        true => Cow::Borrowed(whole.of(sql)),
        false => Cow::Owned(plain(sql, whole, tokens)),
    }
}

/// The acts of the one statement whose text is `plain` and which begins at `base`; none where the grammar rejects it.
pub(crate) fn read(dialect: Dialect, plain: &str, base: u32) -> Option<Vec<Step>> {
    read_translated(dialect, plain, base, depth(dialect, plain), None)
}

fn depth(dialect: Dialect, text: &str) -> Depth {
    let mut tokens = lex(text, dialect);
    tokens.retain(|token| token.is_significant());
    Depth::of(text, &tokens)
}

/// What a deep text gets, whatever stack there is.
const STACK: usize = 16 << 20;

/// `a OR b OR c …` is parsed into a tree as deep as it is long, and whoever walks or drops it calls himself as often. So
/// texts that are deep, or have many `parts`, get a thread with a stack to match; a machine that has none to give leaves
/// them unread.
fn on_a_stack_for<T: Send>(
    text: &str,
    parts: usize,
    depth: Depth,
    read: impl FnOnce() -> Option<T> + Send,
) -> Option<T> {
    const PER_BYTE: usize = 800;
    if parts <= SHORT && depth == Depth::Shallow {
        return read();
    }
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK + PER_BYTE * text.len())
            .spawn_scoped(scope, read)
            .ok()?
            .join()
            .ok()?
    })
}

fn read_here(
    dialect: Dialect,
    plain: &str,
    base: u32,
    tokens: Vec<TokenWithSpan>,
) -> Option<Vec<Step>> {
    let joining = match dialect {
        Dialect::MySql => bars::joining(plain, &tokens),
        Dialect::Postgres | Dialect::Sqlite => None,
    };
    let steps = read_so(dialect, plain, base, tokens)?;
    Some(match joining {
        Some(tokens) => bars::either(steps, read_so(dialect, plain, base, tokens)),
        None => steps,
    })
}

fn read_so(
    dialect: Dialect,
    plain: &str,
    base: u32,
    tokens: Vec<TokenWithSpan>,
) -> Option<Vec<Step>> {
    let statements = parsed(dialect, tokens).ok()?;
    let reader = Reader::of(dialect, plain, base);
    let mut steps = Vec::with_capacity(1);
    for statement in &statements {
        reader.statement(statement, &mut steps);
    }
    Some(steps)
}

/// What the grammar has against a short text, as a clause: "expected an object type after CREATE, found TABEL".
pub(crate) fn complaint(dialect: Dialect, plain: &str) -> Option<String> {
    if plain.len() > SHORT {
        return None;
    }
    let said = on_a_stack_for(plain, plain.len(), depth(dialect, plain), || {
        let read = lexed(dialect, plain).and_then(|tokens| parsed(dialect, tokens));
        match read {
            Err(ParserError::ParserError(said)) => Some(said),
            _ => None,
        }
    })?;
    // The place is that of the statement alone; the caller knows a better one.
    let said = said.split(" at Line:").next()?;
    let said = said
        .replace("Expected: ", "expected ")
        .replace(", found: ", ", found ");
    (!said.contains('\n')).then_some(said)
}

/// The tokens that the grammar's own lexer finds, placed by their bytes.
fn lexed(dialect: Dialect, text: &str) -> Result<Vec<TokenWithSpan>, ParserError> {
    let mut tokens = Tokenizer::new(grammar(dialect), text).tokenize_with_location()?;
    places::by_byte(&mut tokens, text);
    tokens::settle(dialect, &mut tokens);
    Ok(tokens)
}

fn parsed(dialect: Dialect, tokens: Vec<TokenWithSpan>) -> Result<Vec<Statement>, ParserError> {
    if tokens::is_misread(dialect, &tokens) {
        return Err(ParserError::ParserError("XOR is not understood".to_owned()));
    }
    Parser::new(grammar(dialect))
        .with_tokens_with_locations(tokens)
        .parse_statements()
}

/// Turns one statement's syntax into acts.
pub(super) struct Reader<'a> {
    pub(super) dialect: Dialect,
    pub(super) piece: &'a str,
    /// Where the piece begins in the script.
    base: u32,
    /// How many more expressions are looked at as values.
    looks: Cell<usize>,
    /// What was read of its queries.
    queries: again::Queries,
}

/// How many expressions of a statement are looked at as values, besides so many for each of its bytes. Who asks for the value of a
/// part twice doubles the work with each level of nesting; beyond the bound all is taken for computed.
const LOOKS: usize = 1_000;

const LOOKS_PER_BYTE: usize = 4;

impl<'a> Reader<'a> {
    fn of(dialect: Dialect, piece: &'a str, base: u32) -> Self {
        let looks = Cell::new(LOOKS + LOOKS_PER_BYTE * piece.len());
        Reader {
            dialect,
            piece,
            base,
            looks,
            queries: again::Queries::default(),
        }
    }

    /// An identifier as the dialect folds it.
    pub(super) fn ident(&self, ident: &Ident) -> String {
        fold(self.dialect, &ident.value, ident.quote_style.is_some())
    }

    pub(super) fn idents(&self, idents: &[Ident]) -> Vec<String> {
        idents.iter().map(|ident| self.ident(ident)).collect()
    }

    /// The last two parts of a name; a database before them is the one that is connected to.
    pub(super) fn name(&self, name: &ObjectName) -> Name {
        let mut parts = name
            .0
            .iter()
            .rev()
            .filter_map(|part| part.as_ident())
            .map(|ident| self.ident(ident));
        let last = parts.next().unwrap_or_default();
        Name {
            schema: parts.next(),
            name: last,
        }
    }

    /// The last part of a name.
    pub(super) fn last(&self, name: &ObjectName) -> String {
        self.name(name).name
    }

    /// The whole statement.
    pub(super) fn whole(&self) -> Span {
        let len = u32::try_from(self.piece.len()).unwrap_or(u32::MAX);
        Span {
            start: self.base,
            end: self.base.saturating_add(len),
        }
    }

    /// Where something stands in the script; the whole statement where the parser does not tell.
    pub(super) fn place(&self, span: sqlparser::tokenizer::Span) -> Span {
        let byte = |at: Location| u32::try_from(at.column).ok()?.checked_sub(1);
        match (byte(span.start), byte(span.end)) {
            (Some(start), Some(end)) if start < end => Span {
                start: self.base + start,
                end: self.base + end,
            },
            _ => self.whole(),
        }
    }

    pub(super) fn place_of_name(&self, name: &ObjectName) -> Span {
        let spans = name.0.iter().filter_map(|part| part.as_ident());
        let (mut first, mut last) = (None, None);
        for ident in spans {
            first.get_or_insert(ident.span.start);
            last = Some(ident.span.end);
        }
        match (first, last) {
            (Some(start), Some(end)) => self.place(sqlparser::tokenizer::Span::new(start, end)),
            _ => self.whole(),
        }
    }

    /// An act that the whole statement asks for.
    pub(super) fn step(&self, act: Act) -> Step {
        Step {
            act,
            span: self.whole(),
        }
    }
}

/// `text` as the dialect folds an identifier: PostgreSQL's lower case unless quoted; the others keep it as written.
pub(crate) fn fold(dialect: Dialect, text: &str, quoted: bool) -> String {
    // Most are in lower case as they stand.
    let changes = |byte: u8| byte.is_ascii_uppercase() || !byte.is_ascii();
    match dialect {
        Dialect::Postgres if !quoted && text.bytes().any(changes) => text.to_lowercase(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest text of so many links that is read on the stack that there is.
    fn longest(dialect: Dialect, head: &str, link: &str, tail: &str) -> String {
        let text = |links| format!("{head}{}{}", link.repeat(links), tail.repeat(links));
        let shallow = |links: &usize| depth(dialect, &text(*links)) == Depth::Shallow;
        text((0..200).take_while(shallow).last().unwrap_or_default())
    }

    const STACK_AT_HAND: usize = 1 << 20;

    #[test]
    fn what_is_read_on_the_stack_at_hand_fits_into_a_megabyte() {
        let links = [
            (" AND a = b", ""),
            (" OR a || b = c", ""),
            (" OR a = b AND c < d + e * f", ""),
            (" AND a IS NOT NULL", ""),
            (" + (b)", ""),
            (" + (b", ")"),
            (" OR a = b AND c < d + e * (f", ")"),
            (" = - ", "a"),
            (" AND NOT ", "a"),
            (" UNION SELECT a OR a = b", ""),
            (" = (SELECT a FROM t WHERE b", ")"),
            (" || CASE WHEN b THEN c", " END"),
            (" BETWEEN b AND c", ""),
            (" COLLATE b", ""),
        ];
        let heads = [
            "SELECT a",
            "CREATE VIEW v AS SELECT a",
            "UPDATE t SET b = 1 WHERE a",
            "DELETE FROM t WHERE a",
        ];
        for dialect in Dialect::ALL {
            for (head, (link, tail)) in heads.iter().flat_map(|head| links.map(|it| (head, it))) {
                let text = longest(dialect, head, link, tail);
                let thread = std::thread::Builder::new().stack_size(STACK_AT_HAND);
                let thread = thread.spawn(move || read(dialect, &text, 0)).unwrap();
                // One that overflows its stack ends the whole process.
                thread.join().unwrap();
            }
        }
    }

    #[test]
    fn the_grammars_word_is_a_clause() {
        let said = complaint(Dialect::Sqlite, "CREATE TABEL t (a int)");
        assert_eq!(
            said.as_deref(),
            Some("expected an object type after CREATE, found TABEL")
        );
        assert_eq!(complaint(Dialect::Sqlite, "SELECT 1"), None);
    }
}
