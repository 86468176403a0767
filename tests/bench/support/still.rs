//! A source in memory that answers at once: the same few counters for every SLO, since yesterday. Nothing of a server or
//! a network is in what is measured with it.

use async_trait::async_trait;
use slo_model::promql::{MatchOp, Selector};
use slo_model::source::{Answer, Point, Sample, Series, Source, SourceError, Span};

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
    fn samples_of(&self, span: Span, value: impl Fn(i64) -> f64) -> Vec<Sample> {
        let step_ms = traffic::SCRAPE * 1000;
        let first = (span.after_ms.max(self.since * 1000).div_euclid(step_ms) + 1) * step_ms;
        let times = (first..=span.until_ms).step_by(usize::try_from(step_ms).unwrap());
        times.map(|at_ms| Sample { at_ms, value: value(at_ms) }).collect()
    }
}

#[async_trait]
impl Source for Still {
    async fn samples(
        &self,
        selector: &Selector,
        span: Span,
        _max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        let equal = selector.matchers().iter().filter(|matcher| matcher.op() == MatchOp::Equal);
        let named: Vec<(&str, &str)> = equal.map(|matcher| (matcher.name(), matcher.value())).collect();
        let mut series = Vec::new();
        for instance in self.instances {
            let labels =
                named.iter().copied().chain([("__name__", selector.metric()), ("instance", instance)]);
            if selector.metric() == "up" {
                series.push(Series { labels: labels.collect(), samples: self.samples_of(span, |_| 1.0) });
                continue;
            }
            for code in self.codes {
                let samples = self.samples_of(span, |at_ms| (at_ms / 1000) as f64);
                let labels = labels.clone().chain([("code", *code)]).collect();
                series.push(Series { labels, samples });
            }
        }
        series.retain(|series| !series.samples.is_empty());
        Ok(Answer::of(series))
    }

    async fn instant(&self, _query: &str, _at_ms: i64) -> Result<Answer<Vec<Point>>, SourceError> {
        Ok(Answer::default())
    }

    async fn range(
        &self,
        _query: &str,
        _start_ms: i64,
        _end_ms: i64,
        _step_ms: i64,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        Ok(Answer::default())
    }

    async fn label_values(
        &self,
        _selector: &Selector,
        _label: &str,
        _span: Span,
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
