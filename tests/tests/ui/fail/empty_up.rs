//! As `cargo onward add` prints it, not yet written.

use onward::Migration;

/// Why is it needed?
#[derive(Migration)]
#[migration(
    version = 20261122_01,
    up = "",
    down = "",
)]
struct AddPhone;

fn main() {}
