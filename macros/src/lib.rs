//! The macros of Onward. Use them through the crate `onward`, which documents them.
//!
//! Each macro goes parse → validate → judge → expand and reports every mistake at once, beside the code that it would
//! have emitted without them, so that one mistake makes one message.

mod attribute;
mod catalog;
mod complete;
mod directory;
mod errors;
mod expand;
mod item;
mod judge;
mod keys;
mod literal;
mod migration;
mod nearest;
mod project;
mod record;
mod source;
mod valid;

use proc_macro::TokenStream;

/// Declares a migration: a unit struct with its keys in `#[migration(…)]`.
#[proc_macro_derive(Migration, attributes(migration))]
pub fn derive_migration(input: TokenStream) -> TokenStream {
    migration::derive(input.into()).into()
}

/// Declares a migration in Rust: an `async fn` over a connection.
#[proc_macro_attribute]
pub fn migration(arguments: TokenStream, input: TokenStream) -> TokenStream {
    migration::function(arguments.into(), input.into()).into()
}

/// Exports `MIGRATIONS`, this crate's migrations, and holds them against `migrations.lock`. Once per crate.
#[proc_macro]
pub fn catalog(input: TokenStream) -> TokenStream {
    catalog::catalog(input.into()).into()
}

/// Takes the migrations of a folder that sqlx, golang-migrate, diesel or refinery laid out.
#[proc_macro]
pub fn directory(input: TokenStream) -> TokenStream {
    directory::directory(input.into()).into()
}
