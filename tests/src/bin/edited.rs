//! The shop, with an applied migration edited.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(shop_edited::MIGRATIONS)
}
