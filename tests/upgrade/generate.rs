//! Generates the databases with another build; `tests/golden/database/make.sh` runs this.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};

use super::setup::Setup;
use super::{Golden, program, reopen, scenario};
use crate::servers::{binary, postgres};

#[tokio::test]
#[ignore = "overwrites what the other tests compare with; see tests/golden/database/README.md"]
async fn generate_databases() {
    let program = program();
    let name_another = "name the build that generates the databases with SLO_BIN";
    assert_ne!(program, Path::new(env!("CARGO_BIN_EXE_slo")), "{name_another}");
    for golden in [Golden::Sqlite, Golden::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("slo.db");
        let database = postgres::database().await;
        let url = match golden {
            Golden::Sqlite => format!("sqlite://{}", file.display()),
            Golden::Postgres => database.url.clone(),
        };
        let setup = Setup::new(&program, folder, url).await;
        let known = scenario::run(&setup).await;
        match golden {
            Golden::Sqlite => copy_file(&file, &golden.file()).await,
            Golden::Postgres => dump(&database.url, &golden.file()),
        }
        let (setup, _soon) = golden.open(&program).await;
        let soon = reopen::soon(&setup, &known).await;
        let (setup, _late) = golden.open(&program).await;
        let late = reopen::late(&setup, &known).await;
        let expected: Value = json!({"known": known, "soon": soon, "late": late});
        std::fs::write(golden.expectations(), format!("{expected:#}\n")).unwrap();
    }
}

/// Copies a database without free pages and with everything in its main file.
async fn copy_file(file: &Path, golden: &Path) {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    for statement in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        connection.execute(statement).await.unwrap();
    }
    connection.close().await.unwrap();
    std::fs::copy(file, golden).unwrap();
}

fn dump(url: &str, golden: &Path) {
    let mut dump = Command::new(binary(&["/usr/lib/postgresql/15/bin/pg_dump"], "postgresql-15"));
    let output = dump.args(["--no-owner", "--no-privileges", url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Recent releases of pg_dump write `\restrict`, which psql of older ones refuses.
    let text = String::from_utf8(output.stdout).unwrap();
    let lines =
        text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    std::fs::write(golden, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
}
