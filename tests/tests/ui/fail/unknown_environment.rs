use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE a (b integer)",
    irreversible = "kept for good",
    only(prodution, staging),
    down_in(moon)
)]
struct CreateA;

fn main() {}
