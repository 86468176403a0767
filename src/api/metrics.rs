//! The engine's metrics: every budget as it stands, written from the newest snapshot at each scrape, and the engine's own
//! work.

use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_core::names;
use slo_evaluation::engine::{Snapshot, SnapshotChannel, TickReport};
use slo_model::budget::{BURN_WINDOWS, State};
use slo_model::slo::Slo;
use slo_model::source::Source;
use slo_model::status::Row;

type Pairs = Vec<(String, String)>;

/// The engine's own counters.
#[derive(Debug, Clone)]
pub struct EngineMetrics {
    tick_seconds: Histogram,
    ticks: Family<Pairs, Counter>,
    source_errors: Counter,
    samples: Counter,
    reloads: Family<Pairs, Counter>,
}

impl EngineMetrics {
    /// Registers everything, with the budgets on `board`.
    pub fn register(registry: &mut Registry, board: SnapshotChannel, clock: Clock) -> Self {
        let metrics = Self {
            tick_seconds: Histogram::new([
                0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
            ]),
            ticks: Family::default(),
            source_errors: Counter::default(),
            samples: Counter::default(),
            reloads: Family::default(),
        };
        for outcome in ["success", "failure"] {
            drop(metrics.ticks.get_or_create(&pairs(&[("outcome", outcome)])));
            drop(metrics.reloads.get_or_create(&pairs(&[("outcome", outcome)])));
        }
        registry.register(
            names::TICK_DURATION,
            "Time from a tick's first read to its published verdicts",
            metrics.tick_seconds.clone(),
        );
        registry.register(names::TICKS, "Ticks, by outcome", metrics.ticks.clone());
        registry.register(
            names::SOURCE_ERRORS,
            "SLO reads that the source refused or did not answer",
            metrics.source_errors.clone(),
        );
        registry.register(names::SOURCE_SAMPLES, "Samples read from the source", metrics.samples.clone());
        registry.register(names::RELOADS, "Configuration reloads, by outcome", metrics.reloads.clone());
        registry.register_collector(Box::new(Budgets { board, clock }));
        metrics
    }

    /// Registers what a source does by itself, if it does anything.
    pub fn register_source(registry: &mut Registry, source: &Arc<dyn Source>) {
        if source.background_errors().is_some() {
            registry.register_collector(Box::new(Background(Arc::clone(source))));
        }
    }

    /// Counts a tick that took `seconds`; `None` when it could not be written.
    pub fn ticked(&self, seconds: f64, report: Option<&TickReport>) {
        self.tick_seconds.observe(seconds);
        let outcome = if report.is_some() { "success" } else { "failure" };
        self.ticks.get_or_create(&pairs(&[("outcome", outcome)])).inc();
        if let Some(report) = report {
            self.source_errors.inc_by(report.failures.len() as u64);
            self.samples.inc_by(report.samples as u64);
        }
    }

    /// Counts a reload.
    pub fn reloaded(&self, success: bool) {
        let outcome = if success { "success" } else { "failure" };
        self.reloads.get_or_create(&pairs(&[("outcome", outcome)])).inc();
    }
}

/// A source whose background work may fail.
struct Background(Arc<dyn Source>);

impl std::fmt::Debug for Background {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Background")
    }
}

impl Collector for Background {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let errors = self.0.background_errors().unwrap_or_default();
        let metric = encoder.encode_descriptor(
            names::STORE_ERRORS,
            "Failures of the embedded store's background work; it is tried again",
            None,
            prometheus_client::metrics::MetricType::Counter,
        )?;
        ConstCounter::new(errors).encode(metric)
    }
}

/// Writes the newest snapshot; an SLO that is gone leaves no series behind.
#[derive(Debug)]
struct Budgets {
    board: SnapshotChannel,
    clock: Clock,
}

/// Gives the value of one gauge of a row, if it has one.
type Read = fn(&Row) -> Option<f64>;

const GAUGES: [(&str, &str, Read); 4] = [
    (names::SLO_TARGET, "The promised share of good events", |row| Some(row.slo.target.ratio())),
    (names::SLO_SLI, "The share of good events in the SLO's window; absent without events", |row| {
        row.verdict.sli
    }),
    (
        names::SLO_REMAINING,
        "The share of the error budget that is left; negative when overspent, absent without events",
        |row| row.verdict.budget.remaining_ratio,
    ),
    (names::SLO_COVERAGE, "The share of the SLO's window for which the source had data", |row| {
        Some(row.verdict.coverage)
    }),
];

impl Collector for Budgets {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let snapshot = self.board.latest();
        for (name, help, read) in GAUGES {
            let values = snapshot.rows.iter().filter_map(|row| Some((row_labels(row), read(row)?)));
            gauges(&mut encoder, name, help, values)?;
        }
        let rates = snapshot.rows.iter().flat_map(|row| {
            BURN_WINDOWS.iter().zip(row.verdict.burn_rates).filter_map(|(window, rate)| {
                let mut labels = row_labels(row);
                labels.push(("window".to_owned(), window.name.to_owned()));
                Some((labels, rate??))
            })
        });
        gauges(
            &mut encoder,
            names::SLO_BURN_RATE,
            "Share of bad events in the window over the share that is allowed; absent without events",
            rates,
        )?;
        let states = snapshot.rows.iter().flat_map(|row| {
            State::ALL.into_iter().map(|state| {
                let mut labels = row_labels(row);
                labels.push(("state".to_owned(), state.as_str().to_owned()));
                (labels, if row.verdict.state == state { 1.0 } else { 0.0 })
            })
        });
        gauges(&mut encoder, names::SLO_STATE, "1 for the state the SLO is in, 0 for the others", states)?;
        totals(&mut encoder, &snapshot)?;
        let lag = if snapshot.at > 0 {
            (self.clock.now_ms() as f64 / 1000.0 - snapshot.at as f64).max(0.0)
        } else {
            0.0
        };
        gauge(&mut encoder, names::LAG, "Age of the newest verdicts", lag)?;
        gauges(
            &mut encoder,
            names::QUEUE,
            "Work that waits, by queue",
            [(pairs(&[("queue", "fill")]), snapshot.filling as f64)],
        )?;
        gauge(&mut encoder, names::COUNTERS, "Counters remembered between ticks", snapshot.counters as f64)
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: f64,
) -> Result<(), std::fmt::Error> {
    let metric =
        encoder.encode_descriptor(name, help, None, prometheus_client::metrics::MetricType::Gauge)?;
    ConstGauge::new(value).encode(metric)
}

fn gauges(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (Pairs, f64)>,
) -> Result<(), std::fmt::Error> {
    let mut metric =
        encoder.encode_descriptor(name, help, None, prometheus_client::metrics::MetricType::Gauge)?;
    for (labels, value) in values {
        ConstGauge::new(value).encode(metric.encode_family(&labels)?)?;
    }
    Ok(())
}

/// Final events since the engine started.
fn totals(encoder: &mut DescriptorEncoder<'_>, snapshot: &Arc<Snapshot>) -> Result<(), std::fmt::Error> {
    for (name, help, good) in [
        (names::SLO_GOOD, "Good events counted since the engine started", true),
        (names::SLO_EVENTS, "Events counted since the engine started", false),
    ] {
        let mut metric =
            encoder.encode_descriptor(name, help, None, prometheus_client::metrics::MetricType::Counter)?;
        for row in &snapshot.rows {
            let Some(totals) = snapshot.totals.get(&(row.slo.key.clone(), row.group.clone())) else {
                continue;
            };
            let value = if good { totals.good } else { totals.total };
            ConstCounter::new(value).encode(metric.encode_family(&row_labels(row))?)?;
        }
    }
    Ok(())
}

fn row_labels(row: &Row) -> Pairs {
    slo_labels(&row.slo, &row.group)
}

/// `slo`, `objective` (empty when the SLO has one), `service`, and the group's labels; a group label that would hide one of
/// these gets the prefix `group_`.
fn slo_labels(slo: &Slo, group: &Labels) -> Pairs {
    let mut all = pairs(&[
        ("slo", slo.key.name.as_str()),
        ("objective", slo.key.objective.as_deref().unwrap_or_default()),
        ("service", slo.service.as_str()),
    ]);
    for (name, value) in group {
        let taken = ["slo", "objective", "service", "window", "state"].contains(&name);
        all.push((if taken { format!("group_{name}") } else { name.to_owned() }, value.to_owned()));
    }
    all
}

fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
