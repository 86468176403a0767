//! A client that costs little, as it shares the machine with what it measures: one kept connection, requests that are
//! written already, answers that are counted and not looked at.

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A connection.
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects to a loopback port.
    pub async fn new(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::with_capacity(1 << 18, stream) }
    }

    /// Posts alerts, and returns the status once all of the answer is there.
    pub async fn post(&mut self, body: &Bytes) -> u16 {
        let head = format!(
            "POST /api/v2/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut request = Vec::with_capacity(head.len() + body.len());
        request.extend(head.as_bytes());
        request.extend(body);
        self.ask(&request).await.0
    }

    /// Gets a page; its status and how many bytes it has.
    pub async fn get(&mut self, path: &str) -> (u16, usize) {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").as_bytes()).await
    }

    async fn ask(&mut self, request: &[u8]) -> (u16, usize) {
        self.stream.write_all(request).await.unwrap();
        let status = self.line().await.split(' ').nth(1).unwrap().parse().unwrap();
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line().await.to_ascii_lowercase();
            let Some((name, value)) = line.split_once(':') else { break };
            match name {
                "content-length" => length = value.trim().parse().unwrap(),
                "transfer-encoding" => chunked = value.trim() == "chunked",
                _ => {}
            }
        }
        if !chunked {
            self.skip(length).await;
            return (status, length);
        }
        let mut whole = 0;
        loop {
            let chunk = usize::from_str_radix(&self.line().await, 16).unwrap();
            self.skip(chunk + 2).await;
            whole += chunk;
            if chunk == 0 {
                return (status, whole);
            }
        }
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.unwrap();
        assert!(read > 0, "the server closed the connection");
        line.trim_end().to_owned()
    }

    async fn skip(&mut self, bytes: usize) {
        let skipped =
            tokio::io::copy(&mut (&mut self.stream).take(bytes as u64), &mut tokio::io::sink()).await;
        assert_eq!(skipped.unwrap(), bytes as u64, "the answer ends too early");
    }
}
