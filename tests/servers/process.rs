//! One server process: started, awaited, logged, stopped by its pid.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often readiness is looked at.
const POLL: Duration = Duration::from_millis(20);
/// How long a server may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(10);
/// How much of the log a failed test shows.
const TAIL_LINES: usize = 60;

/// A running server. Dropping it stops it (its stop signal, then SIGKILL after a grace period) and reaps it.
///
/// A value in a `static` is never dropped, and a test binary may be killed. So each process has a watchdog: a shell that
/// holds the reading end of a pipe from us. When we are gone the pipe closes, and the watchdog stops the process and
/// removes its folder.
pub struct Process {
    name: String,
    child: Child,
    watchdog: Child,
    log: PathBuf,
    stop_signal: &'static str,
}

impl Process {
    /// Starts `command` with its output in `folder/<name>.log`. `folder` must be a temporary one: it is removed if the
    /// test binary dies. The caller keeps it until the process is dropped.
    pub fn start(name: &str, command: Command, folder: &Path) -> Self {
        Self::start_stopped_by(name, command, folder, "TERM")
    }

    /// The same for a server that ends on another signal than SIGTERM (`INT`, `QUIT`…).
    pub fn start_stopped_by(
        name: &str,
        mut command: Command,
        folder: &Path,
        stop_signal: &'static str,
    ) -> Self {
        super::deadline::watch();
        let log = folder.join(format!("{name}.log"));
        let output = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap_or_else(|error| panic!("cannot write {}: {error}", log.display()));
        let errors = output.try_clone().expect("a file handle can be doubled");
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name} ({command:?}): {error}"));
        let watchdog = watch(child.id(), stop_signal, folder);
        Self { name: name.to_owned(), child, watchdog, log, stop_signal }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `condition` holds. Panics with the log's tail when the process ends first, or `within` has passed.
    pub async fn ready(&mut self, within: Duration, mut condition: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().expect("our own child can be waited for") {
                panic!("{} ended before it was ready: {status}\n{}", self.name, self.tail());
            }
            match tokio::time::timeout_at(deadline.into(), condition()).await {
                Ok(true) => return,
                Ok(false) if Instant::now() < deadline => tokio::time::sleep(POLL).await,
                _ => panic!("{} was not ready within {within:?}\n{}", self.name, self.tail()),
            }
        }
    }

    /// Waits until it has ended by itself (or by a signal that was sent), and tells how.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().expect("our own child can be waited for") {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "{} did not end within {within:?}\n{}",
                self.name,
                self.tail()
            );
            tokio::time::sleep(POLL).await;
        }
    }

    /// Sends a signal by its short name: `TERM`, `HUP`, `KILL`, `STOP`, `CONT`…
    pub fn signal(&mut self, signal: &str) {
        // While the child is not reaped its pid cannot belong to anybody else.
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            send(signal, self.child.id());
        }
    }

    /// Stops it as dropping does, and tells how it ended.
    pub fn stop(&mut self) -> ExitStatus {
        let signal = self.stop_signal;
        self.signal(signal);
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("our own child can be waited for") {
                return status;
            }
            std::thread::sleep(POLL);
        }
        eprintln!("{} did not stop within {GRACE:?} of SIG{}; killed", self.name, self.stop_signal);
        self.kill()
    }

    /// SIGKILL, as a crash.
    pub fn kill(&mut self) -> ExitStatus {
        self.child.kill().expect("our own child can be killed");
        self.child.wait().expect("our own child can be waited for")
    }

    /// Everything it has printed so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The end of its log under a headline, for a failed test.
    pub fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let shown = lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default();
        format!("--- the last {} lines of {}'s log\n{}\n---", shown.len(), self.name, shown.join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
        // A line tells the watchdog that its work is done; it must not signal a pid that is no longer ours.
        if let Some(mut pipe) = self.watchdog.stdin.take() {
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.watchdog.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.tail());
        }
    }
}

pub(super) fn send(signal: &str, pid: u32) {
    let status = Command::new("/bin/sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "kill", signal, &pid.to_string()])
        .status()
        .expect("/bin/sh can be started");
    assert!(status.success(), "kill -s {signal} {pid}: {status}");
}

fn watch(pid: u32, signal: &str, folder: &Path) -> Child {
    // A group of its own: Ctrl-C on the test run must not end the watchdog before its server.
    let script = r#"read -r done && exit
        kill -s "$2" "$1" 2>/dev/null
        for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.3; done
        kill -s KILL "$1" 2>/dev/null
        rm -rf "$3""#;
    std::os::unix::process::CommandExt::process_group(&mut Command::new("/bin/sh"), 0)
        .args(["-c", script, "watchdog", &pid.to_string(), signal])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("/bin/sh can be started")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn is_awaited_logged_and_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start(
            "server",
            shell("trap 'echo bye; exit 3' TERM; echo hello; while :; do sleep 0.01; done"),
            folder.path(),
        );
        let log = folder.path().join("server.log");
        process
            .ready(Duration::from_secs(30), async || std::fs::read_to_string(&log).unwrap().contains("hello"))
            .await;
        assert_eq!(process.stop().code(), Some(3));
        assert_eq!(process.log(), "hello\nbye\n");
    }

    #[tokio::test]
    #[should_panic(expected = "ended before it was ready")]
    async fn one_that_ends_early_is_no_endless_wait() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start("server", shell("echo no; exit 1"), folder.path());
        process.ready(Duration::from_secs(30), async || false).await;
    }

    #[tokio::test]
    async fn the_watchdog_stops_it_when_we_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start("server", shell("exec sleep 600"), folder.path());
        // What the system does when the test binary ends: our end of the pipe is closed.
        drop(process.watchdog.stdin.take());
        let status = process.ended(Duration::from_secs(30)).await;
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15));
        let _ = process.watchdog.wait();
        assert!(!folder.path().exists());
    }
}
