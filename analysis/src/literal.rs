//! How does SQL stand in Rust, so that a person can still read it?

/// `sql` as a Rust string literal: plain where it can be, else raw.
///
/// ```
/// assert_eq!(onward_analysis::literal("SELECT 1"), r#""SELECT 1""#);
/// assert_eq!(onward_analysis::literal(r#"SELECT "a""#), r##"r#"SELECT "a""#"##);
/// ```
#[must_use]
pub fn literal(sql: &str) -> String {
    if !sql.contains(['"', '\\', '\n', '\r']) {
        return format!("\"{sql}\"");
    }
    let mut hashes = String::new();
    while sql.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{sql}\"{hashes}")
}
