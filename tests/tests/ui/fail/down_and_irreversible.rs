use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE INDEX users_by_name ON users (name)",
    down = "DROP INDEX users_by_name",
    irreversible = "the slow query must never return",
    dialect(sqlite)
)]
struct IndexNames;

fn main() {}
