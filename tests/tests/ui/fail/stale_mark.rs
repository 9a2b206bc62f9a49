use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE INDEX users_by_name ON users (name)",
    down = "DROP INDEX users_by_name",
    destructive,
    lossy = "nothing really",
    assert_lossless = "an index holds no data",
    dialect(sqlite, postgres)
)]
struct IndexNames;

fn main() {}
