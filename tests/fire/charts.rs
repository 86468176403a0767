//! The burn chart that an alert carries: read from a real ledger when it begins to fire, and only then.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use slo_base::store::{Fault, Store, StoreError};
use slo_core::labels::Labels;
use slo_core::time::short::{at as moment, secs};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_evaluation::engine::alerts::{MemoryStates, Overrides};
use slo_evaluation::ledger::{
    Correction, Definition, Entry, History, HistoryId, Ledger, LedgerError, Resolution,
};
use slo_model::alert::template::four_digits;
use slo_model::alert::{BurnChart, IncomingAlert};
use slo_model::buckets::GroupBuckets;
use slo_model::slo::Slo;

use super::slos::{START, definitions, engine, minutes, snapshot_of};
use super::{RecordingSink, alerting};

/// A ledger that counts how often history is read, and may refuse to.
pub struct Counting {
    inner: Arc<dyn Ledger>,
    reads: AtomicUsize,
    refuses: bool,
}

#[async_trait]
impl Ledger for Counting {
    fn step(&self) -> Span {
        self.inner.step()
    }

    async fn register(&self, definitions: &[Definition]) -> Result<Vec<History>, LedgerError> {
        self.inner.register(definitions).await
    }

    async fn histories(&self, definitions: &[Definition]) -> Result<Vec<Option<History>>, LedgerError> {
        self.inner.histories(definitions).await
    }

    async fn append(&self, entries: &[Entry]) -> Result<Vec<History>, LedgerError> {
        self.inner.append(entries).await
    }

    async fn correct(&self, correction: &Correction) -> Result<(), LedgerError> {
        self.inner.correct(correction).await
    }

    async fn read(
        &self,
        history: HistoryId,
        range: TimeRange,
        resolution: Resolution,
    ) -> Result<Vec<GroupBuckets>, LedgerError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.refuses {
            let fault = Fault::Failed("the disk is gone".to_owned());
            return Err(StoreError { place: "here".to_owned(), fault }.into());
        }
        self.inner.read(history, range, resolution).await
    }

    async fn prune(&self, fine_before: Timestamp, hours_before: Timestamp) -> Result<(), LedgerError> {
        self.inner.prune(fine_before, hours_before).await
    }

    fn store(&self) -> &Store {
        self.inner.store()
    }
}

/// A ledger with a minute's step that knows what happened up to minute `until`.
pub async fn recorded(slo: &Slo, until: i64, bad: impl Fn(i64) -> f64, refuses: bool) -> Arc<Counting> {
    let inner = crate::stores::ledger("sqlite::memory:", 60).await.unwrap();
    let definition = Definition { key: slo.key.to_string(), indicator: slo.indicator_digest() };
    let history = inner.register(&[definition]).await.unwrap()[0].id;
    let buckets = minutes(until, bad);
    let counted_from = buckets.first().unwrap().end - secs(60);
    let groups = vec![GroupBuckets { group: Labels::new(), buckets }];
    let settled_to = moment(START + until * 60);
    inner.append(&[Entry { history, counted_from, settled_to, estimated: false, groups }]).await.unwrap();
    Arc::new(Counting { inner, reads: AtomicUsize::new(0), refuses })
}

/// What fails of 100 requests a minute: a blip three hours before, and everything from minute 10 on.
pub fn outage(minute: i64) -> f64 {
    match minute {
        -180 => 5.0,
        10.. => 100.0,
        _ => 0.0,
    }
}

/// The bars of an alert's chart as they are read, and the hours that it shows.
fn chart(alert: &IncomingAlert) -> (Vec<String>, i64) {
    let chart = drawn(alert).unwrap();
    let bars = chart.rates.iter().map(|rate| rate.map(four_digits).unwrap_or_default());
    (bars.collect(), chart.span / Span::hours(1))
}

fn drawn(alert: &IncomingAlert) -> Option<&BurnChart> {
    alert.context.as_ref()?.chart.as_ref()
}

fn of<'a>(told: &'a [IncomingAlert], tier: &str) -> &'a IncomingAlert {
    told.iter().rfind(|alert| alert.labels.get("tier") == tier).unwrap()
}

#[tokio::test]
async fn its_bars_are_the_burn_rates_of_the_ledger() {
    let loaded = definitions("");
    let slo = loaded.slos.first().unwrap().clone();
    let sink = Arc::new(RecordingSink::default());
    let alerting = alerting(&sink, None, None);
    let ledger = recorded(&slo, 16, outage, false).await;
    let mut alerts = engine(&alerting, &loaded, Overrides::default(), 16).await.with_charts(ledger.clone());
    let report = alerts.tick(&snapshot_of(&slo, 16, outage, true), moment(START + 16 * 60)).await;
    assert_eq!(report.problems, Vec::<String>::new());
    let told = sink.take();

    // Six hours in bars of five minutes up to minute 16, of 0.1 % that may fail. Minutes 10 and 11 are in the last but one.
    let fast = of(&told, "1h");
    let (bars, hours) = chart(fast);
    assert_eq!((bars.len(), hours, drawn(fast).unwrap().threshold), (72, 6, Some(14.4)));
    assert_eq!(bars[69..], ["0", "400", "1000"]);
    // Minute -180 is in the bar that ends at -179: 5 of 500.
    assert_eq!(bars.iter().position(|bar| *bar != "0"), Some(32));
    assert_eq!(bars[32], "10");
    assert_eq!(bars.iter().filter(|bar| *bar != "0").count(), 3);

    // Thirty-six hours in bars of half an hour: 7 minutes of the last one's 30.
    let slower = of(&told, "6h");
    let (bars, hours) = chart(slower);
    assert_eq!((bars.len(), hours), (72, 36));
    assert_eq!(bars[71], "233.3");
    // Eighteen days in bars of six hours. The last one ends with the hour: 316 minutes, of which 7 were bad, and the blip.
    let slowest = of(&told, "3d");
    let (bars, hours) = chart(slowest);
    assert_eq!((bars.len(), hours), (72, 18 * 24));
    assert_eq!(bars[71], "22.31");
    assert_eq!(bars[70], "0");
    assert!(fast.annotations.iter().map(|(_, value)| value.len()).max() < Some(1024));
}

#[tokio::test]
async fn of_a_spent_budget_it_shows_the_whole_window() {
    let loaded = definitions("");
    let slo = loaded.slos.first().unwrap().clone();
    let sink = Arc::new(RecordingSink::default());
    let alerting = alerting(&sink, None, None);
    let ledger = recorded(&slo, 60, outage, false).await;
    let mut alerts = engine(&alerting, &loaded, Overrides::default(), 60).await.with_charts(ledger);
    alerts.tick(&snapshot_of(&slo, 60, outage, true), moment(START + 60 * 60)).await;
    let told = sink.take();
    let spent = told.iter().find(|alert| alert.labels.get("alertname") == "SLOErrorBudgetExhausted").unwrap();
    // Bars of ten hours. In the last one 51 of 600 minutes failed, and the blip.
    let (bars, hours) = chart(spent);
    assert_eq!((bars.len(), hours), (72, 30 * 24));
    assert_eq!(bars[70..], ["0", "85.08"]);
}

#[tokio::test]
async fn it_is_read_once_and_outlives_a_restart() {
    let loaded = definitions("");
    let slo = loaded.slos.first().unwrap().clone();
    let sink = Arc::new(RecordingSink::default());
    let alerting = alerting(&sink, Some(Arc::new(MemoryStates::default())), None);
    let ledger = recorded(&slo, 40, outage, false).await;
    let mut alerts = engine(&alerting, &loaded, Overrides::default(), 16).await.with_charts(ledger.clone());
    alerts.tick(&snapshot_of(&slo, 16, outage, true), moment(START + 16 * 60)).await;
    let first = of(&sink.take(), "1h").context.clone().unwrap().chart;
    let reads = ledger.reads.load(Ordering::Relaxed);
    assert!(first.is_some() && reads > 0);
    for at in 17..30 {
        if at == 20 {
            alerts = engine(&alerting, &loaded, Overrides::default(), at).await.with_charts(ledger.clone());
        }
        alerts.tick(&snapshot_of(&slo, at, outage, true), moment(START + at * 60)).await;
        let told = sink.take();
        assert_eq!(drawn(of(&told, "1h")), first.as_ref(), "at {at}");
    }
    assert_eq!(ledger.reads.load(Ordering::Relaxed), reads, "it was read again");
}

#[tokio::test]
async fn what_cannot_be_read_keeps_no_page_back() {
    let loaded = definitions("");
    let slo = loaded.slos.first().unwrap().clone();
    let sink = Arc::new(RecordingSink::default());
    let alerting = alerting(&sink, None, None);
    let ledger = recorded(&slo, 16, outage, true).await;
    let mut alerts = engine(&alerting, &loaded, Overrides::default(), 16).await.with_charts(ledger.clone());
    for at in 16..24 {
        let report = alerts.tick(&snapshot_of(&slo, at, outage, true), moment(START + at * 60)).await;
        assert_eq!(report.problems, Vec::<String>::new());
    }
    let told = sink.take();
    assert_eq!(drawn(of(&told, "1h")), None);
    // One try for each tier that began to fire, and none with every tick.
    assert!((1..=4).contains(&ledger.reads.load(Ordering::Relaxed)), "{:?}", ledger.reads);
}
