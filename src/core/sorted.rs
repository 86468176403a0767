//! A map in one piece of memory, sorted by key. Pure data.
//!
//! An engine keeps several maps for each of ten thousand SLOs, most of them with an entry or two, a few with thousands.
//! The standard library's make room for eleven entries, or for twice as many as there are; here one entry takes the room
//! of one. The price is that a new key moves what is behind it, so many new ones had better come together
//! ([`Sorted::merge`]).

use std::borrow::Borrow;

/// Keys and values, sorted by key, each key once.
#[derive(Debug, Clone, PartialEq)]
pub struct Sorted<K, V>(Vec<(K, V)>);

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Sorted<K, V> {
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(known, _)| known.borrow().cmp(key))
    }

    /// The value of `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(self.place(key).ok()?).map(|(_, value)| value)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    /// True when `key` has a value.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Sets the value of `key`.
    pub fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(place) => {
                if let Some(entry) = self.0.get_mut(place) {
                    entry.1 = value;
                }
            }
            Err(place) => {
                self.make_room();
                self.0.insert(place, (key, value));
            }
        }
    }

    /// The value of `key`, which becomes `default` if it has none.
    #[expect(clippy::indexing_slicing, reason = "the place was found, or filled, just before")]
    pub fn or_insert(&mut self, key: K, default: V) -> &mut V {
        let place = self.place(&key).unwrap_or_else(|place| {
            self.make_room();
            self.0.insert(place, (key, default));
            place
        });
        &mut self.0[place].1
    }

    /// Takes in many new keys at once; of two values of one key the new one counts.
    pub fn merge(&mut self, new: Vec<(K, V)>) {
        if new.is_empty() {
            return;
        }
        self.0.reserve_exact(new.len());
        self.0.extend(new);
        // Equal keys stay in order, so that the last is the newest; what is sorted already costs next to nothing.
        self.0.sort_by(|a, b| a.0.cmp(&b.0));
        self.0.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
    }

    /// Removes `key`.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        if let Ok(place) = self.place(key) {
            self.0.remove(place);
        }
    }

    /// Drops every entry for which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
        if self.0.capacity() > self.0.len() * 2 {
            self.0.shrink_to_fit();
        }
    }

    /// Grows by an eighth rather than to the double.
    fn make_room(&mut self) {
        if self.0.len() == self.0.capacity() {
            self.0.reserve_exact((self.0.len() / 8).max(1));
        }
    }
}

impl<K, V> Sorted<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Keys and values, in order; the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values, in order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(map: &Sorted<i32, &'static str>) -> Vec<(i32, &'static str)> {
        map.iter().map(|(key, value)| (*key, *value)).collect()
    }

    #[test]
    fn a_map_as_others_are() {
        let mut map = Sorted::default();
        for (key, value) in [(3, "c"), (1, "a"), (2, "b"), (3, "C")] {
            map.insert(key, value);
        }
        assert_eq!(entries(&map), [(1, "a"), (2, "b"), (3, "C")]);
        *map.or_insert(2, "x") = "B";
        assert_eq!(*map.or_insert(0, "z"), "z");
        assert_eq!((map.get(&2), map.get(&9), map.contains_key(&0)), (Some(&"B"), None, true));
        map.remove(&9);
        map.remove(&0);
        map.retain(|key, _| *key != 1);
        assert_eq!(entries(&map), [(2, "B"), (3, "C")]);
    }

    #[test]
    fn of_what_is_merged_the_newest_counts() {
        let mut map = Sorted::default();
        map.merge(vec![(5, "e"), (1, "a"), (5, "E")]);
        map.merge(vec![(4, "d"), (1, "A"), (0, "z")]);
        assert_eq!(entries(&map), [(0, "z"), (1, "A"), (4, "d"), (5, "E")]);
    }

    #[test]
    fn few_entries_take_the_room_of_few() {
        let mut map = Sorted::default();
        for key in 0..8 {
            map.insert(key, [0_u64; 10]);
            assert_eq!(map.0.capacity(), map.len());
        }
    }
}
