//! Which code does a migration become?

use onward_analysis::{Dialect, Digest, Down, Record};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::valid::{Direction, Function, Migration};

/// `impl Migration for Name`, with the registration where `registered` is what [`text`] tells and what stands beside it.
pub(crate) fn implementation(
    item: &Ident,
    migration: Option<&Migration>,
    registered: Option<(String, TokenStream)>,
) -> TokenStream {
    let version = migration.map_or(0, |migration| migration.version.number());
    let name = migration.map_or("", |migration| migration.name.as_str());
    match registered {
        Some((text, kept)) => quote!(::onward::__item! { #item #version #name #text #kept }),
        // A migration is used by being declared; rustc would call a private one never constructed.
        None => quote! {
            ::onward::__item! { #item #version #name }
            const _: #item = #item;
        },
    }
}

/// The text that registers `record`: one in SQL for every environment, as nearly all are; none where it says more.
pub(crate) fn text(catalog: &str, record: &Record) -> Option<String> {
    let down = match &record.down {
        Down::Script(down) => down.sql.as_ref(),
        Down::Irreversible { .. } => record.up.sql.as_ref(),
    };
    if !record.only.is_empty() || record.up.sql.is_none() || down.is_none() {
        return None;
    }
    let json = serde_json::to_string(&[record]).ok()?;
    Some(format!("{}{catalog}\n{json}", record.digest()))
}

/// Registers `records`, which all have the same list of environments.
pub(crate) fn registration(
    catalog: &str,
    records: &[Record],
    code: Option<TokenStream>,
    folder: Option<TokenStream>,
) -> TokenStream {
    let sum = records
        .iter()
        .fold(Digest::EMPTY, |sum, record| sum.plus(record.digest()));
    let digest = digest(sum);
    let count = records.len();
    let only = records
        .first()
        .map_or(&[] as &[String], |record| record.only.as_slice());
    let json = match serde_json::to_string(records) {
        Ok(json) => json,
        // No map in a record has keys that JSON cannot have.
        Err(e) => return compile_error(&e.to_string()),
    };
    let code = code.unwrap_or_else(|| quote!(&[]));
    let folder = match folder {
        Some(folder) => quote!(::core::option::Option::Some(#folder)),
        None => quote!(::core::option::Option::None),
    };
    quote! {
        ::onward::__private::inventory::submit! {
            ::onward::__private::Registration {
                catalog: #catalog,
                records: #json,
                digest: #digest,
                count: #count,
                only: &[#(#only),*],
                code: #code,
                folder: #folder,
            }
        }
    }
}

fn compile_error(message: &str) -> TokenStream {
    quote!(::core::compile_error! { #message })
}

/// A digest as an expression.
pub(crate) fn digest(digest: Digest) -> TokenStream {
    let lanes = digest.0;
    quote!(::onward::__private::Digest([#(#lanes),*]))
}

/// A macro that nobody calls, named by the version: a second migration of this version clashes with it wherever in the
/// crate it stands, under `cargo check` already. rustc says nothing of the clash but the name, so that the name is the message.
pub(crate) fn unique_version(version: i64, span: Span) -> TokenStream {
    let name = format_ident!(
        "migration_version_{}_is_declared_twice",
        version.to_string(),
        span = span
    );
    quote_spanned! {span=>
        #[doc(hidden)]
        #[allow(non_local_definitions, unused_macros)]
        #[macro_export]
        macro_rules! #name { () => {}; }
    }
}

/// Has cargo rebuild when one of `files` changes.
pub(crate) fn tracked<'a>(files: impl IntoIterator<Item = &'a str>) -> TokenStream {
    let mut files = files.into_iter().peekable();
    if files.peek().is_none() {
        return TokenStream::new();
    }
    quote!(const _: &[&str] = &[#(::core::include_str!(#files)),*];)
}

/// The functions of a migration in Rust: their wrappers, and the `Code` that names them.
pub(crate) fn code(migration: &Migration) -> (TokenStream, Option<TokenStream>) {
    let Some(dialect) = migration.dialects.first() else {
        return (TokenStream::new(), None);
    };
    let up = migration.up.function();
    let down = migration.down.as_ref().and_then(Direction::function);
    if up.is_none() && down.is_none() {
        return (TokenStream::new(), None);
    }
    let version = migration.version.number();
    let (up_wrapper, up) = function(*dialect, "__onward_up", up);
    let (down_wrapper, down) = function(*dialect, "__onward_down", down);
    (
        quote!(#up_wrapper #down_wrapper),
        Some(quote!(&[::onward::__private::Code { version: #version, up: #up, down: #down }])),
    )
}

fn function(
    dialect: Dialect,
    name: &str,
    function: Option<&Function>,
) -> (TokenStream, TokenStream) {
    let Some(Function {
        path, connection, ..
    }) = function
    else {
        return (TokenStream::new(), quote!(::core::option::Option::None));
    };
    let wrapper = Ident::new(name, Span::call_site());
    let variant = match dialect {
        Dialect::Sqlite => quote!(Sqlite),
        Dialect::Postgres => quote!(Postgres),
        Dialect::MySql => quote!(MySql),
    };
    (
        quote! {
            fn #wrapper<'c>(
                db: &'c mut #connection,
            ) -> ::core::pin::Pin<::std::boxed::Box<
                dyn ::core::future::Future<Output = ::onward::Result<()>> + ::core::marker::Send + 'c,
            >> {
                ::std::boxed::Box::pin(async move {
                    ::core::result::Result::map_err(#path(db).await, ::core::convert::Into::into)
                })
            }
        },
        quote!(::core::option::Option::Some(::onward::__private::Function::#variant(#wrapper))),
    )
}
