//! What need not be compiled is not relied on.

use onward::Migration;

#[cfg(not(windows))]
#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE users (name varchar(20))",
    down = "DROP TABLE users",
    destructive,
    dialect(postgres)
)]
struct CreateUsers;

#[derive(Migration)]
#[migration(
    version = 2,
    up = "ALTER TABLE users ALTER COLUMN name TYPE varchar(40); CREATE INDEX by_name ON users (name)",
    down = "DROP INDEX by_name",
    dialect(postgres)
)]
struct LongerNames;

fn main() {}
