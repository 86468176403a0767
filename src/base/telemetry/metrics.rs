//! Declared metrics as series: recorders for what is counted when it happens, [`write()`] for what is read at a scrape.
//!
//! Values of labels are given in the declaration's order, and the compiler checks how many there are. What kind of series
//! a metric is written as is its declaration's, too: a counter cannot be recorded as a gauge.

use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabel, EncodeLabelSet, EncodeMetric,
    LabelSetEncoder, MetricEncoder,
};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

use slo_core::metrics::{CounterKind, GaugeKind, HistogramKind, Kind, Metric};

/// A counter with `N` labels.
pub type Counters<const N: usize> = Recorder<Counter, N>;
/// A gauge of whole numbers with `N` labels.
pub type Gauges<const N: usize> = Recorder<Gauge, N>;
/// A gauge of any numbers with `N` labels.
pub type FloatGauges<const N: usize> = Recorder<Gauge<f64, AtomicU64>, N>;
/// A histogram with `N` labels.
pub type Histograms<const N: usize> = Recorder<Histogram, N>;

/// What metrics of kind `K` are recorded in.
pub trait Records<K>: EncodeMetric + TypedMetric + Clone + Debug + Send + Sync + 'static {
    /// One series at zero; `buckets` are the declaration's.
    fn at_zero(buckets: &'static [f64]) -> Self;
}

impl Records<CounterKind> for Counter {
    fn at_zero(_: &'static [f64]) -> Self {
        Self::default()
    }
}

impl Records<GaugeKind> for Gauge {
    fn at_zero(_: &'static [f64]) -> Self {
        Self::default()
    }
}

impl Records<GaugeKind> for Gauge<f64, AtomicU64> {
    fn at_zero(_: &'static [f64]) -> Self {
        Self::default()
    }
}

impl Records<HistogramKind> for Histogram {
    fn at_zero(buckets: &'static [f64]) -> Self {
        Self::new(buckets.iter().copied())
    }
}

/// Makes the series of a label set that was not seen before.
#[derive(Debug, Clone, Copy)]
struct Make<M> {
    buckets: &'static [f64],
    at_zero: fn(&'static [f64]) -> M,
}

impl<M> MetricConstructor<M> for Make<M> {
    fn new_metric(&self) -> M {
        (self.at_zero)(self.buckets)
    }
}

/// Series that are recorded when something happens, one for each set of label values. Clones record together.
#[derive(Debug, Clone)]
pub struct Recorder<M, const N: usize> {
    family: &'static str,
    help: &'static str,
    labels: [&'static str; N],
    series: Family<LabelSet<Box<str>, N>, M, Make<M>>,
}

impl<M, const N: usize> Recorder<M, N> {
    /// Records `metric`.
    pub fn new<K: Copy>(metric: Metric<K, N>) -> Self
    where
        M: Records<K>,
    {
        let make = Make { buckets: metric.buckets(), at_zero: M::at_zero };
        let series = Family::new_with_constructor(make);
        Self { family: metric.family(), help: metric.help, labels: metric.labels, series }
    }

    /// Records `metric` and shows it in `registry`.
    pub fn registered<K: Copy>(registry: &mut Registry, metric: Metric<K, N>) -> Self
    where
        M: Records<K>,
    {
        let recorder = Self::new(metric);
        recorder.register(registry);
        recorder
    }

    /// Shows it in `registry`. What has no labels is there from the start, at zero.
    pub fn register<K>(&self, registry: &mut Registry)
    where
        M: Records<K>,
    {
        if N == 0 {
            registry.register(self.family, self.help, self.with([""; N]));
        } else {
            registry.register(self.family, self.help, self.series.clone());
        }
    }

    /// The series with these label values; it is there from now on, if only at zero.
    pub fn with<K>(&self, values: [&str; N]) -> M
    where
        M: Records<K>,
    {
        let labels = LabelSet { names: self.labels, values: values.map(Box::from) };
        self.series.get_or_create(&labels).clone()
    }
}

/// The labels of a series: the declared names with values, in the declared order.
#[derive(Debug, Clone)]
struct LabelSet<S, const N: usize> {
    names: [&'static str; N],
    values: [S; N],
}

/// Within a metric the names are the same, so only values are compared.
impl<S: PartialEq, const N: usize> PartialEq for LabelSet<S, N> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl<S: Eq, const N: usize> Eq for LabelSet<S, N> {}

impl<S: Hash, const N: usize> Hash for LabelSet<S, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.values.hash(state);
    }
}

impl<S: AsRef<str>, const N: usize> EncodeLabelSet for LabelSet<S, N> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        self.names
            .iter()
            .zip(&self.values)
            .try_for_each(|(name, value)| (*name, value.as_ref()).encode(encoder.encode_label()))
    }
}

/// What a sample of kind `Self` may be when it is written at a scrape.
pub trait Writes<V>: Copy {
    /// Writes one.
    fn sample(value: V, encoder: MetricEncoder<'_>) -> fmt::Result;
}

impl<V: EncodeCounterValue> Writes<V> for CounterKind {
    fn sample(value: V, encoder: MetricEncoder<'_>) -> fmt::Result {
        ConstCounter::new(value).encode(encoder)
    }
}

impl<V: EncodeGaugeValue> Writes<V> for GaugeKind {
    fn sample(value: V, encoder: MetricEncoder<'_>) -> fmt::Result {
        ConstGauge::new(value).encode(encoder)
    }
}

/// Writes the one sample of a metric without labels, from a collector.
pub fn write_one<K: Writes<V>, V>(
    encoder: &mut DescriptorEncoder<'_>,
    metric: Metric<K, 0>,
    value: V,
) -> fmt::Result {
    K::sample(value, describe(encoder, &metric)?)
}

/// Writes samples of a metric, from a collector.
pub fn write<K: Writes<V>, V, S: AsRef<str>, const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    metric: Metric<K, N>,
    samples: impl IntoIterator<Item = ([S; N], V)>,
) -> fmt::Result {
    let samples = samples.into_iter().map(|(values, value)| (values, NONE, value));
    write_with(encoder, metric, samples)
}

/// Nothing besides the declared labels.
const NONE: [(&str, &str); 0] = [];

/// Writes samples that have other labels besides those that are declared, such as those by which an SLO is grouped.
pub fn write_with<K: Writes<V>, V, S: AsRef<str>, More: EncodeLabelSet, const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    metric: Metric<K, N>,
    samples: impl IntoIterator<Item = ([S; N], More, V)>,
) -> fmt::Result {
    let mut family = describe(encoder, &metric)?;
    for (values, more, value) in samples {
        let labels = (LabelSet { names: metric.labels, values }, more);
        K::sample(value, family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn describe<'e, K, const N: usize>(
    encoder: &'e mut DescriptorEncoder<'_>,
    metric: &Metric<K, N>,
) -> Result<MetricEncoder<'e>, fmt::Error> {
    let kind = match metric.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
        Kind::Histogram(_) => MetricType::Histogram,
    };
    encoder.encode_descriptor(metric.family(), metric.help, None, kind)
}

#[cfg(test)]
mod tests {
    use prometheus_client::collector::Collector;
    use slo_core::metrics;

    use super::*;
    use crate::telemetry::exposition::render;

    #[derive(Debug)]
    struct Written;

    impl Collector for Written {
        fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
            write_one(&mut encoder, metrics::LAG, 0.5)?;
            write(&mut encoder, metrics::ALERTS, [(["active", "P1"], 3_u64)])?;
            let group = [("region", "eu")];
            write_with(&mut encoder, metrics::SLO_EVENTS, [(["a", "", "b"], group.as_slice(), 7_u64)])
        }
    }

    #[test]
    fn series_are_exposed_as_declared() {
        let mut registry = Registry::default();
        let ticks = Counters::registered(&mut registry, metrics::TICKS);
        let terms = Counters::registered(&mut registry, metrics::TERMS);
        let active = Gauges::registered(&mut registry, metrics::HTTP_ACTIVE);
        registry.register_collector(Box::new(Written));
        ticks.with(["success"]).inc();
        ticks.with(["success"]).inc();
        ticks.clone().with(["failure"]);
        terms.with([]).inc();
        active.with(["GET"]).set(-1);
        let body = render(&registry, None).unwrap().body;
        for line in [
            "# HELP slo_engine_ticks_total Ticks, by outcome.",
            "# TYPE slo_engine_ticks_total counter",
            "slo_engine_ticks_total{outcome=\"success\"} 2",
            "slo_engine_ticks_total{outcome=\"failure\"} 0",
            "slo_engine_turns_total 1",
            "http_server_active_requests{http_request_method=\"GET\"} -1",
            "# TYPE slo_engine_lag_seconds gauge",
            "slo_engine_lag_seconds 0.5",
            "slo_alerts{state=\"active\",priority=\"P1\"} 3",
            "slo_events_total{slo=\"a\",objective=\"\",service=\"b\",region=\"eu\"} 7",
        ] {
            assert!(body.lines().any(|shown| shown == line), "{line} in\n{body}");
        }
    }
}
