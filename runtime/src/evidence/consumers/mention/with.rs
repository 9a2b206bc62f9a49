//! Which names does a `WITH` give to queries of its own, and where do they stand for these?

use std::ops::Range;

use super::{Names, Word};

impl Names {
    /// Whether the name at that place is the one that a `WITH` gives to a query.
    pub(super) fn is_of_with(&self, at: usize, name: &str) -> bool {
        let mut with = self.with.iter();
        with.any(|(own, range)| own == name && range.contains(&at))
    }

    /// Finds `WITH users (a) AS (SELECT …)`: from behind the query to the end of the statement the name is its own, and where it is
    /// RECURSIVE, in the query too. What stands in one of the `texts` is put together by nobody knows whom.
    pub(super) fn find_with(&mut self, texts: &[Range<usize>]) {
        let in_text = |at: usize| texts.iter().any(|text| text.contains(&at));
        let mut found = Vec::new();
        for at in 0..self.words.len() {
            if !self.is_keyword(at, "with") || in_text(at) {
                continue;
            }
            let recursive = self.is_keyword(at + 1, "recursive");
            let mut named = at + 1 + usize::from(recursive);
            let end = self.statement_end(at);
            while let Some(after) = self.named_query(named) {
                let own = if recursive { named } else { after };
                let name = self.name(named).unwrap_or_default().to_owned();
                // Of the name itself, too, and not of the query in between.
                found.push((name.clone(), named..named + 1));
                found.push((name, own..end));
                if self.words.get(after) != Some(&Word::Sign(',')) {
                    break;
                }
                named = after + 1;
            }
        }
        found.retain(|(_, range)| !range.clone().any(in_text));
        self.with = found;
    }

    /// What follows `users (a) AS MATERIALIZED (SELECT …)`, where that begins there.
    fn named_query(&self, at: usize) -> Option<usize> {
        self.name(at)?;
        let list = self.words.get(at + 1) == Some(&Word::Sign('('));
        let mut begin = if list {
            self.closing(at + 1)? + 1
        } else {
            at + 1
        };
        self.is_keyword(begin, "as").then_some(())?;
        begin += 1;
        while self.is_keyword(begin, "not") || self.is_keyword(begin, "materialized") {
            begin += 1;
        }
        Some(self.closing(begin)? + 1)
    }

    /// Where the parenthesis closes that opens at that place.
    fn closing(&self, at: usize) -> Option<usize> {
        (self.words.get(at)? == &Word::Sign('(')).then_some(())?;
        let mut depth = 0_usize;
        (at..self.words.len()).find(|place| {
            match self.words[*place] {
                Word::Sign('(') => depth += 1,
                Word::Sign(')') => depth -= 1,
                _ => {}
            }
            depth == 0
        })
    }

    /// Where the statement or the parenthesis ends that the word at that place stands in.
    fn statement_end(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        let mut places = at..self.words.len();
        let end = places.find(|place| match self.words[*place] {
            Word::Sign(';') => true,
            Word::Sign('(') => {
                depth += 1;
                false
            }
            Word::Sign(')') if depth == 0 => true,
            Word::Sign(')') => {
                depth -= 1;
                false
            }
            _ => false,
        });
        end.unwrap_or(self.words.len())
    }
}

#[cfg(test)]
mod tests {
    use onward_analysis::Dialect;

    use super::super::super::look::{Places, Search};
    use super::*;
    use crate::fixture::object;

    fn mentions(dialect: Dialect, sql: &str, name: &str) -> bool {
        let places = Places::unknown(dialect);
        let look = places.look(&Search::anywhere(), &object(name), None);
        Names::of(dialect, sql).mention(&object(name), false, &look)
    }

    #[test]
    fn a_name_that_a_with_gives_is_its_own_query() {
        for dialect in Dialect::ALL {
            let mentions = |sql| mentions(dialect, sql, "users.phone");
            assert!(!mentions(
                "WITH users AS (SELECT 1 AS phone) SELECT phone FROM users"
            ));
            assert!(!mentions(
                "WITH users (phone) AS (SELECT 1) SELECT phone FROM users"
            ));
            assert!(!mentions(
                "WITH a AS (SELECT 1), users (id, phone) AS (SELECT 1, 2) SELECT u.phone FROM users AS u"
            ));
            assert!(!mentions(
                "WITH RECURSIVE users (phone) AS (SELECT 1 UNION ALL SELECT phone FROM users) SELECT phone FROM users"
            ));
            // The table itself: within the query, before it, behind the statement, by its schema.
            assert!(mentions(
                "WITH users (phone) AS (SELECT phone FROM users) SELECT 1 FROM users"
            ));
            assert!(mentions(
                "WITH a AS (SELECT phone FROM users), users (phone) AS (SELECT 1) SELECT phone FROM users"
            ));
            assert!(mentions(
                "BEGIN WITH users (phone) AS (SELECT 1) SELECT 1 FROM users; SELECT phone FROM users; END"
            ));
            assert!(mentions(
                "SELECT (WITH users (phone) AS (SELECT 1) SELECT 1 FROM users), phone FROM users"
            ));
            assert!(mentions(
                "WITH users (phone) AS (SELECT 1) SELECT phone FROM shop.users"
            ));
            assert!(mentions(
                "EXECUTE 'WITH users (phone) AS (SELECT 1) ' || 'SELECT phone FROM users'"
            ));
        }
    }
}
