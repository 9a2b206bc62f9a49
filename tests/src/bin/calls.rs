//! A service that reads the phone numbers.

onward::declare::uses!("users.phone_number");

fn main() {
    onward_tests::service::main("shop-calls", shop::MIGRATIONS);
}
