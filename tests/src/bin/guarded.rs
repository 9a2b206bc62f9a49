//! A program that says what its code uses, so that the gate can open for it in production.

onward::declare::uses!("audit.entries.id");

fn main() -> std::process::ExitCode {
    onward_tests::program::main(guarded::MIGRATIONS)
}
