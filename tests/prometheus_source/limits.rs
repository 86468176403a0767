//! The limits of time, bytes, series and requests at once, against servers that do not keep them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use slo_core::time::short::{at, range};
use slo_model::source::{Source, SourceError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, mpsc};
use tokio_util::task::AbortOnDropHandle;

use super::{made, selector, settings, source};
use crate::servers::deadline::soon;

const ONE: &str = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}"#;

/// A server that reads a request and then does what the test says with the connection.
struct Fake {
    url: String,
    requests: Arc<AtomicUsize>,
    _server: AbortOnDropHandle<()>,
}

impl Fake {
    /// `answer` gets the connection and the request's number, from 1.
    async fn start<F>(answer: impl Fn(TcpStream, usize) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        let serve = async move {
            let mut answers = tokio::task::JoinSet::new();
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                read_request(&mut connection).await;
                answers.spawn(answer(connection, count.fetch_add(1, Ordering::SeqCst) + 1));
            }
        };
        Self { url, requests, _server: AbortOnDropHandle::new(tokio::spawn(serve)) }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Reads to the end of a form.
async fn read_request(connection: &mut TcpStream) {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return;
            }
        }
        if connection.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

async fn send(connection: &mut TcpStream, length: usize, body: &str) {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let _ = connection.write_all(format!("{head}{body}").as_bytes()).await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_is_tried_again() {
    let breaks_twice = |mut connection: TcpStream, number: usize| async move {
        if number < 3 {
            send(&mut connection, 1000, &ONE[..20]).await;
            connection.set_zero_linger().unwrap();
        } else {
            send(&mut connection, ONE.len(), ONE).await;
        }
    };
    let fake = Fake::start(breaks_twice).await;
    assert_eq!(source(&fake.url).instant("1", at(0)).await.unwrap().data.len(), 1);
    assert_eq!(fake.requests(), 3);

    let fake =
        Fake::start(|mut connection, _| async move { send(&mut connection, 1000, &ONE[..20]).await }).await;
    let error = source(&fake.url).instant("1", at(0)).await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
    assert_eq!(fake.requests(), 4);

    let fake = Fake::start(|connection, _| async move { drop(connection) }).await;
    let error = source(&fake.url).instant("1", at(0)).await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
    assert_eq!(fake.requests(), 4);
}

#[tokio::test]
async fn silence_and_a_body_that_stops_are_timeouts_and_asked_once() {
    for sent in ["", &ONE[..20]] {
        let stops = move |mut connection: TcpStream, _| async move {
            if !sent.is_empty() {
                send(&mut connection, 1000, sent).await;
            }
            // Until the client has had enough.
            let _ = connection.read_u8().await;
        };
        let fake = Fake::start(stops).await;
        let mut settings = settings(&fake.url);
        settings.timeout = Duration::from_millis(300);
        let error = made(settings).instant("1", at(0)).await.unwrap_err();
        assert!(matches!(error, SourceError::Timeout { seconds: 1, .. }), "{error}");
        assert!(error.is_outage());
        assert_eq!(fake.requests(), 1);
    }
}

#[tokio::test]
async fn what_is_no_http_is_unreachable() {
    let fake = Fake::start(|mut connection, _| async move {
        let _ = connection.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await;
    })
    .await;
    let error = source(&fake.url).instant("1", at(0)).await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_limit_and_the_connection_closed() {
    let (closed, mut was_closed) = mpsc::unbounded_channel();
    let endless = move |mut connection: TcpStream, _| {
        let closed = closed.clone();
        async move {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"status\":\"success\",\"data\":\"";
            let _ = connection.write_all(head.as_bytes()).await;
            while connection.write_all(&[b'x'; 8192]).await.is_ok() {}
            closed.send(()).unwrap();
        }
    };
    let fake = Fake::start(endless).await;
    let mut settings = settings(&fake.url);
    settings.max_response_bytes = 100_000;
    let source = made(settings);
    let error = source.instant("1", at(0)).await.unwrap_err();
    assert!(
        matches!(&error, SourceError::TooLarge { reason, .. } if reason.contains("100000 bytes")),
        "{error}"
    );
    soon("the end of the connection", was_closed.recv()).await.unwrap();
    let error = source.label_values(&selector("a"), "b", range(0, 1)).await.unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
    soon("the end of the connection", was_closed.recv()).await.unwrap();
    assert_eq!(fake.requests(), 2);
}

#[tokio::test]
async fn too_many_series_are_told_even_when_the_answer_is_too_long_as_well() {
    let endless = |mut connection: TcpStream, _| async move {
        let head =
            "HTTP/1.1 200 OK\r\n\r\n{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[";
        let _ = connection.write_all(head.as_bytes()).await;
        let series = r#"{"metric":{"a":"1"},"values":[[1,"2"]]},"#;
        while connection.write_all(series.as_bytes()).await.is_ok() {}
    };
    let fake = Fake::start(endless).await;
    let mut settings = settings(&fake.url);
    settings.max_response_bytes = 400_000;
    let source = made(settings);
    let span = range(0, 10);
    let error = source.samples(&selector("a"), span, 1000).await.unwrap_err();
    assert!(matches!(error, SourceError::TooManySeries { limit: 1000, .. }), "{error}");
    let error = source.samples(&selector("a"), span, 1_000_000).await.unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let fake =
        Fake::start(|mut connection, _| async move { send(&mut connection, ONE.len(), ONE).await }).await;
    for (limit, good) in [(ONE.len(), true), (ONE.len() - 1, false)] {
        let mut settings = settings(&fake.url);
        settings.max_response_bytes = limit;
        assert_eq!(made(settings).instant("1", at(0)).await.is_ok(), good, "{limit}");
    }
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_under_way() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // Nobody is answered before two ask at once, so fewer than two would hang, and more would be seen.
    let pair = Arc::new(Barrier::new(2));
    let (count, seen) = (now.clone(), most.clone());
    let fake = Fake::start(move |mut connection, _| {
        let (now, most, pair) = (count.clone(), seen.clone(), pair.clone());
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            pair.wait().await;
            now.fetch_sub(1, Ordering::SeqCst);
            send(&mut connection, ONE.len(), ONE).await;
        }
    })
    .await;
    let mut settings = settings(&fake.url);
    settings.max_concurrency = 2;
    let source = made(settings);
    let answers = futures::future::join_all((0..8).map(|_| source.instant("1", at(0)))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!((fake.requests(), most.load(Ordering::SeqCst)), (8, 2));
}
