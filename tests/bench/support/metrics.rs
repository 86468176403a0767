//! What a local server tells of itself on its `/metrics` page.

use std::collections::BTreeMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The series of this name, by the text of their labels (`{…}`, or nothing).
pub async fn metric(port: u16, name: &str) -> BTreeMap<String, f64> {
    let page = get(port, "/metrics").await.expect("Prometheus tells its own metrics");
    page.lines()
        .filter_map(|line| line.strip_prefix(name)?.rsplit_once(' '))
        .filter(|(labels, _)| labels.is_empty() || labels.starts_with('{'))
        .filter_map(|(labels, value)| Some((labels.to_owned(), value.parse().ok()?)))
        .collect()
}

/// The body, when the answer is a success.
pub async fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    // HTTP/1.0: the body ends with the connection, whole.
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.contains(" 200 ").then(|| body.to_owned())
}
