//! What does a shop look like that is in use in production?

use std::time::{Duration, SystemTime};

use onward::{Backup, Migrator};

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
