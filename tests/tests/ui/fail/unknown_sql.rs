use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE a (b integer); FROBNICATE a;",
    down = "FROBNICATE b"
)]
struct Frobnicate;

fn main() {}
