use onward::Migration;

onward::catalog!();

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE users (name text)",
    down = "DROP TABLE users",
    destructive,
    allow(leaves_behind = "nothing is left behind")
)]
struct CreateUsers;

fn main() {}
