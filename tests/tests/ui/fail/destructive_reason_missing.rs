use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "ALTER TABLE users ADD COLUMN phone_number varchar(20)",
    down = "DELETE FROM users; ALTER TABLE users DROP COLUMN phone_number",
    destructive
)]
struct AddPhoneNumber;

fn main() {}
