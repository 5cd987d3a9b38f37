//! A map that answers for a key and cannot be walked.
//!
//! A hash map's order of iteration is an accident that must not reach a result. This wrapper has
//! no iteration at all, so it may be used where a tree would be too slow.

#![expect(
    clippy::disallowed_types,
    reason = "the one place that names HashMap: what is built on it here cannot be iterated"
)]

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash};

use rustc_hash::FxHasher;

/// A hash map without iteration; its hash function has no random key.
#[derive(Clone)]
pub struct Lookup<K, V> {
    map: HashMap<K, V, BuildHasherDefault<FxHasher>>,
}

impl<K: Eq + Hash, V> Lookup<K, V> {
    /// An empty map.
    pub fn new() -> Lookup<K, V> {
        Lookup {
            map: HashMap::default(),
        }
    }

    /// The value of `key`.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.map.get(key)
    }

    /// The value of `key`, to change it.
    pub fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.map.get_mut(key)
    }

    /// Sets the value of `key` and returns the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.map.insert(key, value)
    }

    /// The value of `key`, which is made by `make` where there is none yet.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.map.entry(key).or_insert_with(make)
    }

    /// Takes `key` out and returns the value that it had.
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.map.remove(key)
    }

    /// Whether `key` has a value.
    pub fn contains<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.map.contains_key(key)
    }

    /// How many keys have a value.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether no key has a value.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Takes every key out.
    pub fn clear(&mut self) {
        self.map.clear();
    }
}

impl<K: Eq + Hash, V> Default for Lookup<K, V> {
    fn default() -> Lookup<K, V> {
        Lookup::new()
    }
}

impl<K, V> fmt::Debug for Lookup<K, V> {
    /// The size alone: the contents have no order to print them in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lookup({} keys)", self.map.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_changed_and_removed() {
        let mut lookup: Lookup<String, u32> = Lookup::new();
        assert_eq!(lookup.insert("a".to_owned(), 1), None);
        assert_eq!(lookup.insert("a".to_owned(), 2), Some(1));
        *lookup.get_or_insert_with("b".to_owned(), || 10) += 1;
        *lookup.get_or_insert_with("b".to_owned(), || 99) += 1;
        if let Some(value) = lookup.get_mut("a") {
            *value += 5;
        }
        assert_eq!(
            (lookup.get("a"), lookup.get("b"), lookup.get("c")),
            (Some(&7), Some(&12), None)
        );
        assert_eq!(format!("{lookup:?}"), "Lookup(2 keys)");
        assert_eq!(lookup.remove("a"), Some(7));
        assert!(!lookup.contains("a") && lookup.contains("b"));
        assert_eq!(lookup.len(), 1);
        lookup.clear();
        assert!(lookup.is_empty());
    }
}
