//! What a report costs: 50 SLOs × 1 month from a SQLite ledger with thirteen months in it, as HTML. `cargo bench --bench report`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot go on should stop here"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use slo::app::report::{Asked, from_ledger};
use slo_base::clock::Clock;
use slo_base::store::{ENGINE, Store};
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};
use slo_evaluation::engine::definition;
use slo_evaluation::ledger::{self, Bucket, Entry, GroupBuckets, History, Ledger};
use slo_incidents::incidents::{Action, Incidents, NewIncident};
use slo_model::alert::Priority;
use slo_model::slo::Slo;
use slo_report::{Period, html, review};

const SLOS: usize = 50;
const STEP: Span = Span::from_seconds(30);
const LIMIT: Duration = Duration::from_secs(1);
const MOST_BYTES: usize = 1_000_000;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/slo.db", folder.path().display());
    let slos = slos();
    let store = Store::open(&url, &ENGINE).await.unwrap();
    let ledger = ledger::open(&store, STEP).await.unwrap();
    let definitions: Vec<_> = slos.iter().map(|slo| definition(slo)).collect();
    let histories = ledger.register(&definitions).await.unwrap();
    let random = &mut StdRng::seed_from_u64(1);
    for history in &histories {
        fill(&*ledger, history, random).await;
    }
    incidents(&store).await;
    store.close().await;
    let period = Period::month("2026-10", chrono_tz::UTC).unwrap();
    let mut times = Vec::new();
    let mut bytes = 0;
    for _ in 0..5 {
        let started = Instant::now();
        let store = Store::open_to_read(&url, &ENGINE).await.unwrap();
        let ledger = ledger::open_to_read(&store).await.unwrap();
        let now = "2026-11-02T00:00:00Z".parse().unwrap();
        let policy = ("the invented platform's".to_owned(), slo_report::demo::policy());
        let (slos, defined) = (slos.clone(), std::collections::BTreeSet::new());
        let asked = Asked { period, slos, defined, now, policy, options: String::new() };
        let facts = from_ledger(ledger.as_ref(), &asked).await.unwrap();
        let read = started.elapsed();
        bytes = html(&review(&facts)).len();
        println!("read {read:.0?}, in all {:.0?}", started.elapsed());
        times.push(started.elapsed());
        store.close().await;
    }
    times.sort();
    println!("{SLOS} SLOs, a month: median {:.0?}, {} kB of HTML", times[2], bytes / 1000);
    assert!(times[2] < LIMIT && bytes < MOST_BYTES, "over {LIMIT:?} or {MOST_BYTES} bytes");
}

/// Fifty of the invented platform's objectives, under other names: two of eight count time slices, one is split by route.
fn slos() -> Vec<Arc<Slo>> {
    let shown = slo_report::demo::slos();
    let numbered = (0..SLOS).map(|number| {
        let mut slo = shown[number % shown.len()].clone();
        slo.key.name = format!("{}-{number}", slo.key.name);
        slo.service = format!("service-{}", number / 5);
        Arc::new(slo)
    });
    numbered.collect()
}

/// Bucket by bucket for two months, and one bucket an hour for the eleven before.
async fn fill(ledger: &dyn Ledger, history: &History, random: &mut StdRng) {
    let begin: Timestamp = "2025-10-01T00:00:00Z".parse().unwrap();
    let fine: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
    let end: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
    let mut at = begin;
    while at < end {
        let until = (at + Span::days(8)).min(end);
        let step = if at < fine { Span::hours(1) } else { STEP };
        let mut buckets = Vec::new();
        let mut ends = at + step;
        while ends <= until {
            let total = f64::from(random.random_range(200..2000));
            let bad = if random.random_ratio(1, 4) { f64::from(random.random_range(0..6)) } else { 0.0 };
            let covered = STEP.as_seconds_f64();
            buckets.push(Bucket { end: ends, good: total - bad, total, covered });
            ends += step;
        }
        let groups = vec![GroupBuckets { group: Labels::new(), buckets }];
        let entry =
            Entry { history: history.id, counted_from: begin, settled_to: until, estimated: false, groups };
        ledger.append(&[entry]).await.unwrap();
        at = until;
    }
}

async fn incidents(store: &Store) {
    let incidents = Incidents::open(store.clone(), Clock::System).await.unwrap();
    let begin: Timestamp = "2026-10-01T00:00:00Z".parse().unwrap();
    for number in 0..60 {
        let at = begin + Span::hours(12) * number + Span::minutes(7);
        let incident = NewIncident {
            id: format!("inc-{number}"),
            priority: Priority::P1,
            title: format!("Something {number}"),
            rule: format!("Rule{}", number % 7),
            labels: [("service", format!("service-{}", number % 10))].into_iter().collect(),
            at,
        };
        incidents.begin(incident).await.unwrap();
        let over = Action::Resolve { by_alerts: true };
        incidents.act_at(&format!("inc-{number}"), &over, "engine", at + Span::minutes(40)).await.unwrap();
    }
}
