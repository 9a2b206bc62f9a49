//! What only PostgreSQL has, as a program.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(on_postgres::MIGRATIONS)
}
