#[derive(onward::Migration)]
#[migration(version = 5, up = "CREATE TABLE e (a varchar(20))", down = "DROP TABLE e", destructive)]
struct IncludedToo;
