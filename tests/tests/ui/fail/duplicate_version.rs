use onward::Migration;

#[derive(Migration)]
#[migration(version = 20261122_01, up = "CREATE TABLE a (b integer)", irreversible = "kept for good")]
struct CreateA;

mod elsewhere {
    #[derive(onward::Migration)]
    #[migration(version = 2026112201, up = "CREATE TABLE c (d integer)", irreversible = "kept for good")]
    struct CreateC;
}

fn main() {}
