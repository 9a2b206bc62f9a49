use onward::Migration;

onward::catalog!();

#[derive(Migration)]
#[migration(
    version = 20261122_01,
    up = "CREATE TABLE tags (id bigint PRIMARY KEY, name text)",
    irreversible = "kept for good"
)]
struct CreateTags;

fn main() {
    let _ = MIGRATIONS;
}
