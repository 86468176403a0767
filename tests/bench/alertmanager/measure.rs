//! What is measured of one contender.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::bodies;
use crate::client::Client;
use crate::contender::{Contender, Who};
use crate::sink::{MARK, Sink};
use crate::table::Figures;

/// Alerts of a full life.
pub const ALERTS: usize = 50_000;
/// Alerts after which the clock is looked at as well.
const FEWER: usize = 20_000;
/// Reads of each page in a life.
const READS: usize = 3;
/// Critical alerts in a life.
const PROBES: usize = 200;
/// Between two of them.
const PACE: Duration = Duration::from_millis(10);
/// Clients that poll groups.
const POLLERS: usize = 8;
/// Posts while they poll.
const POSTS: usize = 15;
const PATIENCE: Duration = Duration::from_mins(2);

/// A way to send alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ingest {
    batch: usize,
    connections: usize,
}

/// All ways.
pub fn ingests() -> [Ingest; 4] {
    [(50, 1), (50, 8), (256, 1), (256, 8)].map(|(batch, connections)| Ingest { batch, connections })
}

impl Ingest {
    /// Whether this is the last of [`ingests`].
    pub fn is_last(self) -> bool {
        ingests().last() == Some(&self)
    }
}

/// One contender from its start to its end.
pub struct Life<'a> {
    pub who: Who,
    pub contender: Contender,
    pub sink: &'a Sink,
    pub figures: &'a mut Figures,
}

impl Life<'_> {
    fn note(&mut self, what: &str, value: f64) {
        self.figures.note(self.who, what, value);
    }

    /// Sends every alert once, over some connections that wait for each answer.
    pub async fn ingest(&mut self, way: Ingest) {
        let batches = Arc::new(bodies::batches(ALERTS, way.batch));
        let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut clients = Vec::new();
        for _ in 0..way.connections {
            clients.push(Client::new(self.contender.port()).await);
        }
        let began = Instant::now();
        let tasks: Vec<_> = clients
            .into_iter()
            .map(|mut client| {
                let (batches, next, done) = (batches.clone(), next.clone(), done.clone());
                tokio::spawn(async move {
                    let mut early = None;
                    while let Some((count, body)) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                        assert_eq!(client.post(body).await, 200);
                        let before = done.fetch_add(*count, Ordering::Relaxed);
                        if (before..before + count).contains(&FEWER) {
                            early = Some(began.elapsed());
                        }
                    }
                    early
                })
            })
            .collect();
        let mut early = None;
        for task in tasks {
            early = early.or(task.await.unwrap());
        }
        let whole = began.elapsed();
        let Ingest { batch, connections } = way;
        for (alerts, took) in [(FEWER, early.unwrap()), (ALERTS, whole)] {
            let what = format!("ingest {alerts:>5}, batches of {batch:>3}, {connections} connections");
            self.note(&what, alerts as f64 / took.as_secs_f64());
        }
    }

    /// Waits until every group was told, and looks at the memory.
    pub async fn settle(&mut self) {
        let came = self.sink.requests(bodies::GROUPS, PATIENCE).await;
        assert_eq!(came, Ok(()), "{:?}: not every group was told", self.who);
        let memory = self.contender.memory() as f64;
        self.note("memory, all told", memory);
    }

    /// Reads everything, each time after something new has come in.
    pub async fn reads(&mut self) {
        let mut client = Client::new(self.contender.port()).await;
        for round in 0..READS {
            for path in ["/api/v2/alerts", "/api/v2/alerts/groups"] {
                let body = bodies::probe(&format!("reads-{round}"));
                assert_eq!(client.post(&body).await, 200);
                let began = Instant::now();
                let (status, bytes) = client.get(path).await;
                assert!(status == 200 && bytes > ALERTS * 500, "{path}: {status}, {bytes} bytes");
                self.note(&format!("GET {path}"), began.elapsed().as_secs_f64());
            }
        }
        let memory = self.contender.memory() as f64;
        self.note("memory, all read", memory);
    }

    /// From sending a critical alert to hearing of it.
    pub async fn pages(&mut self) {
        let mut client = Client::new(self.contender.port()).await;
        for number in 0..PROBES {
            let mark = format!("{MARK}{number}");
            let body = bodies::probe(&mark);
            let began = Instant::now();
            assert_eq!(client.post(&body).await, 200);
            let heard = self.sink.probe(&mark, PATIENCE).await.expect("the page came");
            self.note("POST to page", (heard - began).as_secs_f64());
            tokio::time::sleep(PACE).await;
        }
    }

    /// Sends known alerts again while others poll.
    pub async fn polled_posts(&mut self) {
        let stop = CancellationToken::new();
        let mut pollers = Vec::new();
        for _ in 0..POLLERS {
            let mut client = Client::new(self.contender.port()).await;
            let stop = stop.clone();
            pollers.push(tokio::spawn(async move {
                let mut polls = 0_u32;
                while !stop.is_cancelled() {
                    assert_eq!(client.get("/api/v2/alerts/groups").await.0, 200);
                    polls += 1;
                }
                polls
            }));
        }
        let mut client = Client::new(self.contender.port()).await;
        let batches = bodies::batches(ALERTS, 50);
        let polling = Instant::now();
        for (_, body) in batches.iter().take(POSTS) {
            let began = Instant::now();
            assert_eq!(client.post(body).await, 200);
            self.note("POST of 50 while 8 poll", began.elapsed().as_secs_f64());
            tokio::time::sleep(PACE * 5).await;
        }
        stop.cancel();
        let mut polls = 0;
        for poller in pollers {
            polls += poller.await.unwrap();
        }
        self.note("polls of groups", f64::from(polls) / polling.elapsed().as_secs_f64());
    }
}

/// Kills the engine right after each 200, and waits for the page after the next start.
pub async fn kills(sink: &Sink, times: usize) -> ExitCode {
    let Contender::Ours(mut slo) = Contender::start(Who::Ours, sink.port, None).await else { unreachable!() };
    let port = slo.port();
    let mut told = 0;
    for number in 0..times {
        let mark = format!("{MARK}kill-{number}");
        let mut client = Client::new(port).await;
        assert_eq!(client.post(&bodies::probe(&mark)).await, 200);
        slo.kill();
        slo.restart().await;
        told += usize::from(sink.probe(&mark, Duration::from_secs(30)).await.is_some());
    }
    println!("killed {times} times right after the 200: {told} told after the next start");
    if told == times { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
