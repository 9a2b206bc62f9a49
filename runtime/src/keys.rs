//! What does an editor show for the keys of `#[migration(…)]`? One constant for each, which rust-analyzer completes.
#![allow(
    non_upper_case_globals,
    reason = "they are named like the keys that they document"
)]

/// A key.
#[derive(Debug, Clone, Copy)]
pub struct Key;

/// `version = 20261122_01`: the migration's place in the order, up to 18 digits; `_` only groups them.
pub const version: Key = Key;

/// `up = "ALTER TABLE …"`: the way forward, SQL of one or more statements.
pub const up: Key = Key;

/// `up_file = "migrations/01.up.sql"`: the way forward, in a file. The path begins at the crate's `Cargo.toml`.
pub const up_file: Key = Key;

/// `down = "ALTER TABLE …"`: the way back, as SQL; for a migration in Rust also `down(function)`, an `async fn` over the
/// same connection.
pub const down: Key = Key;

/// `down_file = "migrations/01.down.sql"`: the way back, in a file. The path begins at the crate's `Cargo.toml`.
pub const down_file: Key = Key;

/// `destructive` or `destructive = "why"`: the down loses data. The bare flag is enough where it loses only what was
/// written since the up.
pub const destructive: Key = Key;

/// `lossy = "why"`: the up loses data, and the down rebuilds only the shape.
pub const lossy: Key = Key;

/// `irreversible = "why"`: there is no down.
pub const irreversible: Key = Key;

/// `assert_lossless = "why"`: what Onward cannot understand loses nothing. Recorded in the lock file, and shown by the
/// gate as asserted, not verified.
pub const assert_lossless: Key = Key;

/// `takes("users.fax", "sessions")`: the tables and columns whose data an up takes that Onward cannot understand, all of them. The gate
/// then asks for those, and shows the rest as declared, not verified.
pub const takes: Key = Key;

/// `changes("users.fax")`: the tables, columns and views that such an up drops, renames or retypes, all of them.
pub const changes: Key = Key;

/// `allow(leaves_behind = "why")`: what this rule finds here is as it should be. `cargo onward explain` lists the rules;
/// those that guard data are answered with the marks above.
pub const allow: Key = Key;

/// `only(staging, production)`: the environments or tiers that the migration runs in.
pub const only: Key = Key;

/// `down_in(development, staging)`: the environments or tiers that the down may run in.
pub const down_in: Key = Key;

/// `dialect(postgres)`: the databases that the SQL is checked for, instead of those in `onward.toml` or of the enabled
/// features.
pub const dialect: Key = Key;

/// `transaction = false`: run it outside of a transaction, whatever the SQL looks like.
pub const transaction: Key = Key;
