//! How is a map kept of which many versions live side by side?
//!
//! A migration changes one table of hundreds and is judged on several versions of the schema. So a map is a row of small
//! sorted chunks: its clone shares them all, and a change copies the one chunk that it falls into.

use std::cmp::Ordering;
use std::sync::Arc;

/// How many entries a chunk holds at most.
const CHUNK: usize = 12;

/// For how many entries more there is room at once.
const ROOM: usize = 4;

type Chunk<K, V> = Arc<Vec<(K, V)>>;

/// A sorted map whose clones share what none of them has changed.
#[derive(Debug)]
pub(crate) struct Shared<K, V> {
    /// In order, and none is empty; none where nothing was ever put into it: a direction makes many maps, and fills few.
    chunks: Option<Arc<Vec<Chunk<K, V>>>>,
}

impl<K, V> Default for Shared<K, V> {
    fn default() -> Shared<K, V> {
        Shared { chunks: None }
    }
}

impl<K, V> Clone for Shared<K, V> {
    fn clone(&self) -> Shared<K, V> {
        Shared {
            chunks: self.chunks.clone(),
        }
    }
}

impl<K, V> Shared<K, V> {
    /// Whether nothing was changed since one was cloned from the other.
    pub(crate) fn is_same(&self, other: &Shared<K, V>) -> bool {
        match (&self.chunks, &other.chunks) {
            (Some(here), Some(there)) => Arc::ptr_eq(here, there),
            (None, None) => true,
            _ => false,
        }
    }

    fn chunks(&self) -> &[Chunk<K, V>] {
        self.chunks.as_ref().map_or(&[], |chunks| chunks)
    }

    /// About how many entries there are.
    pub(crate) fn size(&self) -> usize {
        self.chunks().len() * CHUNK
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chunks().is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let entries = self.chunks().iter().flat_map(|chunk| chunk.iter());
        entries.map(|(key, value)| (key, value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> Shared<K, V> {
    /// The chunk that `key` stands in or would, and its place there.
    fn place(&self, key: &K) -> (usize, Result<usize, usize>) {
        let chunks = self.chunks();
        // Most maps are one chunk.
        let after = match chunks {
            [] | [_] => 0,
            _ => chunks.partition_point(|chunk| {
                let first = chunk.first();
                first.is_some_and(|(first, _)| first.cmp(key).is_le())
            }),
        };
        let at = after.saturating_sub(1);
        let within = chunks.get(at).map_or(Err(0), |chunk| {
            chunk.binary_search_by(|(other, _)| other.cmp(key))
        });
        (at, within)
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let (chunk, within) = self.place(key);
        self.chunks()
            .get(chunk)?
            .get(within.ok()?)
            .map(|(_, value)| value)
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.place(key).1.is_ok()
    }

    /// What stands here and there under each key, but for the parts that the two still share: they are the same.
    pub(crate) fn beside<'a>(&'a self, other: &'a Shared<K, V>) -> Beside<'a, K, V> {
        let shared = self.is_same(other);
        Beside {
            here: Walk::of(if shared { &[] } else { self.chunks() }),
            there: Walk::of(if shared { &[] } else { other.chunks() }),
        }
    }

    /// The entries from `key` on, in order.
    pub(crate) fn from<'a>(
        &'a self,
        key: &K,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
        let (chunk, within) = self.place(key);
        let skipped = within.unwrap_or_else(|place| place);
        let entries = self
            .chunks()
            .iter()
            .skip(chunk)
            .flat_map(|chunk| chunk.iter());
        entries.skip(skipped).map(|(key, value)| (key, value))
    }
}

impl<K: Ord, V> Shared<K, Arc<V>> {
    /// What stands here and there under each key where it is not the very same.
    pub(crate) fn apart<'a>(
        &'a self,
        other: &'a Shared<K, Arc<V>>,
    ) -> impl Iterator<Item = (&'a K, Option<&'a Arc<V>>, Option<&'a Arc<V>>)> + use<'a, K, V> {
        self.beside(other).filter(|(_, a, b)| match (a, b) {
            (Some(a), Some(b)) => !Arc::ptr_eq(a, b),
            _ => true,
        })
    }
}

impl<K: Ord + Clone, V: Clone> Shared<K, V> {
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (chunk, within) = self.place(key);
        let within = within.ok()?;
        let chunk = Arc::make_mut(self.chunks.as_mut()?).get_mut(chunk)?;
        Arc::make_mut(chunk).get_mut(within).map(|(_, value)| value)
    }

    /// What stood there before.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let (at, within) = self.place(&key);
        let chunks = Arc::make_mut(self.chunks.get_or_insert_default());
        let Some(chunk) = chunks.get_mut(at) else {
            let mut first = Vec::with_capacity(ROOM);
            first.push((key, value));
            chunks.push(Arc::new(first));
            return None;
        };
        match within {
            Ok(place) => {
                let entries = Arc::make_mut(chunk);
                Some(std::mem::replace(&mut entries[place].1, value))
            }
            Err(place) => {
                let entries = own(chunk);
                entries.insert(place, (key, value));
                if entries.len() > CHUNK {
                    let rest = entries.split_off(CHUNK / 2);
                    chunks.insert(at + 1, Arc::new(rest));
                }
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (at, within) = self.place(key);
        let within = within.ok()?;
        let chunks = Arc::make_mut(self.chunks.as_mut()?);
        let entries = Arc::make_mut(chunks.get_mut(at)?);
        let (_, value) = entries.remove(within);
        if entries.is_empty() {
            chunks.remove(at);
        }
        Some(value)
    }

    /// Keeps what `keep` says; copies nothing if that is everything.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let gone: Vec<K> = self
            .iter()
            .filter(|(key, value)| !keep(key, value))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.remove(&key);
        }
    }

    /// It is another one from here on, even if nothing was in it.
    pub(crate) fn clear(&mut self) {
        self.chunks = Some(Arc::default());
    }
}

/// The entries of a chunk, to be added to: where others share them, a copy that has room for more.
fn own<K: Clone, V: Clone>(chunk: &mut Chunk<K, V>) -> &mut Vec<(K, V)> {
    if Arc::get_mut(chunk).is_none() {
        let mut entries = Vec::with_capacity(chunk.len() + ROOM);
        entries.extend_from_slice(chunk);
        *chunk = Arc::new(entries);
    }
    Arc::make_mut(chunk)
}

impl<K: Ord + Clone> Shared<K, ()> {
    pub(crate) fn contains(&self, key: &K) -> bool {
        self.contains_key(key)
    }

    pub(crate) fn add(&mut self, key: K) {
        self.insert(key, ());
    }
}

/// A way through two maps at once.
pub(crate) struct Beside<'a, K, V> {
    here: Walk<'a, K, V>,
    there: Walk<'a, K, V>,
}

impl<'a, K: Ord, V> Iterator for Beside<'a, K, V> {
    type Item = (&'a K, Option<&'a V>, Option<&'a V>);

    fn next(&mut self) -> Option<Self::Item> {
        while let (Some(a), Some(b)) = (self.here.whole_chunk(), self.there.whole_chunk())
            && Arc::ptr_eq(a, b)
        {
            self.here.next_chunk();
            self.there.next_chunk();
        }
        let (here, there) = (self.here.entry(), self.there.entry());
        let order = match (here, there) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let here = here.filter(|_| order.is_le());
        let there = there.filter(|_| order.is_ge());
        if here.is_some() {
            self.here.advance();
        }
        if there.is_some() {
            self.there.advance();
        }
        let (key, _) = here.or(there)?;
        Some((
            key,
            here.map(|(_, value)| value),
            there.map(|(_, value)| value),
        ))
    }
}

/// A place among the entries of a map.
struct Walk<'a, K, V> {
    /// What is left of the chunk at hand.
    entries: &'a [(K, V)],
    /// That chunk and those after it.
    chunks: &'a [Chunk<K, V>],
}

impl<'a, K, V> Walk<'a, K, V> {
    fn of(chunks: &'a [Chunk<K, V>]) -> Walk<'a, K, V> {
        Walk {
            entries: chunks.first().map_or(&[], |chunk| chunk),
            chunks,
        }
    }

    /// The chunk at hand, if nothing of it has been passed.
    fn whole_chunk(&self) -> Option<&'a Chunk<K, V>> {
        let chunk = self.chunks.first();
        chunk.filter(|chunk| chunk.len() == self.entries.len())
    }

    fn next_chunk(&mut self) {
        *self = Walk::of(self.chunks.get(1..).unwrap_or(&[]));
    }

    fn entry(&self) -> Option<(&'a K, &'a V)> {
        self.entries.first().map(|(key, value)| (key, value))
    }

    fn advance(&mut self) {
        self.entries = self.entries.get(1..).unwrap_or(&[]);
        if self.entries.is_empty() {
            self.next_chunk();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Change {
        Insert(u8, u8),
        Remove(u8),
        Update(u8, u8),
        Retain(u8),
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            8 => any::<(u8, u8)>().prop_map(|(key, value)| Change::Insert(key, value)),
            3 => any::<u8>().prop_map(Change::Remove),
            2 => any::<(u8, u8)>().prop_map(|(key, value)| Change::Update(key, value)),
            1 => (2..9u8).prop_map(Change::Retain),
        ]
    }

    fn entries(map: &Shared<u8, u8>) -> Vec<(u8, u8)> {
        map.iter().map(|(key, value)| (*key, *value)).collect()
    }

    proptest! {
        #[test]
        fn it_is_a_map_and_its_clones_stay_as_they_were(changes in prop::collection::vec(change(), 0..300)) {
            let mut map = Shared::default();
            let mut expected = BTreeMap::new();
            let mut earlier = Vec::new();
            for change in changes {
                earlier.push((map.clone(), entries(&map)));
                match change {
                    Change::Insert(key, value) => {
                        prop_assert_eq!(map.insert(key, value), expected.insert(key, value));
                    }
                    Change::Remove(key) => prop_assert_eq!(map.remove(&key), expected.remove(&key)),
                    Change::Update(key, value) => {
                        let (ours, theirs) = (map.get_mut(&key), expected.get_mut(&key));
                        prop_assert_eq!(ours.is_some(), theirs.is_some());
                        if let (Some(ours), Some(theirs)) = (ours, theirs) {
                            (*ours, *theirs) = (value, value);
                        }
                    }
                    Change::Retain(divisor) => {
                        map.retain(|key, _| key % divisor != 0);
                        expected.retain(|key, _| key % divisor != 0);
                    }
                }
                prop_assert!(map.iter().eq(expected.iter()));
                prop_assert!(map.chunks().iter().all(|chunk| (1..=CHUNK).contains(&chunk.len())));
            }
            for key in 0..=u8::MAX {
                prop_assert_eq!(map.get(&key), expected.get(&key));
                prop_assert!(map.from(&key).eq(expected.range(key..)));
            }
            for (then, entries_then) in earlier {
                prop_assert_eq!(entries(&then), entries_then);
                let beside: Vec<_> = then.beside(&map).collect();
                prop_assert!(beside.is_sorted_by_key(|(key, ..)| *key));
                for key in 0..=u8::MAX {
                    let (a, b) = (then.get(&key), map.get(&key));
                    let told = beside.iter().find(|(other, ..)| **other == key);
                    match told {
                        Some((_, was, is)) => prop_assert_eq!((*was, *is), (a, b)),
                        None => prop_assert_eq!(a, b),
                    }
                }
            }
        }
    }

    #[test]
    fn a_change_leaves_most_of_it_shared() {
        let mut map = Shared::default();
        for key in 0..1000 {
            map.insert(key, key);
        }
        let before = map.clone();
        assert!(before.is_same(&map));
        map.insert(500, 0);
        assert!(!before.is_same(&map));
        assert!(before.beside(&map).count() <= CHUNK);
    }
}
