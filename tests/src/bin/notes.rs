//! A service that reads the notes of calls.

onward::declare::uses!("notes.note");

fn main() {
    onward_tests::service::main("shop-notes", guarded::MIGRATIONS);
}
