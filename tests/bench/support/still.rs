//! A source in memory that answers at once: the same few counters for every SLO, since yesterday. Nothing of a server or
//! a network is in what is measured with it.

use async_trait::async_trait;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::promql::{MatchOp, Selector};
use slo_model::source::{Answer, Point, Sample, Series, Source, SourceError};

use super::traffic;

/// See above.
pub struct Still {
    /// No sample is older, unix seconds.
    pub since: i64,
    /// Codes of the counters that each SLO has on each of its instances.
    pub codes: &'static [&'static str],
    /// The instances.
    pub instances: &'static [&'static str],
}

impl Still {
    fn samples_of(&self, range: TimeRange, value: impl Fn(Timestamp) -> f64) -> Vec<Sample> {
        let step = Span::from_seconds(traffic::SCRAPE);
        let first = range.after.max(Timestamp::from_seconds(self.since)).align_down(step) + step;
        let times = (first.ms()..=range.until.ms()).step_by(usize::try_from(step.ms()).unwrap());
        times.map(Timestamp::from_ms).map(|at| Sample { at, value: value(at) }).collect()
    }
}

#[async_trait]
impl Source for Still {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        _max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        let equal = selector.matchers().iter().filter(|matcher| matcher.op() == MatchOp::Equal);
        let named: Vec<(&str, &str)> = equal.map(|matcher| (matcher.name(), matcher.value())).collect();
        let mut series = Vec::new();
        for instance in self.instances {
            let labels =
                named.iter().copied().chain([("__name__", selector.metric()), ("instance", instance)]);
            if selector.metric() == "up" {
                series.push(Series { labels: labels.collect(), samples: self.samples_of(range, |_| 1.0) });
                continue;
            }
            for code in self.codes {
                let samples = self.samples_of(range, |at| at.seconds() as f64);
                let labels = labels.clone().chain([("code", *code)]).collect();
                series.push(Series { labels, samples });
            }
        }
        series.retain(|series| !series.samples.is_empty());
        Ok(Answer::of(series))
    }

    async fn instant(&self, _query: &str, _at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        Ok(Answer::default())
    }

    async fn range(
        &self,
        _query: &str,
        _start: Timestamp,
        _end: Timestamp,
        _step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        Ok(Answer::default())
    }

    async fn label_values(
        &self,
        _selector: &Selector,
        _label: &str,
        _range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        Ok(Answer::default())
    }

    async fn version(&self) -> Result<String, SourceError> {
        Ok("still".to_owned())
    }

    fn place(&self) -> String {
        "in memory".to_owned()
    }
}
