use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE a (b integer)",
    irreversible = "kept for good",
    dialect(sqllite, oracle)
)]
struct CreateA;

fn main() {}
