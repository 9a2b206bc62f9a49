//! The type before stands in the earlier migration alone.

use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE people (id bigint PRIMARY KEY, name varchar(80), nick varchar(20))",
    down = "DROP TABLE people",
    destructive,
    dialect(postgres)
)]
struct CreatePeople;

#[derive(Migration)]
#[migration(
    version = 2,
    up = "ALTER TABLE people RENAME TO users",
    down = "ALTER TABLE users RENAME TO people",
    dialect(postgres)
)]
struct RenamePeople;

#[derive(Migration)]
#[migration(
    version = 3,
    up = "ALTER TABLE users ALTER COLUMN nick TYPE varchar(40), ALTER COLUMN name TYPE varchar(40)",
    down = "ALTER TABLE users ALTER COLUMN nick TYPE varchar(20), ALTER COLUMN name TYPE varchar(80)",
    dialect(postgres)
)]
struct SameLength;

fn main() {}
