//! The store of incidents: what happened to each, who did it and when.

mod following;
mod incident;
pub mod quality;

use std::sync::Arc;

use tokio::sync::watch;

use crate::access::audit;
use crate::records::{Record, Records};
use crate::sequence;
use slo_base::clock::Clock;
use slo_base::store::{Arg, Fault, Store, StoreError, WriteTransaction};
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::alert::Priority;
use slo_model::route::IncidentChange;

pub use following::Following;
pub use incident::{Action, Incident, IncidentState, Mark, Note};

/// Incidents that ended longer ago are read from the database only by reports.
const REMEMBER: Span = Span::days(90);
/// How incidents are written.
const PUT: &str = include_str!("../sql/put_incidents.sql");
/// Who acts when nobody does.
pub const ENGINE: &str = "engine";

/// Why nothing happened to an incident.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncidentError {
    /// There is none of this name.
    #[error("there is no incident {0}; `slo alerts list` shows those there are")]
    NotFound(String),
    /// It cannot be.
    #[error("{0}")]
    Refused(String),
    /// The database refused; nothing was changed.
    #[error(transparent)]
    Database(#[from] StoreError),
}

/// A new incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIncident {
    /// Its name; opening one of the same name again changes nothing, or reopens it when it was over.
    pub id: String,
    /// How urgent.
    pub priority: Priority,
    /// What it is about, for people.
    pub title: String,
    /// The rule it came from.
    pub rule: String,
    /// Labels that its alerts share.
    pub labels: Labels,
    /// When.
    pub at: Timestamp,
}

impl From<&IncidentChange> for NewIncident {
    fn from(change: &IncidentChange) -> Self {
        Self {
            id: change.incident.clone(),
            priority: change.priority,
            title: change.title.clone(),
            rule: change.labels.get(names::ALERTNAME).to_owned(),
            labels: change.labels.clone(),
            at: change.at,
        }
    }
}

/// The store of incidents. Clones are the same store.
#[derive(Clone)]
pub struct Incidents {
    records: Arc<Records<Incident>>,
    clock: Clock,
}

impl Record for Incident {
    const NAME: &'static str = "incident";

    fn id(&self) -> &str {
        &self.id
    }

    fn decode(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

impl Incidents {
    /// Reads what is not over, and what ended in the last 90 days.
    pub async fn open(store: Store, clock: Clock) -> Result<Self, StoreError> {
        let incidents = Self { records: Arc::new(Records::new(store)), clock };
        incidents.refresh().await?;
        Ok(incidents)
    }

    /// Opens an incident, or reopens it when it was over.
    pub async fn begin(&self, new: NewIncident) -> Result<Arc<Incident>, IncidentError> {
        let _write_lock = self.records.write_lock().await;
        let mut writing = sequence::begin(self.records.store()).await?;
        if let Some(known) = self.stored(&mut writing, &new.id).await? {
            return self.happen(writing, known, &Action::Reopen, ENGINE, new.at).await;
        }
        let incident = opened(new);
        audit::add(&mut writing, incident.opened_at, ENGINE, "opened", &incident.id, &incident.title).await?;
        Ok(self.write(writing, incident).await?)
    }

    /// Does something to an incident, now. What has happened already changes nothing.
    pub async fn act(&self, id: &str, action: &Action, by: &str) -> Result<Arc<Incident>, IncidentError> {
        self.act_at(id, action, by, self.clock.now()).await
    }

    /// The same at a given time.
    pub async fn act_at(
        &self,
        id: &str,
        action: &Action,
        by: &str,
        at: Timestamp,
    ) -> Result<Arc<Incident>, IncidentError> {
        let _write_lock = self.records.write_lock().await;
        let mut writing = sequence::begin(self.records.store()).await?;
        let Some(known) = self.stored(&mut writing, id).await? else {
            writing.roll_back().await;
            return Err(IncidentError::NotFound(id.to_owned()));
        };
        self.happen(writing, known, action, by, at).await
    }

    async fn happen(
        &self,
        mut writing: WriteTransaction,
        known: Incident,
        action: &Action,
        by: &str,
        at: Timestamp,
    ) -> Result<Arc<Incident>, IncidentError> {
        match known.after(action, by, at) {
            Ok(Some(next)) => {
                audit::add(&mut writing, at, by, action.as_str(), &next.id, &action.detail()).await?;
                Ok(self.write(writing, next).await?)
            }
            Ok(None) => {
                writing.roll_back().await;
                Ok(Arc::new(known))
            }
            Err(reason) => {
                writing.roll_back().await;
                Err(IncidentError::Refused(reason))
            }
        }
    }

    /// One incident that is remembered.
    pub fn get(&self, id: &str) -> Option<Arc<Incident>> {
        self.records.get(id)
    }

    /// All that are remembered, the newest first.
    pub fn all(&self) -> Vec<Arc<Incident>> {
        let mut all = self.records.all();
        all.sort_by(|a, b| b.opened_at.cmp(&a.opened_at).then_with(|| a.id.cmp(&b.id)));
        all
    }

    /// What was done to an incident, the newest first.
    pub async fn history(&self, id: &str) -> Result<Vec<audit::Entry>, StoreError> {
        audit::read(self.records.store(), id, 1000).await
    }

    /// Changes with every change of an incident.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.records.watch()
    }

    /// Reads what other engines wrote meanwhile, and forgets what ended long ago.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let _write_lock = self.records.write_lock().await;
        let before = self.clock.now() - REMEMBER;
        let args = vec![self.records.seen().into(), before.into()];
        let rows = self.records.store().fetch(include_str!("../sql/newer_incidents.sql"), args).await?;
        self.records.learn(rows)?;
        self.records.retain(|incident| incident.resolved_at.is_none_or(|at| at > before));
        Ok(())
    }

    async fn stored(&self, writing: &mut WriteTransaction, id: &str) -> Result<Option<Incident>, StoreError> {
        let rows: Vec<(String,)> =
            writing.fetch("SELECT body FROM incident WHERE id = $1", vec![id.into()]).await?;
        rows.first().map(|row| self.records.decode(&row.0)).transpose()
    }

    /// An incident as a row.
    fn row(&self, incident: &Incident, seq: i64) -> Result<Vec<Arg>, StoreError> {
        let text =
            serde_json::to_string(incident).map_err(|error| self.records.damaged(&error.to_string()))?;
        Ok(vec![
            incident.id.as_str().into(),
            seq.into(),
            incident.state.as_str().into(),
            incident.opened_at.into(),
            incident.resolved_at.into(),
            text.into(),
        ])
    }

    async fn write(
        &self,
        mut writing: WriteTransaction,
        incident: Incident,
    ) -> Result<Arc<Incident>, StoreError> {
        let seq = sequence::next(&mut writing, "incident").await?;
        let row = self.row(&incident, seq)?;
        writing.insert(PUT, vec![row]).await?;
        writing.commit().await?;
        let incident = Arc::new(incident);
        self.records.put(vec![incident.clone()]);
        Ok(incident)
    }
}

/// The incidents that were open at some time of `range`, in order of their opening, also those that ended long ago. For
/// reports; nothing is remembered.
pub async fn open_in(store: &Store, range: TimeRange) -> Result<Vec<Incident>, StoreError> {
    let args = vec![range.after.into(), range.until.into()];
    let rows: Vec<(String,)> = store.fetch(include_str!("../sql/open_incidents.sql"), args).await?;
    let damaged = |why: &str| store.error(Fault::Damaged(format!("an incident cannot be read: {why}")));
    rows.iter().map(|row| Incident::decode(&row.0).map_err(|why| damaged(&why))).collect()
}

/// A new incident as it is stored.
fn opened(new: NewIncident) -> Incident {
    Incident {
        id: new.id,
        state: IncidentState::Open,
        priority: new.priority,
        title: new.title,
        rule: new.rule,
        labels: new.labels,
        opened_at: new.at,
        acknowledged_at: None,
        acknowledged_by: None,
        resolved_at: None,
        resolved_by: None,
        reopened: 0,
        notes: Vec::new(),
        mark: None,
    }
}
