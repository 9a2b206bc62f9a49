use onward::Migration;

#[derive(Migration)]
#[migration(up = "CREATE TABLE a (b integer)", irreversible = "kept for good")]
struct CreateA;

fn main() {}
