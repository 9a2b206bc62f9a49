//! What does a statement of MySQL ask for in which `||` stands: does it join texts, or is it OR?
//!
//! sqlx sets `PIPES_AS_CONCAT` for each of its connections unless it is told not to, and what a session's mode is no script tells. So the
//! statement is read both ways, and where they do not move the same data nobody knows what it does.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::act::{Act, Query, Rows, Step};

const REASON: &str = "|| joins texts where the session's mode has PIPES_AS_CONCAT, as sqlx sets it, and is OR elsewhere: \
                      write CONCAT or OR";

/// The sign between texts or conditions.
const BARS: &str = "||";

/// The tokens of `text` with the sign as one that joins texts; none where it is nowhere among them.
pub(super) fn joining(text: &str, tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    let is_bars = |token: &TokenWithSpan| {
        let at = usize::try_from(token.span.start.column).ok();
        let rest = at.and_then(|at| text.get(at.checked_sub(1)?..));
        matches!(&token.token, Token::Word(word) if word.keyword == Keyword::OR)
            && rest.is_some_and(|rest| rest.starts_with(BARS))
    };
    (text.contains(BARS) && tokens.iter().any(is_bars)).then(|| {
        let mut tokens = tokens.to_vec();
        for token in tokens.iter_mut().filter(|token| is_bars(token)) {
            token.token = Token::StringConcat;
        }
        tokens
    })
}

/// The steps of a statement that was read with the sign as OR, and as what joins texts where it can be read so.
pub(super) fn either(or: Vec<Step>, joined: Option<Vec<Step>>) -> Vec<Step> {
    let Some(joined) = joined.filter(|joined| joined.len() == or.len()) else {
        return doubted(or);
    };
    let pairs = || or.iter().zip(&joined);
    if pairs().all(|(a, b)| is_alike(&a.act, &b.act)) {
        return or;
    }
    // A value may be carried on by the one, a condition may be followed in the other.
    match pairs().all(|(a, b)| meets_alike(&a.act, &b.act)) {
        true => doubted(joined),
        false => doubted(or),
    }
}

fn doubted(mut steps: Vec<Step>) -> Vec<Step> {
    if let Some(span) = steps.last().map(|step| step.span) {
        steps.push(Step {
            act: Act::Unknown(REASON.to_owned()),
            span,
        });
    }
    steps
}

/// Whether both move the same data.
fn is_alike(or: &Act, joined: &Act) -> bool {
    match (or, joined) {
        (Act::Insert(a), Act::Insert(b)) => match (&a.rows, &b.rows) {
            // What is written is new in both.
            (Rows::Values(_), Rows::Values(_)) => a.conflict == b.conflict,
            _ => a == b,
        },
        (Act::CreateTable(a), Act::CreateTable(b)) => a.source == b.source,
        (Act::Update(_) | Act::Delete(_) | Act::With(..), _) => or == joined,
        _ => true,
    }
}

/// Whether both meet the same rows.
fn meets_alike(or: &Act, joined: &Act) -> bool {
    match (or, joined) {
        (Act::Update(a), Act::Update(b)) => a.filter == b.filter && a.from == b.from,
        (Act::Insert(a), Act::Insert(b)) => match (&a.rows, &b.rows) {
            (Rows::Query(a), Rows::Query(b)) => picks_alike(a, b),
            _ => false,
        },
        (Act::CreateTable(a), Act::CreateTable(b)) => match (&a.source, &b.source) {
            (Some((a, _)), Some((b, _))) => picks_alike(a, b),
            _ => false,
        },
        _ => or == joined,
    }
}

fn picks_alike(or: &Query, joined: &Query) -> bool {
    let mut as_joined = or.clone();
    for (branch, other) in as_joined.branches.iter_mut().zip(&joined.branches) {
        branch.output.clone_from(&other.output);
    }
    as_joined == *joined
}
