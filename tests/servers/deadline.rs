//! No test waits for ever: whatever it awaits has a deadline and a name, a child process dies with the test that started it,
//! and a test that hangs all the same ends the binary, which then says what was under way.

use std::collections::BTreeMap;
use std::future::Future;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// How long a test waits for what must come; nothing depends on how long it takes.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// How long one test may take; the longest take two minutes.
const LIMIT: Duration = Duration::from_mins(10);
/// How often the watchdog looks.
const LOOK: Duration = Duration::from_secs(5);

type Waits = BTreeMap<u64, (String, String, Instant)>;
static WAITS: Mutex<Waits> = Mutex::new(Waits::new());

/// What `future` gives; fails with what was awaited when that does not come in time.
pub async fn within<T>(limit: Duration, what: &str, future: impl Future<Output = T>) -> T {
    let _waiting = Waiting::begin(what);
    let Ok(value) = tokio::time::timeout(limit, future).await else {
        panic!("{what} did not come within {limit:?}");
    };
    value
}

/// What `future` gives, within [`PATIENCE`].
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    within(PATIENCE, what, future).await
}

/// Runs a command to its end without standing in the way of servers in this process; one that does not end is killed.
pub async fn output(command: Command) -> Output {
    tokio::task::spawn_blocking(move || output_of(command)).await.unwrap()
}

/// The same, for a test without a runtime.
pub fn output_of(mut command: Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    finished(child, &format!("{command:?}"))
}

/// What a child process said, once it has ended; it is killed when it does not.
pub fn finished(child: Child, name: &str) -> Output {
    let limit = Limit::of(&child, name);
    let output = child.wait_with_output().unwrap();
    drop(limit);
    output
}

/// A child process that is killed when the value is dropped, or when it has run for too long.
pub struct Mortal {
    child: Child,
    limit: Option<Limit>,
}

impl Mortal {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let limit = Some(Limit::of(&child, &format!("{command:?}")));
        Self { child, limit }
    }

    /// The process itself.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits until it has ended by itself.
    pub fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// SIGKILL, as a crash.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        // First of all: once it is reaped its pid may be another's.
        self.limit = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Kills a process after a while, unless the value is dropped before.
struct Limit {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Limit {
    fn of(child: &Child, what: &str) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let (pid, what) = (child.id(), what.to_owned());
        let thread = std::thread::spawn(move || {
            let _waiting = Waiting::begin(&what);
            if stopped.recv_timeout(3 * PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                eprintln!("{what} did not end within {:?}; killed", 3 * PATIENCE);
                super::process::send("KILL", pid);
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        self.stop = None;
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// Something that is awaited, as the watchdog tells of it.
struct Waiting(u64);

impl Waiting {
    fn begin(what: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        watch();
        let test = std::thread::current().name().unwrap_or("a thread").to_owned();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
        waits.insert(number, (test, what.to_owned(), Instant::now()));
        Self(number)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Starts the watchdog of this process, once.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let watching = std::thread::Builder::new().name("watchdog".to_owned()).spawn(|| {
            let mut seen = BTreeMap::new();
            loop {
                std::thread::sleep(LOOK);
                if let Some(hung) = look(&mut seen) {
                    report(&hung);
                    std::process::abort();
                }
            }
        });
        drop(watching.unwrap());
    });
}

/// The threads of tests since when they are seen, by number; what is there for too long is returned.
fn look(seen: &mut BTreeMap<String, (String, Instant)>) -> Option<Vec<String>> {
    let now: BTreeMap<String, String> = test_threads().collect();
    seen.retain(|thread, (name, _)| now.get(thread) == Some(name));
    for (thread, name) in now {
        seen.entry(thread).or_insert_with(|| (name, Instant::now()));
    }
    let hung = seen.values().any(|(_, since)| since.elapsed() > LIMIT);
    hung.then(|| {
        let of = |(thread, (name, since)): (&String, &(String, Instant))| {
            let place =
                std::fs::read_to_string(format!("/proc/self/task/{thread}/wchan")).unwrap_or_default();
            format!("{name}… since {} s, in {place}", since.elapsed().as_secs())
        };
        seen.iter().map(of).collect()
    })
}

/// The harness names a thread after its test, and the system cuts names at 15 bytes. The last ones are those of runtimes,
/// databases and the harness, which live as long as they like.
fn test_threads() -> impl Iterator<Item = (String, String)> {
    const ROOMS: [&str; 13] = [
        "alert_service::",
        "cli::",
        "definitions::",
        "deliver::",
        "embedded::",
        "engine::",
        "fire::",
        "house::",
        "ledger::",
        "platform::",
        "prometheus_source::",
        "route::",
        "servers::",
    ];
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.filter_map(|task| {
        let name = std::fs::read_to_string(task.path().join("comm")).ok()?.trim_end().to_owned();
        let is_test = ROOMS.iter().any(|room| name.starts_with(&room[..room.len().min(15)]));
        is_test.then(|| (task.file_name().to_string_lossy().into_owned(), name))
    })
}

fn report(hung: &[String]) {
    eprintln!("a test has taken more than {LIMIT:?}; the tests under way, by the beginning of their names:");
    for line in hung {
        eprintln!("  {line}");
    }
    eprintln!("what is awaited:");
    for (test, what, since) in WAITS.lock().unwrap_or_else(PoisonError::into_inner).values() {
        eprintln!("  {test}: {what}, since {} s", since.elapsed().as_secs());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[should_panic(expected = "a spring that never comes did not come within 20ms")]
    async fn what_does_not_come_is_named() {
        within(Duration::from_millis(20), "a spring that never comes", std::future::pending::<()>()).await;
    }

    #[test]
    fn a_child_dies_with_its_value() {
        let mut child = Mortal::start(Command::new("sleep").arg("600").stdout(Stdio::piped()));
        let pid = child.child().id();
        assert!(std::path::Path::new(&format!("/proc/{pid}")).exists());
        child.kill();
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
        assert!(output_of(Command::new("true")).status.success());
    }

    #[test]
    fn the_watchdog_sees_this_test_and_what_it_awaits() {
        let own = std::thread::current().name()
            == Some("servers::deadline::tests::the_watchdog_sees_this_test_and_what_it_awaits");
        let mut seen = BTreeMap::new();
        assert_eq!(look(&mut seen), None);
        assert!(!own || seen.values().any(|(name, _)| name == "servers::deadli"), "{seen:?}");
        let waiting = Waiting::begin("the bus");
        assert!(WAITS.lock().unwrap().values().any(|(_, what, _)| what == "the bus"));
        drop(waiting);
    }
}
