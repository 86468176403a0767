//! A disk that is full, which only the connection itself can be made to believe.

use super::*;
use crate::ledger::Bucket;
use slo_base::store::ENGINE;
use slo_core::labels::Labels;
use slo_core::time::short;
use slo_core::time::short::{at, secs};

fn tick(history: HistoryId, groups: std::ops::Range<u32>) -> Entry {
    let bucket = Bucket { end: at(60), good: 1.0, total: 2.0, covered: 60.0 };
    let groups = groups
        .map(|number| GroupBuckets {
            group: [("pod", format!("pod-{number}"))].into_iter().collect::<Labels>(),
            buckets: vec![bucket],
        })
        .collect();
    Entry { history, counted_from: at(0), settled_to: at(60), estimated: false, groups }
}

async fn groups(ledger: &StoredLedger, history: HistoryId) -> usize {
    ledger.read(history, short::range(0, 3600), Resolution::Fine).await.unwrap().len()
}

#[tokio::test]
async fn a_full_disk_leaves_the_ledger_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/ledger.db", folder.path().display());
    let store = Store::open(&url, &ENGINE).await.unwrap();
    let ledger = StoredLedger::open(store.clone(), secs(60)).await.unwrap();
    let definition = Definition { key: "api".to_owned(), indicator: "v1".to_owned() };
    let history = ledger.register(&[definition]).await.unwrap()[0].id;
    ledger.append(&[tick(history, 0..10)]).await.unwrap();

    limit_pages(&store, "PRAGMA max_page_count = 1").await;
    let error = ledger.append(&[tick(history, 0..5000)]).await.unwrap_err();
    assert!(matches!(&error, LedgerError::Store(StoreError { fault: Fault::Full, .. })), "{error:?}");
    assert!(error.to_string().contains("nothing was written"), "{error}");
    assert_eq!(groups(&ledger, history).await, 10);

    // The next write must not begin inside of the one that failed.
    limit_pages(&store, "PRAGMA max_page_count = 1000000").await;
    ledger.append(&[tick(history, 10..20)]).await.unwrap();
    store.close().await;
    let again = StoredLedger::open(Store::open(&url, &ENGINE).await.unwrap(), secs(60)).await.unwrap();
    assert_eq!(groups(&again, history).await, 20);
}

/// Sets a limit on the connection that writes.
async fn limit_pages(store: &Store, pragma: &'static str) {
    store.execute(pragma, Vec::new()).await.unwrap();
}
