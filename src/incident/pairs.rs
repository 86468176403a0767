//! Labels and annotations as the desk keeps tens of thousands of them: one allocation, sorted, read in place.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::alert::Fingerprint;
use crate::labels::Labels;

/// Names and values, sorted by name, each name once. In one string: for each text its length in bytes, a colon, the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Pairs(Box<str>);

impl Pairs {
    /// Packs them; of several with one name the last counts.
    pub fn new<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut all: Vec<(N, V)> = pairs.into_iter().collect();
        all.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
        let mut text = String::with_capacity(
            all.iter().map(|(name, value)| name.as_ref().len() + value.as_ref().len() + 8).sum(),
        );
        for (at, (name, value)) in all.iter().enumerate() {
            if all.get(at + 1).is_some_and(|next| next.0.as_ref() == name.as_ref()) {
                continue;
            }
            for part in [name.as_ref(), value.as_ref()] {
                text.push_str(&part.len().to_string());
                text.push(':');
                text.push_str(part);
            }
        }
        Self(text.into_boxed_str())
    }

    /// Names and values, in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter(&self.0)
    }

    /// The value of `name`, or the empty string.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The value of `name`, if it is there.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// True when there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes it takes.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// As the rest of the program has label sets.
    pub fn to_labels(&self) -> Labels {
        self.iter().collect()
    }

    /// Without empty values: Prometheus does not tell them from absent ones.
    #[must_use]
    pub fn without_empty(&self) -> Self {
        if self.iter().all(|(_, value)| !value.is_empty()) {
            return self.clone();
        }
        Self::new(self.iter().filter(|(_, value)| !value.is_empty()))
    }

    /// As [`Fingerprint::of`].
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.to_labels())
    }
}

impl<'a> IntoIterator for &'a Pairs {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// See [`Pairs::iter`].
pub struct Iter<'a>(&'a str);

impl<'a> Iter<'a> {
    fn text(&mut self) -> Option<&'a str> {
        let (length, rest) = self.0.split_once(':')?;
        let (text, rest) = rest.split_at_checked(length.parse().ok()?)?;
        self.0 = rest;
        Some(text)
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.text()?, self.text()?))
    }
}

impl From<&Labels> for Pairs {
    fn from(labels: &Labels) -> Self {
        Self::new(labels.iter())
    }
}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut all: Vec<(String, String)> = Vec::with_capacity(map.size_hint().unwrap_or(8).min(64));
                while let Some(pair) = map.next_entry()? {
                    all.push(pair);
                }
                Ok(Pairs::new(all))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back() {
        let pairs = Pairs::new([("b", "3:x"), ("a", "ü\0\"\\"), ("e", ""), ("b", "last")]);
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [("a", "ü\0\"\\"), ("b", "last"), ("e", "")]);
        let json = serde_json::to_string(&pairs).unwrap();
        assert_eq!(serde_json::from_str::<Pairs>(&json).unwrap(), pairs);
        assert_eq!(pairs.without_empty().find("e"), None);
        assert_eq!(pairs.get("b"), "last");
    }

    #[test]
    fn fingerprints_are_alertmanagers() {
        assert_eq!(Pairs::new([("alertname", "ok1")]).fingerprint().to_string(), "d7252752c04bd3c5");
    }
}
