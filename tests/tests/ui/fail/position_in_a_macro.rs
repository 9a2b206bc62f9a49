use onward::Migration;

macro_rules! migration {
    ($name:ident, $version:literal, $up:literal, $down:literal) => {
        #[derive(Migration)]
        #[migration(version = $version, up = $up, down = $down)]
        struct $name;
    };
}

migration!(
    AddPhone,
    1,
    "ALTER TABLE users ADD COLUMN phone text",
    "ALTER TABLE users DROP COLUMN phone"
);

fn main() {}
