//! Reads answers of the API. Sample pairs are decoded straight into [`Sample`]s: a back-fill's body has millions of
//! them, and a tree of JSON values would cost ten times their memory and time.

mod envelope;
mod histogram;
mod sample;
mod vector;

use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{DeserializeOwned, DeserializeSeed};

pub(super) use envelope::Envelope;
pub(super) use vector::QueryData;

use envelope::EnvelopeSeed;
use slo_core::time::{TimeRange, Timestamp};
use slo_model::source::{Sample, Series};
use vector::QuerySeed;

/// What of a query's answer is kept.
#[derive(Debug, Clone)]
pub(super) struct Keep {
    /// Only samples in it, when given.
    pub range: Option<TimeRange>,
    /// At most so many series.
    pub max_series: usize,
    /// Native histograms, cut at these thresholds, and no numbers; otherwise numbers alone.
    pub cut_at: Option<Arc<[f64]>>,
}

impl Keep {
    /// Everything.
    pub const ALL: Self = Self { range: None, max_series: usize::MAX, cut_at: None };

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
pub(super) fn query(body: &[u8], keep: &Keep) -> Result<Envelope<QueryData>, DecodeError> {
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
fn in_order<T>(samples: &mut Vec<T>, at: impl Fn(&T) -> Timestamp) {
    if !samples.is_sorted_by(|a, b| at(a) < at(b)) {
        samples.sort_by_key(|sample| at(sample));
        samples.dedup_by_key(|sample| at(sample));
    }
}

#[cfg(test)]
mod tests;
