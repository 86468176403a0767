//! The `slo` command as its users run it: what it prints, where, and with which exit status.

mod bad;
mod broken;
mod chaos;
mod counted;
mod escalated;
mod gate;
mod heartbeat;
mod help;
mod leadership;
mod out;
mod recount;
mod refused;
mod report;
mod serve;
mod sources;
mod status;
mod up;
mod validate;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::servers::deadline::output;

/// What a command came to.
struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// Fails unless the status is `status`, and no panic or backtrace reached the user.
    #[track_caller]
    fn with(self, status: i32) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert_eq!(self.status, status, "{all}");
        for trace in ["panicked", "RUST_BACKTRACE", "stack backtrace", "\x1b["] {
            assert!(!all.contains(trace), "{trace} in {all}");
        }
        self
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slo"));
    command.current_dir(folder).env_remove("NO_COLOR").env("RUST_BACKTRACE", "1");
    command
}

/// Runs `slo` with `arguments` in `folder`, without standing in the way of servers in this process.
async fn slo(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = command(folder);
    command.args(arguments);
    let Output { status, stdout, stderr } = output(command).await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: status.code().expect("it ends by itself"), stdout: text(stdout), stderr: text(stderr) }
}

/// A folder with one file of definitions.
fn rules(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slos.yaml");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}
