//! The traces with a known truth: by every way that a number can take, it is the number of events that happened.

use slo_core::time::short::{at as moment, secs};
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use slo_base::clock::Clock;
use slo_base::config::source::SourceSettings;
use slo_embedded::{EmbeddedSource, StoreSettings};
use slo_evaluation::engine::{Engine, Settings, SnapshotChannel, stored};
use slo_evaluation::evaluate::{Limits, direct};
use slo_evaluation::ledger::Ledger;
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::budget::{BURN_WINDOWS, Verdict};
use slo_model::slo::Slo;
use slo_model::source::Source;
use tokio_util::sync::CancellationToken;

use crate::servers::{postgres, prometheus};

const TRACES: [&str; 3] = ["diurnal", "quiet", "birth"];

#[derive(Debug, Deserialize)]
struct Truth {
    at: i64,
    slos: BTreeMap<String, TruthOfSlo>,
}

#[derive(Debug, Deserialize)]
struct TruthOfSlo {
    good: f64,
    total: f64,
    sli: f64,
    remaining_ratio: f64,
    windows: BTreeMap<String, TruthOfWindow>,
}

#[derive(Debug, Deserialize)]
struct TruthOfWindow {
    good: f64,
    total: f64,
    burn_rate: f64,
}

fn golden(name: &str) -> String {
    format!("{}/tests/golden/traces/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn truth(trace: &str) -> Truth {
    serde_json::from_str(&std::fs::read_to_string(golden(&format!("{trace}.truth.json"))).unwrap()).unwrap()
}

fn slos(trace: &str) -> Vec<Slo> {
    slo::app::load(&[golden(&format!("{trace}.slo.yaml")).into()]).unwrap()
}

fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{what}: got {got}, the truth is {want}");
}

fn check(trace: &str, truth: &Truth, verdict: &Verdict) {
    let want = &truth.slos[trace];
    close(verdict.counts.good, want.good, 1e-9, &format!("{trace} good"));
    close(verdict.counts.total, want.total, 1e-9, &format!("{trace} total"));
    close(verdict.sli.unwrap(), want.sli, 1e-9, &format!("{trace} SLI"));
    close(verdict.budget.remaining_ratio.unwrap(), want.remaining_ratio, 1e-6, &format!("{trace} remaining"));
    let rates: BTreeMap<&str, f64> = BURN_WINDOWS
        .iter()
        .zip(verdict.burn_rates)
        .filter_map(|(window, rate)| Some((window.name, rate??)))
        .collect();
    assert_eq!(
        rates.keys().copied().collect::<std::collections::BTreeSet<_>>(),
        want.windows.keys().map(String::as_str).collect()
    );
    for (window, want) in &want.windows {
        close(rates[window.as_str()], want.burn_rate, 1e-6, &format!("{trace} burn rate over {window}"));
    }
}

fn prometheus_source(url: &str) -> Arc<dyn Source> {
    Arc::new(PrometheusSource::new(SourceSettings::new(url).unwrap(), Clock::System).unwrap())
}

async fn check_direct(trace: &str, source: &dyn Source) {
    let (truth, slos) = (truth(trace), slos(trace));
    let assessed = direct(&slos, source, &Limits::default(), moment(truth.at)).await.remove(0).unwrap();
    assert_eq!(assessed.len(), 1);
    assert!(!assessed[0].estimated, "counted, not estimated");
    check(trace, &truth, &assessed[0].verdict);
    let want = &truth.slos[trace].windows;
    for (window, sums) in BURN_WINDOWS.iter().zip(assessed[0].sums.burn) {
        if let Some(want) = want.get(window.name) {
            close(sums.unwrap().good, want.good, 1e-9, &format!("{trace} good over {}", window.name));
            close(sums.unwrap().total, want.total, 1e-9, &format!("{trace} total over {}", window.name));
        }
    }
}

/// Back-fills up to some time before `at`, then ticks to it, and compares what the engine says and what the ledger says.
async fn check_ledger(trace: &str, source: Arc<dyn Source>, ledger: Arc<dyn Ledger>, live_seconds: i64) {
    let (truth, slos) = (truth(trace), slos(trace));
    let settings = Settings { settle: secs(30), ..Settings::default() };
    let mut engine = Engine::new(slos.clone(), source, ledger.clone(), settings, SnapshotChannel::default())
        .await
        .unwrap();
    let mut now = truth.at - live_seconds;
    while now <= truth.at {
        engine.catch_up(moment(now), &CancellationToken::new(), &|_| {}).await.unwrap();
        let report = engine.tick(moment(now)).await.unwrap();
        assert_eq!(report.failures, []);
        now += 30;
    }
    let snapshot = engine.snapshots().latest();
    assert_eq!(snapshot.at, moment(truth.at));
    check(trace, &truth, &snapshot.rows[0].verdict);
    let (at, rows) = stored(&slos, ledger.as_ref(), moment(truth.at), 1000).await.unwrap();
    assert_eq!(at, moment(truth.at));
    check(trace, &truth, &rows[0].verdict);
    // Long after the engine stopped, the past is still what it was.
    assert_eq!(rows[0].verdict.counts, snapshot.rows[0].verdict.counts);
}

#[tokio::test]
async fn straight_from_prometheus() {
    for trace in TRACES {
        let server = prometheus::trace(trace).await;
        check_direct(trace, prometheus_source(&server.url()).as_ref()).await;
    }
}

#[tokio::test]
async fn straight_from_the_embedded_store() {
    for trace in TRACES {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            StoreSettings::new(folder.path()).retention(std::time::Duration::from_hours(24 * 3650));
        let store = EmbeddedSource::open(settings, Clock::System).await.unwrap();
        store.load_openmetrics(prometheus::trace_text(trace)).await.unwrap();
        check_direct(trace, &store).await;
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn through_the_ledger_on_sqlite() {
    for trace in TRACES {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("slo.db").display());
        let ledger = crate::stores::ledger(&url, 30).await.unwrap();
        let server = prometheus::trace(trace).await;
        check_ledger(trace, prometheus_source(&server.url()), ledger.clone(), 3000).await;
        ledger.store().close().await;
    }
}

#[tokio::test]
async fn through_the_ledger_on_postgres() {
    for trace in TRACES {
        let database = postgres::database().await;
        let ledger = crate::stores::ledger(&database.url, 30).await.unwrap();
        let server = prometheus::trace(trace).await;
        check_ledger(trace, prometheus_source(&server.url()), ledger.clone(), 600).await;
        ledger.store().close().await;
    }
}

/// A new SLO ticks at once; what was before is read behind that, the newest first, and goes on after a crash.
#[tokio::test]
async fn a_new_slo_has_its_short_windows_before_its_history() {
    let trace = "diurnal";
    let (truth, slos) = (truth(trace), slos(trace));
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("slo.db").display());
    let ledger = crate::stores::ledger(&url, 30).await.unwrap();
    let source = prometheus_source(&prometheus::trace(trace).await.url());
    let settings = Settings { settle: secs(30), ..Settings::default() };
    let engine = async || {
        Engine::new(
            slos.clone(),
            source.clone(),
            ledger.clone(),
            settings.clone(),
            SnapshotChannel::default(),
        )
        .await
        .unwrap()
    };
    let known = |verdict: &Verdict| -> Vec<&str> {
        let rates = BURN_WINDOWS.iter().zip(verdict.burn_rates);
        rates.filter_map(|(window, rate)| rate.map(|_| window.name)).collect()
    };
    let round = async |engine: &mut Engine, chunks: usize| {
        let (stop, read) = (CancellationToken::new(), std::sync::atomic::AtomicUsize::new(0));
        let count = |_| {
            if read.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1 == chunks {
                stop.cancel();
            }
        };
        if chunks == 0 {
            stop.cancel();
        }
        engine.catch_up(moment(truth.at), &stop, &count).await.unwrap();
        assert_eq!(engine.tick(moment(truth.at)).await.unwrap().failures, []);
        engine.snapshots().latest()
    };
    let mut first = engine().await;
    let all = BURN_WINDOWS.map(|window| window.name);
    let snapshot = round(&mut first, 0).await;
    assert!(!snapshot.ready, "stopped before it began");
    let snapshot = round(&mut first, 1).await;
    let row = &snapshot.rows[0];
    assert!(snapshot.ready);
    assert_eq!((snapshot.filling, snapshot.lacking.len()), (1, 1));
    assert!(row.warnings.iter().any(|warning| warning.contains("history is being filled")), "{row:?}");
    assert_eq!(known(&row.verdict), all[..all.len() - 1], "two days are read, so 3d is not known");
    for (window, rate) in BURN_WINDOWS.iter().zip(row.verdict.burn_rates) {
        if let Some(rate) = rate {
            let want = truth.slos[trace].windows[window.name].burn_rate;
            close(rate.unwrap(), want, 1e-6, window.name);
        }
    }
    drop(first);
    let mut second = engine().await;
    let snapshot = round(&mut second, usize::MAX).await;
    assert_eq!((snapshot.filling, &snapshot.rows[0].warnings), (0, &Vec::new()));
    check(trace, &truth, &snapshot.rows[0].verdict);
    ledger.store().close().await;
}
