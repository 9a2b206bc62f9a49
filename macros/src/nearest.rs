//! Which name was probably meant?

use onward_analysis::nearest::nearest;

/// A sentence's end that offers the name nearest to `word`, or lists them all.
pub(crate) fn suggestion(word: &str, names: &[&str]) -> String {
    match nearest(word, names) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            let all: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
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
            suggestion("destructiv", &names),
            "did you mean `destructive`?"
        );
        assert_eq!(suggestion("Versoin", &names), "did you mean `version`?");
        assert_eq!(
            suggestion("q", &names),
            "there are `version`, `up`, `up_file`, `destructive`"
        );
    }
}
