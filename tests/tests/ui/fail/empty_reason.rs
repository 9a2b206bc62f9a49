use onward::Migration;

#[derive(Migration)]
#[migration(version = 1, up = "CREATE TABLE a (b integer)", irreversible = "  ")]
struct CreateA;

#[derive(Migration)]
#[migration(
    version = 2,
    up = "CREATE TABLE c (d integer)",
    down = "DROP TABLE c",
    destructive = ""
)]
struct CreateC;

fn main() {}
