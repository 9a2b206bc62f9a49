#[onward::migration(version = 1, up = "CREATE TABLE a (b integer)", irreversible = "kept for good")]
struct CreateA;

fn main() {}
