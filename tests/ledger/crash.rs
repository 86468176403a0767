//! SIGKILL in the middle of writing: of each tick all is there, or nothing.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::*;
use crate::servers::deadline::Mortal;

const HISTORIES: usize = 300;
const NAME: &str = "ledger::crash::writes_until_it_is_killed";

fn definitions() -> Vec<Definition> {
    (0..HISTORIES).map(|number| definition(&format!("slo-{number}"), "v")).collect()
}

/// The other process. It is a test only because the test binary is the one program at hand; on its own it does nothing.
#[tokio::test]
#[ignore = "run by the tests below, in a process of its own"]
async fn writes_until_it_is_killed() {
    let mut url = String::new();
    std::io::stdin().read_line(&mut url).unwrap();
    if url.trim().is_empty() {
        return;
    }
    let ledger = stores::ledger(url.trim(), STEP).await.unwrap();
    let histories = ledger.register(&definitions()).await.unwrap();
    let mut slot = histories[0].settled_to.map_or(0, |to| (to - START) / Span::from_seconds(STEP.into()));
    loop {
        let entries: Vec<Entry> = histories
            .iter()
            .map(|history| {
                entry(history.id, at(slot + 1), vec![buckets_of("", vec![bucket(slot, 1.0, 2.0)])])
            })
            .collect();
        ledger.append(&entries).await.unwrap();
        slot += 1;
        // A newline before it: the harness has printed the test's name without one.
        println!("\nwritten {slot}");
    }
}

/// Runs the writer until it has told of `ticks` writes, kills it, and tells up to which slot it had come.
fn write_and_kill(url: &str, ticks: usize) -> i64 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", NAME, "--ignored", "--nocapture", "--test-threads=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = Mortal::start(&mut command);
    writeln!(child.child().stdin.take().unwrap(), "{url}").unwrap();
    let lines = BufReader::new(child.child().stdout.take().unwrap()).lines();
    let written = lines
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("written ")?.parse().ok())
        .nth(ticks - 1);
    // It is writing the next tick now.
    child.kill();
    written.expect("the writer writes until it is killed")
}

async fn each_tick_is_all_there_or_not_at_all(home: Home) {
    let mut least = 0;
    for ticks in [1, 3, 9, 2, 12] {
        let url = home.url.clone();
        let written = tokio::task::spawn_blocking(move || write_and_kill(&url, ticks)).await.unwrap();
        assert!(written > least, "{written} after {least}");
        let ledger = home.open().await;
        let histories = ledger.register(&definitions()).await.unwrap();
        let settled = histories[0].settled_to.unwrap();
        let slots = (settled - START) / Span::from_seconds(STEP.into());
        assert!(slots >= written, "a tick that was answered is lost: {written} written, {slots} there");
        assert!(histories.iter().all(|history| history.settled_to == Some(settled)), "{histories:?}");
        let all: Vec<Bucket> = (0..slots).map(|slot| bucket(slot, 1.0, 2.0)).collect();
        for history in &histories {
            assert_eq!(fine(&*ledger, history.id).await, [buckets_of("", all.clone())]);
        }
        ledger.store().close().await;
        least = slots;
    }
}

#[tokio::test]
async fn a_file_survives_sigkill() {
    each_tick_is_all_there_or_not_at_all(Home::file()).await;
}

#[tokio::test]
async fn postgres_survives_sigkill_of_the_engine() {
    each_tick_is_all_there_or_not_at_all(Home::postgres().await).await;
}
