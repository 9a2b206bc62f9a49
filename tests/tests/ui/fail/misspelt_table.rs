//! A table that no migration of the crate makes, and one much like it that the up made.

use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE users (id bigint PRIMARY KEY)",
    down = "DROP TABLE uesrs",
    destructive
)]
struct CreateUsers;

#[derive(Migration)]
#[migration(
    version = 2,
    up = "CREATE TABLE orders (id bigint PRIMARY KEY, note text)",
    down = "ALTER TABLE oders DROP COLUMN note; DROP TABLE orders",
    destructive
)]
struct CreateOrders;

fn main() {}
