use std::path::Path;

use super::*;
use slo_core::time::Span;
use slo_core::time::short::{at_ms, ms, secs};
use slo_model::promql::Matcher;

const DAY: Span = Span::days(1);
const LIMITS: ReadLimits = ReadLimits { series: 100, samples: 10_000, deadline: None };

fn open(folder: &Path) -> Store {
    Store::open(&StoreSettings::new(folder).retention(Duration::from_hours(24 * 3650))).unwrap()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().copied().collect()
}

fn all() -> TimeRange {
    TimeRange::new(Timestamp::MIN, Timestamp::MAX)
}

#[test]
fn a_nan_keeps_its_bits_through_log_segment_and_restart() {
    let folder = tempfile::tempdir().unwrap();
    let series = labels(&[("__name__", "a"), ("job", "x")]);
    let at = at_ms(1_788_220_800_000);
    let other_nan = f64::from_bits(0x7ff8_0000_0000_0001);
    let values = [1.0, stale_marker(), other_nan, f64::INFINITY, -0.0];
    let rows: Vec<Write<'_>> =
        values.iter().enumerate().map(|(i, value)| (&series, at + ms(i as i64), *value)).collect();
    let store = open(folder.path());
    store.write(&rows).unwrap();
    let bits = |store: &Store| {
        let read = store.read(&Selector::new("a", vec![]), all(), LIMITS).unwrap();
        read[0].samples.iter().map(|sample| sample.value.to_bits()).collect::<Vec<_>>()
    };
    let want: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
    assert_eq!(bits(&store), want);
    store.close().unwrap();
    drop(store);
    assert_eq!(bits(&open(folder.path())), want);
}

#[test]
fn spans_are_left_open_and_matchers_are_ours() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let bare = labels(&[("__name__", "m"), ("job", "x")]);
    let coded = labels(&[("__name__", "m"), ("job", "x"), ("code", "500")]);
    let at = at_ms(1_788_220_800_000);
    store.write(&[(&bare, at, 1.0), (&bare, at + DAY, 2.0), (&coded, at, 3.0)]).unwrap();
    let read = |matchers: Vec<Matcher>, after: Timestamp, until: Timestamp| {
        let range = TimeRange::new(after, until);
        store
            .read(&Selector::new("m", matchers), range, LIMITS)
            .unwrap()
            .into_iter()
            .map(|series| (series.labels.get("code").to_owned(), series.samples.len()))
            .collect::<Vec<_>>()
    };
    let matcher = |op, value: &str| vec![Matcher::new("code", op, value).unwrap()];
    let (bare, coded) = ((String::new(), 1), ("500".to_owned(), 1));
    assert_eq!(read(vec![Matcher::equal("job", "x")], at - ms(1), at), [coded.clone(), bare.clone()]);
    assert_eq!(read(vec![], at, at + DAY), std::slice::from_ref(&bare));
    assert_eq!(read(matcher(MatchOp::Equal, ""), at - ms(1), at), std::slice::from_ref(&bare));
    assert_eq!(read(matcher(MatchOp::NotEqual, ""), at - ms(1), at), std::slice::from_ref(&coded));
    assert_eq!(read(matcher(MatchOp::Regex, "5.."), at - ms(1), at), std::slice::from_ref(&coded));
    assert_eq!(read(matcher(MatchOp::Regex, "5"), at - ms(1), at), []);
    assert_eq!(read(matcher(MatchOp::NotRegex, "5.."), at - ms(1), at), [bare]);
}

#[test]
fn reads_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let series: Vec<Labels> = (0..20).map(|i| labels(&[("__name__", "m"), ("i", &i.to_string())])).collect();
    let rows: Vec<Write<'_>> = series.iter().map(|series| (series, at_ms(1_788_220_800_000), 1.0)).collect();
    store.write(&rows).unwrap();
    let selector = Selector::new("m", vec![]);
    let few = ReadLimits { series: 19, ..LIMITS };
    assert!(matches!(store.read(&selector, all(), few), Err(StoreError::TooManySeries(19))));
    let small = ReadLimits { samples: 5, ..LIMITS };
    assert!(matches!(store.read(&selector, all(), small), Err(StoreError::TooManySamples(5))));
    assert_eq!(store.read(&selector, all(), ReadLimits { series: 20, ..LIMITS }).unwrap().len(), 20);
}

#[test]
fn what_cannot_be_stored_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let error = store.write(&[(&labels(&[("job", "x")]), at_ms(0), 1.0)]).unwrap_err().to_string();
    assert!(error.contains("no metric name"), "{error}");
    let long = "x".repeat(20_000);
    let error =
        store.write(&[(&labels(&[("__name__", "m"), ("a", &long)]), at_ms(0), 1.0)]).unwrap_err().to_string();
    assert!(error.contains("16 KiB"), "{error}");
}

/// What a fresh process finds in a folder as it is on disk now, as after SIGKILL.
fn found_after_a_kill(folder: &Path) -> Vec<f64> {
    let copy = tempfile::tempdir().unwrap();
    copy_files(folder, copy.path());
    let store = open(copy.path());
    let read = store.read(&Selector::new("a", vec![]), all(), LIMITS).unwrap();
    read.iter().flat_map(|one| one.samples.iter().map(|sample| sample.value)).collect()
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.is_dir() {
            copy_files(&entry, &to);
        } else {
            std::fs::copy(&entry, &to).unwrap();
        }
    }
}

const AT: Timestamp = at_ms(1_788_220_800_000);

fn write(store: &Store, numbers: std::ops::Range<i64>) {
    let series = labels(&[("__name__", "a"), ("job", "x")]);
    let rows: Vec<Write<'_>> = numbers.map(|i| (&series, AT + secs(i), i as f64)).collect();
    store.write(&rows).unwrap();
}

#[test]
fn a_mark_that_went_back_hides_nothing_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("wal/wal.published");
    let store = open(folder.path());
    write(&store, 0..1);
    let old = std::fs::read(&mark).unwrap();
    write(&store, 1..2);
    // What a flush that ends beside the second insert leaves behind.
    std::fs::write(&mark, old).unwrap();
    assert_eq!(found_after_a_kill(folder.path()), [0.0, 1.0]);
}

#[test]
fn a_background_error_does_not_close_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    write(&store, 0..1);
    // Where tsink wants a file there is a folder: its mark cannot move, neither for a flush nor for an insert.
    let obstacle = folder.path().join("wal/wal.published.tmp");
    std::fs::create_dir(&obstacle).unwrap();
    // More than one chunk: there is something to flush, after which the log is emptied.
    let series = labels(&[("__name__", "a"), ("job", "x")]);
    let rows: Vec<_> = (1..3000).map(|i| to_row(&(&series, AT + secs(i), i as f64)).unwrap()).collect();
    store.handle.read(|open| open.insert_rows(&rows)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while store.background_errors() == 0 {
        assert!(Instant::now() < deadline, "tsink's flusher met no obstacle");
        std::thread::yield_now();
    }
    write(&store, 3000..3001);
    let selector = Selector::new("a", vec![]);
    let count = |store: &Store| store.read(&selector, all(), LIMITS).unwrap()[0].samples.len();
    assert_eq!(count(&store), 3001);
    std::fs::remove_dir(&obstacle).unwrap();
    write(&store, 3001..3002);
    assert_eq!(count(&store), 3002);
    assert_eq!(found_after_a_kill(folder.path()), (0..3002).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn inserts_beside_flushes_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    // Each insert closes a chunk, so that the flusher empties the log again and again beside them.
    let rounds = 12;
    for round in 0..rounds {
        write(&store, round * 2048..(round + 1) * 2048);
    }
    let limits = ReadLimits { samples: 100_000, ..LIMITS };
    let count =
        |store: &Store| store.read(&Selector::new("a", vec![]), all(), limits).unwrap()[0].samples.len();
    assert_eq!(count(&store) as i64, rounds * 2048);
    store.close().unwrap();
    assert!(store.read(&Selector::new("a", vec![]), all(), limits).is_err());
    drop(store);
    assert_eq!(count(&open(folder.path())) as i64, rounds * 2048);
}
