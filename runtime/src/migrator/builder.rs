//! What can be said to a migrator before it starts?

use std::sync::Arc;
use std::time::Duration;

use onward_analysis::{Config, Version};
use serde::Serialize;

use crate::catalog::Compiled;
use crate::{Catalog, Consent, Direction, Environment, Given, Result, Waiver};

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
    pub(super) out_of_order: bool,
    listeners: Vec<Listener>,
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
    /// A migration is done.
    Finished {
        /// Its version.
        version: Version,
        /// Which way it went.
        direction: Direction,
        /// How long it took, in milliseconds.
        milliseconds: u64,
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
            Event::Finished {
                version,
                direction,
                milliseconds,
            } => write!(f, "done: {direction} {version}, {milliseconds} ms"),
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
            out_of_order: false,
            listeners: Vec::new(),
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

    /// Whether production accepts a migration that is older than an applied one of its crate.
    ///
    /// It comes from two branches that were merged out of order, and it runs after what it was written before.
    /// Elsewhere it is applied, and said.
    #[must_use]
    pub fn out_of_order(mut self, accepted: bool) -> Migrator {
        self.out_of_order = accepted;
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
            Event::Finished {
                version,
                direction,
                milliseconds,
            } => tracing::info!(%version, %direction, milliseconds, "migration is done"),
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
            .finish_non_exhaustive()
    }
}
