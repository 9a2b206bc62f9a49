//! What does an application do that runs for longer, as a process of its own?
//!
//! `service URL BUILD END` applies what is pending, registers, and runs until its standard input ends; then it leaves the
//! list (`leave`), closes its pool (`close`) or merely returns (`return`). `introduced` leaves too, and has introduced its connections.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use onward::{Catalog, Environment, Migrator};

use crate::{Database, Pool, with_pool};

/// How often it says that it is there: four times as long without a word, and nobody can tell; forty times, and it is given up.
pub const HEARTBEAT: Duration = Duration::from_millis(250);

/// What it says when it has started.
const RUNS: &str = "runs";

/// The whole of a service `application` whose migrations are `catalog`.
pub fn main(application: &str, catalog: Catalog) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, build, end] = arguments.as_slice() else {
        panic!("usage: service URL BUILD END");
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let pool = match end.as_str() {
            "introduced" => Pool::introduced(url).await,
            _ => Pool::connect(url).await,
        };
        let migrator = Migrator::new(catalog)
            .environment(Environment::from_env().expect("text"))
            .application(application)
            .kind("web")
            .build(build)
            .heartbeat(HEARTBEAT)
            .on_progress(|event| eprintln!("{event}"));
        let ran = with_pool!(pool, pool => migrator.run(pool).await);
        println!("{}\n{RUNS}", ran.expect("its migrations"));
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        ended
            .await
            .expect("a thread")
            .expect("the end of standard input");
        match end.as_str() {
            "leave" | "introduced" => migrator.leave().await.expect("to leave"),
            "close" => with_pool!(pool, pool => pool.close().await),
            _ => {}
        }
    });
}

/// A service that runs.
#[derive(Debug)]
pub struct Service(Child);

impl Service {
    /// Starts `program` on `database`, in production, and waits until it has migrated.
    #[must_use]
    pub fn start(program: &str, database: &Database, build: &str, end: &str) -> Service {
        Service::start_at(program, &database.url, build, end)
    }

    /// The same, by another URL.
    #[must_use]
    pub fn start_at(program: &str, url: &str, build: &str, end: &str) -> Service {
        let mut command = Command::new(program);
        command
            .args([url, build, end])
            .env(Environment::VARIABLE, "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the service");
        // It may be on the list before it has migrated.
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let mut lines = said.lines().map_while(Result::ok);
        lines.find(|line| line == RUNS);
        Service(child)
    }

    /// Ends it as an operator would who stops it in good order; what it said to standard error.
    #[must_use]
    pub fn stop(mut self) -> String {
        drop(self.0.stdin.take());
        self.end()
    }

    /// Stops it where it is, as a debugger or a suspended machine would.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Has it go on where it was.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill").success(), "{name}");
    }

    /// Kills it as a machine that loses its power would.
    pub fn kill(mut self) {
        self.0.kill().expect("its death");
        self.0.wait().expect("its end");
    }

    fn end(&mut self) -> String {
        let mut said = String::new();
        if let Some(mut stderr) = self.0.stderr.take() {
            stderr.read_to_string(&mut said).expect("text");
        }
        assert!(self.0.wait().expect("its end").success(), "{said}");
        said
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Whatever the test says, nothing of it stays behind; one that has ended is not there to be killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
