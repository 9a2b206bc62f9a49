use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up_file = "migrations/1.up.sql",
    down_file = "1.down.sql",
    destructive
)]
struct CreateA;

fn main() {}
