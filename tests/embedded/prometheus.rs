//! A real Prometheus with given data.

use std::fs;

use crate::servers::prometheus::{Options, Prometheus as Server};

pub struct Prometheus {
    _server: Server,
    pub url: String,
}

impl Prometheus {
    /// Loads OpenMetrics text into blocks and serves it.
    pub async fn with(openmetrics: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data.om");
        fs::write(&file, openmetrics).unwrap();
        let server = Server::start(Options { openmetrics: vec![file], ..Options::default() }).await;
        Self { url: server.url(), _server: server }
    }
}
