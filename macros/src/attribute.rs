//! Which keys were written, with which values?

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream, TokenTree};

use crate::errors::Errors;
use crate::keys::{KEYS, Shape};
use crate::literal::Text;
use crate::nearest::suggestion;

/// One key with its value, which is of the key's shape.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// What stands behind a key.
pub(crate) enum Value {
    /// Nothing.
    Flag,
    /// A string.
    Text(Text),
    /// A number, as written.
    Number(Literal),
    /// `true` or `false`.
    Switch(bool),
    /// Names in parentheses, as words or as strings.
    List(Vec<Name>),
    /// Names in parentheses, each with a string.
    Reasons(Vec<(Name, Text)>),
    /// A path in parentheses.
    Function(TokenStream),
}

/// A name in a list.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// Reads `key = literal`, `key` and `key(list)`, separated by commas. What is no such thing is reported and left out.
pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for part in split(tokens) {
        let Some(entry) = entry(&part, errors) else {
            continue;
        };
        if entries.iter().any(|earlier| earlier.key == entry.key) {
            errors.push(
                entry.key.span(),
                format!(
                    "the key `{}` stands here twice: keep one of them",
                    entry.key
                ),
            );
            continue;
        }
        entries.push(entry);
    }
    entries
}

fn entry(part: &[TokenTree], errors: &mut Errors) -> Option<Entry> {
    let (TokenTree::Ident(key), rest) = part.split_first()? else {
        errors.push(
            part[0].span(),
            "a key must stand here: write `key = literal`, `key` or `key(list)`",
        );
        return None;
    };
    let name = key.to_string();
    let Some((_, shape)) = KEYS.iter().find(|(known, _)| *known == name) else {
        let names = KEYS.map(|(known, _)| known);
        errors.push(
            key.span(),
            format!(
                "`{name}` is no key of a migration: {}",
                suggestion(&name, &names)
            ),
        );
        return None;
    };
    match value(*shape, rest) {
        Ok(value) => Some(Entry {
            key: key.clone(),
            value,
        }),
        Err(Wrong { span, why }) => {
            let why = why.unwrap_or_else(|| wanted(&name, *shape));
            errors.push(span.unwrap_or_else(|| key.span()), why);
            None
        }
    }
}

/// A value that is not of the key's shape: where, if it is not the key itself, and what to say besides the usual.
struct Wrong {
    span: Option<Span>,
    why: Option<String>,
}

fn value(shape: Shape, rest: &[TokenTree]) -> Result<Value, Wrong> {
    let wrong = |span| Wrong { span, why: None };
    match rest {
        [] => match shape {
            Shape::FlagOrText => Ok(Value::Flag),
            _ => Err(wrong(None)),
        },
        [TokenTree::Punct(equals), rest @ ..] if equals.as_char() == '=' => assigned(shape, rest),
        [TokenTree::Group(list)] if list.delimiter() == Delimiter::Parenthesis => match shape {
            Shape::List => names(list.stream(), list.span()),
            Shape::Reasons => reasons(list.stream(), list.span()),
            Shape::TextOrFunction if !list.stream().is_empty() => {
                Ok(Value::Function(list.stream()))
            }
            _ => Err(wrong(Some(list.span()))),
        },
        [other, ..] => Err(wrong(Some(other.span()))),
    }
}

/// What stands behind `key =`.
fn assigned(shape: Shape, rest: &[TokenTree]) -> Result<Value, Wrong> {
    let wrong = |span| Wrong { span, why: None };
    let Some((first, more)) = rest.split_first() else {
        return Err(wrong(None));
    };
    let value = match (shape, transparent(first)) {
        (Shape::Text | Shape::TextOrFunction | Shape::FlagOrText, TokenTree::Literal(literal)) => {
            Text::read(&literal).map(Value::Text)
        }
        (Shape::Version, TokenTree::Literal(literal)) if Text::read(&literal).is_none() => {
            Some(Value::Number(literal))
        }
        (Shape::Switch, TokenTree::Ident(ident)) => match ident.to_string().as_str() {
            "true" => Some(Value::Switch(true)),
            "false" => Some(Value::Switch(false)),
            _ => None,
        },
        _ => None,
    };
    match (value, more) {
        (Some(value), []) => Ok(value),
        (Some(_), [next, ..]) => Err(Wrong {
            span: Some(next.span()),
            why: Some(format!("a comma is missing before `{next}`")),
        }),
        (None, _) => Err(Wrong {
            span: Some(first.span()),
            why: is_macro(rest).then(|| {
                "a macro cannot be read here: write the string itself, or name the file with \
                 `up_file = \"…\"` or `down_file = \"…\"`"
                    .to_owned()
            }),
        }),
    }
}

fn names(stream: TokenStream, span: Span) -> Result<Value, Wrong> {
    let parts = split(stream);
    let names: Vec<Name> = parts.iter().filter_map(|part| name(part)).collect();
    if names.is_empty() || names.len() < parts.len() {
        return Err(Wrong {
            span: Some(span),
            why: None,
        });
    }
    Ok(Value::List(names))
}

fn reasons(stream: TokenStream, span: Span) -> Result<Value, Wrong> {
    let parts = split(stream);
    let reason = |part: &Vec<TokenTree>| match part.as_slice() {
        [rule @ TokenTree::Ident(_), TokenTree::Punct(equals), why] if equals.as_char() == '=' => {
            let TokenTree::Literal(why) = transparent(why) else {
                return None;
            };
            Some((name(std::slice::from_ref(rule))?, Text::read(&why)?))
        }
        _ => None,
    };
    let reasons: Vec<(Name, Text)> = parts.iter().filter_map(reason).collect();
    if reasons.is_empty() || reasons.len() < parts.len() {
        return Err(Wrong {
            span: Some(span),
            why: None,
        });
    }
    Ok(Value::Reasons(reasons))
}

fn name(part: &[TokenTree]) -> Option<Name> {
    match part {
        [TokenTree::Ident(word)] => Some(Name {
            text: word.to_string(),
            span: word.span(),
        }),
        [TokenTree::Literal(literal)] => Text::read(literal).map(|text| Name {
            text: text.value,
            span: text.span,
        }),
        _ => None,
    }
}

/// What to write for a key.
fn wanted(name: &str, shape: Shape) -> String {
    let form = match shape {
        Shape::Version => {
            return "`version` takes a number of up to 18 digits: write `version = 20261122_01`"
                .into();
        }
        Shape::Text if name.starts_with("up") || name.starts_with("down") => match name {
            "up" => "its SQL as a string: write `up = \"…\"`".into(),
            _ => format!("a path as a string: write `{name} = \"migrations/…sql\"`"),
        },
        Shape::Text => format!("a reason: write `{name} = \"why\"`"),
        Shape::TextOrFunction => {
            format!(
                "its SQL as a string, or the name of an async fn: write `{name} = \"…\"` or `{name}(function)`"
            )
        }
        Shape::FlagOrText => {
            format!("a reason, or nothing: write `{name} = \"why\"` or `{name}`")
        }
        Shape::List if name == "dialect" => {
            "the names of dialects: write `dialect(sqlite, postgres, mysql)`".into()
        }
        Shape::List if name == "takes" || name == "changes" => {
            format!("tables and columns: write `{name}(\"users.phone_number\", \"orders\")`")
        }
        Shape::List => {
            format!("the names of environments: write `{name}(development, staging)`")
        }
        Shape::Reasons => {
            format!("rules, each with a reason: write `{name}(leaves_behind = \"why\")`")
        }
        Shape::Switch => format!("`true` or `false`: write `{name} = false`"),
    };
    format!("`{name}` takes {form}")
}

/// The tokens between commas; nothing for a comma too many.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut parts = vec![Vec::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => parts.push(Vec::new()),
            _ => {
                if let Some(part) = parts.last_mut() {
                    part.push(token);
                }
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// The token inside the invisible group that a fragment of `macro_rules!` arrives in.
fn transparent(token: &TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = token
        && group.delimiter() == Delimiter::None
    {
        let mut inner = group.stream().into_iter();
        if let (Some(only), None) = (inner.next(), inner.next()) {
            return transparent(&only);
        }
    }
    token.clone()
}

fn is_macro(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Ident(_), TokenTree::Punct(bang), ..] if bang.as_char() == '!')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(tokens: &str) -> Vec<String> {
        let mut errors = Errors::default();
        read(tokens.parse().unwrap(), &mut errors);
        errors.messages().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn reads_every_form() {
        let tokens = "version = 20261122_01, up = \"a\", down(back::again), destructive, only(staging, \"pre-view\",), \
                      allow(takes_more = \"b\",), transaction = false";
        let mut errors = Errors::default();
        let entries = read(tokens.parse().unwrap(), &mut errors);
        assert!(errors.is_empty(), "{:?}", errors.messages());
        let keys: Vec<String> = entries.iter().map(|entry| entry.key.to_string()).collect();
        assert_eq!(
            keys,
            [
                "version",
                "up",
                "down",
                "destructive",
                "only",
                "allow",
                "transaction"
            ]
        );
    }

    #[test]
    fn reports_every_mistake_at_once() {
        let found = errors(
            "versoin = 1, up = 3, lossy, destructive(x), only(1), transaction = 1, \"x\", allow(takes_more), up = \"a\" down = \"b\"",
        );
        assert_eq!(
            found,
            [
                "`versoin` is no key of a migration: did you mean `version`?",
                "`up` takes its SQL as a string: write `up = \"…\"`",
                "`lossy` takes a reason: write `lossy = \"why\"`",
                "`destructive` takes a reason, or nothing: write `destructive = \"why\"` or `destructive`",
                "`only` takes the names of environments: write `only(development, staging)`",
                "`transaction` takes `true` or `false`: write `transaction = false`",
                "a key must stand here: write `key = literal`, `key` or `key(list)`",
                "`allow` takes rules, each with a reason: write `allow(leaves_behind = \"why\")`",
                "a comma is missing before `down`",
            ]
        );
    }
}
