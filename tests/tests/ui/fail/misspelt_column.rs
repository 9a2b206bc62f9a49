//! A name that is not there, and one much like it that is: the mistake is told once, and nothing that follows from it.

use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE users (id bigint PRIMARY KEY)",
    down = "DROP TABLE users",
    destructive
)]
struct CreateUsers;

#[derive(Migration)]
#[migration(
    version = 2,
    up = "ALTER TABLE users ADD COLUMN phone_number varchar(20)",
    down = "ALTER TABLE users DROP COLUMN phone_nubmer",
    destructive
)]
struct AddPhone;

#[derive(Migration)]
#[migration(
    version = 3,
    up = "ALTER TABLE users RENAME COLUMN phone_numbr TO phone",
    down = "ALTER TABLE users RENAME COLUMN phone TO phone_number"
)]
struct RenamePhone;

fn main() {}
