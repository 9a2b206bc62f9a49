//! What do the macros hand to the runtime? Exempt from semantic versioning: only the macros write these.

use std::sync::LazyLock;

use futures_core::future::BoxFuture;
use onward_analysis::Digest;

use crate::Result;

/// One or more migrations of a crate, as `#[derive(Migration)]`, `#[migration]` or `directory!` submit them.
#[derive(Debug)]
pub struct Registration {
    /// The declaring crate's `CARGO_PKG_NAME`.
    pub catalog: &'static str,
    /// A JSON array of [`Record`](onward_analysis::Record)s, read only where there is something to do.
    pub records: &'static str,
    /// The sum of the records' digests.
    pub digest: Digest,
    /// How many records.
    pub count: usize,
    /// The environments that all of these records are limited to; empty means all. The macros submit records of
    /// different lists apart.
    pub only: &'static [&'static str],
    /// The functions of migrations written in Rust.
    pub code: &'static [Code],
    /// The folder that `directory!` read.
    pub folder: Option<Folder>,
}

impl Registration {
    /// All that the crates of this process submitted.
    pub(crate) fn all() -> impl Iterator<Item = &'static Registration> {
        static ITEMS: LazyLock<Vec<Registration>> = LazyLock::new(|| {
            let items = inventory::iter::<Item>.into_iter();
            items.map(|item| Registration::of_item(item.0)).collect()
        });
        inventory::iter::<Registration>.into_iter().chain(&*ITEMS)
    }

    /// That of one item, from its text.
    fn of_item(record: &'static str) -> Registration {
        let read = || {
            let (digest, rest) = record.split_at_checked(64)?;
            let (catalog, records) = rest.split_once('\n')?;
            Some((catalog, records, digest.parse().ok()?))
        };
        // What no macro wrote is an error where its records are read.
        let (catalog, records, digest) = read().unwrap_or(("", record, Digest::EMPTY));
        Registration {
            catalog,
            records,
            digest,
            count: 1,
            only: &[],
            code: &[],
            folder: None,
        }
    }
}

inventory::collect!(Registration);

/// One migration in SQL for every environment, as nearly all of them are, in one text: the 64 digits of its digest, the declaring
/// crate's `CARGO_PKG_NAME`, a line break, and a JSON array of its record. rustc checks a thousand of these in less time than a
/// thousand literals of [`Registration`].
#[derive(Debug)]
pub struct Item(pub &'static str);

inventory::collect!(Item);

/// What `#[derive(Migration)]` makes of a struct, and how it registers it: rustc writes this down in less time than a macro that was
/// compiled without optimisation.
#[doc(hidden)]
#[macro_export]
macro_rules! __item {
    ($item:ident $number:literal $name:literal) => {
        #[automatically_derived]
        impl $crate::Migration for $item {
            const NAME: &'static str = $name;
            const NUMBER: i64 = $number;
        }
    };
    ($item:ident $number:literal $name:literal $record:literal $($kept:tt)*) => {
        #[automatically_derived]
        impl $crate::Migration for $item {
            const NAME: &'static str = $name;
            const NUMBER: i64 = $number;
        }
        const _: () = {
            $($kept)*
            $crate::__private::inventory::submit! {
                // A migration is used by being declared; rustc would call a private one never constructed.
                $crate::__private::Item({
                    let _ = $item;
                    $record
                })
            }
        };
    };
}

/// What the code of a crate uses of its database: `catalog!()`, `uses!` and `#[uses]` submit it.
#[derive(Debug)]
pub struct CodeUses {
    /// The crate's `CARGO_PKG_NAME`.
    pub package: &'static str,
    /// JSON of [`Uses`](onward_analysis::Uses), read only where the gate asks.
    pub uses: &'static str,
}

inventory::collect!(CodeUses);

/// The Rust functions of one migration.
#[derive(Debug)]
pub struct Code {
    /// The migration's version.
    pub version: i64,
    /// The way forward; none where it is SQL.
    pub up: Option<Function>,
    /// The way back; none where it is SQL, or there is none.
    pub down: Option<Function>,
}

/// A function over one database's connection.
#[derive(Debug, Clone, Copy)]
pub enum Function {
    /// Over SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite(for<'c> fn(&'c mut sqlx::SqliteConnection) -> BoxFuture<'c, Result<()>>),
    /// Over PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(for<'c> fn(&'c mut sqlx::PgConnection) -> BoxFuture<'c, Result<()>>),
    /// Over MySQL or MariaDB.
    #[cfg(feature = "mysql")]
    MySql(for<'c> fn(&'c mut sqlx::MySqlConnection) -> BoxFuture<'c, Result<()>>),
}

/// A folder as it was when `directory!` read it, so that a stale build is noticed.
#[derive(Debug, Clone, Copy)]
pub struct Folder {
    /// Its absolute path on the machine that compiled it; looked at only by a debug build, and only where it exists.
    pub path: &'static str,
    /// The names of its files and subfolders when it was read, sorted, joined by `\n`.
    pub listing: &'static str,
    /// Whether the crate was built with debug assertions: only then is the folder looked at.
    pub debug: bool,
}

/// One crate's migrations: the constant `MIGRATIONS` that `catalog!()` exports.
///
/// Naming it is what keeps the linker from dropping the crate's migrations, and what it holds, the lock file, is how a
/// missing one is noticed.
#[derive(Debug, Clone, Copy)]
pub struct Catalog {
    /// The crate's `CARGO_PKG_NAME`.
    #[doc(hidden)]
    pub name: &'static str,
    /// The lock file's text; none where there was no lock file when the crate was compiled.
    #[doc(hidden)]
    pub lock: Option<&'static str>,
    /// The sum of the lock's digests.
    #[doc(hidden)]
    pub digest: Digest,
    /// `onward.toml` as JSON ([`Config`](onward_analysis::Config)); empty where there is none.
    #[doc(hidden)]
    pub config: &'static str,
    /// The crate's `CARGO_MANIFEST_DIR` and the file of `catalog!()` in it, for the messages and for the lock's writer.
    #[doc(hidden)]
    pub manifest_dir: &'static str,
    /// The source file that holds `catalog!()`, as `file!()` gives it.
    #[doc(hidden)]
    pub source: &'static str,
    /// The crate's `CARGO_PKG_VERSION`.
    #[doc(hidden)]
    pub package: &'static str,
    /// What `ONWARD_BUILD` said when the crate was compiled.
    #[doc(hidden)]
    pub build: Option<&'static str>,
}
