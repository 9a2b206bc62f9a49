//! A migration that calls a slow procedure of MySQL, as a program.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(slow_mysql::MIGRATIONS)
}
