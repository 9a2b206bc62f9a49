//! A service that reads the phone numbers, and the view of the names.

onward::declare::uses!("users.phone_number");

onward::declare::uses!("names");

fn main() {
    onward_tests::service::main("shop-calls", shop::MIGRATIONS);
}
