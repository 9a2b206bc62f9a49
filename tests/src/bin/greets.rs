//! A service that reads the names alone.

onward::declare::uses!("users.name");

fn main() {
    onward_tests::service::main("shop-greets", shop::MIGRATIONS);
}
