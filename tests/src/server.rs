//! How does a test get a server of its own, to configure, to crash and to start again?

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Database, Pool};

/// The role of a private PostgreSQL that must give its password; a test makes it.
pub const WITH_PASSWORD: &str = "onward_password";

/// A server in a temporary folder, on a socket in it. It ends with the test.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    settings: Vec<String>,
    process: Option<Child>,
    folder: TempDir,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Postgres,
    MariaDb,
}

impl Server {
    /// A PostgreSQL with these settings; none where it is not installed.
    pub async fn postgres(settings: &[&str]) -> Option<Server> {
        let initdb = program("initdb")?;
        let server = Server::new(Kind::Postgres, settings);
        let data = server.data();
        quietly(
            server
                .command(&initdb)
                .args(["--no-sync", "--auth=trust", "--username=postgres"])
                .args(["--encoding=UTF8", "--locale=C", "--pgdata"])
                .arg(&data),
        );
        let rules = data.join("pg_hba.conf");
        let trusting = fs::read_to_string(&rules).expect("its rules");
        let asking = format!("local all {WITH_PASSWORD} scram-sha-256\n{trusting}");
        fs::write(&rules, asking).expect("its rules");
        Some(server.started().await)
    }

    /// A MariaDB; none where it is not installed.
    pub async fn mariadb() -> Option<Server> {
        let install = program("mariadb-install-db")?;
        let server = Server::new(Kind::MariaDb, &[]);
        let here = server.folder.path().display();
        quietly(
            server
                .command(&install)
                .args(["--no-defaults", "--skip-test-db"])
                .arg("--auth-root-authentication-method=normal")
                .arg(format!("--datadir={}", server.data().display()))
                .arg(format!("--tmpdir={here}")),
        );
        Some(server.started().await)
    }

    /// Whether PostgreSQL's library of that name is installed: `pg_cron`.
    #[must_use]
    pub fn has_library(name: &str) -> bool {
        // Debian: …/15/bin/postgres and …/15/lib/pg_cron.so.
        let home = program("postgres").and_then(|path| Some(path.parent()?.parent()?.to_owned()));
        home.is_some_and(|home| home.join("lib").join(format!("{name}.so")).is_file())
    }

    /// The URL of the database that every such server has.
    #[must_use]
    pub fn url(&self) -> String {
        let here = self.folder.path().display();
        match self.kind {
            Kind::Postgres => format!("postgres://postgres@localhost/postgres?host={here}"),
            Kind::MariaDb => format!("mysql://root@localhost/mysql?socket={here}/my.sock"),
        }
    }

    /// An empty database on it.
    pub async fn database(&self) -> Database {
        Database::on_server(&self.url()).await
    }

    /// Ends it as a loss of its power would, in the middle of whatever it does.
    pub fn crash(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        // What PostgreSQL calls an immediate shutdown: nothing is written, and its next start recovers. Killed outright, it would leave
        // children behind that hold its memory.
        let signal = match self.kind {
            Kind::Postgres => "QUIT",
            Kind::MariaDb => "KILL",
        };
        let pid = process.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.expect("kill").success());
        process.wait().expect("its end");
    }

    /// Starts it, and waits until it lets somebody in.
    pub async fn start(&mut self) {
        let here = self.folder.path().display();
        let mut command = match self.kind {
            Kind::Postgres => {
                let mut command = self.command(&program("postgres").expect("its program"));
                command.arg("-D").arg(self.data()).arg("-k");
                command
                    .arg(self.folder.path())
                    .args(["-c", "listen_addresses="]);
                for setting in &self.settings {
                    command.args(["-c", setting]);
                }
                command
            }
            Kind::MariaDb => {
                let mut command = self.command(&program("mariadbd").expect("its program"));
                command
                    .args(["--no-defaults", "--skip-networking", "--skip-log-bin"])
                    .arg(format!("--datadir={}", self.data().display()))
                    .arg(format!("--tmpdir={here}"))
                    .arg(format!("--socket={here}/my.sock"))
                    .arg(format!("--pid-file={here}/pid"));
                command
            }
        };
        let log = File::create(self.folder.path().join("log")).expect("its log");
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("its log"))
            .stderr(log);
        self.process = Some(command.spawn().expect("the server"));
        let begun = Instant::now();
        while Pool::reached(&self.url()).await.is_err() {
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(60), "{}", log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn started(mut self) -> Server {
        self.start().await;
        self
    }

    fn new(kind: Kind, settings: &[&str]) -> Server {
        let folder = TempDir::with_prefix("onward-server-").expect("a temporary folder");
        let server = Server {
            kind,
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            process: None,
            folder,
        };
        if let Some(user) = server.user() {
            let given = Command::new("chown")
                .arg(user)
                .arg(server.folder.path())
                .status();
            assert!(given.expect("chown").success(), "no user {user}");
        }
        server
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Who it runs as: neither server wants to be root.
    fn user(&self) -> Option<&'static str> {
        let id = Command::new("id").arg("-u").output().expect("id");
        let user = match self.kind {
            Kind::Postgres => "postgres",
            Kind::MariaDb => "mysql",
        };
        (id.stdout == b"0\n").then_some(user)
    }

    /// A command that runs as that user, and ends with this process.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if let Some(user) = self.user() {
            command.arg(format!("--reuid={user}"));
            command.arg(format!("--regid={user}")).arg("--init-groups");
        }
        command.arg(program).current_dir("/");
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.crash();
    }
}

#[track_caller]
fn quietly(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("setpriv");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}");
}

/// A server's program: on Debian PostgreSQL's stand outside of the PATH, a folder for each version, of which the newest is taken.
fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let versions = versions.filter_map(Result::ok).filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin").join(name)))
    });
    let newest = versions.filter(|(_, path)| path.is_file()).max();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut found = folders.map(|folder| folder.join(name));
    newest
        .map(|(_, path)| path)
        .or_else(|| found.find(|path| path.is_file()))
}
