//! The migrations of an application, in a crate of their own, as an existing folder of sqlx files.
//!
//! The linker drops what nobody names. `catalog!()` therefore exports the constant `MIGRATIONS`, which the application
//! hands to its migrator, and the lock file in it tells which migrations there must be.

onward::catalog!();
onward::directory!("sql");
