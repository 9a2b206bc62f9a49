//! The shop, with an older version added.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(shop_late::MIGRATIONS)
}
