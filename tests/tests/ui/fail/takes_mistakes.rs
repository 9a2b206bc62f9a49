use onward::Migration;

/// A name that is none, and forms that say nothing.
#[derive(Migration)]
#[migration(
    version = 1,
    up = "DO $$ BEGIN EXECUTE current_setting('app.clean'); END $$",
    irreversible = "it is gone",
    lossy = "nobody is faxed any more",
    takes("users.fax number", "one.two.three.four"),
    changes = "users.fax",
    dialect(postgres)
)]
struct CleanFaxes;

/// What is understood needs no word of its author.
#[derive(Migration)]
#[migration(
    version = 2,
    up = "ALTER TABLE users DROP COLUMN fax",
    irreversible = "it is gone",
    lossy = "nobody is faxed any more",
    takes("users.fax"),
    changes("users.fax"),
    dialect(postgres)
)]
struct DropFax;

fn main() {}
