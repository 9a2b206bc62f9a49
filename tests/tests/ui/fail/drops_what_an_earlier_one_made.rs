//! A table that an earlier migration made is older than this one, whichever way the items stand in the file.

use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 2,
    up = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY)",
    down = "DROP TABLE users",
    destructive
)]
struct CreateUsersAgain;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE users (id bigint PRIMARY KEY)",
    down = "DROP TABLE users",
    destructive
)]
struct CreateUsers;

fn main() {}
