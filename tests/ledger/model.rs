//! Any sequence of writes against the simplest ledger there can be: a map from group and end to what was written last.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

const GROUPS: [&str; 3] = ["", "/a", "/b"];
/// Five hours of slots.
const SLOTS: i64 = 60;

/// One append: slots `from..from + counts.len()`, and how far it settles.
#[derive(Debug, Clone)]
struct Write {
    group: usize,
    from: i64,
    counts: Vec<(f64, f64, f64)>,
    settled: i64,
}

type Model = BTreeMap<(usize, Timestamp), Bucket>;

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let count = prop_oneof![
        2 => Just((0.0, 0.0, 300.0)),
        1 => Just((0.0, 0.0, 0.0)),
        4 => (0_u32..=50, 0_u32..=1000).prop_map(|(bad, good)| {
            (f64::from(good), f64::from(good) + f64::from(bad), 300.0)
        }),
        2 => (0.0..1.0, 0.0..1e6, 0.0..=300.0).prop_map(|(share, total, covered)| (share * total, total, covered)),
    ];
    let write = (0..GROUPS.len(), 0..SLOTS, prop::collection::vec(count, 0..30), 0..=SLOTS)
        .prop_map(|(group, from, counts, settled)| Write { group, from, counts, settled });
    prop::collection::vec(write, 1..12)
}

fn apply(model: &mut Model, write: &Write) -> Vec<Bucket> {
    let slots = write.from..SLOTS;
    let buckets: Vec<Bucket> = slots
        .zip(&write.counts)
        .map(|(slot, (good, total, covered))| Bucket { covered: *covered, ..bucket(slot, *good, *total) })
        .collect();
    model.extend(buckets.iter().map(|bucket| ((write.group, bucket.end), *bucket)));
    buckets
}

fn expected(model: &Model, range: TimeRange) -> Vec<GroupBuckets> {
    let groups = GROUPS.iter().enumerate().map(|(number, name)| {
        let inside = model
            .iter()
            .filter(|((of, end), _)| *of == number && range.contains(*end))
            .map(|(_, bucket)| *bucket);
        buckets_of(name, inside.filter(|one| one.total > 0.0 || one.covered > 0.0).collect())
    });
    groups.filter(|group| !group.buckets.is_empty()).collect()
}

/// The sums per group: with the same additions in the same order whether an hour was told whole or in steps.
fn sums(groups: &[GroupBuckets]) -> Vec<(Labels, Bucket)> {
    let add = |buckets: &[Bucket]| {
        buckets.iter().fold(Bucket::default(), |sum, one| Bucket {
            end: START,
            good: sum.good + one.good,
            total: sum.total + one.total,
            covered: sum.covered + one.covered,
        })
    };
    groups
        .iter()
        .map(|group| {
            let hours = group.buckets.chunk_by(|one, two| one.end.align_up(HOUR) == two.end.align_up(HOUR));
            (group.group.clone(), add(&hours.map(add).collect::<Vec<_>>()))
        })
        .collect()
}

async fn check(ledger: &dyn Ledger, history: HistoryId, writes: &[Write], ranges: &[(i64, i64)]) {
    let mut model = Model::new();
    for write in writes {
        let buckets = apply(&mut model, write);
        let groups = vec![buckets_of(GROUPS[write.group], buckets)];
        ledger.append(&[entry(history, at(write.settled), groups)]).await.unwrap();
    }
    let settled = writes.iter().map(|write| at(write.settled)).max().unwrap();
    for (one, other) in ranges {
        let range = TimeRange::new(at(*one.min(other)), at(*one.max(other)));
        let expected = expected(&model, range);
        let fine = ledger.read(history, range, Resolution::Fine).await.unwrap();
        assert_eq!(fine, expected, "fine {range:?}");
        let coarse = ledger.read(history, range, Resolution::Coarse).await.unwrap();
        assert_eq!(sums(&coarse), sums(&expected), "coarse {range:?}");
        for group in &coarse {
            let inside = group.buckets.iter().filter(|one| {
                let end = one.end.align_up(HOUR);
                range.after <= end - HOUR && end <= range.until.min(settled)
            });
            assert!(
                inside.clone().all(|one| one.end.align_down(HOUR) == one.end),
                "final hours are told whole: {group:?}"
            );
        }
    }
}

fn any_writes_read_back(home: &Home, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ledger = runtime.block_on(home.open());
    let number = std::cell::Cell::new(0);
    let ranges = prop::collection::vec((0..=SLOTS, 0..=SLOTS), 4);
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
        .run(&(writes(), ranges), |(writes, ranges)| {
            number.set(number.get() + 1);
            runtime.block_on(async {
                let history = register(&*ledger, &format!("case-{}", number.get()), "v").await;
                check(&*ledger, history.id, &writes, &ranges).await;
            });
            Ok(())
        })
        .unwrap();
    runtime.block_on(ledger.store().close());
}

#[test]
fn any_writes_read_back_from_a_file() {
    any_writes_read_back(&Home::file(), 48);
}

#[test]
fn any_writes_read_back_from_memory() {
    any_writes_read_back(&Home::memory(), 200);
}

#[test]
fn any_writes_read_back_from_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let home = runtime.block_on(Home::postgres());
    any_writes_read_back(&home, 48);
}
