//! Which indexes are there, and which names are free for another one?

use std::sync::Arc;

use super::{Id, Key, Schema};

#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) table: Id,
    pub(crate) unique: bool,
    pub(crate) columns: Vec<String>,
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

/// What made an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A statement of its own.
    Statement,
    /// The statement that made its table.
    Table,
    /// MySQL, for a foreign key that no other index serves.
    ForeignKey,
}

impl Schema {
    pub(crate) fn add_index(&mut self, key: Key, index: Arc<Index>) {
        self.remove_index(&key);
        self.indexes_by_table.add((index.table, key.clone()));
        self.indexes.insert(key, index);
    }

    pub(crate) fn remove_index(&mut self, key: &Key) -> Option<Arc<Index>> {
        let index = self.indexes.remove(key)?;
        self.indexes_by_table.remove(&(index.table, key.clone()));
        self.free_number(key);
        Some(index)
    }

    /// The first of `key`, and `key` with 1, 2, 3 … after it, that is no index; and how many were tried.
    pub(crate) fn free_index(&mut self, key: Key) -> (Key, usize) {
        let first = self.numbered.get(&key).copied().unwrap_or_default();
        let mut number = first;
        let mut free = numbered(&key, number);
        while self.indexes.contains_key(&free) {
            number += 1;
            free = numbered(&key, number);
        }
        if number > first {
            self.numbered.insert(key, number);
        }
        (free, 1 + (number - first) as usize)
    }

    /// The name of an index is free again.
    fn free_number(&mut self, key: &Key) {
        if self.numbered.is_empty() {
            return;
        }
        let mut base = key.clone();
        let digits = key.name.bytes().rev().take_while(u8::is_ascii_digit);
        for length in 0..=digits.take(10).count() {
            let (name, number) = key.name.split_at(key.name.len() - length);
            // No number of more digits was ever given.
            let Ok(number) = format!("0{number}").parse() else {
                return;
            };
            base.name = name.into();
            if self.numbered.get(&base).is_some_and(|next| *next > number) {
                self.numbered.insert(base.clone(), number);
            }
        }
    }

    /// The indexes of a table.
    pub(crate) fn indexes_of(&self, table: Id) -> Vec<(Key, Arc<Index>)> {
        let keys = self.index_keys_of(table);
        keys.filter_map(|key| Some((key.clone(), Arc::clone(self.indexes.get(key)?))))
            .collect()
    }

    /// What the indexes of a table are called.
    pub(crate) fn index_keys_of(&self, table: Id) -> impl Iterator<Item = &Key> {
        let first = Key {
            schema: None,
            name: "".into(),
        };
        let keys = self.indexes_by_table.from(&(table, first));
        let keys = keys.take_while(move |((of, _), ())| *of == table);
        keys.map(|((_, key), ())| key)
    }
}

impl Index {
    /// Whether the word stands among its columns or in its condition: its own name and its table's may be a column's too.
    pub(crate) fn computes_of(&self, word: &str) -> bool {
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        let list = self.text.find('(').map_or("", |at| &self.text[at..]);
        list.split(|c| !inside(c))
            .any(|other| other.eq_ignore_ascii_case(word))
    }
}

fn numbered(key: &Key, number: u32) -> Key {
    match number {
        0 => key.clone(),
        _ => Key {
            schema: key.schema.clone(),
            name: format!("{}{number}", key.name).into(),
        },
    }
}

/// Whether an index so written is over plain columns of every row: neither over an expression nor over some rows only.
pub(crate) fn covers_rows(text: &str) -> bool {
    let Some((_, columns)) = text.split_once('(') else {
        return false;
    };
    let mut words = columns.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    !columns.contains('(') && !words.any(|word| word.eq_ignore_ascii_case("where"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use crate::act::Name;

    #[test]
    fn the_first_free_number_is_given_after_indexes_come_and_go() {
        let key = |name: &str| Key::of(Dialect::Postgres, &Name::plain(name));
        let mut schema = Schema::empty();
        let table = schema.fresh();
        let index = Arc::new(Index {
            table,
            unique: false,
            columns: Vec::new(),
            text: String::new(),
            origin: Origin::Statement,
        });
        let make = |schema: &mut Schema, expected: &str| {
            let (free, _) = schema.free_index(key("i"));
            assert_eq!(*free.name, *expected);
            schema.add_index(free, Arc::clone(&index));
        };
        let first = (1..12).map(|number| format!("i{number}"));
        for expected in std::iter::once("i".to_owned()).chain(first) {
            make(&mut schema, &expected);
        }
        schema.remove_index(&key("i10"));
        schema.remove_index(&key("i3"));
        for expected in ["i3", "i10", "i12"] {
            make(&mut schema, expected);
        }
        schema.remove_index(&key("i"));
        schema.remove_index(&key("i1"));
        for expected in ["i", "i1", "i13"] {
            make(&mut schema, expected);
        }
    }
}
