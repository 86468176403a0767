//! A real Alertmanager (Debian's 0.25), alone, without a cluster.

use std::fs;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::process::Process;
use super::prometheus::answers_200;
use super::{binary, free_port};

/// One receiver that does nothing, for tests that only look at what arrives.
pub const QUIET: &str = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";

/// A running Alertmanager. Dropping it stops it.
pub struct Alertmanager {
    process: Process,
    port: u16,
    folder: TempDir,
}

impl Alertmanager {
    /// Starts it with a configuration as YAML text and waits until it is ready.
    pub async fn start(config: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("slo-alertmanager-").tempdir().unwrap();
        let file = folder.path().join("alertmanager.yaml");
        fs::write(&file, config).unwrap();
        let port = free_port();
        let mut command =
            Command::new(binary(&["/usr/bin/prometheus-alertmanager"], "prometheus-alertmanager"));
        command
            .current_dir(folder.path())
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=");
        let mut process = Process::start("alertmanager", command, folder.path());
        process.ready(Duration::from_mins(1), async || answers_200(port, "/-/ready").await).await;
        Self { process, port, folder }
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process, to signal, stop or kill it.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Its folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_its_api() {
        let server = Alertmanager::start(QUIET).await;
        assert!(answers_200(server.port(), "/api/v2/alerts").await);
        assert!(!answers_200(server.port(), "/no/such/page").await);
    }
}
