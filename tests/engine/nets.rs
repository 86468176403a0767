//! What clients cannot do to a running engine: hold it up, fill it up, or end it with a panic.

use std::time::Duration;

use axum::routing::get;
use axum::{Router, body::Bytes};
use slo::api::LIMITS;
use slo_base::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::running::{Running, births, client};

const PATIENCE: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(50);

async fn engine(limits: Limits) -> Running {
    let routes = Router::new()
        .route("/panics", get(async || -> &'static str { panic!("this panic is the test's") }))
        .route("/hangs", get(std::future::pending::<()>))
        .route("/takes", axum::routing::post(async |body: Bytes| body.len().to_string()));
    Running::serving(&births(), limits, routes).await
}

async fn connect(engine: &Running, sent: &str) -> TcpStream {
    let mut connection = TcpStream::connect(engine.base.trim_start_matches("http://")).await.unwrap();
    connection.write_all(sent.as_bytes()).await.unwrap();
    connection
}

/// What comes until the engine closes the connection.
async fn rest(mut connection: TcpStream) -> String {
    let mut rest = Vec::new();
    let read = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut rest)).await;
    // Closed or reset.
    drop(read.expect("the connection stays open"));
    String::from_utf8(rest).unwrap()
}

#[tokio::test]
async fn a_head_that_trickles_in_is_not_waited_for() {
    let engine = engine(Limits { head: SHORT, ..LIMITS }).await;
    let silent = connect(&engine, "").await;
    let slow = connect(&engine, "GET /-/healthy HTT").await;
    assert_eq!((rest(silent).await, rest(slow).await), (String::new(), String::new()));
    let late = connect(&engine, "POST /takes HTTP/1.1\r\nhost: 127.0.0.1\r\n").await;
    assert_eq!(rest(late).await, "");
    assert_eq!(engine.get("/-/healthy").await.0, 200);
    engine.stop().await;
}

#[tokio::test]
async fn a_body_that_trickles_in_is_not_waited_for() {
    let engine = engine(Limits { body: SHORT, ..LIMITS }).await;
    let head = "POST /takes HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: 100\r\n\r\n";
    let answer = rest(connect(&engine, &format!("{head}half")).await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    engine.stop().await;
}

#[tokio::test]
async fn a_handler_that_panics_costs_one_request() {
    let engine = engine(LIMITS).await;
    let (status, body) = engine.get("/panics").await;
    assert_eq!(status, 500);
    assert!(!body.contains("test's"), "the inside is told outside: {body}");
    let (_, metrics) = engine.get("/metrics").await;
    assert!(metrics.contains("slo_engine_http_panics_total 1\n"), "{metrics}");
    assert_eq!(engine.get("/-/healthy").await.0, 200);
    engine.stop().await;
}

#[tokio::test]
async fn more_connections_than_allowed_wait_and_more_requests_are_refused() {
    let engine = engine(Limits { connections: 2, in_flight: 1, ..LIMITS }).await;
    let hanging = connect(&engine, "GET /hangs HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await;
    let asking = "GET /-/healthy HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    // The first one may not be under way yet.
    let mut second = connect(&engine, "").await;
    let refused = async {
        let mut seen = String::new();
        while !seen.contains("HTTP/1.1 503") {
            second.write_all(asking.as_bytes()).await.unwrap();
            let mut some = [0; 4096];
            let length = second.read(&mut some).await.unwrap();
            seen.push_str(std::str::from_utf8(&some[..length]).unwrap());
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.expect("a second request is refused");
    let mut third = connect(&engine, asking).await;
    let mut byte = [0];
    let waits = tokio::time::timeout(SHORT, third.read(&mut byte)).await;
    assert!(waits.is_err(), "a third connection waits");
    drop((hanging, second));
    let served = tokio::time::timeout(PATIENCE, third.read(&mut byte)).await;
    assert_eq!(served.expect("it is its turn").unwrap(), 1);
    drop(third);
    engine.stop().await;
}

#[tokio::test]
async fn a_stop_waits_for_requests_under_way_and_not_for_long() {
    let engine = engine(Limits { drain: SHORT, ..LIMITS }).await;
    assert_eq!(engine.get("/-/healthy").await.0, 200);
    let hanging = connect(&engine, "GET /hangs HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await;
    tokio::time::timeout(PATIENCE, engine.stop()).await.expect("a request that hangs holds up the stop");
    assert_eq!(rest(hanging).await, "");
}

#[tokio::test]
async fn a_request_identifier_comes_back() {
    let engine = engine(LIMITS).await;
    let asked = client().get(format!("{}/-/healthy", engine.base)).header("x-request-id", "from-the-proxy.1");
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "from-the-proxy.1");
    let asked = client().get(format!("{}/no/such/page", engine.base)).header("x-request-id", "a {b}");
    let answer = asked.send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap();
    assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    engine.stop().await;
}
