//! In which order do views, routines, triggers and indexes come back that speak of one another?

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// What is made again when all else is as it was.
#[derive(Debug)]
pub(super) struct Late {
    /// What others call it; none where nothing is built on it.
    pub(super) name: Option<String>,
    pub(super) sql: String,
}

/// Each behind those that it speaks of, and else as they stand.
pub(super) fn ordered(late: Vec<Late>) -> Vec<String> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, one) in late.iter().enumerate() {
        let name = one.name.as_deref().map(str::to_lowercase);
        places.entry(name.unwrap_or_default()).or_default().push(at);
    }
    places.remove("");
    let mut waits = vec![0usize; late.len()];
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); late.len()];
    if !places.is_empty() {
        for (at, one) in late.iter().enumerate() {
            let text = one.sql.to_lowercase();
            let mut words: Vec<&str> = text
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .collect();
            words.sort_unstable();
            words.dedup();
            let spoken = words.into_iter().filter_map(|word| places.get(word));
            // Two of one name, as functions may be, do not wait for each other.
            for other in spoken.filter(|places| !places.contains(&at)).flatten() {
                waits[at] += 1;
                waiting[*other].push(at);
            }
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> = (0..late.len())
        .filter(|at| waits[*at] == 0)
        .map(Reverse)
        .collect();
    let mut order = Vec::with_capacity(late.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for next in &waiting[at] {
            waits[*next] -= 1;
            if waits[*next] == 0 {
                ready.push(Reverse(*next));
            }
        }
    }
    // Those that speak of each other stay as they stand.
    order.extend((0..late.len()).filter(|at| waits[*at] > 0));
    let mut texts: Vec<Option<String>> = late.into_iter().map(|one| Some(one.sql)).collect();
    order
        .into_iter()
        .filter_map(|at| texts[at].take())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(late: &[(&str, &str)]) -> Vec<String> {
        let late = late.iter().map(|(name, sql)| Late {
            name: (!name.is_empty()).then(|| (*name).to_owned()),
            sql: (*sql).to_owned(),
        });
        ordered(late.collect())
    }

    #[test]
    fn a_view_comes_behind_those_that_it_reads() {
        let (a, b) = (
            "CREATE VIEW a AS SELECT * FROM \"B\"",
            "CREATE VIEW b AS SELECT 1",
        );
        let trigger = "CREATE TRIGGER t INSTEAD OF DELETE ON a";
        assert_eq!(told(&[("", trigger), ("a", a), ("b", b)]), [b, a, trigger]);
        assert_eq!(told(&[("b", b), ("a", a)]), [b, a]);
    }

    #[test]
    fn what_speaks_of_each_other_stays_as_it_stands() {
        let (a, b) = ("CREATE FUNCTION a AS 'b'", "CREATE FUNCTION b AS 'a'");
        assert_eq!(told(&[("a", a), ("b", b)]), [a, b]);
        assert_eq!(told(&[("a", a), ("a", a)]), [a, a]);
    }
}
