//! Those who are compared, each with the same routes: groups by rule and service, which wait 10 s, and critical alerts,
//! which do not wait. Both tell one receiver.

use std::fs;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::servers::alertmanager::Alertmanager;
use crate::servers::free_port;
use crate::servers::process::Process;
use crate::servers::prometheus::answers_200;
use crate::support::process::memory;

/// Who.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Alertmanager 0.25.
    Theirs,
    /// `slo serve` on a `SQLite` file.
    Ours,
    /// `slo serve` on `PostgreSQL`.
    OursOnPostgres,
}

/// One that runs; ends with the value.
pub enum Contender {
    /// See [`Who`].
    Theirs(Alertmanager),
    /// See [`Who`].
    Ours(Slo),
}

/// A running engine of ours.
pub struct Slo {
    process: Process,
    port: u16,
    command: Vec<String>,
    folder: TempDir,
}

impl Contender {
    /// Starts one that knows nothing, and tells the receiver at `sink`.
    pub async fn start(who: Who, sink: u16, postgres: Option<String>) -> Self {
        match who {
            Who::Theirs => {
                let mut theirs = Alertmanager::start(&their_config(sink)).await;
                theirs.process().ready(Duration::from_secs(1), async || true).await;
                Self::Theirs(theirs)
            }
            Who::Ours | Who::OursOnPostgres => Self::Ours(Slo::start(sink, postgres).await),
        }
    }

    /// Where its API is.
    pub fn port(&self) -> u16 {
        match self {
            Self::Theirs(theirs) => theirs.port(),
            Self::Ours(ours) => ours.port,
        }
    }

    /// Bytes it has in memory.
    pub fn memory(&mut self) -> usize {
        match self {
            Self::Theirs(theirs) => memory(theirs.process().pid()),
            Self::Ours(ours) => memory(ours.process.pid()),
        }
    }
}

fn their_config(sink: u16) -> String {
    format!(
        "route:
  receiver: sink
  group_by: [alertname, service]
  group_wait: 10s
  group_interval: 5m
  repeat_interval: 4h
  routes:
  - {{matchers: ['priority=\"P1\"'], receiver: sink, group_wait: 0s}}
receivers:
- name: sink
  webhook_configs: [{{url: 'http://127.0.0.1:{sink}/hook', max_alerts: 500}}]
"
    )
}

fn our_config(sink: u16) -> String {
    format!(
        "time_zone: UTC
receivers:
  - {{name: sink, alertmanager_webhook: {{url: 'http://127.0.0.1:{sink}/hook'}}}}
priorities:
  P1: {{group_wait: 0s, group_interval: 5m, repeat_interval: 4h}}
  P3: {{group_wait: 10s, group_interval: 5m, repeat_interval: 4h}}
route:
  name: default
  receivers: [sink]
  priority: P3
  group_by: [alertname, service]
  routes:
    - {{name: critical, matchers: ['priority=\"P1\"'], priority: P1, receivers: [sink]}}
"
    )
}

/// The engine wants something to evaluate.
const RULE: &str =
    "groups: [{name: quiet, rules: [{alert: Never, expr: 'vector(0) > 1', labels: {priority: P4}}]}]\n";

impl Slo {
    async fn start(sink: u16, postgres: Option<String>) -> Self {
        let folder = tempfile::Builder::new().prefix("slo-bench-").tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::create_dir(folder.path().join("rules")).unwrap();
        fs::write(folder.path().join("rules/quiet.yaml"), RULE).unwrap();
        fs::write(folder.path().join("routing.yaml"), our_config(sink)).unwrap();
        let port = free_port();
        let database = postgres.unwrap_or_else(|| format!("sqlite://{}", path("slo.db")));
        let command = [
            "serve",
            "--rules",
            &path("rules"),
            "--routing",
            &path("routing.yaml"),
            "--prometheus",
            &format!("http://127.0.0.1:{sink}"),
            "--database",
            &database,
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--allow-host",
            "127.0.0.1",
        ];
        let command: Vec<String> = command.into_iter().map(str::to_owned).collect();
        let process = launch(&command, port, &folder).await;
        Self { process, port, command, folder }
    }

    /// Its loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on what is on the disk.
    pub async fn restart(&mut self) {
        self.process = launch(&self.command, self.port, &self.folder).await;
    }
}

async fn launch(command: &[String], port: u16, folder: &TempDir) -> Process {
    let mut run = Command::new(env!("CARGO_BIN_EXE_slo"));
    run.args(command).current_dir(folder.path());
    let mut process = Process::start("slo", run, folder.path());
    process.ready(Duration::from_mins(1), async || answers_200(port, "/-/ready").await).await;
    process
}
