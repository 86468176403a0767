//! A real Prometheus (Debian's 2.42), with data from OpenMetrics files, scraping, rules, TLS or whatever else a test asks.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use super::process::Process;
use super::{binary, free_port};

/// Starting may read years of blocks on a busy machine.
const READY: Duration = Duration::from_mins(1);

/// What a Prometheus is started with. The default has no data and scrapes nothing.
#[derive(Default)]
pub struct Options {
    /// OpenMetrics text files to start with; `.gz` is unpacked.
    pub openmetrics: Vec<PathBuf>,
    /// Entries of `scrape_configs`, as YAML list items without indentation.
    pub scrape_configs: String,
    /// Rule files, as YAML text.
    pub rules: Vec<String>,
    /// Where alerts go, `host:port`.
    pub alertmanager: Option<String>,
    /// `web.config.file` as YAML text, for TLS and authentication. File names in it are relative to `web_files`.
    pub web_config: Option<String>,
    /// Files beside the web configuration: name and content.
    pub web_files: Vec<(String, String)>,
    /// Further flags.
    pub flags: Vec<String>,
}

/// A running Prometheus. Dropping it stops it.
pub struct Prometheus {
    process: Process,
    port: u16,
    options: Options,
    folder: TempDir,
}

/// The files of the traces with a known truth.
pub fn trace_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/traces").join(name)
}

/// The text of `NAME.om.gz`.
pub fn trace_text(name: &str) -> String {
    let file = trace_file(&format!("{name}.om.gz"));
    let output = Command::new("gunzip").arg("-c").arg(&file).output().unwrap();
    assert!(output.status.success(), "gunzip {}: {output:?}", file.display());
    String::from_utf8(output.stdout).unwrap()
}

/// A Prometheus with one trace (`diurnal`, `quiet`, `birth`), shared by all tests of the binary. Only ask it.
pub async fn trace(name: &str) -> &'static Prometheus {
    type Shared = Mutex<HashMap<String, Arc<OnceCell<&'static Prometheus>>>>;
    static SHARED: std::sync::LazyLock<Shared> = std::sync::LazyLock::new(Shared::default);
    let cell =
        SHARED.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default().clone();
    cell.get_or_init(async || {
        let openmetrics = vec![trace_file(&format!("{name}.om.gz"))];
        let server = Prometheus::start(Options { openmetrics, ..Options::default() }).await;
        // Lives until the test binary ends; the process' watchdog stops it then.
        &*Box::leak(Box::new(server))
    })
    .await
}

impl Prometheus {
    /// Starts it and waits until it answers queries.
    pub async fn start(options: Options) -> Self {
        Self::start_at(free_port(), options).await
    }

    /// The same on a port that its options name already, for one that watches itself.
    pub async fn start_at(port: u16, options: Options) -> Self {
        let folder = tempfile::Builder::new().prefix("slo-prometheus-").tempdir().unwrap();
        for file in &options.openmetrics {
            import(file, folder.path());
        }
        configure(&options, folder.path());
        let process = launch(&options, folder.path(), port).await;
        Self { process, port, options, folder }
    }

    /// `http://127.0.0.1:port`, or `https://` when its web configuration has TLS.
    pub fn url(&self) -> String {
        let tls = self.options.web_config.as_ref().is_some_and(|config| config.contains("tls_server_config"));
        format!("{}://127.0.0.1:{}", if tls { "https" } else { "http" }, self.port)
    }

    /// Its loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process, to signal, stop or kill it.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Its pid, to measure it.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Starts it again on the same port with an empty store, as after its disk was lost.
    pub async fn restart_empty(&mut self) {
        self.process.stop();
        fs::remove_dir_all(self.folder.path().join("data")).unwrap();
        self.process = launch(&self.options, self.folder.path(), self.port).await;
    }

    /// Starts it again on the same data and port, after a stop or a kill.
    pub async fn restart(&mut self) {
        self.process.stop();
        self.process = launch(&self.options, self.folder.path(), self.port).await;
    }
}

/// Makes blocks of an OpenMetrics file.
fn import(file: &Path, folder: &Path) {
    let mut source = file.to_path_buf();
    if file.extension().is_some_and(|extension| extension == "gz") {
        source = folder.join("import.om");
        let unpacked = File::create(&source).unwrap();
        let status = Command::new("gunzip").arg("-c").arg(file).stdout(unpacked).status().unwrap();
        assert!(status.success(), "gunzip {}: {status}", file.display());
    }
    let output = Command::new(binary(&["/usr/bin/promtool"], "prometheus"))
        .args(["tsdb", "create-blocks-from", "--max-block-duration=1440h", "openmetrics"])
        .arg(&source)
        .arg(folder.join("data"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "promtool cannot import {}: {}",
        file.display(),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn configure(options: &Options, folder: &Path) {
    // Subqueries without a step take the evaluation interval; without rules it is left as it usually is.
    let evaluation = if options.rules.is_empty() { "1m" } else { "1s" };
    let mut config =
        format!("global: {{scrape_interval: 1s, evaluation_interval: {evaluation}}}\nrule_files:\n");
    for (number, rules) in options.rules.iter().enumerate() {
        fs::write(folder.join(format!("rules-{number}.yaml")), rules).unwrap();
        writeln!(config, "- rules-{number}.yaml").unwrap();
    }
    if let Some(place) = &options.alertmanager {
        writeln!(config, "alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{place}']}}]}}]}}")
            .unwrap();
    }
    writeln!(config, "scrape_configs:\n{}", options.scrape_configs).unwrap();
    fs::write(folder.join("prometheus.yaml"), config).unwrap();
    for (name, content) in &options.web_files {
        fs::write(folder.join(name), content).unwrap();
    }
    if let Some(web) = &options.web_config {
        fs::write(folder.join("web.yaml"), web).unwrap();
    }
}

async fn launch(options: &Options, folder: &Path, port: u16) -> Process {
    let mut command = Command::new(binary(&["/usr/bin/prometheus"], "prometheus"));
    let flag = |name: &str, path: &str| format!("--{name}={}", folder.join(path).display());
    command
        .current_dir(folder)
        .arg(flag("config.file", "prometheus.yaml"))
        .arg(flag("storage.tsdb.path", "data"))
        .args(["--storage.tsdb.retention.time=10y", "--web.enable-remote-write-receiver"])
        .arg("--web.enable-lifecycle")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(&options.flags);
    if options.web_config.is_some() {
        command.arg(flag("web.config.file", "web.yaml"));
    }
    let mut process = Process::start("prometheus", command, folder);
    if options.web_config.is_some() {
        // Its door may be locked for us; it says in its log when it opens.
        let log = folder.join("prometheus.log");
        let ready =
            async || fs::read_to_string(&log).is_ok_and(|log| log.contains("Server is ready to receive"));
        process.ready(READY, ready).await;
    } else {
        let prefix = options.flags.iter().find_map(|flag| flag.strip_prefix("--web.route-prefix="));
        let path = format!("{}/-/ready", prefix.unwrap_or_default().trim_end_matches('/'));
        process.ready(READY, async || answers_200(port, &path).await).await;
    }
    process
}

/// Whether a loopback server answers `GET path` with 200.
pub async fn answers_200(port: u16, path: &str) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    asked.await.is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_its_data_through_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.om");
        fs::write(&file, "# TYPE a counter\na_total 1 1788220800\na_total 2 1788220815\n# EOF\n").unwrap();
        let mut server = Prometheus::start(Options { openmetrics: vec![file], ..Options::default() }).await;
        let query = "/api/v1/query?query=a_total&time=1788220815";
        for _ in 0..2 {
            let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
            let request = format!("GET {query} HTTP/1.0\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.contains("[1788220815,\"2\"]"), "{answer}");
            server.restart().await;
        }
    }
}
