use onward::Migration;

#[derive(Migration)]
#[migration(version = 1, up = "CREATE TABLE a (b integer)", irreversible = "kept for good")]
struct WithField {
    name: String,
}

#[derive(Migration)]
#[migration(version = 2, up = "CREATE TABLE c (d integer)", irreversible = "kept for good")]
struct Generic<T>(T);

#[derive(Migration)]
#[migration(version = 3, up = "CREATE TABLE e (f integer)", irreversible = "kept for good")]
enum Choice {
    One,
}

fn main() {}
