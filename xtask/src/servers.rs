//! How do the tests get database servers that nobody else uses and that leave nothing behind?
//!
//! Each server runs in a temporary folder, on a unix socket in it and on no port. It is stopped when [`Servers`] is
//! dropped, and the kernel stops it should this process be killed.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use tempfile::TempDir;

use crate::Result;
use crate::packages::{self, Package};
use crate::shell::{self, Shell};

/// A database that the tests run on.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
    #[value(alias = "mariadb")]
    Mysql,
}

impl Database {
    pub(crate) const ALL: [Database; 3] = [Database::Sqlite, Database::Postgres, Database::Mysql];

    /// What the names of the tests on this database contain, in every suite.
    pub(crate) fn tests(self) -> &'static str {
        match self {
            Database::Sqlite => "on_sqlite",
            Database::Postgres => "on_postgres",
            Database::Mysql => "on_mysql",
        }
    }

    /// What must be installed.
    pub(crate) fn package(self) -> Option<Package> {
        match self {
            Database::Sqlite => None,
            Database::Postgres => Some(Package {
                name: "postgresql",
                programs: &["postgres", "initdb", "pg_isready"],
            }),
            Database::Mysql => Some(Package {
                name: "mariadb-server",
                programs: &["mariadbd", "mariadb-install-db", "mariadb-admin"],
            }),
        }
    }
}

/// How the servers keep what they are given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// As a server in production does: what is measured must wait for the disk.
    Durably,
    /// The tests kill clients, never the server, and its data is thrown away.
    Carelessly,
}

/// The running servers.
pub(crate) struct Servers {
    // The order of the fields is the order of dropping: the servers end before their folder goes.
    running: Vec<Server>,
    folder: TempDir,
}

impl Servers {
    /// Installs what is missing and starts a server for each of `databases` that needs one.
    pub(crate) fn start(shell: &Shell, databases: &[Database], keep: Keep) -> Result<Servers> {
        packages::install_missing(shell, databases)?;
        let folder = tempfile::Builder::new().prefix("onward-").tempdir()?;
        // The servers' users must get through to their own folders below it.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        let mut servers = Servers {
            running: Vec::new(),
            folder,
        };
        for database in databases {
            let folder = servers.folder.path();
            let server = match database {
                Database::Sqlite => continue,
                Database::Postgres => postgres(shell, &folder.join("pg"), keep)?,
                Database::Mysql => mariadb(shell, &folder.join("my"), keep)?,
            };
            servers.running.push(server);
        }
        Ok(servers)
    }

    /// The environment variables that tell the tests where the servers are.
    pub(crate) fn urls(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.running
            .iter()
            .map(|server| (server.variable, server.url.as_str()))
    }
}

struct Server {
    process: Child,
    /// The signal that ends it at once; its data is thrown away.
    end: &'static str,
    variable: &'static str,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        shell::signal(self.end, &self.process.id().to_string());
        // An error would mean that it is no longer ours to wait for.
        let _ = self.process.wait();
    }
}

fn postgres(shell: &Shell, folder: &Path, keep: Keep) -> Result<Server> {
    let user = User::new("postgres", folder)?;
    let data = folder.join("data");
    shell.run_quietly(
        user.command("initdb", "KILL")?
            .args(["--no-sync", "--auth=trust", "--username=postgres"])
            .args(["--encoding=UTF8", "--locale=C", "--pgdata"])
            .arg(&data),
    )?;
    let mut command = user.command("postgres", "QUIT")?;
    command.arg("-D").arg(&data).arg("-k").arg(folder);
    for setting in [
        "listen_addresses=",
        // Replication slots that send every table are one of those whom the gate must see.
        "wal_level=logical",
        // Sixteen processes at once, beside the other tests.
        "max_connections=400",
        // Hundreds of small databases are written whole into the log; it need not keep a gigabyte of them.
        "max_wal_size=128MB",
    ] {
        command.arg("-c").arg(setting);
    }
    if keep == Keep::Carelessly {
        command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
    }
    let server = Server {
        process: spawn(&mut command, folder)?,
        end: "QUIT",
        variable: "ONWARD_TEST_POSTGRES",
        url: format!(
            "postgres://postgres@localhost/postgres?host={}",
            folder.display()
        ),
    };
    let mut ready = user.command("pg_isready", "KILL")?;
    ready.arg("--quiet").arg("--host").arg(folder);
    wait_until_ready(shell, server, &mut ready, folder)
}

fn mariadb(shell: &Shell, folder: &Path, keep: Keep) -> Result<Server> {
    let user = User::new("mysql", folder)?;
    let data = format!("--datadir={}", folder.join("data").display());
    let socket = folder.join("my.sock");
    // A server that starts clears its folder for temporary tables, whoever else keeps some there.
    let temporary = format!("--tmpdir={}", folder.display());
    shell.run_quietly(
        user.command("mariadb-install-db", "KILL")?
            .args(["--no-defaults", "--skip-test-db"])
            .arg("--auth-root-authentication-method=normal")
            .arg(&data)
            .arg(&temporary),
    )?;
    let mut command = user.command("mariadbd", "KILL")?;
    command
        .args(["--no-defaults", "--skip-networking", "--skip-log-bin"])
        .arg("--max-connections=400")
        .arg("--innodb-flush-log-at-trx-commit=0")
        .arg(&data)
        .arg(&temporary)
        .arg(format!("--socket={}", socket.display()))
        .arg(format!("--pid-file={}", folder.join("pid").display()));
    if keep == Keep::Carelessly {
        // Without a table's files being waited for, a test that makes many tables takes a sixth of the time.
        command.args(["--innodb-flush-method=nosync", "--debug-no-sync"]);
    }
    let server = Server {
        process: spawn(&mut command, folder)?,
        end: "KILL",
        variable: "ONWARD_TEST_MYSQL",
        url: format!("mysql://root@localhost/mysql?socket={}", socket.display()),
    };
    let mut ready = user.command("mariadb-admin", "KILL")?;
    ready
        .args(["--no-defaults", "--user=root", "ping"])
        .arg(format!("--socket={}", socket.display()));
    wait_until_ready(shell, server, &mut ready, folder)
}

/// Who a server runs as: PostgreSQL and MariaDB refuse to be root.
struct User {
    /// The user to become; none where this process is nobody special.
    name: Option<&'static str>,
}

impl User {
    /// Makes `folder` and gives it to the user `name`, where this process is root.
    fn new(name: &'static str, folder: &Path) -> Result<User> {
        fs::create_dir(folder)?;
        if !packages::is_root() {
            return Ok(User { name: None });
        }
        let status = Command::new("chown").arg(name).arg(folder).status()?;
        if !status.success() {
            return Err(format!("there is no user {name}; the server's package makes it").into());
        }
        Ok(User { name: Some(name) })
    }

    /// A command that runs as the user, and gets the signal `end` if this process dies.
    fn command(&self, name: &str, end: &str) -> Result<Command> {
        let program: PathBuf =
            packages::program(name).ok_or_else(|| format!("`{name}` is not installed"))?;
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig").arg(end);
        if let Some(user) = self.name {
            command.arg(format!("--reuid={user}"));
            command.arg(format!("--regid={user}")).arg("--init-groups");
        }
        // The folder that this runs in need not be open to that user.
        command.arg(program).current_dir("/");
        Ok(command)
    }
}

fn spawn(command: &mut Command, folder: &Path) -> Result<Child> {
    let log = File::create(folder.join("log"))?;
    Ok(command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?)
}

fn wait_until_ready(
    shell: &Shell,
    mut server: Server,
    ready: &mut Command,
    folder: &Path,
) -> Result<Server> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if ready
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?
            .success()
        {
            return Ok(server);
        }
        let ended = server.process.try_wait()?;
        if ended.is_some() || Instant::now() > deadline {
            let log = fs::read_to_string(folder.join("log"))?;
            return Err(
                format!("the server for {} does not start:\n{log}", server.variable).into(),
            );
        }
        shell.pause(Duration::from_millis(50))?;
    }
}
