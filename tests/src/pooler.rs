//! How does a test reach PostgreSQL through a pooler?

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Database;

/// A pooler in transaction mode with one connection to the server.
#[derive(Debug)]
pub struct Pooler {
    process: Child,
    /// Where a program connects to come through it.
    pub url: String,
    _folder: TempDir,
}

impl Pooler {
    /// One that leads to the PostgreSQL of `database`; none where it is not installed.
    pub fn start(database: &Database) -> Option<Pooler> {
        let folder = TempDir::with_prefix("onward-pooler-").expect("a folder");
        let open = Permissions::from_mode(0o777);
        fs::set_permissions(folder.path(), open).expect("an open folder");
        let (_, server) = database
            .url
            .split_once("host=")
            .expect("a folder of sockets");
        let here = folder.path().display();
        let settings = format!(
            "[databases]\n* = host={server} user=postgres\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 1\n\
             auth_type = any\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {here}\n\
             ignore_startup_parameters = extra_float_digits\n"
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, settings).expect("its settings");
        let mut command = Command::new("pgbouncer");
        // It refuses to be root; elsewhere it may not become somebody else.
        if Command::new("id")
            .arg("-u")
            .output()
            .expect("who runs this")
            .stdout
            == b"0\n"
        {
            command.args(["-u", "postgres"]);
        }
        let process = command
            .arg("-q")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let socket = folder.path().join(".s.PGSQL.6432");
        let pooler = Pooler {
            process,
            url: format!(
                "postgres://postgres@localhost:6432/{}?host={here}",
                database.name
            ),
            _folder: folder,
        };
        let begun = Instant::now();
        while !socket.exists() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the pooler does not start"
            );
            thread::sleep(Duration::from_millis(20));
        }
        Some(pooler)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // It is this test's own, and has ended otherwise.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
