//! Which names are there, and what was meant by another one?

use onward_analysis::Dialect;
use proc_macro2::Ident;

use crate::attribute::Name;
use crate::errors::Errors;
use crate::nearest::suggestion;

/// The connections that a migration in Rust may take.
pub(super) const CONNECTIONS: [(&str, Dialect); 3] = [
    ("SqliteConnection", Dialect::Sqlite),
    ("PgConnection", Dialect::Postgres),
    ("MySqlConnection", Dialect::MySql),
];

/// What is said where no dialect can be checked.
pub(crate) const NO_DIALECT: &str = "there is no database to check this for: enable the feature `sqlite`, `postgres` or \
     `mysql` of `onward` in Cargo.toml, or write `dialect(…)`";

/// The dialect of that name, or an error.
pub(crate) fn dialect(name: &Name, errors: &mut Errors) -> Option<Dialect> {
    let dialect = Dialect::named(&name.text);
    if dialect.is_none() {
        let names = Dialect::ALL.map(Dialect::name);
        errors.push(
            name.span,
            format!(
                "`{}` is no dialect: {}",
                name.text,
                suggestion(&name.text, &names)
            ),
        );
    }
    dialect
}

/// What is said of an environment that nobody declared.
pub(crate) fn unknown_environment(name: &str, known: &[&str]) -> String {
    let suggestion = suggestion(name, known);
    let elsewhere = match suggestion.ends_with('?') {
        true => "",
        false => "; further ones are declared in onward.toml under [environments]",
    };
    format!("`{name}` is no environment: {suggestion}{elsewhere}")
}

/// `add_phone_number` for `AddPhoneNumber`.
pub(super) fn snake_case(name: &Ident) -> String {
    let name = name.to_string();
    let name = name.trim_start_matches("r#");
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, c) in chars.iter().enumerate() {
        let after_lower = at > 0 && (chars[at - 1].is_lowercase() || chars[at - 1].is_numeric());
        let before_lower = at > 0
            && chars[at - 1].is_uppercase()
            && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    #[test]
    fn names_are_in_snake_case() {
        for (name, snake) in [
            ("AddPhoneNumber", "add_phone_number"),
            ("AddURLColumn", "add_url_column"),
            ("V2Users", "v2_users"),
            ("merge_names", "merge_names"),
        ] {
            assert_eq!(snake_case(&Ident::new(name, Span::call_site())), snake);
        }
    }
}
