//! The shop, with a migration that takes what the release before still reads.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(shop_contracts::MIGRATIONS)
}
