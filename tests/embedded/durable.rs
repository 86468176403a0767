//! What was acknowledged is there after a restart, and after SIGKILL.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_core::time::short::{at_ms, ms};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_embedded::{EmbeddedSource, StoreSettings};
use slo_model::promql::Selector;
use slo_model::source::{Sample, Series, Source, SourceError};

use super::{Closing, open, reopen};
use crate::servers::deadline;

const T0: i64 = 1_788_220_800_000;
const SERIES: i64 = 50;
const BATCHES: i64 = 40;

/// One scrape's worth of a counter for every series.
fn batch(number: i64) -> Vec<Series> {
    (0..SERIES)
        .map(|series| {
            let labels: Labels =
                [("__name__", "c_total".to_owned()), ("i", series.to_string())].into_iter().collect();
            let sample = Sample { at: at_ms(T0) + ms(number * 15_000), value: (number * 10 + series) as f64 };
            Series { labels, samples: vec![sample] }
        })
        .collect()
}

async fn stored(source: &EmbeddedSource) -> Vec<Series> {
    let range = TimeRange::new(Timestamp::EPOCH, Timestamp::MAX);
    source.samples(&Selector::new("c_total", vec![]), range, 1000).await.unwrap().data
}

fn assert_whole(series: &[Series]) {
    assert_eq!(series.len() as i64, SERIES);
    for one in series {
        let i: i64 = one.labels.get("i").parse().unwrap();
        let want: Vec<Sample> = (0..BATCHES)
            .map(|number| Sample { at: at_ms(T0) + ms(number * 15_000), value: (number * 10 + i) as f64 })
            .collect();
        assert_eq!(one.samples, want, "{}", one.labels);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything_and_goes_on() {
    let opened = open(Clock::manual(T0)).await;
    for number in 0..BATCHES / 2 {
        opened.source.append(batch(number)).await.unwrap();
    }
    opened.source.close().await.unwrap();
    let again = reopen(opened.folder.path(), Clock::manual(T0)).await;
    for number in BATCHES / 2..BATCHES {
        again.append(batch(number)).await.unwrap();
    }
    assert_whole(&stored(&again).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_owner_and_keeps_within_its_retention() {
    let opened = open(Clock::System).await;
    let second = EmbeddedSource::open(StoreSettings::new(opened.folder.path()), Clock::System).await;
    assert!(matches!(second, Err(SourceError::Store(reason)) if reason.contains("locked")));
    let short = StoreSettings::new(opened.folder.path().join("short"));
    let source = Closing(EmbeddedSource::open(short, Clock::System).await.unwrap());
    let now = Clock::System.now();
    let at = |days: i64| {
        let mut series = batch(0);
        for one in &mut series {
            one.samples = vec![Sample { at: now - Span::days(days), value: 1.0 }];
        }
        series
    };
    source.append(at(34)).await.unwrap();
    let error = source.append(at(36)).await.unwrap_err().to_string();
    assert!(error.contains("retention"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "embedded::durable::the_child_that_is_killed", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = deadline::Mortal::start(&mut command);
    // Its standard input stays open: the child waits for more and never gets it.
    let mut input = child.child().stdin.take().unwrap();
    writeln!(input, "{}", folder.path().display()).unwrap();
    let mut lines = BufReader::new(child.child().stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("all acknowledged")), "the child wrote everything");
    child.kill();
    let source = reopen(folder.path(), Clock::manual(T0)).await;
    assert_whole(&stored(&source).await);
}

/// A copy of a folder as it is at one moment, which is what a power failure leaves. When the store's housekeeping takes a
/// file away meanwhile, the copy is of no moment, and another one is made.
fn copy_of(folder: &Path) -> tempfile::TempDir {
    for _ in 0..100 {
        let copied = tempfile::tempdir().unwrap();
        match copy(folder, copied.path()) {
            Ok(()) => return copied,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{} never rests", folder.display());
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_cut_off_is_dropped_and_the_rest_stays() {
    let opened = open(Clock::manual(T0)).await;
    for number in 0..=BATCHES {
        opened.source.append(batch(number)).await.unwrap();
    }
    let crashed = copy_of(opened.folder.path());
    let logs = fs::read_dir(crashed.path().join("wal")).unwrap().map(|entry| entry.unwrap().path());
    let log = logs.filter(|path| path.extension().is_some_and(|kind| kind == "log")).max().unwrap();
    let file = fs::OpenOptions::new().write(true).open(&log).unwrap();
    file.set_len(file.metadata().unwrap().len() - 7).unwrap();
    let source = reopen(crashed.path(), Clock::manual(T0)).await;
    assert_whole(&stored(&source).await);
    // And it goes on from there.
    source.append(batch(BATCHES)).await.unwrap();
    assert_eq!(stored(&source).await[0].samples.len() as i64, BATCHES + 1);
    let twice = copy_of(crashed.path());
    let source = reopen(twice.path(), Clock::manual(T0)).await;
    assert_eq!(stored(&source).await[0].samples.len() as i64, BATCHES + 1, "a second crash loses nothing");
}

/// Not a test of its own: [`sigkill_loses_nothing_that_was_acknowledged`] runs it as a process and kills it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child process of another test; it reads its folder from standard input"]
async fn the_child_that_is_killed() {
    let mut folder = String::new();
    std::io::stdin().read_line(&mut folder).unwrap();
    if folder.trim().is_empty() {
        return;
    }
    let source = reopen(folder.trim().as_ref(), Clock::manual(T0)).await;
    for number in 0..BATCHES {
        source.append(batch(number)).await.unwrap();
    }
    println!("all acknowledged");
    let _ = std::io::stdin().read_line(&mut folder);
}
