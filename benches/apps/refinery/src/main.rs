//! Migrate with refinery and exit.

mod embedded {
    refinery::embed_migrations!("migrations");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL")?;
    embedded::migrations::runner().run(&mut open(&url)?)?;
    Ok(())
}

#[cfg(feature = "postgres")]
fn open(url: &str) -> Result<refinery_core::postgres::Client, Box<dyn std::error::Error>> {
    let none = refinery_core::postgres::NoTls;
    Ok(refinery_core::postgres::Client::connect(url, none)?)
}

#[cfg(not(feature = "postgres"))]
fn open(url: &str) -> Result<refinery_core::rusqlite::Connection, Box<dyn std::error::Error>> {
    let path = url.strip_prefix("sqlite://").unwrap_or(url);
    let path = path.split('?').next().unwrap_or(path);
    Ok(refinery_core::rusqlite::Connection::open(path)?)
}
