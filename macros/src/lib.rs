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
///
/// The doc comment says why the migration was written; it is kept in the history.
///
/// | key | says |
/// |---|---|
/// | `version = 20261122_01` | the place in the order: up to 18 digits, `_` only groups them |
/// | `up = "…"`, `up_file = "path"` | the way forward; a path begins at the crate's `Cargo.toml` |
/// | `down = "…"`, `down_file = "path"` | the way back |
/// | `destructive`, `destructive = "why"` | the down loses data; the reason is needed where the data is older than the up |
/// | `lossy = "why"` | the up loses data, and the down rebuilds only the shape |
/// | `irreversible = "why"` | there is no down |
/// | `assert_lossless = "why"` | what cannot be understood loses nothing: asserted, not verified |
/// | `only(staging, production)` | the environments or tiers that the migration runs in |
/// | `down_in(development, staging)` | the environments or tiers that its down may run in |
/// | `dialect(postgres)` | the databases that the SQL is checked for |
/// | `transaction = false` | run it outside of a transaction |
#[proc_macro_derive(Migration, attributes(migration))]
pub fn derive_migration(input: TokenStream) -> TokenStream {
    migration::derive(input.into()).into()
}

/// Declares a migration in Rust: an `async fn` over a connection.
///
/// It runs in one transaction with its history row where the database can. No analysis follows Rust, so the way back is
/// either `down(function)`, another `async fn` over the same connection, with `destructive = "why"` or
/// `assert_lossless = "why"`, or it is `irreversible = "why"`.
///
/// ```ignore
/// /// Merges the two names.
/// #[onward::migration(version = 20261122_03, irreversible = "the two names cannot be told apart again")]
/// async fn merge_names(db: &mut sqlx::PgConnection) -> onward::Result<()> {
///     sqlx::query("UPDATE users SET full_name = first_name || ' ' || last_name").execute(db).await?;
///     Ok(())
/// }
/// ```
#[proc_macro_attribute]
pub fn migration(arguments: TokenStream, input: TokenStream) -> TokenStream {
    migration::function(arguments.into(), input.into()).into()
}

/// Exports `MIGRATIONS`, this crate's migrations, and holds them against `migrations.lock`. Once per crate.
///
/// Name the constant where the application builds its migrator: a linker drops the migrations of a crate that nobody
/// names. It also makes the test `migrations_lock_is_current`, which says when the lock file is behind.
#[proc_macro]
pub fn catalog(input: TokenStream) -> TokenStream {
    catalog::catalog(input.into()).into()
}

/// Takes the migrations of a folder that sqlx, golang-migrate, diesel or refinery laid out: `directory!("migrations")`.
///
/// The path begins at the crate's `Cargo.toml`. Marks stand in comments at the head of the files, such as
/// `-- onward: destructive`; `cargo onward mark` writes those that the verdicts call for.
#[proc_macro]
pub fn directory(input: TokenStream) -> TokenStream {
    directory::directory(input.into()).into()
}
