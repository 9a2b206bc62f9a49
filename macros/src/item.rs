//! What kind of item does the macro stand on?
//!
//! Read by hand: a struct's name or a function's signature is a dozen tokens, and a parser for all of Rust would cost
//! every user's build two to five seconds.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::literal::Text;

/// The parts of an item that a migration is made of.
pub(crate) struct Item {
    /// The doc comment.
    pub(crate) doc: String,
    /// What stands in each `#[migration(…)]` on it.
    pub(crate) attributes: Vec<TokenStream>,
    /// The item's name.
    pub(crate) name: Ident,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What an item is.
pub(crate) enum Kind {
    /// `struct Name;`
    UnitStruct,
    /// `async fn name(db: &mut Connection) -> Result { … }`
    AsyncFn {
        /// The connection's type, as written.
        connection: TokenStream,
        /// The last segment of that type's path.
        connection_name: Ident,
        /// The body.
        body: Group,
    },
    /// Anything else.
    Other {
        /// Where it is wrong.
        span: Span,
        /// What is wrong about it.
        message: String,
        /// Whether it is a function, which is its own up.
        is_function: bool,
    },
}

/// Reads an item; none where it has not even a name.
pub(crate) fn read(tokens: TokenStream) -> Option<Item> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    let mut doc = String::new();
    let mut attributes = Vec::new();
    while let [TokenTree::Punct(hash), TokenTree::Group(group), after @ ..] = rest
        && hash.as_char() == '#'
    {
        attribute(group.stream(), &mut doc, &mut attributes);
        rest = after;
    }
    rest = after_visibility(rest);
    let (name, kind) = match rest {
        [TokenTree::Ident(word), TokenTree::Ident(name), after @ ..] if word == "struct" => {
            (name, unit_struct(name, after))
        }
        _ => {
            let at = rest.iter().position(|token| is_word(token, "fn"));
            match at.map(|at| (&rest[..at], &rest[at + 1..])) {
                Some((before, [TokenTree::Ident(name), after @ ..])) => {
                    (name, async_fn(name, before, after))
                }
                _ => (second_word(rest)?, not_unit(rest.first()?.span())),
            }
        }
    };
    Some(Item {
        doc,
        attributes,
        name: name.clone(),
        kind,
    })
}

fn attribute(inner: TokenStream, doc: &mut String, attributes: &mut Vec<TokenStream>) {
    let inner: Vec<TokenTree> = inner.into_iter().collect();
    match inner.as_slice() {
        [TokenTree::Ident(name), TokenTree::Group(group)] if name == "migration" => {
            attributes.push(group.stream());
        }
        [
            TokenTree::Ident(name),
            TokenTree::Punct(_),
            TokenTree::Literal(literal),
        ] if name == "doc" => {
            if let Some(line) = Text::read(literal) {
                if !doc.is_empty() {
                    doc.push('\n');
                }
                let line = line.value.strip_prefix(' ').unwrap_or(&line.value);
                doc.push_str(line.trim_end());
            }
        }
        _ => {}
    }
}

fn after_visibility(tokens: &[TokenTree]) -> &[TokenTree] {
    match tokens {
        [TokenTree::Ident(word), TokenTree::Group(group), rest @ ..]
            if word == "pub" && group.delimiter() == Delimiter::Parenthesis =>
        {
            rest
        }
        [TokenTree::Ident(word), rest @ ..] if word == "pub" => rest,
        _ => tokens,
    }
}

fn unit_struct(name: &Ident, after: &[TokenTree]) -> Kind {
    match after {
        [TokenTree::Punct(semicolon)] if semicolon.as_char() == ';' => Kind::UnitStruct,
        _ => not_unit(name.span()),
    }
}

fn not_unit(span: Span) -> Kind {
    Kind::Other {
        span,
        message:
            "a migration is a struct without fields or generics: write `struct AddPhoneNumber;`"
                .into(),
        is_function: false,
    }
}

fn async_fn(name: &Ident, before: &[TokenTree], after: &[TokenTree]) -> Kind {
    let other = |what: &str| Kind::Other {
        span: name.span(),
        message: format!(
            "{what}: write `async fn {name}(db: &mut SqliteConnection) -> onward::Result<()>`, or with \
             `PgConnection` or `MySqlConnection`"
        ),
        is_function: true,
    };
    if !matches!(before, [word] if is_word(word, "async")) {
        return other("a migration in Rust is a plain `async fn`");
    }
    let [TokenTree::Group(parameters), .., TokenTree::Group(body)] = after else {
        return other("a migration in Rust has no generics, and a body");
    };
    let Some((connection, connection_name)) = connection(parameters.stream()) else {
        return other("a migration in Rust takes one connection, by `&mut`");
    };
    if !after.windows(2).any(|pair| matches!(pair, [TokenTree::Punct(a), TokenTree::Punct(b)] if a.as_char() == '-' && b.as_char() == '>')) {
        return other("a migration in Rust returns a `Result`");
    }
    Kind::AsyncFn {
        connection,
        connection_name,
        body: body.clone(),
    }
}

/// The type behind `name: &mut`, and its last word, where that is the only parameter.
fn connection(parameters: TokenStream) -> Option<(TokenStream, Ident)> {
    let parameters: Vec<TokenTree> = parameters.into_iter().collect();
    let reference = parameters.windows(2).position(|pair| {
        matches!(&pair[0], TokenTree::Punct(p) if p.as_char() == '&') && is_word(&pair[1], "mut")
    })?;
    let mut of = &parameters[reference + 2..];
    if let [path @ .., TokenTree::Punct(comma)] = of
        && comma.as_char() == ','
    {
        of = path;
    }
    let path_only = of.iter().all(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    match of {
        [.., TokenTree::Ident(last)] if path_only => {
            Some((of.iter().cloned().collect(), last.clone()))
        }
        _ => None,
    }
}

fn second_word(tokens: &[TokenTree]) -> Option<&Ident> {
    tokens
        .iter()
        .filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word),
            _ => None,
        })
        .nth(1)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// The tokens of a function's body as one text that neither formatting nor a compiler's version changes.
pub(crate) fn canonical(tokens: TokenStream) -> String {
    let mut text = String::new();
    write_canonical(tokens, &mut text);
    text
}

fn write_canonical(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write_canonical(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Ident(ident) => text.push_str(&ident.to_string()),
            TokenTree::Punct(punct) => text.push(punct.as_char()),
            TokenTree::Literal(literal) => text.push_str(&literal.to_string()),
        }
        text.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(tokens: &str) -> Item {
        read(tokens.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_unit_struct_with_its_doc_and_attributes() {
        let item = item(
            "/// Support wants to call\n/// people back.\n#[migration(version = 1)] #[allow(x)] #[migration(up = \"\")] pub(crate) struct AddPhone;",
        );
        assert_eq!(item.doc, "Support wants to call\npeople back.");
        assert_eq!(item.attributes.len(), 2);
        assert_eq!(item.name, "AddPhone");
        assert!(matches!(item.kind, Kind::UnitStruct));
    }

    #[test]
    fn an_async_fn_with_its_connection() {
        let item = item(
            "pub async fn merge(db: &mut sqlx::PgConnection,) -> onward::Result<()> { Ok(()) }",
        );
        let Kind::AsyncFn {
            connection_name, ..
        } = item.kind
        else {
            panic!("no async fn")
        };
        assert_eq!(connection_name, "PgConnection");
    }

    #[test]
    fn anything_else_is_told_what_to_write() {
        for other in [
            "struct A { a: u8 }",
            "struct A(u8);",
            "struct A<T>;",
            "enum A { B }",
            "union A { a: u8 }",
            "fn a(db: &mut PgConnection) -> Result<()> {}",
            "async fn a(db: PgConnection) -> Result<()> {}",
            "async fn a(db: &mut PgConnection, other: u8) -> Result<()> {}",
            "async fn a() -> Result<()> {}",
            "async fn a(db: &mut PgConnection) {}",
            "async fn a<T>(db: &mut T) -> Result<()> {}",
            "pub unsafe async fn a(db: &mut PgConnection) -> Result<()> {}",
        ] {
            assert!(matches!(item(other).kind, Kind::Other { .. }), "{other}");
        }
        assert!(read(TokenStream::new()).is_none());
    }

    #[test]
    fn formatting_does_not_change_a_body() {
        let a: TokenStream = "{ a.b( 1 , \"x y\" ); // why\n }".parse().unwrap();
        let b: TokenStream = "{a.b(1,\"x y\");}".parse().unwrap();
        let c: TokenStream = "{a.b(2,\"x y\");}".parse().unwrap();
        assert_eq!(canonical(a.clone()), canonical(b));
        assert_ne!(canonical(a), canonical(c));
    }
}
