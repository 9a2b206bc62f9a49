//! The lock file knows a migration that nobody finds: what it built is not known either.

onward::catalog!();

#[derive(onward::Migration)]
#[migration(version = 1, up = "CREATE TABLE users (name varchar(20))", irreversible = "kept", dialect(postgres))]
struct CreateUsers;

#[derive(onward::Migration)]
#[migration(
    version = 3,
    up = "ALTER TABLE users ALTER COLUMN name TYPE varchar(40); CREATE INDEX by_name ON users (name)",
    down = "DROP INDEX by_name",
    dialect(postgres)
)]
struct LongerNames;

fn main() {}
