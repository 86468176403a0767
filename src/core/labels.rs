//! Label sets as Prometheus has them: names to values, sorted by name. Nothing here knows what a label means.

mod packed;
mod raw;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::names::METRIC_NAME;

pub use packed::{Iter, Packed};
pub use raw::RawLabels;

/// A set of labels, sorted by name. An absent label and an empty value are the same, as in Prometheus. Copies share one
/// text, so that tens of thousands of alerts can be handed on.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Packed);

impl Labels {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// These; those with empty values are left out.
    pub fn of(packed: &Packed) -> Self {
        if packed.iter().all(|(_, value)| !value.is_empty()) {
            return Self(packed.clone());
        }
        packed.iter().collect()
    }

    /// As they are kept.
    pub fn packed(&self) -> &Packed {
        &self.0
    }

    /// The value of `name`, or the empty string, which is what Prometheus' matchers see for an absent label.
    pub fn get(&self, name: &str) -> &str {
        self.0.find(name).unwrap_or_default()
    }

    /// The value of `name`, if it is there.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.find(name)
    }

    /// Whether all of `labels` are among them.
    pub fn has_all(&self, labels: &Self) -> bool {
        labels.iter().all(|(name, value)| self.get(name) == value)
    }

    /// Bytes they take.
    pub fn size(&self) -> usize {
        self.0.size()
    }

    /// The metric's name (`__name__`), empty when there is none.
    pub fn metric(&self) -> &str {
        self.get(METRIC_NAME)
    }

    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        let others = self.0.iter().filter(|(other, _)| *other != name);
        let added = (!value.is_empty()).then_some((name.as_str(), value.as_str()));
        self.0 = Packed::new(others.chain(added));
    }

    /// Removes a label and returns its value if it was there.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        let value = self.0.find(name)?.to_owned();
        self.0 = Packed::new(self.0.iter().filter(|(other, _)| *other != name));
        Some(value)
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter()
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// True when there is no label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Only the named labels, as `by (…)` keeps them.
    #[must_use]
    pub fn only<S: AsRef<str>>(&self, names: &[S]) -> Self {
        let named = |name: &str| names.iter().any(|kept| kept.as_ref() == name);
        Self(Packed::new(self.iter().filter(|(name, _)| named(name))))
    }

    /// All but the named labels, as `without (…)` keeps them.
    #[must_use]
    pub fn without<S: AsRef<str>>(&self, names: &[S]) -> Self {
        let named = |name: &str| names.iter().any(|gone| gone.as_ref() == name);
        Self(Packed::new(self.iter().filter(|(name, _)| !named(name))))
    }
}

impl AsRef<Packed> for Labels {
    fn as_ref(&self) -> &Packed {
        self.packed()
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
        let packed = Packed::new(pairs.collect::<Vec<(String, String)>>());
        if packed.iter().any(|(_, value)| value.is_empty()) {
            return Self(Packed::new(packed.iter().filter(|(_, value)| !value.is_empty())));
        }
        Self(packed)
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Packed::deserialize(deserializer).map(|packed| Self::of(&packed))
    }
}

impl fmt::Display for Labels {
    /// Prometheus' own notation: `name{a="1",b="2"}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.metric())?;
        let mut separator = "{";
        for (name, value) in self.iter().filter(|(name, _)| *name != METRIC_NAME) {
            write!(f, "{separator}{name}={value:?}")?;
            separator = ",";
        }
        match (separator, self.metric().is_empty()) {
            ("{", true) => f.write_str("{}"),
            ("{", false) => Ok(()),
            _ => f.write_str("}"),
        }
    }
}

/// `[a-zA-Z_][a-zA-Z0-9_]*`
pub fn is_label_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
