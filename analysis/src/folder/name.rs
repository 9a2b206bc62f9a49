//! What does a file's or folder's name say about a migration?

use crate::Version;

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// A script of a migration.
    Script {
        version: Version,
        name: String,
        role: Role,
    },
    /// A migration of refinery that is written in Rust.
    Rust,
    /// It looks like a migration and is none: what is wrong with it.
    Wrong(String),
    /// SQL of a single word such as `schema.sql`: dumps and the like, which no tool takes for a migration.
    Word,
    /// It has nothing to do with migrations.
    Stray,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Up,
    Down,
    /// `U1__name.sql`: beside a `V1__` its way back, as Flyway has it; alone an up of refinery's, which may be applied
    /// out of order.
    Unordered,
}

/// What the name of a file says, in the layouts of sqlx, golang-migrate and refinery.
pub(super) fn file(file: &str) -> Name {
    if let Some(name) = refinery(file) {
        return name;
    }
    if file.starts_with('.') || !has_suffix(file, ".sql") {
        return Name::Stray;
    }
    let (stem, role) = directed(&file[..file.len() - ".sql".len()]);
    let (digits, name) = stem.split_once('_').unwrap_or((stem, ""));
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return script(digits, name, role.unwrap_or(Role::Up));
    }
    if role.is_some() || stem.contains('_') || stem.starts_with(|c: char| c.is_ascii_digit()) {
        return Name::Wrong(
            "its name does not begin with a version and `_`: name it such as 20261122_01_add_phone.sql, or move it \
             elsewhere if it is no migration"
                .to_owned(),
        );
    }
    Name::Word
}

/// What stands before `.up` or `.down`, and which of the two it is; `up` and `down` alone are such a word, too.
fn directed(stem: &str) -> (&str, Option<Role>) {
    for (end, role) in [("up", Role::Up), ("down", Role::Down)] {
        if has_suffix(stem, end) {
            let before = &stem[..stem.len() - end.len()];
            match before.strip_suffix('.') {
                Some(before) => return (before, Some(role)),
                None if before.is_empty() => return (before, Some(role)),
                None => {}
            }
        }
    }
    (stem, None)
}

/// `V1__name.sql`, `U1__name.sql`, or the same in Rust; none where refinery would not take it for a migration.
pub(super) fn refinery(file: &str) -> Option<Name> {
    let role = match file.as_bytes().first()? {
        b'V' => Role::Up,
        b'U' => Role::Unordered,
        _ => return None,
    };
    let (digits, rest) = file[1..].split_once("__")?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let (name, extension) = rest.rsplit_once('.')?;
    match extension {
        "sql" => Some(script(digits, name, role)),
        "rs" => Some(Name::Rust),
        _ => None,
    }
}

/// The version and name that the name of a diesel folder says, if it is one.
pub(super) fn diesel(folder: &str) -> Option<(Version, String)> {
    // Without `_` all of it is the version to diesel; ours is a number.
    let (version, name) = folder.split_once('_').unwrap_or_else(|| {
        let end = folder.find(|c: char| !c.is_ascii_digit() && c != '-');
        folder.split_at(end.unwrap_or(folder.len()))
    });
    let digits = match is_date(version) {
        true => to_the_second(version),
        false => version.replace('-', ""),
    };
    match script(&digits, name, Role::Up) {
        Name::Script { version, name, .. } => Some((version, name)),
        _ => None,
    }
}

/// Whether a version begins like `2024-03-13`.
fn is_date(version: &str) -> bool {
    let shape = version.bytes().take(10).enumerate();
    let mut fits = shape.map(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    version.len() >= 10 && fits.all(|fits| fits)
}

/// The digits of a date, with a time where it has none, so that `2024-03-13` comes after `2024-03-06-170000` as it does
/// in diesel, which compares versions as text.
fn to_the_second(version: &str) -> String {
    let digits: String = version.chars().filter(|c| *c != '-').collect();
    format!("{digits:0<14}")
}

fn script(digits: &str, name: &str, role: Role) -> Name {
    let name: String = name
        .chars()
        .map(|c| if c.is_whitespace() { '_' } else { c })
        .collect();
    match digits.parse::<Version>() {
        Ok(version) => Name::Script {
            version,
            name: if name.is_empty() {
                "migration".to_owned()
            } else {
                name
            },
            role,
        },
        Err(error) => Name::Wrong(error.to_string()),
    }
}

fn has_suffix(name: &str, suffix: &str) -> bool {
    let start = name.len().checked_sub(suffix.len());
    start
        .and_then(|start| name.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(version: i64, name: &str, role: Role) -> Name {
        Name::Script {
            version: Version::new(version),
            name: name.to_owned(),
            role,
        }
    }

    #[test]
    fn names_of_all_tools_are_read() {
        for (text, expected) in [
            ("0001_add-users.sql", script(1, "add-users", Role::Up)),
            (
                "20231021111635_a_b.up.sql",
                script(20231021111635, "a_b", Role::Up),
            ),
            ("3_a b.DOWN.SQL", script(3, "a_b", Role::Down)),
            ("0004.up.sql", script(4, "migration", Role::Up)),
            ("V1__init.sql", script(1, "init", Role::Up)),
            ("U20__later.sql", script(20, "later", Role::Unordered)),
            ("V2__code.rs", Name::Rust),
            ("README.md", Name::Stray),
            ("embed.go", Name::Stray),
            (".keep", Name::Stray),
            (".1_hidden.sql", Name::Stray),
            ("schema.sql", Name::Word),
            ("backup.sql", Name::Word),
            ("Seed.SQL", Name::Word),
            ("mod.rs", Name::Stray),
        ] {
            assert_eq!(file(text), expected, "{text}");
        }
        for text in [
            "add_users.sql",
            "1-init.sql",
            "note.up.sql",
            "note.DOWN.sql",
            "up.sql",
            "1234567890123456789_x.sql",
            "V1.2__x.sql",
            "1.5_x.sql",
        ] {
            assert!(
                matches!(file(text), Name::Wrong(_)),
                "{text}: {:?}",
                file(text)
            );
        }
    }

    #[test]
    fn folders_of_diesel_are_read() {
        let read = |name| diesel(name).map(|(version, name)| (version.number(), name));
        assert_eq!(
            read("00000000000000_diesel_initial_setup"),
            Some((0, "diesel_initial_setup".to_owned()))
        );
        assert_eq!(
            read("2023-02-17-022106_create order"),
            Some((20230217022106, "create_order".to_owned()))
        );
        assert_eq!(read("sqlite"), None);
        assert_eq!(read("old_ones"), None);
    }

    #[test]
    fn versions_of_diesel_keep_their_order_as_text() {
        let names = [
            "2024-03-06-113550_a",
            "2024-03-06-1135511_b",
            "2024-03-06-170000_c",
            "2024-03-13_170000_d",
            "2024-03-13-170000_e",
            "2024-03-13-170000-0000_f",
        ];
        let versions = names.map(|name| diesel(name).unwrap().0);
        assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
        assert_eq!(versions[3], Version::new(20240313000000));
        assert_eq!(diesel("2024-rest_x"), None);
    }
}
