//! Starting, stopping, and clients that leave.

use std::time::Duration;

use slo::platform::fault::{Fault, Verdict, verdict};
use slo::platform::{Limits, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Metrics, PATIENCE, Server, settings};

const SEED: u64 = 11;
const ACTIVE: &str = "http_server_active_requests{http_request_method=\"GET\"}";

/// A server whose next API request takes longer than a second.
async fn server_that_is_slow_now(limits: Limits) -> Server {
    let server = Server::start(Settings { seed: SEED, fault: Fault::Latency, limits, ..settings() }).await;
    let slow =
        |n: &u64| matches!(verdict(Fault::Latency, SEED, *n), Verdict::Delay(d) if d.as_millis() > 1000);
    let before = (0..1000).find(slow).unwrap();
    let requests = (0..before).map(|_| server.status("/api/v1/news?limit=1"));
    futures::future::join_all(requests).await;
    server
}

/// Another request than the scrape itself is under way.
fn is_busy(metrics: &Metrics) -> bool {
    metrics.value(ACTIVE) == 2.0
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_stops() {
    let server = server_that_is_slow_now(Limits::default()).await;
    let url = format!("{}/api/v1/companies", server.base);
    let slow = tokio::spawn(server.client.get(url).send());
    server.wait_for("the slow request", is_busy).await;
    let address = server.base.trim_start_matches("http://").to_owned();
    server.stop().await;
    assert_eq!(slow.await.unwrap().unwrap().status(), 200);
    assert!(TcpStream::connect(address).await.is_err(), "the socket is closed");
}

#[tokio::test]
async fn a_drain_has_an_end() {
    let limits = Limits { drain: Duration::ZERO, ..Limits::default() };
    let server = server_that_is_slow_now(limits).await;
    let url = format!("{}/api/v1/companies", server.base);
    let slow = tokio::spawn(server.client.get(url).send());
    server.wait_for("the slow request", is_busy).await;
    server.stop().await;
    assert!(slow.await.unwrap().is_err(), "the connection is cut");
}

#[tokio::test]
async fn a_client_that_leaves_is_counted_and_leaves_nothing_behind() {
    let server = server_that_is_slow_now(Limits::default()).await;
    let mut connection = TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap();
    connection.write_all(b"GET /api/v1/companies HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    server.wait_for("the slow request", is_busy).await;
    drop(connection);
    let counted = |metrics: &Metrics| metrics.answered("/api/v1/companies", 499) == 1.0;
    let metrics = server.wait_for("the client's leave", counted).await;
    assert_eq!(metrics.answered("/api/v1/companies", 200), 0.0);
    assert_eq!(metrics.value(ACTIVE), 1.0);
    server.stop().await;
}

#[tokio::test]
async fn silent_connections_are_closed_and_do_not_hold_up_a_stop() {
    let limits = Limits { idle: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start(Settings { limits, ..settings() }).await;
    let mut halfway = TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap();
    halfway.write_all(b"GET /api/v1/companies HTT").await.unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, halfway.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "still open");
    server.stop().await;

    let server = Server::start(settings()).await;
    server.json("/health").await;
    let _idle = TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap();
    tokio::time::timeout(PATIENCE, server.stop()).await.expect("an idle connection holds up the stop");
}

#[tokio::test]
async fn a_server_that_is_dropped_frees_its_socket() {
    let server = Server::start(settings()).await;
    server.json("/health").await;
    let address = server.base.trim_start_matches("http://").to_owned();
    server.running.abort();
    assert!(server.running.await.unwrap_err().is_cancelled());
    assert!(TcpStream::connect(address).await.is_err());
}
