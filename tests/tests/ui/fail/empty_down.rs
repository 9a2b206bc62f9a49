use onward::Migration;

#[derive(Migration)]
#[migration(version = 1, up = "CREATE TABLE tags (id bigint PRIMARY KEY)", down = "-- nothing to do")]
struct CreateTags;

fn main() {}
