use std::time::Duration;

use axum::body::Bytes;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::super::serve;
use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

/// A server with handlers that misbehave, until the guard is dropped.
async fn server(limits: Limits) -> (String, Shell, tokio_util::sync::DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let shell = Shell::new(
        limits,
        Arc::new(|path, status, text| (status, format!("{path}: {text}")).into_response()),
    );
    let routes = Router::new()
        .route("/panics", get(async || -> &'static str { panic!("this panic is the test's") }))
        .route("/hangs", get(std::future::pending::<()>))
        .route("/takes", post(async |body: Bytes| body.len().to_string()))
        .route("/well", get(async || "well"));
    let stop = CancellationToken::new();
    tokio::spawn(serve(listener, shell.around(routes), limits, stop.clone()));
    (address, shell, stop.drop_guard())
}

/// What comes back on a connection of its own until the server closes it.
async fn answer(address: &str, request: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(PATIENCE, connection.read_to_string(&mut answer)).await;
    read.expect("the connection stays open").unwrap();
    answer
}

fn get_of(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}\r\n")
}

#[tokio::test]
async fn a_panic_costs_one_request_and_is_counted() {
    let (address, shell, _guard) = server(Limits::default()).await;
    let failed = answer(&address, &get_of("/panics", "")).await;
    assert!(failed.starts_with("HTTP/1.1 500") && failed.contains("/panics: the request failed"), "{failed}");
    assert!(!failed.contains("test's"), "the inside is told outside: {failed}");
    assert!(answer(&address, &get_of("/well", "")).await.ends_with("well"));
    assert_eq!(shell.panics.get(), 1);
}

#[tokio::test]
async fn a_body_that_trickles_in_and_an_answer_that_does_not_come_have_deadlines() {
    let short = Duration::from_millis(50);
    let (address, _shell, _guard) = server(Limits { body: short, ..Limits::default() }).await;
    let head = "POST /takes HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 4\r\n\r\n";
    let late = answer(&address, &format!("{head}ab")).await;
    assert!(late.starts_with("HTTP/1.1 408"), "{late}");
    assert!(answer(&address, &format!("{head}abcd")).await.ends_with("\r\n\r\n4"));
    let (address, _shell, _guard) = server(Limits { request: short, ..Limits::default() }).await;
    let hanging = answer(&address, &get_of("/hangs", "")).await;
    assert!(hanging.starts_with("HTTP/1.1 503"), "{hanging}");
}

#[tokio::test]
async fn what_is_too_long_or_too_much_at_once_is_refused() {
    let (address, _shell, _guard) = server(Limits { in_flight: 1, ..Limits::default() }).await;
    let long = answer(&address, &get_of(&format!("/{}", "a".repeat(3000)), "")).await;
    assert!(long.starts_with("HTTP/1.1 414"), "{long:.200}");
    let large = "POST /takes HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 70000\r\n\r\n";
    let large = answer(&address, large).await;
    assert!(large.starts_with("HTTP/1.1 413"), "{large}");
    let mut held = TcpStream::connect(&address).await.unwrap();
    held.write_all(get_of("/hangs", "").as_bytes()).await.unwrap();
    // It may take a moment until the first one is under way.
    let refused = async {
        loop {
            let answer = answer(&address, &get_of("/well", "")).await;
            if answer.starts_with("HTTP/1.1 503") {
                return answer;
            }
        }
    };
    let refused = tokio::time::timeout(PATIENCE, refused).await.unwrap();
    assert!(refused.contains("1 requests are being answered"), "{refused}");
    drop(held);
    let free = async { while !answer(&address, &get_of("/well", "")).await.ends_with("well") {} };
    tokio::time::timeout(PATIENCE, free).await.unwrap();
}

#[tokio::test]
async fn each_answer_has_the_identifier_of_its_request() {
    let (address, _shell, _guard) = server(Limits::default()).await;
    let own = answer(&address, &get_of("/well", "X-Request-Id: a-1\r\n")).await;
    assert!(own.contains("\r\nx-request-id: a-1\r\n"), "{own}");
    let id =
        |answer: String| answer.split_once("x-request-id: ").unwrap().1.lines().next().unwrap().to_owned();
    let (one, two) =
        (answer(&address, &get_of("/panics", "")).await, answer(&address, &get_of("/no", "")).await);
    let (one, two) = (id(one), id(two));
    assert!(one.len() == 16 && one != two, "{one} {two}");
}
