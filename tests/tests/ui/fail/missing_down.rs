use onward::Migration;

#[derive(Migration)]
#[migration(version = 1, up = "CREATE TABLE tags (id bigint PRIMARY KEY, name text NOT NULL)")]
struct CreateTags;

fn main() {}
