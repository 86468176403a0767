//! A Prometheus that is started again and again on one folder of data, each time with another configuration: so that what
//! is compared is compared on the same data, imported once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::layout::Layout;
use crate::servers::process::Process;
use crate::servers::{binary, free_port};
use crate::support::metrics;
use crate::support::process::cpu_seconds;
use crate::support::traffic::SCRAPE;

const READY: Duration = Duration::from_mins(2);

/// A folder with history.
pub struct Data {
    folder: TempDir,
    port: u16,
}

/// What one start does beside answering.
#[derive(Default)]
pub struct Work {
    /// Scrapes every target of a layout at this port.
    pub scrapes: Option<(Layout, u16)>,
    /// Evaluates these rules.
    pub rules: Option<String>,
}

/// A running server; dropping it stops it.
pub struct Server {
    process: Process,
    port: u16,
}

impl Data {
    /// Blocks of an OpenMetrics file, which is removed.
    pub fn import(file: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("slo-bench-").tempdir().unwrap();
        let output = Command::new(binary(&["/usr/bin/promtool"], "prometheus"))
            .args(["tsdb", "create-blocks-from", "--max-block-duration=1440h", "openmetrics"])
            .arg(file)
            .arg(folder.path().join("data"))
            .output()
            .unwrap();
        assert!(output.status.success(), "promtool: {}", String::from_utf8_lossy(&output.stderr));
        std::fs::remove_file(file).unwrap();
        Self { folder, port: free_port() }
    }

    /// Where its servers answer, one after the other.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts a server and waits until it answers.
    pub async fn serve(&self, work: Work) -> Server {
        let folder = self.folder.path();
        let mut config = format!("global: {{scrape_interval: {SCRAPE}s}}\n");
        if let Some(rules) = work.rules {
            std::fs::write(folder.join("rules.yaml"), rules).unwrap();
            config.push_str("rule_files: [rules.yaml]\n");
        }
        if let Some((layout, port)) = work.scrapes {
            config.push_str(&scrape_configs(layout, port));
        }
        std::fs::write(folder.join("prometheus.yaml"), config).unwrap();
        let mut command = Command::new(binary(&["/usr/bin/prometheus"], "prometheus"));
        command
            .current_dir(folder)
            .args(["--config.file=prometheus.yaml", "--storage.tsdb.path=data"])
            .args(["--storage.tsdb.retention.time=10y"])
            .arg(format!("--web.listen-address=127.0.0.1:{}", self.port));
        let process = Process::start("prometheus", command, folder);
        let mut server = Server { process, port: self.port };
        let port = self.port;
        server.process.ready(READY, async || metrics::get(port, "/-/ready").await.is_some()).await;
        server
    }
}

fn scrape_configs(layout: Layout, port: u16) -> String {
    let mut jobs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (job, instance) in layout.targets() {
        jobs.entry(job).or_default().push(instance);
    }
    let mut text = "scrape_configs:\n".to_owned();
    for (job, instances) in jobs {
        let _ = writeln!(text, "- job_name: {job}\n  static_configs:");
        for instance in instances {
            let labels = format!("{{instance: {instance}, __metrics_path__: /{job}/{instance}}}");
            let _ = writeln!(text, "  - {{targets: ['127.0.0.1:{port}'], labels: {labels}}}");
        }
    }
    text
}

impl Server {
    /// CPU seconds it has used.
    pub fn cpu_seconds(&self) -> f64 {
        cpu_seconds(self.process.pid())
    }

    /// What it tells of itself, see [`metrics::metric`].
    pub async fn metric(&self, name: &str) -> BTreeMap<String, f64> {
        metrics::metric(self.port, name).await
    }
}
