#[derive(onward::Migration)]
#[migration(version = 3, up = "CREATE TABLE c (a varchar(20))", down = "DROP TABLE c", destructive)]
struct Moved;
