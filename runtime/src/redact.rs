//! Which part of a text is nobody's business?
//!
//! What people write down of a backup, what other systems say when they cannot be asked, what a driver says of a connection:
//! all of it is printed and kept in the journal, and any of it may hold a URL with a password. In doubt more is left out.

/// `text` without the user and password of each URL in it, and without the value of each setting that is named for a secret.
pub(crate) fn redacted(text: &str) -> String {
    without_options(&without_settings(&without_users(text)))
}

/// `error`, unless it or what is beneath it tells what [`redacted`] leaves out: whoever prints the chain prints each as it is.
pub(crate) fn silent<'e>(
    error: Option<&'e (dyn std::error::Error + 'static)>,
) -> Option<&'e (dyn std::error::Error + 'static)> {
    let mut chain = std::iter::successors(error, |error| error.source());
    let tells = chain.any(|error| {
        let said = [error.to_string(), format!("{error:?}")];
        said.iter().any(|said| redacted(said) != *said)
    });
    error.filter(|_| !tells)
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

/// `password=…`, `PGPASSWORD=…`, `--token=…`, `&sig=…`, `password: …`.
fn without_settings(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['=', ':']) {
        let (name, value) = (&rest[..at], &rest[at + 1..]);
        clean.push_str(&rest[..=at]);
        let follows = match rest[at..].starts_with('=') {
            true => is_secret(name),
            false => is_secret_told(name, value),
        };
        let long = if follows { long(value) } else { 0 };
        if long > 0 {
            clean.push('…');
        }
        rest = &value[long..];
    }
    clean.push_str(rest);
    clean
}

/// Whether `name: value` tells a secret. What else is written with a colon is kept: a URL, a cast, what servers say.
fn is_secret_told(name: &str, value: &str) -> bool {
    let name = name.trim_end();
    let is_else = value.starts_with(':') || value.starts_with("//")
        // SQLite, of what it cannot read; MySQL, of whether a password was given.
        || name.ends_with("unrecognized token")
        || [" YES)", " NO)"].iter().any(|said| value.starts_with(said));
    let short = name.ends_with("key") || name.ends_with("sig");
    !is_else && !short && is_secret(name)
}

/// `--password …`, `-p…`.
fn without_options(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('-') {
        let (before, option) = rest.split_at(at);
        clean.push_str(before);
        let begins = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '(' | '[');
        let first = clean.is_empty() || clean.ends_with(begins);
        let word = option.find(|c: char| !is_in_name(c));
        let (name, after) = option.split_at(word.unwrap_or(option.len()));
        let value = after.trim_start_matches(' ');
        let named = value.len() < after.len() && !value.starts_with('-');
        let end = |named: bool| match named {
            true => option.len() - value.len() + long(value),
            false => name.len(),
        };
        let (kept, end) = match option.strip_prefix("-p") {
            _ if !first => (name.len(), name.len()),
            Some(glued) if !glued.starts_with(|c: char| c.is_whitespace() || c == '…') => {
                let spelt = matches!(name, "-password" | "-passwd" | "-pass" | "-passphrase");
                (2, end(named && spelt).max(2 + long(glued)))
            }
            _ if named && is_secret(name) => (option.len() - value.len(), end(true)),
            _ => (name.len(), name.len()),
        };
        clean.push_str(&option[..kept]);
        if end > kept {
            clean.push('…');
        }
        rest = &option[end..];
    }
    clean.push_str(rest);
    clean
}

fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// Whether `before` ends with the name of a secret.
fn is_secret(before: &str) -> bool {
    let before = before.trim_end();
    // JSON names it in quotes.
    let before = before.strip_suffix(['"', '\'']).unwrap_or(before);
    let name = before.trim_end_matches(is_in_name);
    let name = before[name.len()..].to_ascii_lowercase();
    let name = name.trim_start_matches('-');
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
    parts.iter().any(|part| name.contains(part)) || matches!(name, "pass" | "sig" | "key")
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
            (
                "host: db, password: secret, port: 1",
                "host: db, password:…, port: 1",
            ),
            ("{\"password\": \"a b\"}", "{\"password\":…}"),
            ("access_token:abc", "access_token:…"),
            (
                "psql --password secret -d shop",
                "psql --password … -d shop",
            ),
            ("tool --db-password 'a b' shop", "tool --db-password … shop"),
            ("tool -password secret shop", "tool -p… shop"),
            (
                "mysqldump -u root -psecret shop",
                "mysqldump -u root -p… shop",
            ),
            ("-p'a b' shop", "-p… shop"),
            ("tool --pass=secret", "tool --pass=…"),
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
            "cargo test -p onward --password",
            "mysql --password -u root",
            "a step-password of users-p1",
            "SELECT password::text",
            "unrecognized token: \"$$\"",
            "Access denied for user 'ada'@'db' (using password: YES)",
            "column \"password\" does not exist",
            "password authentication failed for user \"ada\"",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn a_chain_that_tells_a_password_is_not_shown() {
        use std::error::Error as _;
        let chain = |said: &'static str| crate::Error::Other(Box::new(Top(Beneath(said))));
        let shown = chain("no route to host");
        let beneath = shown.source().unwrap();
        assert_eq!(beneath.to_string(), "no route to host");
        assert!(beneath.is::<Beneath>());
        assert!(chain("postgres://ada:secret@db/shop").source().is_none());
        let told = crate::Error::Other("password=secret".into());
        assert_eq!(told.to_string(), "password=…");
    }

    #[derive(Debug)]
    struct Top(Beneath);

    #[derive(Debug)]
    struct Beneath(&'static str);

    impl std::fmt::Display for Top {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("it failed")
        }
    }

    impl std::fmt::Display for Beneath {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Top {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    impl std::error::Error for Beneath {}
}
