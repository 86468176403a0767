//! Time in stored JSON: a number, whose unit the field says (`#[serde(with = "as_ms")]`).

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Span, Timestamp};

/// What is stored as a number, or not at all.
pub trait Stored: Sized {
    /// In JSON.
    type Number: Serialize + DeserializeOwned;

    /// In units of so many milliseconds, rounded down.
    fn number(&self, unit: Span) -> Self::Number;
    /// The other way round.
    fn of(number: Self::Number, unit: Span) -> Self;
}

impl Stored for Span {
    type Number = i64;

    fn number(&self, unit: Span) -> i64 {
        self.ms().div_euclid(unit.ms())
    }

    fn of(number: i64, unit: Span) -> Self {
        unit * number
    }
}

impl Stored for Timestamp {
    type Number = i64;

    fn number(&self, unit: Span) -> i64 {
        (*self - Self::EPOCH).number(unit)
    }

    fn of(number: i64, unit: Span) -> Self {
        Self::EPOCH + unit * number
    }
}

impl<T: Stored> Stored for Option<T> {
    type Number = Option<T::Number>;

    fn number(&self, unit: Span) -> Self::Number {
        self.as_ref().map(|time| time.number(unit))
    }

    fn of(number: Self::Number, unit: Span) -> Self {
        number.map(|number| T::of(number, unit))
    }
}

impl<T: Stored> Stored for Vec<T> {
    type Number = Vec<T::Number>;

    fn number(&self, unit: Span) -> Self::Number {
        self.iter().map(|time| time.number(unit)).collect()
    }

    fn of(numbers: Self::Number, unit: Span) -> Self {
        numbers.into_iter().map(|number| T::of(number, unit)).collect()
    }
}

impl<K, T> Stored for BTreeMap<K, T>
where
    K: Clone + Ord + Serialize + DeserializeOwned,
    T: Stored,
{
    type Number = BTreeMap<K, T::Number>;

    fn number(&self, unit: Span) -> Self::Number {
        self.iter().map(|(key, time)| (key.clone(), time.number(unit))).collect()
    }

    fn of(numbers: Self::Number, unit: Span) -> Self {
        numbers.into_iter().map(|(key, number)| (key, T::of(number, unit))).collect()
    }
}

/// What it is about, and the time of it.
impl<T: Stored> Stored for (String, T) {
    type Number = (String, T::Number);

    fn number(&self, unit: Span) -> Self::Number {
        (self.0.clone(), self.1.number(unit))
    }

    fn of((about, number): Self::Number, unit: Span) -> Self {
        (about, T::of(number, unit))
    }
}

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident, $unit:expr) => {
        $(#[$doc])*
        pub mod $name {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use super::{Span, Stored};

            /// Writes the number.
            pub fn serialize<T: Stored, S: Serializer>(time: &T, serializer: S) -> Result<S::Ok, S::Error> {
                time.number($unit).serialize(serializer)
            }

            /// Reads the number.
            pub fn deserialize<'de, T: Stored, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
                T::Number::deserialize(deserializer).map(|number| T::of(number, $unit))
            }
        }
    };
}

unit!(
    /// In milliseconds (since the epoch).
    as_ms,
    Span::MILLISECOND
);
unit!(
    /// In seconds (since the epoch).
    as_seconds,
    Span::SECOND
);

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::time::short::{at, secs};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        #[serde(with = "as_ms")]
        at: Timestamp,
        #[serde(with = "as_seconds")]
        length: Span,
        #[serde(default, with = "as_seconds")]
        ended: Option<Timestamp>,
    }

    #[test]
    fn times_are_numbers_of_the_fields_unit() {
        let row = Row { at: at(2), length: secs(30), ended: None };
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(text, r#"{"at":2000,"length":30,"ended":null}"#);
        assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), row);
        assert_eq!(serde_json::from_str::<Row>(r#"{"at":-1,"length":1}"#).unwrap().at.ms(), -1);
    }
}
