use onward::Migration;

onward::catalog!();

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE INDEX users_by_name ON users (name)",
    down = "DROP INDEX users_by_name",
    allow(
        leaves_behnd = "a rule is misspelt",
        unmarked_lossy_up = "data is never allowed to go",
        takes_more = "",
        not_restored = "once",
        not_restored = "twice",
    )
)]
struct IndexUsers;

#[derive(Migration)]
#[migration(
    version = 2,
    up = "CREATE INDEX users_by_mail ON users (mail)",
    down = "DROP INDEX users_by_mail",
    allow(leaves_behind)
)]
struct IndexMail;

fn main() {}
