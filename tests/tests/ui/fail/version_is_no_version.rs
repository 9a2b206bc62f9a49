use onward::Migration;

#[derive(Migration)]
#[migration(version = "1", up = "CREATE TABLE a (b integer)", irreversible = "kept for good")]
struct Text;

#[derive(Migration)]
#[migration(version = 1.5, up = "CREATE TABLE a (b integer)", irreversible = "kept for good")]
struct Fraction;

#[derive(Migration)]
#[migration(version = -1, up = "CREATE TABLE a (b integer)", irreversible = "kept for good")]
struct Negative;

#[derive(Migration)]
#[migration(version = 1234567890123456789, up = "CREATE TABLE a (b integer)", irreversible = "kept for good")]
struct TooLong;

fn main() {}
