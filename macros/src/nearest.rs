//! Which name was probably meant?

/// A sentence's end that offers the name nearest to `word`, or lists them all.
pub(crate) fn suggestion<'a>(
    word: &str,
    names: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    let nearest = names
        .clone()
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&word.to_lowercase(), name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => {
            let all: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
            format!("there are {}", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_gets_its_name_and_a_stranger_the_list() {
        let names = ["version", "up", "up_file", "destructive"];
        assert_eq!(
            suggestion("destructiv", names),
            "did you mean `destructive`?"
        );
        assert_eq!(suggestion("Versoin", names), "did you mean `version`?");
        assert_eq!(
            suggestion("q", names),
            "there are `version`, `up`, `up_file`, `destructive`"
        );
    }
}
