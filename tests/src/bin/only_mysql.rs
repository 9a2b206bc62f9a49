//! What only MySQL needs, as a program.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(on_mysql::MIGRATIONS)
}
