//! The shop as it is now.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(shop::MIGRATIONS)
}
