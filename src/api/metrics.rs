//! The engine's metrics: every budget as it stands, written from the newest snapshot at each scrape, and the engine's own
//! work.

use std::fmt::{Error, Formatter};
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabel, EncodeLabelSet, LabelSetEncoder};
use prometheus_client::registry::Registry;

use slo_base::clock::Clock;
use slo_base::telemetry::metrics::{Counters, Histograms, write, write_one, write_with};
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};
use slo_core::{metrics, names};
use slo_evaluation::engine::{Snapshot, SnapshotChannel};
use slo_model::budget::{BURN_WINDOWS, State};
use slo_model::source::{Source, Sources};
use slo_model::status::Row;

mod sources;

use sources::SourceMetrics;

/// The engine's own counters.
#[derive(Debug, Clone)]
pub struct EngineMetrics {
    tick_seconds: Histograms<0>,
    ticks: Counters<1>,
    pub(crate) source_errors: Counters<0>,
    pub(crate) samples: Counters<0>,
    pub(crate) late_samples: Counters<0>,
    reloads: Counters<1>,
}

impl EngineMetrics {
    /// Registers everything, with the budgets on `snapshots`.
    pub fn register(registry: &mut Registry, snapshots: SnapshotChannel, clock: Clock) -> Self {
        let metrics = Self {
            tick_seconds: Histograms::registered(registry, metrics::TICK_DURATION),
            ticks: Counters::registered(registry, metrics::TICKS),
            source_errors: Counters::registered(registry, metrics::SOURCE_ERRORS),
            samples: Counters::registered(registry, metrics::SOURCE_SAMPLES),
            late_samples: Counters::registered(registry, metrics::LATE_SAMPLES),
            reloads: Counters::registered(registry, metrics::RELOADS),
        };
        for success in [true, false] {
            drop(metrics.ticks.with([outcome(success)]));
            drop(metrics.reloads.with([outcome(success)]));
        }
        registry.register_collector(Box::new(Budgets { snapshots, clock }));
        metrics
    }

    /// Registers how the sources are doing, and what the default one does by itself, if it does anything.
    pub fn register_sources(registry: &mut Registry, sources: &Sources) {
        let default = sources.default_source();
        if default.background_errors().is_some() {
            registry.register_collector(Box::new(Background(Arc::clone(default))));
        }
        registry.register_collector(Box::new(SourceMetrics(sources.clone())));
    }

    /// Counts a tick that took `seconds`.
    pub(crate) fn ticked(&self, seconds: f64, success: bool) {
        self.tick_seconds.with([]).observe(seconds);
        self.ticks.with([outcome(success)]).inc();
    }

    /// Counts a reload.
    pub(crate) fn reloaded(&self, success: bool) {
        self.reloads.with([outcome(success)]).inc();
    }
}

fn outcome(success: bool) -> &'static str {
    if success { "success" } else { "failure" }
}

/// A source whose background work may fail.
struct Background(Arc<dyn Source>);

impl std::fmt::Debug for Background {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result<(), Error> {
        f.write_str("Background")
    }
}

impl Collector for Background {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        write_one(&mut encoder, metrics::STORE_ERRORS, self.0.background_errors().unwrap_or_default())
    }
}

/// Writes the newest snapshot; an SLO that is gone leaves no series behind.
#[derive(Debug)]
struct Budgets {
    snapshots: SnapshotChannel,
    clock: Clock,
}

/// Gives the value of one gauge of a row, if it has one.
type Read = fn(&Row) -> Option<f64>;

const GAUGES: [(metrics::Gauge<3>, Read); 6] = [
    (metrics::SLO_TARGET, |row| Some(row.slo.target.ratio())),
    (metrics::SLO_SLI, |row| row.verdict.sli),
    (metrics::SLO_REMAINING, |row| row.verdict.budget.remaining_ratio),
    (metrics::SLO_COVERAGE, |row| Some(row.verdict.coverage)),
    (metrics::SLO_LEFT_OUT, |row| (row.left_out > 0).then_some(row.left_out as f64)),
    (metrics::SLO_LEFT_OUT_EXHAUSTED, |row| (row.left_out > 0).then_some(row.hidden_breaches as f64)),
];

impl Collector for Budgets {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let snapshot = self.snapshots.latest();
        let rows = &snapshot.rows;
        for (gauge, read) in GAUGES {
            let samples = rows.iter().filter_map(|row| Some((about(row), Group(&row.group), read(row)?)));
            write_with(&mut encoder, gauge, samples)?;
        }
        let rates = rows.iter().flat_map(|row| {
            BURN_WINDOWS.iter().zip(row.verdict.burn_rates).filter_map(|(window, rate)| {
                let [slo, objective, service] = about(row);
                Some(([slo, objective, service, window.name], Group(&row.group), rate??))
            })
        });
        write_with(&mut encoder, metrics::SLO_BURN_RATE, rates)?;
        let states = rows.iter().flat_map(|row| {
            State::ALL.into_iter().map(|state| {
                let [slo, objective, service] = about(row);
                let is = if row.verdict.state == state { 1.0 } else { 0.0 };
                ([slo, objective, service, state.as_str()], Group(&row.group), is)
            })
        });
        write_with(&mut encoder, metrics::SLO_STATE, states)?;
        totals(&mut encoder, &snapshot)?;
        let broken = self.snapshots.broken_files();
        write_one(&mut encoder, metrics::BROKEN_FILES, broken.len() as f64)?;
        let errors = broken.iter().map(|broken| ([broken.file.as_str()], broken.errors as f64));
        write(&mut encoder, metrics::FILE_ERRORS, errors)?;
        let ticked = Some(snapshot.at).filter(|at| *at > Timestamp::EPOCH);
        let lag = ticked.map_or(Span::ZERO, |at| (self.clock.now() - at).max(Span::ZERO));
        write_one(&mut encoder, metrics::LAG, lag.as_seconds_f64())?;
        write_one(&mut encoder, metrics::PARTIAL, snapshot.partial as f64)?;
        write(&mut encoder, metrics::QUEUE_SIZE, [(["fill"], snapshot.filling as f64)])?;
        write_one(&mut encoder, metrics::COUNTERS, snapshot.counters as f64)
    }
}

/// Final events since the engine started.
fn totals(encoder: &mut DescriptorEncoder<'_>, snapshot: &Snapshot) -> Result<(), Error> {
    for (counter, good) in [(metrics::SLO_GOOD, true), (metrics::SLO_EVENTS, false)] {
        let samples = snapshot.rows.iter().filter_map(|row| {
            let totals = snapshot.totals.get(&(row.slo.key.clone(), row.group.clone()))?;
            Some((about(row), Group(&row.group), if good { totals.good } else { totals.total }))
        });
        write_with(encoder, counter, samples)?;
    }
    Ok(())
}

/// Values of `slo`, `objective` (empty when the SLO has one) and `service`.
fn about(row: &Row) -> [&str; 3] {
    let key = &row.slo.key;
    [&key.name, key.objective.as_deref().unwrap_or_default(), &row.slo.service]
}

/// The labels of a row's group. One that would hide one of ours gets the prefix `group_`, and what the exposition format
/// does not know is written `_`, as OpenTelemetry's names are everywhere else: `http_route` for `http.route`.
struct Group<'a>(&'a Labels);

impl EncodeLabelSet for Group<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), Error> {
        const OURS: [&str; 5] = [names::SLO, names::OBJECTIVE, names::SERVICE, names::WINDOW, names::STATE];
        for (name, value) in self.0 {
            let prefix = if OURS.contains(&name) { "group_" } else { "" };
            let name: String =
                name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            (format!("{prefix}{name}"), value).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}
