//! How is a command run so that Ctrl-C stops it and not what must be tidied up after it?

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::Result;

/// Runs commands until a signal asks this process to end.
///
/// The signal then only sets a flag: every function returns with an error, and what they hold is dropped on the way.
pub(crate) struct Shell {
    interrupted: Arc<AtomicBool>,
}

impl Shell {
    pub(crate) fn new() -> Result<Shell> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
        }
        Ok(Shell { interrupted })
    }

    /// Runs `command` to its end and fails if it does.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        let shown = shown(command);
        eprintln!("> {shown}");
        // A group of its own, so that the signal can be passed on to everything that it started.
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        let status = self.wait(&mut child)?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`{shown}` failed ({status})").into())
        }
    }

    /// Runs `command` in silence; its output is shown only where it fails.
    pub(crate) fn run_quietly(&self, command: &mut Command) -> Result<()> {
        let shown = shown(command);
        let output = command.stdin(Stdio::null()).output()?;
        self.pause(Duration::ZERO)?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!(
            "`{shown}` failed ({})\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
        .into())
    }

    /// Sleeps, and fails where a signal has asked for the end.
    pub(crate) fn pause(&self, duration: Duration) -> Result<()> {
        std::thread::sleep(duration);
        if self.interrupted.load(Ordering::Relaxed) {
            return Err("interrupted".into());
        }
        Ok(())
    }

    fn wait(&self, child: &mut Child) -> Result<ExitStatus> {
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if let Err(interrupted) = self.pause(Duration::from_millis(20)) {
                signal("TERM", &format!("-{}", child.id()));
                child.wait()?;
                return Err(interrupted);
            }
        }
    }
}

/// Sends a signal to a process, or to the group of the process whose id follows a `-`.
pub(crate) fn signal(name: &str, process: &str) {
    // Fails only where the process has just ended, which is what was wanted.
    let _ = Command::new("kill")
        .args(["-s", name, "--", process])
        .stderr(Stdio::null())
        .status();
}

fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
