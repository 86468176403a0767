//! Answers from a world as its server would at a moment: what has not arrived yet is not there.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use slo_core::duration;
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::promql::{Selector, SliQuery};
use slo_model::samples::{HistogramSample, HistogramSeries};
use slo_model::source::{Answer, Point, Sample, Series, Source, SourceError};

use super::target::Ms;
use super::world::{Stored, World, moment};

/// How far back a selector alone looks for a sample.
const LOOKBACK: Ms = 300_000;

/// What differs between servers, as far as it is seen behind [`Source`].
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    pub name: &'static str,
    /// Functions over time whose results keep the metric's name.
    keeps_names: &'static [&'static str],
    /// A range in an expression begins with the moment that is its length ago.
    closed: bool,
    /// Longer ranges than this are refused.
    pub longest: Option<Ms>,
    /// `up` of all targets is too much.
    pub refuses_up: bool,
    /// Answers are said to be partial.
    pub partial: bool,
    /// One question in so many is not answered, while the engine ticks.
    pub fails: Option<usize>,
}

const PROMETHEUS_2: Dialect = Dialect {
    name: "Prometheus 2.42.0",
    keeps_names: &["last_over_time"],
    closed: true,
    longest: None,
    refuses_up: false,
    partial: false,
    fails: None,
};

/// The servers that people have.
pub const DIALECTS: [Dialect; 4] = [
    PROMETHEUS_2,
    Dialect { name: "Prometheus 3.1.0", closed: false, ..PROMETHEUS_2 },
    Dialect { name: "Thanos 0.37", ..PROMETHEUS_2 },
    Dialect {
        name: "VictoriaMetrics 1.110",
        keeps_names: &["last_over_time", "max_over_time"],
        closed: false,
        ..PROMETHEUS_2
    },
];

/// A world's server at a moment.
pub struct Server {
    pub world: Arc<World>,
    /// The server's own now.
    pub now: AtomicI64,
    /// It may fail.
    pub fragile: AtomicBool,
    asked: AtomicUsize,
    parsed: Mutex<HashMap<String, Selector>>,
}

impl Server {
    pub fn of(world: &Arc<World>) -> Self {
        Self {
            world: Arc::clone(world),
            now: AtomicI64::new(world.end),
            fragile: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
            parsed: Mutex::default(),
        }
    }

    /// Fails now and then; that is the question's own answer.
    fn answers(&self) -> Result<(), SourceError> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let fails = self.world.dialect.fails.filter(|_| self.fragile.load(Ordering::Relaxed));
        if fails.is_some_and(|every| asked % every == every - 1) {
            let reason = "a world's server is away".to_owned();
            return Err(SourceError::Unavailable { url: self.place(), status: 503, reason });
        }
        Ok(())
    }

    fn may_read(&self, length: Span) -> Result<(), SourceError> {
        match self.world.dialect.longest {
            Some(longest) if length.ms() > longest => {
                let reason = "too many samples".to_owned();
                Err(SourceError::TooLarge { url: self.place(), reason })
            }
            _ => Ok(()),
        }
    }

    /// Of each series only the last sample is kept, so that takes more.
    fn may_look_back(&self, length: Span) -> Result<(), SourceError> {
        self.may_read(if length > Span::hours(1) { length } else { Span::ZERO })
    }

    /// What has arrived of the selected series in `(after, until]`.
    fn select(&self, selector: &Selector, after: Ms, until: Ms) -> Vec<(&Labels, Vec<Stored>)> {
        let now = self.now.load(Ordering::Relaxed);
        let selected = self.world.series.iter().filter(|(labels, _)| selector.matches(labels));
        let found = selected
            .map(|(labels, samples)| {
                let from = samples.partition_point(|sample| sample.at <= after);
                let to = samples.partition_point(|sample| sample.at <= until).max(from);
                let arrived = samples[from..to].iter().filter(|sample| sample.arrived <= now);
                (labels, arrived.copied().collect())
            })
            .filter(|(_, samples): &(_, Vec<_>)| !samples.is_empty());
        found.collect()
    }

    /// An answer, which may be said to be partial.
    fn partly<T>(&self, data: T) -> Answer<T> {
        let partial = self.world.dialect.partial;
        let warning = partial.then(|| "partial response: a store is away".to_owned());
        Answer { data, warnings: warning.into_iter().collect(), partial }
    }

    /// Whether what is selected is native histograms, here.
    fn is_native(&self, selector: &Selector) -> bool {
        self.world.native && ["requests_total", "failed_total", "served_total"].contains(&selector.metric())
    }

    /// `max_over_time(timestamp(x)[7d:1m])`, without what it begins with.
    fn seen_last(&self, rest: &str, at: Ms) -> Result<Answer<Vec<Point>>, SourceError> {
        let (selector, length) = rest.split_once(")[").unwrap();
        let (length, step) = length.strip_suffix("])").unwrap().split_once(':').unwrap();
        let (length, step) = (duration::parse(length).unwrap(), duration::parse(step).unwrap());
        self.may_look_back(length)?;
        let selector = self.selector(selector);
        let mut found: HashMap<&Labels, f64> = HashMap::new();
        let first = (at - length.ms()).max(self.world.begin).div_euclid(step.ms());
        for place in first..=at.div_euclid(step.ms()) {
            let look = place * step.ms();
            for (labels, stored) in self.select(&selector, look - LOOKBACK, look) {
                let last = stored.last().unwrap();
                if last.value.is_some() {
                    found.insert(labels, last.at as f64 / 1000.0);
                }
            }
        }
        let found = found.into_iter().map(|(labels, value)| (labels, Some(value)));
        Ok(Answer::of(Self::points(found.collect(), false)))
    }

    /// `max(count_over_time(x[5m]))`, without what it begins with.
    fn density(&self, rest: &str, start: Timestamp, end: Timestamp, step: Span) -> Answer<Vec<Series>> {
        let (selector, length) = rest.strip_suffix("]))").unwrap().rsplit_once('[').unwrap();
        let (selector, length) = (self.selector(selector), duration::parse(length).unwrap());
        let mut samples = Vec::new();
        let mut at = start;
        while at <= end {
            let found = self.select(&selector, (at - length).ms(), at.ms());
            let count = |(_, stored): &(&Labels, Vec<Stored>)| {
                stored.iter().filter(|sample| sample.value.is_some()).count()
            };
            if let Some(most) = found.iter().map(count).max().filter(|most| *most > 0) {
                samples.push(Sample { at, value: most as f64 });
            }
            at += step;
        }
        Answer::of(vec![Series { labels: Labels::new(), samples }])
    }

    fn selector(&self, text: &str) -> Selector {
        let mut parsed = self.parsed.lock().unwrap();
        let parse = || SliQuery::parse(text).unwrap().terms().remove(0).selector;
        parsed.entry(text.to_owned()).or_insert_with(parse).clone()
    }

    fn points(found: Vec<(&Labels, Option<f64>)>, keeps_name: bool) -> Vec<Point> {
        let points = found.into_iter().filter_map(|(labels, value)| {
            let labels = if keeps_name { labels.clone() } else { labels.without(&[METRIC_NAME]) };
            Some(Point { labels, value: value? })
        });
        points.collect()
    }
}

#[async_trait]
impl Source for Server {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.answers()?;
        self.may_read(range.length())?;
        if self.world.dialect.refuses_up && selector.metric() == "up" && selector.matchers().is_empty() {
            return Err(SourceError::TooManySeries { selector: selector.to_string(), limit: max_series });
        }
        if self.is_native(selector) {
            return Ok(Answer::default());
        }
        let series = self.select(selector, range.after.ms(), range.until.ms()).into_iter();
        let series = series.map(|(labels, stored)| {
            let sample = |stored: &Stored| stored.value.map(|value| Sample { at: moment(stored.at), value });
            Series { labels: labels.clone(), samples: stored.iter().filter_map(sample).collect() }
        });
        let data = series.filter(|series| !series.samples.is_empty()).collect();
        Ok(self.partly(data))
    }

    async fn histograms(
        &self,
        selector: &Selector,
        _: &[f64],
        range: TimeRange,
        _: usize,
    ) -> Result<Answer<Vec<HistogramSeries>>, SourceError> {
        self.answers()?;
        self.may_read(range.length())?;
        assert!(self.is_native(selector), "nobody asks for histograms of {selector}");
        let series = self.select(selector, range.after.ms(), range.until.ms()).into_iter();
        let series = series.map(|(labels, stored)| {
            let sample = |stored: &Stored| {
                let count = stored.value?;
                Some(HistogramSample { at: moment(stored.at), count, cuts: Vec::new() })
            };
            HistogramSeries { labels: labels.clone(), samples: stored.iter().filter_map(sample).collect() }
        });
        let data = series.filter(|series| !series.samples.is_empty()).collect();
        Ok(self.partly(data))
    }

    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        self.answers()?;
        let at = at.ms();
        if let Some(rest) = query.strip_prefix("max_over_time(timestamp(") {
            return self.seen_last(rest, at);
        }
        if query.starts_with("histogram_count(") || query.starts_with("count(histogram_count(") {
            return Ok(Answer::default());
        }
        if let Some((function, rest)) = query.split_once('(') {
            let inner = rest.strip_suffix(')').unwrap();
            if function == "timestamp" {
                let newest = self.select(&self.selector(inner), at - LOOKBACK, at).into_iter();
                let newest = newest.map(|(labels, stored)| {
                    let last = stored.last().unwrap();
                    (labels, last.value.map(|_| last.at as f64 / 1000.0))
                });
                return Ok(Answer::of(Self::points(newest.collect(), false)));
            }
            let (selector, length) = inner.strip_suffix(']').unwrap().rsplit_once('[').unwrap();
            let length = duration::parse(length).unwrap();
            self.may_look_back(length)?;
            let first = at - length.ms() - i64::from(self.world.dialect.closed);
            let found =
                self.select(&self.selector(selector), first, at).into_iter().map(|(labels, stored)| {
                    let mut values = stored.iter().filter_map(|sample| sample.value);
                    let value = match function {
                        "last_over_time" => values.next_back(),
                        "max_over_time" => values.reduce(f64::max),
                        "present_over_time" => values.next_back().map(|_| 1.0),
                        other => panic!("nobody has asked for {other} yet"),
                    };
                    (labels, value)
                });
            let keeps_name = self.world.dialect.keeps_names.contains(&function);
            return Ok(Answer::of(Self::points(found.collect(), keeps_name)));
        }
        let newest = self.select(&self.selector(query), at - LOOKBACK, at).into_iter();
        let newest = newest.map(|(labels, stored)| (labels, stored.last().unwrap().value));
        Ok(Answer::of(Self::points(newest.collect(), true)))
    }

    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.answers()?;
        self.may_read(end - start)?;
        if let Some(rest) = query.strip_prefix("max(count_over_time(") {
            return Ok(self.density(rest, start, end, step));
        }
        let (function, rest) = query.split_once('(').unwrap();
        let selector = self.selector(rest.strip_suffix(')').unwrap());
        assert!(self.is_native(&selector), "what is counted needs no {query} on a grid");
        let mut found: HashMap<Labels, Vec<Sample>> = HashMap::new();
        let mut at = start;
        while at <= end {
            for (labels, stored) in self.select(&selector, at.ms() - LOOKBACK, at.ms()) {
                let last = stored.last().unwrap();
                let Some(count) = last.value else { continue };
                let value = if function == "timestamp" { last.at as f64 / 1000.0 } else { count };
                found.entry(labels.without(&[METRIC_NAME])).or_default().push(Sample { at, value });
            }
            at += step;
        }
        let series = found.into_iter().map(|(labels, samples)| Series { labels, samples });
        Ok(self.partly(series.collect()))
    }

    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        self.answers()?;
        let found = self.select(selector, range.after.ms(), range.until.ms()).into_iter();
        let mut values: Vec<String> = found.map(|(labels, _)| labels.get(label).to_owned()).collect();
        values.sort_unstable();
        values.dedup();
        Ok(Answer::of(values))
    }

    async fn version(&self) -> Result<String, SourceError> {
        Ok(self.world.dialect.name.to_owned())
    }

    fn place(&self) -> String {
        "http://world".to_owned()
    }
}
