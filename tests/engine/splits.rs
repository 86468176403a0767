//! Back-filled and live history are equal, bucket by bucket, however the ticks fall and however late samples come.

use slo_core::time::short::at as moment;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use async_trait::async_trait;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use slo_core::time::short::at;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_evaluation::evaluate::Limits;
use slo_model::promql::Selector;
use slo_model::source::{Answer, Point, Series, Source, SourceError};

use super::world::{self, BEGIN, END, definition, of_requests, query, rolling, slos};
use super::{Home, round, same, settings};

/// A source in which samples arrive late: each series by its own delay, of less than the settle time.
struct Late {
    inner: Arc<dyn Source>,
    now: AtomicI64,
}

fn delay(series: &Series) -> Span {
    let sum: i64 = series.labels.to_string().bytes().map(i64::from).sum();
    Span::from_seconds(sum % 59)
}

#[async_trait]
impl Source for Late {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        let mut answer = self.inner.samples(selector, range, max_series).await?;
        let now = at(self.now.load(Ordering::SeqCst));
        for series in &mut answer.data {
            let arrived = now - delay(series);
            series.samples.retain(|sample| sample.at <= arrived);
        }
        answer.data.retain(|series| !series.samples.is_empty());
        Ok(answer)
    }

    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        self.inner.instant(query, at).await
    }

    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.inner.range(query, start, end, step).await
    }

    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        self.inner.label_values(selector, label, range).await
    }

    async fn version(&self) -> Result<String, SourceError> {
        self.inner.version().await
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

/// A source that forgets, for range queries, what it knew of the time after a moment; and that may go deaf for instant
/// queries.
pub struct Forgetful {
    inner: Arc<dyn Source>,
    after: AtomicI64,
    deaf: AtomicBool,
}

impl Forgetful {
    pub fn new(inner: Arc<dyn Source>) -> Self {
        Self { inner, after: AtomicI64::new(i64::MAX / 1000), deaf: AtomicBool::new(false) }
    }

    pub fn deafen(&self) {
        self.deaf.store(true, Ordering::SeqCst);
    }

    pub fn forget(&self, after: i64) {
        self.after.store(after, Ordering::SeqCst);
    }
}

#[async_trait]
impl Source for Forgetful {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.inner.samples(selector, range, max_series).await
    }

    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        if self.deaf.load(Ordering::SeqCst) {
            let reason = "deaf".to_owned();
            return Err(SourceError::Unavailable { url: self.place(), status: 503, reason });
        }
        self.inner.instant(query, at).await
    }

    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        let mut answer = self.inner.range(query, start, end, step).await?;
        let after = at(self.after.load(Ordering::SeqCst));
        for series in &mut answer.data {
            series.samples.retain(|sample| sample.at <= after);
        }
        answer.data.retain(|series| !series.samples.is_empty());
        Ok(answer)
    }

    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        self.inner.label_values(selector, label, range).await
    }

    async fn version(&self) -> Result<String, SourceError> {
        self.inner.version().await
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

/// One SLO of every kind that is counted.
fn everything() -> String {
    let of = |job: &str, more: &str| of_requests(job, &format!("job=\"{job}\""), &rolling("1d"), more);
    let jobs = ["plain", "births", "process", "created", "gap", "twice", "idle"];
    let mut text: String = jobs.map(|job| of(job, "")).concat();
    text += &of("tenants", "slo-engine/group-by: tenant").replace("sum(", "sum by (tenant) (");
    // Its targets are not named, and begin in the middle of the day.
    text += &of_requests("orders", "kind=\"order\"", &rolling("12h"), "");
    for (name, part, total) in [
        (
            "between",
            "sum(served_total) - sum(failed_total)",
            "sum(served_total) + sum(requests_total{job=\"births\"})",
        ),
        // There is nothing of the total until five hours have passed.
        ("later", "sum(failed_total)", "sum(requests_total{job=\"births\",code=\"500\"})"),
    ] {
        let metric = format!(
            "ratioMetric:\n        counter: true\n        good: {}\n        total: {}",
            query(part),
            query(total)
        );
        text += &definition(name, &metric, &rolling("1d"), "Occurrences", "- target: 0.9", "");
    }
    let lag = format!("thresholdMetric: {}", query("lag_seconds{job=\"gauges\"}"));
    let slices = "- {target: 0.9, op: lt, value: 60, timeSliceTarget: 0.9, timeSliceWindow: 5m}";
    text += &definition("lag", &lag, &rolling("12h"), "Timeslices", slices, "slo-engine/no-data: bad");
    let latency = format!("thresholdMetric: {}", query("duration_seconds_bucket{job=\"histogram\"}"));
    text + &definition(
        "latency",
        &latency,
        &rolling("6h"),
        "Occurrences",
        "- {target: 0.5, op: lte, value: 0.5}",
        "",
    )
}

fn limits() -> Limits {
    Limits { replica_label: Some("replica".to_owned()), ..Limits::default() }
}

async fn live(seed: u64) {
    let inner: Arc<dyn Source> = world::source(world::shared().await);
    let slos = slos(&everything());
    let settings = slo_evaluation::engine::Settings { limits: limits(), ..settings() };
    let engine = async |home: &Home, source: Arc<dyn Source>| {
        let snapshots = slo_evaluation::engine::SnapshotChannel::default();
        slo_evaluation::engine::Engine::new(
            slos.clone(),
            source,
            home.ledger.clone(),
            settings.clone(),
            snapshots,
        )
        .await
        .unwrap()
    };
    let mut random = StdRng::seed_from_u64(seed);
    let late = Arc::new(Late { inner: inner.clone(), now: AtomicI64::new(0) });
    let by_tick = Home::new().await;
    let mut ticking = engine(&by_tick, late.clone()).await;
    // Both know the world from its first day: what was before BEGIN nobody can know.
    let mut now = BEGIN + 4 * 3600;
    loop {
        // At the end everything has arrived.
        late.now.store(if now < END { now } else { END + 60 }, Ordering::SeqCst);
        let snapshot = round(&mut ticking, now).await;
        assert_eq!(snapshot.errors, [], "seed {seed}, {} s", now - BEGIN);
        for row in &snapshot.rows {
            let (counts, verdict) = (row.verdict.counts, &row.verdict);
            assert!(0.0 <= counts.good && counts.good <= counts.total, "{row:?}");
            assert!((0.0..=1.0).contains(&verdict.coverage), "{row:?}");
        }
        if now >= END {
            break;
        }
        if random.random_ratio(1, 12) {
            // The engine is started anew, and has to find out again what it knew.
            ticking = engine(&by_tick, late.clone()).await;
        }
        let gap = match random.random_range(0..20) {
            0 => random.random_range(3600..3 * 3600),
            1..4 => random.random_range(600..3600),
            _ => random.random_range(30..300),
        };
        now = (now + gap).min(END);
    }
    let rows = ticking.snapshots().latest().rows.clone();
    let at_once = Home::new().await;
    let mut filled = engine(&at_once, inner).await;
    // The ledger of the first began a day before its first round.
    filled
        .catch_up(moment(BEGIN + 4 * 3600), &tokio_util::sync::CancellationToken::new(), &|_| {})
        .await
        .unwrap();
    let snapshot = round(&mut filled, END).await;
    for slo in &slos {
        same(&by_tick.history(slo).await, &at_once.history(slo).await, &format!("seed {seed}: {}", slo.key));
    }
    let sums = |rows: &[slo_model::status::Row]| -> Vec<String> {
        rows.iter().map(|row| format!("{}{} {:?}", row.slo.key, row.group, row.verdict)).collect()
    };
    assert_eq!(sums(&rows), sums(&snapshot.rows), "seed {seed}");
    // And what the windows say is what the ledger says.
    let (_, stored) =
        slo_evaluation::engine::stored(&slos, by_tick.ledger.as_ref(), moment(END), 1000).await.unwrap();
    assert_eq!(sums(&rows), sums(&stored), "seed {seed}");
}

#[tokio::test]
async fn random_ticks_late_samples_and_new_starts() {
    live(1).await;
}

#[tokio::test]
async fn other_random_ticks() {
    live(2).await;
}
