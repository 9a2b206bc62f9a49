//! Which programs do the servers need, and how do they get onto this machine?

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;
use crate::servers::Database;
use crate::shell::Shell;

/// Installs the servers of `databases` that are missing, and what some tests need beside them.
///
/// # Errors
/// Says what to install where this is not root on a Debian.
pub(crate) fn install_missing(shell: &Shell, databases: &[Database]) -> Result<()> {
    let missing: Vec<&str> = databases
        .iter()
        .filter_map(|database| database.package())
        .filter(|package| !package.programs.iter().all(|name| program(name).is_some()))
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return install_beside(shell, databases);
    }
    let names = missing.join(" ");
    if !is_root() || find("apt-get").is_none() {
        return Err(format!(
            "the tests need {names}, which this machine lacks.\n\
             Install with: sudo apt-get install --no-install-recommends {names}\n\
             (elsewhere than on Debian: PostgreSQL's and MariaDB's servers, on the PATH; they need not run.)\n\
             Or run what needs no server: cargo xtask test --databases sqlite"
        )
        .into());
    }
    {
        let _denied = ServicesDenied::new()?;
        shell.run(&mut apt(&["update", "--quiet"]))?;
        let mut install = apt(&["install", "--quiet", "--yes", "--no-install-recommends"]);
        shell.run(install.args(&missing))?;
    }
    install_beside(shell, databases)
}

/// Installs the pooler and the scheduler that some tests on PostgreSQL want, where they are missing and can be had. Where they cannot,
/// those tests say that they are skipped, or fail where `CI` is `true`.
fn install_beside(shell: &Shell, databases: &[Database]) -> Result<()> {
    if !databases.contains(&Database::Postgres) {
        return Ok(());
    }
    let pooler = find("pgbouncer").is_none().then(|| "pgbouncer".to_owned());
    let missing: Vec<String> = pooler.into_iter().chain(missing_cron()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() || find("apt-get").is_none() {
        eprintln!(
            "The tests that need {} are skipped, since this machine lacks them.",
            missing.join(" and ")
        );
        return Ok(());
    }
    let _denied = ServicesDenied::new()?;
    // Old lists may do.
    let _ = shell.run(&mut apt(&["update", "--quiet"]));
    for name in missing {
        let mut install = apt(&["install", "--quiet", "--yes", "--no-install-recommends"]);
        let _ = shell.run(install.arg(name));
    }
    Ok(())
}

/// The package of pg_cron for the PostgreSQL that the tests run on; none where it is there.
fn missing_cron() -> Option<String> {
    let home = debian_postgres("postgres")?.parent()?.parent()?.to_owned();
    let there = home.join("lib").join("pg_cron.so").is_file();
    let version = home.file_name()?.to_str()?;
    (!there).then(|| format!("postgresql-{version}-cron"))
}

/// A Debian package, and the programs that tell whether it is there.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) programs: &'static [&'static str],
}

/// The full path of a program of one of the servers.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    debian_postgres(name).or_else(|| find(name))
}

/// Whether this process may become another user.
pub(crate) fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}

/// Debian keeps PostgreSQL's server outside the PATH, a folder for each version; the newest is taken.
fn debian_postgres(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .filter_map(|entry| entry.ok())
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let path = entry.path().join("bin").join(name);
            path.is_file().then_some((version, path))
        })
        .max()
        .map(|(_, path)| path)
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        // A user's PATH lacks it, and MariaDB's server is there.
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(arguments.iter().map(OsStr::new))
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// While this lives, installing a server does not start it: the tests use their own.
struct ServicesDenied {
    /// Whether the file is ours to remove; containers often have one.
    ours: bool,
}

impl ServicesDenied {
    const FILE: &str = "/usr/sbin/policy-rc.d";

    fn new() -> Result<ServicesDenied> {
        match fs::File::create_new(Self::FILE) {
            Ok(_) => {
                let denied = ServicesDenied { ours: true };
                fs::write(Self::FILE, "#!/bin/sh\nexit 101\n")?;
                fs::set_permissions(Path::new(Self::FILE), fs::Permissions::from_mode(0o755))?;
                Ok(denied)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Ok(ServicesDenied { ours: false })
            }
            Err(error) => Err(format!("{} cannot be written: {error}", Self::FILE).into()),
        }
    }
}

impl Drop for ServicesDenied {
    fn drop(&mut self) {
        if self.ours {
            // Nobody is left to be told, and the next installation replaces nothing of its own.
            let _ = fs::remove_file(Self::FILE);
        }
    }
}
