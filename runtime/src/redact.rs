//! Which part of a text is nobody's business?
//!
//! What people write down of a backup, what other systems say when they cannot be asked, what a driver says of a connection:
//! all of it is printed and kept in the journal, and any of it may hold a URL with a password. In doubt more is left out.

/// `text` without the user and password of each URL in it, and without the value of each setting that is named for a secret.
pub(crate) fn redacted(text: &str) -> String {
    without_settings(&without_users(text))
}

/// A password that is not encoded may hold each sign that ends one, `@` too.
fn without_users(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        rest = &after[user(after)..];
    }
    clean.push_str(rest);
    clean
}

/// `text` without what stands before an `@` in quotes: where a password that was not encoded ends the host of a URL too early,
/// a driver takes the rest of it for the name of a database or an option.
pub(crate) fn without_pieces(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"', '`']) {
        let (before, quoted) = rest.split_at(at + 1);
        clean.push_str(before);
        let quote = before.chars().next_back();
        let end = quoted.find(|c| Some(c) == quote).unwrap_or(quoted.len());
        match quoted[..end].rfind('@') {
            Some(at) => {
                clean.push('…');
                rest = &quoted[at..];
            }
            None => rest = quoted,
        }
        // On to what stands behind the closing quote.
        let end = rest
            .find(|c| Some(c) == quote)
            .map_or(rest.len(), |end| end + 1);
        clean.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    clean.push_str(rest);
    clean
}

/// How long the user and password are that `url`, a URL without its scheme, begins with.
fn user(url: &str) -> usize {
    let word = url.find(char::is_whitespace).unwrap_or(url.len());
    let (run, line) = (&url[..word], url.lines().next().unwrap_or(""));
    let authority = run.find(['/', '?', '#']).unwrap_or(run.len());
    let (authority, last) = (&run[..authority], |text: &str| text.rfind('@'));
    let ends = match authority.split_once(':') {
        // Without a password the user ends where the host begins.
        None => last(authority),
        Some((_, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => last(run),
        // No port: a password, which may go on behind a blank.
        Some(_) => last(run).or_else(|| line.find('@')),
    };
    ends.map_or(0, |at| at + 1)
}

/// `password=…`, `PGPASSWORD=…`, `--token=…`, `&sig=…`.
fn without_settings(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        let (name, value) = (&rest[..at], &rest[at + 1..]);
        clean.push_str(&rest[..=at]);
        let long = if is_secret(name) { long(value) } else { 0 };
        if long > 0 {
            clean.push('…');
        }
        rest = &value[long..];
    }
    clean.push_str(rest);
    clean
}

/// Whether `before` ends with the name of a secret.
fn is_secret(before: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let before = before.trim_end();
    let name = before.trim_end_matches(in_name);
    let name = before[name.len()..].to_ascii_lowercase();
    let parts = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "signature",
        "credential",
    ];
    parts.iter().any(|part| name.contains(part)) || matches!(name.as_str(), "pass" | "sig" | "key")
}

/// How long the value is that `text` begins with.
fn long(text: &str) -> usize {
    let blank = text.len() - text.trim_start_matches(' ').len();
    let value = &text[blank..];
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'));
    blank
        + match quote {
            Some(quote) => value[1..].find(quote).map_or(value.len(), |end| end + 2),
            None => value
                .find(|c: char| c.is_whitespace() || matches!(c, '&' | ';' | ','))
                .unwrap_or(value.len()),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_kept() {
        for (text, clean) in [
            ("postgres://ada:secret@db/shop", "postgres://db/shop"),
            ("postgres://ada@db:5432/shop", "postgres://db:5432/shop"),
            ("ftp://a:p@ss@host", "ftp://host"),
            (
                "from mysql://root:x@db/a to https://u:p@b/c",
                "from mysql://db/a to https://b/c",
            ),
            ("mysql://root:a/b?c#d@db/shop", "mysql://db/shop"),
            ("mysql://root:a@b/c@d@db/shop", "mysql://db/shop"),
            ("mysql://root:12/34@db/shop", "mysql://db/shop"),
            ("mysql://root:my secret@db/shop", "mysql://db/shop"),
            ("mysql://root:://@db/shop", "mysql://db/shop"),
            (
                "pg_dump host=db password=secret dbname=shop",
                "pg_dump host=db password=… dbname=shop",
            ),
            ("PGPASSWORD='a b' psql", "PGPASSWORD=… psql"),
            (
                "https://blob/shop?sv=1&sig=abc%3D&se=2",
                "https://blob/shop?sv=1&sig=…&se=2",
            ),
            (
                "postgres:///shop?user=ada&password=secret",
                "postgres:///shop?user=ada&password=…",
            ),
            ("X-Amz-Signature=abc", "X-Amz-Signature=…"),
        ] {
            assert_eq!(redacted(text), clean);
        }
    }

    #[test]
    fn no_piece_of_a_password_is_kept() {
        for (text, clean) in [
            (
                "Unknown database 's3cr3t@db/shop'",
                "Unknown database '…@db/shop'",
            ),
            (
                "user 'ada'@'localhost' to \"a@b@c\"",
                "user 'ada'@'localhost' to \"…@c\"",
            ),
            ("unknown `a@b", "unknown `…@b"),
        ] {
            assert_eq!(without_pieces(text), clean);
        }
    }

    #[test]
    fn what_is_no_secret_is_kept() {
        for text in [
            "s3://backups/shop/2026-11-21",
            "https://db:8443/shop",
            "/srv/backups/me@home",
            "s3://backups/shop, restored by ada@example.com",
            "http://db:8080 and ada@example.com",
            "git@host:shop.git",
            "rows = 3, key: value",
            "a://b://c",
        ] {
            assert_eq!(redacted(text), text);
        }
    }
}
