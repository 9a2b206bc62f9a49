use sqlx::SqliteConnection;

#[onward::migration(version = 1, irreversible = "kept for good")]
fn not_async(_: &mut SqliteConnection) -> onward::Result<()> {
    Ok(())
}

#[onward::migration(version = 2, irreversible = "kept for good")]
async fn by_value(_: SqliteConnection) -> onward::Result<()> {
    Ok(())
}

#[onward::migration(version = 3, irreversible = "kept for good")]
async fn no_result(_: &mut SqliteConnection) {}

#[onward::migration(version = 4, irreversible = "kept for good")]
async fn pool(_: &mut sqlx::SqlitePool) -> onward::Result<()> {
    Ok(())
}

fn main() {}
