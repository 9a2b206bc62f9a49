#![deny(warnings)]
//! What the migrations before made is known: in modules, through renames, and behind the same `#[cfg]`.

mod first {
    #[derive(onward::Migration)]
    #[migration(
        version = 1,
        up = "CREATE TABLE people (id bigint PRIMARY KEY, name varchar(20))",
        down = "DROP TABLE people",
        destructive,
        dialect(postgres)
    )]
    struct CreatePeople;
}

#[derive(onward::Migration)]
#[migration(
    version = 2,
    up = "ALTER TABLE people RENAME TO users; ALTER TABLE users RENAME COLUMN name TO full_name",
    down = "ALTER TABLE users RENAME COLUMN full_name TO name; ALTER TABLE users RENAME TO people",
    dialect(postgres)
)]
struct RenamePeople;

#[derive(onward::Migration)]
#[migration(
    version = 3,
    up = "ALTER TABLE users ALTER COLUMN full_name TYPE varchar(40); CREATE INDEX by_name ON users (full_name)",
    down = "DROP INDEX by_name",
    dialect(postgres)
)]
struct LongerNames;

#[cfg(not(windows))]
mod elsewhere {
    #[derive(onward::Migration)]
    #[migration(
        version = 4,
        up = "CREATE TABLE notes (text varchar(20))",
        down = "DROP TABLE notes",
        destructive,
        dialect(postgres)
    )]
    struct CreateNotes;

    #[derive(onward::Migration)]
    #[migration(
        version = 5,
        up = "ALTER TABLE notes ALTER COLUMN text TYPE varchar(40); CREATE INDEX by_text ON notes (text)",
        down = "DROP INDEX by_text",
        dialect(postgres)
    )]
    struct LongerNotes;
}

fn main() {}
