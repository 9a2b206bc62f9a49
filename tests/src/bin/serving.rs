//! A service that reads the phone numbers, of the release that added them.

fn main() {
    onward_tests::service::main("shop-web", contract_older::MIGRATIONS);
}
