//! The data of a query's answer: `{"resultType": "matrix", "result": […]}`, and the same for vectors and scalars.

use std::cell::Cell;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::histogram::HistogramPairsSeed;
use super::sample::{PairSeed, PairsSeed};
use super::{Keep, Sample, Series, in_order};
use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_model::samples::HistogramSeries;

/// What a query answered. Elements that hold no sample that is to be kept are left out: native histograms where numbers
/// are wanted, and the other way round.
#[derive(Debug, Default)]
pub(in crate::prometheus) struct QueryData {
    /// `matrix`, `vector`, `scalar` or `string`, as the server wrote it.
    pub result_type: String,
    /// Elements of a matrix, or of a vector, which have one sample each.
    pub series: Vec<Series>,
    /// The same where native histograms are wanted.
    pub histograms: Vec<HistogramSeries>,
    /// The scalar, when it is one.
    pub scalar: Option<Sample>,
}

/// Decodes [`QueryData`]; `passed` tells that the limit of series was passed.
#[derive(Clone, Copy)]
pub(super) struct QuerySeed<'a> {
    pub keep: &'a Keep,
    pub passed: &'a Cell<bool>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum DataKey {
    ResultType,
    Result,
    #[serde(other)]
    Other,
}

impl QuerySeed<'_> {
    /// Stops where one more would be too many.
    fn limit<E: Error>(&self, series: usize) -> Result<(), E> {
        if series < self.keep.max_series {
            return Ok(());
        }
        self.passed.set(true);
        Err(Error::custom("too many series"))
    }
}

impl<'de> DeserializeSeed<'de> for QuerySeed<'_> {
    type Value = QueryData;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<QueryData, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for QuerySeed<'_> {
    type Value = QueryData;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with \"resultType\" and \"result\"")
    }

    /// `"data": null`, which comes with errors.
    fn visit_unit<E: Error>(self) -> Result<QueryData, E> {
        Ok(QueryData::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<QueryData, A::Error> {
        let mut data = QueryData::default();
        while let Some(key) = map.next_key()? {
            match key {
                DataKey::ResultType => data.result_type = map.next_value()?,
                DataKey::Result => map.next_value_seed(ResultSeed { query: self, data: &mut data })?,
                DataKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(data)
    }
}

/// Decodes `result`. Its type may be told after it, so its elements tell what they are.
struct ResultSeed<'a, 'd> {
    query: QuerySeed<'a>,
    data: &'d mut QueryData,
}

impl<'de> DeserializeSeed<'de> for ResultSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResultSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of series, or a sample")
    }

    /// `"result": null`, which some servers write for nothing.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut at = None;
        while let Some(element) = elements.next_element_seed(ElementSeed(self.query.keep))? {
            match element {
                Element::Series(series) if series.samples.is_empty() => {}
                Element::Histograms(series) if series.samples.is_empty() => {}
                Element::Series(series) => {
                    self.query.limit(self.data.series.len())?;
                    self.data.series.push(series);
                }
                Element::Histograms(series) => {
                    self.query.limit(self.data.histograms.len())?;
                    self.data.histograms.push(series);
                }
                Element::Seconds(seconds) => at = Some(Timestamp::from_seconds_f64(seconds)),
                Element::Text(value) => {
                    self.data.scalar = at.zip(value).map(|(at, value)| Sample { at, value });
                }
            }
        }
        Ok(())
    }
}

/// One element of `result`: a series, or one half of a scalar.
enum Element {
    Series(Series),
    Histograms(HistogramSeries),
    Seconds(f64),
    /// The number in the text; `None` in a string result.
    Text(Option<f64>),
}

struct ElementSeed<'a>(&'a Keep);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum SeriesKey {
    Metric,
    Value,
    Values,
    Histograms,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for ElementSeed<'_> {
    type Value = Element;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Element, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ElementSeed<'_> {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series with \"metric\" and \"value\" or \"values\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element, A::Error> {
        let (mut labels, mut samples) = (Labels::new(), Vec::new());
        let mut histograms = Vec::new();
        let cut_at = self.0.cut_at.as_deref();
        while let Some(key) = map.next_key()? {
            match key {
                SeriesKey::Metric => labels = map.next_value_seed(LabelsSeed)?,
                SeriesKey::Values if cut_at.is_none() => {
                    map.next_value_seed(PairsSeed { keep: self.0, samples: &mut samples })?;
                }
                SeriesKey::Value if cut_at.is_none() => {
                    let sample = map.next_value_seed(PairSeed)?;
                    if self.0.holds(sample) {
                        samples.push(sample);
                    }
                }
                SeriesKey::Histograms => match cut_at {
                    Some(thresholds) => {
                        let samples = &mut histograms;
                        map.next_value_seed(HistogramPairsSeed { keep: self.0, thresholds, samples })?;
                    }
                    None => {
                        map.next_value::<IgnoredAny>()?;
                    }
                },
                SeriesKey::Value | SeriesKey::Values | SeriesKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if cut_at.is_some() {
            in_order(&mut histograms, |sample| sample.at);
            return Ok(Element::Histograms(HistogramSeries { labels, samples: histograms }));
        }
        in_order(&mut samples, |sample| sample.at);
        Ok(Element::Series(Series { labels, samples }))
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Element, E> {
        Ok(Element::Seconds(seconds))
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Element, E> {
        Ok(Element::Seconds(seconds as f64))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Element, E> {
        Ok(Element::Seconds(seconds as f64))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Element, E> {
        Ok(Element::Text(text.parse().ok()))
    }
}

struct LabelsSeed;

impl<'de> DeserializeSeed<'de> for LabelsSeed {
    type Value = Labels;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Labels, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for LabelsSeed {
    type Value = Labels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("labels: names and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut labels = Labels::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            labels.set(name, value);
        }
        Ok(labels)
    }
}
