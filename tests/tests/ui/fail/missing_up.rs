use onward::Migration;

#[derive(Migration)]
#[migration(version = 1, irreversible = "kept for good")]
struct CreateA;

fn main() {}
