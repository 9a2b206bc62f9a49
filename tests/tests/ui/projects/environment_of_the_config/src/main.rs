use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE a (b integer)",
    irreversible = "kept for good",
    only(preview)
)]
struct Spelt;

#[derive(Migration)]
#[migration(
    version = 2,
    up = "CREATE TABLE c (d integer)",
    irreversible = "kept for good",
    only(previw)
)]
struct Misspelt;

fn main() {}
