//! Labels and annotations as they are sent: like label sets, but an empty value is not the same as an absent one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Iter, Labels, Packed};

/// Names and values, sorted by name, each name once. Copies share one text, with label sets made of it too.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawLabels(Packed);

impl RawLabels {
    /// Packs them; of several with one name the last counts.
    pub fn new<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(Packed::new(pairs))
    }

    /// Names and values, in order.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter()
    }

    /// The value of `name`, or the empty string.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The value of `name`, if it is there.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.find(name)
    }

    /// True when there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes it takes.
    pub fn size(&self) -> usize {
        self.0.size()
    }

    /// Without empty values: Prometheus does not tell them from absent ones.
    pub fn to_labels(&self) -> Labels {
        Labels::of(&self.0)
    }
}

impl AsRef<Packed> for RawLabels {
    fn as_ref(&self) -> &Packed {
        &self.0
    }
}

impl<'a> IntoIterator for &'a RawLabels {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl From<&Labels> for RawLabels {
    fn from(labels: &Labels) -> Self {
        Self(labels.packed().clone())
    }
}

impl fmt::Debug for RawLabels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back() {
        let pairs = RawLabels::new([("b", "3:x"), ("a", "ü\0\"\\"), ("e", ""), ("b", "last")]);
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [("a", "ü\0\"\\"), ("b", "last"), ("e", "")]);
        let json = serde_json::to_string(&pairs).unwrap();
        assert_eq!(serde_json::from_str::<RawLabels>(&json).unwrap(), pairs);
        assert_eq!(pairs.to_labels().find("e"), None);
        assert_eq!(pairs.get("b"), "last");
    }
}
