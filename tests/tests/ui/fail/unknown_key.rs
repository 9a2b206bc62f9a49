use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE INDEX users_by_name ON users (name)",
    down = "DROP INDEX users_by_name",
    destructiv,
    banana = "yes",
    dialect(sqlite)
)]
struct IndexNames;

fn main() {}
