use onward::Migration;

#[derive(Migration)]
#[migration(version = 1, up = include_str!("1.up.sql"), irreversible = "kept for good")]
struct CreateA;

fn main() {}
