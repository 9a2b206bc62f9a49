//! What can `cargo onward` be asked?

mod add;
mod args;
mod check;
mod consumers;
mod down_for;
mod explain;
mod forward;
mod lines;
mod lock;
mod mark;
mod package;
mod position;
mod render;
mod report;
mod source;
mod text;

use std::io::Write as _;
use std::process::ExitCode;

use args::Command;

/// What a command has to say, and whether all is well.
struct Answer {
    /// For standard output.
    text: String,
    /// Nothing at severity error.
    clean: bool,
}

/// Why a command could not run: a message that says what, where and the next step.
struct Failure(String);

fn main() -> ExitCode {
    let answer = match args::read() {
        Command::Check(args) => check::run(&args),
        Command::Mark(args) => mark::run(&args),
        Command::DownFor(args) => down_for::run(&args),
        Command::Forward(args) => forward::run(&args),
        Command::Add(args) => add::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Lock(args) => lock::run(&args, lock::Writing::Drafts),
        Command::Release(args) => lock::run(&args, lock::Writing::Release),
    };
    match answer {
        Ok(answer) => {
            let mut out = std::io::stdout().lock();
            let written = out
                .write_all(answer.text.as_bytes())
                .and_then(|()| out.flush());
            match written {
                // Whoever reads may have seen enough (`… | head`): that is no failure of ours.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    fail(&format!("the answer cannot be written: {error}"))
                }
                _ => ExitCode::from(u8::from(!answer.clean)),
            }
        }
        Err(Failure(message)) => fail(&message),
    }
}

/// Says what is about no single migration, beside the answer.
fn warn(messages: &[String]) {
    for message in messages {
        let _ = writeln!(std::io::stderr().lock(), "warning: {message}");
    }
}

fn fail(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "error: {message}");
    ExitCode::from(2)
}
