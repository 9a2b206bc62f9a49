#![deny(warnings, missing_docs, clippy::all)]
#![forbid(unsafe_code)]
//! Every key, each value in every form that it may take.

use onward::Migration;
// What editors complete the keys from.
#[rustfmt::skip]
#[allow(unused_imports)]
use onward::__private::keys::{
    version as _, up as _, up_file as _, down as _, down_file as _, destructive as _, lossy as _, irreversible as _,
    assert_lossless as _, takes as _, changes as _, allow as _, only as _, down_in as _, dialect as _, transaction as _,
};

/// Support wants to call people back.
#[derive(Migration)]
#[migration(
    version = 20261122_01,
    up = "ALTER TABLE users ADD COLUMN phone_number varchar(20)",
    down = "ALTER TABLE users DROP COLUMN phone_number",
    destructive,
    only(staging, production),
    down_in(development, "staging"),
    dialect(sqlite, postgres, mysql),
    transaction = true,
)]
pub struct AddPhoneNumber;

#[derive(Migration)]
#[migration(version = 20261122_02)]
#[migration(up = r#"DROP TABLE "sessions""#, irreversible = "sessions expire anyway", dialect(postgres))]
struct DropSessions;

#[derive(Migration)]
#[migration(
    version = 20261122_03,
    up = "CREATE TABLE invoices (id integer); CREATE TABLE numbers (last integer)",
    down = "DROP TABLE invoices",
    destructive,
    allow(leaves_behind = "a number that was given out is never given out again")
)]
struct CreateInvoices;

fn main() {
    assert_eq!(CreateInvoices::VERSION, onward::Version::new(20_261_122_03));
    assert_eq!(<AddPhoneNumber as Migration>::NAME, "add_phone_number");
    assert_eq!(DropSessions::VERSION, onward::Version::new(20_261_122_02));
}
