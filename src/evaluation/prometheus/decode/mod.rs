//! Reads answers of the API. Sample pairs are decoded straight into [`Sample`]s: a back-fill's body has millions of
//! them, and a tree of JSON values would cost ten times their memory and time.

mod envelope;
mod sample;
mod vector;

use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed};

pub(super) use envelope::Envelope;
pub(super) use vector::QueryData;

use envelope::EnvelopeSeed;
use slo_core::time::TimeRange;
use slo_model::source::{Sample, Series};
use vector::QuerySeed;

/// What of a query's answer is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    /// Only samples in it, when given.
    pub range: Option<TimeRange>,
    /// At most so many series.
    pub max_series: usize,
}

impl Keep {
    /// Everything.
    pub const ALL: Self = Self { range: None, max_series: usize::MAX };

    fn holds(&self, sample: Sample) -> bool {
        self.range.is_none_or(|range| range.contains(sample.at))
    }
}

/// Why a body cannot be read.
#[derive(Debug)]
pub(super) enum DecodeError {
    /// More series than [`Keep`] allows; reading stopped there.
    TooManySeries,
    /// Not the API's JSON.
    Json(serde_json::Error),
}

/// Reads the answer of `query` or `query_range`.
pub(super) fn query(body: &[u8], keep: Keep) -> Result<Envelope<QueryData>, DecodeError> {
    let passed = std::cell::Cell::new(false);
    let seed = EnvelopeSeed(QuerySeed { keep, passed: &passed });
    read(body, seed).map_err(
        |error| {
            if passed.get() { DecodeError::TooManySeries } else { DecodeError::Json(error) }
        },
    )
}

/// Reads an answer whose data has a plain shape.
pub(super) fn plain<T: DeserializeOwned>(body: &[u8]) -> Result<Envelope<T>, serde_json::Error> {
    // Errors come with `"data": null`, or with none.
    read(body, EnvelopeSeed(PhantomData::<Option<T>>)).map(Envelope::flatten)
}

fn read<'de, S: DeserializeSeed<'de>>(body: &'de [u8], seed: S) -> Result<S::Value, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = seed.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// Puts samples in order of time, one a millisecond; the first of several stays, as in Prometheus' own ingestion.
fn in_order(samples: &mut Vec<Sample>) {
    if !samples.is_sorted_by(|a, b| a.at < b.at) {
        samples.sort_by_key(|sample| sample.at);
        samples.dedup_by_key(|sample| sample.at);
    }
}

#[cfg(test)]
mod tests;
