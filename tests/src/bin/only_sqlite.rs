//! What only SQLite needs, as a program.

fn main() -> std::process::ExitCode {
    onward_tests::program::main(on_sqlite::MIGRATIONS)
}
