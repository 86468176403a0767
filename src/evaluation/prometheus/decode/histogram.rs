//! A sample pair of a native histogram, `[1788220800.123,{"count":"8","sum":"1.5","buckets":[[0,"0.25","0.5","8"]]}]`. Only
//! buckets with observations stand in it. They are cut while they are read, and not kept.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Keep;
use super::sample::{TimestampSeed, ValueSeed};
use slo_model::samples::{Cut, HistogramSample};

/// Decodes one pair.
pub(super) struct HistogramPairSeed<'a>(pub &'a [f64]);

impl<'de> DeserializeSeed<'de> for HistogramPairSeed<'_> {
    type Value = HistogramSample;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<HistogramSample, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for HistogramPairSeed<'_> {
    type Value = HistogramSample;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a histogram sample: [seconds, {\"count\", \"sum\", \"buckets\"}]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<HistogramSample, A::Error> {
        let at = pair.next_element_seed(TimestampSeed)?.ok_or_else(|| Error::invalid_length(0, &self))?;
        let (count, cuts) = pair
            .next_element_seed(HistogramSeed(self.0))?
            .ok_or_else(|| Error::invalid_length(1, &HistogramPairSeed(self.0)))?;
        Ok(HistogramSample { at, count, cuts })
    }
}

/// Decodes a list of pairs to the end of `samples`, as far as they are to be kept.
pub(super) struct HistogramPairsSeed<'a> {
    pub keep: &'a Keep,
    pub thresholds: &'a [f64],
    pub samples: &'a mut Vec<HistogramSample>,
}

impl<'de> DeserializeSeed<'de> for HistogramPairsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for HistogramPairsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of histogram samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<(), A::Error> {
        while let Some(sample) = pairs.next_element_seed(HistogramPairSeed(self.thresholds))? {
            if self.keep.range.is_none_or(|range| range.contains(sample.at)) {
                self.samples.push(sample);
            }
        }
        Ok(())
    }
}

/// Decodes count and cuts.
struct HistogramSeed<'a>(&'a [f64]);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Count,
    Buckets,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for HistogramSeed<'_> {
    type Value = (f64, Vec<Cut>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HistogramSeed<'_> {
    type Value = (f64, Vec<Cut>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a histogram with \"count\" and \"buckets\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut count = None;
        let mut cuts = vec![Cut::default(); self.0.len()];
        while let Some(key) = map.next_key()? {
            match key {
                Key::Count => count = Some(map.next_value_seed(ValueSeed)?),
                Key::Buckets => {
                    map.next_value_seed(BucketsSeed { thresholds: self.0, cuts: &mut cuts })?;
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((count.ok_or_else(|| Error::missing_field("count"))?, cuts))
    }
}

/// Decodes buckets `[rule, lower, upper, count]`. What the rule says of the ends is of no account: of latencies, upper edges
/// belong to their buckets.
struct BucketsSeed<'a> {
    thresholds: &'a [f64],
    cuts: &'a mut [Cut],
}

impl<'de> DeserializeSeed<'de> for BucketsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for BucketsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of buckets")
    }

    /// A histogram without observations may have `null`.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut buckets: A) -> Result<(), A::Error> {
        while let Some(Bucket { edges, count }) = buckets.next_element()? {
            for (threshold, cut) in self.thresholds.iter().zip(self.cuts.iter_mut()) {
                cut.add(*threshold, edges, count);
            }
        }
        Ok(())
    }
}

struct Bucket {
    edges: (f64, f64),
    count: f64,
}

impl<'de> Deserialize<'de> for Bucket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(BucketVisitor)
    }
}

struct BucketVisitor;

impl<'de> Visitor<'de> for BucketVisitor {
    type Value = Bucket;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bucket: [rule, \"lower\", \"upper\", \"count\"]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bucket: A) -> Result<Bucket, A::Error> {
        let length = |place| Error::invalid_length(place, &BucketVisitor);
        bucket.next_element::<IgnoredAny>()?.ok_or_else(|| length(0))?;
        let lower = bucket.next_element_seed(ValueSeed)?.ok_or_else(|| length(1))?;
        let upper = bucket.next_element_seed(ValueSeed)?.ok_or_else(|| length(2))?;
        let count = bucket.next_element_seed(ValueSeed)?.ok_or_else(|| length(3))?;
        Ok(Bucket { edges: (lower, upper), count })
    }
}
