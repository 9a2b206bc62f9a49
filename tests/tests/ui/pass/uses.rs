#![deny(warnings)]
//! What code uses may be said in any place: beside items, in a function, on a method, on an `async fn` with generics; in
//! both spellings in one file.

use onward::declare::uses;

uses!("users.phone_number", "orders", "audit.events.*");

struct Report;

impl Report {
    #[onward::uses("reports")]
    fn of<T: Default>(&self) -> T {
        T::default()
    }
}

#[onward::uses("users.name")]
async fn named(_id: i64) -> Result<(), String> {
    Ok(())
}

/// The attribute under its own name.
mod exports {
    use onward::uses;

    #[uses("users.phone_number")]
    pub fn all() {
        onward::declare::uses!("users.id");
    }
}

fn main() {
    let number: i64 = Report.of();
    assert_eq!(number, 0);
    drop(named(7));
    exports::all();
}
