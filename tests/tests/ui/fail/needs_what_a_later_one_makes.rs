//! The versions are numbered in another order than the migrations need each other.

use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 20261122_01,
    up = "ALTER TABLE users ADD COLUMN phone varchar(20)",
    down = "ALTER TABLE users DROP COLUMN phone",
    destructive
)]
struct AddPhone;

#[derive(Migration)]
#[migration(
    version = 20261122_02,
    up = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL)",
    down = "DROP TABLE users",
    destructive
)]
struct CreateUsers;

fn main() {}
