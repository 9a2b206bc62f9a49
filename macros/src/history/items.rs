//! Which migrations stand in a piece of Rust, and which modules?

use std::collections::BTreeSet;
use std::iter::Peekable;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree, token_stream};

use super::modules::{Place, Tree};
use crate::directory;
use crate::errors::Errors;
use crate::item::canonical;
use crate::literal::Text;
use crate::migration;
use crate::project::Project;

/// Reads a crate, piece by piece.
pub(super) struct Reader<'a> {
    pub(super) project: &'a Project,
    pub(super) tree: Tree,
}

/// The attributes of the item that begins.
#[derive(Default)]
struct Attributes {
    /// What stands in each `#[migration(…)]`.
    keys: Vec<TokenStream>,
    /// What stands in each `#[cfg(…)]`.
    conditions: Vec<String>,
    /// `#[path = "…"]`
    path: Option<String>,
}

type Tokens = Peekable<token_stream::IntoIter>;

impl Reader<'_> {
    /// Reads the items among `tokens`, which are compiled under `conditions`.
    pub(super) fn scope(
        &mut self,
        tokens: TokenStream,
        place: &Place,
        conditions: &BTreeSet<String>,
    ) {
        let mut conditions = conditions.clone();
        let mut item = Attributes::default();
        let mut tokens: Tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.peek() {
            match token {
                TokenTree::Punct(hash) if hash.as_char() == '#' => {
                    tokens.next();
                    let is_inner = next_if_punct(&mut tokens, '!');
                    let Some(group) = next_if_group(&mut tokens, Delimiter::Bracket) else {
                        continue;
                    };
                    self.attribute(group.stream(), &mut item, place);
                    if is_inner {
                        conditions.append(&mut item.conditions.drain(..).collect());
                    }
                    continue;
                }
                _ if !item.keys.is_empty() => {
                    let within = all(&conditions, &item);
                    let tokens = rest_of_item(&mut tokens);
                    self.migration(tokens, std::mem::take(&mut item.keys), place, within);
                }
                TokenTree::Ident(word) if word == "mod" => {
                    tokens.next();
                    self.module_of(&mut tokens, &item, place, &all(&conditions, &item));
                }
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    tokens.next();
                    // `use onward::migration as step;`
                    let is_renamed =
                        matches!(tokens.peek(), Some(TokenTree::Ident(next)) if next == "as");
                    if is_renamed && ["migration", "directory"].contains(&word.as_str()) {
                        self.hide(&place.file);
                    }
                    if !next_if_punct(&mut tokens, '!') {
                        continue;
                    }
                    // `macro_rules! name { … }`
                    tokens.next_if(|token| matches!(token, TokenTree::Ident(_)));
                    if let Some(TokenTree::Group(group)) = tokens.next() {
                        self.called(&word, group.stream(), place, all(&conditions, &item));
                    }
                }
                TokenTree::Group(group) => {
                    let is_body = group.delimiter() == Delimiter::Brace;
                    if place.has_migrations {
                        let stream = group.stream();
                        self.scope(stream, place, &all(&conditions, &item));
                    }
                    tokens.next();
                    if !is_body {
                        continue;
                    }
                }
                TokenTree::Punct(end) if end.as_char() == ';' => {
                    tokens.next();
                }
                _ => {
                    tokens.next();
                    continue;
                }
            }
            item = Attributes::default();
        }
    }

    fn attribute(&mut self, tokens: TokenStream, item: &mut Attributes, place: &Place) {
        let mut tokens: Tokens = tokens.into_iter().peekable();
        let mut name = String::new();
        let value = loop {
            match tokens.next() {
                Some(TokenTree::Ident(word)) => name = word.to_string(),
                Some(TokenTree::Punct(colon)) if colon.as_char() == ':' => {}
                other => break other,
            }
        };
        match (name.as_str(), value) {
            ("migration", Some(TokenTree::Group(keys))) => item.keys.push(keys.stream()),
            ("cfg", Some(TokenTree::Group(condition))) => {
                item.conditions.push(canonical(condition.stream()));
            }
            ("cfg_attr", Some(TokenTree::Group(group))) if has_word(group.stream()) => {
                self.hide(&place.file);
            }
            ("path", Some(_)) => {
                item.path = match tokens.next() {
                    Some(TokenTree::Literal(path)) => Text::read(&path).map(|path| path.value),
                    _ => None,
                };
            }
            _ => {}
        }
    }

    /// An item with keys: what the macro that stands on it would make of it.
    fn migration(
        &mut self,
        tokens: TokenStream,
        keys: Vec<TokenStream>,
        place: &Place,
        conditions: BTreeSet<String>,
    ) {
        match migration::read(tokens, keys, self.project) {
            Some(migration) => self.found(&migration, place, conditions),
            None => self.hide(&place.file),
        }
    }

    /// What stands behind `mod`.
    fn module_of(
        &mut self,
        tokens: &mut Tokens,
        item: &Attributes,
        place: &Place,
        conditions: &BTreeSet<String>,
    ) {
        let Some(TokenTree::Ident(name)) = tokens.next() else {
            return;
        };
        let name = name.to_string();
        let name = name.strip_prefix("r#").unwrap_or(&name);
        match tokens.next() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                let inside = Place {
                    modules: place.modules.join(item.path.as_deref().unwrap_or(name)),
                    is_inline: true,
                    ..place.clone()
                };
                self.scope(body.stream(), &inside, conditions);
            }
            _ => self.module(name, item.path.as_deref(), place, conditions),
        }
    }

    /// What stands in `name!(…)`.
    fn called(
        &mut self,
        name: &str,
        arguments: TokenStream,
        place: &Place,
        conditions: BTreeSet<String>,
    ) {
        match name {
            "include" => {
                if let Some(path) = text(arguments) {
                    self.include(&path, place, &conditions);
                }
            }
            "directory" => {
                let mut errors = Errors::default();
                let found = directory::migrations(arguments, self.project, &mut errors);
                if found.is_none() {
                    self.hide(&place.file);
                }
                for migration in found.into_iter().flat_map(|folder| folder.migrations) {
                    self.found(&migration, place, conditions.clone());
                }
            }
            // What it makes of them is its own business.
            _ if declares_module(arguments.clone()) => self.hide(&place.file),
            _ if place.has_migrations && mentions_migration(arguments) => self.hide(&place.file),
            _ => {}
        }
    }
}

fn all(conditions: &BTreeSet<String>, item: &Attributes) -> BTreeSet<String> {
    conditions.iter().chain(&item.conditions).cloned().collect()
}

/// The tokens up to the end of the item that they begin.
fn rest_of_item(tokens: &mut Tokens) -> TokenStream {
    let mut item = Vec::new();
    for token in tokens {
        let is_last = match &token {
            TokenTree::Punct(end) => end.as_char() == ';',
            TokenTree::Group(body) => body.delimiter() == Delimiter::Brace,
            _ => false,
        };
        item.push(token);
        if is_last {
            break;
        }
    }
    item.into_iter().collect()
}

/// Whether an attribute in it, at any depth, or what is left of one, names a migration.
fn mentions_migration(tokens: TokenStream) -> bool {
    let mut is_attribute = false;
    tokens.into_iter().any(|token| {
        let follows = std::mem::take(&mut is_attribute);
        match token {
            TokenTree::Punct(hash) => {
                is_attribute = hash.as_char() == '#';
                false
            }
            TokenTree::Group(group) if follows => has_word(group.stream()),
            TokenTree::Group(group) => mentions_migration(group.stream()),
            _ => false,
        }
    })
}

/// Whether a `mod name;` stands in it, at any depth.
fn declares_module(tokens: TokenStream) -> bool {
    let mut tokens: Tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let found = match token {
            TokenTree::Ident(word) if word == "mod" => {
                tokens
                    .next_if(|token| matches!(token, TokenTree::Ident(_)))
                    .is_some()
                    && next_if_punct(&mut tokens, ';')
            }
            TokenTree::Group(group) => declares_module(group.stream()),
            _ => false,
        };
        if found {
            return true;
        }
    }
    false
}

fn has_word(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "migration" || word == "Migration",
        TokenTree::Group(group) => has_word(group.stream()),
        _ => false,
    })
}

/// The text of a literal, or of `concat!` of literals and of `env!`, as `include!` takes it.
fn text(tokens: TokenStream) -> Option<String> {
    let mut tokens: Tokens = tokens.into_iter().peekable();
    let mut whole = String::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Literal(literal) => whole.push_str(&Text::read(&literal)?.value),
            TokenTree::Punct(comma) if comma.as_char() == ',' => {}
            TokenTree::Ident(name) if next_if_punct(&mut tokens, '!') => {
                let TokenTree::Group(inside) = tokens.next()? else {
                    return None;
                };
                let inside = text(inside.stream())?;
                match name.to_string().as_str() {
                    "concat" => whole.push_str(&inside),
                    "env" => whole.push_str(&std::env::var(inside).ok()?),
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    Some(whole)
}

fn next_if_punct(tokens: &mut Tokens, wanted: char) -> bool {
    let is_wanted =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted);
    tokens.next_if(is_wanted).is_some()
}

fn next_if_group(tokens: &mut Tokens, delimiter: Delimiter) -> Option<Group> {
    let is_wanted = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter);
    match tokens.next_if(is_wanted)? {
        TokenTree::Group(group) => Some(group),
        _ => None,
    }
}
