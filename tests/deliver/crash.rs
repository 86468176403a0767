//! SIGKILL in the middle of delivering: nothing is lost, and a receiver that drops what it knows gets nothing twice.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use slo_delivery::{DeliveryFailureSink, LogAlarm};

use super::*;
use crate::servers::deadline::{Mortal, PATIENCE, within};
use crate::servers::receiver::{Reaction, Receiver};

const MESSAGES: usize = 200;
const KILLS: usize = 6;
const NAME: &str = "deliver::crash::delivers_until_it_is_killed";

/// The other process. It is a test only because the test binary is the one program at hand; on its own it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the tests below, in a process of its own"]
async fn delivers_until_it_is_killed() {
    let mut lines = std::io::stdin().lines().map_while(Result::ok);
    let (Some(database), Some(target)) = (lines.next(), lines.next()) else { return };
    let (clock, metrics) = (Clock::System, DeliveryMetrics::default());
    let tools = tools(&clock, &metrics);
    let ready = Receivers::build(&[receiver("sre", vec![webhook(&target)])], None, &tools);
    // A dead worker's lease ends soon, so that the next one takes over within the test.
    let settings = DeliverySettings {
        lease: Duration::from_secs(2),
        per_outlet: 4,
        look_every: Duration::from_millis(20),
        ..DeliverySettings::default()
    };
    let delivery = Delivery::new(
        Outbox::new(stores::store(&database).await.unwrap()),
        ready.map_err(|problems| problems.join("\n")).unwrap(),
        clock,
        settings,
        metrics,
        Arc::new(LogAlarm) as Arc<dyn DeliveryFailureSink>,
        format!("process {}", std::process::id()),
    );
    println!("\nready");
    delivery.run(tokio_util::sync::CancellationToken::new()).await;
}

/// Starts a deliverer, which works when this returns.
fn start(database: &str, target: &str) -> Mortal {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", NAME, "--ignored", "--nocapture", "--test-threads=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = Mortal::start(&mut command);
    writeln!(child.child().stdin.take().unwrap(), "{database}\n{target}").unwrap();
    let mut lines = BufReader::new(child.child().stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "ready"), "the deliverer starts");
    child
}

async fn none_is_lost_and_none_comes_twice(home: Home) {
    let server = Receiver::start().await;
    // Some fail, so that retries are killed, too.
    server.script((0..40).map(|number| match number % 4 {
        0 => Reaction::Status(503, ""),
        1 => Reaction::Reset,
        2 => Reaction::ResetInBody,
        _ => Reaction::Status(200, "ok"),
    }));
    let outbox = home.open().await;
    let all: Vec<Notification> = (0..MESSAGES)
        .map(|number| Notification {
            due_at: slo_core::time::Timestamp::EPOCH,
            ..notification(&format!("n{number}"))
        })
        .collect();
    outbox.enqueue(&all).await.unwrap();
    for kill in 1..=KILLS {
        let (database, target) = (home.url.clone(), server.url.clone());
        let child = tokio::task::spawn_blocking(move || start(&database, &target)).await.unwrap();
        // At a random moment: after a random number of requests.
        let seen = server.requests().len();
        let more = rand::random_range(1..MESSAGES / (KILLS + 2));
        server.wait_for(seen + more).await;
        child.kill();
        assert!(server.keys().len() < MESSAGES, "kill {kill} came too late to mean something");
    }
    let (database, target) = (home.url.clone(), server.url.clone());
    let child = tokio::task::spawn_blocking(move || start(&database, &target)).await.unwrap();
    let empty = async {
        while outbox.depth().await.unwrap() != slo_delivery::outbox::Depth::default() {
            let seen = server.requests().len();
            // The next request, or the next look at the outbox.
            let _ = tokio::time::timeout(Duration::from_millis(100), server.wait_for(seen + 1)).await;
        }
    };
    within(3 * PATIENCE, "an empty outbox", empty).await;
    child.kill();
    let taken = counts(server.taken().into_iter().map(|request| request.headers["idempotency-key"].clone()));
    assert_eq!(taken.len(), MESSAGES, "none is lost");
    let twice: usize = taken.values().map(|times| times - 1).sum();
    println!(
        "{KILLS} kills, {MESSAGES} messages: {twice} arrived again ({:.1} %), none lost, none twice by key",
        100.0 * twice as f64 / MESSAGES as f64
    );
    // Only what was under way when a process was killed may come again.
    assert!(twice <= KILLS * 4, "{twice} arrived again");
}

#[tokio::test]
async fn sigkill_on_sqlite() {
    none_is_lost_and_none_comes_twice(Home::file()).await;
}

#[tokio::test]
async fn sigkill_on_postgres() {
    none_is_lost_and_none_comes_twice(Home::postgres().await).await;
}
