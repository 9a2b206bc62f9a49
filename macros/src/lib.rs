//! Declare a migration, and have its SQL judged at `cargo build`.
