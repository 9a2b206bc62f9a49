//! How is undone what the model knows only by its text: comments and privileges?

use super::{Answer, Invert};
use crate::act::{Decoration, Name};

impl Invert<'_> {
    /// A comment or a privilege is taken away again, where none was there before.
    pub(super) fn decorate(&self, kind: Decoration, on: &Name) -> Answer {
        let is_own = self.is_own(on);
        if is_own {
            return Some(Vec::new());
        }
        let earlier = self
            .table(on)
            .is_none_or(|table| table.decorations.contains(&kind));
        match kind {
            _ if earlier => None,
            Decoration::Comment => self.comment(),
            Decoration::Grant => self.grant(),
            Decoration::Policy => self.policy(on),
            Decoration::RowSecurity => None,
        }
    }

    /// `COMMENT ON x IS 'y'`.
    fn comment(&self) -> Answer {
        let (object, _) = split_at_word(self.text, "is")?;
        Some(vec![format!("{} IS NULL", object.trim_end())])
    }

    /// `GRANT x ON y TO z`.
    fn grant(&self) -> Answer {
        let rest = strip_word(self.text, "grant")?;
        let (what, whom) = split_at_word(rest, "to")?;
        let whom = split_at_word(whom, "with").map_or(whom, |(whom, _)| whom);
        Some(vec![format!(
            "REVOKE{} FROM{}",
            what.trim_end(),
            whom.trim_end()
        )])
    }

    fn policy(&self, on: &Name) -> Answer {
        let rest = strip_word(self.text, "create")?;
        let rest = strip_word(rest.trim_start(), "policy")?;
        let (name, _) = split_at_word(rest, "on")?;
        Some(vec![format!(
            "DROP POLICY {} ON {}",
            name.trim(),
            self.name(on)
        )])
    }
}

/// What follows the first word of a text, where it is this one.
fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (first, rest) = (text.get(..word.len())?, &text[word.len()..]);
    first.eq_ignore_ascii_case(word).then_some(rest)
}

/// What stands before a word and after it, outside of quotes.
fn split_at_word<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        match quote {
            Some(open) => quote = (letter != open).then_some(open),
            None if matches!(letter, '"' | '\'' | '`') => quote = Some(letter),
            None if before.is_whitespace() => {
                let rest = text[at..].get(word.len()..);
                let ends = rest.is_some_and(|rest| rest.starts_with(char::is_whitespace));
                if ends
                    && text[at..]
                        .get(..word.len())
                        .is_some_and(|w| w.eq_ignore_ascii_case(word))
                {
                    return Some((&text[..at], &text[at + word.len()..]));
                }
            }
            None => {}
        }
        before = letter;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_outside_of_names() {
        assert_eq!(
            split_at_word("TABLE \"this is\" IS 'it is'", "is"),
            Some(("TABLE \"this is\" ", " 'it is'"))
        );
        assert_eq!(split_at_word("TABLE isis", "is"), None);
    }
}
