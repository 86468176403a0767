//! Where the state of alerts is kept, so that a restart neither forgets a pending alert nor fires a resolved one again:
//! Prometheus' `ALERTS_FOR_STATE`, but exact, durable and with what was told.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tokio::sync::Mutex;

use slo_base::store::{Arg, Fault, Sql, Store, StoreError};
use slo_model::alert::state::Instance;
use slo_model::alert::{AlertContext, Fingerprint};

/// How the names begin under which the alerts of SLOs are kept.
pub(super) const OF_SLOS: &str = "slo:";

const PUT: &str = "INSERT INTO alert_states (rule, fingerprint, state) {rows} \
                   ON CONFLICT (rule, fingerprint) DO UPDATE SET state = excluded.state";
const FORGET: Sql<'_> = Sql {
    sqlite: "DELETE FROM alert_states WHERE (rule, fingerprint) IN (SELECT value ->> 0, value ->> 1 FROM json_each($1))",
    postgres: "DELETE FROM alert_states WHERE (rule, fingerprint) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))",
};

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
    async fn load(&self) -> Result<BTreeMap<String, Vec<Instance>>, StoreError>;

    /// Writes changes in one transaction: all of them or nothing.
    async fn save(&self, changes: &[Change]) -> Result<(), StoreError>;
}

/// States in a database with the engine's schema.
#[derive(Debug, Clone)]
pub struct StoredStates {
    store: Store,
}

impl StoredStates {
    /// In this database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

/// `rule, fingerprint`; neither database has unsigned integers, and the bits are the same.
fn key(change: &Change) -> Vec<Arg> {
    vec![change.rule.as_str().into(), i64::from_ne_bytes(change.fingerprint.0.to_ne_bytes()).into()]
}

#[async_trait]
impl States for StoredStates {
    async fn load(&self) -> Result<BTreeMap<String, Vec<Instance>>, StoreError> {
        let sql = "SELECT rule, state FROM alert_states ORDER BY rule, fingerprint";
        let rows: Vec<(String, String)> = self.store.fetch(sql, Vec::new()).await?;
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

    async fn save(&self, changes: &[Change]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for change in changes {
            let mut row = key(change);
            let Some(instance) = &change.instance else {
                gone.push(row);
                continue;
            };
            let state = serde_json::to_string(instance);
            row.push(state.map_err(|error| self.store.error(Fault::Failed(error.to_string())))?.into());
            kept.push(row);
        }
        self.store
            .retry(|| async {
                let mut transaction = self.store.begin_as_leader().await?;
                transaction.insert(PUT, kept.clone()).await?;
                if !gone.is_empty() {
                    transaction.execute(FORGET, vec![Arg::Rows(gone.clone())]).await?;
                }
                transaction.commit().await
            })
            .await
    }
}

/// States that last as long as the process: for a look without a database.
#[derive(Debug, Default)]
pub struct MemoryStates {
    kept: Mutex<BTreeMap<(String, u64), Instance>>,
}

#[async_trait]
impl States for MemoryStates {
    async fn load(&self) -> Result<BTreeMap<String, Vec<Instance>>, StoreError> {
        let mut states: BTreeMap<String, Vec<Instance>> = BTreeMap::new();
        for ((rule, _), instance) in self.kept.lock().await.iter() {
            states.entry(rule.clone()).or_default().push(instance.clone());
        }
        Ok(states)
    }

    async fn save(&self, changes: &[Change]) -> Result<(), StoreError> {
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
