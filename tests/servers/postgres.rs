//! A real PostgreSQL 15, one for the whole test binary, with a fresh database for each test that asks.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::process::Process;
use super::{binary, free_port};

/// The superuser of the test server.
pub const USER: &str = "slo";
/// Its password.
pub const PASSWORD: &str = "correct-horse";

/// A running PostgreSQL.
pub struct Postgres {
    process: Process,
    port: u16,
    settings: Vec<&'static str>,
    databases: AtomicU32,
    folder: TempDir,
}

/// A database of one test's own. Shows the server's log when that test fails.
pub struct Database {
    /// `postgres://user:password@127.0.0.1:port/name`
    pub url: String,
    server: &'static Postgres,
}

impl Drop for Database {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.server.process.tail());
        }
    }
}

/// A fresh, empty database on the shared server.
pub async fn database() -> Database {
    static SHARED: OnceCell<Postgres> = OnceCell::const_new();
    let server = SHARED.get_or_init(Postgres::start).await;
    Database { url: server.fresh_database().await, server }
}

impl Postgres {
    /// A server of one's own, for a test that stops or kills it.
    pub async fn start() -> Self {
        // Nothing here outlives the test; a disk that is really waited for only makes the tests slow.
        Self::start_with(&["fsync=off", "full_page_writes=off"]).await
    }

    /// A server with `PostgreSQL`'s own settings but for these; for a benchmark, which wants the disk waited for.
    pub async fn start_with(settings: &[&'static str]) -> Self {
        let folder = tempfile::Builder::new().prefix("slo-postgres-").tempdir().unwrap();
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let data = folder.path().join("data");
        initialise(folder.path(), &data, user);
        let port = free_port();
        let process = launch(folder.path(), &data, user, port, settings).await;
        let settings = settings.to_vec();
        Self { process, port, settings, databases: AtomicU32::new(0), folder }
    }

    /// Creates a database and gives its URL.
    pub async fn fresh_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&url(self.port, "postgres")).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        connection.close().await.unwrap();
        url(self.port, &name)
    }

    /// Its loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process, to signal or kill it.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Starts it again on the same data and port, after a stop or a kill.
    pub async fn restart(&mut self) {
        self.process.stop();
        let folder = self.folder.path();
        self.process = launch(folder, &folder.join("data"), unprivileged(), self.port, &self.settings).await;
    }
}

/// The address of a database on a server at `port`.
pub fn url(port: u16, database: &str) -> String {
    format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/{database}")
}

type User = Option<(u32, u32)>;

/// Whom to run as: `PostgreSQL` refuses root. `None` when we are not root anyway.
fn unprivileged() -> User {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    ["postgres", "nobody"].iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2);
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    })
}

fn command(program: &str, folder: &Path, user: User) -> Command {
    let place = format!("/usr/lib/postgresql/15/bin/{program}");
    let mut command = Command::new(binary(&[&place], "postgresql-15"));
    // The current folder of the test run may be closed to the unprivileged user.
    command.current_dir(folder).env_clear().env("LC_ALL", "C.UTF-8").env("PATH", "/usr/bin:/bin");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

fn initialise(folder: &Path, data: &Path, user: User) {
    let password = folder.join("password");
    fs::write(&password, PASSWORD).unwrap();
    let output = command("initdb", folder, user)
        .args(["--no-sync", "--encoding=UTF8", "--auth=scram-sha-256", "--username", USER, "--pwfile"])
        .arg(&password)
        .arg("--pgdata")
        .arg(data)
        .output()
        .unwrap();
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
}

async fn launch(folder: &Path, data: &Path, user: User, port: u16, settings: &[&str]) -> Process {
    let mut server = command("postgres", folder, user);
    server.arg("-D").arg(data).arg("-k").arg(folder).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    for setting in settings.iter().chain(&["max_connections=200"]) {
        server.args(["-c", setting]);
    }
    // SIGINT is PostgreSQL's fast stop: it does not wait for clients to leave.
    let mut process = Process::start_stopped_by("postgres", server, folder, "INT");
    let place = url(port, "postgres");
    process
        .ready(Duration::from_mins(1), async || match PgConnection::connect(&place).await {
            Ok(connection) => connection.close().await.is_ok(),
            Err(_) => false,
        })
        .await;
    process
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_test_has_a_database_of_its_own() {
        let (one, two) = (database().await, database().await);
        assert_ne!(one.url, two.url);
        let mut connection = PgConnection::connect(&one.url).await.unwrap();
        connection.execute("CREATE TABLE here (n INT)").await.unwrap();
        let mut connection = PgConnection::connect(&two.url).await.unwrap();
        assert!(connection.execute("SELECT n FROM here").await.is_err());
    }
}
