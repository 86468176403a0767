//! Where the state of alerts is kept, so that a restart neither forgets a pending alert nor fires a resolved one again:
//! Prometheus' `ALERTS_FOR_STATE`, but exact, durable and with what was told.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row as _;
use tokio::sync::Mutex;

use slo_base::store::lease::Fence;
use slo_base::store::postgres::{Access, Postgres, twice};
use slo_base::store::sqlite::Sqlite;
use slo_base::store::{Fault, Place, Server};
use slo_model::alert::state::Instance;
use slo_model::alert::{AlertContext, Fingerprint};

/// How long we wait for another process that holds the lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// How the names begin under which the alerts of SLOs are kept.
pub(super) const OF_SLOS: &str = "slo:";
/// Rows of one statement on `PostgreSQL`.
const BATCH: usize = 1000;

/// Why states could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the alert states in {place}: {reason}")]
pub struct StatesError {
    place: String,
    reason: String,
}

/// What changed about one alert of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The rule it belongs to.
    pub rule: String,
    /// Which alert.
    pub fingerprint: Fingerprint,
    /// What is known of it now; `None` to forget it.
    pub instance: Option<Instance>,
}

/// Keeps what is known of alerts.
#[async_trait]
pub trait States: Send + Sync {
    /// Everything that is kept, by rule. A row that cannot be read any more is left out, and logged.
    async fn load(&self) -> Result<BTreeMap<String, Vec<Instance>>, StatesError>;

    /// Writes changes in one transaction: all of them or nothing.
    async fn save(&self, changes: &[Change]) -> Result<(), StatesError>;

    /// From now on they are written only while it is this engine's turn. Those that have no other writers need no fence.
    fn fence(&self, _: &Fence) {}
}

enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// States in a database, the ledger's or another one.
pub struct StoredStates {
    database: Database,
    place: String,
}

impl StoredStates {
    /// Opens `sqlite://PATH`, `sqlite::memory:` or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, StatesError> {
        let place =
            Place::parse(url).map_err(|(place, fault)| StatesError { place, reason: fault.to_string() })?;
        let failed =
            |fault: Fault| StatesError { place: place.shown().to_owned(), reason: fault.to_string() };
        let database = match place.server() {
            Server::Sqlite { options, mode } => {
                Database::Sqlite(Sqlite::open(options, *mode, PATIENCE).await.map_err(failed)?)
            }
            Server::Postgres(options) => {
                Database::Postgres(Postgres::open(options, false).await.map_err(failed)?)
            }
        };
        Ok(Self { database, place: place.shown().to_owned() })
    }

    /// Waits for what is under way and closes the connections.
    pub async fn close(&self) {
        match &self.database {
            Database::Sqlite(database) => database.close().await,
            Database::Postgres(database) => database.close().await,
        }
    }

    fn failed(&self, fault: &Fault) -> StatesError {
        StatesError { place: self.place.clone(), reason: fault.to_string() }
    }

    async fn rows(&self) -> Result<Vec<(String, String)>, Fault> {
        let query = "SELECT rule, state FROM alert_states ORDER BY rule, fingerprint";
        match &self.database {
            Database::Sqlite(database) => {
                let rows = sqlx::query(query).fetch_all(database.reader()).await?;
                rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
            }
            Database::Postgres(database) => {
                let mut transaction = database.begin(Access::Read).await?;
                let rows = sqlx::query(query).fetch_all(&mut *transaction).await?;
                rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
            }
        }
    }
}

/// One change, as it is stored.
struct Stored {
    rule: String,
    /// `SQLite` and `PostgreSQL` have no unsigned integers; the bits are the same.
    fingerprint: i64,
    state: Option<String>,
}

fn stored(change: &Change) -> Result<Stored, Fault> {
    let state = change.instance.as_ref().map(serde_json::to_string).transpose();
    Ok(Stored {
        rule: change.rule.clone(),
        fingerprint: i64::from_ne_bytes(change.fingerprint.0.to_ne_bytes()),
        state: state.map_err(|error| Fault::Failed(error.to_string()))?,
    })
}

async fn save_sqlite(database: &Sqlite, changes: &[Stored]) -> Result<(), Fault> {
    database
        .write(async |connection| {
            for change in changes {
                let query = match change.state {
                    Some(_) => sqlx::query(
                        "INSERT INTO alert_states (rule, fingerprint, state) VALUES (?1, ?2, ?3) \
                         ON CONFLICT (rule, fingerprint) DO UPDATE SET state = excluded.state",
                    ),
                    None => sqlx::query("DELETE FROM alert_states WHERE rule = ?1 AND fingerprint = ?2"),
                };
                let query = query.bind(&change.rule).bind(change.fingerprint);
                match &change.state {
                    Some(state) => query.bind(state).execute(&mut *connection).await?,
                    None => query.execute(&mut *connection).await?,
                };
            }
            Ok(())
        })
        .await
}

async fn save_postgres(database: &Postgres, changes: &[Stored]) -> Result<(), Fault> {
    let mut transaction = database.begin(Access::Evaluate).await?;
    let (kept, gone): (Vec<&Stored>, Vec<&Stored>) = changes.iter().partition(|one| one.state.is_some());
    for batch in kept.chunks(BATCH) {
        sqlx::query(
            "INSERT INTO alert_states (rule, fingerprint, state) \
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]) \
             ON CONFLICT (rule, fingerprint) DO UPDATE SET state = excluded.state",
        )
        .bind(batch.iter().map(|one| one.rule.clone()).collect::<Vec<_>>())
        .bind(batch.iter().map(|one| one.fingerprint).collect::<Vec<_>>())
        .bind(batch.iter().map(|one| one.state.clone().unwrap_or_default()).collect::<Vec<_>>())
        .execute(&mut *transaction)
        .await?;
    }
    for batch in gone.chunks(BATCH) {
        sqlx::query(
            "DELETE FROM alert_states WHERE (rule, fingerprint) IN \
             (SELECT * FROM unnest($1::text[], $2::bigint[]))",
        )
        .bind(batch.iter().map(|one| one.rule.clone()).collect::<Vec<_>>())
        .bind(batch.iter().map(|one| one.fingerprint).collect::<Vec<_>>())
        .execute(&mut *transaction)
        .await?;
    }
    Ok(transaction.commit().await?)
}

#[expect(clippy::unnecessary_wraps, reason = "`twice` asks which fault an error holds")]
fn itself(fault: &Fault) -> Option<&Fault> {
    Some(fault)
}

#[async_trait]
impl States for StoredStates {
    async fn load(&self) -> Result<BTreeMap<String, Vec<Instance>>, StatesError> {
        let rows = self.rows().await.map_err(|fault| self.failed(&fault))?;
        let mut states: BTreeMap<String, Vec<Instance>> = BTreeMap::new();
        for (rule, state) in rows {
            match serde_json::from_str::<Instance>(&state) {
                Ok(mut instance) => {
                    // Every alert of an SLO has a context; one that was stored by a program up to schema 60 has none.
                    if instance.context.is_none() && rule.starts_with(OF_SLOS) {
                        instance.context = AlertContext::of_annotations(&mut instance.annotations);
                    }
                    states.entry(rule).or_default().push(instance);
                }
                Err(error) => {
                    tracing::warn!(rule, %error, "an alert's stored state cannot be read; it begins anew");
                }
            }
        }
        Ok(states)
    }

    async fn save(&self, changes: &[Change]) -> Result<(), StatesError> {
        if changes.is_empty() {
            return Ok(());
        }
        let save = async {
            let changes = changes.iter().map(stored).collect::<Result<Vec<_>, Fault>>()?;
            match &self.database {
                Database::Sqlite(database) => save_sqlite(database, &changes).await,
                Database::Postgres(database) => twice(itself, || save_postgres(database, &changes)).await,
            }
        };
        save.await.map_err(|fault| self.failed(&fault))
    }

    fn fence(&self, fence: &Fence) {
        if let Database::Postgres(database) = &self.database {
            database.fence(fence);
        }
    }
}

/// States that last as long as the process: for a look without a database.
#[derive(Debug, Default)]
pub struct MemoryStates {
    kept: Mutex<BTreeMap<(String, u64), Instance>>,
}

#[async_trait]
impl States for MemoryStates {
    async fn load(&self) -> Result<BTreeMap<String, Vec<Instance>>, StatesError> {
        let mut states: BTreeMap<String, Vec<Instance>> = BTreeMap::new();
        for ((rule, _), instance) in self.kept.lock().await.iter() {
            states.entry(rule.clone()).or_default().push(instance.clone());
        }
        Ok(states)
    }

    async fn save(&self, changes: &[Change]) -> Result<(), StatesError> {
        let mut kept = self.kept.lock().await;
        for Change { rule, fingerprint, instance } in changes {
            let key = (rule.clone(), fingerprint.0);
            match instance {
                Some(instance) => kept.insert(key, instance.clone()),
                None => kept.remove(&key),
            };
        }
        Ok(())
    }
}
