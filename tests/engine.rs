//! The engine as a whole: from definitions through a real Prometheus and a ledger to verdicts.

mod away;
mod burning;
mod counted;
mod doubted;
mod estimated;
mod gate;
mod ledgers;
mod native;
mod nets;
mod recounts;
mod running;
mod seams;
mod splits;
mod spoilt;
pub mod world;

use std::sync::Arc;

use slo_core::labels::Labels;
use slo_core::time::short::{at as moment, range, secs};
use slo_evaluation::engine::{Engine, Settings, Snapshot, SnapshotChannel};
use slo_evaluation::evaluate::{Assessed, Limits, direct};
use slo_evaluation::ledger::{Definition, GroupBuckets, Ledger, Resolution};
use slo_model::slo::Slo;
use slo_model::source::Source;
use slo_model::status::Row;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A ledger on SQLite in a folder of its own.
struct Home {
    ledger: Arc<dyn Ledger>,
    folder: TempDir,
}

impl Home {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = crate::stores::ledger(&url(&folder), 30).await.unwrap();
        Self { ledger, folder }
    }

    /// Everything the ledger has of `slo`, fine.
    async fn history(&self, slo: &Slo) -> Vec<GroupBuckets> {
        let definition = Definition { key: slo.key.to_string(), indicator: slo.indicator_digest() };
        let history = self.ledger.histories(&[definition]).await.unwrap().remove(0).unwrap();
        self.ledger.read(history.id, range(0, world::END * 2), Resolution::Fine).await.unwrap()
    }
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("slo.db").display())
}

fn settings() -> Settings {
    Settings { settle: secs(60), ..Settings::default() }
}

pub async fn engine(slos: &[Slo], source: Arc<dyn Source>, ledger: Arc<dyn Ledger>) -> Engine {
    Engine::new(slos.to_vec(), source, ledger, settings(), SnapshotChannel::default()).await.unwrap()
}

/// What `app::run` does at one moment: fill what is missing, then tick.
pub async fn round(engine: &mut Engine, at: i64) -> Arc<Snapshot> {
    engine.catch_up(moment(at), &CancellationToken::new(), &|_| {}).await.unwrap();
    engine.tick(moment(at)).await.unwrap();
    engine.snapshots().latest()
}

/// The verdict's row on one SLO and group.
fn row<'a>(rows: &'a [Row], key: &str, group: &[(&str, &str)]) -> &'a Row {
    let group: Labels = group.iter().copied().collect();
    let found = rows.iter().find(|row| row.slo.key.to_string() == key && row.group == group);
    let known: Vec<String> = rows.iter().map(|row| format!("{}{}", row.slo.key, row.group)).collect();
    found.unwrap_or_else(|| panic!("no row {key}{group} among {known:?}"))
}

/// Straight from the source; each SLO must be evaluable.
async fn assessed(text: &str, source: &dyn Source, at: i64) -> Vec<Assessed> {
    let results = direct(&world::slos(text), source, &Limits::default(), moment(at)).await;
    results.into_iter().flat_map(|result| result.unwrap()).collect()
}

fn close(got: f64, want: f64, what: &str) {
    assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{what}: got {got}, want {want}");
}

/// Fails with the first bucket that differs; whole histories are too long to read.
#[track_caller]
fn same(got: &[GroupBuckets], want: &[GroupBuckets], what: &str) {
    let groups = |all: &[GroupBuckets]| all.iter().map(|one| one.group.to_string()).collect::<Vec<_>>();
    assert_eq!(groups(got), groups(want), "{what}: groups");
    for (got, want) in got.iter().zip(want) {
        let ends = got.buckets.iter().chain(&want.buckets).map(|bucket| bucket.end);
        for end in ends.collect::<std::collections::BTreeSet<_>>() {
            let of = |all: &GroupBuckets| all.buckets.iter().find(|bucket| bucket.end == end).copied();
            let since = (end - moment(world::BEGIN)).as_seconds();
            assert_eq!(of(got), of(want), "{what}{}: the bucket that ends at {since} s", got.group);
        }
    }
}
