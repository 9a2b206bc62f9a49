mod inner {
    mod deeper;
}
#[derive(onward::Migration)]
#[migration(version = 1, up_file = "sql/a.sql", down = "DROP TABLE a", destructive)]
struct InModRs;
