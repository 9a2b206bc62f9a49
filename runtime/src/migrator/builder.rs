//! What can be said to a migrator before it starts?

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use onward_analysis::{Config, Consumer, Version};
use serde::Serialize;

use crate::catalog::Compiled;
use crate::instances::{self, Identity, Presence, Program};
use crate::session::Source;
use crate::{
    BackupVerifier, Begun, Catalog, Consent, Direction, Environment, Given, Result, Waiver,
};

/// Brings a database to where the program's migrations say.
///
/// ```no_run
/// # #[cfg(feature = "sqlite")]
/// # async fn start(my_app_migrations: onward::Catalog, pool: &sqlx::SqlitePool) -> onward::Result<()> {
/// use onward::{Environment, Migrator};
///
/// Migrator::new(my_app_migrations)
///     .environment(Environment::from_env()?)
///     .run(pool)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Migrator {
    catalogs: Vec<Catalog>,
    environment: Option<Environment>,
    pub(super) given: Given,
    pub(super) lock_timeout: Duration,
    pub(super) table_timeout: Option<Duration>,
    pub(super) statement_timeout: Option<Duration>,
    pub(super) begun: Option<Begun>,
    pub(super) out_of_order: bool,
    application: Option<String>,
    kind: String,
    build: Option<String>,
    /// The crates whose code the application runs, as far as it names them.
    crates: Vec<String>,
    heartbeat: Duration,
    registers: bool,
    /// Where this migrator and its clones have registered this process.
    pub(super) presences: Arc<Mutex<Vec<Arc<Presence>>>>,
    listeners: Vec<Listener>,
    /// Who is declared in code to refer to tables and columns.
    pub(super) consumers: Vec<Consumer>,
    pub(super) verifiers: Vec<Arc<dyn BackupVerifier>>,
    pub(super) backup_folder: Option<PathBuf>,
    /// What tests register instead of what is linked.
    #[cfg(test)]
    pub(super) registered: Option<Vec<&'static crate::registration::Registration>>,
}

type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// What a migrator is doing, for a progress line or a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Another process is at work; this one waits.
    Waiting {
        /// Which process, as far as the server tells.
        holder: String,
    },
    /// A migration begins.
    Started {
        /// Its version.
        version: Version,
        /// Its name.
        name: String,
        /// Which way it goes.
        direction: Direction,
        /// Its place in the plan, from 1.
        number: usize,
        /// How many the plan has.
        of: usize,
    },
    /// Others used a table that the migration needs: it gave up its place in the queue, and tries again.
    GaveWay {
        /// Its version.
        version: Version,
        /// Which way it goes.
        direction: Direction,
        /// How often it did so by now.
        times: u32,
    },
    /// Onward copied an SQLite database and proved the copy, before a migration whose down may lose something.
    BackedUp {
        /// The migration's version.
        version: Version,
        /// Where the copy lies.
        location: String,
    },
    /// A copy that Onward had made was removed: the policy keeps it no longer.
    CopyRemoved {
        /// Where it lay.
        location: String,
    },
    /// A migration is done.
    Finished {
        /// Its version.
        version: Version,
        /// Which way it went.
        direction: Direction,
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// This process runs, and could not be put on the list of running instances.
    Unregistered {
        /// What the database says.
        reason: String,
    },
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Event::Waiting { holder } => {
                write!(
                    f,
                    "Another process is migrating this database ({holder}); waiting for it."
                )
            }
            Event::Started {
                version,
                name,
                direction,
                number,
                of,
            } => write!(f, "{number} of {of}: {direction} {version} {name}"),
            Event::GaveWay {
                version,
                direction,
                times,
            } => write!(
                f,
                "Others use a table that {direction} {version} needs; letting them go first ({times})."
            ),
            Event::BackedUp { version, location } => {
                write!(f, "copied the database before {version}: {location}")
            }
            Event::CopyRemoved { location } => {
                write!(f, "removed an old copy of the database: {location}")
            }
            Event::Finished {
                version,
                direction,
                milliseconds,
            } => write!(f, "done: {direction} {version}, {milliseconds} ms"),
            Event::Unregistered { reason } => write!(
                f,
                "This process could not register as an instance ({reason}). It runs all the same, but while it does, no\n\
                 migration that could be in its way is let through in production. Let its role read and write \
                 `_onward_instances`."
            ),
        }
    }
}

impl Migrator {
    /// The migrations of a crate: `Migrator::new(my_app::MIGRATIONS)`.
    #[must_use]
    pub fn new(catalog: Catalog) -> Migrator {
        Migrator {
            catalogs: vec![catalog],
            environment: None,
            given: Given::default(),
            lock_timeout: Duration::from_secs(300),
            table_timeout: None,
            statement_timeout: None,
            begun: None,
            out_of_order: false,
            application: None,
            kind: "app".to_owned(),
            build: None,
            crates: Vec::new(),
            heartbeat: Duration::from_secs(15),
            registers: true,
            presences: Arc::default(),
            listeners: Vec::new(),
            consumers: Vec::new(),
            verifiers: Vec::new(),
            backup_folder: None,
            #[cfg(test)]
            registered: None,
        }
    }

    /// And those of another crate.
    #[must_use]
    pub fn and(mut self, catalog: Catalog) -> Migrator {
        self.catalogs.push(catalog);
        self
    }

    /// Where this process runs. Where it is not said, [`Environment::from_env`] says it.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Migrator {
        self.environment = Some(environment);
        self
    }

    /// Somebody's consent to what a plan loses.
    #[must_use]
    pub fn consent(mut self, consent: Consent) -> Migrator {
        self.given.consent = Some(consent);
        self
    }

    /// Somebody's word that one of the questions 4 to 6 may stay open.
    #[must_use]
    pub fn waive(mut self, waiver: Waiver) -> Migrator {
        self.given.waivers.push(waiver);
        self
    }

    /// How long to wait while another process migrates; 5 minutes where it is not said.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Duration) -> Migrator {
        self.lock_timeout = limit;
        self
    }

    /// How long a statement may wait in the queue for a table that others use; what the policy says of `seconds` where it is
    /// not said, 5 s without one.
    ///
    /// On PostgreSQL and MySQL everybody who comes after a waiting `ALTER TABLE` waits behind it. So it gives up its place
    /// after this time, lets the others go on for as long, then twice as long and so on, up to half a minute, and tries again
    /// until [`Migrator::lock_timeout`] is over. [`Event::GaveWay`] tells of it, and the journal says how often it was. It is
    /// `lock_timeout` on PostgreSQL, `lock_wait_timeout` and `innodb_lock_wait_timeout`, in whole seconds, on MySQL; what the
    /// session had before is put back. SQLite's writer keeps nobody waiting who reads. A migration written in Rust runs under
    /// the application's own settings.
    #[must_use]
    pub fn table_timeout(mut self, limit: Duration) -> Migrator {
        self.table_timeout = Some(limit);
        self
    }

    /// How long one statement of a migration may take before it is cut off and undone; what the policy says of
    /// `statement_seconds` where it is not said, an hour without one. [`Duration::MAX`] cuts nothing off.
    ///
    /// It stands for the time-outs of the application, which are made for short queries. It is `statement_timeout` on PostgreSQL
    /// and `max_statement_time` on MariaDB; a migration that needs longer can set these for itself in its SQL, and they are put
    /// back after it. MySQL has `max_execution_time`, which knows SELECT only. On SQLite it is the time of a migration's script, kept by
    /// a progress handler; one of the application's own on that connection is not there afterwards, since SQLite has one and does not
    /// give it out.
    /// CONCURRENTLY is left to end, since half an index would be left. A migration written in Rust runs under the application's own
    /// settings.
    #[must_use]
    pub fn statement_timeout(mut self, limit: Duration) -> Migrator {
        self.statement_timeout = Some(limit);
        self
    }

    /// How to go on where a statement that commits by itself (`CALL`) failed or was interrupted, so that nobody knows whether it is
    /// done ([`HistoryError::InDoubt`](crate::HistoryError::InDoubt)). Somebody has to look first, so it is for one run, and not for
    /// the program. The journal keeps what was said.
    #[must_use]
    pub fn begun(mut self, begun: Begun) -> Migrator {
        self.begun = Some(begun);
        self
    }

    /// Whether production accepts a migration that is older than an applied one of its crate.
    ///
    /// It comes from two branches that were merged out of order, and it runs after what it was written before.
    /// Elsewhere it is applied, and said.
    #[must_use]
    pub fn out_of_order(mut self, accepted: bool) -> Migrator {
        self.out_of_order = accepted;
        self
    }

    /// What this application is called where its running processes are listed, `shop-web`; the name of the first crate of
    /// migrations where it is not said.
    ///
    /// Two applications on one database should be told apart: a refusal names those that are in the way.
    #[must_use]
    pub fn application(mut self, name: impl Into<String>) -> Migrator {
        self.application = Some(name.into());
        self
    }

    /// What this process does, for whoever reads the list: `web`, `job`, `pipeline`; `app` where it is not said.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Migrator {
        self.kind = kind.into();
        self
    }

    /// Which build of the application this is: a commit, an image's tag. Where it is not said, what the environment
    /// variable `ONWARD_BUILD` said when the crate of the migrations was compiled, else that crate's version.
    #[must_use]
    pub fn build(mut self, build: impl Into<String>) -> Migrator {
        self.build = Some(build.into());
        self
    }

    /// The crates of this program whose code queries the database, by their names in `Cargo.toml`, its own among them.
    ///
    /// Question 2 is answered by the word of those crates that say what they use (`catalog!()`, `uses!`, `#[uses]`). One that
    /// forgot is not noticed, unless it is named here: then question 2 is unknown, and names it, until it says
    /// `onward::declare::uses!();`.
    #[must_use]
    pub fn crates<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Migrator {
        self.crates.extend(names.into_iter().map(str::to_owned));
        self
    }

    /// How often this process says that it is there; every 15 seconds where it is not said.
    ///
    /// When it has been silent for four times as long, by the server's clock, nobody can tell whether it still runs: question 2 is
    /// unknown where its code uses what changes. It counts as gone after forty times as long, ten minutes where nothing is said.
    /// More often than each hundredth of a second, and less often than once a day, it does not say so.
    #[must_use]
    pub fn heartbeat(mut self, every: Duration) -> Migrator {
        const DAY: Duration = Duration::from_secs(86_400);
        self.heartbeat = every.clamp(Duration::from_millis(10), DAY);
        self
    }

    /// Keeps this process off the list of running instances.
    ///
    /// Then nobody can tell whether its code uses what a migration takes: a server's gate answers question 2 with unknown
    /// for as long as it is connected. On SQLite, which has no list of its clients, nobody sees it at all.
    #[must_use]
    pub fn unregistered(mut self) -> Migrator {
        self.registers = false;
        self
    }

    /// As whom this process registers.
    pub(super) fn identity(&self) -> Identity {
        let catalog = self.catalogs.first();
        let build = catalog.map(|catalog| catalog.build.unwrap_or(catalog.package));
        let application = catalog.map(|catalog| catalog.name);
        let or = |said: &Option<String>, other: Option<&str>| {
            said.clone()
                .or(other.map(str::to_owned))
                .unwrap_or_default()
        };
        Identity {
            application: or(&self.application, application),
            kind: self.kind.clone(),
            build: or(&self.build, build),
            every: self.heartbeat,
        }
    }

    /// What this process was compiled with.
    pub(super) fn program(&self) -> Program {
        Program::compiled(&self.catalogs, &self.crates)
    }

    /// Registers this process in the background, unless it is, or shall not be, or there is no pool to do it with.
    pub(super) fn register(&self, source: Option<Arc<dyn Source>>) -> Option<Arc<Presence>> {
        let source = source.filter(|_| self.registers)?;
        let migrator = self.clone();
        let unregistered = move |reason: &str| {
            migrator.tell(&Event::Unregistered {
                reason: reason.to_owned(),
            });
        };
        let compiled = (self.catalogs.clone(), self.crates.clone());
        let presence = instances::begin(self.identity(), compiled, source, unregistered);
        if let Some(presence) = &presence {
            let mut presences = self
                .presences
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            presences.push(Arc::clone(presence));
        }
        presence
    }

    /// Takes a process off the list again that did not start.
    pub(super) async fn withdraw(&self, presence: Option<Arc<Presence>>) {
        let Some(presence) = presence else {
            return;
        };
        if let Err(error) = presence.leave().await {
            tracing::debug!(%error, "this process is still on the list of instances");
        }
    }

    /// A job, export or pipeline that refers to tables or columns and that no catalog shows, beside those of `onward.toml`: question 3
    /// names it where it is in the way.
    ///
    /// ```no_run
    /// # fn migrator(my_app_migrations: onward::Catalog) -> Result<onward::Migrator, String> {
    /// use onward::{Consumer, Migrator};
    ///
    /// let export = Consumer::parse("nightly billing export reads users.phone_number")?;
    /// # Ok(
    /// Migrator::new(my_app_migrations).consumer(export)
    /// # )
    /// # }
    /// ```
    #[must_use]
    pub fn consumer(mut self, consumer: Consumer) -> Migrator {
        self.consumers.push(consumer);
        self
    }

    /// A system that knows of backups of this database, to be asked beside what is written down.
    #[must_use]
    pub fn backups(mut self, verifier: impl BackupVerifier + 'static) -> Migrator {
        self.verifiers.push(Arc::new(verifier));
        self
    }

    /// The folder that Onward copies an SQLite database into by itself; what the policy says of `backup_folder` where it is not said,
    /// none without one. A relative one begins at the folder of the database's file. It must be there.
    ///
    /// The copy is made and proven right before a migration whose down is lossy or unknown, and before one that is asked question 5
    /// itself; the journal has it, so that a later down is asked for no other backup. Where it cannot be made the migration does not
    /// run ([`Error::Backup`](crate::Error::Backup)). A run that begins on a database without a table makes none. On other databases
    /// it is an error: their backups are made by their own tools.
    ///
    /// ```no_run
    /// # #[cfg(feature = "sqlite")]
    /// # async fn start(my_app_migrations: onward::Catalog, pool: &sqlx::SqlitePool) -> onward::Result<()> {
    /// onward::Migrator::new(my_app_migrations).backup_folder("/srv/backups").run(pool).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn backup_folder(mut self, folder: impl Into<PathBuf>) -> Migrator {
        self.backup_folder = Some(folder.into());
        self
    }

    /// Calls `listener` with whatever happens, beside those that were given before. The same is told to `tracing`.
    #[must_use]
    pub fn on_progress(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Migrator {
        self.listeners.push(Arc::new(listener));
        self
    }

    /// The migrations, what their `onward.toml` files say, and the environment as those know it.
    pub(super) fn compiled(&self) -> Result<(Compiled, Vec<Config>, Environment)> {
        let compiled = self.collected()?;
        let environment = match &self.environment {
            Some(environment) => environment.clone(),
            None => Environment::from_env()?,
        };
        let configs = compiled.configs()?;
        let environment = environment.among(&configs);
        Ok((compiled, configs, environment))
    }

    /// The digest that the head should hold.
    #[cfg(test)]
    pub(super) fn catalogs_digest(&self) -> String {
        let (compiled, _, environment) = self.compiled().unwrap();
        compiled.digest(&environment).to_string()
    }

    fn collected(&self) -> Result<Compiled> {
        #[cfg(test)]
        if let Some(registered) = &self.registered {
            return Compiled::check(&self.catalogs, registered.clone());
        }
        Compiled::collect(&self.catalogs)
    }

    /// Tells of an event.
    pub(super) fn tell(&self, event: &Event) {
        match event {
            Event::Waiting { holder } => {
                tracing::info!(holder, "another process is migrating; waiting");
            }
            Event::Started {
                version,
                name,
                direction,
                ..
            } => tracing::info!(%version, name, %direction, "migration begins"),
            Event::GaveWay {
                version,
                direction,
                times,
            } => tracing::warn!(%version, %direction, times, "others use its tables; gave way"),
            Event::BackedUp { version, location } => {
                tracing::info!(%version, location, "copied the database");
            }
            Event::CopyRemoved { location } => {
                tracing::info!(location, "removed an old copy of the database");
            }
            Event::Finished {
                version,
                direction,
                milliseconds,
            } => tracing::info!(%version, %direction, milliseconds, "migration is done"),
            Event::Unregistered { reason } => {
                tracing::warn!(reason, "this process could not register as an instance");
            }
        }
        for listener in &self.listeners {
            listener(event);
        }
    }
}

impl std::fmt::Debug for Migrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Migrator")
            .field("catalogs", &self.catalogs)
            .field("environment", &self.environment)
            .field("lock_timeout", &self.lock_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .finish_non_exhaustive()
    }
}
