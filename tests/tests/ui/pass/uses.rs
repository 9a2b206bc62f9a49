#![deny(warnings)]
//! What code uses may be said in any place: beside items, in a function, on a method, on an `async fn` with generics.

onward::uses!("users.phone_number", "orders", "audit.events.*");

struct Report;

impl Report {
    #[onward::using("reports")]
    fn of<T: Default>(&self) -> T {
        T::default()
    }
}

#[onward::using("users.name")]
async fn named(_id: i64) -> Result<(), String> {
    Ok(())
}

fn main() {
    onward::uses!("users.id");
    let number: i64 = Report.of();
    assert_eq!(number, 0);
    drop(named(7));
}
