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
mod history;
mod item;
mod judge;
mod keys;
mod literal;
mod migration;
mod nearest;
mod project;
mod record;
mod source;
mod uses;
mod valid;

use proc_macro::TokenStream;

/// Declares a migration: a unit struct with its keys in `#[migration(…)]`.
///
/// ```ignore
/// /// Support wants to call people back.
/// #[derive(Migration)]
/// #[migration(
///     version = 20261122_01,
///     up = "ALTER TABLE users ADD COLUMN phone_number varchar(20)",
///     down = "ALTER TABLE users DROP COLUMN phone_number",
///     destructive,
/// )]
/// struct AddPhoneNumber;
/// ```
///
/// It does not compile while the SQL loses something that no mark admits. The doc comment is kept with the migration.
///
/// It is judged on what the migrations of lower versions in this crate built, wherever they stand in it. What other crates
/// build in the same database is not known, and never taken to be missing. A migration behind a `#[cfg(…)]`, in `only(…)` some
/// environments, or made by another macro is not relied on.
///
/// | key | takes | says |
/// |---|---|---|
/// | `version` | up to 18 digits, `_` groups them | its place in the order |
/// | `up`, `up_file` | SQL, or a path from `Cargo.toml` | the way forward |
/// | `down`, `down_file` | the same | the way back |
/// | `destructive` | nothing, or `= "why"` | the down loses data; a reason where it is older than the up |
/// | `lossy` | `= "why"` | the up loses data, and the down brings back only the shape |
/// | `irreversible` | `= "why"` | there is no down |
/// | `assert_lossless` | `= "why"` | what Onward cannot understand loses nothing |
/// | `takes` | `("users.fax", …)` | of an up that Onward cannot understand: all tables and columns whose data it takes |
/// | `changes` | `("users.fax", …)` | of such an up: all tables, columns and views that it drops, renames or retypes |
/// | `allow` | `(rule = "why", …)` | what this rule finds here is as it should be; `cargo onward explain` lists the rules |
/// | `only` | `(staging, …)` | the environments that it runs in |
/// | `down_in` | `(development, …)` | the environments that its down may run in |
/// | `dialect` | `(postgres, …)` | the databases that it is checked for, else those of `onward.toml` or the features |
/// | `transaction` | `= false` | run it outside of a transaction |
#[proc_macro_derive(Migration, attributes(migration))]
pub fn derive_migration(input: TokenStream) -> TokenStream {
    migration::derive(input.into()).into()
}

/// Declares a migration in Rust: an `async fn` over the connection of one database.
///
/// ```ignore
/// #[migration(version = 20261122_03, irreversible = "the two names cannot be told apart again")]
/// async fn merge_names(db: &mut PgConnection) -> onward::Result<()> {
///     sqlx::query("UPDATE users SET name = first_name || ' ' || last_name").execute(db).await?;
///     Ok(())
/// }
/// ```
///
/// The keys are those of [`macro@Migration`], without `up` and `dialect`: the function is the up, and the dialect is its
/// connection's. The way back is SQL, `down = "…"`, or another such function, `down(split_names)`. What a function loses
/// is never understood, so a mark must answer for it.
///
/// An edit of the body is an edit of the migration, formatting and comments aside. An edit of what it calls is not seen,
/// the function of the way back included.
#[proc_macro_attribute]
pub fn migration(arguments: TokenStream, input: TokenStream) -> TokenStream {
    migration::function(arguments.into(), input.into()).into()
}

/// Exports `MIGRATIONS`, this crate's migrations, and holds them against `migrations.lock`. Once per crate, at its root.
///
/// ```ignore
/// onward::catalog!();
/// ```
///
/// It brings a test, `migrations_lock_is_current`, that fails where the lock file is not what the crate declares, and
/// says what to type.
#[proc_macro]
pub fn catalog(input: TokenStream) -> TokenStream {
    catalog::catalog(input.into()).into()
}

/// Takes the migrations of a folder that sqlx, golang-migrate, diesel or refinery laid out, as they are.
///
/// ```ignore
/// onward::directory!("migrations");
/// onward::directory!("migrations", dialect(postgres));
/// ```
///
/// The path begins at the crate's `Cargo.toml`. The marks stand at the head of the files, `-- onward: destructive`, and
/// `cargo onward mark` writes those that the SQL calls for. Each migration is judged on the schema that the ones before
/// it built, those among the crate's items too. In a crate without items a folder has its database for itself.
///
/// Cargo does not see a new file in the folder until something else is rebuilt; a debug build that is older than the
/// folder refuses to run and says so.
#[proc_macro]
pub fn directory(input: TokenStream) -> TokenStream {
    directory::directory(input.into()).into()
}

/// Says what code uses of the database that no cached query tells of: `uses!("users.phone_number", "orders")`.
///
/// ```ignore
/// async fn export(pool: &PgPool, columns: &str) -> Result<()> {
///     onward::declare::uses!("users.phone_number", "orders", "audit.events.*");
///     sqlx::query(AssertSqlSafe(format!("SELECT {columns} FROM users"))).fetch_all(pool).await?;
///     Ok(())
/// }
/// ```
/// ```ignore
/// onward::declare::uses!(); // in a crate that has queries and no migrations: what sqlx's offline cache and its sources tell
/// ```
///
/// `table` stands for all of a table, `table.column` for one column; a schema stands in front of both,
/// `schema.table.column`. Every running instance carries the list, so that a migration which takes what it uses is
/// refused while it runs.
///
/// What the queries of a crate use need not be said: [`catalog!`], and `uses!()` in a crate without migrations, read it from
/// `.sqlx`, the cache of `cargo sqlx prepare`, and from the literals given to `sqlx::query` and its kin. Say it where SQL
/// is put together at run time. It stands wherever an item or a statement may; [`macro@uses`] says the same above a
/// function.
///
/// The attribute stands at the root of `onward`, and this in `onward::declare`, because Rust gives one name in one place to
/// one macro. Import one of them, and write the other with its path.
#[proc_macro]
pub fn declare_uses(input: TokenStream) -> TokenStream {
    uses::declaration(input.into()).into()
}

/// Says what a function uses of the database, as [`uses!`](macro@declare_uses) does in its body.
///
/// ```ignore
/// #[onward::uses("users.phone_number")]
/// async fn call_back(pool: &PgPool, sql: String) -> Result<()> {
///     sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
///     Ok(())
/// }
/// ```
///
/// Where there is no function to stand on: `onward::declare::uses!("users.phone_number")`.
#[proc_macro_attribute]
pub fn uses(arguments: TokenStream, item: TokenStream) -> TokenStream {
    uses::on_function(arguments.into(), item.into()).into()
}
