//! Every metric that the product exposes or reads, declared once: its name, kind, labels and help.
//!
//! What registers, records, reads or draws a metric uses its declaration, so a metric that is renamed or gets another
//! label is renamed everywhere or does not compile. A name ends in its unit, and a counter's in `_total`, as Prometheus
//! wants them; [`MetricDecl::unit`] reads it there, so that the two cannot differ.

mod catalogue;

use std::marker::PhantomData;

pub use catalogue::*;

/// What a metric is. A histogram has the upper bounds of its buckets, without `+Inf`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// It only goes up, and starts anew with its process.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Observations, counted in buckets.
    Histogram(&'static [f64]),
}

/// What a metric's values are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: a count, a factor, a state.
    None,
    /// Lengths of time.
    Seconds,
    /// Moments, in unix seconds.
    UnixSeconds,
    /// Shares of a whole, which is 1.
    Ratio,
}

/// Tells counters from other metrics where they are recorded.
#[derive(Debug, Clone, Copy)]
pub struct CounterKind;
/// Tells gauges from other metrics where they are recorded.
#[derive(Debug, Clone, Copy)]
pub struct GaugeKind;
/// Tells histograms from other metrics where they are recorded.
#[derive(Debug, Clone, Copy)]
pub struct HistogramKind;

/// A declared metric of kind `K` with `N` labels.
#[derive(Debug, Clone, Copy)]
pub struct Metric<K, const N: usize> {
    /// The name, as it is exposed.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The names of its labels; values are given in this order.
    pub labels: [&'static str; N],
    /// What it says, in a line.
    pub help: &'static str,
    of: PhantomData<K>,
}

/// A counter with `N` labels.
pub type Counter<const N: usize> = Metric<CounterKind, N>;
/// A gauge with `N` labels.
pub type Gauge<const N: usize> = Metric<GaugeKind, N>;
/// A histogram with `N` labels.
pub type Histogram<const N: usize> = Metric<HistogramKind, N>;

/// A declared metric of any kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricDecl {
    /// The name, as it is exposed.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The names of its labels. What has the label `slo` has those by which the SLO is grouped as well.
    pub labels: &'static [&'static str],
    /// What it says, in a line.
    pub help: &'static str,
}

const fn counter<const N: usize>(
    name: &'static str,
    labels: [&'static str; N],
    help: &'static str,
) -> Counter<N> {
    Metric { name, kind: Kind::Counter, labels, help, of: PhantomData }
}

const fn gauge<const N: usize>(
    name: &'static str,
    labels: [&'static str; N],
    help: &'static str,
) -> Gauge<N> {
    Metric { name, kind: Kind::Gauge, labels, help, of: PhantomData }
}

const fn histogram<const N: usize>(
    name: &'static str,
    labels: [&'static str; N],
    help: &'static str,
    buckets: &'static [f64],
) -> Histogram<N> {
    Metric { name, kind: Kind::Histogram(buckets), labels, help, of: PhantomData }
}

impl<K, const N: usize> Metric<K, N> {
    /// The same without its type.
    pub const fn decl(&'static self) -> MetricDecl {
        MetricDecl { name: self.name, kind: self.kind, labels: &self.labels, help: self.help }
    }

    /// The name of its family in OpenMetrics: a counter's has no `_total`.
    pub fn family(&self) -> &'static str {
        match self.kind {
            Kind::Counter => self.name.strip_suffix("_total").unwrap_or(self.name),
            Kind::Gauge | Kind::Histogram(_) => self.name,
        }
    }

    /// The upper bounds of its buckets; none of what is no histogram.
    pub const fn buckets(&self) -> &'static [f64] {
        match self.kind {
            Kind::Histogram(buckets) => buckets,
            Kind::Counter | Kind::Gauge => &[],
        }
    }
}

impl MetricDecl {
    /// What its values are in, which stands at the end of its name.
    pub fn unit(&self) -> Unit {
        let name = self.name.strip_suffix("_total").unwrap_or(self.name);
        if name.ends_with("_timestamp_seconds") || name.ends_with("_start_time_seconds") {
            Unit::UnixSeconds
        } else if name.ends_with("_seconds") {
            Unit::Seconds
        } else if name.ends_with("_ratio") {
            Unit::Ratio
        } else {
            Unit::None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn declarations_are_what_prometheus_wants() {
        let mut names = BTreeSet::new();
        for metric in ALL.iter().chain(SCRAPED) {
            let name = metric.name;
            let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(word(name) && names.insert(name), "{name}");
            assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
            assert!(!metric.help.is_empty() && !metric.help.ends_with('.'), "{name}: {}", metric.help);
            let labels: BTreeSet<_> = metric.labels.iter().collect();
            assert!(labels.len() == metric.labels.len() && labels.iter().all(|label| word(label)), "{name}");
            if let Kind::Histogram(buckets) = metric.kind {
                assert!(buckets.is_sorted_by(|low, high| low < high) && !buckets.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn the_unit_is_the_end_of_the_name() {
        for (metric, unit) in [
            (TICK_DURATION.decl(), Unit::Seconds),
            (PROCESS_START.decl(), Unit::UnixSeconds),
            (HEARTBEAT_HEARD.decl(), Unit::UnixSeconds),
            (TIME_TO_RESOLVE.decl(), Unit::Seconds),
            (SLO_COVERAGE.decl(), Unit::Ratio),
            (TICKS.decl(), Unit::None),
        ] {
            assert_eq!(metric.unit(), unit, "{}", metric.name);
        }
        assert_eq!((TICKS.name, TICKS.family()), ("slo_engine_ticks_total", "slo_engine_ticks"));
    }
}
