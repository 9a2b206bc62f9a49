#[derive(onward::Migration)]
#[migration(version = 4, up = "CREATE TABLE d (a varchar(20))", down = "DROP TABLE d", destructive)]
struct Included;
