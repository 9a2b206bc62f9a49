//! What each migration alters was made by another one, which stands wherever Rust lets it.

mod altered;
mod tables;
#[path = "elsewhere.rs"]
mod moved;
include!("included.rs");
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/included_too.rs"));
onward::directory!("migrations");

fn main() {
    #[derive(onward::Migration)]
    #[migration(version = 7, up = "CREATE TABLE g (a varchar(20))", down = "DROP TABLE g", destructive)]
    struct InFunction;
}
