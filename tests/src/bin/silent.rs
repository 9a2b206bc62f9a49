//! A service that does not say what its code uses.

fn main() {
    onward_tests::service::main("shop-silent", shop::MIGRATIONS);
}
