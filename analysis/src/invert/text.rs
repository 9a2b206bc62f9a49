//! How is undone what the model knows only by its text: comments and privileges?

use std::collections::BTreeSet;

use super::{Answer, Invert};
use crate::act::{Decoration, Name};
use crate::judge::renaming::text::may_name;
use crate::schema::Table;

impl Invert<'_> {
    /// What is set beside a table is taken away again, or what was there before is set anew.
    pub(super) fn decorate(
        &self,
        kind: Decoration,
        on: &Name,
        what: &[String],
        sets: bool,
    ) -> Answer {
        let view = self.run.schema.views.get(&self.run.key(on));
        let mut earlier = self.run.each(1, self.before.views.values());
        let is_made = view.is_some_and(|view| earlier.all(|other| other.since != view.since));
        if self.is_own(on) || is_made {
            return Some(Vec::new());
        }
        let decorations = match (self.table(on), view) {
            (Some(table), _) => &table.decorations,
            (None, Some(view)) => &view.decorations,
            (None, None) if kind == Decoration::Comment => return self.outside(),
            (None, None) => return None,
        };
        let earlier: BTreeSet<&String> = what
            .iter()
            .filter_map(|what| decorations.get(&(kind, what.clone())))
            .collect();
        let again = earlier.iter().map(|text| (*text).clone());
        match (kind, sets) {
            // What replaces a comment is replaced again.
            (Decoration::Comment, _) | (_, false) if !earlier.is_empty() => Some(again.collect()),
            (_, false) => Some(Vec::new()),
            _ if !earlier.is_empty() => None,
            (Decoration::Comment, true) => self.comment(),
            (Decoration::Grant, true) => self.grant(),
            (Decoration::Policy, true) => self.policy(on),
            (Decoration::RowSecurity, true) => None,
        }
    }

    /// What stands beside a table, set anew: all of it, or what is about one column.
    pub(super) fn decorations(&self, table: &Table, column: Option<&str>) -> Vec<String> {
        let about = |what: &str| column.is_none_or(|column| what == column);
        let is_one = |kind: Decoration| column.is_none() || kind == Decoration::Comment;
        let all = table.decorations.iter();
        // What speaks of the table by an older name cannot be said again.
        let is_current = |text: &str| text.is_empty() || may_name(text, &table.name.name);
        let kept =
            all.filter(|((kind, what), text)| is_one(*kind) && about(what) && is_current(text));
        let mut texts: Vec<String> = Vec::new();
        for ((kind, _), text) in kept {
            let text = match kind {
                Decoration::RowSecurity => {
                    format!(
                        "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
                        self.name(&table.name)
                    )
                }
                Decoration::Comment | Decoration::Grant | Decoration::Policy => text.clone(),
            };
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        if table.forced && column.is_none() {
            let name = self.name(&table.name);
            texts.push(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"));
        }
        texts
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
pub(super) fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (first, rest) = (text.get(..word.len())?, &text[word.len()..]);
    first.eq_ignore_ascii_case(word).then_some(rest)
}

/// What stands before a word and after it, outside of quotes.
pub(super) fn split_at_word<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
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
