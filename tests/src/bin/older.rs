//! The shop as it was released first.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(shop_older::MIGRATIONS)
}
