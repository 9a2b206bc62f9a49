//! Do the keys make a migration?

use onward_analysis::check::{Code, Style};
use onward_analysis::header::{self, Header};
use onward_analysis::nearest::nearest;
use onward_analysis::{Dialect, Marks, Reason, Version, sql_hash};
use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};

use crate::attribute::{Entry, Name, Value};
use crate::errors::Errors;
use crate::item::{Item, Kind, canonical};
use crate::keys::KEYS;
use crate::literal::Text;
use crate::nearest::suggestion;
use crate::project::{Project, enabled};
use crate::source::Sql;

/// A migration whose keys fit together.
pub(crate) struct Migration {
    pub(crate) version: Version,
    /// Where the version is written.
    pub(crate) version_span: Span,
    pub(crate) name: String,
    pub(crate) doc: String,
    /// Where the item is named.
    pub(crate) span: Span,
    pub(crate) up: Direction,
    pub(crate) down: Option<Direction>,
    pub(crate) marks: Marks,
    /// How marks are written where it stands.
    pub(crate) style: Style,
    pub(crate) only: Vec<String>,
    pub(crate) down_in: Vec<String>,
    pub(crate) dialects: Vec<Dialect>,
    pub(crate) transaction: Option<bool>,
    /// Where each key is written.
    pub(crate) keys: Vec<(String, Span)>,
}

/// One direction.
pub(crate) enum Direction {
    Sql(Sql),
    Rust(Function),
}

/// A function over a connection.
pub(crate) struct Function {
    /// How it is called.
    pub(crate) path: TokenStream,
    /// The connection's type, as the up's signature writes it.
    pub(crate) connection: TokenStream,
    /// The hash of what is visible of it.
    pub(crate) hash: String,
}

impl Direction {
    pub(crate) fn code(&self) -> Code<'_> {
        match self {
            Direction::Sql(sql) => Code::Sql(&sql.text),
            Direction::Rust(_) => Code::Rust,
        }
    }

    pub(crate) fn sql(&self) -> Option<&Sql> {
        match self {
            Direction::Sql(sql) => Some(sql),
            Direction::Rust(_) => None,
        }
    }

    pub(crate) fn function(&self) -> Option<&Function> {
        match self {
            Direction::Sql(_) => None,
            Direction::Rust(function) => Some(function),
        }
    }
}

impl Migration {
    /// Whether `mark` is written, as far as can be told: what a file's header says has no key here.
    pub(crate) fn writes(&self, mark: &str) -> bool {
        self.style == Style::Header || self.keys.iter().any(|(name, _)| name == mark)
    }

    /// Where `key` is written; the item's name where it is not.
    pub(crate) fn key(&self, key: &str) -> Span {
        self.keys
            .iter()
            .find(|(name, _)| name == key)
            .map_or(self.span, |(_, span)| *span)
    }
}

/// Fits the keys of `item` together; none where too much is missing for a verdict, which is reported.
pub(crate) fn migration(
    item: &Item,
    entries: Vec<Entry>,
    project: &Project,
    errors: &mut Errors,
) -> Option<Migration> {
    let mut keys = Keys {
        spans: entries
            .iter()
            .map(|entry| (entry.key.to_string(), entry.key.span()))
            .collect(),
        entries,
        item,
        transaction: None,
        errors,
    };
    let rust = match &item.kind {
        Kind::UnitStruct => None,
        Kind::AsyncFn {
            connection,
            connection_name,
            body,
        } => Some((connection, connection_name, body)),
        Kind::Other { span, message, .. } => {
            keys.errors.push(*span, message.clone());
            None
        }
    };
    let version = keys.version();
    let dialects = match rust {
        None => keys.dialects(project),
        Some((_, connection, _)) => keys.dialect_of(connection),
    };
    let up = match rust {
        None if matches!(
            item.kind,
            Kind::Other {
                is_function: true,
                ..
            }
        ) =>
        {
            None
        }
        None => keys.up(project),
        Some((connection, _, body)) => keys.function(connection, body.stream()),
    };
    let irreversible = keys.spans.iter().any(|(key, _)| key == "irreversible");
    let down = keys.down(rust.map(|(connection, ..)| connection), project);
    let mut marks = keys.marks();
    if irreversible && !matches!(down, Found::Absent) {
        keys.wrong(
            "irreversible",
            "a migration is irreversible or has a down, not both: remove one of the two",
        );
        marks.irreversible = None;
    }
    let only = keys.environments("only", project);
    let down_in = keys.environments("down_in", project);
    let transaction = keys.switch("transaction").or(keys.transaction);
    let spans = std::mem::take(&mut keys.spans);

    let (version, version_span) = version?;
    Some(Migration {
        version,
        version_span,
        name: snake_case(&item.name),
        doc: item.doc.clone(),
        span: item.name.span(),
        up: up?,
        down: match down {
            Found::Absent => None,
            Found::Wrong => return None,
            Found::Direction(direction) => Some(direction),
        },
        marks,
        style: Style::Attribute,
        only,
        down_in,
        dialects: dialects?,
        transaction,
        keys: spans,
    })
}

/// What was found of the way back.
enum Found {
    Absent,
    Wrong,
    Direction(Direction),
}

/// The keys that were not looked at yet.
struct Keys<'a> {
    entries: Vec<Entry>,
    spans: Vec<(String, Span)>,
    item: &'a Item,
    /// What the header of a file says of transactions.
    transaction: Option<bool>,
    errors: &'a mut Errors,
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
    fn wrong(&mut self, key: &str, message: impl Into<String>) {
        let span = self.spans.iter().find(|(name, _)| name == key);
        let span = span.map_or(self.item.name.span(), |(_, span)| *span);
        self.errors.push(span, message);
    }

    /// Whether `key` was not written, not even wrongly: what was is reported already, and must not seem missing besides.
    fn is_absent(&self, key: &str) -> bool {
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

    fn version(&mut self) -> Option<(Version, Span)> {
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

    fn dialects(&mut self, project: &Project) -> Option<Vec<Dialect>> {
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
    fn dialect_of(&mut self, connection: &Ident) -> Option<Vec<Dialect>> {
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

    fn up(&mut self, project: &Project) -> Option<Direction> {
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

    fn function(&mut self, connection: &TokenStream, body: TokenStream) -> Option<Direction> {
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
            connection: connection.clone(),
            hash: sql_hash(&format!("fn {name} {{ {}}}", canonical(body))),
        }))
    }

    fn down(&mut self, connection: Option<&TokenStream>, project: &Project) -> Found {
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
                    connection: connection.clone(),
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

    fn marks(&mut self) -> Marks {
        let destructive = match self.take("destructive").map(|entry| entry.value) {
            Some(Value::Flag) => Some(Reason(None)),
            Some(Value::Text(text)) => Some(Reason(Some(self.reason("destructive", text)))),
            _ => (!self.is_absent("destructive")).then(|| Reason(Some(String::new()))),
        };
        let mut mark = |key| match self.text(key) {
            Some(text) => Some(self.reason(key, text)),
            None => (!self.is_absent(key)).then(String::new),
        };
        Marks {
            destructive,
            lossy: mark("lossy"),
            irreversible: mark("irreversible"),
            assert_lossless: mark("assert_lossless"),
        }
    }

    /// The reason behind a mark. An empty one is reported, and stands, so that it makes no second error.
    fn reason(&mut self, key: &str, text: Text) -> String {
        let reason = text.value.trim();
        if reason.is_empty() {
            self.errors.push(
                text.span,
                format!("the reason is empty: say in `{key} = \"…\"` why this is right"),
            );
        }
        reason.to_owned()
    }

    fn environments(&mut self, key: &str, project: &Project) -> Vec<String> {
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

    fn switch(&mut self, key: &str) -> Option<bool> {
        match self.take(key)?.value {
            Value::Switch(on) => Some(on),
            _ => None,
        }
    }
}

const CONNECTIONS: [(&str, Dialect); 3] = [
    ("SqliteConnection", Dialect::Sqlite),
    ("PgConnection", Dialect::Postgres),
    ("MySqlConnection", Dialect::MySql),
];

/// What is said where no dialect can be checked.
pub(crate) const NO_DIALECT: &str = "there is no database to check this for: enable the feature `sqlite`, `postgres` or \
     `mysql` of `onward` in Cargo.toml, or write `dialect(…)`";

/// The dialect of that name, or an error.
pub(crate) fn dialect(name: &Name, errors: &mut Errors) -> Option<Dialect> {
    let dialect = Dialect::named(&name.text);
    if dialect.is_none() {
        let names = Dialect::ALL.map(Dialect::name);
        errors.push(
            name.span,
            format!(
                "`{}` is no dialect: {}",
                name.text,
                suggestion(&name.text, &names)
            ),
        );
    }
    dialect
}

/// What is said of an environment that nobody declared.
pub(crate) fn unknown_environment(name: &str, known: &[&str]) -> String {
    let suggestion = suggestion(name, known);
    let elsewhere = match suggestion.ends_with('?') {
        true => "",
        false => "; further ones are declared in onward.toml under [environments]",
    };
    format!("`{name}` is no environment: {suggestion}{elsewhere}")
}

fn parse_version(literal: &Literal) -> Result<Version, String> {
    literal
        .to_string()
        .parse()
        .map_err(|e: onward_analysis::ParseVersionError| e.to_string())
}

/// `add_phone_number` for `AddPhoneNumber`.
fn snake_case(name: &Ident) -> String {
    let name = name.to_string();
    let name = name.trim_start_matches("r#");
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, c) in chars.iter().enumerate() {
        let after_lower = at > 0 && (chars[at - 1].is_lowercase() || chars[at - 1].is_numeric());
        let before_lower = at > 0
            && chars[at - 1].is_uppercase()
            && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_snake_case() {
        for (name, snake) in [
            ("AddPhoneNumber", "add_phone_number"),
            ("AddURLColumn", "add_url_column"),
            ("V2Users", "v2_users"),
            ("merge_names", "merge_names"),
        ] {
            assert_eq!(snake_case(&Ident::new(name, Span::call_site())), snake);
        }
    }
}
