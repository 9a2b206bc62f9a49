//! How does a process get onto the list, stay there, and leave it?
//!
//! One small task. It holds no connection between two beats: each beat is one statement on an idle connection of the
//! application's pool. It ends with the pool, and with the async runtime that it was spawned on.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use onward_analysis::Dialect;

use super::FORMAT;
use super::aside;
use super::introduced::told;
use super::own::{Identity, Program};
use super::registered::{Connections, FORGOTTEN, GIVEN_UP};
use crate::Result;
use crate::clock::now;
use crate::history::{Author, Tables, is_no_table};
use crate::registration::Catalog;
use crate::session::{Session, Source};

/// A program that has ended by then was none that runs: it is spared the statements.
const FIRST: Duration = Duration::from_millis(100);

/// How soon a process says that its pool has grown or shrunk.
const RESIZED: Duration = Duration::from_secs(1);

/// How long, and how often, the goodbye waits for a beat that is on its way.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSES: u32 = 400;

/// A process on the list of one database.
pub(crate) struct Presence {
    identity: Identity,
    catalogs: Vec<Catalog>,
    /// The crates that the application names as its own.
    crates: Vec<String>,
    source: Arc<dyn Source>,
    /// Where the list stands; none before the first beat.
    tables: OnceLock<Tables>,
    /// Whether it got onto the list.
    listed: AtomicBool,
    /// How many connections it said it has open.
    said: AtomicU32,
    left: AtomicBool,
    /// Whether a beat is on its way: what it writes must not come after the goodbye.
    beating: AtomicBool,
}

impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presence")
            .field("identity", &self.identity)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// The presences of this process, each by its row and its database: a second start on the same one changes nothing.
static HERE: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());

/// Registers this process in the background, and calls `unregistered` with the reason when that fails for the first time.
/// None where it is registered already.
pub(crate) fn begin(
    identity: Identity,
    (catalogs, crates): (Vec<Catalog>, Vec<String>),
    source: Arc<dyn Source>,
    unregistered: impl Fn(&str) + Send + 'static,
) -> Option<Arc<Presence>> {
    let presence = Arc::new(Presence {
        identity,
        catalogs,
        crates,
        source,
        tables: OnceLock::new(),
        listed: AtomicBool::new(false),
        said: AtomicU32::new(0),
        left: AtomicBool::new(false),
        beating: AtomicBool::new(false),
    });
    let stay = Stay {
        key: presence.key(),
        presence: Arc::clone(&presence),
    };
    if !here().insert(stay.key.clone()) {
        // Not this one's to leave.
        presence.left.store(true, Ordering::SeqCst);
        return None;
    }
    // Its connection came from the pool, so that the runtime that sqlx needs is there.
    drop(sqlx_core::rt::spawn(stay.beat(unregistered)));
    Some(presence)
}

fn here() -> std::sync::MutexGuard<'static, BTreeSet<(String, String)>> {
    HERE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The task, while it runs. Dropped, with the runtime or at its end, it takes the process off the list as far as that can
/// be done without waiting.
struct Stay {
    key: (String, String),
    presence: Arc<Presence>,
}

impl Drop for Stay {
    fn drop(&mut self) {
        here().remove(&self.key);
        if !self.presence.left.swap(true, Ordering::SeqCst)
            && let Some(sql) = self.presence.farewell()
        {
            self.presence.source.hand_over(&sql);
        }
    }
}

impl Stay {
    async fn beat(self, unregistered: impl Fn(&str) + Send + 'static) {
        let presence = &self.presence;
        let mut told = false;
        let mut runs = presence.source.sleep(FIRST).await;
        while runs {
            presence.beating.store(true, Ordering::SeqCst);
            if presence.left.load(Ordering::SeqCst) {
                presence.beating.store(false, Ordering::SeqCst);
                return;
            }
            let renewed = presence.renew().await;
            presence.beating.store(false, Ordering::SeqCst);
            match renewed {
                Ok(()) => {}
                Err(crate::Error::Database(sqlx::Error::PoolClosed)) => break,
                Err(error) if told => {
                    tracing::debug!(%error, "this process is still not on the list of instances")
                }
                Err(error) => {
                    told = true;
                    unregistered(&error.to_string());
                }
            }
            runs = presence.rest().await;
        }
        // The pool is closed, and with it the application is.
        if !presence.left.load(Ordering::SeqCst) && presence.leave_beside().await.is_ok() {
            presence.left.store(true, Ordering::SeqCst);
        }
    }
}

impl Presence {
    /// Takes the process off the list.
    pub(crate) async fn leave(&self) -> Result<()> {
        if self.left.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        for _ in 0..PAUSES {
            if !self.beating.load(Ordering::SeqCst) {
                break;
            }
            sqlx_core::rt::sleep(PAUSE).await;
        }
        let Some(sql) = self.farewell() else {
            return Ok(());
        };
        let mut session = match self.source.session().await {
            Err(sqlx::Error::PoolClosed) => self.source.beside().await?,
            session => session?,
        };
        session.execute(&sql).await?;
        session.close().await;
        Ok(())
    }

    async fn leave_beside(&self) -> Result<()> {
        if let Some(sql) = self.farewell() {
            let mut session = self.source.beside().await?;
            session.execute(&sql).await?;
            session.close().await;
        }
        Ok(())
    }

    /// Says that the process is there: one statement, and the whole row where it is not on the list.
    async fn renew(&self) -> Result<()> {
        let mut session = self.source.session().await?;
        let session = session.as_mut();
        let tables = match self.tables.get() {
            Some(tables) => tables,
            None => {
                let found = Tables::find(session).await?;
                self.tables.get_or_init(|| found)
            }
        };
        let connections = self.connections(session).await?;
        let renewed = session.execute(&self.beat(tables, connections)).await;
        let (renewed, created) = match renewed {
            Err(error) if is_no_table(&error) => (
                0,
                session
                    .execute(&tables.create_instances())
                    .await
                    .map(|_| ()),
            ),
            renewed => (renewed?, Ok(())),
        };
        if renewed == 0 {
            self.listed.store(true, Ordering::SeqCst);
            // Somebody else may have created it meanwhile; where nobody has, the first error is the reason.
            if let Err(error) = session.execute(&self.arrival(tables, connections)).await {
                self.listed.store(false, Ordering::SeqCst);
                created?;
                return Err(error.into());
            }
            session.execute(&forget(tables)).await?;
            session.execute(&reach(tables)).await?;
        }
        Ok(())
    }

    /// Waits for the next beat, which comes sooner where another number of connections is open than was said; false where the pool is closed.
    async fn rest(&self) -> bool {
        let mut left = self.identity.every;
        while !left.is_zero() {
            let nap = left.min(RESIZED);
            if !self.source.sleep(nap).await {
                return false;
            }
            if aside::open(self.source.as_ref()) != self.said.load(Ordering::SeqCst) {
                break;
            }
            left -= nap;
        }
        true
    }

    /// How its connections are told, to be said, as the server sees the one at hand.
    async fn connections(&self, session: &mut dyn Session) -> Result<i64> {
        let told = told(session).await?;
        let open = aside::open(self.source.as_ref());
        self.said.store(open, Ordering::SeqCst);
        Ok(Connections::said(told, open).number())
    }

    fn beat(&self, tables: &Tables, connections: i64) -> String {
        format!(
            "UPDATE {} SET seen = {}, connections = {connections} WHERE id = '{}'",
            tables.instances(),
            now(tables.dialect()),
            self.identity.id()
        )
    }

    fn arrival(&self, tables: &Tables, connections: i64) -> String {
        let identity = &self.identity;
        let program = Program::compiled(&self.catalogs, &self.crates);
        let program = serde_json::to_string(&program).unwrap_or_default();
        let text = |text: &str| tables.literal(text);
        let now = now(tables.dialect());
        // As whom the server knows this process's connections.
        let login = match tables.dialect() {
            Dialect::Sqlite => "'', '', ''",
            Dialect::Postgres => {
                "session_user::text, coalesce(pg_catalog.inet_client_addr()::text, ''), pg_catalog.current_setting('application_name')"
            }
            Dialect::MySql => {
                "(SELECT p.user FROM information_schema.processlist p WHERE p.id = connection_id()), \
                 (SELECT substring_index(p.host, ':', 1) FROM information_schema.processlist p \
                 WHERE p.id = connection_id()), ''"
            }
        };
        format!(
            "INSERT INTO {} (id, format, application, kind, build, host, pid, login, origin, client, connections, \
             program, started, seen, lasts) VALUES ('{}', {FORMAT}, {}, {}, {}, {}, {}, {login}, {connections}, {}, {now}, {now}, {})",
            tables.instances(),
            identity.id(),
            text(&identity.application),
            text(&identity.kind),
            text(&identity.build),
            text(&Author::host()),
            std::process::id(),
            text(&program),
            identity.lasts().as_millis(),
        )
    }

    /// The statement that takes the process off the list; none where it never got onto it.
    fn farewell(&self) -> Option<String> {
        let tables = self
            .tables
            .get()
            .filter(|_| self.listed.load(Ordering::SeqCst))?;
        let (list, id) = (tables.instances(), self.identity.id());
        Some(format!("DELETE FROM {list} WHERE id = '{id}'"))
    }

    fn key(&self) -> (String, String) {
        (self.identity.id(), self.source.identity())
    }
}

/// The statement that deletes what was given up long ago.
fn forget(tables: &Tables) -> String {
    format!(
        "DELETE FROM {} WHERE seen + lasts * {GIVEN_UP} + {FORGOTTEN} < {}",
        tables.instances(),
        now(tables.dialect())
    )
}

/// The statement that brings back to now what was said when a clock was ahead: else who died before it was set back would stay for as long
/// as it was ahead.
pub(crate) fn reach(tables: &Tables) -> String {
    let now = now(tables.dialect());
    format!(
        "UPDATE {} SET seen = {now} WHERE seen > {now} + lasts",
        tables.instances()
    )
}
