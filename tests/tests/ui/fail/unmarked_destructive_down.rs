use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 20261122_01,
    up = "ALTER TABLE users ADD COLUMN phone_number varchar(20)",
    down = "ALTER TABLE users DROP COLUMN phone_number"
)]
struct AddPhoneNumber;

fn main() {}
