use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = "ALTER TABLE \"users\" ADD COLUMN \"\u{e9}\" text",
    down = "/* \t\u{e9} */ ALTER TABLE \"users\" \
            DROP COLUMN \"\u{e9}\"",
    dialect(postgres)
)]
struct AddAccent;

fn main() {}
