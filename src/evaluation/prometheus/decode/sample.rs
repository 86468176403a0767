//! A sample pair, `[1788220800.123,"151"]`: seconds as a number, the value as text.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Unexpected, Visitor};

use super::Keep;
use slo_core::time::Timestamp;
use slo_model::source::Sample;

/// Decodes one pair.
pub(super) struct PairSeed;

impl<'de> DeserializeSeed<'de> for PairSeed {
    type Value = Sample;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Sample, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for PairSeed {
    type Value = Sample;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sample: [seconds, \"value\"]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Sample, A::Error> {
        let at = pair.next_element_seed(TimestampSeed)?.ok_or_else(|| Error::invalid_length(0, &self))?;
        let value = pair.next_element_seed(ValueSeed)?.ok_or_else(|| Error::invalid_length(1, &self))?;
        Ok(Sample { at, value })
    }
}

/// Decodes a list of pairs to the end of `samples`, as far as they are to be kept.
pub(super) struct PairsSeed<'a> {
    pub keep: &'a Keep,
    pub samples: &'a mut Vec<Sample>,
}

impl<'de> DeserializeSeed<'de> for PairsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for PairsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<(), A::Error> {
        while let Some(sample) = pairs.next_element_seed(PairSeed)? {
            if self.keep.holds(sample) {
                self.samples.push(sample);
            }
        }
        Ok(())
    }
}

/// Decodes seconds, whole or not. Below 2^43 s a double holds milliseconds exactly enough to round.
pub(super) struct TimestampSeed;

impl<'de> DeserializeSeed<'de> for TimestampSeed {
    type Value = Timestamp;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_f64(self)
    }
}

impl Visitor<'_> for TimestampSeed {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since the epoch")
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Timestamp, E> {
        Ok(Timestamp::from_seconds_f64(seconds))
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Timestamp, E> {
        Ok(Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX)))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Timestamp, E> {
        Ok(Timestamp::from_seconds(seconds))
    }
}

/// Decodes a value: text in Go's notation, which Rust's parser reads as well (`1e-05`, `NaN`, `+Inf`), or a number, as
/// some other servers write it.
pub(super) struct ValueSeed;

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for ValueSeed {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sample's value as text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }
}
