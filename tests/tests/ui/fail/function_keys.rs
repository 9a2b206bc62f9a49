use onward::Migration;
use sqlx::PgConnection;

#[onward::migration(
    version = 1,
    up = "CREATE TABLE a (b integer)",
    dialect(sqlite),
    irreversible = "kept for good"
)]
async fn merge_names(_: &mut PgConnection) -> onward::Result<()> {
    Ok(())
}

#[derive(Migration)]
#[migration(version = 2, up = "CREATE TABLE a (b integer)", down(split_names), destructive)]
struct CreateA;

fn main() {}
