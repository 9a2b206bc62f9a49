//! A down that cannot run, as the migration before tells.

use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE users (id bigint PRIMARY KEY)",
    down = "DROP TABLE users",
    destructive
)]
struct CreateUsers;

#[derive(Migration)]
#[migration(
    version = 2,
    up = "ALTER TABLE users ADD COLUMN phone varchar(20)",
    down = "ALTER TABLE users DROP COLUMN phone; ALTER TABLE users DROP COLUMN fax",
    destructive = "nobody calls"
)]
struct AddPhone;

fn main() {}
