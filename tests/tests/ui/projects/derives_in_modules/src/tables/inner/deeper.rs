#[derive(onward::Migration)]
#[migration(version = 2, up = "CREATE TABLE b (a varchar(20))", down = "DROP TABLE b", destructive)]
struct Deeper;
