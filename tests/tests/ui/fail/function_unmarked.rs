use sqlx::MySqlConnection;

#[onward::migration(version = 1, down(split_names))]
async fn merge_names(_: &mut MySqlConnection) -> onward::Result<()> {
    Ok(())
}

async fn split_names(_: &mut MySqlConnection) -> onward::Result<()> {
    Ok(())
}

fn main() {}
