//! What kind of item does the macro stand on?

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, Type, Visibility, token};

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
        connection: Box<Type>,
        /// The last segment of that type's path.
        connection_name: Ident,
        /// The body, which is passed through: reading it would take syn's parser for all of Rust.
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
    syn::parse2(tokens).ok()
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Item> {
        let outer = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let (name, kind) = if input.peek(Token![struct]) {
            unit_struct(input)?
        } else {
            function(input)?
        };
        Ok(Item {
            doc: doc(&outer),
            attributes: keys(&outer),
            name,
            kind,
        })
    }
}

/// What stands in each `#[migration(…)]`.
fn keys(outer: &[Attribute]) -> Vec<TokenStream> {
    let ours = outer
        .iter()
        .filter(|attribute| attribute.path().is_ident("migration"));
    ours.filter_map(|attribute| match &attribute.meta {
        Meta::List(list) => Some(list.tokens.clone()),
        _ => None,
    })
    .collect()
}

fn doc(outer: &[Attribute]) -> String {
    let lines = outer.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = lines
        .map(|line| {
            line.strip_prefix(' ')
                .unwrap_or(&line)
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n")
}

fn unit_struct(input: ParseStream<'_>) -> syn::Result<(Ident, Kind)> {
    input.parse::<Token![struct]>()?;
    let name: Ident = input.parse()?;
    let is_unit = input.peek(Token![;]);
    // Whatever else follows is wrong all the same.
    input.parse::<TokenStream>()?;
    let kind = match is_unit {
        true => Kind::UnitStruct,
        false => not_unit(name.span()),
    };
    Ok((name, kind))
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

fn function(input: ParseStream<'_>) -> syn::Result<(Ident, Kind)> {
    let mut before: Vec<TokenTree> = Vec::new();
    while !input.is_empty() && !input.peek(Token![fn]) {
        before.push(input.parse()?);
    }
    if input.parse::<Option<Token![fn]>>()?.is_none() {
        let words: Vec<&Ident> = before.iter().filter_map(word).collect();
        let [keyword, name, ..] = words.as_slice() else {
            return Err(input.error("an item has a name"));
        };
        return Ok(((*name).clone(), not_unit(keyword.span())));
    }
    let name: Ident = input.parse()?;
    let is_plain =
        matches!(before.as_slice(), [only] if word(only).is_some_and(|word| word == "async"));
    let read = match is_plain {
        true => signature(input),
        false => Err("a migration in Rust is a plain `async fn`"),
    };
    // Where the signature is wrong the rest was not read.
    input.parse::<TokenStream>()?;
    let kind = read.unwrap_or_else(|what| Kind::Other {
        span: name.span(),
        message: format!(
            "{what}: write `async fn {name}(db: &mut SqliteConnection) -> onward::Result<()>`, or with \
             `PgConnection` or `MySqlConnection`"
        ),
        is_function: true,
    });
    Ok((name, kind))
}

/// What stands behind an `async fn`'s name, or what is wrong with it.
fn signature(input: ParseStream<'_>) -> Result<Kind, &'static str> {
    let shape = "a migration in Rust has no generics, and a body";
    if !input.peek(token::Paren) {
        return Err(shape);
    }
    let Some((connection, connection_name)) = connection(input) else {
        return Err("a migration in Rust takes one connection, by `&mut`");
    };
    if input.parse::<Token![->]>().is_err() {
        return Err("a migration in Rust returns a `Result`");
    }
    let rest: TokenStream = input.parse().map_err(|_| shape)?;
    match rest.into_iter().last() {
        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => Ok(Kind::AsyncFn {
            connection: Box::new(connection),
            connection_name,
            body,
        }),
        _ => Err(shape),
    }
}

/// The type behind `name: &mut`, and its last word, where that is the only parameter.
fn connection(input: ParseStream<'_>) -> Option<(Type, Ident)> {
    let parameter = |parameters: ParseStream<'_>| -> syn::Result<Type> {
        parameters.parse::<Option<Token![mut]>>()?;
        if parameters.parse::<Option<Token![_]>>()?.is_none() {
            parameters.parse::<Ident>()?;
        }
        parameters.parse::<Token![:]>()?;
        let connection = parameters.parse()?;
        parameters.parse::<Option<Token![,]>>()?;
        Ok(connection)
    };
    let parameters: Group = input.parse().ok()?;
    let Type::Reference(reference) = parameter.parse2(parameters.stream()).ok()? else {
        return None;
    };
    reference.mutability?;
    let Type::Path(path) = reference.elem.as_ref() else {
        return None;
    };
    let last = path.path.segments.last()?;
    let name = last.arguments.is_none().then(|| last.ident.clone())?;
    Some((*reference.elem, name))
}

fn word(token: &TokenTree) -> Option<&Ident> {
    match token {
        TokenTree::Ident(word) => Some(word),
        _ => None,
    }
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
