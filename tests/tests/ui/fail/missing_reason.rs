use onward::Migration;

#[derive(Migration)]
#[migration(version = 1, up = "CREATE TABLE a (b integer)", irreversible)]
struct CreateA;

fn main() {}
