use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = 5,
    down = b"DROP TABLE a",
    destructive = true,
    only = "staging",
    transaction = "no"
)]
struct CreateA;

fn main() {}
