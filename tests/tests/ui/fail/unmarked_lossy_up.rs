use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "ALTER TABLE users DROP COLUMN fax",
    down = "ALTER TABLE users ADD COLUMN fax varchar(20)"
)]
struct DropFax;

fn main() {}
