//! What becomes of a test that needs what this machine lacks?

/// Says that a test is skipped. Where nobody reads that, it fails: an environment in which `CI` is `true` is to have all.
///
/// # Panics
/// Where `CI` is `true`.
pub fn skipped(lacks: &str) {
    let is_checked = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(
        !is_checked,
        "this machine lacks {lacks}, which a test needs"
    );
    eprintln!("skipped: this machine lacks {lacks}");
}
