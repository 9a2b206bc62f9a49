//! The release of the shop that renames, as one of several replicas.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(shop_renames::MIGRATIONS)
}
