//! What a macro makes of its tokens is not known, so nothing of this crate is relied on.

use onward::Migration;

macro_rules! create {
    ($name:ident, $up:literal) => {
        #[derive(Migration)]
        #[migration(version = 1, up = $up, irreversible = "kept", dialect(postgres))]
        struct $name;
    };
}

create!(CreateUsers, "CREATE TABLE users (name varchar(20))");

#[derive(Migration)]
#[migration(
    version = 2,
    up = "ALTER TABLE users ALTER COLUMN name TYPE varchar(40); CREATE INDEX by_name ON users (name)",
    down = "DROP INDEX by_name",
    dialect(postgres)
)]
struct LongerNames;

fn main() {}
