//! What does a shop look like that is in use in production?

use std::time::{Duration, SystemTime};

use onward::{Backup, Error, Migrator, RunReport, State};

use crate::{Database, Pool, with_pool};

/// Everything of `shop` applied after a backup that was restored, on a database like that one.
pub async fn in_use(like: &Database, shop: &Migrator) -> Database {
    let mut database = like.another().await;
    // Known by themselves, so that no beat that comes late makes strangers of them.
    with_pool!(database.pool, pool => pool.close().await);
    database.pool = Pool::introduced(&database.url).await;
    let taken = SystemTime::now() - Duration::from_secs(60);
    let backup = Backup::new("nightly dump", taken, "/srv/shop").verified("ada", "restored it");
    with_pool!(database.pool, pool => {
        shop.run(pool).await.expect("its migrations");
        shop.record_backup(pool, &backup).await.expect("its backup");
    });
    let listed = "SELECT id FROM _onward_instances";
    while database.column(listed).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    database
}

/// Does `work` until no stranger is in its way. On a MySQL that others use as well, somebody who has chosen no database may be connected at
/// any moment; the gate is right to ask who that is, and the tests ask something else.
///
/// # Errors
/// Whatever else it fails with.
pub async fn undisturbed(
    work: impl AsyncFn() -> onward::Result<RunReport>,
) -> onward::Result<RunReport> {
    const TRIES: usize = 200;
    for _ in 0..TRIES {
        match work().await {
            Err(error) if is_disturbed(&error) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            ended => return ended,
        }
    }
    work().await
}

/// Whether nothing but such a connection was in the way.
fn is_disturbed(error: &Error) -> bool {
    let Error::Refused(decision) = error else {
        return false;
    };
    let answers = decision.answers.iter().flat_map(|answer| &answer.evidence);
    let mut others = answers.filter(|one| one.state != State::Clear).peekable();
    others.peek().is_some()
        && others.all(|one| one.sentence.contains(" without a default database "))
}
