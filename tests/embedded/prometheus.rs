//! A real Prometheus with given data. To be replaced by `tests/servers` once it has one.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::client;

pub struct Prometheus {
    child: Child,
    pub url: String,
    _folder: TempDir,
}

impl Prometheus {
    /// Loads OpenMetrics text into blocks and serves it.
    pub async fn with(openmetrics: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data.om");
        let data = folder.path().join("data");
        fs::write(&file, openmetrics).unwrap();
        let output = Command::new("/usr/bin/promtool")
            .args(["tsdb", "create-blocks-from", "--max-block-duration=1440h", "openmetrics"])
            .arg(&file)
            .arg(&data)
            .output()
            .expect("promtool runs; install it with: apt-get install prometheus");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let config = folder.path().join("prometheus.yml");
        fs::write(&config, "global: {}\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new("/usr/bin/prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg("--storage.tsdb.retention.time=10y")
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { child, url: format!("http://127.0.0.1:{port}"), _folder: folder };
        server.ready().await;
        server
    }

    async fn ready(&mut self) {
        let client = client();
        for _ in 0..600 {
            assert!(self.child.try_wait().unwrap().is_none(), "prometheus ended while starting");
            if let Ok(answer) = client.get(format!("{}/-/ready", self.url)).send().await
                && answer.status().is_success()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("prometheus was not ready within 30 s");
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
