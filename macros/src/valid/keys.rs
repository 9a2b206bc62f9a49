//! What does each key say?

use std::collections::BTreeMap;

use onward_analysis::header::{self, Header};
use onward_analysis::nearest::nearest;
use onward_analysis::rules::may_be_allowed;
use onward_analysis::{Dialect, Marks, Object, Reason, Version, sql_hash};
use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::ToTokens as _;

use super::names::{CONNECTIONS, NO_DIALECT, dialect, unknown_environment};
use super::{Direction, Function};
use crate::attribute::{Entry, Value};
use crate::errors::Errors;
use crate::item::{Item, canonical};
use crate::keys::KEYS;
use crate::literal::Text;
use crate::nearest::suggestion;
use crate::project::{Project, enabled};
use crate::source::Sql;

/// What was found of the way back.
pub(super) enum Found {
    Absent,
    Wrong,
    Direction(Direction),
}

/// The keys that were not looked at yet.
pub(super) struct Keys<'a> {
    pub(super) entries: Vec<Entry>,
    pub(super) spans: Vec<(String, Span)>,
    pub(super) item: &'a Item,
    /// What the header of a file says of transactions.
    pub(super) transaction: Option<bool>,
    pub(super) errors: &'a mut Errors,
}

impl Keys<'_> {
    fn take(&mut self, key: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.swap_remove(at))
    }

    fn text(&mut self, key: &str) -> Option<Text> {
        match self.take(key)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Reports something about `key`, or about the item where the key is not written.
    pub(super) fn wrong(&mut self, key: &str, message: impl Into<String>) {
        let span = self.spans.iter().find(|(name, _)| name == key);
        let span = span.map_or(self.item.name.span(), |(_, span)| *span);
        self.errors.push(span, message);
    }

    /// Whether `key` was not written, not even wrongly: what was is reported already, and must not seem missing besides.
    fn is_absent(&self, key: &str) -> bool {
        if self.errors.is_empty() {
            return true;
        }
        let names = KEYS.map(|(name, _)| name);
        let meant = |token: TokenTree| match token {
            TokenTree::Ident(ident) => {
                let written = ident.to_string();
                written == key
                    || (!names.contains(&written.as_str())
                        && nearest(&written, &names) == Some(key))
            }
            _ => false,
        };
        !self
            .item
            .attributes
            .iter()
            .any(|attribute| attribute.clone().into_iter().any(meant))
    }

    pub(super) fn version(&mut self) -> Option<(Version, Span)> {
        let Some(entry) = self.take("version") else {
            if self.is_absent("version") {
                self.wrong("version", "a migration needs a version: write `version = 20261122_01`, the day and a count");
            }
            return None;
        };
        let Value::Number(literal) = entry.value else {
            return None;
        };
        let span = literal.span();
        match parse_version(&literal) {
            Ok(version) => Some((version, span)),
            Err(message) => {
                self.errors.push(span, message);
                None
            }
        }
    }

    pub(super) fn dialects(&mut self, project: &Project) -> Option<Vec<Dialect>> {
        let Some(entry) = self.take("dialect") else {
            let dialects = project.dialects();
            if dialects.is_empty() {
                self.wrong("dialect", NO_DIALECT);
                return None;
            }
            return Some(dialects);
        };
        let Value::List(names) = entry.value else {
            return None;
        };
        let dialects: Vec<Dialect> = names
            .iter()
            .filter_map(|name| dialect(name, self.errors))
            .collect();
        (dialects.len() == names.len()).then_some(dialects)
    }

    /// The dialect of a migration in Rust is its connection's.
    pub(super) fn dialect_of(&mut self, connection: &Ident) -> Option<Vec<Dialect>> {
        if self.take("dialect").is_some() {
            self.wrong(
                "dialect",
                "the dialect of a migration in Rust is its connection's: remove `dialect(…)`",
            );
        }
        let name = connection.to_string();
        let Some((_, dialect)) = CONNECTIONS.iter().find(|(known, _)| *known == name) else {
            let names = CONNECTIONS.map(|(known, _)| known);
            self.errors.push(
                connection.span(),
                format!(
                    "`{name}` is no connection that a migration can take: {}",
                    suggestion(&name, &names)
                ),
            );
            return None;
        };
        if !enabled(*dialect) {
            self.errors.push(
                connection.span(),
                format!(
                    "onward is built without {dialect}: write `features = [\"{dialect}\"]` behind `onward` in Cargo.toml"
                ),
            );
            return None;
        }
        Some(vec![*dialect])
    }

    pub(super) fn up(&mut self, project: &Project) -> Option<Direction> {
        let inline = self.text("up");
        let file = self.text("up_file");
        match (inline, file) {
            (Some(_), Some(_)) => {
                self.wrong(
                    "up_file",
                    "a migration has one up: remove `up` or `up_file`",
                );
                None
            }
            (Some(text), None) => Some(Direction::Sql(Sql::inline(text))),
            (None, Some(path)) => self.file(&path, project),
            (None, None) => {
                if self.is_absent("up") && self.is_absent("up_file") {
                    self.wrong("up", "a migration needs an up: write `up = \"…\"` or `up_file = \"migrations/….sql\"`");
                }
                None
            }
        }
    }

    pub(super) fn function(
        &mut self,
        connection: &syn::Type,
        body: TokenStream,
    ) -> Option<Direction> {
        for key in ["up", "up_file"] {
            if self.take(key).is_some() {
                self.wrong(
                    key,
                    format!("the function is the up of this migration: remove `{key}`"),
                );
            }
        }
        let name = &self.item.name;
        Some(Direction::Rust(Function {
            path: quote::quote!(#name),
            connection: connection.to_token_stream(),
            hash: sql_hash(&format!("fn {name} {{ {}}}", canonical(body))),
        }))
    }

    pub(super) fn down(&mut self, connection: Option<&syn::Type>, project: &Project) -> Found {
        let inline = self.take("down").map(|entry| entry.value);
        let file = self.text("down_file");
        let direction = match (inline, file) {
            (None, None) if self.is_absent("down") && self.is_absent("down_file") => {
                return Found::Absent;
            }
            (None, None) => None,
            (Some(_), Some(_)) => {
                self.wrong(
                    "down_file",
                    "a migration has one down: remove `down` or `down_file`",
                );
                None
            }
            (None, Some(path)) => self.file(&path, project),
            (Some(Value::Text(text)), None) => Some(Direction::Sql(Sql::inline(text))),
            (Some(Value::Function(path)), None) => match connection {
                Some(connection) => Some(Direction::Rust(Function {
                    hash: sql_hash(&format!("fn {}", canonical(path.clone()))),
                    path,
                    connection: connection.to_token_stream(),
                })),
                None => {
                    self.wrong("down", "`down(function)` goes with an up in Rust, `#[migration(…)] async fn …`: write `down = \"…\"` here");
                    None
                }
            },
            (Some(_), None) => None,
        };
        direction.map_or(Found::Wrong, Found::Direction)
    }

    fn file(&mut self, path: &Text, project: &Project) -> Option<Direction> {
        let sql = match Sql::read(path, project) {
            Ok(sql) => sql,
            Err(message) => {
                self.errors.push(path.span, message);
                return None;
            }
        };
        let (mut header, mistakes) = header::read(&sql.text);
        // sqlx's `-- no-transaction` means here what it means there.
        self.transaction = self.transaction.or(header.transaction.take());
        if header != Header::default() || !mistakes.is_empty() {
            self.errors.push(
                path.span,
                "this file has marks, `-- onward: …`, which only `directory!` reads: move them into the attribute",
            );
        }
        Some(Direction::Sql(sql))
    }

    pub(super) fn marks(&mut self) -> Marks {
        let destructive = match self.take("destructive").map(|entry| entry.value) {
            Some(Value::Flag) => Some(Reason(None)),
            Some(Value::Text(text)) => Some(Reason(Some(self.reason("destructive = \"…\"", text)))),
            _ => (!self.is_absent("destructive")).then(|| Reason(Some(String::new()))),
        };
        let mut mark = |key| match self.text(key) {
            Some(text) => Some(self.reason(&format!("{key} = \"…\""), text)),
            None => (!self.is_absent(key)).then(String::new),
        };
        let [lossy, irreversible, assert_lossless] =
            ["lossy", "irreversible", "assert_lossless"].map(&mut mark);
        Marks {
            destructive,
            lossy,
            irreversible,
            assert_lossless,
            takes: self.objects("takes"),
            changes: self.objects("changes"),
            allow: self.allowed(),
        }
    }

    /// The tables and columns that `key` names.
    fn objects(&mut self, key: &str) -> Vec<Object> {
        let Some(Value::List(names)) = self.take(key).map(|entry| entry.value) else {
            return Vec::new();
        };
        let mut objects = Vec::new();
        for name in names {
            match Object::named(&name.text) {
                Ok(object) => objects.push(object),
                Err(message) => self.errors.push(name.span, message),
            }
        }
        objects
    }

    /// The rules that are allowed. Where each stands is noted under its name, as for a key.
    fn allowed(&mut self) -> BTreeMap<String, String> {
        let mut allowed = BTreeMap::new();
        let Some(Value::Reasons(reasons)) = self.take("allow").map(|entry| entry.value) else {
            return allowed;
        };
        for (rule, why) in reasons {
            if let Err(message) = may_be_allowed(&rule.text) {
                self.errors.push(rule.span, message);
                continue;
            }
            let why = self.reason(&format!("allow({} = \"…\")", rule.text), why);
            self.spans.push((rule.text.clone(), rule.span));
            if allowed.insert(rule.text.clone(), why).is_some() {
                let twice = format!("`{}` is allowed twice: keep one of them", rule.text);
                self.errors.push(rule.span, twice);
            }
        }
        allowed
    }

    /// The reason behind a mark. An empty one is reported, and stands, so that it makes no second error.
    fn reason(&mut self, written: &str, text: Text) -> String {
        let reason = text.value.trim();
        if reason.is_empty() {
            self.errors.push(
                text.span,
                format!("the reason is empty: say in `{written}` why this is right"),
            );
        }
        reason.to_owned()
    }

    pub(super) fn environments(&mut self, key: &str, project: &Project) -> Vec<String> {
        let Some(Value::List(names)) = self.take(key).map(|entry| entry.value) else {
            return Vec::new();
        };
        let config = project.config();
        let known = config.environment_names();
        for name in &names {
            if !known.contains(&name.text.as_str()) {
                self.errors
                    .push(name.span, unknown_environment(&name.text, &known));
            }
        }
        names.into_iter().map(|name| name.text).collect()
    }

    pub(super) fn switch(&mut self, key: &str) -> Option<bool> {
        match self.take(key)?.value {
            Value::Switch(on) => Some(on),
            _ => None,
        }
    }
}

fn parse_version(literal: &Literal) -> Result<Version, String> {
    literal
        .to_string()
        .parse()
        .map_err(|e: onward_analysis::ParseVersionError| e.to_string())
}
