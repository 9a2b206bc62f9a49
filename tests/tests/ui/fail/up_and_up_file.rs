use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE a (b integer)",
    up_file = "migrations/1.up.sql",
    down = "DROP TABLE a",
    down_file = "migrations/1.down.sql"
)]
struct CreateA;

fn main() {}
