//! Migrations that run a slow procedure and a slow block of PostgreSQL, as a program.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(slow_postgres::MIGRATIONS)
}
