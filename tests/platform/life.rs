//! Starting, stopping, and clients that leave.

use std::time::Duration;

use slo_platform::fault::{Fault, Verdict, verdict};
use slo_platform::{Limits, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Metrics, PATIENCE, Server, settings};
use crate::servers::deadline::soon;

const SEED: u64 = 11;
const ACTIVE: &str = "http_server_active_requests{http_request_method=\"GET\"}";

/// A server on which some requests are slow.
async fn slow_server(limits: Limits) -> Server {
    Server::start(Settings { seed: SEED, fault: Fault::Latency, limits, ..settings() }).await
}

/// A request that is under way on a connection of its own, and seen to be: its handler waits for a second or more.
async fn request_under_way(server: &Server) -> TcpStream {
    let is_slow =
        |n: u64| matches!(verdict(Fault::Latency, SEED, n), Verdict::Delay(d) if d.as_millis() > 1000);
    for n in 0..1000 {
        if !is_slow(n) {
            server.json("/api/v1/companies?limit=1").await;
            continue;
        }
        let mut connection = TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap();
        let request = b"GET /api/v1/news HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
        connection.write_all(request).await.unwrap();
        loop {
            // The scrape is one; the other is ours.
            if server.metrics().await.value(ACTIVE) == 2.0 {
                return connection;
            }
            // On a machine that slept just then it is answered unseen, and the next slow one has to do.
            if futures::poll!(std::pin::pin!(connection.peek(&mut [0]))).is_ready() {
                break;
            }
        }
    }
    panic!("no slow request among a thousand");
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_stops() {
    let server = slow_server(Limits::default()).await;
    let mut connection = request_under_way(&server).await;
    let address = server.base.trim_start_matches("http://").to_owned();
    server.stop().await;
    let mut answer = String::new();
    soon("the answer", connection.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with('}'), "{answer}");
    assert!(TcpStream::connect(address).await.is_err(), "the socket is closed");
}

#[tokio::test]
async fn a_drain_has_an_end() {
    let server = slow_server(Limits { drain: Duration::ZERO, ..Limits::default() }).await;
    let mut connection = request_under_way(&server).await;
    server.stop().await;
    let mut answer = Vec::new();
    // Closed or reset; in neither case answered.
    drop(soon("the end of the connection", connection.read_to_end(&mut answer)).await);
    assert_eq!(String::from_utf8_lossy(&answer), "");
}

#[tokio::test]
async fn a_client_that_leaves_is_counted_and_leaves_nothing_behind() {
    let server = slow_server(Limits::default()).await;
    let connection = request_under_way(&server).await;
    let answered = server.metrics().await.answered("/api/v1/news", 200);
    drop(connection);
    let counted = |metrics: &Metrics| metrics.answered("/api/v1/news", 499) == 1.0;
    let metrics = server.wait_for("the client's leave", counted).await;
    assert_eq!(metrics.answered("/api/v1/news", 200), answered);
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
