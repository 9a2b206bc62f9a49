use onward::Migration;

#[derive(Migration)]
#[migration(
    up = "ALTER TABLE users DROP COLUMN fax",
    up_file = "1.sql",
    lossy = "",
    only(stagging),
    transactoin = false
)]
struct DropFax(u8);

fn main() {}
