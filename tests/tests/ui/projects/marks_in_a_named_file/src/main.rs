use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up_file = "migrations/1.up.sql",
    down_file = "migrations/1.down.sql",
    destructive,
    dialect(postgres)
)]
struct IndexTags;

fn main() {}
