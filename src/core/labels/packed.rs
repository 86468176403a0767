//! Names and values in one text: one allocation for a whole set, shared by all its copies, sorted, read in place.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names and values, sorted by name, each name once. In one string: for each text its length in bytes, a colon, the text.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Packed(Arc<str>);

impl Packed {
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
                push_length(&mut text, part.len());
                text.push(':');
                text.push_str(part);
            }
        }
        Self(text.into())
    }

    /// Names and values, in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter(&self.0)
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
}

/// Formatting would make a text for each number.
fn push_length(text: &mut String, length: usize) {
    if length >= 10 {
        push_length(text, length / 10);
    }
    text.push(char::from(b'0' + (length % 10) as u8));
}

impl PartialOrd for Packed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Packed {
    /// By names and values, not by how they are packed.
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

/// See [`Packed::iter`].
#[derive(Debug, Clone)]
pub struct Iter<'a>(&'a str);

impl<'a> Iter<'a> {
    fn text(&mut self) -> Option<&'a str> {
        let colon = self.0.bytes().position(|byte| byte == b':')?;
        let (length, rest) = self.0.split_at_checked(colon)?;
        let length = length.bytes().fold(0, |sum, digit| sum * 10 + usize::from(digit.wrapping_sub(b'0')));
        let (text, rest) = rest.get(1..)?.split_at_checked(length)?;
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

impl<'a> IntoIterator for &'a Packed {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Packed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Packed, A::Error> {
                let mut all: Vec<(String, String)> = Vec::with_capacity(map.size_hint().unwrap_or(8).min(64));
                while let Some(pair) = map.next_entry()? {
                    all.push(pair);
                }
                Ok(Packed::new(all))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_names_and_values() {
        let one = |name: &str, value: &str| Packed::new([(name, value)]);
        // As packed texts, "10:…" would come before "2:…".
        assert!(one("bb", "x") < one("cccccccccc", "x"));
        assert!(one("a", "b") < one("a", "c") && one("a", "0123456789") < one("a", "1"));
        assert!(Packed::default() < one("a", ""));
    }
}
